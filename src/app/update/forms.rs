//! The forms that are open, and what becomes of what is unsaved.

use crate::app::command::{self, CommandId};
use crate::app::draft::Draft;
use crate::app::effect::Effect;
use crate::app::state::{Page, State, Tone};
use crate::domain::message::Message;
use crate::msg;

/// The form on screen, if something was typed that is not saved.
pub(super) fn unsaved(state: &State) -> Option<Draft> {
    state.pages.iter().rev().find_map(|page| match page {
        Page::Rule(page) if page.touched => Some(page.draft()),
        Page::Form(page) if page.touched => Some(page.draft()),
        Page::Outcome(page) if page.touched => Some(page.draft()),
        Page::Coaching(page) if page.touched => Some(page.draft()),
        _ => None,
    })
}

/// The form on screen, typed into or not.
pub(super) fn on_screen(state: &State) -> Option<Draft> {
    match state.page() {
        Some(Page::Rule(page)) => Some(page.draft()),
        Some(Page::Form(page)) => Some(page.draft()),
        Some(Page::Outcome(page)) => Some(page.draft()),
        Some(Page::Coaching(page)) => Some(page.draft()),
        _ => None,
    }
}

/// Keeps a form that is being left unsaved, and says how to come back to it.
pub(super) fn lay_aside(state: &mut State) -> Option<Effect> {
    let draft = match state.page() {
        Some(Page::Rule(page)) if page.touched => page.draft(),
        Some(Page::Form(page)) if page.touched => page.draft(),
        Some(Page::Outcome(page)) if page.touched => page.draft(),
        Some(Page::Coaching(page)) if page.touched => page.draft(),
        _ => return None,
    };
    // One that was only looked at goes behind the others, so that the next opens.
    let at = if state.reopened.as_ref() == Some(&draft) { state.drafts.len() } else { 0 };
    state.drafts.insert(at, draft.clone());
    let key = command::row(CommandId::OpenDraft).keys[0];
    state.say(Tone::Info, Message::new(msg!("console.draft.kept")).with("key", key));
    Some(Effect::KeepDraft(draft))
}

/// Reads what the strategy form's editors hold against the bank's words, and remembers the first thing that is wrong.
pub(super) fn check(state: &mut State) {
    let currency = state.session.bank.as_ref().map(|bank| bank.currency);
    let (Some(currency), words) = (currency, state.vocabulary.clone()) else { return };
    if let Some(Page::Form(page)) = state.pages.last_mut() {
        page.error = page.editors_fault(currency, words.as_deref());
    }
}
