//! The strategy form.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::written;
use crate::app::state::form::{BODY, FormPage, LABELS, LINES};
use crate::msg;
use crate::ui::pen::{Pen, aired, below, beside};
use crate::ui::widgets::{InputLine, Pane, put, row};

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    page: &FormPage,
    pen: Pen<'_>,
) -> Option<Position> {
    let title = pen.say(msg!("console.form.title"));
    let (upper, lower) = if area.width >= 100 {
        let half = area.width / 2;
        (Rect { width: half, ..area }, beside(area, half))
    } else {
        let fields = u16::try_from(LINES).unwrap_or(8) + 2;
        let upper = fields.min(area.height.saturating_sub(4));
        (Rect { height: upper, ..area }, below(area, upper))
    };
    let focused = page.focus < LINES;
    let inner = Pane { title: &title, focused, ..Pane::default() }.draw(buf, pen.look, upper);
    let mut caret = draw_fields(buf, aired(inner), page, pen);
    let (title, editor) = match page.focus {
        BODY => (msg!("console.form.body"), &page.body),
        _ => (msg!("console.form.script"), &page.script),
    };
    let title = pen.say(title);
    let script = Pane { title: &title, focused: !focused, ..Pane::default() };
    let inner = script.draw(buf, pen.look, lower);
    caret = caret.or(written::draw(
        buf,
        aired(inner),
        editor,
        written::Marks::default(),
        !focused,
        pen,
    ));
    caret
}

fn draw_fields(buf: &mut Buffer, area: Rect, page: &FormPage, pen: Pen<'_>) -> Option<Position> {
    let labels = LABELS.map(|label| pen.say(label));
    let indent = labels.iter().map(|l| pen.look.cells(l)).max().unwrap_or(0) + 2;
    let indent = indent.min(area.width / 2);
    let height = usize::from(area.height).max(1);
    let first = page.focus.min(LINES - 1) / height * height;
    let mut caret = None;
    for (at, field) in page.fields.iter().enumerate().skip(first).take(height) {
        let line = row(area, u16::try_from(at - first).unwrap_or(0));
        let focused = page.focus == at;
        let style = if focused { pen.look.theme.accent } else { pen.look.theme.column };
        put(buf, pen.look, (line.x, line.y), indent - 1, &labels[at], style);
        let mut value = beside(line, indent);
        if let Some(fault) = &page.error
            && fault.field == at
        {
            let reason = pen.say(fault.message.clone());
            let cells = pen.look.cells(&reason).min(value.width / 2);
            let x = value.right() - cells;
            put(buf, pen.look, (x, value.y), cells, &reason, pen.look.theme.bad);
            value.width -= cells;
        }
        let input = InputLine {
            value: field.text(),
            cursor: field.chars_before(),
            focused,
            ..InputLine::default()
        };
        caret = caret.or(input.draw(buf, pen.look, value));
    }
    caret
}
