//! What is asked of the bank so that the screen is up to date.

use super::{branch, explain, home, looking, moments, rules};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::state::{Page, State};
use crate::domain::segment::SegmentRow;

/// Asks for everything again, the bank's day first.
pub(super) fn reload_all(state: &mut State) -> Vec<Effect> {
    vec![state.ask(Slot::Session, Request::Session)]
}

/// Asks for the lists of the four panes.
pub(super) fn lists(state: &mut State) -> Vec<Effect> {
    let mut effects = vec![
        state.ask(Slot::Segments, Request::Segments),
        state.ask(Slot::Strategies, Request::Strategies),
        state.ask(Slot::Pushes, Request::Pushes),
    ];
    if let Some(span) = state.kpi.span {
        effects.push(state.ask_kpi(span));
    }
    effects
}

/// What is open is asked for again as well.
pub(super) fn pages(state: &mut State) -> Vec<Effect> {
    match state.page() {
        Some(Page::Study(_)) => looking::ask_again(state).into_iter().collect(),
        Some(Page::Explain(_)) => explain::both(state),
        Some(Page::Rule(_)) => rules::opened(state),
        Some(Page::Push(page)) => {
            let push = page.push;
            vec![state.ask(Slot::Push, Request::Push(push))]
        }
        Some(Page::Moments) => moments::ask(state),
        Some(Page::Home) => vec![home::ask(state)],
        Some(Page::BranchTasks(_) | Page::Task(_)) => branch::ask(state).into_iter().collect(),
        Some(Page::Dictionary | Page::Attribute { .. }) => {
            vec![state.ask(Slot::Dictionary, Request::Dictionary)]
        }
        Some(Page::Segment(page)) => {
            let row = state.segments.all().iter().find(|s| s.code == page.code);
            let rule = row.map(SegmentRow::members_rule);
            rule.map(|rule| state.ask(Slot::Split, Request::Count { rule, pause: 0 }))
                .into_iter()
                .collect()
        }
        _ => vec![],
    }
}
