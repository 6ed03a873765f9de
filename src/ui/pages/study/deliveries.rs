//! Where the messages of pushes stand: by unit and door, and what was given up, with the reason.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::app::study::Finding;
use crate::domain::delivery::{Deliveries, door_state};
use crate::domain::id::PushId;
use crate::domain::message::{Arg, Message};
use crate::msg;
use crate::text::number;
use crate::text::width::wrap;
use crate::ui::figures;
use crate::ui::pen::{Pen, below, beside};
use crate::ui::widgets::{Cell, Column, Row, Table, row as line_at, tabs};

/// From here on the dead messages stand beside the units.
const WIDE: u16 = 110;

/// What the page is called: the messages of a push, or all.
pub(super) fn title(push: Option<PushId>) -> Message {
    match push {
        Some(push) => Message::new(msg!("delivery.page.of-push")).with("push", push.to_string()),
        None => msg!("delivery.page.title").into(),
    }
}

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    found: &Deliveries,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    // What is said of the messages is said of all of them, whichever rows are on screen.
    let counts = match page.whole() {
        Some(Finding::Deliveries(all)) => all.counts(),
        _ => found.counts(),
    };
    let seen: Arg = match found.worker_at {
        Some(at) => figures::moment(state, at).into(),
        None => msg!("delivery.worker.never").into(),
    };
    let said = Message::new(msg!("delivery.totals"))
        .with("ready", counts.ready)
        .with("leased", counts.leased)
        .with("dead", counts.dead)
        .with("delivered", counts.delivered)
        .with("seen", seen);
    let style = if counts.dead > 0 { theme.warn } else { theme.accent };
    let mut area = pen.text(buf, area, &pen.say(said), 2, style);
    if found.doors.is_empty() {
        area = pen.text(buf, area, &pen.say(msg!("delivery.page.no-door")), 2, theme.text);
    } else {
        let doors: Vec<String> = found
            .doors
            .iter()
            .map(|door| format!("{} ({})", door.code, pen.say(door_state(door.on))))
            .collect();
        let said = Message::new(msg!("delivery.page.doors")).with("doors", Message::list(&doors));
        area = pen.text(buf, area, &pen.say(said), 1, theme.text);
    }
    let area = below(area, 1);
    let area = why(buf, area, (state, page), found, pen);
    let titles = [pen.say(msg!("delivery.page.units")), pen.say(msg!("delivery.page.dead"))];
    if area.width >= WIDE {
        let left = area.width / 2;
        let halves = [Rect { width: left, ..area }, beside(area, left + 2)];
        for (at, place) in halves.into_iter().enumerate() {
            let style = if page.part == at { theme.accent } else { theme.column };
            let place = pen.line(buf, place, &titles[at], style);
            half(buf, place, (state, page), (found, at), pen);
        }
    } else {
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        tabs(buf, pen.look, line_at(area, 0), &titles, page.part);
        half(buf, below(area, 1), (state, page), (found, page.part), pen);
    }
}

/// Why the row under the cursor does not get its messages, whole, at the foot of the page; gives what is left above it.
fn why(
    buf: &mut Buffer,
    area: Rect,
    (state, page): (&State, &StudyPage),
    found: &Deliveries,
    pen: Pen<'_>,
) -> Rect {
    let unit = found.units.get(page.row).filter(|_| page.part == 0);
    let said = if let Some(unit) = unit {
        let Some(reason) = &unit.reason else { return area };
        let org = format!("{} {} ({})", unit.org, unit.name, unit.door);
        let said = match unit.open_until {
            Some(at) => {
                Message::new(msg!("delivery.page.rests")).with("until", figures::moment(state, at))
            }
            None => msg!("delivery.page.last").into(),
        };
        said.with("org", org).with("why", reason.message())
    } else {
        let Some(dead) = found.dead.get(page.row).filter(|_| page.part == 1) else { return area };
        let key = format!("{} {} ({})", dead.key, dead.org, dead.door);
        Message::new(msg!("delivery.page.last")).with("org", key).with("why", dead.reason.message())
    };
    let said = pen.say(said);
    let lines = wrap(&said, usize::from(area.width)).len();
    // Never more than half of what there is: the row itself stays in sight.
    let height = u16::try_from(lines).unwrap_or(u16::MAX).min(area.height / 2);
    let foot = Rect { y: area.bottom() - height, height, ..area };
    pen.text(buf, foot, &said, height, pen.look.theme.bad);
    Rect { height: area.height - height, ..area }
}

