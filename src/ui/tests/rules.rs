//! The rule editor where lines are few: what is wrong is seen wherever it stands, and no text lies over another.

use super::{GlyphSet, Lang, drawn, skin, text};
use crate::app::action::{Answer, Refusal, RuleLate, RuleText};
use crate::app::effect::Slot;
use crate::app::fixtures::{Console, vocabulary};
use crate::app::state::Tone;
use crate::domain::rule::{Place, Reason, RuleError};
use crate::msg;
use crate::text::render;

fn shown(console: &Console, lang: Lang) -> String {
    text(&drawn(&console.state, &skin(lang, GlyphSet::of_language(lang), true), 80, 24))
}

fn blank() -> Console {
    Console::strategist().keys("n Tab Tab").answered(Slot::Words, Answer::Words(vocabulary()))
}

#[test]
fn the_reason_is_seen_where_its_line_is_out_of_sight() {
    for lang in Lang::ALL {
        let mut console = blank().keys("payrol_and_age_>_3");
        for _ in 0..9 {
            console = console.keys("Enter and_payroll");
        }
        let screen = shown(&console, lang);
        assert!(!screen.contains("payrol and age"), "the line is out of sight:\n{screen}");
        let said = if lang == Lang::En { "did you mean" } else { "您是否想用" };
        assert!(screen.contains(said), "{screen}");
        let back = shown(&console.keys("Up Up Up Up Up Up Up Up Up"), lang);
        assert!(back.contains("payrol and age") && back.contains(said), "{back}");
    }
}

#[test]
fn a_long_tree_goes_on_line_by_line_and_says_that_it_does() {
    let conditions: Vec<String> = (0..9).map(|at| format!("age_<>_{at}")).collect();
    for lang in Lang::ALL {
        let mut console = blank().keys(&conditions.join("_and_")).keys("C-t");
        let glyphs = skin(lang, GlyphSet::of_language(lang), true).glyphs;
        let (up, down) = (glyphs.up, glyphs.down);
        let mut before = shown(&console, lang);
        assert!(before.contains(down) && !before.contains(up), "{before}");
        for at in 0..9 {
            console = console.keys("j");
            let screen = shown(&console, lang);
            assert!(screen.contains(&format!("age <> {at}")), "{screen}");
            if at < 8 {
                assert!(
                    screen.contains(&format!("age <> {}", at + 1)),
                    "what comes next:\n{screen}"
                );
            }
            if at > 0 {
                assert!(
                    screen.contains(&format!("age <> {}", at - 1)),
                    "what was before:\n{screen}"
                );
            }
            before = screen;
        }
        assert!(before.contains(up) && !before.contains(down), "{before}");
    }
}

#[test]
fn what_is_said_of_an_empty_rule_lies_over_nothing() {
    for lang in Lang::ALL {
        for keys in ["n SG-X Tab x Tab C-o", "g m n MOT-X Tab x Tab Tab Tab Tab C-o"] {
            let refusal = Refusal { place: Some(0..1), ..Refusal::because(msg!("rule.empty")) };
            let console = Console::strategist().keys(keys).refused(Slot::Change, refusal);
            let screen = shown(&console, lang);
            let hint = if keys.starts_with('g') {
                msg!("console.rule.hint-event")
            } else {
                msg!("console.rule.hint")
            };
            let hint = render(&hint.into(), lang);
            for line in hint.lines().filter(|line| !line.trim().is_empty()) {
                let end: String =
                    line.chars().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect();
                assert!(!screen.contains(&end), "{end} is left of the hint:\n{screen}");
            }
            let said: String = render(&msg!("rule.empty").into(), lang).chars().take(10).collect();
            assert!(screen.contains(&said), "{screen}");
        }
    }
}

#[test]
fn a_save_that_came_too_late_shows_the_three_texts() {
    let text = |version, rule: &str| RuleText {
        version,
        name: "代发30-45流失".to_owned(),
        rule: rule.to_owned(),
        strategy: None,
        note: None,
    };
    let late = RuleLate {
        code: "SG-PAYROLL".to_owned(),
        author: "sun.strategist".to_owned(),
        before: Some(text(3, "payroll")),
        theirs: text(4, "payroll and age > 20"),
    };
    for lang in Lang::ALL {
        let console = Console::strategist()
            .keys("j e")
            .answered(Slot::Words, Answer::Words(vocabulary()))
            .keys("_and_aum_>_5 C-o")
            .answered(Slot::Change, Answer::RuleLate(Box::new(late.clone())));
        let screen = shown(&console, lang);
        for part in ["1 SG-PAYROLL", "v3", "v4", "payroll and age > 20", "aum > 5"] {
            assert!(screen.contains(part), "{part}:\n{screen}");
        }
    }
}

/// As long as a sentence of what is wrong with a rule can be.
fn longest() -> Refusal {
    let conditions = "age between 30 and 45, 风险等级 = '进取型', job = 'student', ".repeat(9);
    let place = Place { line: 1, column: 1, start: 0, end: 6 };
    Refusal::of_rule(&RuleError { reason: Reason::NeverAllTogether { conditions }, place })
}

/// What a screen says, without its frames, the signs at its edges and where its lines end.
fn run_on(screen: &str) -> String {
    screen.chars().filter(|c| !c.is_whitespace() && !"│|▲▼^".contains(*c)).collect()
}

#[test]
fn a_long_reason_is_read_whole_on_a_narrow_screen() {
    let lines = "payroll_and_age_>_3 Enter and_payroll Enter and_payroll Enter and_payroll Enter";
    for lang in Lang::ALL {
        for keys in [
            "n Tab Tab payroll_and_age_>_3".to_owned(),
            format!("n Tab Tab {lines}"),
            format!("n Tab Tab {lines} Up Up Up Up"),
            "g m n Tab Tab Tab Tab Tab payroll_and_age_>_3".to_owned(),
            format!("g m n Tab Tab Tab Tab Tab {lines}"),
        ] {
            let console = Console::strategist().keys(&keys).refused(Slot::Count, longest());
            let screen = shown(&console, lang);
            let said = run_on(&render(&longest().message, lang));
            assert!(run_on(&screen).contains(&said), "{keys}:\n{said}\n{screen}");
            assert!(screen.contains("payroll"), "some of the rule stays in sight:\n{screen}");
        }
    }
}

#[test]
fn a_long_sentence_of_the_last_step_is_read_whole_on_a_narrow_screen() {
    for lang in Lang::ALL {
        let mut console = Console::strategist().keys("2");
        console.state.say(Tone::Refused, longest().message);
        let said = run_on(&render(&longest().message, lang));
        let screen = shown(&console, lang);
        assert!(said.chars().count() > 100 && run_on(&screen).contains(&said), "{said}\n{screen}");
        // The keys stay in their place.
        let keys = if lang == Lang::En { "? help" } else { "? 帮助" };
        assert!(screen.lines().last().is_some_and(|line| line.contains(keys)), "{screen}");
    }
}
