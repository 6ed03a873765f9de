//! Screens of the calendar.

use crate::app::action::Answer;
use crate::app::effect::Slot;
use crate::app::fixtures::{Console, calendar};
use crate::app::study::Finding;

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

/// Every one of them, by name.
pub(super) fn calendars() -> Vec<(&'static str, Console)> {
    let page = || found(Console::strategist().keys("g c"), calendar::found());
    vec![
        ("calendar", page()),
        ("calendar_dark", page().keys("+ j")),
        ("calendar_quiet", found(page().keys("n n n n n n"), calendar::empty())),
    ]
}
