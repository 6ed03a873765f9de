//! A list to choose from, found by a few letters.

use chrono::NaiveDate;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::figures;
use super::pen::{Pen, below, beside};
use super::widgets::{InputLine, Popup, put, put_right, row};
use crate::app::state::picker::{PickFor, PickRow, PickStep, Picked, Picker};
use crate::app::study::Reviewed;
use crate::domain::message::Message;
use crate::domain::rule::{Column, Kind, Values};
use crate::msg;
use crate::text::number;

/// Draws the list; gives where the caret stands.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    picker: &Picker,
    pen: Pen<'_>,
) -> Option<Position> {
    let title = title(picker, pen);
    let rows = if picker.typed() { 3 } else { picker.shown().len().max(6) + 2 };
    let width = area.width.saturating_sub(4).min(76);
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2);
    let height = height.min(area.height.saturating_sub(2)).min(22).max(5.min(area.height));
    let inner = Popup { title: &title, width, height }.draw(buf, pen.look, area);
    let hint = hint(picker, pen);
    let caret = InputLine {
        label: if picker.typed() { "" } else { "/" },
        value: picker.field.text(),
        cursor: picker.field.chars_before(),
        hint: &hint,
        focused: true,
    }
    .draw(buf, pen.look, row(inner, 0));
    let mut list = below(inner, 1);
    if let Some(error) = &picker.error {
        list = pen.text(buf, list, &pen.say(error.clone()), 3, pen.look.theme.bad);
    }
    draw_rows(buf, list, picker, pen);
    caret
}

fn draw_rows(buf: &mut Buffer, list: Rect, picker: &Picker, pen: Pen<'_>) {
    let page = usize::from(list.height).max(1);
    for (at, choice) in picker.shown().enumerate().skip(picker.cursor / page * page).take(page) {
        let line = row(list, u16::try_from(at % page).unwrap_or(0));
        if line.is_empty() {
            continue;
        }
        if at == picker.cursor {
            let style = pen.look.theme.selected;
            put(buf, pen.look, (line.x, line.y), 1, pen.look.glyphs.marker, style);
        }
        let mut line = beside(line, 2);
        if picker.many() {
            let mark = if choice.marked { "[x]" } else { "[ ]" };
            put(buf, pen.look, (line.x, line.y), line.width, mark, pen.look.theme.key);
            line = beside(line, 4);
        }
        draw_row(buf, line, choice, at == picker.cursor, pen);
    }
    if picker.shown().len() == 0 && !picker.typed() {
        let said = pen.say(msg!("console.empty.filter"));
        pen.line(buf, list, &said, pen.look.theme.stale);
    }
}

/// What it is called, and how rules write it at the right where that is something else.
fn draw_row(buf: &mut Buffer, line: Rect, choice: &PickRow, chosen: bool, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let style = if chosen { theme.accent } else { theme.text };
    if let Picked::Value(code) = &choice.picked {
        // A value is read as it stands in the records, and then as people call it.
        let text = figures::valued(pen, code, &choice.called);
        put(buf, pen.look, (line.x, line.y), line.width, &text, style);
        return;
    }
    let name = match &choice.picked {
        Picked::Review { of, day, pushes } => review(*of, *day, *pushes, pen),
        _ => figures::called(pen, &choice.called, &choice.code),
    };
    let taken = put(buf, pen.look, (line.x, line.y), line.width, &name, style);
    if name != choice.code {
        let rest = beside(line, taken + 2);
        put_right(buf, pen.look, (rest.x, rest.y), rest.width, &choice.code, theme.disabled);
    }
}

/// How much of a strategy a review is of, in words.
fn review(of: Reviewed, day: Option<NaiveDate>, pushes: usize, pen: Pen<'_>) -> String {
    pen.say(match of {
        Reviewed::Strategy => Message::new(msg!("review.pick.strategy")).with("pushes", pushes),
        Reviewed::Wave(wave) => {
            Message::new(msg!("review.pick.wave")).with("wave", wave).with("pushes", pushes)
        }
        Reviewed::Push(push) => {
            let day = day.map_or_else(String::new, number::date);
            Message::new(msg!("review.pick.push")).with("push", push.to_string()).with("on", day)
        }
    })
}

fn title(picker: &Picker, pen: Pen<'_>) -> String {
    let named = |column: &Column| figures::called(pen, &column.called(), column.code());
    match &picker.step {
        PickStep::Column if picker.of == PickFor::Split => pen.say(msg!("console.pick.split")),
        PickStep::Column if picker.of == PickFor::Metric => pen.say(msg!("console.pick.metric")),
        PickStep::Column => pen.say(msg!("console.pick.column")),
        PickStep::Operator(column) => {
            let said = Message::new(msg!("console.pick.operator"));
            pen.say(said.with("name", named(column)))
        }
        PickStep::Values(column, operator) => {
            let said = Message::new(msg!("console.pick.values"));
            pen.say(said.with("name", named(column)).with("operator", operator.key()))
        }
        PickStep::Text => pen.say(msg!("console.pick.text")),
        PickStep::Template => pen.say(msg!("console.pick.template")),
        PickStep::Rm => pen.say(msg!("task.pick.rm")),
        PickStep::OtherRm => pen.say(msg!("task.pick.other-rm")),
        PickStep::Feedback => pen.say(msg!("task.pick.feedback")),
        PickStep::Recheck => pen.say(msg!("coaching.pick.found")),
        PickStep::Reviewed => pen.say(msg!("review.pick.title")),
    }
}

fn hint(picker: &Picker, pen: Pen<'_>) -> String {
    pen.say(match &picker.step {
        PickStep::Values(column, operator) if picker.typed() => match operator.values() {
            Values::Two => msg!("console.pick.hint-two"),
            _ if column.kind() == Kind::DATE => msg!("console.pick.hint-date"),
            _ => msg!("console.pick.hint-value"),
        },
        _ => msg!("console.pick.hint"),
    })
}
