//! Screens of deliveries.

use crate::app::action::Answer;
use crate::app::effect::Slot;
use crate::app::fixtures::{Console, deliveries};
use crate::app::study::Finding;
use crate::domain::operator::Duty;

/// One who may put messages back.
fn loader() -> Console {
    Console::of("night.loader", &[Duty::Loader])
}

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

/// Every one of them, by name.
pub(super) fn deliveries_of() -> Vec<(&'static str, Console)> {
    let page = || found(loader().keys("3 Enter g o"), deliveries::found());
    vec![
        ("deliveries", page()),
        ("deliveries_failing", page().keys("j")),
        ("deliveries_dead", page().keys("Tab j")),
        ("deliveries_nothing", found(loader().keys("g o"), deliveries::none())),
        ("confirm_replay", page().keys("Tab p")),
        ("confirm_replay_all", page().keys("a")),
    ]
}
