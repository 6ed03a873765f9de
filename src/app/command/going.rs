//! Whether there is something to open, and what stands behind what is chosen: its segment, its strategy, its push.

use super::CommandId;
use super::chosen::{
    explain, moment, order, part, push, push_reviewed, segment, strategy, strategy_reviewed,
    user_of_attribute, work,
};
use super::gate::{Can, given, online};
use super::review_behind;
use crate::app::state::{Page, Pane, State};
use crate::app::study::Reviewed;
use crate::domain::decomposition::By;
use crate::domain::message::Message;
use crate::domain::push::PushRow;
use crate::domain::strategy::StrategyRow;
use crate::domain::worklist::{Work, WorkRow};
use crate::msg;

/// What this line is about can be opened.
fn opens(row: &WorkRow) -> bool {
    !matches!(row.work, Work::Rejected { .. })
}

/// Something can be opened.
///
/// # Errors
/// That there is nothing.
pub fn open(state: &State) -> Can {
    if let Some(page) = super::chosen::study(state) {
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
        if !page.parts_are_units() {
            let metric = factor_behind(state).is_some();
            return given(metric, || msg!("console.reason.factor-is-last").into());
        }
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

/// The factor under the cursor, where it is a metric of the tree: its change has its own split.
#[must_use]
pub fn factor_behind(state: &State) -> Option<String> {
    let page = explain(state).filter(|page| page.by == By::Factor)?;
    let name = part(state).map(|part| part.name.clone())?;
    let known = state.kpi.list.all().iter().any(|row| row.metric == name);
    (known && name != page.metric).then_some(name)
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
    if let Some((code, _)) = review_behind::of_cursor(state) {
        return of(&code);
    }
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
    if let Some((code, _)) = review_behind::of_cursor(state) {
        return all.find(|s| s.text.code == code);
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
    if let Some((_, Reviewed::Push(push))) = review_behind::of_cursor(state) {
        return state.pushes.all().iter().find(|row| row.push == push);
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
