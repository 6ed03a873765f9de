//! Whether a command can be used now, and the sentence that says why not.
//!
//! The database refuses the same things; these checks come first because they can explain.

use super::Reason;
use super::chosen::{explain, order, push, segment, strategy};
use super::gate::{Can, approver, duty, free, given, no_line, strategist};
use crate::app::draft::Draft;
use crate::app::state::{Page, PlanStep, State};
use crate::domain::message::{Key, Message};
use crate::domain::operator::Duty;
use crate::domain::strategy::life::Bar;
use crate::domain::strategy::{StrategyRow, StrategyState};
use crate::msg;

/// Rows are on screen that can be looked through by letters.
///
/// # Errors
/// That there are none.
pub fn filter(state: &State) -> Can {
    let narrows = match state.page() {
        Some(Page::Study(page)) => page.narrows(),
        Some(Page::Explain(page)) => page.answer.is_some(),
        Some(Page::BranchTasks(page)) => page.list.is_some(),
        Some(Page::Push(_)) => push(state).is_some(),
        Some(Page::Plan(page)) => page.step.plan().is_some(),
        Some(Page::Dictionary | Page::Moments | Page::Home) | None => true,
        Some(_) => false,
    };
    given(narrows, || msg!("console.reason.nothing-narrows").into())
}

/// A segment is chosen and the operator is a strategist.
///
/// # Errors
/// What is missing.
pub fn edit_segment(state: &State) -> Can {
    strategist(state)?;
    given(segment(state).is_some(), || msg!("console.reason.no-segment").into())
}

/// The same, and nothing else is being changed.
///
/// # Errors
/// What is missing.
pub fn freeze(state: &State) -> Can {
    edit_segment(state)?;
    free(state)
}

fn chosen_strategy(state: &State) -> Result<&StrategyRow, Reason> {
    strategy(state).ok_or_else(|| msg!("console.reason.no-strategy").into())
}

/// A strategy is chosen and the operator is a strategist.
///
/// # Errors
/// What is missing.
pub fn edit_strategy(state: &State) -> Can {
    strategist(state)?;
    chosen_strategy(state).map(|_| ())
}

/// The chosen strategy is a draft.
///
/// # Errors
/// What is missing.
pub fn submit(state: &State) -> Can {
    edit_strategy(state)?;
    free(state)?;
    let draft = chosen_strategy(state)?.state == StrategyState::Draft;
    given(draft, || msg!("console.reason.not-a-draft").into())
}

/// Another person's strategy waits for approval, the operator is an approver, and he has neither written nor approved it, under whatever login.
///
/// # Errors
/// What is missing, and who can instead.
pub fn approve(state: &State) -> Can {
    let row = chosen_strategy(state)?;
    given(takes_approval(row), || msg!("console.reason.not-submitted").into())?;
    given(!state.session.is(&row.author), || others_can(state))?;
    speaks(state)?;
    if let Some(bar) = row.life.bar {
        return Err(approvers(state, barred(bar)));
    }
    let spoke = row.life.given.iter().any(|given| state.session.is(&given.approver));
    given(!spoke, || approvers(state, msg!("console.reason.second-word")))?;
    free(state)
}

/// It waits for an approval: it was submitted, or it was approved and the bank asks for one more since.
fn takes_approval(row: &StrategyRow) -> bool {
    match row.state {
        StrategyState::Submitted => true,
        StrategyState::Approved | StrategyState::Live | StrategyState::Paused => {
            row.life.wants_second()
        }
        _ => false,
    }
}

fn barred(bar: Bar) -> Key {
    match bar {
        Bar::Writer => msg!("console.reason.writer"),
        Bar::Spoke => msg!("console.reason.second-word"),
        Bar::NameWriter => msg!("console.reason.name-writer"),
        Bar::NameSpoke => msg!("console.reason.name-spoke"),
    }
}

/// The operator approves, in his own name or in that of one who has delegated to him.
pub(super) fn speaks(state: &State) -> Can {
    if state.session.who.as_ref().is_some_and(|who| !who.stands_for.is_empty()) {
        return Ok(());
    }
    approver(state).map_err(|reason| match state.session.who {
        Some(_) => approvers(state, msg!("console.reason.no-approver")),
        None => reason,
    })
}

fn others_can(state: &State) -> Message {
    approvers(state, msg!("console.reason.own-work"))
}

/// `key` with the names of those who may approve the chosen strategy, or any, the operator's own left out.
#[must_use]
pub fn approvers(state: &State, key: Key) -> Message {
    let of_bank = || state.session.who.iter().flat_map(|who| &who.approvers);
    let chosen = chosen_strategy(state).ok().and_then(|row| row.life.may.as_ref());
    let others: Vec<&String> =
        chosen.map_or_else(|| of_bank().collect(), |may| may.iter().collect());
    let others = others.into_iter();
    let names: Vec<&str> =
        others.filter(|name| !state.session.is(name)).map(String::as_str).collect();
    let names = if names.is_empty() { "-".to_owned() } else { names.join(", ") };
    Message::new(key).with("names", names)
}

