//! Event rules: what can be done with each, and why not.

use super::*;
use crate::app::effect::Effect;
use crate::app::fixtures::moments;

fn opened() -> Console {
    let console = Console::strategist().keys("g m");
    assert_eq!(requests(&console).last(), Some(&&Request::Moments));
    console.answered(Slot::Moments, Answer::Moments(moments()))
}

#[test]
fn each_moment_says_why_it_cannot_be_switched() {
    assert_eq!(opened().keys("e").said(), "console.reason.moment-on");
    assert_eq!(opened().keys("j x").said(), "console.reason.moment-off");
    assert_eq!(opened().keys("G e").said(), "console.reason.moment-untested");
    let viewer = Console::of("zhao.viewer", &[Duty::Viewer]).keys("g m");
    let viewer = viewer.answered(Slot::Moments, Answer::Moments(moments()));
    for key in ["t", "j e", "x"] {
        let console = Console { state: viewer.state.clone(), effects: vec![] };
        assert_eq!(console.keys(key).said(), "console.reason.duty", "{key}");
    }
}

#[test]
fn a_moment_is_switched_on_after_a_question_and_off_without() {
    let console = opened().keys("j e");
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
    let console = console.answered(Slot::Change, Answer::MomentTested(row));
    assert_eq!(console.said(), "console.done.moment-tested");
    assert!(console.state.moments.selected().unwrap().test.is_some());
}

#[test]
fn stale_moments_do_not_replace_the_list() {
    let console = opened().keys("Esc g m");
    let console = overtaken(console, Slot::Moments, "Esc g m", Answer::Moments(vec![]));
    assert_eq!(console.state.moments.len(), 3);
}
