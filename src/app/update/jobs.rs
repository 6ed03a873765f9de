//! The change under way, and questions that nobody waits for any more.

use chrono::{DateTime, Utc};

use super::forms;
use crate::app::command::CommandId;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::state::{Confirm, Job, Overlay, Page, PlanStep, State};
use crate::domain::message::{Key, Message};
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

/// The question whether `code` is to stand beside what the form was opened from; none if it is the same code, or a new text.
/// Whoever edits one and types another code may have meant another field.
pub(super) fn another(
    made_from: Option<&(String, i32)>,
    code: &str,
    asked: Key,
) -> Option<Message> {
    let of = made_from.map(|(of, _)| of).filter(|of| !of.is_empty() && *of != code)?;
    Some(Message::new(asked).with("of", of.as_str()).with("code", code))
}

/// Begins the change, after a yes where there is a question.
pub(super) fn ask_or_begin(
    state: &mut State,
    question: Option<Message>,
    (request, title): (Request, Message),
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let Some(question) = question else { return begin(state, title, request, now) };
    let then = Some(Box::new((request, title)));
    state.overlay = Some(Overlay::Confirm(Confirm { command: CommandId::Save, question, then }));
    vec![]
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
