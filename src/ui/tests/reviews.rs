//! Screens of reviews, and what is asked before segments and their customers are looked into.

use super::screens::found;
use crate::app::action::{Answer, Refusal};
use crate::app::effect::Slot;
use crate::app::fixtures::{self, Console, dictionary, reviews, studies};
use crate::domain::money::Currency;
use crate::domain::review::Review;
use crate::msg;
use crate::text::Lang;
use crate::text::review::{lines, methods};
use crate::ui::glyphs::GlyphSet;

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
        ("review_unfilled", shown(reviews::unfilled())),
        ("review_unfilled_rest", shown(reviews::unfilled()).keys("Tab Tab Tab")),
        ("review_unloaded", shown(reviews::unloaded())),
        ("review_unloaded_rest", shown(reviews::unloaded()).keys("Tab Tab Tab")),
        ("review_closed", shown(reviews::closed())),
        ("review_read_on", shown(reviews::closed()).keys("PgDn")),
        ("review_rest_end", shown(reviews::worked()).keys("Tab Tab Tab End")),
        ("review_thin", shown(reviews::thin()).keys("End")),
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
        (
            "confirm_verdict_despite",
            shown(reviews::complained()).keys("v expand Enter works Enter"),
        ),
        (
            "confirm_verdict_unmeasured",
            shown(reviews::undeclared()).keys("v stop Enter works Enter"),
        ),
        ("confirm_verdict_small", shown(reviews::thin()).keys("v stop Enter works Enter")),
        ("panes_uplift", measured()),
    ]
}

/// Everything that can be read of a part at 80x24, line by line, without blanks, borders and the signs of what was cut.
fn read_through(console: Console, lang: Lang) -> String {
    let skin = super::skin(lang, GlyphSet::Ascii, false);
    let (mut console, mut seen) = (console, String::new());
    for _ in 0..40 {
        let shown = super::text(&super::drawn(&console.state, &skin, 80, 24));
        let inner = shown.lines().skip(2).take(19).collect::<String>();
        seen.extend(inner.chars().filter(|c| !c.is_whitespace() && *c != '|'));
        seen.push('\n');
        console = console.keys("j");
    }
    seen
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '|').collect()
}

#[test]
fn on_the_smallest_screen_every_method_every_limit_and_the_verdict_are_read() {
    for lang in Lang::ALL {
        for review in [reviews::closed(), reviews::thin(), reviews::early()] {
            let parts = ["", "Tab", "Tab Tab", "Tab Tab Tab"];
            let seen: String = parts
                .into_iter()
                .map(|keys| read_through(shown(review.clone()).keys(keys), lang))
                .collect();
            assert!(!seen.contains(".."), "{lang}: something is cut:\n{seen}");
            for (_, message) in methods(&review, Currency::CNY) {
                let said = squeezed(&crate::text::render(&message, lang));
                assert!(seen.contains(&said), "{lang}: {said} is not read in\n{seen}");
            }
            for line in lines(&review, Currency::CNY, lang) {
                let item = squeezed(&line.item);
                assert!(seen.contains(&item), "{lang}: {item} is not read in\n{seen}");
                let value = squeezed(&line.value.text);
                assert!(seen.contains(&value), "{lang}: {value} is not read in\n{seen}");
            }
        }
    }
}

#[test]
fn each_method_is_the_one_that_the_figures_name() {
    let said = |review: &Review, key| {
        methods(review, Currency::CNY).iter().any(|(_, message)| message.key == key)
    };
    let (worked, thin, undeclared) = (reviews::worked(), reviews::thin(), reviews::undeclared());
    let (delta, limits) = (msg!("review.how.reached"), msg!("review.how.reached-limits"));
    assert!(said(&worked, delta) && !said(&worked, limits));
    assert!(said(&thin, limits) && !said(&thin, delta));
    let json = serde_json::to_value(&thin).unwrap();
    assert_eq!(json["reached"]["method"], "mover");
    for key in [delta, limits, msg!("review.how.list"), msg!("review.how.lift")] {
        assert!(!said(&undeclared, key), "{key:?}");
    }
    assert!(said(&worked, msg!("review.how.guards")) && said(&worked, msg!("review.how.extra")));
    assert!(!said(&undeclared, msg!("review.how.guards")));
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
