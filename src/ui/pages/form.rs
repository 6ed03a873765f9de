//! The strategy form.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::{leaflet, written};
use crate::app::state::State;
use crate::app::state::form::{BODY, FormPage, LABELS, LINES, SCRIPT, SEGMENT};
use crate::domain::message::Message;
use crate::domain::strategy::file::Place;
use crate::domain::strategy::template::Template;
use crate::msg;
use crate::ui::pen::{Pen, aired, below, beside};
use crate::ui::widgets::{InputLine, Pane, put, row};

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &FormPage,
    pen: Pen<'_>,
) -> Option<Position> {
    let fields = u16::try_from(LINES).unwrap_or(8) + 2;
    let split = |area: Rect, upper: u16| {
        (Rect { height: upper.min(area.height), ..area }, below(area, upper))
    };
    let mut caret;
    if area.width >= 100 {
        let half = area.width / 2;
        let (left, right) = (Rect { width: half, ..area }, beside(area, half));
        let (upper, lower) = split(left, fields);
        caret = draw_form(buf, upper, state, page, pen);
        caret = caret.or(draw_editor(buf, lower, page, SCRIPT, pen));
        if state.sample.is_some() {
            let (editor, example) = split(right, right.height * 3 / 5);
            caret = caret.or(draw_editor(buf, editor, page, BODY, pen));
            draw_example(buf, example, state, page, pen);
        } else {
            caret = caret.or(draw_editor(buf, right, page, BODY, pen));
        }
    } else {
        let (upper, lower) = split(area, fields.min(area.height.saturating_sub(4)));
        caret = draw_form(buf, upper, state, page, pen);
        let editor = if page.focus == BODY { BODY } else { SCRIPT };
        if editor == SCRIPT && state.sample.is_some() && lower.height >= 8 {
            let (editor, example) = split(lower, lower.height / 2);
            caret = caret.or(draw_editor(buf, editor, page, SCRIPT, pen));
            draw_example(buf, example, state, page, pen);
        } else {
            caret = caret.or(draw_editor(buf, lower, page, editor, pen));
        }
    }
    caret
}

fn draw_form(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &FormPage,
    pen: Pen<'_>,
) -> Option<Position> {
    let title = pen.say(msg!("console.form.title"));
    let focused = page.focus < LINES;
    let inner = Pane { title: &title, focused, ..Pane::default() }.draw(buf, pen.look, area);
    draw_fields(buf, aired(inner), state, page, pen)
}

/// One of the editors, what is wrong in it marked and said above.
fn draw_editor(
    buf: &mut Buffer,
    area: Rect,
    page: &FormPage,
    which: usize,
    pen: Pen<'_>,
) -> Option<Position> {
    let (title, editor) = match which {
        BODY => (msg!("console.form.body"), &page.body),
        _ => (msg!("console.form.script"), &page.script),
    };
    let title = pen.say(title);
    let focused = page.focus == which;
    let frame = Pane { title: &title, focused, ..Pane::default() };
    let mut inner = aired(frame.draw(buf, pen.look, area));
    let fault = page.error.as_ref().filter(|fault| fault.field == which);
    let mut wrong = None;
    if let Some(fault) = fault {
        let most = inner.height.saturating_sub(2).min(3);
        inner = pen.text(buf, inner, &pen.say(fault.message.clone()), most, pen.look.theme.bad);
        wrong = fault.place.map(|place| chars_at(editor.lines(), place));
    }
    let marks = written::Marks { wrong: wrong.as_ref(), ..written::Marks::default() };
    written::draw(buf, inner, editor, marks, focused, pen)
}

/// From the place to the end of its line, or the one place behind it.
fn chars_at(lines: &[String], place: Place) -> Range<usize> {
    let before = lines.iter().take(place.line.saturating_sub(1));
    let start = before.map(|line| line.chars().count() + 1).sum::<usize>() + place.column - 1;
    let line = lines.get(place.line.saturating_sub(1)).map_or(0, |line| line.chars().count());
    start..start + (line + 1).saturating_sub(place.column).max(1)
}

/// The script as a customer of the segment would hear it.
fn draw_example(buf: &mut Buffer, area: Rect, state: &State, page: &FormPage, pen: Pen<'_>) {
    let Some(sample) = &state.sample else { return };
    let title =
        Message::new(msg!("console.form.example")).with("customer", sample.customer.to_string());
    let title = pen.say(title);
    let inner = Pane { title: &title, ..Pane::default() }.draw(buf, pen.look, area);
    let mut area = aired(inner);
    for line in leaflet::filled(&page.script.text(), Some(sample), pen).lines() {
        area = pen.text(buf, area, line, area.height, pen.look.theme.text);
    }
}

/// What is said behind a field: what is wrong with it, else that the segment does not exist yet and comes with the template.
fn beside_field(
    state: &State,
    page: &FormPage,
    at: usize,
    pen: Pen<'_>,
) -> Option<(String, Style)> {
    if let Some(fault) = page.error.as_ref().filter(|fault| fault.field == at) {
        return Some((pen.say(fault.message.clone()), pen.look.theme.bad));
    }
    let segment = page.fields[at].text().trim();
    let new = at == SEGMENT && state.segments.all().iter().all(|row| row.code != segment);
    new.then(|| Template::suggesting(segment)).flatten()?;
    Some((pen.say(msg!("console.form.suggested")), pen.look.theme.stale))
}

fn draw_fields(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &FormPage,
    pen: Pen<'_>,
) -> Option<Position> {
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
        if let Some((said, style)) = beside_field(state, page, at, pen) {
            let cells = pen.look.cells(&said).min(value.width / 2);
            let x = value.right() - cells;
            put(buf, pen.look, (x, value.y), cells, &said, style);
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
