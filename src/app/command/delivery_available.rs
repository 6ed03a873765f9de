//! Whether something can be done about deliveries now, and the sentence that says why not.

use super::chosen::study;
use super::gate::{Can, duty, free, given, online};
use crate::app::state::State;
use crate::app::study::Finding;
use crate::domain::delivery::{DeadRow, Deliveries};
use crate::domain::operator::Duty;
use crate::msg;

/// What stands on the page of deliveries, on screen or not.
#[must_use]
pub fn deliveries(state: &State) -> Option<&Deliveries> {
    match study(state)?.whole() {
        Some(Finding::Deliveries(found)) => Some(found),
        _ => None,
    }
}

/// The dead message under the cursor.
#[must_use]
pub fn dead(state: &State) -> Option<&DeadRow> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Deliveries(found)) if page.part == 1 => found.dead.get(page.row),
        _ => None,
    }
}

/// The line is up.
///
/// # Errors
/// That it is not.
pub fn go(state: &State) -> Can {
    online(state)
}

/// A dead message is under the cursor and the operator is a loader.
///
/// # Errors
/// What is missing.
pub fn replay(state: &State) -> Can {
    duty(state, Duty::Loader)?;
    given(dead(state).is_some(), || msg!("delivery.reason.no-dead").into())?;
    free(state)
}

/// There are dead messages and the operator is a loader.
///
/// # Errors
/// What is missing.
pub fn replay_all(state: &State) -> Can {
    duty(state, Duty::Loader)?;
    let some = deliveries(state).is_some_and(|found| !found.dead.is_empty());
    given(some, || msg!("delivery.reason.none-dead").into())?;
    free(state)
}
