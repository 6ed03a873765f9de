//! Whether a command of reviews can be used now, and the sentence that says why not.

use super::chosen::{push, review, strategy, strategy_reviewed, study};
use super::gate::{Can, approver, free, given, online, strategist};
use super::going::push_behind;
use super::review_behind;
use crate::app::state::State;
use crate::app::study::{Reviewed, Study};
use crate::domain::message::Message;
use crate::domain::review::{Review, Standing};
use crate::msg;

/// A review is on screen, and a finding can be noted of it.
///
/// # Errors
/// What is missing.
pub fn finding(state: &State) -> Can {
    chosen(state)?;
    strategist(state)?;
    free(state)
}

/// The strategy of the review on screen can have its next version.
///
/// # Errors
/// What is missing.
pub fn next_version(state: &State) -> Can {
    chosen(state)?;
    strategist(state)?;
    given(strategy_reviewed(state).is_some(), || msg!("console.reason.no-strategy").into())
}

fn chosen(state: &State) -> Result<&Review, Message> {
    review(state).ok_or_else(|| msg!("console.reason.nothing-here").into())
}

/// What is reviewed from here, with the strategy's code: the review of the finding under the cursor, the chosen push, the one that the
/// page is about, or the latest of the chosen strategy.
#[must_use]
pub fn to_review(state: &State) -> Option<(String, Reviewed)> {
    if let Some(found) = review_behind::of_cursor(state) {
        return Some(found);
    }
    let here = review_behind::push_here(state);
    let listed = here.and_then(|here| state.pushes.all().iter().find(|row| row.push == here));
    if let (Some(here), None, Some(row)) = (here, listed, strategy(state)) {
        // It was pushed just now, and the lists are still being read.
        return Some((row.text.code.clone(), Reviewed::Push(here)));
    }
    let row = push(state).or(listed).or_else(|| push_behind(state))?;
    Some((row.strategy.clone(), Reviewed::Push(row.push)))
}

/// There is a push to review, and it is not what is on screen.
///
/// # Errors
/// That there is none.
pub fn go_review(state: &State) -> Can {
    given(reviewed_code(state).is_none(), || msg!("review.reason.here").into())?;
    given(to_review(state).is_some(), || msg!("review.reason.nothing-pushed").into())?;
    online(state)
}

/// The strategy whose review is on screen or is being read.
#[must_use]
pub fn reviewed_code(state: &State) -> Option<&str> {
    match &study(state)?.study {
        Study::Review { strategy, .. } => Some(strategy),
        _ => None,
    }
}

/// The page of a review is open, also while another one is read or could not be.
///
/// # Errors
/// That there is none.
pub fn other(state: &State) -> Can {
    given(reviewed_code(state).is_some(), || msg!("console.reason.nothing-here").into())?;
    online(state)
}

/// A review is on screen, to be written into a file.
///
/// # Errors
/// What is missing.
pub fn report(state: &State) -> Can {
    let review = chosen(state)?;
    given(review.push.is_some(), || msg!("review.reason.one-push").into())?;
    free(state)
}

/// The review of a push is on screen, a verdict can be given, and the operator is an approver who did not write the strategy.
///
/// # Errors
/// What is missing.
pub fn verdict(state: &State) -> Can {
    let review = chosen(state)?;
    given(review.push.is_some(), || msg!("review.reason.one-push").into())?;
    given(review.standing.may_close(), || why_not(review.standing))?;
    approver(state)?;
    given(!state.session.is(&review.author), || {
        Message::new(msg!("review.own-work")).with("author", review.author.as_str())
    })?;
    free(state)
}

fn why_not(standing: Standing) -> Message {
    Message::new(msg!("review.no-verdict")).with("reason", standing.clause())
}
