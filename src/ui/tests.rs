//! Every screen, in both languages and all sign sets, at many sizes, with and without colour.

mod branch;
mod calendar;
mod deliveries;
mod desks;
mod kinds;
mod metrics;
mod moments;
mod reviews;
mod rules;
mod scores;
mod screens;
mod strategies;
mod twins;
mod whole;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use self::screens::screens;
use super::Skin;
use super::glyphs::{ASCII, BOX, GlyphSet, SAFE};
use super::shell::draw_into;
use super::theme::Theme;
use crate::app::command::{Context, search};
use crate::app::fixtures::Console;
use crate::app::state::{Overlay, Page, Pane, State};
use crate::text::Lang;
use crate::text::width::is_ambiguous;

/// The sizes that the console is designed for: wide and narrow.
const SIZES: [(u16, u16); 2] = [(120, 36), (80, 24)];

/// Screens that are kept on a large screen as well, which should not stand empty while something is cut.
const WIDE: [&str; 9] =
    ["home", "segment", "card", "push", "board", "review", "plan", "policies", "heat_many"];

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
        assert_eq!(x, area.width, "a wide character is cut: {line}");
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
            for (width, height) in SIZES {
                let name = format!("{name}_{}_{width}x{height}", lang.code());
                insta::assert_snapshot!(name, text(&drawn(&state, &skin, width, height)));
            }
            if WIDE.contains(&name) {
                let name = format!("{name}_{}_200x60", lang.code());
                insta::assert_snapshot!(name, text(&drawn(&state, &skin, 200, 60)));
            }
        }
        // Below the smallest size every screen is the same line.
        let panes = &screens(lang)[0].1;
        for (width, height) in [(39, 12), (20, 5)] {
            let name = format!("too_small_{}_{width}x{height}", lang.code());
            insta::assert_snapshot!(name, text(&drawn(panes, &skin, width, height)));
        }
    }
}

/// The name of whom or what a line is of is whole at both sizes; what has no room is a figure of less worth.
#[test]
fn names_stand_whole_beside_their_figures() {
    let named = [
        ("board_rms", "B0301 E10031 欧阳静怡", 80),
        ("board", "B0301 南城一支行", 80),
        ("calendar_dark", "ST-021 v3 临界财富提升", 120),
    ];
    for lang in Lang::ALL {
        let skin = skin(lang, GlyphSet::of_language(lang), true);
        for (screen, name, from) in named {
            let (_, state) = screens(lang).into_iter().find(|(name, _)| *name == screen).unwrap();
            for (width, height) in SIZES.into_iter().filter(|(width, _)| *width >= from) {
                let shown = text(&drawn(&state, &skin, width, height));
                assert!(shown.contains(name), "{screen} at {width}x{height}:\n{shown}");
            }
        }
    }
}

/// All screens at sizes from 1x1 to 200x60: each at every third, in turns of language and signs, so that together
/// they meet all of them.
#[test]
fn every_screen_draws_at_every_size() {
    const WIDTHS: [u16; 19] =
        [1, 2, 3, 5, 8, 20, 39, 40, 41, 53, 60, 79, 80, 99, 100, 101, 120, 150, 200];
    const HEIGHTS: [u16; 14] = [1, 2, 3, 5, 11, 12, 13, 19, 20, 24, 27, 28, 36, 60];
    let sizes = || WIDTHS.iter().flat_map(|width| HEIGHTS.map(|height| (*width, height)));
    for lang in Lang::ALL {
        let skins = GlyphSet::ALL.map(|set| skin(lang, set, true));
        for (turn, (name, state)) in screens(lang).into_iter().enumerate() {
            for (at, (width, height)) in sizes().enumerate().skip(turn % 3).step_by(3) {
                let skin = &skins[(turn + at / 3) % skins.len()];
                let shown = text(&drawn(&state, skin, width, height));
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
            for (width, height) in SIZES {
                let shown = text(&drawn(&state, &skin, width, height));
                let found: Vec<char> = shown.chars().filter(|c| is_ambiguous(*c)).collect();
                assert!(found.is_empty(), "{name} at {width}x{height}: {found:?}");
            }
        }
    }
    assert!(ASCII.marker.is_ascii() && SAFE.marker.is_ascii() && !BOX.marker.is_ascii());
}

/// How cells differ without colour.
const SHAPED: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::BOLD);