fn half(
    buf: &mut Buffer,
    area: Rect,
    (state, page): (&State, &StudyPage),
    (found, at): (&Deliveries, usize),
    pen: Pen<'_>,
) {
    let selected = (page.part == at).then_some(page.row);
    if at == 0 {
        units(buf, area, state, (found, selected), pen);
    } else {
        dead(buf, area, found, selected, pen);
    }
}

fn units(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    (found, selected): (&Deliveries, Option<usize>),
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let titles = [
        pen.say(msg!("console.column.unit")),
        pen.say(msg!("delivery.fact.door")),
        pen.say(msg!("delivery.fact.ready")),
        pen.say(msg!("delivery.fact.dead")),
        pen.say(msg!("delivery.fact.delivered")),
        pen.say(msg!("delivery.fact.open-until")),
    ];
    let columns = [
        Column::flex(&titles[0], 18, 36),
        Column::flex(&titles[1], 6, 12).priority(2),
        Column::fixed(&titles[2], 9).right(),
        Column::fixed(&titles[3], 6).right(),
        Column::fixed(&titles[4], 10).right().priority(1),
        Column::fixed(&titles[5], 16).priority(3),
    ];
    let row = |at: usize| {
        let unit = &found.units[at];
        let counts = unit.counts;
        let waits = if unit.open_until.is_some() { theme.warn } else { Style::new() };
        let bad = if counts.dead > 0 { theme.bad } else { Style::new() };
        let rests = unit.open_until.map(|at| figures::moment(state, at)).unwrap_or_default();
        Row::new(vec![
            format!("{} {}", unit.org, unit.name).into(),
            unit.door.as_str().into(),
            Cell::styled(number::count(counts.ready + counts.leased), waits),
            Cell::styled(number::count(counts.dead), bad),
            number::count(counts.delivered).into(),
            Cell::styled(rests, theme.warn),
        ])
    };
    let empty = pen.say(msg!("delivery.page.nothing"));
    table(buf, area, (&columns, found.units.len(), &row), selected, &empty, pen);
}

fn dead(buf: &mut Buffer, area: Rect, found: &Deliveries, selected: Option<usize>, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let titles = [
        pen.say(msg!("delivery.fact.message")),
        pen.say(msg!("console.column.unit")),
        pen.say(msg!("delivery.fact.tries")),
        pen.say(msg!("delivery.fact.reason")),
    ];
    let columns = [
        Column::flex(&titles[0], 10, 16),
        Column::flex(&titles[1], 6, 10).priority(1),
        Column::fixed(&titles[2], 5).right().priority(2),
        Column::flex(&titles[3], 20, 60),
    ];
    let row = |at: usize| {
        let dead = &found.dead[at];
        Row::new(vec![
            dead.key.as_str().into(),
            dead.org.as_str().into(),
            number::count(dead.tries.into()).into(),
            Cell::styled(pen.say(dead.reason.message()), theme.bad),
        ])
    };
    let empty = pen.say(msg!("delivery.page.none-dead"));
    table(buf, area, (&columns, found.dead.len(), &row), selected, &empty, pen);
}

fn table<'a>(
    buf: &mut Buffer,
    area: Rect,
    (columns, len, row): (&'a [Column<'a>], usize, &'a dyn Fn(usize) -> Row<'a>),
    selected: Option<usize>,
    empty: &'a str,
    pen: Pen<'_>,
) {
    let focused = selected.is_some();
    Table { columns, len, row, selected, focused, heading: true, empty }.draw(buf, pen.look, area);
}
