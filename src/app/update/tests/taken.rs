//! Codes that are somebody's already: what was typed stays, and another code is asked for.

use super::study::found;
use super::*;
use crate::app::action::{RuleLate, RuleText};
use crate::app::fixtures::{segments, strategies, studies, watch};
use crate::app::state::PromptFor;
use crate::app::state::rule::RuleFocus;
use crate::app::study::Finding;

/// The prompt on screen: what it asks for, what stands in it, what is wrong with it.
fn prompt(console: &Console) -> (PromptFor, &str, Option<&str>) {
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    (prompt.of, prompt.field.text(), prompt.error.as_ref().map(|error| error.key.0))
}

/// Somebody has a segment of the code.
fn theirs(code: &str) -> Answer {
    Answer::RuleLate(Box::new(RuleLate {
        code: code.to_owned(),
        author: "sun.strategist".to_owned(),
        before: None,
        theirs: RuleText {
            version: 1,
            name: "代发".to_owned(),
            rule: "payroll".to_owned(),
            strategy: None,
            note: None,
        },
    }))
}

fn grid() -> Console {
    found(Console::strategist().keys("j m Enter"), studies::grid())
}

#[test]
fn a_strategy_for_a_cell_asks_for_another_code_and_keeps_what_was_typed() {
    let console = grid().keys("j t _gold_and_forty Enter");
    let console = console.answered(Slot::Change, theirs("SG-PAYROLL-2"));
    assert_eq!(
        prompt(&console),
        (PromptFor::Cell, "SG-PAYROLL-2 gold and forty", Some("console.late.code-taken"))
    );
    assert!(console.state.strategy_for.is_none() && console.state.job.is_none());
    // Another code goes on to the strategy.
    let console = console.keys("Home Del Del X X Enter");
    let Some(Request::SaveSegment { code, name, base: 0, .. }) = requests(&console).last() else {
        panic!("{:?}", requests(&console).last())
    };
    assert_eq!((code.as_str(), name.as_str()), ("XX-PAYROLL-2", "gold and forty"));
    let mut row = segments()[0].clone();
    row.code = "XX-PAYROLL-2".to_owned();
    let console = console.answered(Slot::Change, Answer::SegmentSaved(row));
    assert!(matches!(console.state.page(), Some(Page::Form(_))));
    // Whatever else refuses it leaves the prompt, too.
    let console = grid().keys("j t Enter");
    let refusal = Refusal::because(msg!("segment.code-case"));
    let console = console.refused(Slot::Change, refusal);
    assert_eq!(prompt(&console).2, Some("segment.code-case"));
}

#[test]
fn a_new_rule_under_a_taken_code_stays_in_its_editor() {
    let console = grid().keys("j s C-o x C-o");
    let code = match requests(&console).last() {
        Some(Request::SaveSegment { code, base: 0, .. }) => code.clone(),
        other => panic!("{other:?}"),
    };
    let console = console.answered(Slot::Change, theirs(&code));
    assert_eq!(console.said(), "console.late.code-taken");
    let Some(Page::Rule(page)) = console.state.page() else { panic!("the editor is gone") };
    assert_eq!((page.focus, page.code.text()), (RuleFocus::Code, code.as_str()));
    assert!(page.touched);
}

#[test]
fn a_new_strategy_under_a_taken_code_stays_in_its_form() {
    let console = Console::strategist().keys("2 j j c");
    let code = match console.state.page() {
        Some(Page::Form(form)) => form.fields[0].text().to_owned(),
        other => panic!("{other:?}"),
    };
    let mut row = strategies().remove(0);
    row.text.code.clone_from(&code);
    let console = console.keys("C-o").answered(Slot::Change, Answer::StrategyLate(None, row));
    assert_eq!(console.said(), "console.late.code-taken");
    let Some(Page::Form(form)) = console.state.page() else { panic!("the form is gone") };
    let wrong = form.error.as_ref().map(|fault| (fault.field, fault.message.key.0));
    assert_eq!((form.focus, wrong), (0, Some((0, "console.late.code-taken"))));
}

#[test]
fn a_new_alert_takes_nobodys_code() {
    let alerts = || found(Console::strategist().keys("g w"), Finding::Alerts(watch::alerts()));
    let known = watch::alerts()[0].text.code.clone();
    let console = alerts().keys(&format!("n C-u {known}_mine Enter"));
    let typed = format!("{known} mine");
    assert_eq!(prompt(&console), (PromptFor::AlertName, typed.as_str(), Some("alert.taken")));
    // One that was written since the page was read is refused by the bank.
    let console = alerts().keys("n C-u AL-9_mine Enter Enter");
    let Some(Request::SaveAlert(asked)) = requests(&console).last() else { panic!() };
    assert!(asked.new && asked.code == "AL-9");
    let condition = asked.condition.clone();
    let console = console.refused(Slot::Change, Refusal::because(msg!("alert.taken")));
    assert_eq!(prompt(&console), (PromptFor::AlertName, "AL-9 mine", Some("alert.taken")));
    // The condition is not typed twice.
    let console = console.keys("C-u AL-8_mine Enter");
    assert_eq!(prompt(&console), (PromptFor::AlertText, condition.as_str(), None));
    let console = alerts().keys("e Enter");
    let Some(Request::SaveAlert(asked)) = requests(&console).last() else { panic!() };
    assert!(!asked.new, "a change is of what is there");
}

#[test]
fn a_list_under_the_code_of_a_rule_is_asked_for_another_code() {
    let console = Console::strategist().keys("j Enter i vips.csv Enter Enter C-u SG-NEAR Enter");
    let refusal = || Refusal::because(msg!("segment.upload.not-a-list"));
    let console = console.refused(Slot::Change, refusal());
    assert_eq!(
        prompt(&console),
        (PromptFor::ListCode, "SG-NEAR", Some("segment.upload.not-a-list"))
    );
    let console = console.keys("C-u VIPS Enter");
    let Some(Request::CheckList(asked)) = requests(&console).last() else { panic!() };
    assert_eq!(
        (asked.code.as_str(), asked.path.as_str(), asked.key.as_str()),
        ("VIPS", "vips.csv", "customer_id")
    );
}
