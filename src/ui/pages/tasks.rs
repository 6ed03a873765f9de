//! The tasks of a push as a branch lists them: whom, what is offered him, by when, and where it stands.

use chrono::NaiveDate;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::State;
use crate::app::state::branch::TasksPage;
use crate::domain::message::Message;
use crate::domain::task::{TaskRow, TaskState};
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::panes::narrowed;
use crate::ui::panes::tasks::{deadline, deadline_width};
use crate::ui::pen::{Pen, aired};
use crate::ui::widgets::{Cell, Column, Pane, Row, Table};

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, page: &TasksPage, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let push = state.pushes.all().iter().find(|push| push.push == page.push);
    let name = push.map_or("", |push| push.name.as_str());
    let said = Message::new(msg!("task.list.title"))
        .with("push", page.push.to_string())
        .with("name", name);
    let title = pen.say(said);
    let (as_of, old) = figures::as_of(pen, state, page.freshness);
    let rows = page.rows();
    let all = page.list.as_ref().map_or(0, |list| list.rows.len());
    let note = narrowed(state, page.sieve.field(), (rows.len(), all));
    let frame = Pane { title: &title, focused: true, as_of: &as_of, stale: old, note: &note };
    let mut area = aired(frame.draw(buf, pen.look, area));
    if let Some(refusal) = &page.refusal {
        pen.text(buf, area, &pen.say(refusal.message.clone()), 3, theme.bad);
        return;
    }
    let Some(list) = &page.list else {
        pen.line(buf, area, &pen.say(msg!("console.empty.reading")), theme.stale);
        return;
    };
    if let Some(row) = list.rows.first() {
        let said = Message::new(msg!("task.list.head"))
            .with("product", row.product.as_str())
            .with("segment", segment(state, row))
            .with("count", list.count);
        area = pen.line(buf, area, &pen.say(said), theme.accent);
        if i64::try_from(list.rows.len()).is_ok_and(|shown| shown < list.count) {
            let said = Message::new(msg!("console.study.members.range"))
                .with("from", list.skip + 1)
                .with("to", list.skip + list.rows.len())
                .with("count", list.count);
            area = pen.line(buf, area, &pen.say(said), theme.stale);
        }
    }
    draw_rows(buf, area, state, page, &rows, pen);
}

/// By when a task is to be done, and whether it still is.
fn due(task: &TaskRow) -> Option<(NaiveDate, bool)> {
    Some((task.due?, task.state != TaskState::Done))
}

/// Why these customers: the name of the segment that the strategy is for.
fn segment(state: &State, row: &TaskRow) -> String {
    let mut strategies = state.strategies.all().iter();
    let code = strategies.find(|s| s.text.code == row.strategy).map(|s| s.text.segment.as_str());
    let code = code.unwrap_or("-");
    let named = state.segments.all().iter().find(|segment| segment.code == code);
    named.map_or_else(|| code.to_owned(), |segment| segment.name.clone())
}

fn draw_rows(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &TasksPage,
    rows: &[&TaskRow],
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let titles = [
        pen.say(msg!("customer.fact.id")),
        pen.say(msg!("console.column.who")),
        pen.say(msg!("push.fact.state")),
        pen.say(msg!("task.column.outcome")),
        pen.say(msg!("task.fact.channel")),
        pen.say(msg!("task.column.next")),
        pen.say(msg!("task.column.rm")),
        pen.say(msg!("console.column.aum")),
        pen.say(msg!("console.column.deadline")),
    ];
    // Where not all fit: an RM knows whose tasks these are, and a manager gives them out.
    let is_rm = state.session.who.as_ref().is_some_and(|who| who.staff.is_some());
    let columns = [
        Column::flex(&titles[0], 8, 14),
        Column::flex(&titles[1], 6, 8),
        Column::flex(&titles[2], 10, 16),
        Column::flex(&titles[3], 9, 14).priority(1),
        Column::flex(&titles[4], 12, 14).priority(2),
        Column::fixed(&titles[5], 10).priority(if is_rm { 4 } else { 5 }),
        Column::flex(&titles[6], 8, 16).priority(if is_rm { 5 } else { 4 }),
        Column::flex(&titles[7], 10, 16).right().priority(6),
        Column::fixed(&titles[8], deadline_width(state, rows.iter().copied().filter_map(due), pen))
            .priority(3),
    ];
    let row = |at: usize| {
        let task = rows[at];
        let style = match task.state {
            TaskState::Offer | TaskState::Expired => theme.warn,
            TaskState::Done => theme.good,
            _ => theme.text,
        };
        let label = pen.say(task.state.label());
        let stands = match (&task.other, task.state) {
            (Some(other), TaskState::Offer | TaskState::Offered | TaskState::Expired) => {
                format!("{label} {other}")
            }
            _ => label,
        };
        let due = due(task).map_or_else(|| "".into(), |due| deadline(state, due, pen));
        let aum = task.aum.map_or_else(|| "-".to_owned(), |aum| figures::money(pen, state, aum));
        Row::new(vec![
            task.customer.to_string().into(),
            task.who.as_deref().unwrap_or("-").into(),
            Cell::styled(stands, style),
            task.outcome.map(|outcome| pen.say(outcome.label())).unwrap_or_default().into(),
            task.channel.map(|channel| pen.say(channel.label())).unwrap_or_default().into(),
            task.next_on.map(number::date).unwrap_or_default().into(),
            task.rm_name.as_deref().unwrap_or("-").into(),
            aum.into(),
            due,
        ])
    };
    let narrowed = page.sieve.narrows();
    let empty = if narrowed { msg!("console.empty.filter") } else { msg!("task.list.empty") };
    let empty = pen.say(empty);
    Table {
        columns: &columns,
        len: rows.len(),
        row: &row,
        selected: Some(page.cursor),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}
