//! Screens of reviews, and what is asked before segments and their customers are looked into.

use super::screens::found;
use crate::app::action::{Answer, Refusal};
use crate::app::effect::Slot;
use crate::app::fixtures::{self, Console, dictionary, reviews, studies};
use crate::domain::review::Review;
use crate::msg;

type Consoles = Vec<(&'static str, Console)>;

fn console() -> Console {
    Console::strategist()
}

/// The review of the newest push, looked at by somebody who may give the verdict.
fn shown(review: Review) -> Console {
    let console = Console::of("wang.approver", &[crate::domain::operator::Duty::Approver]);
    found(console.keys("3 g r"), reviews::finding(review))
}

pub(super) fn reviewed() -> Consoles {
    let refusal = Refusal::because(msg!("cluster.deadline"));
    let measured = || {
        let (mut console, mut rows) = (console(), fixtures::strategies());
        rows[0].uplift_ppm = Some(31_000);
        let freshness = console.state.strategies.freshness;
        console.state.strategies.replace(rows, freshness);
        console.keys("2")
    };
    vec![
        ("review", shown(reviews::worked())),
        ("review_execution", shown(reviews::worked()).keys("Tab")),
        ("review_branches", shown(reviews::worked()).keys("Tab Tab j")),
        ("review_rest", shown(reviews::worked()).keys("Tab Tab Tab")),
        ("review_early", shown(reviews::early())),
        ("review_mismatch", shown(reviews::mismatched())),
        ("review_plain", shown(reviews::undeclared())),
        ("review_closed", shown(reviews::closed())),
        ("review_wave", shown(reviews::wave())),
        ("review_pick", shown(reviews::worked()).keys("a")),
        ("review_reading", console().keys("3 g r")),
        ("review_refused", console().keys("3 g r").refused(Slot::Study, refusal)),
        ("review_no_verdict", shown(reviews::early()).keys("v")),
        ("prompt_verdict", shown(reviews::worked()).keys("v more Enter")),
        ("prompt_verdict_text", shown(reviews::worked()).keys("v 扩大 Enter works")),
        (
            "review_finding",
            found(console().keys("3 g r"), reviews::finding(reviews::worked())).keys("n"),
        ),
        ("prompt_report", shown(reviews::worked()).keys("w")),
        ("confirm_verdict", shown(reviews::worked()).keys("v expand Enter works Enter")),
        ("panes_uplift", measured()),
    ]
}

/// What is asked before segments and their customers are looked into.
pub(super) fn asked() -> Consoles {
    let axes = || {
        let console = console().keys("j m");
        console.answered(Slot::Dictionary, Answer::Dictionary(dictionary()))
    };
    let grid = || found(console().keys("j m Enter"), studies::grid());
    vec![
        ("panes_marked", console().keys("Space")),
        ("axes", axes().keys("fxdj Tab vip")),
        ("axes_full", axes().keys("tier Tab age Tab vip Tab org Tab")),
        ("axes_none", axes().keys("zzzz")),
        ("prompt_cell", grid().keys("t")),
        ("prompt_export", console().keys("j w")),
        ("prompt_table", console().keys("4 W")),
        ("prompt_list_file", console().keys("i vips.csv")),
        ("prompt_list_key", console().keys("i vips.csv Enter")),
        ("prompt_list_code", console().keys("i vips.csv Enter Enter")),
    ]
}
