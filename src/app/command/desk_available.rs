//! Whether something that was laid aside can be taken up now, and the sentence that says why not.

use super::chosen::study;
use super::gate::{Can, duty, free, given, online, strategist};
use super::study_available::customer;
use crate::app::desk::Laid;
use crate::app::state::{Page, State};
use crate::app::study::{Finding, Study};
use crate::domain::id::CustomerId;
use crate::domain::message::Message;
use crate::domain::operator::Duty;
use crate::domain::people::People;
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::life::Delegation;
use crate::msg;

fn laid(state: &State) -> Option<(&Laid, usize)> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Desk(laid)) => Some((laid, page.row)),
        _ => None,
    }
}

/// The strategy under the cursor of those that were put away.
#[must_use]
pub fn shelved(state: &State) -> Option<&StrategyRow> {
    match laid(state)? {
        (Laid::Shelf(rows), at) => rows.get(at),
        _ => None,
    }
}

/// The delegation under the cursor.
#[must_use]
pub fn delegation(state: &State) -> Option<&Delegation> {
    match laid(state)? {
        (Laid::Delegations(rows), at) => rows.get(at),
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

/// The operator is a loader.
///
/// # Errors
/// What is missing.
pub fn inbox(state: &State) -> Can {
    duty(state, Duty::Loader)?;
    online(state)
}

/// Messages are on screen that could not be taken in.
///
/// # Errors
/// What is missing.
pub fn retry(state: &State) -> Can {
    duty(state, Duty::Loader)?;
    let some = matches!(laid(state), Some((Laid::Inbox(rows, _), _)) if !rows.is_empty());
    given(some, || msg!("console.reason.nothing-here").into())?;
    free(state)
}

/// A strategy is under the cursor, and the operator is a strategist.
///
/// # Errors
/// What is missing.
pub fn take_out(state: &State) -> Can {
    strategist(state)?;
    given(shelved(state).is_some(), || msg!("console.reason.no-strategy").into())?;
    free(state)
}

/// The delegation under the cursor is the operator's own and stands.
///
/// # Errors
/// What is missing.
pub fn end(state: &State) -> Can {
    let Some(one) = delegation(state) else {
        return Err(msg!("console.reason.nothing-here").into());
    };
    given(state.session.is(&one.delegator), || {
        Message::new(msg!("console.reason.delegation-of")).with("name", one.delegator.as_str())
    })?;
    given(!one.ended, || msg!("life.delegation.ended").into())?;
    free(state)
}

/// A strategy is paused that the operator may let go on: he has paused it, or he is an approver.
///
/// # Errors
/// What is missing.
pub fn resume_all(state: &State) -> Can {
    let approves = state.session.has(Duty::Approver);
    if !approves {
        strategist(state)?;
    }
    let mut paused = state.strategies.all().iter().filter_map(|row| row.life.paused.as_ref());
    let any = paused.any(|said| approves || state.session.is(&said.by));
    given(any, || msg!("console.reason.nothing-paused").into())?;
    free(state)
}

/// The customer under the cursor of a plan's list or a push's, and the strategy whose lists he may be left off.
#[must_use]
pub fn listed(state: &State) -> Option<(CustomerId, String)> {
    let page = study(state)?;
    let Study::Members { of, .. } = &page.study else { return None };
    let strategy = match of {
        People::Plan { plan, .. } => state.pages.iter().find_map(|page| match page {
            Page::Plan(page) => {
                page.step.plan().filter(|of| of.plan == *plan).map(|of| of.strategy.clone())
            }
            _ => None,
        }),
        People::Push { push, .. } => {
            let row = state.pushes.all().iter().find(|row| row.push == *push);
            row.map(|row| row.strategy.clone())
        }
        _ => None,
    };
    Some((customer(state)?, strategy?))
}

/// A customer of a plan or a push is under the cursor, and the operator is a strategist.
///
/// # Errors
/// What is missing.
pub fn leave_off(state: &State) -> Can {
    strategist(state)?;
    given(listed(state).is_some(), || msg!("console.reason.no-list-of-strategy").into())?;
    free(state)
}
