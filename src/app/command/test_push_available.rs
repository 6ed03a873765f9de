//! Whether something can be done about test pushes now, and the sentence that says why not.

use super::chosen::study;
use super::gate::{Can, duty, free, given, strategist};
use crate::app::state::State;
use crate::app::study::{Finding, Study};
use crate::domain::message::Message;
use crate::domain::operator::Duty;
use crate::domain::strategy::test_push::{TestPush, TestState};
use crate::domain::strategy::{StrategyRow, StrategyState};
use crate::msg;

/// The strategy whose tests are on screen: its latest version that the console knows.
#[must_use]
pub fn tested(state: &State) -> Option<&StrategyRow> {
    let Study::Tests { code } = &study(state)?.study else { return None };
    let rows = state.strategies.all().iter().filter(|row| row.text.code == *code);
    rows.max_by_key(|row| row.version)
}

/// The test under the cursor.
#[must_use]
pub fn test(state: &State) -> Option<&TestPush> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Tests(found)) => found.get(page.row),
        _ => None,
    }
}

/// The strategy can still be tried, and the operator is its author.
///
/// # Errors
/// What is missing.
pub fn make(state: &State) -> Can {
    use StrategyState::{Approved, Draft, SentBack, Submitted};
    strategist(state)?;
    let row = tested(state).ok_or_else(|| Message::new(msg!("console.reason.no-strategy")))?;
    given(state.session.is(&row.author), || {
        Message::new(msg!("strategy.test.not-author")).with("author", row.author.as_str())
    })?;
    given(matches!(row.state, Draft | Submitted | SentBack | Approved), || {
        msg!("console.reason.nothing-to-try").into()
    })?;
    free(state)
}

fn shown(state: &State) -> Result<&TestPush, Message> {
    test(state)
        .filter(|test| test.state == TestState::Shown)
        .ok_or_else(|| msg!("console.reason.no-test").into())
}

/// A test of the operator's stands under the cursor.
///
/// # Errors
/// What is missing.
pub fn end(state: &State) -> Can {
    strategist(state)?;
    let test = shown(state)?;
    given(state.session.is(&test.by), || {
        Message::new(msg!("strategy.test.not-author")).with("author", test.by.as_str())
    })?;
    free(state)
}

/// A test for the operator's own unit stands under the cursor.
///
/// # Errors
/// What is missing.
pub fn answer(state: &State) -> Can {
    duty(state, Duty::Branch)?;
    let test = shown(state)?;
    let own = state.session.who.as_ref().is_some_and(|who| who.signs_for(&test.org));
    given(own, || Message::new(msg!("push.foreign-unit")).with("org", test.org.as_str()))?;
    free(state)
}
