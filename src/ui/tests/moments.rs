//! Screens of event rules.

use super::screens::{console, offline};
use crate::app::action::Answer;
use crate::app::effect::Slot;
use crate::app::fixtures::{self, Console, marts};

/// Every one of them, by name.
pub(super) fn moments() -> Vec<(&'static str, Console)> {
    let read =
        || console().keys("g m").answered(Slot::Moments, Answer::Moments(fixtures::moments()));
    let empty = || console().keys("g m").answered(Slot::Moments, Answer::Moments(vec![]));
    vec![
        ("moments", read()),
        (
            "moments_marts",
            console().keys("g m").answered(Slot::Moments, Answer::Moments(marts::moments())),
        ),
        ("moments_off", read().keys("j")),
        ("moments_untested", read().keys("G")),
        ("moments_enabling", read().keys("j s")),
        ("moments_form", read().keys("j e")),
        ("moments_testing", read().keys("G t")),
        ("moments_none", empty()),
        ("moments_offline", offline(read())),
    ]
}
