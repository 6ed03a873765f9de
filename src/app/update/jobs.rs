//! The change under way, and questions that nobody waits for any more.

use chrono::{DateTime, Utc};

use super::forms;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::state::{Job, Page, PlanStep, State};
use crate::domain::message::Message;
use crate::msg;

/// Begins a change of the bank's records, visible until it is answered.
pub(super) fn begin(
    state: &mut State,
    title: Message,
    request: Request,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    state.strategy_for = None;
    let effect = state.ask(Slot::Change, request);
    let saving = forms::on_screen(state);
    state.job = Some(Job { title, since: now, cancelling: false, saving, asked: None });
    vec![effect]
}

/// A push that did not come about: its plan waits for a yes again, or for another plan in its place.
pub(super) fn unpush(state: &mut State, refusal: Option<&Message>) {
    // The same plan is refused again for these, however often it is tried.
    let lasting = [
        msg!("push.replaced"),
        msg!("push.overtaken"),
        msg!("push.unknown.plan"),
        msg!("push.pilot-runs"),
        msg!("push.wave-not-due"),
        msg!("push.wave-gone"),
        msg!("push.another-list"),
        msg!("life.blackout"),
        msg!("life.levels"),
        msg!("life.one-person"),
        msg!("life.stock"),
    ];
    let wall = refusal.filter(|said| lasting.contains(&said.key));
    for page in &mut state.pages {
        if let Page::Plan(page) = page
            && let PlanStep::Pushing(plan) = &page.step
        {
            let mut plan = plan.clone();
            plan.notes.walls.extend(wall.cloned());
            page.step = PlanStep::Planned(plan);
        }
    }
}

/// Forgets a question, and what the screen said about waiting for it.
pub(super) fn forget(state: &mut State, slot: Slot) -> Option<Effect> {
    let effect = state.forget(slot)?;
    if slot == Slot::Change {
        unpush(state, None);
    }
    Some(effect)
}
