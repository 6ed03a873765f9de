//! The sentence above a change, and the segment that is made of it.

use super::*;
use crate::app::fixtures::watch;

fn explained() -> Console {
    let console = Console::strategist().keys("4 Enter");
    console.answered(Slot::Explain, Answer::Explained(explanation()))
}

#[test]
fn the_sentence_stays_while_the_split_turns_and_makes_a_segment() {
    let told = || Answer::Headline(Box::new(watch::headline()));
    let console = explained().answered(Slot::Headline, told()).keys("b");
    let Some(Page::Explain(page)) = console.state.page() else { panic!("no page") };
    assert!(page.headline.is_some() && page.answer.is_none());
    assert!(!console.state.waits(Slot::Headline), "it is the same, however the change is split");
    let console = console.keys("S");
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no rule") };
    assert_eq!(
        page.editor.text(),
        "payroll and age >= 30 and age < 45 and \
         (org under 'B0301' or org under 'B0302' or org under 'B0304') and \
         change('aum', interval '19 days') < 0"
    );
}

#[test]
fn where_the_sentence_names_nobody_no_segment_is_made_of_it() {
    let told = || Answer::Headline(Box::new(watch::headline()));
    let console =
        explained().answered(Slot::Headline, told()).keys("a C-u attribute:payroll Enter");
    let console = console.answered(Slot::Explain, Answer::Explained(watch::of_groups())).keys("S");
    assert!(matches!(console.state.page(), Some(Page::Explain(_))), "no rule is begun");
    assert_eq!(console.said(), "console.reason.nobody-explains");
}
