//! Typing into fields and editors, and saving.

use std::cell::Cell;

use chrono::{DateTime, Utc};

use super::{branch, coaching, forms, jobs, moments, moves, picker, rules};
use crate::app::editor::Editor;
use crate::app::effect::{Effect, Request};
use crate::app::field::{Field, LINE, Pasted, SOUGHT};
use crate::app::key::{Code, Key};
use crate::app::state::form::{FIELDS, LABELS, LINES, SCRIPT};
use crate::app::state::rule::RuleFocus;
use crate::app::state::{Overlay, Page, State, Tone};
use crate::domain::message::Message;
use crate::msg;

/// What has the keys.
enum Target<'s> {
    /// What is looked for.
    Sought(&'s mut Field),
    Line(&'s mut Field),
    Lines(&'s mut Editor),
}

impl Target<'_> {
    fn input(&mut self, press: Key) -> bool {
        match self {
            Self::Sought(field) => field.input(press, SOUGHT),
            Self::Line(field) => field.input(press, LINE),
            Self::Lines(editor) => editor.input(press),
        }
    }

    fn paste(&mut self, text: &str) -> Pasted {
        match self {
            Self::Sought(field) => field.paste(text, SOUGHT),
            Self::Line(field) => field.paste(text, LINE),
            Self::Lines(editor) => Pasted { changed: editor.paste(text), left_out: 0 },
        }
    }
}

/// Text goes to what is being typed into.
pub(super) fn input(state: &mut State, press: Key) -> Vec<Effect> {
    if press.code == Code::Enter && state.overlay.is_none() && on_a_line(state) {
        return step(state, 1);
    }
    // The rows that are looked through go to their ends by these keys, as everywhere; the caret goes by the arrows and `C-e`.
    if matches!(state.overlay, Some(Overlay::Help { .. } | Overlay::Palette { .. })) {
        match press.code {
            Code::Home => return moves::step(state, isize::MIN / 2),
            Code::End => return moves::step(state, isize::MAX / 2),
            _ => {}
        }
    }
    change(state, press.code != Code::Enter, |target| target.input(press))
}

/// Pasted text goes there as well, and nowhere if nothing is being typed into.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if !state.context().types() {
        return vec![];
    }
    let left_out = Cell::new(0);
    let effects = change(state, false, |target| {
        let pasted = target.paste(text);
        left_out.set(pasted.left_out);
        pasted.changed
    });
    if left_out.get() > 0 {
        let said = Message::new(msg!("console.paste.cut")).with("count", left_out.get());
        state.say(Tone::Refused, said);
    }
    effects
}

fn on_a_line(state: &State) -> bool {
    match state.page() {
        Some(Page::Rule(page)) => page.focus != RuleFocus::Rule,
        Some(Page::Form(page)) => page.focus < LINES,
        Some(Page::Outcome(_) | Page::Coaching(_)) => true,
        _ => false,
    }
}

