//! Screens of score cards and of the coaching log.

use super::screens::found;
use crate::app::action::{Answer, Refusal};
use crate::app::effect::Slot;
use crate::app::fixtures::{Console, scores, watch};
use crate::app::study::Finding;
use crate::msg;

type Consoles = Vec<(&'static str, Console)>;

fn heat() -> Console {
    found(Console::strategist().keys("g h"), Finding::Heat(watch::heat()))
}

fn card() -> Console {
    found(heat().keys("p"), Finding::Score(Box::new(scores::scored())))
}

fn log() -> Console {
    found(heat().keys("v"), Finding::Coaching(scores::log()))
}

/// Every one of them, by name.
pub(super) fn scored() -> Consoles {
    let list = || found(Console::strategist().keys("g p"), Finding::Scores(scores::scores()));
    let rms = || found(card().keys("m"), Finding::Scores(scores::rms()));
    let refusal = Refusal::because(msg!("score.no-card"));
    let written = "n 早会不讲名单 Tab 每日过名单前十户";
    vec![
        ("scores", list().keys("j")),
        ("scores_filter", list().keys("/ B03")),
        ("coaching_filter", log().keys("/ mingdan Enter")),
        ("scores_rms", rms()),
        ("score_card", card()),
        ("score_plan", card().keys("j j j j")),
        ("score_left", card().keys("G")),
        ("score_reading", heat().keys("p")),
        ("score_refused", heat().keys("p").refused(Slot::Study, refusal)),
        ("coaching", log()),
        ("coaching_again", log().keys("j")),
        ("coaching_none", found(heat().keys("v"), Finding::Coaching(vec![]))),
        ("coaching_form", log().keys(written)),
        ("coaching_form_wrong", log().keys("n 早会不讲名单 C-o")),
        ("coaching_found", log().keys("x")),
        ("coaching_found_text", log().keys("x Down Enter")),
        ("coaching_found_due", log().keys("x Down Enter 七成 Enter")),
        (
            "coaching_done",
            log()
                .keys(&format!("{written} C-o"))
                .answered(Slot::Change, Answer::Coached(Box::new(scores::log().remove(0)))),
        ),
    ]
}
