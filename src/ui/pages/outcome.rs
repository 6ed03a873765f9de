//! The form of what came of a task: the fields that every strategy has, and the strategy's own.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::state::branch::{FIXED, LABELS, OutcomePage};
use crate::domain::message::Message;
use crate::domain::outcome::Outcome;
use crate::domain::strategy::evidence::evidence_asked;
use crate::domain::strategy::word::{Evidence, FieldType};
use crate::msg;
use crate::ui::pen::{Pen, aired, below, beside};
use crate::ui::widgets::{InputLine, Pane, put, row};

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    page: &OutcomePage,
    pen: Pen<'_>,
) -> Option<Position> {
    let said = Message::new(msg!("task.outcome.title"))
        .with("customer", page.customer.to_string())
        .with("name", page.who.as_str());
    let title = pen.say(said);
    let frame = Pane { title: &title, focused: true, ..Pane::default() };
    let area = aired(frame.draw(buf, pen.look, area));
    let labels: Vec<String> = (0..page.fields.len()).map(|at| label(page, at, pen)).collect();
    let indent = labels.iter().map(|label| pen.look.cells(label)).max().unwrap_or(0) + 2;
    let indent = indent.min(area.width / 2);
    let room = usize::from(area.height.saturating_sub(4)).max(1);
    let all = page.fields.len();
    // The page stays full: what stands above and below it is said.
    let first = (page.focus + 1).saturating_sub(room).min(all.saturating_sub(room));
    let mut caret = None;
    for (at, field) in page.fields.iter().enumerate().skip(first).take(room) {
        let line = row(area, u16::try_from(at - first).unwrap_or(0));
        if line.is_empty() {
            break;
        }
        let focused = page.focus == at;
        let style = if focused { pen.look.theme.accent } else { pen.look.theme.column };
        put(buf, pen.look, (line.x, line.y), indent - 1, &labels[at], style);
        let shown = spoken(page, at, pen);
        let mut value = beside(line, indent);
        if let Some(shown) = &shown {
            let cells = pen.look.cells(shown).min(value.width / 2);
            let x = value.right() - cells;
            put(buf, pen.look, (x, value.y), cells, shown, pen.look.theme.good);
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
    let lines = u16::try_from(page.fields.len().min(room)).unwrap_or(0) + 1;
    let mut foot = below(area, lines - 1);
    if all > room {
        let said = Message::new(msg!("task.outcome.more"))
            .with("from", first + 1)
            .with("to", all.min(first + room))
            .with("all", all)
            .with("required", unfilled(page));
        foot = pen.line(buf, foot, &pen.say(said), pen.look.theme.warn);
    } else {
        foot = below(foot, 1);
    }
    if let Some((_, message)) = &page.error {
        foot = pen.text(buf, foot, &pen.say(message.clone()), 2, pen.look.theme.bad);
    }
    let mut said = hint(page, pen);
    if pen.look.cells(&label(page, page.focus, pen)) >= indent {
        said = format!("{}: {said}", label(page, page.focus, pen));
    }
    pen.text(buf, foot, &said, 3, pen.look.theme.stale);
    caret
}

/// How many of the strategy's own fields must be filled in and are not.
fn unfilled(page: &OutcomePage) -> usize {
    let own = page.form.iter().zip(page.fields.iter().skip(FIXED));
    own.filter(|(field, typed)| field.required && typed.text().trim().is_empty()).count()
}

/// What the field is called; one that must be filled in is marked.
fn label(page: &OutcomePage, at: usize, pen: Pen<'_>) -> String {
    match at.checked_sub(FIXED) {
        None => pen.say(LABELS[at]),
        Some(own) => {
            let field = &page.form[own];
            let name = field.label.as_deref().unwrap_or(&field.code);
            // Before the name, which may be cut.
            let mark = if field.required { "* " } else { "" };
            format!("{mark}{name}")
        }
    }
}

/// What people call the outcome that is typed.
fn spoken(page: &OutcomePage, at: usize, pen: Pen<'_>) -> Option<String> {
    if at > 0 {
        return None;
    }
    page.outcome().map(|outcome| pen.say(outcome.label()))
}

/// What may stand in the field that has the keys.
fn hint(page: &OutcomePage, pen: Pen<'_>) -> String {
    let numbered = |words: Vec<String>| {
        let words = words.iter().enumerate().map(|(at, word)| format!("{} {word}", at + 1));
        let choices: Vec<String> = words.collect();
        pen.say(Message::new(msg!("task.outcome.hint.choice")).with("choices", choices.join("  ")))
    };
    match page.focus.checked_sub(FIXED).map(|own| &page.form[own]) {
        None => match page.focus {
            0 => numbered(Outcome::ALL.iter().map(|outcome| pen.say(outcome.label())).collect()),
            1 | 4 => pen.say(msg!("task.outcome.hint.day")),
            2 => pen.say(msg!("task.outcome.hint.amount")),
            _ => pen.say(msg!("task.outcome.hint.text")),
        },
        Some(field) => match field.kind {
            FieldType::Choice => numbered(field.choices.clone()),
            FieldType::Number => pen.say(msg!("task.outcome.hint.number")),
            FieldType::Date => pen.say(msg!("task.outcome.hint.day")),
            FieldType::Flag => pen.say(msg!("task.outcome.hint.flag")),
            FieldType::Text => match evidence_asked(&field.code) {
                None => pen.say(msg!("task.outcome.hint.text")),
                Some(Evidence::Photo) => pen.say(msg!("task.outcome.hint.photo")),
                Some(_) => pen.say(msg!("task.outcome.hint.note")),
            },
        },
    }
}
