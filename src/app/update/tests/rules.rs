//! The rule editor: mistakes, words, figures, the tree.

use super::{overtaken, requests};
use crate::app::action::{Action, Answer};
use crate::app::command::Context;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::fixtures::{Console, by_tier, count, leaf_counts, vocabulary};
use crate::app::state::Page;
use crate::app::state::rule::RulePage;

/// A blank rule, the bank's words known.
fn blank() -> Console {
    Console::strategist().keys("n").answered(Slot::Words, Answer::Words(vocabulary()))
}

fn page(console: &Console) -> &RulePage {
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no rule editor") };
    page
}

fn counts(console: &Console) -> usize {
    requests(console).iter().filter(|r| matches!(r, Request::Count { .. })).count()
}

#[test]
fn only_what_is_a_rule_is_counted() {
    let console = blank().keys("age_>");
    assert_eq!(counts(&console), 0);
    let console = console.keys("_30");
    assert_eq!(counts(&console), 2, "`age > 3` and `age > 30`");
    let console = console.keys("x");
    assert!(!console.state.waits(Slot::Count), "nobody waits for the rule before");
    assert!(console.effects.contains(&Effect::Cancel(Slot::Count)), "the server is told");
}

#[test]
fn a_word_that_is_being_typed_is_no_mistake_before_a_pause() {
    let console = blank().keys("zzz");
    assert!(page(&console).refusal.is_none() && page(&console).unsaid.is_some());
    let console = console.answered(Slot::Pause, Answer::Paused);
    assert!(page(&console).refusal.is_some(), "after the pause it is said");
    let console = blank().keys("zzz Home");
    assert!(page(&console).unsaid.is_some(), "the caret still touches it");
    let console = blank().keys("agee_>_3_or_age_>_4");
    assert!(page(&console).refusal.is_some(), "behind the caret it is said at once");
}

#[test]
fn stale_pause_does_not_say_the_mistake_of_a_later_word() {
    let console = overtaken(blank().keys("agee"), Slot::Pause, "e", Answer::Paused);
    assert!(page(&console).refusal.is_none());
}

#[test]
fn stale_leaves_does_not_stand_beside_another_rule() {
    let counted = |console: Console| console.answered(Slot::Count, Answer::Count(count(5)));
    let console = counted(blank().keys("age_>_3"));
    let first = console.asked(Slot::Leaves);
    let mut console = counted(console.keys("0"));
    let result = Box::new(Ok(Answer::Leaves(leaf_counts())));
    console.act(Action::Answered { slot: Slot::Leaves, generation: first, result });
    assert!(page(&console).leaves.is_none());
    assert!(console.state.waits(Slot::Leaves));
}

#[test]
fn stale_split_by_does_not_show_under_another_attribute() {
    let console = blank().keys("age_>_3").answered(Slot::Count, Answer::Count(count(5)));
    let console = console.keys("C-g t i e r Enter");
    let console = overtaken(console, Slot::By, "C-g j o b Enter", Answer::SplitBy(by_tier()));
    assert!(page(&console).split.is_none());
    let console = console.answered(Slot::By, Answer::SplitBy(by_tier()));
    assert!(page(&console).split_by().is_some_and(|(_, current)| current));
    let console = console.keys("0");
    assert!(page(&console).split_by().is_some_and(|(_, current)| !current), "it is old now");
}

#[test]
fn stale_words_does_not_replace_the_words_that_were_read_later() {
    let mut console = Console::strategist().keys("n");
    let first = console.asked(Slot::Words);
    console.act(Action::Overtaken);
    let result = Box::new(Ok(Answer::Words(vocabulary())));
    console.act(Action::Answered { slot: Slot::Words, generation: first, result });
    assert!(console.state.vocabulary.is_none() && console.state.waits(Slot::Words));
}

#[test]
fn a_word_is_offered_taken_and_taken_back() {
    let console = blank().keys("payr");
    assert_eq!(console.state.context(), Context::Complete);
    assert!(page(&console).refusal.is_none());
    let console = console.keys("Tab");
    assert_eq!(page(&console).editor.text(), "payroll");
    assert_eq!(console.state.context(), Context::Rule, "a whole word is not offered");
    let console = console.keys("C-u");
    assert_eq!(page(&console).editor.text(), "payr");
    let console = console.keys("o Esc");
    assert!(matches!(console.state.page(), Some(Page::Rule(_))), "Esc closes the words only");
    assert_eq!(console.state.context(), Context::Rule);
    assert!(page(&console).refusal.is_some(), "what is no beginning is a mistake");
}

#[test]
fn a_condition_is_chosen_changed_and_removed_in_the_tree() {
    let text = |console: &Console| page(console).editor.text();
    let console = blank().keys("C-t a job Enter Enter teacher Enter");
    assert_eq!(text(&console), "job = 'teacher'");
    let console = console.keys("a age Enter Enter 3 0 Enter");
    assert_eq!(text(&console), "job = 'teacher' and age >= 30");
    let console = console.keys("o loan Enter Enter 5 Enter n");
    assert_eq!(text(&console), "job = 'teacher' and (age >= 30 or not loan_balance >= 5)");
    let console = console.keys("d K");
    assert_eq!(text(&console), "age >= 30 and job = 'teacher'");
    let console = console.keys("f u u");
    assert_eq!(text(&console), "job = 'teacher' and age >= 30");
    assert!(page(&console).counted() || console.state.waits(Slot::Count));
    let console = console.keys("Esc");
    assert_eq!(console.state.context(), Context::Rule, "back to the text");
}

#[test]
fn an_edit_that_holds_for_nobody_is_refused_where_it_is_made() {
    let console = blank().keys("age_<_30 C-t a age Enter Enter 9 0 Enter");
    assert!(console.state.overlay.is_some(), "the list stays");
    assert_eq!(page(&console).editor.text(), "age < 30");
}
