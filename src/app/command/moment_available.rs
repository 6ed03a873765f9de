//! Whether something can be done with an event rule now, and the sentence that says why not.

use super::Reason;
use super::chosen::moment;
use super::gate::{Can, free, given, strategist};
use crate::app::state::State;
use crate::domain::event_rule::MomentRow;
use crate::domain::message::Message;
use crate::msg;

fn own_moment(state: &State) -> Result<&MomentRow, Reason> {
    strategist(state)?;
    let row = moment(state).ok_or_else(|| Message::from(msg!("console.reason.nothing-here")))?;
    free(state)?;
    Ok(row)
}

/// An event rule is under the cursor and the operator is a strategist.
///
/// # Errors
/// What is missing.
pub fn edit_moment(state: &State) -> Can {
    strategist(state)?;
    given(moment(state).is_some(), || msg!("console.reason.nothing-here").into())
}

/// An event rule can be back-tested.
///
/// # Errors
/// What is missing.
pub fn test_moment(state: &State) -> Can {
    own_moment(state).map(|_| ())
}

/// The event rule is off, and back-tested as it stands.
///
/// # Errors
/// What is missing.
pub fn enable_moment(state: &State) -> Can {
    let row = own_moment(state)?;
    given(row.on_since.is_none(), || msg!("console.reason.moment-on").into())?;
    given(row.test.is_some(), || msg!("console.reason.moment-untested").into())
}

/// The event rule is on.
///
/// # Errors
/// What is missing.
pub fn disable_moment(state: &State) -> Can {
    let row = own_moment(state)?;
    given(row.on_since.is_some(), || msg!("console.reason.moment-off").into())
}
