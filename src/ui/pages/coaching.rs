//! The form of the coaching log: one line per field.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::state::coaching::{CoachingPage, LABELS};
use crate::domain::message::Message;
use crate::msg;
use crate::ui::pen::{Pen, aired, below, beside};
use crate::ui::widgets::{InputLine, Pane, put, row};

/// What is to be known of each field, in the order of the labels.
const HINTS: [crate::domain::message::Key; 5] = [
    msg!("coaching.hint.seen"),
    msg!("coaching.hint.agreed"),
    msg!("coaching.hint.due"),
    msg!("coaching.hint.rm"),
    msg!("coaching.hint.on"),
];

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    page: &CoachingPage,
    pen: Pen<'_>,
) -> Option<Position> {
    let said = Message::new(msg!("coaching.form.title"))
        .with("org", page.org.0.as_str())
        .with("name", page.org.1.as_str());
    let title = pen.say(said);
    let frame = Pane { title: &title, focused: true, ..Pane::default() };
    let area = aired(frame.draw(buf, pen.look, area));
    let labels = LABELS.map(|label| pen.say(label));
    let widest = labels.iter().map(|label| pen.look.cells(label)).max().unwrap_or(0);
    let indent = (widest + 2).min(area.width / 2);
    let room = usize::from(area.height.saturating_sub(3)).max(1);
    let first = page.focus / room * room;
    let mut caret = None;
    for (at, field) in page.fields.iter().enumerate().skip(first).take(room) {
        let line = row(area, u16::try_from(at - first).unwrap_or(0));
        if line.is_empty() {
            break;
        }
        let focused = page.focus == at;
        let style = if focused { pen.look.theme.accent } else { pen.look.theme.column };
        put(buf, pen.look, (line.x, line.y), indent.saturating_sub(1), &labels[at], style);
        let input = InputLine {
            value: field.text(),
            cursor: field.chars_before(),
            focused,
            ..InputLine::default()
        };
        caret = caret.or(input.draw(buf, pen.look, beside(line, indent)));
    }
    let lines = u16::try_from(page.fields.len().min(room)).unwrap_or(0) + 1;
    let mut foot = below(area, lines);
    if let Some((_, message)) = &page.error {
        foot = pen.text(buf, foot, &pen.say(message.clone()), 2, pen.look.theme.bad);
    }
    if let Some(hint) = HINTS.get(page.focus) {
        pen.text(buf, foot, &pen.say(*hint), 3, pen.look.theme.stale);
    }
    caret
}
