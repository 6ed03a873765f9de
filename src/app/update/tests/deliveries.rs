//! The page of deliveries: whose it is, what can be put back, and what late answers do.

use crate::app::action::{Action, Answer};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::fixtures::{Console, deliveries};
use crate::app::state::Page;
use crate::app::study::{Finding, Study};
use crate::domain::delivery::{Replay, Replayed};
use crate::domain::operator::Duty;

fn loader() -> Console {
    Console::of("night.loader", &[Duty::Loader])
}

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

fn study(console: &Console) -> &Study {
    match console.state.page() {
        Some(Page::Study(page)) => &page.study,
        other => panic!("{other:?}"),
    }
}

fn asks_to_replay(console: &Console, what: Replay) -> bool {
    console.effects.iter().any(|effect| matches!(effect, Effect::Ask { request: Request::Replay(asked), .. } if *asked == what))
}

#[test]
fn from_a_push_they_are_of_that_push_and_elsewhere_of_all() {
    let of = |keys: &str| match study(&loader().keys(keys)) {
        Study::Deliveries { push } => *push,
        other => panic!("{other:?}"),
    };
    assert!(of("3 g o").is_some());
    assert_eq!(of("3 Enter g o"), of("3 g o"));
    assert_eq!(of("1 g o"), None);
}

#[test]
fn a_dead_message_is_put_back_after_a_yes() {
    let page = || found(loader().keys("3 g o"), deliveries::found());
    let dead = deliveries::deliveries().dead;
    let console = page().keys("p");
    assert_eq!(console.said(), "delivery.reason.no-dead", "the cursor is on a unit");
    let asked = page().keys("Tab j p");
    assert!(!asks_to_replay(&asked, Replay::Dead(dead[1].id)), "not before the yes");
    assert!(asks_to_replay(&asked.keys("y"), Replay::Dead(dead[1].id)));
    let all = page().keys("a y");
    assert!(asks_to_replay(&all, Replay::All));
    let before = all.asked(Slot::Study);
    let done = all.answered(Slot::Change, Answer::Replayed(Replayed { messages: 2, recalled: 0 }));
    assert_eq!(done.said(), "delivery.done.replayed");
    let part = page()
        .keys("a y")
        .answered(Slot::Change, Answer::Replayed(Replayed { messages: 1, recalled: 1 }));
    assert_eq!(part.said(), "delivery.done.replayed-but");
    assert_ne!(done.asked(Slot::Study), before, "the page is read anew");
    let console = found(loader().keys("g o"), deliveries::none()).keys("a");
    assert_eq!(console.said(), "delivery.reason.none-dead");
}

#[test]
fn who_does_not_deliver_puts_nothing_back() {
    let page = Console::of("li.strategist", &[Duty::Strategist]).keys("3 g o");
    let page = found(page, deliveries::found());
    assert_eq!(page.keys("Tab p").said(), "console.reason.duty");
}

#[test]
fn stale_deliveries_do_not_show_on_another_page() {
    let console = loader().keys("3 g o");
    let first = console.asked(Slot::Study);
    let mut console = console.keys("Esc 1 g o");
    assert_ne!(console.asked(Slot::Study), first);
    let result = Box::new(Ok(Answer::Found(Box::new(deliveries::found()))));
    console.act(Action::Answered { slot: Slot::Study, generation: first, result });
    assert!(matches!(console.state.page(), Some(Page::Study(page)) if page.finding.is_none()));
}
