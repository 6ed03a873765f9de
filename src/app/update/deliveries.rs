//! The page of deliveries: of the push that one comes from, or of all; dead messages are put back from it.

use crate::app::command::{CommandId as Id, chosen, delivery_available as can};
use chrono::{DateTime, Utc};

use super::{jobs, looking};
use crate::app::effect::{Effect, Request};
use crate::app::state::{State, Tone};
use crate::app::study::Study;
use crate::domain::delivery::{Replay, Replayed};
use crate::domain::message::Message;
use crate::msg;

/// Does what a command of deliveries does.
pub(super) fn act(state: &mut State, id: Id, now: DateTime<Utc>) -> Vec<Effect> {
    match id {
        Id::GoDeliveries => show(state),
        id => replay(state, id, now),
    }
}

/// Opens the page: from a push, of that push.
fn show(state: &mut State) -> Vec<Effect> {
    let push = chosen::push(state).map(|row| row.push);
    looking::look(state, Study::Deliveries { push })
}

/// The page of all deliveries.
pub(super) fn show_all(state: &mut State) -> Vec<Effect> {
    looking::look(state, Study::Deliveries { push: None })
}

/// What is asked before messages are put back.
pub(super) fn question(state: &State, id: Id) -> Option<Message> {
    if id == Id::ReplayAll {
        let count = can::deliveries(state)?.counts().dead;
        return Some(Message::new(msg!("delivery.ask.replay-all")).with("count", count));
    }
    let dead = can::dead(state)?;
    let question = Message::new(msg!("delivery.ask.replay")).with("key", dead.key.as_str());
    Some(question.with("org", dead.org.as_str()).with("why", dead.reason.message()))
}

/// Puts the dead message under the cursor back, or all.
fn replay(state: &mut State, id: Id, now: DateTime<Utc>) -> Vec<Effect> {
    let what = match can::dead(state) {
        _ if id == Id::ReplayAll => Replay::All,
        Some(dead) => Replay::Dead(dead.id),
        None => return vec![],
    };
    jobs::begin(state, msg!("delivery.job.replay").into(), Request::Replay(what), now)
}

/// They wait again: the page is read anew.
pub(super) fn replayed(state: &mut State, put: Replayed) -> Vec<Effect> {
    state.say(Tone::Done, put.message());
    looking::ask(state).into_iter().collect()
}