/// The shaped markers of a screen in ASCII signs: those of titles, and those of rows.
fn markers(buf: &Buffer) -> (usize, usize) {
    let area = buf.area();
    let (mut titles, mut rows) = (0, 0);
    for (x, y) in (0..area.height).flat_map(|y| (1..area.width).map(move |x| (x, y))) {
        let cell = &buf[(x, y)];
        if cell.symbol() == ASCII.marker && cell.modifier.intersects(SHAPED) {
            let of_title = buf[(x - 1, y)].symbol() == ASCII.border.top_left;
            *(if of_title { &mut titles } else { &mut rows }) += 1;
        }
    }
    (titles, rows)
}

/// Something on the screen can be chosen, and so one row of it is.
fn chooses(state: &State) -> bool {
    match (&state.overlay, state.page()) {
        (Some(Overlay::Palette { field, from, .. }), _) => {
            !search::here(&state.words, field.text(), *from).is_empty()
        }
        (Some(Overlay::Pick(picker)), _) => picker.shown().len() > 0,
        (None, Some(Page::Rule(page))) if page.context() == Context::Tree => {
            !page.rows().is_empty()
        }
        (Some(_), _)
        | (
            None,
            Some(
                Page::Rule(_)
                | Page::Form(_)
                | Page::Strategy(_)
                | Page::Leaflet(_)
                | Page::Task(_)
                | Page::Outcome(_)
                | Page::Coaching(_),
            ),
        ) => false,
        (None, Some(Page::BranchTasks(page))) => page.row().is_some(),
        (None, Some(Page::Segment(page))) => page.count.is_some(),
        (None, Some(Page::Plan(page))) => page.step.plan().is_some(),
        (None, Some(Page::Push(_))) => true,
        (None, Some(Page::Explain(page))) => page.answer.is_some(),
        (None, Some(Page::Study(page))) => page.rows() > 0,
        (None, Some(Page::Attribute { .. })) => {
            state.dictionary.selected().is_some_and(|row| !row.used_by.is_empty())
        }
        (None, Some(Page::Dictionary)) => !state.dictionary.is_empty(),
        (None, Some(Page::Moments)) => !state.moments.is_empty(),
        (None, Some(Page::Home)) => !state.work.is_empty(),
        (None, None) => match state.focus {
            Pane::Segments => !state.segments.is_empty(),
            Pane::Strategies => !state.strategies.is_empty(),
            Pane::Tasks => !state.pushes.is_empty(),
            Pane::Kpi => !state.kpi.list.is_empty(),
        },
    }
}

#[test]
fn without_colour_focus_and_selection_are_found_on_every_screen() {
    for lang in Lang::ALL {
        let skin = skin(lang, GlyphSet::Ascii, false);
        for (name, state) in screens(lang) {
            for (width, height) in SIZES {
                let buf = drawn(&state, &skin, width, height);
                let coloured = |c: &&Cell| c.fg != Color::Reset || c.bg != Color::Reset;
                assert_eq!(buf.content().iter().filter(coloured).count(), 0, "{name}");
                let (titles, rows) = markers(&buf);
                assert!(titles > 0, "{name} at {width}x{height}: no title has the focus");
                assert!(
                    rows > 0 || !chooses(&state),
                    "{name} at {width}x{height}: no row is selected"
                );
            }
        }
    }
}

#[test]
fn where_text_is_typed_the_caret_stands() {
    let skin = skin(Lang::ZhCn, GlyphSet::Safe, true);
    for (name, state) in screens(Lang::ZhCn) {
        for (width, height) in SIZES {
            let area = Rect::new(0, 0, width, height);
            let caret = draw_into(&mut Buffer::empty(area), area, &state, skin.pen());
            assert_eq!(caret.is_some(), state.context().types(), "{name} at {width}x{height}");
        }
    }
}

#[test]
fn the_selected_row_and_the_focused_title_are_the_right_ones() {
    let skin = skin(Lang::En, GlyphSet::Ascii, false);
    let buf = drawn(&Console::strategist().keys("4 j").state, &skin, 120, 36);
    let found = |needle: &str| {
        let lines = text(&buf);
        let (y, line) = lines.lines().enumerate().find(|(_, l)| l.contains(needle)).unwrap();
        let x = crate::text::width::cells(&line[..line.find(needle).unwrap()]);
        buf[(u16::try_from(x).unwrap(), u16::try_from(y).unwrap())].modifier
    };
    assert!(found("4 KPI").intersects(SHAPED), "the focused title");
    assert!(!found("2 Strategies").contains(Modifier::REVERSED), "another title");
    assert!(text(&buf).contains(">4 KPI"), "the focus has a marker");
    assert!(found("|- customers").intersects(SHAPED), "the selected row");
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
