//! Event rules: what can be done with each, and why not.

use super::*;
use crate::app::effect::Effect;
use crate::app::fixtures::moments;
use crate::domain::event_rule::{Backtest, MomentText};

fn opened() -> Console {
    let console = Console::strategist().keys("g m");
    assert_eq!(requests(&console).last(), Some(&&Request::Moments));
    console.answered(Slot::Moments, Answer::Moments(moments()))
}

#[test]
fn each_moment_says_why_it_cannot_be_switched() {
    assert_eq!(opened().keys("s").said(), "console.reason.moment-on");
    assert_eq!(opened().keys("j x").said(), "console.reason.moment-off");
    assert_eq!(opened().keys("G s").said(), "console.reason.moment-untested");
    let viewer = Console::of("zhao.viewer", &[Duty::Viewer]).keys("g m");
    let viewer = viewer.answered(Slot::Moments, Answer::Moments(moments()));
    for key in ["t", "j s", "x", "n", "e"] {
        let console = Console { state: viewer.state.clone(), effects: vec![] };
        assert_eq!(console.keys(key).said(), "console.reason.duty", "{key}");
    }
}

#[test]
fn a_moment_is_switched_on_after_a_question_and_off_without() {
    let console = opened().keys("j s");
    assert!(!console.state.waits(Slot::Change), "asked first");
    let console = console.keys("y");
    let request = Request::SwitchMoment { code: "MOT-QUIT".to_owned(), on: true };
    assert_eq!(requests(&console).last(), Some(&&request));
    let mut row = moments().remove(1);
    row.on_since = Some(crate::app::fixtures::day(20));
    let console = console.answered(Slot::Change, Answer::MomentSwitched(row));
    assert_eq!(console.said(), "console.done.moment-on");
    assert!(console.state.moments.selected().unwrap().on_since.is_some(), "shown at once");
    let console = opened().keys("x");
    let request = Request::SwitchMoment { code: "MOT-OUT".to_owned(), on: false };
    assert_eq!(requests(&console).last(), Some(&&request));
}

#[test]
fn a_back_test_can_be_cancelled_and_shows_its_days_when_it_is_done() {
    let console = opened().keys("G t");
    let request = Request::TestMoment { code: "MOT-SALARY".to_owned() };
    assert_eq!(requests(&console).last(), Some(&&request));
    let cancelled = Console { state: console.state.clone(), effects: vec![] }.keys("Esc");
    assert!(cancelled.effects.contains(&Effect::Cancel(Slot::Change)));
    let mut row = moments().remove(2);
    row.test = moments()[0].test.clone();
    let test = row.test.clone().unwrap();
    let answer = Answer::MomentTested(row.clone(), test.clone());
    let console = console.answered(Slot::Change, answer);
    assert_eq!(console.said(), "console.done.moment-tested");
    assert!(console.state.moments.selected().unwrap().test.is_some());
    // One as of an earlier day is told, and the page goes on showing the later one.
    let before = Backtest { as_of: test.as_of.pred_opt().unwrap(), ..test.clone() };
    let console = console.keys("t").answered(Slot::Change, Answer::MomentTested(row, before));
    assert_eq!(console.said(), "console.done.moment-tested-earlier");
    assert_eq!(console.state.moments.selected().unwrap().test, Some(test));
}

/// What was asked to be saved last.
fn saved(console: &Console) -> (MomentText, u32) {
    match requests(console).last() {
        Some(Request::SaveMoment { text, days, .. }) => (text.as_ref().clone(), *days),
        other => panic!("nothing was saved: {other:?}"),
    }
}

#[test]
fn an_event_rule_is_written_and_shown_with_its_back_test() {
    let rule =
        "n Tab Tab Tab Tab Tab events('login',_interval_'1_day')_>=_1 Tab MOT-IN Tab came_back Tab";
    let console = opened().keys(rule);
    // An empty line of days is no number of days.
    let wrong = Console { state: console.state.clone(), effects: vec![] };
    let wrong = wrong.keys("Tab BSpace BSpace C-o");
    assert_eq!(wrong.said(), "moment.form.days");
    let console = console.keys("ST-014 Tab BSpace BSpace 10 Tab ask_li C-o");
    let (text, days) = saved(&console);
    assert_eq!((text.code.as_str(), text.name.as_str(), days), ("MOT-IN", "came back", 10));
    assert_eq!(text.rule, "events('login', interval '1 day') >= 1");
    assert_eq!((text.action.as_str(), text.strategy.as_deref()), ("candidate", Some("ST-014")));
    assert_eq!(text.note.as_deref(), Some("ask li"));
    let mut row = moments().remove(0);
    row.code = "MOT-IN".to_owned();
    let console = console.answered(Slot::Change, Answer::MomentSaved(row));
    assert_eq!(console.said(), "console.done.moment-tested");
    assert!(matches!(console.state.page(), Some(Page::Moments)));
    assert_eq!(console.state.moments.selected().unwrap().code, "MOT-IN");
}

#[test]
fn the_next_version_begins_with_what_stands_and_an_unfinished_one_is_kept() {
    let console = opened().keys("j e");
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no editor") };
    let form = page.moment.as_ref().unwrap();
    assert_eq!((form.strategy.text(), form.days.text()), ("ST-014", "30"));
    let console = console.keys("Tab Tab x Esc");
    assert_eq!(console.said(), "console.draft.kept");
    let console = console.keys("1 D");
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no editor") };
    let form = page.moment.as_ref().unwrap();
    assert_eq!((form.strategy.text(), page.known), ("ST-014", true));
    let (text, days) = saved(&console.keys("C-o"));
    assert_eq!((text.action.as_str(), days), ("candidate", 30));
}

#[test]
fn stale_moments_do_not_replace_the_list() {
    let console = opened().keys("Esc g m");
    let console = overtaken(console, Slot::Moments, "Esc g m", Answer::Moments(vec![]));
    assert_eq!(console.state.moments.len(), 3);
}
