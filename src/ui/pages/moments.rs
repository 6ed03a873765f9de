//! Event rules: every one at the left, and at the right what the one under the cursor says and how it did.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::marts::marts;
use crate::app::state::State;
use crate::domain::event_rule::{Action, Backtest, MomentRow};
use crate::domain::message::Message;
use crate::msg;
use crate::text::number;
use crate::ui::panes;
use crate::ui::pen::{Pen, aired, below};
use crate::ui::widgets::{Cell, Column, Pane, Row, Table, bar, curve, put, row as line_at};

/// From here on the details stand beside the list.
const WIDE: u16 = 100;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let (list, detail) = if area.width >= WIDE {
        let left = area.width / 2;
        let right = Rect { x: area.x + left, width: area.width - left, ..area };
        (Rect { width: left, ..area }, right)
    } else {
        let upper = area.height / 3;
        (Rect { height: upper, ..area }, below(area, upper))
    };
    draw_list(buf, list, state, pen);
    let Some(row) = state.moments.selected() else { return };
    let title = row.code.as_str();
    let frame = Pane { title, focused: false, as_of: "", stale: false, note: "" };
    let inner = aired(frame.draw(buf, pen.look, detail));
    draw_detail(buf, inner, row, pen);
}

fn draw_list(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let list = &state.moments;
    let title = pen.say(msg!("moment.page.title"));
    let inner = panes::framed(buf, area, state, (&title, true), list, pen);
    let titles = [
        pen.say(msg!("segment.fact.code")),
        pen.say(msg!("segment.fact.name")),
        pen.say(msg!("moment.fact.state")),
        pen.say(msg!("moment.fact.per-day")),
    ];
    let columns = [
        Column::flex(&titles[0], 8, 18),
        Column::flex(&titles[1], 10, 30),
        Column::fixed(&titles[2], 15).priority(2),
        Column::fixed(&titles[3], 8).right().priority(1),
    ];
    let theme = pen.look.theme;
    let rows: Vec<&MomentRow> = list.shown().collect();
    let row = |at: usize| {
        let row = rows[at];
        let style = match (row.on_since, &row.broken) {
            (Some(_), Some(_)) => theme.bad,
            (Some(_), None) => theme.good,
            (None, _) => theme.stale,
        };
        let per_day = row.test.as_ref().map(Backtest::per_day).unwrap_or_default();
        Row::new(vec![
            row.code.as_str().into(),
            row.name.as_str().into(),
            Cell::styled(pen.say(state_of(row)), style),
            per_day.into(),
        ])
    };
    let empty = panes::emptiness(state, list, msg!("moment.page.empty"), pen);
    Table {
        columns: &columns,
        len: rows.len(),
        row: &row,
        selected: Some(list.cursor()),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, inner);
}

fn state_of(row: &MomentRow) -> Message {
    match (row.on_since, &row.test) {
        (Some(_), _) if row.broken.is_some() => msg!("moment.state.broken"),
        (Some(_), _) => msg!("moment.state.on"),
        (None, Some(_)) => msg!("moment.state.off"),
        (None, None) => msg!("moment.state.untested"),
    }
    .into()
}

fn action_of(row: &MomentRow) -> Message {
    match (row.action, &row.strategy) {
        (Action::Candidate, Some(code)) => {
            Message::new(msg!("moment.action.candidate")).with("code", code.as_str())
        }
        _ => msg!("moment.action.finding").into(),
    }
}

fn draw_detail(buf: &mut Buffer, area: Rect, row: &MomentRow, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let title = format!("{}  v{}", row.name, row.version);
    let mut area = pen.line(buf, area, &title, theme.accent);
    area = pen.text(buf, area, &row.rule, 4, theme.text);
    let mut facts = [pen.say(action_of(row)), pen.say(state_of(row)), row.author.clone()];
    if let Some(day) = row.on_since {
        // Whether it can be run is said below.
        facts[1] = pen.say(Message::new(msg!("moment.page.on-since")).with("day", day));
    }
    area = pen.text(buf, area, &facts.join(pen.look.glyphs.separator), 2, theme.text);
    if let Some(note) = &row.note {
        area = pen.text(buf, area, note, 2, theme.stale);
    }
    if let Some(day) = row.last_run {
        let ran = Message::new(msg!("moment.page.ran")).with("day", day).with("hits", row.hits);
        area = pen.line(buf, area, &pen.say(ran), theme.text);
    }
    area = draw_marts(buf, area, row, pen);
    match &row.test {
        Some(test) => draw_test(buf, area, test, pen),
        None => {
            pen.text(buf, area, &pen.say(msg!("moment.page.untested")), 2, theme.warn);
        }
    }
}

/// What keeps it from being run, and how fresh the marts of the bank's own are that its rule reads.
fn draw_marts(buf: &mut Buffer, mut area: Rect, row: &MomentRow, pen: Pen<'_>) -> Rect {
    let theme = pen.look.theme;
    let said = match (&row.broken, row.due) {
        (Some(why), Some(day)) => {
            Some(Message::new(msg!("moment.page.failed")).with("day", day).with("why", why.clone()))
        }
        (Some(why), None) => {
            Some(Message::new(msg!("moment.page.broken")).with("why", why.clone()))
        }
        (None, Some(day)) => Some(Message::new(msg!("moment.page.due")).with("day", day)),
        (None, None) => None,
    };
    if let Some(said) = said {
        let style = if row.broken.is_some() { theme.bad } else { theme.warn };
        area = pen.text(buf, area, &pen.say(said), 3, style);
    }
    marts(buf, area, &row.marts, pen)
}

/// The back-test: its figures, its course, and as many of its days as there is room for, the latest first.
fn draw_test(buf: &mut Buffer, area: Rect, test: &Backtest, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let told = Message::new(msg!("moment.page.tested"))
        .with("days", test.days.len())
        .with("day", test.as_of)
        .with("per-day", test.per_day())
        .with("customers", test.customers)
        .with("live", test.in_live_strategy())
        .with("hits", test.hits());
    let mut area = pen.text(buf, area, &pen.say(told), 3, theme.text);
    if let Some(said) = test.events_known() {
        area = pen.text(buf, area, &pen.say(said), 2, theme.warn);
    }
    let course: Vec<Option<i64>> = test.days.iter().map(|day| Some(day.hits)).collect();
    let cells = u16::try_from(course.len()).unwrap_or(u16::MAX).min(area.width);
    curve(buf, pen.look, Rect { width: cells, ..line_at(area, 0) }, &course);
    let area = below(area, u16::from(area.height > 0));
    let most = test.days.iter().map(|day| day.hits).max().unwrap_or(0);
    for (at, day) in (0..area.height).zip(test.days.iter().rev()) {
        let line = line_at(area, at);
        put(buf, pen.look, (line.x, line.y), 10, &number::date(day.day), theme.text);
        let note = if day.in_live_strategy > 0 {
            pen.say(Message::new(msg!("moment.page.live")).with("count", day.in_live_strategy))
        } else {
            String::new()
        };
        let figure = format!("{:>7} {note:<1}", number::count(day.hits));
        let cells = (9 + pen.look.cells(&note)).min(line.width.saturating_sub(11));
        let room = line.width.saturating_sub(11 + 22);
        let place = Rect { x: line.x + 11, width: room, ..line };
        bar(buf, pen.look, place, (day.hits, most), Style::new());
        put(buf, pen.look, (line.x + 12 + room, line.y), cells, &figure, theme.text);
    }
}
