//! A list to choose from, found by a few letters.

use chrono::NaiveDate;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::figures;
use super::pen::{Pen, below, beside};
use super::widgets::{InputLine, Popup, put, put_right, row};
use crate::app::state::State;
use crate::app::state::picker::{PickFor, PickRow, PickStep, Picked, Picker};
use crate::app::study::Reviewed;
use crate::domain::message::{Key, Message};
use crate::domain::rule::{
    About, Answer, Ask, Expected, Function, Kind, Operator, Values, Vocabulary, What, Word,
};
use crate::msg;
use crate::text::number;
use crate::text::width::cells;

/// Draws the list; gives where the caret stands.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    picker: &Picker,
    pen: Pen<'_>,
) -> Option<Position> {
    let title = title(picker, pen);
    let width = area.width.saturating_sub(4).min(76);
    let chosen = so_far(state, picker, usize::from(width.saturating_sub(2)), pen);
    let rows = if picker.typed() { 3 } else { picker.shown().len().max(6) + 2 };
    let rows = rows + usize::from(chosen.is_some());
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2);
    let height = height.min(area.height.saturating_sub(2)).min(22).max(5.min(area.height));
    let mut inner = Popup { title: &title, width, height }.draw(buf, pen.look, area);
    if let Some(chosen) = chosen {
        inner = pen.line(buf, inner, &chosen, pen.look.theme.key);
    }
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

/// What was chosen of a function so far, in one line; the beginning gives way where it is too long. A column stands in
/// the title.
fn so_far(state: &State, picker: &Picker, room: usize, pen: Pen<'_>) -> Option<String> {
    let words = state.vocabulary.as_ref()?;
    let answered = picker.draft.answered();
    let (_, Answer::Function(_)) = answered.first()? else { return None };
    let said = answered.into_iter().filter(|(_, answer)| **answer != Answer::Skip);
    let parts: Vec<String> = said.map(|(what, answer)| part(words, &what, answer, pen)).collect();
    let mut line = parts.join(" > ");
    let mut from = 1;
    while cells(&line) > room && from < parts.len() {
        line = format!(".. > {}", parts[from..].join(" > "));
        from += 1;
    }
    Some(line)
}

/// One answer as people say it.
fn part(words: &Vocabulary, what: &What, answer: &Answer, pen: Pen<'_>) -> String {
    if let (What::Values(About::Column(column), _), Answer::Values(values)) = (what, answer) {
        let said = values
            .iter()
            .map(|value| figures::valued(pen, value, &words.value_called(column, value)));
        return said.collect::<Vec<_>>().join(", ");
    }
    let one = words.offer(what, answer.clone());
    match answer {
        Answer::Word(code) => figures::valued(pen, code, &one.called),
        _ => figures::called(pen, &one.called, &one.code),
    }
}

fn draw_rows(buf: &mut Buffer, list: Rect, picker: &Picker, pen: Pen<'_>) {
    let page = usize::from(list.height).max(1);
    // Where there are more, the signs of it have cells of their own.
    let len = picker.shown().len();
    let first = picker.cursor / page * page;
    let whole = list;
    let list = Rect { width: list.width.saturating_sub(if len > page { 2 } else { 0 }), ..list };
    pen.edges(buf, whole, first > 0, first + page < len);
    for (at, choice) in picker.shown().enumerate().skip(first).take(page) {
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
        let nothing_typed = picker.field.text().is_empty();
        let said = match picker.ask() {
            Some(_) if nothing_typed => pen.say(msg!("console.pick.none-yet")),
            Some(ask) if matches!(ask.what, What::Back(_) | What::Size(_)) => hint(picker, pen),
            _ => pen.say(msg!("console.empty.filter")),
        };
        pen.line(buf, list, &said, pen.look.theme.stale);
    }
}

