//! The line to the database breaks and comes back: what is on screen is old, says so, and stops saying so.

use super::*;
use crate::app::state::State;
use crate::domain::message::Message;

fn stopped() -> Message {
    Message::new(msg!("cluster.held-down")).with("since", "2026-11-20 09:41")
}

/// The line breaks as the program finds it: a question fails first, and the watch says the same after it.
fn broken(console: Console) -> Console {
    let refusal = Refusal { offline: true, ..Refusal::because(stopped()) };
    console.keys("r").refused(Slot::Session, refusal).acted(Action::Unlinked(stopped()))
}

#[test]
fn what_is_on_screen_is_old_whoever_finds_the_line_broken_first() {
    let console = broken(Console::strategist());
    assert!(matches!(console.state.session.link, Link::Offline(..)));
    assert!(matches!(console.state.segments.freshness, Freshness::Stale(..)));
    assert!(matches!(console.state.strategies.freshness, Freshness::Stale(..)));
    assert!(matches!(console.state.pushes.freshness, Freshness::Stale(..)));
    assert!(matches!(console.state.kpi.list.freshness, Freshness::Stale(..)));
}

#[test]
fn what_needs_the_line_says_why_there_is_none_and_stands_in_brackets() {
    let console = broken(Console::strategist()).keys("1 f");
    assert_eq!(console.said(), "cluster.held-down", "no snapshot is taken");
    let console = broken(Console::strategist().keys("e")).keys("C-o");
    assert_eq!(console.said(), "cluster.held-down", "nothing is saved");
    // Before there was a line at all there is no better reason.
    let early = Console { state: State::default(), effects: vec![] }.keys("1 f");
    assert_eq!(early.said(), "console.reason.not-connected");
}

#[test]
fn the_sentence_goes_when_the_line_is_back() {
    for keys in ["", "1 f"] {
        let console = broken(Console::strategist()).keys(keys);
        assert_eq!(console.said(), "cluster.held-down");
        assert_eq!(console.acted(Action::Linked { millis: 3 }).said(), "", "after {keys:?}");
    }
}
