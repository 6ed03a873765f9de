//! Choosing the attributes that split a segment.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::pages::study::called;
use super::pen::{Pen, below, beside};
use super::widgets::{InputLine, Popup, put, row};
use crate::app::state::State;
use crate::app::state::study::Axes;
use crate::app::update::looking;
use crate::domain::message::Message;
use crate::msg;

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    axes: &Axes,
    pen: Pen<'_>,
) -> Option<Position> {
    let theme = pen.look.theme;
    let title = Message::new(msg!("console.axes.title")).with("code", axes.code.as_str());
    let title = pen.say(title);
    let (width, height) =
        (area.width.saturating_sub(4).min(80), area.height.saturating_sub(2).min(20));
    let inner = Popup { title: &title, width, height }.draw(buf, pen.look, area);
    let hint = pen.say(msg!("console.axes.hint"));
    let caret = InputLine {
        label: "/",
        value: axes.field.text(),
        cursor: axes.field.chars_before(),
        hint: &hint,
        focused: true,
    }
    .draw(buf, pen.look, row(inner, 0));
    let said = if let Some(error) = &axes.error {
        (pen.say(error.clone()), theme.bad)
    } else {
        let names = axes.chosen.join(", ");
        let names = if names.is_empty() { "-".to_owned() } else { names };
        let said = Message::new(msg!("console.axes.chosen")).with("names", names);
        (pen.say(said), theme.accent)
    };
    let list = pen.line(buf, below(inner, 1), &said.0, said.1);
    let found = looking::axes(state, axes.field.text());
    let page = usize::from(list.height).max(1);
    let rows = found.iter().enumerate().skip(axes.cursor / page * page).take(page);
    for (at, code) in rows {
        let line = row(list, u16::try_from(at % page).unwrap_or(0));
        if at == axes.cursor {
            put(buf, pen.look, (line.x, line.y), 1, pen.look.glyphs.marker, theme.selected);
        }
        let chosen = if axes.chosen.contains(code) { "*" } else { " " };
        let place = beside(line, 2);
        let style = if at == axes.cursor { theme.selected } else { theme.text };
        let text = format!("{chosen}{code}");
        put(buf, pen.look, (place.x, place.y), 24.min(place.width), &text, style);
        let place = beside(place, 26);
        let names = state.dictionary.all().iter().find(|row| row.attribute.code == *code);
        let names = names.map_or(("", ""), |row| (&row.attribute.zh, &row.attribute.en));
        put(buf, pen.look, (place.x, place.y), place.width, &called(code, names, pen), theme.text);
    }
    if found.is_empty() && !axes.field.text().contains(':') {
        pen.line(buf, list, &pen.say(msg!("console.empty.filter")), theme.stale);
    }
    caret
}
