//! What most commands ask first: the duty, the line, nothing else under way.

use super::Reason;
use crate::app::effect::Slot;
use crate::app::state::{Link, State};
use crate::domain::message::Message;
use crate::domain::operator::Duty;
use crate::msg;

pub(super) type Can = Result<(), Reason>;

/// `Ok` if it holds, else the reason.
pub(super) fn given(holds: bool, reason: impl FnOnce() -> Message) -> Can {
    if holds { Ok(()) } else { Err(reason()) }
}

pub(super) fn duty(state: &State, duty: Duty) -> Can {
    given(state.session.who.is_some(), || no_line(state))?;
    given(state.session.has(duty), || {
        Message::new(msg!("console.reason.duty")).with("duty", duty.label())
    })
}

/// Nothing else is being changed, and the line is up.
///
/// # Errors
/// What is missing.
pub fn free(state: &State) -> Result<(), Reason> {
    given(!state.waits(Slot::Change), || msg!("console.reason.busy").into())?;
    online(state)
}

/// Why there is no line: what broke it says more than that it is broken, and how it comes back.
pub(super) fn no_line(state: &State) -> Reason {
    match &state.session.link {
        Link::Offline(_, reason) => reason.clone(),
        Link::Connecting | Link::Online(_) => msg!("console.reason.not-connected").into(),
    }
}

/// The line is up.
pub(super) fn online(state: &State) -> Can {
    given(state.session.online(), || no_line(state))
}

/// Always.
///
/// # Errors
/// Never.
pub fn always(_: &State) -> Can {
    Ok(())
}

/// The operator is a strategist.
///
/// # Errors
/// The duty that is missing.
pub fn strategist(state: &State) -> Can {
    duty(state, Duty::Strategist)
}

/// The operator is an approver.
///
/// # Errors
/// The duty that is missing.
pub fn approver(state: &State) -> Can {
    duty(state, Duty::Approver)
}
