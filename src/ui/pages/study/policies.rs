//! What the bank has decided for all strategies, and who has.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::study::StudyPage;
use crate::domain::message::{Arg, Message};
use crate::domain::money::Currency;
use crate::domain::policy::{self, PolicyRow};
use crate::msg;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table};

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    (found, currency): (&[PolicyRow], Currency),
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let words = |arg: Arg| pen.say(Message::new(msg!("console.strategy.fact")).with("value", arg));
    let area = pen.text(buf, area, &pen.say(msg!("policy.page.rules")), 4, theme.text);
    let foot = 3.min(area.height / 4);
    let list = Rect { height: area.height.saturating_sub(foot + 1), ..below(area, 1) };
    let list = Rect { height: list.height.saturating_sub(1), ..list };
    let titles = [
        pen.say(msg!("policy.column.title")),
        pen.say(msg!("policy.column.value")),
        pen.say(msg!("policy.column.key")),
        pen.say(msg!("policy.column.set-by")),
        pen.say(msg!("policy.column.set-at")),
    ];
    let columns = [
        Column::flex(&titles[0], 24, 70),
        Column::fixed(&titles[1], 14).right(),
        Column::flex(&titles[2], 12, 26).priority(1),
        Column::flex(&titles[3], 10, 18).priority(2),
        Column::fixed(&titles[4], 16).priority(3),
    ];
    let row = |at: usize| {
        let row = &found[at];
        let value = words(policy::shown(policy::kind(&row.key), row.value, currency));
        let style = if row.value.is_some() { Style::new() } else { theme.stale };
        Row::new(vec![
            words(policy::title(&row.key)).into(),
            Cell::styled(value, style),
            row.key.as_str().into(),
            row.set_by.as_str().into(),
            row.set_at.format("%Y-%m-%d %H:%M").to_string().into(),
        ])
    };
    let selected = Some(page.row);
    let (focused, heading) = (true, true);
    Table { columns: &columns, len: found.len(), row: &row, selected, focused, heading, empty: "" }
        .draw(buf, pen.look, list);
    let Some(chosen) = found.get(page.row) else { return };
    let range = |value| words(policy::shown(policy::kind(&chosen.key), Some(value), currency));
    let said = Message::new(msg!("policy.page.set"))
        .with("title", policy::title(&chosen.key))
        .with("key", chosen.key.as_str())
        .with("low", range(chosen.low))
        .with("high", range(chosen.high));
    let at = Rect { y: area.bottom().saturating_sub(foot), height: foot, ..area };
    pen.text(buf, at, &pen.say(said), foot, theme.stale);
}
