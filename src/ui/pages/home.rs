//! What waits for the operator: what is to be done, of what, since when and until when.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::command::{self, CommandId};
use crate::app::state::State;
use crate::domain::message::Message;
use crate::domain::worklist::{Work, WorkRow};
use crate::msg;
use crate::text::number;
use crate::ui::panes;
use crate::ui::pen::{Pen, below, beside};
use crate::ui::widgets::{Cell, Column, Row, Table};

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let list = &state.work;
    let theme = pen.look.theme;
    let name = state.session.who.as_ref().map_or("", |who| who.name.as_str());
    let title = pen.say(Message::new(msg!("worklist.title")).with("name", name));
    let mut inner = panes::framed(buf, area, state, (&title, true), list, pen);
    if !state.drafts.is_empty() {
        let said = Message::new(msg!("worklist.drafts"))
            .with("count", state.drafts.len())
            .with("key", command::row(CommandId::OpenDraft).keys[0]);
        // It begins where the words of the rows do, behind the place of their marker.
        pen.line(buf, beside(inner, 2), &pen.say(said), theme.warn);
        inner = below(inner, 1);
    }
    let titles = [
        pen.say(msg!("worklist.column.work")),
        pen.say(msg!("worklist.column.subject")),
        pen.say(msg!("worklist.column.name")),
        pen.say(msg!("worklist.column.count")),
        pen.say(msg!("worklist.column.since")),
        pen.say(msg!("worklist.column.due")),
    ];
    let rows: Vec<&WorkRow> = list.shown().collect();
    let works: Vec<String> = rows.iter().map(|row| pen.say(row.work.title())).collect();
    // What is to be done is read before any name.
    let widest = works.iter().map(|work| pen.look.cells(work)).max().unwrap_or(0).clamp(12, 24);
    let subjects: Vec<String> = rows.iter().map(|row| row.work.subject()).collect();
    let names: Vec<String> = rows.iter().map(|row| name_of(row)).collect();
    let counts: Vec<String> =
        rows.iter().map(|row| row.work.count().map(number::count).unwrap_or_default()).collect();
    let cells = |texts: &[String], title: &str| {
        let texts = texts.iter().map(|text| pen.look.cells(text)).max().unwrap_or(0);
        texts.max(pen.look.cells(title))
    };
    // A name is whole before it is said since when.
    let longest = cells(&names, &titles[2]).clamp(12, 34);
    let columns = [
        Column::flex(&titles[0], widest, 28).holding(works.iter().map(String::as_str)),
        Column::flex(&titles[1], 8, 18).holding(subjects.iter().map(String::as_str)),
        Column::flex(&titles[2], longest, 80).holding(names.iter().map(String::as_str)).priority(1),
        Column::fixed(&titles[3], cells(&counts, &titles[3])).right().priority(3),
        Column::fixed(&titles[4], 10).priority(4),
        Column::fixed(&titles[5], 10).priority(2),
    ];
    let as_of = state.session.bank.as_ref().map(|bank| bank.as_of);
    let line = |at: usize| {
        let row = rows[at];
        let urgent = matches!(row.work, Work::Sign { .. } | Work::Approve { .. });
        let style = if urgent { theme.warn } else { Style::new() };
        let late = as_of.is_some_and(|day| row.is_late(day));
        let due = row.due.map(number::date).unwrap_or_default();
        Row::new(vec![
            Cell::styled(pen.say(row.work.title()), style),
            row.work.subject().into(),
            name_of(row).into(),
            counts[at].as_str().into(),
            row.since.map(number::date).unwrap_or_default().into(),
            if late { Cell::styled(due, theme.bad) } else { due.into() },
        ])
    };
    let empty = panes::emptiness(state, list, msg!("worklist.empty"), pen);
    Table {
        columns: &columns,
        len: rows.len(),
        row: &line,
        selected: Some(list.cursor()),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, inner);
}

/// What it is called; of what waits for an approval, with who wrote it.
fn name_of(row: &WorkRow) -> String {
    match &row.work {
        Work::Approve { author, .. } => format!("{} ({author})", row.name),
        _ => row.name.clone(),
    }
}
