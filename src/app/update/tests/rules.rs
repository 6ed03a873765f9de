//! The rule editor: mistakes, words, figures, the tree.

use super::{overtaken, requests};
use crate::app::action::{Action, Answer, RuleLate, RuleText};
use crate::app::command::Context;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::fixtures::{
    Console, by_tier, count, count_of_many, leaf_counts, segments, vocabulary,
};
use crate::app::state::picker::PickStep;
use crate::app::state::rule::{Beside, RuleFocus, RulePage};
use crate::app::state::{Leaflet, Overlay, Page};
use crate::domain::rule::{Function, What};

/// A blank rule, the bank's words known.
fn blank() -> Console {
    Console::strategist().keys("n Tab Tab").answered(Slot::Words, Answer::Words(vocabulary()))
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
    assert_eq!(text(&console), "job = 'teacher'\nand (age >= 30 or not loan_balance >= 5)");
    let console = console.keys("d K");
    assert_eq!(text(&console), "age >= 30 and job = 'teacher'");
    let console = console.keys("f u u");
    assert_eq!(text(&console), "job = 'teacher' and age >= 30");
    assert!(page(&console).counted() || console.state.waits(Slot::Count));
    let console = console.keys("Esc");
    assert_eq!(console.state.context(), Context::Rule, "back to the text");
}

#[test]
fn a_function_is_chosen_word_by_word_and_edited_by_the_same_steps() {
    let text = |console: &Console| page(console).editor.text().replace('\n', " ");
    let console = blank().keys("C-t a events Enter transfer Enter 3 0 Enter Enter Enter 2 Enter");
    assert_eq!(text(&console), "events('transfer_out', interval '30 days') >= 2");
    assert!(console.state.overlay.is_none());
    // Enter alone leaves every part as it was.
    let console = console.keys("Enter Enter Enter Enter Enter Enter");
    assert!(console.state.overlay.is_none(), "the last step was the value");
    assert_eq!(text(&console), "events('transfer_out', interval '30 days') >= 2");
    // One part is changed, the others are passed by.
    let console = console.keys("Enter Enter 4 5 Enter Enter Enter Enter");
    assert_eq!(text(&console), "events('transfer_out', interval '45 days') >= 2");
    let console = console.keys("Enter Enter Enter Down Enter Down Enter 1 0 0 0 Enter Enter Enter");
    assert_eq!(text(&console), "events('transfer_out', interval '45 days', amount > 1000) >= 2");
    let console = console.keys("Enter Enter Enter Enter Enter Enter Enter 7 Enter");
    assert_eq!(text(&console), "events('transfer_out', interval '45 days', amount > 1000) >= 7");
}

#[test]
fn several_conditions_within_a_function_are_made_and_edited_by_keys() {
    let text = |console: &Console| page(console).editor.text().replace('\n', " ");
    // A relation with a function and a column in it.
    let console = blank().keys("C-t a related Enter family Enter aum Enter Enter 5 Enter");
    assert_eq!(text(&console), "related('family', aum >= 5)");
    let console = console.keys("j a events Enter transfer Enter 3 0 Enter Enter Enter 2 Enter");
    assert_eq!(
        text(&console),
        "related('family', aum >= 5 and events('transfer_out', interval '30 days') >= 2)"
    );
    // The relation itself is edited and keeps what it asks.
    let console = console.keys("k k k Enter Enter Enter");
    assert!(console.state.overlay.is_none());
    assert!(text(&console).starts_with("related('family', aum >= 5 and"), "{}", text(&console));
    let console = console.keys("j f j n");
    assert_eq!(
        text(&console),
        "related('family', not aum >= 5 or events('transfer_out', interval '30 days') >= 2)"
    );
    // Conditions on the event: the first with the function, others beside it.
    let console = blank().keys("C-t a events Enter transfer Enter 3 0 Enter");
    let console = console.keys("Down Enter Down Enter 1 0 0 0 Enter Enter 2 Enter");
    let one = "events('transfer_out', interval '30 days', amount > 1000) >= 2";
    assert_eq!(text(&console), one);
    let console = console.keys("j o Down Enter Enter a t m Enter");
    assert_eq!(
        text(&console),
        "events('transfer_out', interval '30 days', amount > 1000 or detail = 'atm') >= 2"
    );
    let console = console.keys("Enter Enter b a n k Enter");
    assert!(text(&console).contains("detail = 'bank'"), "{}", text(&console));
    let console = console.keys("d u u j j d");
    assert_eq!(text(&console), one);
    // The function is chosen anew around what it keeps.
    let console = console.keys("d");
    assert_eq!(text(&console), "events('transfer_out', interval '30 days') >= 2");
}

