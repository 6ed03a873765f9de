//! Reviews by keys: scrolling what has no cursor, and the ways that lead to a review and back.

use super::*;
use crate::app::fixtures::{reviews, watch};
use crate::app::study::{Finding, Reviewed, Study};
use crate::domain::finding::{FindingRow, SizeUnit};
use crate::domain::id::PushId;

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

fn study(console: &Console) -> Study {
    let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
    page.study.clone()
}

fn row(console: &Console) -> usize {
    let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
    page.row
}

/// A finding as `n` on a review makes it.
fn of_review(text: &str, rule: Option<&str>) -> FindingRow {
    FindingRow {
        metric: None,
        org: "HQ".to_owned(),
        rule: rule.map(str::to_owned),
        from: Some(crate::app::fixtures::day(8)),
        size: 31_000,
        unit: SizeUnit::Ppm,
        text: text.to_owned(),
        ..watch::noted().remove(0)
    }
}

fn at(finding: FindingRow) -> Console {
    found(Console::strategist().keys("g f"), Finding::Noted(vec![finding]))
}

fn segment() -> String {
    let console = Console::strategist();
    let mut rows = console.state.strategies.all().iter();
    let row = rows.find(|row| row.text.code == "ST-014").unwrap();
    format!("segment('{}')", row.text.segment)
}

fn of_push() -> Study {
    Study::Review { strategy: "ST-014".to_owned(), of: Reviewed::Push(PushId(12)) }
}

#[test]
fn what_has_no_cursor_is_read_on_and_branches_have_theirs() {
    let console = found(Console::strategist().keys("3 g r"), reviews::finding(reviews::closed()));
    let console = console.keys("j j");
    assert_eq!(row(&console), 2);
    let console = console.keys("Tab");
    assert_eq!(row(&console), 0, "another part begins at its top");
    let console = console.keys("Tab End");
    assert_eq!(row(&console), 2, "the last of three branches");
    let console = console.keys("Tab End Home");
    assert_eq!(row(&console), 0);
}

#[test]
fn a_finding_of_a_review_leads_back_to_the_review() {
    let segment = segment();
    let told = || of_review("ST-014 #12 +6.4 pp", Some(&segment));
    assert_eq!(study(&at(told()).keys("Enter")), of_push());
    // What the operator wrote over the proposal does not matter, while the day and the segment say which push it was.
    let renamed = of_review("加息券有效，扩大", Some(&segment));
    assert_eq!(study(&at(renamed).keys("Enter")), of_push());
    let whole = of_review("ST-014 +6.4 pp", Some(&segment));
    let strategy = Study::Review { strategy: "ST-014".to_owned(), of: Reviewed::Strategy };
    assert_eq!(study(&at(whole).keys("Enter")), strategy);
    // A push that is no more among those that were read.
    let older = of_review("ST-014 #3 +1.0 pp", Some(&segment));
    let third = Study::Review { strategy: "ST-014".to_owned(), of: Reviewed::Push(PushId(3)) };
    assert_eq!(study(&at(older).keys("Enter")), third);
    // And on from the finding itself.
    assert_eq!(study(&at(told()).keys("g r")), of_push());
    let console = at(told()).keys("g t");
    assert!(matches!(console.state.page(), Some(Page::Strategy(page)) if page.code == "ST-014"));
    let console = at(told()).keys("g b");
    assert!(console.state.pushes.selected().is_some_and(|row| row.push == PushId(12)));
}

#[test]
fn expanding_past_a_broken_guard_is_asked_by_its_name() {
    let asked = |review, verdict: &str| {
        let console = Console::of("wang.approver", &[Duty::Approver]);
        let console = found(console.keys("3 g r"), reviews::finding(review));
        let console = console.keys(&format!("v {verdict} Enter works Enter"));
        let Some(Overlay::Confirm(confirm)) = &console.state.overlay else { panic!("not asked") };
        let request = confirm.then.as_ref().map(|then| then.0.clone());
        let Some(Request::CloseReview { despite, .. }) = request else { panic!("no verdict") };
        (confirm.question.clone(), despite)
    };
    let (question, despite) = asked(reviews::complained(), "expand");
    assert!(despite && question.key == msg!("review.ask.verdict-despite"), "{question:?}");
    assert!(format!("{question:?}").contains("投诉"), "{question:?}");
    for (review, verdict) in [(reviews::complained(), "stop"), (reviews::worked(), "expand")] {
        let (question, despite) = asked(review, verdict);
        assert!(!despite && question.key == msg!("review.ask.verdict"), "{question:?}");
    }
}

#[test]
fn a_finding_of_a_group_or_a_metric_leads_where_it_did() {
    let other = at(of_review("ST-014 #12 +6.4 pp", Some("payroll and age < 30"))).keys("Enter");
    assert!(matches!(other.state.page(), Some(Page::Rule(_))), "another rule is no review's");
    let metric = at(watch::noted().remove(0)).keys("Enter");
    assert!(matches!(metric.state.page(), Some(Page::Explain(_))));
}

#[test]
fn right_after_a_push_its_review_is_one_step_away() {
    let console = Console::strategist().keys("2 p").answered(Slot::Plan, Answer::Plan(plan()));
    let console = console.keys("Y").answered(Slot::Change, Answer::Pushed(done()));
    let pushed = done().push;
    let Study::Review { of, .. } = study(&console.keys("g r")) else { panic!("no review") };
    assert_eq!(of, Reviewed::Push(pushed));
}

#[test]
fn where_nothing_leads_to_a_review_the_reason_is_said() {
    let console = Console::strategist().keys("4 g r");
    assert_eq!(console.said(), "review.reason.nothing-pushed");
    let console = found(Console::strategist().keys("3 g r"), reviews::finding(reviews::worked()));
    assert_eq!(console.keys("g r").said(), "review.reason.here");
}