/// Changes what is being typed into; `words` may be offered for it.
fn change(state: &mut State, words: bool, apply: impl Fn(&mut Target<'_>) -> bool) -> Vec<Effect> {
    match &mut state.overlay {
        Some(Overlay::Palette { field, cursor, .. } | Overlay::Help { field, cursor, .. }) => {
            if apply(&mut Target::Sought(field)) {
                *cursor = 0;
            }
            return vec![];
        }
        Some(Overlay::Prompt(prompt)) => {
            if apply(&mut Target::Line(&mut prompt.field)) {
                prompt.error = None;
            }
            return vec![];
        }
        Some(Overlay::Axes(axes)) => {
            if apply(&mut Target::Line(&mut axes.field)) {
                (axes.cursor, axes.error) = (0, None);
            }
            return vec![];
        }
        Some(Overlay::Filter) => {
            moves::filter(state, |field| apply(&mut Target::Sought(field)));
            return vec![];
        }
        Some(Overlay::Pick(list)) => {
            if apply(&mut Target::Line(&mut list.field)) {
                picker::refilter(state);
            }
            return vec![];
        }
        Some(Overlay::Confirm(_)) => return vec![],
        None => {}
    }
    change_page(state, words, apply)
}

fn change_page(
    state: &mut State,
    words: bool,
    apply: impl Fn(&mut Target<'_>) -> bool,
) -> Vec<Effect> {
    match state.pages.last_mut() {
        Some(Page::Rule(page)) => {
            let in_rule = page.focus == RuleFocus::Rule;
            let typed = if in_rule {
                apply(&mut Target::Lines(&mut page.editor))
            } else {
                page.line().is_some_and(|line| apply(&mut Target::Line(line)))
            };
            if !typed {
                rules::left(state);
                return vec![];
            }
            page.touched = true;
            let mut effects = vec![Effect::KeepDraft(page.draft())];
            if in_rule {
                effects.extend(rules::changed(state));
                if words {
                    rules::offer(state);
                }
            }
            effects
        }
        Some(Page::Form(page)) => {
            let mut target = match page.focus {
                line if line < LINES => Target::Line(&mut page.fields[line]),
                SCRIPT => Target::Lines(&mut page.script),
                _ => Target::Lines(&mut page.body),
            };
            if !apply(&mut target) {
                return vec![];
            }
            page.touched = true;
            let draft = page.draft();
            forms::check(state);
            vec![Effect::KeepDraft(draft)]
        }
        Some(Page::Coaching(page)) => {
            if !apply(&mut Target::Line(&mut page.fields[page.focus])) {
                return vec![];
            }
            (page.error, page.touched) = (None, true);
            vec![Effect::KeepDraft(page.draft())]
        }
        Some(Page::Outcome(page)) => {
            if !apply(&mut Target::Line(&mut page.fields[page.focus])) {
                return vec![];
            }
            (page.error, page.touched) = (None, true);
            vec![Effect::KeepDraft(page.draft())]
        }
        _ => vec![],
    }
}

/// Goes to the next field, around the ends.
pub(super) fn step(state: &mut State, by: isize) -> Vec<Effect> {
    match state.pages.last_mut() {
        Some(Page::Rule(page)) => {
            let stops = page.stops();
            let at = stops.iter().position(|f| *f == page.focus).unwrap_or(0);
            page.focus = stops[(at + stops.len()).saturating_add_signed(by) % stops.len()];
            rules::say(state);
        }
        Some(Page::Form(page)) => {
            page.focus = (page.focus + FIELDS).saturating_add_signed(by) % FIELDS;
        }
        Some(Page::Coaching(page)) => {
            let n = page.fields.len();
            page.focus = (page.focus + n).saturating_add_signed(by) % n;
        }
        Some(Page::Outcome(page)) => {
            let n = page.fields.len();
            page.focus = (page.focus + n).saturating_add_signed(by) % n;
        }
        _ => {}
    }
    vec![]
}

/// Saves the form on screen.
pub(super) fn save(state: &mut State, now: DateTime<Utc>) -> Vec<Effect> {
    match state.pages.last_mut() {
        Some(Page::Rule(page)) => {
            let (code, name) = (page.code.text().trim(), page.name.text().trim());
            let missing = match (code.is_empty(), name.is_empty()) {
                (true, _) => Some((RuleFocus::Code, msg!("console.rule.code-needed"))),
                (_, true) => Some((RuleFocus::Name, msg!("console.rule.name-needed"))),
                _ => None,
            };
            if let Some((focus, reason)) = missing {
                page.focus = focus;
                state.say(Tone::Refused, reason);
                return vec![];
            }
            if page.moment.is_some() {
                return moments::save(state, now);
            }
            let (code, name, rule) = (code.to_owned(), name.to_owned(), page.editor.text());
            let base = page.base(&code);
            let question =
                jobs::another(page.made_from.as_ref(), &code, msg!("console.ask.another-segment"));
            let title = Message::new(msg!("console.job.save")).with("code", code.as_str());
            jobs::ask_or_begin(
                state,
                question,
                (Request::SaveSegment { code, name, rule, base }, title),
                now,
            )
        }
        Some(Page::Form(_)) => save_strategy(state, now),
        Some(Page::Outcome(_)) => branch::save(state, now),
        Some(Page::Coaching(_)) => coaching::save(state, now),
        _ => vec![],
    }
}

/// Saves the strategy form, or says what is wrong with it.
fn save_strategy(state: &mut State, now: DateTime<Utc>) -> Vec<Effect> {
    let currency = state.session.bank.as_ref().map(|bank| bank.currency);
    let (Some(Page::Form(page)), Some(currency)) = (state.pages.last_mut(), currency) else {
        return vec![];
    };
    let words = state.vocabulary.as_deref();
    let read = page.text(currency);
    match read.and_then(|text| page.editors_fault(currency, words).map_or(Ok(text), Err)) {
        Ok(text) => {
            let title = Message::new(msg!("console.job.save")).with("code", text.code.as_str());
            let base = page.base(&text.code);
            let question = jobs::another(
                page.made_from.as_ref(),
                &text.code,
                msg!("console.ask.another-code"),
            );
            let request = Request::SaveStrategy { text: Box::new(text), base };
            jobs::ask_or_begin(state, question, (request, title), now)
        }
        Err(fault) => {
            page.focus = fault.field;
            let said = match LABELS.get(fault.field) {
                Some(label) => Message::new(msg!("console.form.wrong"))
                    .with("field", *label)
                    .with("reason", fault.message.clone()),
                None => fault.message.clone(),
            };
            page.error = Some(fault);
            state.say(Tone::Refused, said);
            vec![]
        }
    }
}
