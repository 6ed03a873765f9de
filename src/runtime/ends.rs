//! What is said of work that nobody waits for any more.

use crate::app::action::Refusal;
use crate::msg;

/// Nothing was done, since nobody waits any more.
pub(super) fn cancelled() -> Refusal {
    Refusal::because(msg!("console.cancelled"))
}

/// Nobody waits any more, and what was done is not known.
pub(super) fn given_up() -> Refusal {
    Refusal::because(msg!("console.given-up"))
}
