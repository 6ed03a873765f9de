//! Leaving: a page, all of them, the program.

use super::{branch, forms, jobs, looking, rules};
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

/// Closes the topmost page and what was asked for it; the one below is asked for again if it has no answer yet.
pub(super) fn close_page(state: &mut State) -> Vec<Effect> {
    let mut effects = close(state);
    effects.extend(looking::come_back(state));
    effects.extend(branch::come_back(state));
    effects
}

fn close(state: &mut State) -> Vec<Effect> {
    let slots: &[Slot] = match state.page() {
        Some(Page::Rule(_)) => &rules::SLOTS,
        Some(Page::Segment(_)) => &[Slot::Split],
        Some(Page::Explain(_)) => &[Slot::Explain, Slot::Headline],
        Some(Page::Plan(_)) => &[Slot::Plan],
        Some(Page::Push(_)) => &[Slot::Push],
        Some(Page::Dictionary) => &[Slot::Dictionary],
        Some(Page::Study(_)) => &[Slot::Study],
        Some(Page::Moments) => &[Slot::Moments],
        Some(Page::Home) => &[Slot::Work],
        Some(Page::Leaflet(_)) => &[Slot::Leaflet],
        Some(Page::BranchTasks(_)) => &[Slot::Tasks],
        Some(Page::Task(_)) => &[Slot::Task],
        _ => &[],
    };
    let mut effects: Vec<Effect> =
        slots.iter().filter_map(|slot| jobs::forget(state, *slot)).collect();
    effects.extend(forms::lay_aside(state));
    state.pages.pop();
    effects
}

/// Closes every page.
pub(super) fn close_pages(state: &mut State) -> Vec<Effect> {
    let mut effects = vec![];
    while !state.pages.is_empty() {
        effects.extend(close(state));
    }
    effects
}
