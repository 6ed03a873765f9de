//! What the bank has decided for all strategies, and who has.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::study::StudyPage;
use crate::domain::message::{Arg, Message};
use crate::domain::money::Currency;
use crate::domain::policy::{self, PolicyRow};
use crate::msg;
use crate::text::width::wrap;
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
    // What the row under the cursor decides is read whole below the list; the room is the same for each, so that the list stands still.
    let told: Vec<String> = found.iter().map(|row| told(row, currency, pen)).collect();
    let lines = |text: &String| wrap(&pen.look.glyphs.show(text), usize::from(area.width)).len();
    let foot = told.iter().map(lines).max().unwrap_or(0);
    let foot = u16::try_from(foot).unwrap_or(u16::MAX).min(area.height / 2);
    let area = below(area, u16::from(area.height > 14));
    let list = Rect { height: area.height.saturating_sub(foot), ..area };
    let titles = [
        pen.say(msg!("policy.column.title")),
        pen.say(msg!("policy.column.value")),
        pen.say(msg!("policy.column.key")),
        pen.say(msg!("policy.column.set-by")),
        pen.say(msg!("policy.column.set-at")),
    ];
    let meanings: Vec<String> = found.iter().map(|row| words(policy::title(&row.key))).collect();
    let value = |row: &PolicyRow| words(policy::shown(policy::kind(&row.key), row.value, currency));
    let values: Vec<String> = found.iter().map(value).collect();
    let mut keys = found.iter().map(|row| row.key.as_str());
    let widest = |texts: &mut dyn Iterator<Item = &str>, title: &str| {
        texts.map(|text| pen.look.cells(text)).max().unwrap_or(0).max(pen.look.cells(title))
    };
    let columns = [
        Column::flex(&titles[0], 34, 70).holding(meanings.iter().map(String::as_str)),
        Column::fixed(&titles[1], widest(&mut values.iter().map(String::as_str), &titles[1]))
            .right(),
        // The command wants the name, and wants it whole.
        Column::fixed(&titles[2], widest(&mut keys, &titles[2])).priority(1),
        Column::flex(&titles[3], 10, 18)
            .holding(found.iter().map(|row| row.set_by.as_str()))
            .priority(2),
        Column::fixed(&titles[4], 16).priority(3),
    ];
    let row = |at: usize| {
        let row = &found[at];
        let style = if row.value.is_some() { Style::new() } else { theme.stale };
        Row::new(vec![
            meanings[at].as_str().into(),
            Cell::styled(values[at].as_str(), style),
            row.key.as_str().into(),
            row.set_by.as_str().into(),
            row.set_at.format("%Y-%m-%d %H:%M").to_string().into(),
        ])
    };
    let selected = Some(page.row);
    let (focused, heading) = (true, true);
    Table { columns: &columns, len: found.len(), row: &row, selected, focused, heading, empty: "" }
        .draw(buf, pen.look, list);
    if let Some(said) = told.get(page.row) {
        pen.text(buf, below(area, list.height), said, foot, theme.accent);
    }
}

/// What a policy decides, how it is set and who has set it.
fn told(row: &PolicyRow, currency: Currency, pen: Pen<'_>) -> String {
    let words = |arg: Arg| pen.say(Message::new(msg!("console.strategy.fact")).with("value", arg));
    let range = |value| words(policy::shown(policy::kind(&row.key), Some(value), currency));
    let said = Message::new(msg!("policy.page.set"))
        .with("title", policy::title(&row.key))
        .with("key", row.key.as_str())
        .with("low", range(row.low))
        .with("high", range(row.high))
        .with("by", row.set_by.as_str())
        .with("at", row.set_at.format("%Y-%m-%d %H:%M").to_string());
    pen.say(said)
}
