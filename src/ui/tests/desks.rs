//! Screens of what was laid aside.

use crate::app::action::Answer;
use crate::app::effect::Slot;
use crate::app::fixtures::{Console, desks, plan, strategies, studies};
use crate::app::study::Finding;
use crate::domain::operator::Duty;
use crate::domain::strategy::StrategyState;
use crate::domain::strategy::life::Said;

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

/// An approver, with one strategy paused by another.
fn approver() -> Console {
    let mut console = Console::of("wang.approver", &[Duty::Approver]);
    let mut rows = strategies();
    rows[0].state = StrategyState::Paused;
    let at = "2026-11-20T09:30:00".parse().unwrap_or_default();
    rows[0].life.paused =
        Some(Said { by: "sun.approver".into(), stands_for: None, why: "x".into(), at });
    let freshness = console.state.strategies.freshness;
    console.state.strategies.replace(rows, freshness);
    console
}

/// The customers of a plan.
fn planned() -> Console {
    let console = Console::strategist().keys("2 p").answered(Slot::Plan, Answer::Plan(plan()));
    found(console.keys("Enter"), studies::members(0, 3))
}

/// Every one of them, by name.
pub(super) fn desks_of() -> Vec<(&'static str, Console)> {
    let loader = || Console::of("night.loader", &[Duty::Loader]);
    let delegations = || found(approver().keys("g e"), desks::delegations());
    vec![
        ("desk_inbox", found(loader().keys("g i"), desks::inbox())),
        ("desk_inbox_empty", found(loader().keys("g i"), desks::nothing_left())),
        ("desk_shelf", found(Console::strategist().keys("g x"), desks::shelf())),
        ("desk_delegations", delegations()),
        ("confirm_end_delegation", delegations().keys("x")),
        ("prompt_leave_off", planned().keys("-")),
        ("prompt_resume_all", approver().keys("2 R")),
    ]
}