/// The chosen strategy is approved.
///
/// # Errors
/// What is missing.
pub fn plan(state: &State) -> Can {
    edit_strategy(state)?;
    free(state)?;
    may_go(chosen_strategy(state)?.state)
}

/// Something of a version that stands there can be pushed.
///
/// # Errors
/// Why not.
pub(super) fn may_go(stands: StrategyState) -> Can {
    use StrategyState as S;
    match stands {
        S::Approved | S::Live | S::Ended => Ok(()),
        S::Draft | S::Submitted | S::SentBack => Err(msg!("console.reason.not-approved").into()),
        S::Paused => Err(Message::new(msg!("console.reason.paused"))
            .with("key", super::row(super::CommandId::Brake).keys[0])),
        S::Reviewed => Err(msg!("console.reason.reviewed").into()),
        S::Voided => Err(msg!("console.next.voided").into()),
        S::Archived => Err(msg!("console.next.archived").into()),
    }
}

/// A plan is on screen and has customers.
///
/// # Errors
/// What is missing.
pub fn apply(state: &State) -> Can {
    strategist(state)?;
    free(state)?;
    match state.page() {
        Some(Page::Plan(page)) => match &page.step {
            PlanStep::Planned(plan) => {
                given(plan.customers > 0, || msg!("console.reason.empty-plan").into())?;
                plan.refused().map_or(Ok(()), Err)
            }
            PlanStep::Done(..) => Err(msg!("console.reason.pushed-already").into()),
            _ => Err(msg!("console.reason.no-plan").into()),
        },
        _ => Err(msg!("console.reason.no-plan").into()),
    }
}

/// The operator's own order is not signed yet.
///
/// # Errors
/// What is missing.
pub fn sign(state: &State) -> Can {
    given(push(state).is_some(), || msg!("console.reason.no-push").into())?;
    duty(state, Duty::Branch)?;
    let order = order(state).ok_or_else(|| Message::new(msg!("console.reason.no-order")))?;
    if let Some(who) = state.session.who.as_ref()
        && let Some((_, own)) = &who.org
    {
        given(who.signs_for(&order.org), || {
            Message::new(msg!("console.reason.other-unit")).with("org", own.as_str())
        })?;
    }
    given(!super::chosen::is_rm(state), || msg!("task.reason.manager").into())?;
    given(order.recalled_at.is_none(), || msg!("task.state.recalled").into())?;
    given(order.signed_at.is_none(), || msg!("console.reason.signed").into())?;
    free(state)
}

/// The operator is a loader.
///
/// # Errors
/// The duty that is missing.
pub fn outcomes(state: &State) -> Can {
    duty(state, Duty::Loader)?;
    free(state)
}

/// The bank's day is known.
///
/// # Errors
/// That it is not.
pub fn dates(state: &State) -> Can {
    given(state.kpi.span.is_some(), || no_line(state))
}

/// The metric can be split both ways.
///
/// # Errors
/// Which way it cannot.
pub fn by_factor(state: &State) -> Can {
    let Some(page) = explain(state) else { return Err(msg!("console.reason.no-kpi").into()) };
    given(page.ways.len() > 1 || !page.ways.contains(&page.by), || {
        msg!("console.reason.no-formula").into()
    })
}

/// There is a unit above.
///
/// # Errors
/// That there is none.
pub fn unit_up(state: &State) -> Can {
    let below = explain(state).is_some_and(|page| !page.path.is_empty());
    given(below, || msg!("console.reason.at-the-top").into())
}

/// An unfinished form is kept.
///
/// # Errors
/// That there is none.
pub fn draft(state: &State) -> Can {
    given(!state.drafts.is_empty(), || msg!("console.reason.no-draft").into())
}

/// The unfinished form that would be thrown away: the one that was shown last, if it was only looked at, else the one that opens next.
#[must_use]
pub fn shown_draft(state: &State) -> Option<&Draft> {
    let looked = state.drafts.last().filter(|last| state.reopened.as_ref() == Some(last));
    looked.or_else(|| state.drafts.first())
}

/// An attribute is under the cursor, the operator is a strategist and the bank is known.
///
/// # Errors
/// What is missing.
pub fn segment_of_attribute(state: &State) -> Can {
    strategist(state)?;
    let chosen = state.dictionary.selected().is_some() && state.session.bank.is_some();
    given(chosen, || msg!("console.reason.nothing-here").into())
}

/// The form on screen can be saved now.
///
/// # Errors
/// What is missing.
pub fn save(state: &State) -> Can {
    match state.page() {
        Some(Page::Outcome(_)) => duty(state, Duty::Branch)?,
        _ => strategist(state)?,
    }
    free(state)
}
