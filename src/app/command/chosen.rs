//! What a command would act on: what is under the cursor, or on the page.

use crate::app::state::explain::ExplainPage;
use crate::app::state::study::StudyPage;
use crate::app::state::{Page, Pane, State};
use crate::app::study::Finding;
use crate::domain::attribute::MartDay;
use crate::domain::decomposition;
use crate::domain::event_rule::MomentRow;
use crate::domain::operator::Duty;
use crate::domain::push::{OrderRow, PushRow};
use crate::domain::review::Review;
use crate::domain::segment::SegmentRow;
use crate::domain::strategy::StrategyRow;
use crate::domain::worklist::WorkRow;

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

/// The bank's own marts that what is on the page reads, each with its day.
#[must_use]
pub fn marts(state: &State) -> Vec<MartDay> {
    let marts = match state.page() {
        Some(Page::Rule(page)) => return page.marts(),
        Some(Page::Segment(page)) => page.count.as_ref().map(|count| &count.refreshed),
        Some(Page::Moments) => state.moments.selected().map(|row| &row.marts),
        Some(Page::Study(page)) => match &page.finding {
            Some(Finding::Overlap(found)) => Some(&found.refreshed),
            Some(Finding::Portrait(found)) => Some(&found.refreshed),
            Some(Finding::Grid(found)) => Some(&found.refreshed),
            Some(Finding::Why(found)) => Some(&found.refreshed),
            Some(Finding::Card(card)) => card.segments.as_ref().map(|now| &now.refreshed),
            _ => None,
        },
        _ => None,
    };
    marts.cloned().unwrap_or_default()
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
        return page.orders(push).get(page.cursor).copied();
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
    explain(state)?.part()
}

/// The segment under the cursor of those that use the attribute on screen.
#[must_use]
pub fn user_of_attribute(state: &State) -> Option<&str> {
    let Some(Page::Attribute { cursor }) = state.page() else { return None };
    state.dictionary.selected()?.used_by.get(*cursor).map(String::as_str)
}

/// What waits, under the cursor of its page.
#[must_use]
pub fn work(state: &State) -> Option<&WorkRow> {
    matches!(state.page(), Some(Page::Home)).then(|| state.work.selected())?
}

/// The page that looks into something, if it is on screen.
#[must_use]
pub fn study(state: &State) -> Option<&StudyPage> {
    match state.page() {
        Some(Page::Study(page)) => Some(page),
        _ => None,
    }
}

/// The event rule under the cursor of their page.
#[must_use]
pub fn moment(state: &State) -> Option<&MomentRow> {
    matches!(state.page(), Some(Page::Moments)).then(|| state.moments.selected())?
}

/// The review on screen.
#[must_use]
pub fn review(state: &State) -> Option<&Review> {
    match &study(state)?.finding {
        Some(Finding::Review(review, _)) => Some(review),
        _ => None,
    }
}

/// The strategy whose review is on screen: the version that was pushed, else the newest.
#[must_use]
pub fn strategy_reviewed(state: &State) -> Option<&StrategyRow> {
    let review = review(state)?;
    let all = || state.strategies.all().iter().filter(|row| row.text.code == review.strategy);
    all().find(|row| row.version == review.version).or_else(|| all().next())
}

/// The push whose review is on screen.
#[must_use]
pub fn push_reviewed(state: &State) -> Option<&PushRow> {
    let push = review(state)?.push?;
    state.pushes.all().iter().find(|row| row.push == push)
}

/// The operator works for a branch: he has the duty and a unit.
#[must_use]
pub fn is_branch(state: &State) -> bool {
    let unit = state.session.who.as_ref().is_some_and(|who| who.org.is_some());
    unit && state.session.has(Duty::Branch)
}

/// The operator is an RM.
#[must_use]
pub fn is_rm(state: &State) -> bool {
    state.session.who.as_ref().is_some_and(|who| who.staff.is_some())
}
