//! Reviews by keys: scrolling what has no cursor, and the ways that lead to a review and back.

use super::*;
use crate::app::fixtures::{reviews, watch};
use crate::app::state::PromptFor;
use crate::app::study::{Finding, Reviewed, Study};
use crate::domain::finding::{FindingRow, SizeUnit};
use crate::domain::id::PushId;
use crate::domain::message::Message;
use crate::domain::review::{Knowing, Review, Standing};

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
        size: Some(31_000),
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

fn verdict_on(review: Review, verdict: &str) -> Console {
    let console = Console::of("wang.approver", &[Duty::Approver]);
    let console = found(console.keys("3 g r"), reviews::finding(review));
    console.keys(&format!("v {verdict} Enter works Enter"))
}

/// A verdict without a word is refused where it is typed, with what is missing; the form stays, and so does the verdict.
#[test]
fn a_verdict_without_a_word_keeps_its_form_open() {
    let shown = found(
        Console::of("wang.approver", &[Duty::Approver]).keys("3 g r"),
        reviews::finding(reviews::worked()),
    );
    let console = shown.keys("v stop Enter Space Enter");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("it closed") };
    assert_eq!(
        (prompt.of, prompt.carried.as_slice()),
        (PromptFor::VerdictText, &["stop".to_owned()][..])
    );
    assert_eq!(prompt.error.as_ref().unwrap().key, msg!("review.remark"));
    let console = console.keys("no_use Enter");
    assert!(matches!(&console.state.overlay, Some(Overlay::Confirm(_))));
}

/// What is asked before a verdict is given, and what the yes says.
fn asked(review: Review, verdict: &str) -> (Message, Knowing) {
    let console = verdict_on(review, verdict);
    let Some(Overlay::Confirm(confirm)) = &console.state.overlay else { panic!("not asked") };
    let request = confirm.then.as_ref().map(|then| then.0.clone());
    let Some(Request::CloseReview { knowing, .. }) = request else { panic!("no verdict") };
    (confirm.question.clone(), knowing)
}

#[test]
fn to_conclude_from_nothing_measured_is_asked_by_its_reason() {
    for verdict in ["expand", "stop"] {
        let (question, knowing) = asked(reviews::undeclared(), verdict);
        assert_eq!(question.key, msg!("review.ask.verdict-unmeasured"), "{verdict}");
        assert_eq!(knowing, Knowing { guards: vec![], unmeasured: true, small: false });
    }
    let (question, knowing) = asked(reviews::undeclared(), "adjust");
    assert_eq!((question.key, knowing), (msg!("review.ask.verdict"), Knowing::default()));
    let mut both = reviews::complained();
    both.standing = Standing::Unfilled;
    let (question, knowing) = asked(both, "expand");
    assert_eq!(question.key, msg!("review.ask.verdict-both"));
    assert_eq!(
        knowing,
        Knowing { guards: vec!["投诉".to_owned()], unmeasured: true, small: false }
    );
}

#[test]
fn to_conclude_from_an_arm_that_shows_nothing_is_asked() {
    for verdict in ["expand", "stop"] {
        let (question, knowing) = asked(reviews::thin(), verdict);
        assert_eq!(question.key, msg!("review.ask.verdict-small"), "{verdict}");
        assert!(knowing.small && !knowing.unmeasured);
    }
    let (question, knowing) = asked(reviews::thin(), "adjust");
    assert_eq!((question.key, knowing), (msg!("review.ask.verdict"), Knowing::default()));
    let mut both = reviews::thin();
    both.guards[0].broken = true;
    let (question, knowing) = asked(both, "expand");
    assert_eq!(question.key, msg!("review.ask.verdict-small-despite"));
    assert!(knowing.small && knowing.guards == ["投诉"]);
    // Of what nobody has measured nobody asks how many there were.
    let (question, knowing) = asked(reviews::unloaded(), "stop");
    assert_eq!(question.key, msg!("review.ask.verdict-unmeasured"));
    assert!(knowing.unmeasured && !knowing.small);
    // A guard that nobody can tell is not kept: to expand past it is asked, too.
    let mut untold = reviews::worked();
    untold.guards[0].unknown = true;
    assert!(asked(untold.clone(), "expand").1.unmeasured);
    assert!(!asked(untold, "stop").1.unmeasured);
}

/// A guard that breaks between the question and the answer: the bank refuses, and the page reads the figures anew.
#[test]
fn guards_that_moved_under_the_question_are_read_again() {
    let console = verdict_on(reviews::worked(), "expand").keys("Y");
    let reads = |console: &Console| {
        let of = |effect: &&Effect| matches!(effect, Effect::Ask { slot: Slot::Study, .. });
        console.effects.iter().filter(of).count()
    };
    let before = reads(&console);
    let moved = Message::new(msg!("review.guards-moved")).with("names", "投诉");
    let console = console.refused(Slot::Change, Refusal::because(moved));
    assert_eq!(reads(&console), before + 1);
    assert!(console.state.overlay.is_none());
    let console = found(console, reviews::finding(reviews::complained()));
    let console = console.keys("v expand Enter works Enter");
    let Some(Overlay::Confirm(confirm)) = &console.state.overlay else { panic!("not asked") };
    assert_eq!(confirm.question.key, msg!("review.ask.verdict-despite"));
}

#[test]
fn expanding_past_a_broken_guard_is_asked_by_its_name() {
    let (question, knowing) = asked(reviews::complained(), "expand");
    assert_eq!(question.key, msg!("review.ask.verdict-despite"));
    assert_eq!(
        knowing,
        Knowing { guards: vec!["投诉".to_owned()], unmeasured: false, small: false }
    );
    assert!(format!("{question:?}").contains("投诉"), "{question:?}");
    for (review, verdict) in [(reviews::complained(), "stop"), (reviews::worked(), "expand")] {
        let (question, knowing) = asked(review, verdict);
        assert_eq!(question.key, msg!("review.ask.verdict"));
        assert_eq!(knowing, Knowing::default());
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

/// What was not measured has no size: a zero would tell that nothing moved.
#[test]
fn a_finding_of_a_review_that_measured_nothing_has_no_size() {
    let noted = |review: Review| {
        let console = found(Console::strategist().keys("3 g r"), reviews::finding(review));
        let console = console.keys("n Enter");
        let asked = console.effects.iter().rev().find_map(|effect| match effect {
            Effect::Ask { request: Request::Note(new), .. } => Some(new.clone()),
            _ => None,
        });
        asked.unwrap()
    };
    let blind = noted(reviews::undeclared());
    assert_eq!(
        (blind.unit, blind.size, blind.text.as_str()),
        (SizeUnit::Unmeasured, 0, "ST-014 #12")
    );
    assert_eq!(noted(reviews::unfilled()).unit, SizeUnit::Unmeasured);
    let mut held = reviews::unfilled();
    held.balance.as_mut().unwrap().wanted = None;
    let held = noted(held);
    assert_eq!((held.unit, held.size), (SizeUnit::Money, 430_000));
    assert_eq!(noted(reviews::worked()).unit, SizeUnit::Points);
    // It leads back to its review as any other.
    let segment = segment();
    let row = FindingRow {
        size: None,
        unit: SizeUnit::Unmeasured,
        ..of_review("ST-014 #12", Some(&segment))
    };
    assert_eq!(study(&at(row).keys("Enter")), of_push());
}
