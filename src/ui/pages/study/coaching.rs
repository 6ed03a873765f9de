//! The coaching log: its entries, and under them the one under the cursor in full, with every look at it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::domain::coaching::{Coaching, Found, Recheck};
use crate::domain::message::Message;
use crate::msg;
use crate::text::number;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table};

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    rows: &[Coaching],
    pen: Pen<'_>,
) {
    let detail = 8.min(area.height / 2);
    let upper = Rect { height: area.height.saturating_sub(detail), ..area };
    table(buf, upper, state, page, rows, pen);
    if let Some(entry) = rows.get(page.row) {
        entry_in_full(buf, below(area, upper.height), entry, pen);
    }
}

fn table(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    rows: &[Coaching],
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let titles = [
        pen.say(msg!("coaching.column.due")),
        pen.say(msg!("coaching.column.org-name")),
        pen.say(msg!("coaching.column.rm")),
        pen.say(msg!("coaching.column.state")),
        pen.say(msg!("coaching.column.agreed")),
        pen.say(msg!("coaching.column.rechecks")),
        pen.say(msg!("coaching.column.by")),
    ];
    let columns = [
        Column::fixed(&titles[0], 10),
        Column::flex(&titles[1], 8, 20).holding(rows.iter().map(|row| row.org_name.as_str())),
        Column::flex(&titles[2], pen.look.cells(&titles[2]).max(6), 12).priority(3),
        Column::flex(&titles[3], 6, 10).priority(1),
        Column::flex(&titles[4], 28, 80),
        Column::fixed(&titles[5], pen.look.cells(&titles[5]).max(6)).right().priority(4),
        Column::flex(&titles[6], 8, 16).priority(5),
    ];
    let today = state.session.bank.as_ref().map(|bank| bank.as_of);
    let row = |at: usize| {
        let row = &rows[at];
        // Without a bank there are no rows either.
        let today = today.unwrap_or(row.seen_on);
        let (due, word) = row.stands_on(today);
        let (late, ended) = (row.is_due(today), due.is_none());
        let style = match (late, ended) {
            (true, _) => theme.bad,
            (_, true) => theme.stale,
            _ => Style::new(),
        };
        let due = due.map_or_else(String::new, number::date);
        Row::new(vec![
            Cell::styled(due, style),
            row.org_name.as_str().into(),
            row.rm_name.clone().or_else(|| row.rm.clone()).unwrap_or_default().into(),
            Cell::styled(pen.say(word), style),
            row.agreed.as_str().into(),
            row.rechecks.len().to_string().into(),
            row.by.as_str().into(),
        ])
    };
    let empty = pen.say(msg!("coaching.empty"));
    Table {
        columns: &columns,
        len: rows.len(),
        row: &row,
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}

fn entry_in_full(buf: &mut Buffer, area: Rect, entry: &Coaching, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let seen = Message::new(msg!("coaching.said.seen"))
        .with("number", entry.coaching.to_string())
        .with("on", entry.seen_on)
        .with("by", entry.by.as_str())
        .with("text", entry.seen.as_str());
    let agreed = Message::new(msg!("coaching.said.agreed"))
        .with("due", entry.due)
        .with("text", entry.agreed.as_str());
    let mut area = pen.text(buf, area, &pen.say(seen), 2, theme.text);
    area = pen.text(buf, area, &pen.say(agreed), 2, theme.accent);
    // The newest first: where there is room for few, those count.
    for look in entry.rechecks.iter().rev() {
        let style = if look.result == Found::Kept { theme.good } else { theme.text };
        area = pen.text(buf, area, &pen.say(looked(look)), 2, style);
    }
}

fn looked(look: &Recheck) -> Message {
    let said = match look.next_due {
        Some(due) => Message::new(msg!("coaching.said.again")).with("due", due),
        None => Message::new(msg!("coaching.said.looked")),
    };
    said.with("on", look.on)
        .with("by", look.by.as_str())
        .with("result", look.result.label())
        .with("text", look.text.as_str())
}