/// What it is called, and how rules write it at the right where that is something else.
fn draw_row(buf: &mut Buffer, line: Rect, choice: &PickRow, chosen: bool, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let style = if chosen { theme.accent } else { theme.text };
    if let Picked::Value(code) | Picked::Answer(Answer::Word(code)) = &choice.picked {
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
    pen.say(match &picker.step {
        PickStep::Column if picker.of == PickFor::Metric => msg!("console.pick.metric"),
        PickStep::Column => msg!("console.pick.split"),
        PickStep::Part(ask) => return question(ask, pen),
        PickStep::Text => msg!("console.pick.text"),
        PickStep::Template => msg!("console.pick.template"),
        PickStep::Rm => msg!("task.pick.rm"),
        PickStep::OtherRm => msg!("task.pick.other-rm"),
        PickStep::Feedback => msg!("task.pick.feedback"),
        PickStep::Recheck => msg!("coaching.pick.found"),
        PickStep::Reviewed => msg!("review.pick.title"),
    })
}

/// What is asked, in a sentence; with it whether it may be left out.
fn question(ask: &Ask, pen: Pen<'_>) -> String {
    let named = |about: &About| figures::called(pen, &about.called(), about.code());
    let said = match &ask.what {
        What::Subject if ask.slot.inner => msg!("console.pick.subject-inner").into(),
        What::Subject => msg!("console.pick.subject").into(),
        What::Word(function, number) => word(*function, *number).into(),
        What::Back(function) => back(*function).into(),
        What::Number(Function::Segment, code) => {
            Message::new(msg!("console.pick.version")).with("code", code.as_str())
        }
        What::Number(_, code) => {
            Message::new(msg!("console.pick.upload")).with("code", code.as_str())
        }
        What::Size(Function::Within) => msg!("console.pick.how-far").into(),
        What::Size(_) => msg!("console.pick.how-many").into(),
        What::Field { .. } => msg!("console.pick.field").into(),
        What::Operator(about) => {
            Message::new(msg!("console.pick.operator")).with("name", named(about))
        }
        What::Values(about, operator) => Message::new(msg!("console.pick.values"))
            .with("name", named(about))
            .with("operator", operator.key()),
    };
    if ask.what.is_optional() {
        return pen.say(Message::new(msg!("console.pick.optional")).with("question", said));
    }
    pen.say(said)
}

fn word(function: Function, number: usize) -> Key {
    match (function, number, function.argument(number)) {
        (Function::FollowedBy, 0, _) => msg!("console.pick.event-first"),
        (Function::FollowedBy, ..) => msg!("console.pick.event-then"),
        (Function::TierMoved, 0, _) => msg!("console.pick.tier-from"),
        (Function::TierMoved, ..) => msg!("console.pick.tier-to"),
        (_, _, Some(Expected::Tier)) => msg!("console.pick.tier-near"),
        (_, _, Some(Expected::Org)) => msg!("console.pick.unit"),
        (_, _, Some(Expected::Word(word))) => match word {
            Word::Event => msg!("console.pick.event"),
            Word::Product => msg!("console.pick.product"),
            Word::Class => msg!("console.pick.class"),
            Word::Channel => msg!("console.pick.channel"),
            Word::Relation => msg!("console.pick.relation"),
            Word::Segment => msg!("console.pick.segment"),
            Word::List => msg!("console.pick.list"),
            Word::Strategy => msg!("console.pick.strategy"),
            Word::Snapshot => msg!("console.pick.snapshot"),
        },
        _ => msg!("console.pick.subject"),
    }
}

fn back(function: Function) -> Key {
    match function {
        Function::FollowedBy => msg!("console.pick.back-after"),
        Function::Change => msg!("console.pick.back-change"),
        Function::Falling => msg!("console.pick.back-falling"),
        Function::TierMoved => msg!("console.pick.back-moved"),
        Function::Contacted => msg!("console.pick.back-contacted"),
        _ => msg!("console.pick.back-events"),
    }
}

fn hint(picker: &Picker, pen: Pen<'_>) -> String {
    if let Some(kept) = picker.kept() {
        let kept = kept.join(", ");
        return pen.say(Message::new(msg!("console.pick.hint-kept")).with("value", kept));
    }
    pen.say(match picker.ask().map(|ask| &ask.what) {
        Some(What::Back(Function::Falling)) => msg!("console.pick.hint-months"),
        Some(What::Back(_)) => msg!("console.pick.hint-back"),
        Some(What::Size(Function::Within)) => msg!("console.pick.hint-kilometres"),
        Some(What::Size(_)) => msg!("console.pick.hint-percent"),
        Some(What::Values(about, operator)) if picker.typed() => value_hint(about, *operator),
        _ => msg!("console.pick.hint"),
    })
}

/// What is to be typed as a value.
fn value_hint(about: &About, operator: Operator) -> Key {
    let dated = about.kind() == Kind::DATE;
    match (operator.values(), about) {
        (Values::Two, _) if dated => msg!("console.pick.hint-two-days"),
        (Values::Two, _) => msg!("console.pick.hint-two"),
        (Values::Many, _) => msg!("console.pick.hint-several"),
        _ if operator == Operator::Like => msg!("console.pick.hint-like"),
        _ if dated => msg!("console.pick.hint-date"),
        (_, About::Function(Function::Change)) => msg!("console.pick.hint-change"),
        (_, About::Function(Function::Drift)) => msg!("console.pick.hint-drift"),
        (_, About::Function(_)) if about.kind() == Kind::NUMBER => msg!("console.pick.hint-count"),
        _ if about.kind() == Kind::MONEY => msg!("console.pick.hint-money"),
        (_, About::Field(_)) => msg!("console.pick.hint-detail"),
        _ => msg!("console.pick.hint-value"),
    }
}
