//! Every screen, in both languages and all sign sets, at many sizes, with and without colour.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::glyphs::{ASCII, BOX, GlyphSet, SAFE};
use super::shell::draw_into;
use super::theme::Theme;
use super::{Skin, words};
use crate::app::action::{Action, Answer};
use crate::app::effect::Slot;
use crate::app::fixtures::{Console, count, done, explanation, plan, pushes, wrong_rule};
use crate::app::state::State;
use crate::msg;
use crate::text::Lang;
use crate::text::width::is_ambiguous;

/// Every screen of the console, by name.
fn screens(lang: Lang) -> Vec<(&'static str, State)> {
    let console = || {
        let mut console = Console::strategist();
        console.state.words = words(lang);
        console
    };
    let offline = |mut console: Console| {
        console.act(Action::Unlinked(msg!("console.reason.not-connected").into()));
        console
    };
    let explained =
        |console: Console| console.answered(Slot::Explain, Answer::Explained(explanation()));
    let planned = |console: Console| console.answered(Slot::Plan, Answer::Plan(plan()));
    let counted = |console: Console| console.answered(Slot::Count, Answer::Count(count(12_408)));
    let screens = vec![
        ("panes", console()),
        ("panes_kpi", console().keys("4 j")),
        ("panes_filter", console().keys("/ lcf")),
        ("panes_offline", offline(console())),
        ("panes_which_key", console().keys("g")),
        ("palette", console().keys(": e")),
        ("help", console().keys("?")),
        ("confirm_submit", console().keys("2 j j u")),
        ("prompt_dates", console().keys("4 d x Enter")),
        ("segment", console().keys("j Enter").answered(Slot::Split, Answer::Count(count(12_408)))),
        ("rule", counted(console().keys("j e"))),
        ("rule_wrong", counted(console().keys("j e")).keys("x").refused(Slot::Count, wrong_rule())),
        ("strategy", console().keys("2 j Enter")),
        ("form", console().keys("j t C-o")),
        ("plan", planned(console().keys("2 p"))),
        ("plan_pushing", planned(console().keys("2 p")).keys("Y")),
        (
            "plan_done",
            planned(console().keys("2 p")).keys("Y").answered(Slot::Change, Answer::Pushed(done())),
        ),
        ("push", console().keys("3 Enter").answered(Slot::Push, Answer::Push(pushes().remove(0)))),
        ("explain", explained(console().keys("4 Enter")).keys("j")),
    ];
    let mut screens: Vec<_> = screens.into_iter().map(|(name, c)| (name, c.state)).collect();
    screens.push(("first_paint", State::with_words(words(lang))));
    screens
}

fn skin(lang: Lang, set: GlyphSet, color: bool) -> Skin {
    let theme = Theme::built_in("default").unwrap().for_terminal(false, color);
    Skin { lang, theme, glyphs: set.glyphs() }
}

fn drawn(state: &State, skin: &Skin, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let caret = draw_into(&mut buf, area, state, skin.pen());
    assert!(caret.is_none_or(|at| area.contains(at)), "the caret stands outside");
    buf
}

/// The screen as text, one line a row.
fn text(buf: &Buffer) -> String {
    let area = buf.area();
    let mut text = String::new();
    for y in 0..area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < area.width {
            let symbol = buf[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(crate::text::width::cells(symbol)).unwrap().max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[test]
fn every_screen_looks_as_it_did() {
    for lang in Lang::ALL {
        let skin = skin(lang, GlyphSet::of_language(lang), true);
        for (name, state) in screens(lang) {
            for (width, height) in [(120, 36), (80, 24)] {
                let name = format!("{name}_{}_{width}x{height}", lang.code());
                insta::assert_snapshot!(name, text(&drawn(&state, &skin, width, height)));
            }
        }
    }
}

#[test]
fn every_screen_draws_at_every_size() {
    let sizes = [
        (1, 1),
        (2, 2),
        (3, 1),
        (1, 40),
        (39, 12),
        (40, 11),
        (40, 12),
        (40, 60),
        (60, 15),
        (79, 23),
        (80, 24),
        (99, 30),
        (100, 25),
        (100, 30),
        (120, 36),
        (200, 12),
        (200, 60),
    ];
    for (name, state) in screens(Lang::ZhCn) {
        for set in GlyphSet::ALL {
            let skin = skin(Lang::ZhCn, set, true);
            for (width, height) in sizes {
                let shown = text(&drawn(&state, &skin, width, height));
                assert!(!shown.trim().is_empty(), "{name} at {width}x{height} is empty");
            }
        }
    }
}

#[test]
fn in_safe_no_screen_shows_an_ambiguous_character() {
    for lang in Lang::ALL {
        let skin = skin(lang, GlyphSet::Safe, true);
        for (name, state) in screens(lang) {
            let shown = text(&drawn(&state, &skin, 120, 36));
            let found: Vec<char> = shown.chars().filter(|c| is_ambiguous(*c)).collect();
            assert!(found.is_empty(), "{name}: {found:?}");
        }
    }
    assert!(ASCII.marker.is_ascii() && SAFE.marker.is_ascii() && !BOX.marker.is_ascii());
}

#[test]
fn without_colour_focus_and_selection_are_still_found() {
    let skin = skin(Lang::En, GlyphSet::Ascii, false);
    let console = Console::strategist().keys("4 j");
    let buf = drawn(&console.state, &skin, 120, 36);
    let colours = buf.content().iter().filter(|c| c.fg != Color::Reset || c.bg != Color::Reset);
    assert_eq!(colours.count(), 0);
    let shaped = Modifier::REVERSED | Modifier::UNDERLINED | Modifier::BOLD;
    let found = |needle: &str| {
        let lines = text(&buf);
        let (y, line) = lines.lines().enumerate().find(|(_, l)| l.contains(needle)).unwrap();
        let x = crate::text::width::cells(&line[..line.find(needle).unwrap()]);
        buf[(u16::try_from(x).unwrap(), u16::try_from(y).unwrap())].modifier
    };
    assert!(found("4 KPI").intersects(shaped), "the focused title");
    assert!(!found("2 Strategies").contains(Modifier::REVERSED), "another title");
    assert!(text(&buf).contains(">4 KPI"), "the focus has a marker");
    assert!(found("|- customers").intersects(shaped), "the selected row");
    assert!(text(&buf).contains("> |- customers"), "the selection has a marker");
}

#[test]
fn moving_a_row_changes_few_cells_and_changing_the_pane_no_whole_screen() {
    let skin = skin(Lang::ZhCn, GlyphSet::Safe, true);
    let at = |keys: &str| drawn(&Console::strategist().keys(keys).state, &skin, 120, 36);
    let moved = at("4").diff(&at("4 j")).len();
    assert!(moved < 40, "{moved} cells for a row");
    let turned = at("1").diff(&at("4")).len();
    assert!(turned < 250, "{turned} cells for a pane");
    assert_eq!(at("1").diff(&at("1")).len(), 0);
}
