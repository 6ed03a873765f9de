//! The rule as a tree, and choosing its conditions step by step.

use super::rules::{blank, editing, page};
use crate::app::command::Context;
use crate::app::effect::Slot;
use crate::app::fixtures::Console;
use crate::app::state::Overlay;
use crate::app::state::picker::PickStep;
use crate::domain::rule::{Function, What};

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
fn the_events_of_a_sequence_are_given_windows_and_conditions_by_keys() {
    let text = |console: &Console| page(console).editor.text().replace('\n', " ");
    let console = blank().keys("C-t a followed_by Enter login Enter 3 0 Enter");
    let console = console.keys("Down Enter Down Enter 1 0 0 0 Enter");
    let console = console.keys("transfer Enter Enter Enter 7 Enter");
    assert_eq!(
        text(&console),
        "followed_by(events('login', interval '30 days', amount > 1000), 'transfer_out', \
         interval '7 days')"
    );
    // On the row of the second event, what is joined is a condition on each of its events.
    let console = console.keys("j j j n");
    assert_eq!(console.said(), "console.reason.no-opposite", "an event is no condition");
    let console = console.keys("a");
    let Some(Overlay::Pick(picker)) = &console.state.overlay else { panic!("no picker") };
    assert_eq!(picker.ask().map(|ask| &ask.what), Some(&What::Field { optional: false }));
    let console = console.keys("Down Enter Enter a t m Enter");
    assert!(
        text(&console).contains("events('transfer_out', detail = 'atm')"),
        "{}",
        text(&console)
    );
    let console = console.keys("o Enter Enter 5 Enter");
    assert!(text(&console).contains("detail = 'atm' or amount >= 5"), "{}", text(&console));
    let console = console.keys("u k Enter Enter 4 5 Enter Enter Enter Enter");
    assert!(console.state.overlay.is_none());
    assert!(
        text(&console).contains("events('transfer_out', interval '45 days', detail = 'atm')"),
        "{}",
        text(&console)
    );
    // The whole of it is chosen step by step, too, and Enter alone leaves it as it was.
    let before = text(&console);
    let console = console.keys("k k k Enter");
    let Some(Overlay::Pick(picker)) = &console.state.overlay else { panic!("no picker") };
    assert_eq!(picker.step, PickStep::Part(picker.ask().unwrap().clone()), "no text");
    let console = console.keys("Enter Enter Enter Enter Enter Enter Enter Enter Enter Enter Enter");
    assert!(console.state.overlay.is_none());
    assert_eq!(text(&console), before);
    // Without its condition, and then without either event.
    let console = console.keys("j j d");
    assert!(text(&console).contains("events('login', interval '30 days')"), "{}", text(&console));
    assert_eq!(text(&console.keys("k j d")), "");
}

#[test]
fn what_a_not_is_about_is_edited_on_its_row() {
    let text = |console: &Console| page(console).editor.text().replace('\n', " ");
    let console = blank().keys("C-t a events Enter transfer Enter Enter");
    let console = console.keys("Down Down Enter Enter a t m Enter Enter 2 Enter j n");
    assert_eq!(text(&console), "events('transfer_out', not detail = 'atm') >= 2");
    let console = console.keys("Enter Enter b a n k Enter");
    assert_eq!(text(&console), "events('transfer_out', not detail = 'bank') >= 2");
    let console = blank().keys("C-t a age Enter Enter 3 0 Enter n Enter Enter 4 0 Enter");
    assert_eq!(text(&console), "not age >= 40");
    // Of a group, the whole is a text.
    let console = console.keys("o loan Enter Enter 5 Enter k k k Enter");
    let Some(Overlay::Pick(picker)) = &console.state.overlay else { panic!("no picker") };
    assert_eq!(picker.step, PickStep::Text);
    assert_eq!(picker.field.text(), "not (age >= 40 or loan_balance >= 5)");
}
