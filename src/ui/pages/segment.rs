//! A segment: its rule, how many it finds now, and where they are.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::marts::marts;
use super::study::kind_name;
use crate::app::state::{SegmentPage, State};
use crate::domain::attribute::MartDay;
use crate::domain::message::Message;
use crate::domain::segment::{OrgCount, SegmentCount};
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::pen::{Pen, aired, below};
use crate::ui::widgets::{Cell, Column, Pane, Row, Table};

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, page: &SegmentPage, pen: Pen<'_>) {
    let Some(row) = state.segments.all().iter().find(|s| s.code == page.code) else { return };
    let (as_of, old) = figures::as_of(pen, state, state.segments.freshness);
    let title = format!("1 {} {} v{}", row.code, row.name, row.version);
    let frame = Pane { title: &title, focused: true, as_of: &as_of, stale: old, note: "" };
    let mut area = aired(frame.draw(buf, pen.look, area));
    let theme = pen.look.theme;
    area = pen.text(buf, area, &row.rule, area.height / 3, theme.accent);
    let by = Message::new(msg!("console.segment.author")).with("author", row.author.as_str());
    let owner = Message::new(msg!("console.segment.owner"))
        .with("owner", row.owner.as_str())
        .with("kind", kind_name(row.kind));
    let by = format!("{}{}{}", pen.say(by), pen.look.glyphs.separator, pen.say(owner));
    area = pen.line(buf, area, &by, theme.text);
    if let Some(note) = &row.note {
        let said = Message::new(msg!("console.segment.note")).with("note", note.as_str());
        area = pen.text(buf, area, &pen.say(said), 2, theme.text);
    }
    if let Some(snapshot) = &row.snapshot {
        let hash: String = snapshot.hash.to_string().chars().take(12).collect();
        let said = match snapshot.customers {
            Some(count) => Message::new(msg!("console.segment.snapshot")).with("count", count),
            None => Message::new(msg!("console.segment.snapshot-whole")),
        };
        let said = said.with("day", snapshot.as_of).with("hash", hash);
        area = pen.line(buf, area, &pen.say(said), theme.text);
    }
    area = below(area, 1);
    match (&page.count, &page.refusal) {
        (None, None) if row.broken.is_some() => {
            let why = row.broken.clone().map(|why| pen.say(why)).unwrap_or_default();
            pen.text(buf, area, &why, 3, theme.bad);
        }
        (_, Some(refusal)) => {
            pen.text(buf, area, &pen.say(refusal.message.clone()), 3, theme.bad);
        }
        (Some(count), None) => {
            area = counted(buf, area, state, (count, &count.refreshed), true, pen);
            split(buf, below(area, 1), state, count, Some(page.cursor), false, pen);
        }
        (None, None) => {
            pen.line(buf, area, &pen.say(msg!("console.count.counting")), theme.text);
        }
    }
}

/// What a count says, in two lines and, for whom a branch's customers are all, a third, and of which days the marts behind the
/// figures are; gives what is left below.
pub(super) fn counted(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    (count, read): (&SegmentCount, &[MartDay]),
    current: bool,
    pen: Pen<'_>,
) -> Rect {
    let theme = pen.look.theme;
    let share = number::percent(count.count, count.of).unwrap_or_else(|| "-".to_owned());
    let found = Message::new(msg!("console.count.found"))
        .with("count", count.count)
        .with("share", share)
        .with("of", count.of);
    let style = if current { theme.accent } else { theme.stale };
    let mut text = pen.say(found);
    if !current {
        text = pen.say(Message::new(msg!("console.count.old")).with("count", text));
    }
    let area = pen.line(buf, area, &text, style);
    let aum = Message::new(msg!("console.count.aum"))
        .with("aum", figures::money(pen, state, count.aum))
        .with("day", count.as_of)
        .with("ms", count.ms);
    let style = if current { theme.text } else { theme.stale };
    let area = pen.line(buf, area, &pen.say(aum), style);
    let area = match &count.scope {
        Some(scope) => pen.line(buf, area, &pen.say(scope.message()), style),
        None => area,
    };
    let area = if count.silent {
        pen.line(buf, area, &pen.say(msg!("console.count.silent")), theme.warn)
    } else {
        area
    };
    let area = match count.events_known() {
        Some(said) => pen.text(buf, area, &pen.say(said), 2, theme.warn),
        None => area,
    };
    let area = marts(buf, area, read, pen);
    match count.marts_read_at {
        Some(at) => {
            let at = figures::moment(state, at);
            let said = Message::new(msg!("attribute.marts-read")).with("at", at);
            pen.text(buf, area, &pen.say(said), 2, theme.stale)
        }
        None => area,
    }
}

/// Where the members are, unit by unit.
pub(super) fn split(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    count: &SegmentCount,
    cursor: Option<usize>,
    old: bool,
    pen: Pen<'_>,
) {
    let units: &[OrgCount] = count.by_org.as_deref().unwrap_or_default();
    if units.is_empty() {
        return;
    }
    let titles = [
        pen.say(msg!("console.column.unit")),
        String::new(),
        pen.say(msg!("console.column.customers")),
        pen.say(msg!("console.column.aum")),
    ];
    let names: Vec<String> =
        units.iter().map(|unit| format!("{} {}", unit.org, unit.name)).collect();
    let columns = [
        Column::flex(&titles[0], 12, 28).holding(names.iter().map(String::as_str)),
        Column::flex(&titles[1], 8, 60).priority(2),
        Column::flex(&titles[2], 9, 10).right(),
        Column::flex(&titles[3], 13, 16).right().priority(1),
    ];
    let most = units.iter().map(|u| u.count).max().unwrap_or(0);
    let row = |at: usize| {
        let unit = &units[at];
        let cells = vec![
            names[at].as_str().into(),
            Cell::Bar(unit.count, most, pen.look.theme.bar),
            number::count(unit.count).into(),
            figures::money(pen, state, unit.aum).into(),
        ];
        Row { cells, dim: old }
    };
    Table {
        columns: &columns,
        len: units.len(),
        row: &row,
        selected: cursor,
        focused: true,
        heading: true,
        empty: "",
    }
    .draw(buf, pen.look, area);
}
