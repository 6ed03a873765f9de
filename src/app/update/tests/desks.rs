//! What was laid aside is taken up again by keys.

use super::*;
use crate::app::desk::{Desk, DeskAsk};
use crate::app::fixtures::{desks, studies};
use crate::app::study::{Finding, Study};
use crate::domain::strategy::StrategyState;
use crate::domain::strategy::life::Said;
use crate::domain::worklist::{Work, WorkRow};

fn loader() -> Console {
    Console::of("night.loader", &[Duty::Loader])
}

fn approver() -> Console {
    Console::of("wang.approver", &[Duty::Approver])
}

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

/// What was asked to be taken up, last.
fn asked(console: &Console) -> Option<&DeskAsk> {
    requests(console).into_iter().rev().find_map(|request| match request {
        Request::Desk(asked) => Some(asked),
        _ => None,
    })
}

#[test]
fn what_was_not_taken_in_is_tried_again_by_a_loader() {
    let console = found(loader().keys("g i"), desks::inbox()).keys("a");
    assert_eq!(asked(&console), Some(&DeskAsk::Retry));
    let before = console.asked(Slot::Study);
    let console =
        console.answered(Slot::Change, Answer::TakenUp(msg!("board.inbox.retried").into()));
    assert_ne!(console.asked(Slot::Study), before, "the page is read anew");
    let none = found(loader().keys("g i"), desks::nothing_left()).keys("a");
    assert_eq!((none.said(), asked(&none)), ("console.reason.nothing-here", None));
    assert_eq!(approver().keys("g i").said(), "console.reason.duty");
}

#[test]
fn the_loaders_lines_of_what_waits_lead_to_their_pages() {
    let of = |work| {
        let row = WorkRow { work, name: "hook".to_owned(), since: None, due: None };
        loader().keys("0").answered(Slot::Work, Answer::Work(vec![row])).keys("Enter")
    };
    let study = |console: Console| match console.state.page() {
        Some(Page::Study(page)) => page.study.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(study(of(Work::Kept { messages: 10 })), Study::Desk(Desk::Inbox));
    assert_eq!(study(of(Work::Dead { messages: 1 })), Study::Deliveries { push: None });
}

#[test]
fn a_strategy_that_was_put_away_is_taken_out_again() {
    let page = |console: Console| found(console.keys("g x"), desks::shelf());
    let console = page(Console::strategist()).keys("u");
    assert_eq!(asked(&console), Some(&DeskAsk::TakeOut { code: "ST-017".into() }));
    let other = page(loader()).keys("u");
    assert_eq!((other.said(), asked(&other)), ("console.reason.duty", None));
}

#[test]
fn an_approver_ends_his_own_delegation_after_a_yes() {
    let page = || found(approver().keys("g e"), desks::delegations());
    let console = page().keys("x");
    assert_eq!(asked(&console), None, "not before the yes");
    assert_eq!(asked(&console.keys("y")), Some(&DeskAsk::EndDelegation { id: 6 }));
    assert_eq!(page().keys("j x").said(), "console.reason.delegation-of");
    assert_eq!(page().keys("j j x").said(), "life.delegation.ended");
}

#[test]
fn a_customer_of_a_plan_is_left_off_with_a_reason_and_listed_again() {
    let page = || {
        let console = Console::strategist().keys("2 p").answered(Slot::Plan, Answer::Plan(plan()));
        found(console.keys("Enter"), studies::members(0, 3))
    };
    let Finding::Members(members) = studies::members(0, 3) else { panic!("no members") };
    let (strategy, customer) = ("ST-014".to_owned(), members.rows[1].customer);
    let console = page().keys("j - Enter");
    assert_eq!(asked(&console), None, "not without a reason");
    let console = console.keys("deceased Enter");
    let off = DeskAsk::Exclude { strategy, customer, note: Some("deceased".into()) };
    assert_eq!(asked(&console), Some(&off));
    let console = page().keys("j +");
    assert!(matches!(asked(&console), Some(DeskAsk::Exclude { note: None, .. })));
    // A list that is no strategy's has nobody to leave off.
    let console = Console::strategist().keys("1 j c");
    let of_snapshot = found(console, studies::members(0, 3)).keys("-");
    assert_eq!(of_snapshot.said(), "console.reason.no-list-of-strategy");
}

#[test]
fn all_that_stand_still_go_on_with_one_reason() {
    let paused = |by: &str, mut console: Console| {
        let freshness = console.state.strategies.freshness;
        let mut rows = strategies();
        rows[0].state = StrategyState::Paused;
        let at = "2026-11-20T09:30:00".parse().unwrap();
        rows[0].life.paused = Some(Said { by: by.into(), stands_for: None, why: "x".into(), at });
        console.state.strategies.replace(rows, freshness);
        console
    };
    let writer = || Console::of("li.strategist", &[Duty::Strategist]);
    for console in [paused("sun.approver", approver()), paused("li.strategist", writer())] {
        let console = console.keys("2 R Enter");
        assert_eq!(asked(&console), None, "not without a reason");
        let console = console.keys("fine Enter");
        assert_eq!(asked(&console), Some(&DeskAsk::ResumeAll { reason: "fine".into() }));
    }
    let none = "console.reason.nothing-paused";
    assert_eq!(paused("sun.approver", writer()).keys("2 R").said(), none, "another's brake");
    assert_eq!(approver().keys("2 R").said(), none);
    assert_eq!(loader().keys("2 R").said(), "console.reason.duty");
}

#[test]
fn stale_shelf_does_not_show_on_another_page() {
    let console = loader().keys("g x");
    let first = console.asked(Slot::Study);
    let mut console = console.keys("Esc g i");
    assert_ne!(console.asked(Slot::Study), first);
    let result = Box::new(Ok(Answer::Found(Box::new(desks::shelf()))));
    console.act(Action::Answered { slot: Slot::Study, generation: first, result });
    assert!(matches!(console.state.page(), Some(Page::Study(page)) if page.finding.is_none()));
}
