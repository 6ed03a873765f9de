//! Whether a command can be used now, and the sentence that says why not.
//!
//! The database refuses the same things; these checks come first because they can explain.

use super::moment_available::moment;
use super::review_available::{push_reviewed, strategy_reviewed};
use super::{CommandId, Reason};
use crate::app::effect::Slot;
use crate::app::state::explain::ExplainPage;
use crate::app::state::{Page, Pane, PlanStep, State};
use crate::domain::decomposition;
use crate::domain::message::{Key, Message};
use crate::domain::operator::Duty;
use crate::domain::push::{OrderRow, PushRow};
use crate::domain::segment::SegmentRow;
use crate::domain::strategy::{StrategyRow, StrategyState};
use crate::domain::worklist::{Work, WorkRow};
use crate::msg;

pub(super) type Can = Result<(), Reason>;

/// `Ok` if it holds, else the reason.
pub(super) fn given(holds: bool, reason: impl FnOnce() -> Message) -> Can {
    if holds { Ok(()) } else { Err(reason()) }
}

pub(super) fn duty(state: &State, duty: Duty) -> Can {
    given(state.session.who.is_some(), || msg!("console.reason.not-connected").into())?;
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
    given(state.session.online(), || msg!("console.reason.not-connected").into())
}

/// The line is up.
pub(super) fn online(state: &State) -> Can {
    given(state.session.online(), || msg!("console.reason.not-connected").into())
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

/// The segment under the cursor or on the page.
#[must_use]
pub fn segment(state: &State) -> Option<&SegmentRow> {
    match state.page() {
        Some(Page::Segment(page)) => state.segments.all().iter().find(|s| s.code == page.code),
        Some(Page::Study(page)) => {
            let code = page.study.code()?;
            state.segments.all().iter().find(|s| s.code == code)
        }
        Some(_) => None,
        None => (state.focus == Pane::Segments).then(|| state.segments.selected())?,
    }
}

/// The strategy under the cursor or on the page.
#[must_use]
pub fn strategy(state: &State) -> Option<&StrategyRow> {
    let mut all = state.strategies.all().iter();
    match state.page() {
        Some(Page::Strategy(page)) => {
            all.find(|s| s.text.code == page.code && s.version == page.version)
        }
        Some(Page::Plan(page)) => all.find(|s| s.text.code == page.code),
        Some(_) => None,
        None => (state.focus == Pane::Strategies).then(|| state.strategies.selected())?,
    }
}

/// The push under the cursor or on the page.
#[must_use]
pub fn push(state: &State) -> Option<&PushRow> {
    match state.page() {
        Some(Page::Push(page)) => {
            let listed = || state.pushes.all().iter().find(|p| p.push == page.push);
            page.detail.as_ref().or_else(listed)
        }
        Some(_) => None,
        None => (state.focus == Pane::Tasks).then(|| state.pushes.selected())?,
    }
}

/// The order that signing would sign: the one under the cursor of the push's page, else the operator's first that is
/// not signed yet.
#[must_use]
pub fn order(state: &State) -> Option<&OrderRow> {
    let push = push(state)?;
    if let Some(Page::Push(page)) = state.page() {
        return push.orders.get(page.cursor);
    }
    let who = state.session.who.as_ref()?;
    let mut own = push.orders.iter().filter(|o| who.signs_for(&o.org));
    own.clone().find(|o| o.signed_at.is_none()).or_else(|| own.next())
}

/// The decomposition on screen.
#[must_use]
pub fn explain(state: &State) -> Option<&ExplainPage> {
    match state.page() {
        Some(Page::Explain(page)) => Some(page),
        _ => None,
    }
}

/// The part of the decomposition under the cursor.
#[must_use]
pub fn part(state: &State) -> Option<&decomposition::Effect> {
    let page = explain(state)?;
    page.answer.as_ref()?.effects.get(page.cursor)
}

/// A segment is chosen and the operator is a strategist.
///
/// # Errors
/// What is missing.
pub fn edit_segment(state: &State) -> Can {
    strategist(state)?;
    given(segment(state).is_some(), || msg!("console.reason.no-segment").into())
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

/// Another person's strategy waits for approval and the operator is an approver.
///
/// # Errors
/// What is missing, and who can instead.
pub fn approve(state: &State) -> Can {
    let row = chosen_strategy(state)?;
    let waits = row.state == StrategyState::Submitted;
    given(waits, || msg!("console.reason.not-submitted").into())?;
    given(!state.session.is(&row.author), || others_can(state))?;
    speaks(state)?;
    let spoke = row.life.given.iter().any(|given| state.session.is(&given.approver));
    given(!spoke, || approvers(state, msg!("console.reason.second-word")))?;
    free(state)
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

/// `key` with the names of those who may approve, the operator's own left out.
#[must_use]
pub fn approvers(state: &State, key: Key) -> Message {
    let others = state.session.who.iter().flat_map(|who| &who.approvers);
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
    let state_ok = matches!(
        chosen_strategy(state)?.state,
        StrategyState::Approved | StrategyState::Live | StrategyState::Ended
    );
    given(state_ok, || msg!("console.reason.not-approved").into())
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
                given(plan.customers > 0, || msg!("console.reason.empty-plan").into())
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
    given(!super::branch_available::is_rm(state), || msg!("task.reason.manager").into())?;
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
    given(state.kpi.span.is_some(), || msg!("console.reason.not-connected").into())
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

/// The segment under the cursor of those that use the attribute on screen.
#[must_use]
pub fn user_of_attribute(state: &State) -> Option<&str> {
    let Some(Page::Attribute { cursor }) = state.page() else { return None };
    state.dictionary.selected()?.used_by.get(*cursor).map(String::as_str)
}

/// What this line is about can be opened.
fn opens(row: &WorkRow) -> bool {
    !matches!(row.work, Work::Rejected { .. } | Work::Dead { .. })
}

/// Something can be opened.
///
/// # Errors
/// That there is nothing.
pub fn open(state: &State) -> Can {
    if let Some(page) = super::study_available::study(state) {
        return super::study_available::open(state, page);
    }
    if matches!(state.page(), Some(Page::Push(_))) {
        given(order(state).is_some(), || msg!("console.reason.no-order").into())?;
        return online(state);
    }
    if let Some(Page::BranchTasks(page)) = state.page() {
        given(page.row().is_some(), || msg!("console.reason.nothing-here").into())?;
        return online(state);
    }
    if let Some(Page::Plan(page)) = state.page() {
        given(page.people().is_some(), || msg!("console.reason.nothing-here").into())?;
        return online(state);
    }
    if matches!(state.page(), Some(Page::Dictionary)) {
        return given(state.dictionary.selected().is_some(), || {
            msg!("console.reason.nothing-here").into()
        });
    }
    if matches!(state.page(), Some(Page::Attribute { .. })) {
        return given(user_of_attribute(state).is_some(), || {
            msg!("console.reason.nothing-here").into()
        });
    }
    if matches!(state.page(), Some(Page::Home)) {
        return given(work(state).is_some_and(opens), || {
            msg!("console.reason.nothing-here").into()
        });
    }
    if matches!(state.page(), Some(Page::Moments)) {
        given(moment(state).is_some(), || msg!("console.reason.nothing-here").into())?;
        return online(state);
    }
    if let Some(page) = explain(state) {
        given(page.parts_are_units(), || msg!("console.reason.factor-is-last").into())?;
        return given(part(state).is_some_and(|part| part.opens), || {
            msg!("console.reason.leaf").into()
        });
    }
    let chosen = match state.focus {
        Pane::Segments => segment(state).is_some(),
        Pane::Strategies => strategy(state).is_some(),
        Pane::Tasks => push(state).is_some(),
        Pane::Kpi => state.kpi.list.selected().is_some(),
    };
    given(chosen, || msg!("console.reason.nothing-here").into())?;
    if state.focus == Pane::Kpi {
        let row = state.kpi.list.selected();
        given(row.is_some_and(|r| r.change().is_some()), || {
            msg!("console.reason.no-facts").into()
        })?;
    }
    Ok(())
}

/// An unfinished form is kept.
///
/// # Errors
/// That there is none.
pub fn draft(state: &State) -> Can {
    given(!state.drafts.is_empty(), || msg!("console.reason.no-draft").into())
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

/// What waits, under the cursor of its page.
#[must_use]
pub fn work(state: &State) -> Option<&WorkRow> {
    matches!(state.page(), Some(Page::Home)).then(|| state.work.selected())?
}

/// The segment that belongs to what is chosen: its code.
#[must_use]
pub fn segment_behind(state: &State) -> Option<String> {
    if matches!(state.page(), Some(Page::Attribute { .. })) {
        return user_of_attribute(state).map(str::to_owned);
    }
    if matches!(state.page(), Some(Page::Dictionary)) {
        return state.dictionary.selected()?.used_by.first().cloned();
    }
    let of = |code: &str| {
        let row = state.strategies.all().iter().find(|s| s.text.code == code)?;
        Some(row.text.segment.clone())
    };
    match (strategy(state).or_else(|| strategy_reviewed(state)), push(state)) {
        (Some(row), _) => Some(row.text.segment.clone()),
        (_, Some(row)) => of(&row.strategy),
        _ => segment(state).map(|s| s.code.clone()),
    }
}

/// The strategy that belongs to what is chosen.
#[must_use]
pub fn strategy_behind(state: &State) -> Option<&StrategyRow> {
    let mut all = state.strategies.all().iter();
    if let Some(row) = push(state) {
        let same = |s: &&StrategyRow| s.text.code == row.strategy && s.version == row.version;
        let newest = || state.strategies.all().iter().find(|s| s.text.code == row.strategy);
        return all.find(same).or_else(newest);
    }
    if let Some(row) = strategy(state).or_else(|| strategy_reviewed(state)) {
        return Some(row);
    }
    let segment = segment(state)?;
    all.find(|s| s.text.segment == segment.code)
}

/// The latest push that belongs to what is chosen.
#[must_use]
pub fn push_behind(state: &State) -> Option<&PushRow> {
    if let Some(row) = push_reviewed(state) {
        return Some(row);
    }
    let code = &strategy_behind(state)?.text.code;
    state.pushes.all().iter().filter(|p| p.strategy == *code).max_by_key(|p| p.push)
}

/// There is a segment to go to.
///
/// # Errors
/// That there is none.
pub fn go_segment(state: &State) -> Can {
    let there =
        segment_behind(state).is_some() || super::metric_available::segment_of_unit(state).is_ok();
    given(there, || msg!("console.reason.no-segment-behind").into())
}

/// There is a strategy to go to.
///
/// # Errors
/// That there is none, and the key that starts one.
pub fn go_strategy(state: &State) -> Can {
    given(strategy_behind(state).is_some(), || {
        let key = super::row(CommandId::StartStrategy).keys[0];
        Message::new(msg!("console.reason.no-strategy-behind")).with("key", key)
    })
}

/// There is a push to go to.
///
/// # Errors
/// That there is none.
pub fn go_tasks(state: &State) -> Can {
    given(push_behind(state).is_some(), || msg!("console.reason.no-push-behind").into())
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
