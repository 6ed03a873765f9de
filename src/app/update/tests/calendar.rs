//! The calendar: its days and months by keys, where its lines lead, and what late answers do.

use crate::app::action::{Action, Answer};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::fixtures::{Console, calendar, day};
use crate::app::state::{Page, PlanStep};
use crate::app::study::{Finding, Reviewed, Study};
use crate::domain::agenda::Entry;

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

fn lines(console: &Console) -> Vec<String> {
    let Some(Page::Study(page)) = console.state.page() else { panic!("no calendar") };
    let Some(Finding::Calendar(agenda)) = &page.finding else { panic!("no month") };
    let entries = agenda.entries(page.day().unwrap());
    entries
        .iter()
        .map(|entry| match entry {
            Entry::Push(push) => format!("#{}", push.push),
            Entry::Plan(plan) => plan.strategy.clone(),
        })
        .collect()
}

#[test]
fn the_filter_leaves_the_strategies_that_are_looked_for_on_every_day_of_the_month() {
    let console = page();
    assert_eq!(lines(&console), ["ST-014", "#12", "#13", "#14"]);
    let console = console.keys("/ ST-021 Enter");
    let again = || Console { state: console.state.clone(), effects: vec![] };
    assert_eq!(lines(&console), ["#14"]);
    let Some(Page::Study(shown)) = console.state.page() else { panic!("no calendar") };
    assert_eq!(shown.shown_of(), Some((1, 6)));
    let whole = shown.whole_month().unwrap();
    assert_eq!(whole.shared_on(day(20)), 1_302, "whom a day's pushes share is of all of them");
    // The line that is left leads to its own push, and the other days show what is left of them.
    let push = page().keys("/ #12 Enter Enter");
    assert!(matches!(push.state.page(), Some(Page::Push(page)) if page.push.0 == 12));
    let before = again().keys("Left");
    assert_eq!(lines(&before), [""; 0]);
    assert_eq!(lines(&before.keys("Esc")), ["#12", "#13"], "Esc takes the filter away");
    // Pinyin finds it, too; and another month is narrowed when it comes.
    assert_eq!(lines(&page().keys("/ ljcf Enter")), ["#14"]);
    let next = found(again().keys("n"), calendar::found());
    let Some(Page::Study(shown)) = next.state.page() else { panic!("no calendar") };
    assert_eq!(shown.shown_of(), Some((1, 6)));
}
