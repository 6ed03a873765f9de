//! Pane 3: pushes and how far their branches are.

use chrono::NaiveDate;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::rows::{progress, signed};
use crate::app::state::{Pane, State};
use crate::domain::message::Message;
use crate::domain::push::PushRow;
use crate::msg;
use crate::text::number;
use crate::ui::pen::Pen;
use crate::ui::widgets::{Cell, Column, Row, Table};

/// Orders whose last day is the bank's day and that still have open tasks.
pub(in crate::ui) fn due_today(state: &State) -> usize {
    let Some(bank) = &state.session.bank else { return 0 };
    let orders = state.pushes.all().iter().flat_map(|push| &push.orders);
    orders.filter(|o| o.deadline == bank.as_of && o.open > 0).count()
}

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let list = &state.pushes;
    let inner = super::frame(buf, area, state, Pane::Tasks, list, pen);
    let titles = [
        pen.say(msg!("console.column.push")),
        pen.say(msg!("console.column.strategy")),
        pen.say(msg!("console.column.signed")),
        pen.say(msg!("console.column.done")),
        String::new(),
        pen.say(msg!("console.column.deadline")),
    ];
    let rows: Vec<_> = list.shown().collect();
    let ids: Vec<String> = rows.iter().map(|push| format!("#{}", push.push)).collect();
    // The version stands on the push's page: here the name is worth more than it.
    let title = |push: &&PushRow| format!("{} {}", push.strategy, push.name);
    let names: Vec<String> = rows.iter().map(title).collect();
    let late = deadline_width(state, rows.iter().copied().map(last_day), pen);
    let columns = [
        Column::flex(&titles[0], 4, 8).holding(ids.iter().map(String::as_str)),
        Column::flex(&titles[1], 12, 60).holding(names.iter().map(String::as_str)),
        Column::flex(&titles[2], 7, 9).right().priority(1),
        Column::fixed(&titles[3], 6).right().priority(2),
        Column::flex(&titles[4], 5, 16).priority(4),
        Column::fixed(&titles[5], late).priority(3),
    ];
    let broken = pen.say(msg!("board.fact.break"));
    let broken = Column::fixed(&broken, 16).priority(1);
    let breaks = rows.iter().any(|push| push.broken.is_some());
    let columns: Vec<Column<'_>> = columns.into_iter().chain(breaks.then_some(broken)).collect();
    let row = |at: usize| {
        let push = rows[at];
        let (tasks, done) = progress(push);
        let (signed, orders) = (signed(push), push.orders.len());
        let theme = pen.look.theme;
        let overdue = push.orders.iter().any(|order| order.overdue);
        let style = match (overdue, signed < orders) {
            (true, _) => theme.bad,
            (_, true) => theme.warn,
            _ => theme.good,
        };
        // Not by colour alone: what is escalated has a mark.
        let mark = if overdue { "! " } else { "" };
        let mut row = Row::new(vec![
            ids[at].as_str().into(),
            names[at].as_str().into(),
            Cell::styled(format!("{mark}{signed}/{orders}"), style),
            number::percent_whole(done, tasks).unwrap_or_default().into(),
            Cell::Bar(done, tasks, Style::new()),
            deadline(state, last_day(push), pen),
        ]);
        if breaks {
            let step = push.broken.map(|step| {
                let step = pen.say(step.title());
                Cell::styled(format!("{} {step}", pen.look.glyphs.down), pen.look.theme.bad)
            });
            row.cells.push(step.unwrap_or_else(|| "".into()));
        }
        row.dim = !push.live;
        row
    };
    let empty = super::emptiness(state, list, msg!("console.empty.tasks"), pen);
    Table {
        columns: &columns,
        len: rows.len(),
        row: &row,
        selected: Some(list.cursor()),
        focused: state.focus == Pane::Tasks,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, inner);
}

/// The last day of a push, and whether tasks are open.
fn last_day(push: &PushRow) -> (NaiveDate, bool) {
    let (tasks, done) = progress(push);
    (push.deadline, tasks > done)
}

/// A deadline: the day; and where tasks are open and it is near or past, how many days.
pub(in crate::ui) fn deadline<'a>(
    state: &State,
    (day, open): (NaiveDate, bool),
    pen: Pen<'_>,
) -> Cell<'a> {
    let (said, style) = due(state, day, open, pen);
    Cell::styled(said, style)
}

/// How wide deadlines are, each with whether tasks are open: how late something is is never cut.
pub(in crate::ui) fn deadline_width(
    state: &State,
    dues: impl Iterator<Item = (NaiveDate, bool)>,
    pen: Pen<'_>,
) -> u16 {
    let widths = dues.map(|(day, open)| pen.look.cells(&due(state, day, open, pen).0));
    widths.max().unwrap_or(0).max(10)
}

fn due(state: &State, day: NaiveDate, open: bool, pen: Pen<'_>) -> (String, Style) {
    let Some(bank) = state.session.bank.as_ref().filter(|_| open) else {
        return (number::date(day), Style::new());
    };
    let days = (day - bank.as_of).num_days();
    let theme = pen.look.theme;
    match days {
        ..0 => {
            let said = Message::new(msg!("console.deadline.past")).with("days", -days);
            (pen.say(said), theme.bad)
        }
        0 => (pen.say(msg!("console.deadline.today")), theme.warn),
        1..4 => {
            let said = Message::new(msg!("console.deadline.near")).with("days", days);
            (pen.say(said), theme.warn)
        }
        _ => (number::date(day), Style::new()),
    }
}
