//! What is typed and pasted into one line: a paste is one step and has an end, and the rows below go to their ends.

use super::*;
use crate::app::action::Action;
use crate::app::field::{LINE, SOUGHT};
use crate::app::state::Overlay;

/// A log of a megabyte from the wrong window.
fn log() -> Action {
    Action::Paste("2026-11-20 09:41 the wrong window\n".repeat(30_000))
}

/// What stands in the line that has the keys.
fn typed(console: &Console) -> &str {
    match &console.state.overlay {
        Some(Overlay::Palette { field, .. } | Overlay::Help { field, .. }) => field.text(),
        Some(Overlay::Prompt(prompt)) => prompt.field.text(),
        Some(Overlay::Filter) => console.state.segments.filter.text(),
        _ => match console.state.page() {
            Some(Page::Rule(page)) => page.code.text(),
            _ => panic!("nothing is typed into"),
        },
    }
}

#[test]
fn a_paste_into_one_line_has_an_end_and_says_what_it_left_out() {
    for (keys, most) in [("/", SOUGHT), (":", SOUGHT), ("?", SOUGHT), ("4 d", LINE), ("n", LINE)] {
        let mut console = Console::strategist().keys(keys);
        if keys == "n" {
            // The rule has the keys first; the code is the line behind it.
            let Some(Page::Rule(page)) = console.state.pages.last_mut() else { panic!("no rule") };
            page.focus = crate::app::state::rule::RuleFocus::Code;
        }
        console.act(log());
        assert_eq!(typed(&console).chars().count(), most, "{keys}");
        assert!(!typed(&console).contains('\n'), "{keys}");
        assert_eq!(console.said(), "console.paste.cut", "{keys}");
        let full = typed(&console).to_owned();
        console = console.keys("x");
        assert_eq!(typed(&console), full, "{keys}: a key finds no room either");
        console = console.keys("BSpace");
        assert_eq!(typed(&console).chars().count(), most - 1, "{keys}");
    }
    let mut console = Console::strategist().keys("/");
    console.act(Action::Paste("lcf".to_owned()));
    assert_eq!((typed(&console), console.said()), ("lcf", ""));
    assert_eq!(console.state.segments.len(), 1, "what is pasted is looked for");
}

#[test]
fn help_and_palette_go_to_their_ends_by_home_and_end() {
    let at = |console: &Console| match &console.state.overlay {
        Some(Overlay::Palette { cursor, .. } | Overlay::Help { cursor, .. }) => *cursor,
        _ => panic!("nothing to look through"),
    };
    for keys in ["?", ":"] {
        let mut console = Console::strategist();
        console.state.words =
            crate::app::command::TABLE.iter().map(|row| (row.id, row.title.0.to_owned())).collect();
        let console = console.keys(keys).keys("End");
        let last = at(&console);
        assert!(last > 20, "{keys}: {last}");
        assert_eq!(at(&console.keys("Up")), last - 1);
        assert_eq!(at(&Console::strategist().keys(keys).keys("Down Home")), 0);
    }
}
