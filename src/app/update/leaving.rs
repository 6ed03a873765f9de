//! Leaving: a page, all of them, the program.

use super::{forms, jobs};
use crate::app::effect::{Effect, Slot};
use crate::app::state::{Page, State};

/// Leaves the program: whatever runs is cancelled, whatever is half-written is kept.
pub(super) fn leave(state: &mut State) -> Vec<Effect> {
    state.leaving = true;
    let mut effects: Vec<Effect> =
        Slot::ALL.into_iter().filter_map(|slot| jobs::forget(state, slot)).collect();
    effects.extend(forms::unsaved(state).map(Effect::KeepDraft));
    effects.push(Effect::Quit);
    effects
}

/// Closes the topmost page and what was asked for it.
pub(super) fn close_page(state: &mut State) -> Vec<Effect> {
    let slot = match state.page() {
        Some(Page::Rule(_)) => Some(Slot::Count),
        Some(Page::Segment(_)) => Some(Slot::Split),
        Some(Page::Explain(_)) => Some(Slot::Explain),
        Some(Page::Plan(_)) => Some(Slot::Plan),
        Some(Page::Push(_)) => Some(Slot::Push),
        Some(Page::Dictionary) => Some(Slot::Dictionary),
        _ => None,
    };
    let mut effects: Vec<Effect> =
        slot.and_then(|slot| jobs::forget(state, slot)).into_iter().collect();
    effects.extend(forms::lay_aside(state));
    state.pages.pop();
    effects
}

/// Closes every page.
pub(super) fn close_pages(state: &mut State) -> Vec<Effect> {
    let mut effects = vec![];
    while !state.pages.is_empty() {
        effects.extend(close_page(state));
    }
    effects
}
