//! The calendar: its days and months by keys, where its lines lead, and what late answers do.

use crate::app::action::{Action, Answer};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::fixtures::{Console, calendar, day};
use crate::app::state::{Page, PlanStep};
use crate::app::study::{Finding, Reviewed, Study};

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

fn page() -> Console {
    found(Console::strategist().keys("g c"), calendar::found())
}

fn shown(console: &Console) -> (String, bool) {
    match console.state.page() {
        Some(Page::Study(page)) => (page.day().unwrap().to_string(), page.finding.is_some()),
        other => panic!("{other:?}"),
    }
}

fn asks(console: &Console) -> usize {
    let asked = |effect: &&Effect| {
        matches!(effect, Effect::Ask { request: Request::Study(Study::Calendar { .. }), .. })
    };
    console.effects.iter().filter(asked).count()
}

#[test]
fn days_and_weeks_of_the_month_are_gone_to_without_asking() {
    let console = page();
    let before = asks(&console);
    assert_eq!(shown(&console), (day(20).to_string(), true), "the bank's day");
    let console = console.keys("Left h + Right");
    assert_eq!(shown(&console), (day(26).to_string(), true));
    assert_eq!(asks(&console), before);
}

#[test]
fn another_month_is_asked_for_and_what_stood_there_is_not_shown_as_its_own() {
    let console = page();
    let before = asks(&console);
    let console = console.keys("n");
    assert_eq!(shown(&console), ("2026-12-20".to_owned(), false));
    let console = console.keys("p p");
    assert_eq!(shown(&console), ("2026-10-20".to_owned(), false));
    assert_eq!(asks(&console), before + 3);
    let console = page().keys("+ +");
    assert_eq!(shown(&console), ("2026-12-04".to_owned(), false), "over the end of the month");
}

#[test]
fn a_line_leads_to_its_push_its_plan_or_its_review() {
    // The wave comes first, then the pushes; the reviews have days of their own.
    let plan = page().keys("Enter");
    assert!(matches!(plan.state.page(), Some(Page::Plan(page)) if page.step == PlanStep::Planning));
    let push = page().keys("j Enter");
    assert!(matches!(push.state.page(), Some(Page::Push(page)) if page.push.0 == 12));
    let review = page().keys("Right Right Right Enter");
    let Some(Page::Study(open)) = review.state.page() else { panic!("no review") };
    assert!(matches!(&open.study, Study::Review { of: Reviewed::Push(push), .. } if push.0 == 12));
    let nothing = page().keys("- - Left Left Left Left Left Enter");
    assert_eq!(shown(&nothing).0, day(1).to_string(), "a day without lines leads nowhere");
}

#[test]
fn the_plan_of_a_wave_is_the_strategists() {
    let viewer = Console::of("zhao.viewer", &[crate::domain::operator::Duty::Viewer]);
    let console = found(viewer.keys("g c"), calendar::found()).keys("Enter");
    assert!(matches!(console.state.page(), Some(Page::Strategy(_))));
    assert_eq!(console.said(), "console.reason.duty");
}

#[test]
fn stale_month_does_not_show_under_another() {
    let console = Console::strategist().keys("g c");
    let first = console.asked(Slot::Study);
    let mut console = console.keys("n");
    assert_ne!(console.asked(Slot::Study), first);
    let result = Box::new(Ok(Answer::Found(Box::new(calendar::found()))));
    console.act(Action::Answered { slot: Slot::Study, generation: first, result });
    assert_eq!(shown(&console), ("2026-12-20".to_owned(), false));
}
