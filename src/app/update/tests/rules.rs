//! The rule editor: mistakes, words, figures, the tree.

use super::{overtaken, requests};
use crate::app::action::{Action, Answer, Refusal, RuleLate, RuleText};
use crate::app::command::Context;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::fixtures::{
    Console, by_tier, count, count_of_many, leaf_counts, marts, segments, vocabulary,
};
use crate::app::state::rule::{Beside, RuleFocus, RulePage};
use crate::app::state::session::Link;
use crate::app::state::{Leaflet, Overlay, Page};
use crate::domain::message::Message;
use crate::msg;

/// A blank rule, the bank's words known.
pub(super) fn blank() -> Console {
    Console::strategist().keys("n Tab Tab").answered(Slot::Words, Answer::Words(vocabulary()))
}

pub(super) fn page(console: &Console) -> &RulePage {
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
fn an_edit_in_the_tree_leaves_lines_and_comments() {
    let rule = "tier_in_('gold','private')_and_(payroll_or_aum_>_500000_or_age_between_30_and_45)";
    let console =
        blank().keys("--_for_Li Enter").keys(rule).keys("C-t Home a job Enter Enter Enter");
    let lines = [
        "-- for Li",
        "tier in ('gold', 'private')",
        "and (payroll or aum > 500000 or age between 30 and 45)",
        "and job = 'it''s complicated'",
    ];
    assert_eq!(page(&console).editor.text(), lines.join("\n"));
    let console = console.keys("u");
    assert!(page(&console).editor.text().ends_with("45)"), "one step back is the text as it was");
}

#[test]
fn a_word_is_taken_back_at_once() {
    let console = blank().keys("aum_>_30_and C-u");
    assert_eq!(page(&console).editor.text(), "aum > 30 ");
    let console = console.keys("C-u C-u");
    assert_eq!(page(&console).editor.text(), "");
    assert_eq!(page(&console.keys("C-r")).editor.text(), "aum > ");
}

#[test]
fn a_value_is_found_by_its_label() {
    for typed in ["job_=_xuesh", "job_=_xs", "job_=_学生", "job_=_'stud"] {
        let console = blank().keys(typed).keys("Tab");
        assert_eq!(page(&console).editor.text(), "job = 'student'", "{typed}");
    }
    let console = blank().keys("C-t a job Enter Enter jiaosh Enter");
    assert_eq!(page(&console).editor.text(), "job = 'teacher'");
}

#[test]
fn a_form_begins_with_the_first_field_that_is_empty() {
    let focus = |keys: &str| page(&Console::strategist().keys(keys)).focus;
    assert_eq!(focus("n"), RuleFocus::Code);
    assert_eq!(focus("n Tab"), RuleFocus::Name);
    assert_eq!(focus("n Tab Tab"), RuleFocus::Rule);
    assert_eq!(focus("j e"), RuleFocus::Rule);
}

#[test]
fn figures_turn_to_their_end_and_back() {
    let counted = blank().keys("age_>_3").answered(Slot::Count, Answer::Count(count(5)));
    let rows = page(&counted).figures();
    assert!(rows > 0);
    let mut console = counted.acted(Action::Resized(120, 36));
    for _ in 0..rows {
        console = console.keys("PgDn");
    }
    assert_eq!(console.said(), "console.reason.last-figures");
    assert_eq!(console.keys("PgUp").said(), "console.reason.first-figures", "they have room");
    let counted = blank().keys("age_>_3").answered(Slot::Count, Answer::Count(count_of_many()));
    let mut console = counted.acted(Action::Resized(80, 24));
    let turn = page(&console).figures_a_turn((80, 24), false);
    let mut seen = turn;
    while console.said() != "console.reason.last-figures" {
        let before = page(&console).figure;
        console = console.keys("PgDn");
        seen += page(&console).figure - before;
        assert!(page(&console).figure - before <= turn, "no row is passed over");
    }
    assert_eq!((turn, seen), (3, 68));
    let console = console.acted(Action::Resized(120, 36));
    let console = console.keys("C-n");
    assert_eq!((page(&console).beside, page(&console).figure), (Beside::Units, 0));
    assert_eq!(page(&console.keys("C-n C-n C-n")).beside, Beside::Together);
    assert_eq!(blank().keys("C-n").said(), "console.reason.no-figures");
}

/// The version that the last save was made from.
fn base(console: &Console) -> i32 {
    match requests(console).last() {
        Some(Request::SaveSegment { base, .. }) => *base,
        other => panic!("nothing was saved: {other:?}"),
    }
}

pub(super) fn editing() -> Console {
    Console::strategist().keys("j e").answered(Slot::Words, Answer::Words(vocabulary()))
}

fn late() -> RuleLate {
    let text = |version, rule: &str| RuleText {
        version,
        name: "代发".to_owned(),
        rule: rule.to_owned(),
        strategy: None,
        note: None,
    };
    RuleLate {
        code: "SG-PAYROLL".to_owned(),
        author: "sun.strategist".to_owned(),
        before: Some(text(3, "payroll")),
        theirs: text(4, "payroll and age > 20"),
    }
}

#[test]
fn a_save_that_came_too_late_shows_all_three_texts_and_keeps_ones_own() {
    let console = editing().keys("_and_aum_>_5 C-o");
    assert_eq!(base(&console), 3, "of the version that was opened");
    let mine = page(&console).editor.text();
    let console = console.answered(Slot::Change, Answer::RuleLate(Box::new(late())));
    assert_eq!(console.said(), "console.late");
    let Some(Page::Leaflet(leaflet)) = console.state.page() else { panic!("nothing is shown") };
    let Leaflet::Late { base: 3, theirs: 4, changes, .. } = &leaflet.of else { panic!() };
    let rule = changes.iter().find(|change| change.key == "rule").unwrap();
    let [before, theirs, own] = rule.values.clone().map(Option::unwrap);
    assert_eq!((before.as_str(), theirs.as_str()), ("payroll", "payroll and age > 20"));
    assert!(own.contains("aum > 5"), "{own}");
    let console = console.keys("Esc");
    assert_eq!(page(&console).editor.text(), mine, "the text is kept");
    let again = Console { state: console.state.clone(), effects: vec![] }.keys("C-o");
    assert_eq!(base(&again), 3, "what was not read is not written over");
    let console = again.answered(Slot::Change, Answer::RuleLate(Box::new(late()))).keys("b");
    assert_eq!(page(&console).editor.text(), mine);
    let console = console.keys("C-o");
    assert_eq!(base(&console), 4, "whoever has read theirs may go on from it");
}

#[test]
fn a_new_rule_is_saved_under_a_code_that_nobody_has() {
    let console = blank().keys("age_>_3 Tab SG-NEAR Tab x C-o");
    assert_eq!(base(&console), 0);
    // Another code in an opened form is a segment of its own.
    let asked = editing().keys("BTab BTab x C-o");
    assert!(requests(&asked).iter().all(|one| !matches!(one, Request::SaveSegment { .. })));
    let Some(Overlay::Confirm(confirm)) = &asked.state.overlay else { panic!("not asked") };
    assert_eq!(confirm.question.key, msg!("console.ask.another-segment"));
    let args = vec![("of", "SG-PAYROLL".into()), ("code", "SG-PAYROLLx".into())];
    assert_eq!(confirm.question.args, args);
    assert_eq!(base(&asked.keys("y")), 0);
    // The same code is saved at once.
    assert_eq!(base(&editing().keys("C-o")), 3);
}

#[test]
fn a_draft_knows_the_version_that_it_was_made_from() {
    let console = editing().keys("_and_aum_>_5 Esc");
    let mut later = segments();
    later[1].version = 4;
    let console = console.answered(Slot::Segments, Answer::Segments(later));
    let console = console.keys("D").answered(Slot::Words, Answer::Words(vocabulary()));
    assert_eq!(base(&console.keys("C-o")), 3);
}

#[test]
fn a_later_version_is_said_while_one_still_writes() {
    let console = editing();
    assert!(console.state.waits(Slot::Segments), "the list is read anew");
    let mut rows = segments();
    let console = console.answered(Slot::Segments, Answer::Segments(rows.clone()));
    assert!(console.state.notice.is_none());
    rows[1].version = 4;
    let mut console = console.acted(Action::Rewritten);
    assert!(console.state.waits(Slot::Segments) && console.state.waits(Slot::Strategies));
    console = console.answered(Slot::Segments, Answer::Segments(rows));
    assert_eq!(console.said(), "console.late.meanwhile");
    assert!(console.state.segments.all().iter().any(|row| row.version == 4), "the list shows it");
}

#[test]
fn a_rule_is_opened_with_its_comments() {
    let mut rows = segments();
    rows[1].source = Some("payroll -- since the spring\nand age > 30".to_owned());
    let mut console = Console::strategist();
    let freshness = console.state.segments.freshness;
    console.state.segments.replace(rows, freshness);
    let console = console.keys("j e").answered(Slot::Words, Answer::Words(vocabulary()));
    assert_eq!(page(&console).editor.text(), "payroll -- since the spring\nand age > 30");
}

#[test]
fn what_was_said_of_a_broken_line_goes_when_it_stands_again() {
    let reason = crate::msg!("console.link.offline");
    let console = Console::strategist().acted(Action::Unlinked(reason.into()));
    assert_eq!(console.said(), "console.link.offline");
    let console = console.acted(Action::Linked { millis: 3 });
    assert!(console.state.notice.is_none());
}

#[test]
fn why_the_line_broke_is_said_until_it_stands_again() {
    let held = || Message::new(msg!("cluster.held-down")).with("since", "2026-11-20 08:40");
    let mut console = Console::strategist().keys("n Tab Tab age_>_3");
    console.act(Action::Unlinked(held()));
    let lost =
        || Refusal { offline: true, ..Refusal::because(msg!("console.reason.not-connected")) };
    for key in ["1", "2"] {
        console = console.keys(key).refused(Slot::Count, lost());
        let Some(Page::Rule(page)) = console.state.page() else { panic!("no rule editor") };
        let said = page.refusal.as_ref().map(|refusal| refusal.message.clone());
        assert_eq!(said, Some(held()), "how it is started again is said under the rule");
        assert!(matches!(&console.state.session.link, Link::Offline(_, why) if *why == held()));
    }
}

#[test]
fn whoever_edits_a_segment_is_told_of_the_form_that_he_has_begun() {
    let console = Console::strategist().keys("e _and_payroll Esc");
    assert_eq!(console.said(), "console.draft.kept");
    let console = console.keys("e");
    assert_eq!(console.said(), "console.draft.waits");
    let console = console.keys("Esc D");
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no rule editor") };
    assert!(page.editor.text().ends_with("and payroll"), "the kept one is opened");
    let other = Console::strategist().keys("e _and_payroll Esc j e");
    assert_ne!(other.said(), "console.draft.waits", "another segment's is no matter here");
}

#[test]
fn every_mart_behind_a_count_is_told_by_a_key_and_the_text_stays() {
    let console = Console::strategist().keys("j e");
    assert_eq!(console.keys("C-y").said(), "console.reason.no-marts");
    let counted = Answer::Count(marts::counted(count(12_408)));
    let console = Console::strategist().keys("j e").answered(Slot::Count, counted);
    let Some(Page::Rule(before)) = console.state.page() else { panic!() };
    let text = before.editor.text();
    let console = console.keys("C-y");
    let Some(Page::Leaflet(leaflet)) = console.state.page() else { panic!("nothing is shown") };
    let Leaflet::Marts(told) = &leaflet.of else { panic!() };
    let relations: Vec<&str> = told.iter().map(|mart| mart.relation.as_str()).collect();
    assert_eq!(relations, ["mart.card", "mart.loan", "mart.loan", "mart.tags"]);
    let console = console.keys("Esc");
    let Some(Page::Rule(page)) = console.state.page() else { panic!("the editor is gone") };
    assert_eq!(page.editor.text(), text);
    // The mart of the attribute that the members are split by is behind the figures, too.
    let console = console.answered(Slot::Words, Answer::Words(vocabulary()));
    let console = console.keys("C-g t i e r Enter");
    let split = marts::split(by_tier());
    let console = console.answered(Slot::By, Answer::SplitBy(split)).keys("C-y");
    let Some(Page::Leaflet(leaflet)) = console.state.page() else { panic!("nothing is shown") };
    let Leaflet::Marts(told) = &leaflet.of else { panic!() };
    assert_eq!((told.len(), told[0].relation.as_str()), (5, "mart.area"));
}

#[test]
fn what_was_frozen_says_of_which_days_its_marts_were() {
    let snapshot = segments().into_iter().find_map(|row| row.snapshot).unwrap();
    let frozen = |snapshot| Answer::Frozen("SG-PAYROLL".to_owned(), snapshot);
    let said = |snapshot| {
        let console = Console::strategist().keys("j f").answered(Slot::Change, frozen(snapshot));
        console.state.notice.unwrap().message
    };
    assert_eq!(said(snapshot.clone()).key.0, "console.done.frozen");
    let told = format!("{:?}", said(marts::frozen(&snapshot)));
    for mart in ["mart.tags", "mart.card", "mart.loan"] {
        assert!(told.contains(mart), "{told}");
    }
}