#[test]
fn a_value_that_can_be_none_is_told_what_was_wanted() {
    let error = |keys: &str| {
        let console = blank().keys(keys);
        let Some(Overlay::Pick(picker)) = &console.state.overlay else {
            panic!("{keys} was taken")
        };
        let said = picker.error.clone().expect("it says why not");
        crate::text::render(&said, crate::text::Lang::En)
    };
    let count = "C-t a events Enter Enter Enter Enter Enter";
    assert!(error(&format!("{count} a b c Enter")).starts_with("A whole number is wanted"));
    assert!(error(&format!("{count} - 1 Enter")).contains("'-1' is none"));
    assert!(error(&format!("{count} 1 . 5 Enter")).starts_with("A whole number is wanted"));
    assert!(error("C-t a loan Enter Enter x Enter").starts_with("An amount in major units"));
    assert!(error("C-t a change Enter Enter Enter Enter x Enter").starts_with("A share is wanted"));
}

#[test]
fn what_begins_as_was_typed_stands_before_what_has_its_letters() {
    for typed in ["r e l a t", "r e l a t e d"] {
        let console = blank().keys(&format!("C-t a {typed} Enter"));
        let Some(Overlay::Pick(picker)) = &console.state.overlay else { panic!("no picker") };
        let asked = picker.ask().map(|ask| ask.what.clone());
        assert_eq!(asked, Some(What::Word(Function::Related, 0)), "{typed}");
    }
}

#[test]
fn a_share_is_typed_as_people_say_it() {
    let console = blank().keys("C-t a change Enter Enter 3 0 Enter Down Down Enter - 2 0 % Enter");
    assert_eq!(page(&console).editor.text(), "change('aum', interval '30 days') <= -0.2");
    let console = blank().keys("C-t a events Enter Enter Enter Enter Enter 2 % Enter");
    assert!(console.state.overlay.is_some(), "a count is no share");
}

#[test]
fn what_must_hold_for_a_related_customer_is_chosen_like_any_condition() {
    let text = |console: &Console| page(console).editor.text();
    let console = blank().keys("C-t a related Enter Enter aum Enter Down Enter 1 0 0 0 Enter");
    assert_eq!(text(&console), "related('family', aum > 1000)");
    let console = console.keys("Enter Enter Enter Up Enter Enter");
    assert_eq!(text(&console), "related('family', aum >= 1000)");
}

#[test]
fn backspace_goes_one_step_back_and_escape_out() {
    let console = blank().keys("C-t a events Enter transfer Enter");
    let step = |console: &Console| match &console.state.overlay {
        Some(Overlay::Pick(picker)) => picker.ask().map(|ask| ask.what.clone()),
        _ => None,
    };
    assert_eq!(step(&console), Some(What::Back(Function::Events)));
    let console = console.keys("9 BSpace");
    assert_eq!(step(&console), Some(What::Back(Function::Events)), "a letter goes first");
    let console = console.keys("BSpace");
    assert_eq!(step(&console), Some(What::Word(Function::Events, 0)));
    let Some(Overlay::Pick(picker)) = &console.state.overlay else { panic!() };
    assert_eq!(
        picker.chosen().unwrap().code,
        "transfer_out",
        "what was chosen is under the cursor"
    );
    let console = console.keys("BSpace");
    assert_eq!(step(&console), Some(What::Subject));
    let console = console.keys("BSpace");
    assert_eq!(step(&console), Some(What::Subject));
    assert_eq!(console.said(), "console.reason.first-step");
    let console = console.keys("Enter Enter Esc");
    assert!(
        console.state.overlay.is_none() && page(&console).blank(),
        "out, and nothing is written"
    );
}

