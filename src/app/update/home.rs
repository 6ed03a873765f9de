//! The page of what waits for the operator: shown first if anything does, and each line leads to what it is about.

use super::{branch, deliveries, desks, leaving, looking, moments, open, test_pushes};
use crate::app::command::{available, chosen};
use crate::app::desk::Desk;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::listing::Freshness;
use crate::app::state::{Page, Pane, State, Tone};
use crate::app::study::{Reviewed, Study};
use crate::domain::people::People;
use crate::domain::worklist::{Work, WorkRow};
use crate::msg;

/// Opens the page with nothing under it, read anew.
pub(super) fn show(state: &mut State) -> Vec<Effect> {
    let mut effects = vec![];
    if !matches!(state.page(), Some(Page::Home)) {
        effects.extend(leaving::close_pages(state));
        state.pages.push(Page::Home);
    }
    effects.push(ask(state));
    effects
}

/// Asks what waits.
pub(super) fn ask(state: &mut State) -> Effect {
    state.ask(Slot::Work, Request::Work)
}

/// Takes what waits. At the start it is shown by itself, if there is anything and nobody has begun to do something else.
pub(super) fn take(state: &mut State, rows: Vec<WorkRow>, freshness: Freshness) -> Vec<Effect> {
    let waits = !rows.is_empty();
    state.work.replace(rows, freshness);
    let greets = std::mem::take(&mut state.greets);
    if greets && waits && state.pages.is_empty() && state.overlay.is_none() {
        state.pages.push(Page::Home);
    }
    vec![]
}

/// Goes to what the line under the cursor is about.
pub(super) fn open_row(state: &mut State) -> Vec<Effect> {
    let Some(work) = chosen::work(state).map(|row| row.work.clone()) else { return vec![] };
    match work {
        Work::Sign { push, .. }
        | Work::Unsigned { push, .. }
        | Work::Escalated { push, .. }
        | Work::Notice { push, .. } => to_push(state, &push.to_string()),
        Work::Offer { push, .. } | Work::Todo { push, .. } => branch::open_tasks(state, push, None),
        Work::Review { push, strategy } => {
            looking::look(state, Study::Review { strategy, of: Reviewed::Push(push) })
        }
        Work::Test { code, .. } => test_pushes::of(state, code),
        Work::Approve { code, version, .. }
        | Work::Push { code, version }
        | Work::SentBack { code, version }
        | Work::Submit { code, version } => to_strategy(state, &format!("{code} v{version}")),
        Work::Wave { code, version, .. } => to_wave(state, &code, version),
        Work::Finding { moment: Some(moment), day, .. } => {
            let of = People::Hits { moment, day: Some(day) };
            looking::look(state, Study::Members { code: None, of, skip: 0 })
        }
        Work::Behind { code, .. } => {
            let effects = moments::show(state);
            state.moments.select(&code);
            effects
        }
        Work::Finding { moment: None, finding, .. } => {
            looking::look_at(state, Study::Noted { all: false }, finding.to_string())
        }
        Work::Alert { code, .. } => looking::look_at(state, Study::Alerts, code),
        Work::Recheck { org, org_name, .. } => {
            looking::look(state, Study::Coaching { org: Some(org), name: org_name, all: false })
        }
        Work::Dead { .. } => deliveries::show_all(state),
        Work::Kept { .. } => desks::show(state, Desk::Inbox),
        Work::Rejected { .. } => vec![],
    }
}

/// The plan of what is due of a strategy; where it cannot be planned now, the strategy and the reason.
pub(super) fn to_wave(state: &mut State, code: &str, version: i32) -> Vec<Effect> {
    let effects = to_strategy(state, &format!("{code} v{version}"));
    if !matches!(state.page(), Some(Page::Strategy(_))) {
        return effects;
    }
    match available::plan(state) {
        Ok(()) => open::plan(state),
        Err(reason) => {
            state.say(Tone::Refused, reason);
            effects
        }
    }
}

/// The push with this number; one that is not among those that were read last cannot be shown.
pub(super) fn to_push(state: &mut State, key: &str) -> Vec<Effect> {
    if !state.pushes.select(key) {
        return gone(state);
    }
    state.focus = Pane::Tasks;
    open::push(state)
}

fn to_strategy(state: &mut State, key: &str) -> Vec<Effect> {
    if !state.strategies.select(key) {
        return gone(state);
    }
    state.focus = Pane::Strategies;
    open::strategy(state);
    vec![]
}

fn gone(state: &mut State) -> Vec<Effect> {
    state.say(Tone::Refused, msg!("console.reason.nothing-here"));
    vec![]
}
