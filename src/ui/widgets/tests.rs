//! What every widget must stand: any size, any text, no colour.

use std::sync::OnceLock;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::*;
use crate::text::width::is_ambiguous;
use crate::ui::glyphs::{GlyphSet, Glyphs};

/// The default theme with the given signs.
pub(in crate::ui) fn look(glyphs: &Glyphs) -> Look<'_> {
    static THEME: OnceLock<Theme> = OnceLock::new();
    Look { theme: THEME.get_or_init(|| Theme::built_in("default").unwrap()), glyphs }
}

/// The default theme without colours.
pub(super) fn mono() -> Theme {
    Theme::built_in("default").unwrap().for_terminal(false, false)
}

/// What `draw` leaves on a screen of that size, a line a string, the second halves of wide characters left out.
pub(in crate::ui) fn drawn(
    width: u16,
    height: u16,
    draw: impl FnOnce(&mut Buffer, Rect),
) -> Vec<String> {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    draw(&mut buf, area);
    lines(&buf)
}

fn lines(buf: &Buffer) -> Vec<String> {
    let area = *buf.area();
    (area.top()..area.bottom())
        .map(|y| {
            let mut line = String::new();
            let mut x = area.left();
            while x < area.right() {
                let symbol = buf[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(cells(symbol).max(1)).unwrap();
            }
            line
        })
        .collect()
}

/// Draws into `inner` of a screen full of `X`; outside of it nothing may change, and no wide character may stand
/// with one half over an edge.
fn holds(
    inner: Rect,
    glyphs: &Glyphs,
    draw: &dyn Fn(&mut Buffer, Look<'_>, Rect),
) -> Result<(), String> {
    let screen = Rect::new(0, 0, inner.right() + 2, inner.bottom() + 2);
    let mut buf = Buffer::filled(screen, ratatui::buffer::Cell::new("X"));
    clear(&mut buf, inner);
    draw(&mut buf, look(glyphs), inner);
    for y in screen.top()..screen.bottom() {
        for x in screen.left()..screen.right() {
            let symbol = buf[(x, y)].symbol();
            if !inner.contains((x, y).into()) {
                if symbol != "X" {
                    return Err(format!("{symbol:?} at {x},{y} outside {inner:?}"));
                }
                continue;
            }
            let width = u16::try_from(cells(symbol)).unwrap();
            if width == 0 || x + width > inner.right() {
                return Err(format!("{symbol:?} of {width} cells at {x},{y} in {inner:?}"));
            }
            if (1..width).any(|more| buf[(x + more, y)].symbol() != " ") {
                return Err(format!("{symbol:?} at {x},{y} is drawn over"));
            }
            if glyphs.set == GlyphSet::Safe && symbol.chars().any(is_ambiguous) {
                return Err(format!("{symbol:?} is ambiguous"));
            }
        }
    }
    Ok(())
}

type Draw<'a> = Box<dyn Fn(&mut Buffer, Look<'_>, Rect) + 'a>;

/// Every widget with the given text wherever text can stand.
#[expect(clippy::too_many_lines, reason = "a list of all widgets")]
fn all_widgets(text: &str, number: i64, at: usize) -> Vec<(&'static str, Draw<'_>)> {
    let cursor = at;
    vec![
        (
            "table",
            Box::new(move |buf, look, area| {
                let columns = [
                    Column::fixed(text, 5),
                    Column::flex(text, 3, 30).priority(2),
                    Column::fixed(text, 7).right().priority(1).sorted(Some(false)),
                    Column::fixed("", 4),
                    Column::flex("", 2, 9),
                ];
                let row = |_: usize| {
                    Row::new(vec![
                        text.into(),
                        text.into(),
                        text.into(),
                        Cell::Bar(number, 100, Style::new()),
                        Cell::Curve(vec![Some(number), None, Some(3)].into()),
                    ])
                };
                Table {
                    columns: &columns,
                    len: 5,
                    row: &row,
                    selected: Some(at % 5),
                    focused: true,
                    heading: true,
                    empty: text,
                }
                .draw(buf, look, area);
            }),
        ),
        (
            "empty table",
            Box::new(move |buf, look, area| {
                let row = |_: usize| Row::default();
                Table {
                    columns: &[],
                    len: 0,
                    row: &row,
                    selected: None,
                    focused: false,
                    heading: true,
                    empty: text,
                }
                .draw(buf, look, area);
            }),
        ),
        (
            "pane",
            Box::new(move |buf, look, area| {
                Pane { title: text, focused: true, as_of: text, stale: true, note: text }
                    .draw(buf, look, area);
            }),
        ),
        (
            "popup",
            Box::new(move |buf, look, area| {
                if !area.is_empty() {
                    put(buf, look, (area.x, area.y), area.width, text, Style::new());
                }
                Popup { title: text, width: 9, height: 4 }.draw(buf, look, area);
            }),
        ),
        (
            "tabs",
            Box::new(move |buf, look, area| tabs(buf, look, area, &[text, "a", text, "b"], at % 4)),
        ),
        (
            "hints",
            Box::new(move |buf, look, area| {
                let hint = Hint { key: text, label: text, enabled: number > 0, stays: number > 1 };
                key_hints(buf, look, area, &[hint, hint], text);
            }),
        ),
        (
            "message",
            Box::new(move |buf, look, area| message_line(buf, look, area, Tone::Warn, text)),
        ),
        (
            "paragraph",
            Box::new(move |buf, look, area| {
                paragraph(buf, look, area, text, at, Style::new());
            }),
        ),
        (
            "input",
            Box::new(move |buf, look, area| {
                let input =
                    InputLine { label: text, value: text, cursor, hint: text, focused: true };
                if let Some(caret) = input.draw(buf, look, area) {
                    assert!(area.contains(caret), "{caret:?} outside {area:?}");
                }
            }),
        ),
        ("bar", Box::new(move |buf, look, area| bar(buf, look, area, (number, 100), Style::new()))),
        (
            "curve",
            Box::new(move |buf, look, area| {
                curve(buf, look, area, &[Some(number), Some(0), None, Some(i64::MAX), Some(1)]);
            }),
        ),
        (
            "progress",
            Box::new(move |buf, look, area| progress(buf, look, area, text, number, Some(100))),
        ),
        (
            "waterfall",
            Box::new(move |buf, look, area| {
                let step = |effect, sum| Step { label: text, effect, figure: text.to_owned(), sum };
                let steps =
                    [step(number, false), step(-50, false), step(i64::MAX, false), step(3, true)];
                Waterfall { steps: &steps, first: 0, selected: Some(at % 4), focused: true }
                    .draw(buf, look, area);
            }),
        ),
    ]
}

fn outside_text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "客",
        "户",
        "e\u{301}",
        "👍🏽",
        "👨\u{200d}👩\u{200d}👧",
        "🇨🇳",
        "\u{301}",
        "…",
        "“",
        "é",
        "ｶﾞ",
        "\u{1b}",
        "\n",
        " ",
        "a",
        "각",
        "นี้",
        "\u{fe0f}",
        "❤\u{fe0f}",
        "\u{202e}",
        "█",
    ]);
    let word =
        prop_oneof![4 => odd.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    // As the store reads it: nothing reaches a widget unclean, except words of ours with line breaks.
    prop::collection::vec(word, 0..14)
        .prop_map(|words| crate::domain::clean::clean_lines(&words.concat()).into_owned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_breaks_a_column(
        text in outside_text(), number: i64, at in 0_usize..20,
        x in 0_u16..3, y in 0_u16..2, width in 0_u16..40, height in 0_u16..6,
    ) {
        for set in GlyphSet::ALL {
            for (name, draw) in all_widgets(&text, number, at) {
                if let Err(fault) = holds(Rect::new(x, y, width, height), set.glyphs(), &*draw) {
                    return Err(TestCaseError::fail(format!("{name} {set:?} {text:?}: {fault}")));
                }
            }
        }
    }
}

#[test]
fn every_size_is_drawn() {
    for (width, height) in (0..24).flat_map(|w| (0..7).map(move |h| (w, h))) {
        for (name, draw) in all_widgets("客群 abc…", 42, 3) {
            let fault = holds(Rect::new(1, 1, width, height), GlyphSet::Safe.glyphs(), &*draw);
            assert_eq!(fault, Ok(()), "{name} at {width}x{height}");
        }
    }
}

#[test]
fn an_area_outside_the_screen_is_not_drawn() {
    let area = Rect::new(0, 0, 10, 4);
    for (_, draw) in all_widgets("客群", 42, 3) {
        let mut buf = Buffer::empty(area);
        draw(&mut buf, look(GlyphSet::Box.glyphs()), Rect::new(50, 60, 20, 20));
        assert_eq!(buf, Buffer::empty(area));
    }
}