#[test]
fn what_is_no_answer_is_told_and_asked_again() {
    let error = |console: &Console| match &console.state.overlay {
        Some(Overlay::Pick(picker)) => picker.error.as_ref().map(|error| error.key.0),
        _ => None,
    };
    let console = blank().keys("C-t a within Enter Enter x Enter");
    assert_eq!(error(&console), Some("console.pick.kilometres"));
    let console = console.keys("BSpace 2 . 5 Enter");
    assert_eq!(page(&console).editor.text(), "within('B03', 2.5)");
    for (keys, wanted) in [
        ("within Enter Enter", "kilometres"),
        ("sample Enter", "percent"),
        ("contacted Enter", "back"),
    ] {
        let console = blank().keys(&format!("C-t a {keys} 0 Enter"));
        let wanted = format!("console.pick.{wanted}");
        assert_eq!(error(&console), Some(wanted.as_str()), "0 is no row that has one");
    }
    let console = blank().keys("C-t a list Enter Enter");
    assert_eq!(error(&console), Some("console.pick.listed"), "no list was uploaded");
    let console = blank().keys("C-t a product_count Enter Enter Enter");
    assert_eq!(error(&console), Some("console.pick.one"));
    let console = console.keys("x Enter");
    assert!(error(&console).is_some(), "a word is no number");
}

#[test]
fn a_segment_does_not_choose_itself() {
    let console = editing().keys("C-t a segment Enter Enter Enter");
    let Some(Overlay::Pick(picker)) = &console.state.overlay else { panic!("it was taken") };
    assert_eq!(picker.error.as_ref().map(|error| error.key.0), Some("rule.cycle"));
    assert_eq!(
        page(&console).editor.text(),
        "payroll and age between 30 and 45 and org under 'B03'"
    );
}

#[test]
fn a_condition_of_another_shape_is_edited_as_text() {
    let console = blank().keys("aum_*_2_>_5 C-t Enter");
    let Some(Overlay::Pick(picker)) = &console.state.overlay else { panic!() };
    assert_eq!((&picker.step, picker.field.text()), (&PickStep::Text, "aum * 2 > 5"));
    // A column that is asked for something that cannot be chosen is chosen anew from there.
    let console = blank().keys("age_not_between_3_and_5 C-t Enter Enter 9 Enter");
    assert_eq!(page(&console).editor.text(), "age >= 9");
}

#[test]
fn an_edit_that_holds_for_nobody_is_refused_where_it_is_made() {
    let console = blank().keys("age_<_30 C-t a age Enter Enter 9 0 Enter");
    assert!(console.state.overlay.is_some(), "the list stays");
    assert_eq!(page(&console).editor.text(), "age < 30");
}

#[test]
fn every_key_of_the_tree_does_something_or_says_why_not_on_every_row() {
    let rule = "payroll and (age_<_30 or not (aum > 5 or tier = 'gold')) and not job = 'teacher'";
    let written = rule.replace(' ', "_");
    let tree = || blank().keys(&written).keys("C-t Home");
    let rows = page(&tree()).rows().len();
    assert_eq!(rows, 10);
    for row in 0..rows {
        let down = vec!["Down"; row].join(" ");
        for key in ["a", "o", "Enter", "d", "n", "f", "K", "J"] {
            let before = tree().keys(&down);
            let (text, at) = (page(&before).editor.text(), page(&before).row);
            assert_eq!(at, row);
            let console = before.keys(key);
            let after = page(&console);
            let moved = after.editor.text() != text || after.row != at;
            let asks = console.state.overlay.is_some();
            let says = console.state.notice.is_some();
            assert!(moved || asks || says, "{key} on row {row} is silent");
            // `f` is true of everything that stands in a group or before one, `n` and `d` of everything.
            if matches!(key, "f" | "n" | "d") {
                assert!(moved, "{key} on row {row} is refused");
            }
        }
    }
    let console = blank().keys("not_(payroll_or_age_>_3) C-t Home f");
    assert_eq!(page(&console).editor.text(), "not (payroll and age > 3)");
    let console = blank().keys("not_payroll C-t Home f");
    assert_eq!(console.said(), "console.reason.no-group");
    let console = blank().keys("payroll C-t J");
    assert_eq!(console.said(), "console.reason.nowhere");
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

fn editing() -> Console {
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
    let Leaflet::Late { base: 3, theirs: 4, changes } = &leaflet.of else { panic!() };
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
    let console = editing().keys("BTab BTab x C-o");
    assert_eq!(base(&console), 0);
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
