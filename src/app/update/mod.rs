//! The reducer: what happened, and what is to be done about it.
//!
//! MUST NOT do anything itself: effects are returned as data. An answer that was overtaken changes nothing.

mod alerts;
mod answers;
mod branch;
mod calendar;
mod coaching;
mod commands;
mod deliveries;
mod desks;
mod editors;
mod explain;
mod exports;
mod forms;
mod home;
mod jobs;
mod late;
mod leaving;
mod life;
pub mod looking;
mod metrics;
mod moments;
mod movement;
mod moves;
mod open;
mod overlays;
mod picker;
mod prompts;
mod reading;
mod referral;
mod reviews;
mod rules;
mod strategies;
mod study;
mod test_pushes;
mod tree;

use chrono::{DateTime, Utc};

use super::action::Action;
use super::command::{self, CommandId};
use super::effect::{Effect, Request, Slot};
use super::key::Key;
use super::state::session::Link;
use super::state::{Page, State, Tone};
use crate::domain::message::Message;
use crate::msg;

/// Takes what happened into the state, and says what is to be done.
#[must_use]
pub fn reduce(state: &mut State, action: Action, now: DateTime<Utc>) -> Vec<Effect> {
    let mut effects = taken(state, action, now);
    effects.extend(metrics::widen(state));
    effects
}

fn taken(state: &mut State, action: Action, now: DateTime<Utc>) -> Vec<Effect> {
    match action {
        Action::Key(press) => key(state, press, now),
        Action::Paste(text) => editors::paste(state, &text),
        Action::Resized(width, height) => {
            state.size = (width, height);
            vec![]
        }
        Action::Linked { millis } => {
            recovered(state);
            state.session.link = Link::Online(millis);
            vec![state.ask(Slot::Session, Request::Session)]
        }
        Action::Unlinked(reason) => unlinked(state, reason, now),
        Action::Overtaken => overtaken(state),
        Action::Rewritten => late::rewritten(state),
        Action::Answered { slot, generation, result } => {
            // Something newer was asked, or nobody waits any more.
            if !state.settles(slot, generation) {
                return vec![];
            }
            answers::take(state, slot, *result, now)
        }
        Action::DraftFound(draft) => {
            state.drafts.push(draft);
            let key = command::row(CommandId::OpenDraft).keys[0];
            let said = Message::new(msg!("console.draft.found"));
            state.say(Tone::Info, said.with("count", state.drafts.len()).with("key", key));
            vec![]
        }
        Action::Hangup => leaving::leave(state),
    }
}

fn key(state: &mut State, press: Key, now: DateTime<Utc>) -> Vec<Effect> {
    let context = state.context();
    let prefix = state.prefix.take();
    let is_text = context.types() && press.typed().is_some();
    state.notice = None;
    state.greets = false;
    if is_text {
        return editors::input(state, press);
    }
    if let Some(row) = command::find(context, prefix, press) {
        return match (row.available)(state) {
            Ok(()) => commands::run(state, row, press, now),
            Err(reason) => {
                state.say(Tone::Refused, reason);
                vec![]
            }
        };
    }
    if prefix.is_none()
        && let Some(c) = press.typed()
        && command::behind(context, c).next().is_some()
    {
        state.prefix = Some(c);
        return vec![];
    }
    if context.types() { editors::input(state, press) } else { vec![] }
}

/// The line stands again: what was said when it broke is no longer so.
fn recovered(state: &mut State) {
    let Link::Offline(_, reason) = &state.session.link else { return };
    let of_the_line = |message: &Message| {
        *message == *reason || message.key == msg!("console.reason.not-connected")
    };
    if state.notice.as_ref().is_some_and(|notice| of_the_line(&notice.message)) {
        state.notice = None;
    }
}

/// The line is down: what is on screen stays and is said to be old; nothing is waited for.
fn unlinked(state: &mut State, reason: Message, now: DateTime<Utc>) -> Vec<Effect> {
    if let Link::Offline(_, before) = &state.session.link
        && *before == reason
    {
        return vec![];
    }
    state.session.link = Link::Offline(now, reason.clone());
    spoil(state);
    state.say(Tone::Refused, reason);
    Slot::ALL.into_iter().filter_map(|slot| jobs::forget(state, slot)).collect()
}

/// What is on the screen is of an earlier load: it stays, is said to be old, and the operator chooses when to go on.
fn overtaken(state: &mut State) -> Vec<Effect> {
    spoil(state);
    state.say(Tone::Info, msg!("console.overtaken"));
    let ruled = matches!(state.page(), Some(Page::Rule(_)));
    ruled.then(|| state.ask(Slot::Words, Request::Words)).into_iter().collect()
}

fn spoil(state: &mut State) {
    state.segments.freshness.spoil();
    state.strategies.freshness.spoil();
    state.pushes.freshness.spoil();
    state.kpi.list.freshness.spoil();
    state.dictionary.freshness.spoil();
    state.moments.freshness.spoil();
    state.work.freshness.spoil();
    for page in &mut state.pages {
        match page {
            Page::Explain(page) => page.freshness.spoil(),
            Page::Study(page) => page.freshness.spoil(),
            Page::BranchTasks(page) => page.freshness.spoil(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
