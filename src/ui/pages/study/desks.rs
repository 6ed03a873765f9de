//! What was laid aside: outcomes that could not be taken in, strategies that were put away, delegations.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::desk::{Desk, Laid};
use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::domain::message::{Key, Message};
use crate::domain::outcome::{InboxRow, Outcome};
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::life::Delegation;
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table};

/// What heads such a page.
pub(super) fn title(desk: Desk) -> Key {
    match desk {
        Desk::Inbox => msg!("console.desk.inbox"),
        Desk::Shelf => msg!("console.desk.shelf"),
        Desk::Delegations => msg!("console.desk.delegations"),
    }
}

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    (state, page): (&State, &StudyPage),
    laid: &Laid,
    pen: Pen<'_>,
) {
    match laid {
        Laid::Inbox(rows, count) => inbox(buf, area, (state, page), (rows, *count), pen),
        Laid::Shelf(rows) => shelf(buf, area, page, rows, pen),
        Laid::Delegations(rows) => delegations(buf, area, page, rows, pen),
    }
}

fn inbox(
    buf: &mut Buffer,
    area: Rect,
    (state, page): (&State, &StudyPage),
    (rows, count): (&[InboxRow], i64),
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let said =
        Message::new(msg!("console.desk.left")).with("count", count).with("shown", rows.len());
    let area = below(pen.text(buf, area, &pen.say(said), 3, theme.warn), 1);
    let titles = [
        pen.say(msg!("board.inbox.source")),
        pen.say(msg!("board.inbox.message")),
        pen.say(msg!("push.fact.push")),
        pen.say(msg!("board.inbox.customer")),
        pen.say(msg!("board.inbox.outcome")),
        pen.say(msg!("board.inbox.received")),
        pen.say(msg!("board.inbox.reason")),
    ];
    let columns = [
        Column::flex(&titles[0], 6, 12),
        Column::flex(&titles[1], 8, 20).priority(1),
        Column::fixed(&titles[2], 6).right().priority(2),
        Column::fixed(&titles[3], 10).right(),
        Column::flex(&titles[4], 6, 12).priority(3),
        Column::fixed(&titles[5], 16).priority(4),
        Column::flex(&titles[6], 40, 60),
    ];
    let row = |at: usize| {
        let row = &rows[at];
        let number = |value: Option<i64>| value.map(|n| n.to_string()).unwrap_or_default();
        // A word that is none stands as it came.
        let outcome = row.outcome.as_deref().unwrap_or_default();
        let outcome = Outcome::from_word(outcome)
            .map_or_else(|| outcome.to_owned(), |outcome| pen.say(outcome.label()));
        Row::new(vec![
            row.source.as_str().into(),
            row.message.as_str().into(),
            number(row.push).into(),
            number(row.customer).into(),
            outcome.into(),
            figures::moment(state, row.received_at).into(),
            Cell::styled(pen.say(row.reason.title()), theme.bad),
        ])
    };
    let empty = pen.say(msg!("console.desk.none-left"));
    table(buf, area, (&columns, rows.len(), &row), (page.row, &empty), pen);
}

fn shelf(buf: &mut Buffer, area: Rect, page: &StudyPage, rows: &[StrategyRow], pen: Pen<'_>) {
    let titles = [
        pen.say(msg!("console.column.code")),
        pen.say(msg!("console.column.name")),
        pen.say(msg!("console.strategy.segment")),
        pen.say(msg!("console.strategy.author")),
    ];
    let columns = [
        Column::flex(&titles[0], 10, 20),
        Column::flex(&titles[1], 20, 60),
        Column::flex(&titles[2], 10, 20).priority(1),
        Column::flex(&titles[3], 10, 24).priority(2),
    ];
    let row = |at: usize| {
        let row = &rows[at];
        Row::new(vec![
            format!("{} v{}", row.text.code, row.version).into(),
            row.text.name.as_str().into(),
            row.text.segment.as_str().into(),
            row.author.as_str().into(),
        ])
    };
    let empty = pen.say(msg!("console.desk.none-shelved"));
    table(buf, area, (&columns, rows.len(), &row), (page.row, &empty), pen);
}

fn delegations(buf: &mut Buffer, area: Rect, page: &StudyPage, rows: &[Delegation], pen: Pen<'_>) {
    let theme = pen.look.theme;
    let titles = [
        pen.say(msg!("life.column.id")),
        pen.say(msg!("life.column.delegator")),
        pen.say(msg!("life.column.delegate")),
        pen.say(msg!("life.column.from")),
        pen.say(msg!("life.column.to")),
        pen.say(msg!("life.column.state")),
    ];
    let columns = [
        Column::fixed(&titles[0], 6).right().priority(1),
        Column::flex(&titles[1], 12, 24),
        Column::flex(&titles[2], 12, 24),
        Column::fixed(&titles[3], 10),
        Column::fixed(&titles[4], 10),
        Column::flex(&titles[5], 10, 16),
    ];
    let row = |at: usize| {
        let one = &rows[at];
        let (key, style) = match (one.ended, one.now) {
            (true, _) => (msg!("life.delegation.ended"), theme.stale),
            (false, true) => (msg!("life.delegation.now"), theme.good),
            (false, false) => (msg!("life.delegation.other"), Style::new()),
        };
        Row::new(vec![
            one.id.to_string().into(),
            one.delegator.as_str().into(),
            one.delegate.as_str().into(),
            number::date(one.from).into(),
            number::date(one.to).into(),
            Cell::styled(pen.say(key), style),
        ])
    };
    let empty = pen.say(msg!("console.desk.no-delegation"));
    table(buf, area, (&columns, rows.len(), &row), (page.row, &empty), pen);
}

fn table<'a>(
    buf: &mut Buffer,
    area: Rect,
    (columns, len, row): (&'a [Column<'a>], usize, &'a dyn Fn(usize) -> Row<'a>),
    (at, empty): (usize, &'a str),
    pen: Pen<'_>,
) {
    let selected = Some(at);
    Table { columns, len, row, selected, focused: true, heading: true, empty }
        .draw(buf, pen.look, area);
}
