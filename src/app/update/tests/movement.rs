//! The movement in the rule that is written for the customers of a change, and the strategies that touch a group of them.

use super::*;
use crate::app::fixtures::{day, watch};
use crate::app::study::{Finding, Study};
use crate::domain::decomposition::Explanation;
use crate::domain::decomposition::headline::Headline;
use crate::domain::metric::grid::Heat;

fn rule(console: &Console) -> String {
    match console.state.page() {
        Some(Page::Rule(page)) => page.editor.text(),
        _ => panic!("no rule"),
    }
}

#[test]
fn a_movement_that_ended_before_the_bank_s_day_is_left_out_and_told() {
    let answer = Explanation { from_date: day(2), to_date: day(15), ..explanation() };
    let opened = |key: &str| {
        let console = Console::strategist().keys("4 Enter d C-u 2026-11-02_2026-11-15 Enter");
        let console = console.answered(Slot::Explain, Answer::Explained(answer.clone()));
        let headline = Headline { answer: answer.clone(), ..watch::headline() };
        console.answered(Slot::Headline, Answer::Headline(Box::new(headline))).keys(key)
    };
    let (of_part, of_sentence) = (opened("s"), opened("S"));
    assert_eq!(rule(&of_part), "org under 'B03'");
    assert!(!rule(&of_sentence).contains("change("), "{}", rule(&of_sentence));
    for told in [of_part, of_sentence] {
        assert_eq!(told.said(), "console.rule.past-movement");
    }
}

#[test]
fn a_line_of_the_tree_of_an_earlier_day_makes_no_rule_and_says_why() {
    let console = Console::strategist().keys("4 d C-u 2026-11-02_2026-11-15 Enter s");
    assert!(console.state.page().is_none());
    assert_eq!(console.said(), "console.reason.past-movement");
}

#[test]
fn a_cell_of_an_earlier_grid_says_only_the_unit() {
    let heat = Heat { on: day(15), ..watch::heat() };
    let console = Console::strategist().keys("g h");
    let console = console.answered(Slot::Study, Answer::Found(Box::new(Finding::Heat(heat))));
    let console = console.keys("s");
    assert_eq!(rule(&console), "org under 'B03'");
    assert_eq!(console.said(), "console.rule.past-movement");
}

#[test]
fn the_strategies_of_a_group_are_those_of_its_customers() {
    let mut answer = explanation();
    answer.by = By::Attribute("payroll".into());
    answer.effects[0].rule = Some("not payroll".into());
    let asked = Console::strategist().keys("4 Enter a C-u attribute:payroll Enter");
    let console = asked.answered(Slot::Explain, Answer::Explained(answer)).keys("t");
    let Some(Request::Study(Study::Touching { rule, .. })) = requests(&console).last() else {
        panic!("no question")
    };
    assert_eq!(rule.as_deref(), Some("not payroll"));
    let words = crate::app::twin::twin(&console.state).unwrap();
    assert_eq!(words.join(" "), "kpi touching --rule not payroll");
}
