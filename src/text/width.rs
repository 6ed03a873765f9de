//! Widths in terminal cells, never in chars or bytes.
//!
//! A grapheme is what a reader takes for one character: it is shown whole or not at all. Its width is the one
//! that the drawing library counts, so that what is measured here is what the screen gets.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Where the text stands within its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Align {
    /// Text begins at the left.
    #[default]
    Left,
    /// Numbers end at the right.
    Right,
}

/// How many cells `text` takes.
#[must_use]
pub fn cells(text: &str) -> usize {
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_control()) {
        return text.len();
    }
    text.graphemes(true).map(grapheme_cells).sum()
}

/// How many cells one grapheme takes; a control character takes none, because it is not drawn.
#[must_use]
pub fn grapheme_cells(grapheme: &str) -> usize {
    if grapheme.contains(char::is_control) {
        return 0;
    }
    // Half-width katakana sound marks are counted as combining by the table and drawn as a cell by terminals.
    let sound_marks = grapheme.chars().filter(|c| matches!(c, '\u{ff9e}' | '\u{ff9f}')).count();
    grapheme.width() + sound_marks
}

/// `text` in at most `width` cells. What is cut ends in `marker` (such as `..`), as much of it as fits.
#[must_use]
pub fn truncate_to_cells<'a>(text: &'a str, width: usize, marker: &str) -> Cow<'a, str> {
    if cells(text) <= width {
        return Cow::Borrowed(text);
    }
    let marker = head(marker, width);
    let kept = head(text, width - cells(marker));
    Cow::Owned(format!("{kept}{marker}"))
}

/// The longest beginning of `text` that takes at most `width` cells.
#[must_use]
pub fn head(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme_cells(grapheme);
        if used > width {
            return &text[..at];
        }
    }
    text
}

/// `text` in lines of at most `width` cells. Lines break at spaces and between wide characters, before the
/// grapheme that no longer fits where there is neither; a line break of the text stays one. No width, no lines.
/// A grapheme that is wider than the line is left out, because there is no place to show it.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    if width == 0 {
        return Vec::new();
    }
    text.split('\n').flat_map(|line| wrap_line(line, width)).collect()
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut current, mut used) = (String::new(), 0);
    for word in words(line) {
        let word_cells = cells(word);
        let blank = word.chars().all(|c| c == ' ');
        if used + word_cells <= width {
            current.push_str(word);
            used += word_cells;
            continue;
        }
        if blank {
            lines.push(std::mem::take(&mut current));
            used = 0;
            continue;
        }
        if used > 0 {
            lines.push(std::mem::take(&mut current));
            used = 0;
        }
        for grapheme in word.graphemes(true).filter(|g| grapheme_cells(g) <= width) {
            let grapheme_width = grapheme_cells(grapheme);
            if used + grapheme_width > width {
                lines.push(std::mem::take(&mut current));
                used = 0;
            }
            current.push_str(grapheme);
            used += grapheme_width;
        }
    }
    lines.push(current);
    lines.iter().map(|l| l.trim_end_matches(' ').to_owned()).collect()
}

/// What stands behind a figure and a blank, and stays with it.
const UNITS: [&str; 4] = ["%", "pp", "亿", "万"];

/// Splits a line where it may break: runs of spaces, runs of narrow graphemes, and each wide grapheme alone.
/// Closing punctuation stays with what it closes, and a unit with its figure.
fn words(line: &str) -> Vec<&str> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Space,
        Narrow,
        Wide,
    }
    let mut words: Vec<&str> = Vec::new();
    let (mut start, mut last, mut glued) = (0, None, false);
    for (at, grapheme) in line.grapheme_indices(true) {
        let kind = match grapheme {
            " " => Kind::Space,
            g if grapheme_cells(g) > 1 => Kind::Wide,
            _ => Kind::Narrow,
        };
        let closes =
            "，。、；：？！）》」』】”’,.;:?!)".contains(grapheme) && last != Some(Kind::Space);
        let unit = last == Some(Kind::Narrow)
            && UNITS
                .iter()
                .any(|unit| line[at..].strip_prefix(' ').is_some_and(|l| l.starts_with(unit)));
        let joins = closes || glued || unit || (Some(kind) == last && kind != Kind::Wide);
        glued = unit;
        if at > start && !joins {
            words.push(&line[start..at]);
            start = at;
        }
        last = Some(kind);
    }
    if start < line.len() {
        words.push(&line[start..]);
    }
    words
}

/// Whether `c` is East-Asian-Ambiguous: one cell in most terminals, two where the terminal is set up for Chinese
/// (curly quotes, `…`, `—`, `·`, `×`, box drawing, but also `é`, Greek and Cyrillic). The `safe` glyph set has none.
///
/// The width crate's two widths differ for the symbols; letters and marks it counts as one cell in either, though
/// Unicode's table calls them ambiguous and old Chinese terminals draw them wide, so they are listed here.
#[must_use]
pub fn is_ambiguous(c: char) -> bool {
    !c.is_ascii() && (c.width() != c.width_cjk() || is_ambiguous_letter(c))
}

/// Source: `EastAsianWidth.txt` of Unicode, property A, less what the width crate knows.
fn is_ambiguous_letter(c: char) -> bool {
    matches!(
        c,
        '\u{a8}' | '\u{aa}' | '\u{ad}' | '\u{b4}' | '\u{b8}'
            | '\u{ba}' | '\u{c6}' | '\u{d0}' | '\u{d8}' | '\u{de}'..='\u{e1}'
            | '\u{e6}' | '\u{e8}'..='\u{ea}' | '\u{ec}'..='\u{ed}' | '\u{f0}' | '\u{f2}'..='\u{f3}'
            | '\u{f8}'..='\u{fa}' | '\u{fc}' | '\u{fe}' | '\u{101}' | '\u{111}'
            | '\u{113}' | '\u{11b}' | '\u{126}'..='\u{127}' | '\u{12b}' | '\u{131}'..='\u{133}'
            | '\u{138}' | '\u{13f}'..='\u{142}' | '\u{144}' | '\u{148}'..='\u{14b}' | '\u{14d}'
            | '\u{152}'..='\u{153}' | '\u{166}'..='\u{167}' | '\u{16b}' | '\u{1ce}' | '\u{1d0}'
            | '\u{1d2}' | '\u{1d4}' | '\u{1d6}' | '\u{1d8}' | '\u{1da}'
            | '\u{1dc}' | '\u{251}' | '\u{261}' | '\u{2c4}' | '\u{2c7}'
            | '\u{2c9}'..='\u{2cb}' | '\u{2cd}' | '\u{2d0}' | '\u{2d8}'..='\u{2db}' | '\u{2dd}'
            | '\u{2df}' | '\u{300}'..='\u{36f}' | '\u{391}'..='\u{3a1}' | '\u{3a3}'..='\u{3a9}' | '\u{3b1}'..='\u{3c1}'
            | '\u{3c3}'..='\u{3c9}' | '\u{401}' | '\u{410}'..='\u{44f}' | '\u{451}' | '\u{207f}'
            | '\u{2113}' | '\u{2126}' | '\u{212b}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wide_characters_take_two_cells() {
        assert_eq!(cells("客群 abc"), 8);
        assert_eq!(cells("e\u{301}"), 1);
        assert_eq!(cells(""), 0);
    }

    #[test]
    fn a_wide_character_is_never_cut_in_half() {
        assert_eq!(truncate_to_cells("代发客户", 8, ".."), "代发客户");
        assert_eq!(truncate_to_cells("代发客户挽回", 8, ".."), "代发客..");
        assert_eq!(truncate_to_cells("代发客户挽回", 7, ".."), "代发..");
        assert_eq!(truncate_to_cells("代发", 1, ".."), ".");
        assert_eq!(truncate_to_cells("代发", 0, ".."), "");
    }

    #[test]
    fn lines_break_at_spaces_and_between_wide_characters() {
        assert_eq!(wrap("another person must approve", 12), ["another", "person must", "approve"]);
        assert_eq!(wrap("审批需要另一人。", 6), ["审批需", "要另一", "人。"]);
        assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("x", 0), Vec::<String>::new());
    }

    #[test]
    fn a_unit_stays_with_its_figure() {
        assert_eq!(wrap("change -1.8 %.", 12), ["change", "-1.8 %."]);
        assert_eq!(wrap("变为 812.4 亿，降", 12), ["变为", "812.4 亿，降"]);
        assert_eq!(wrap("-1.8 %", 4), ["-1.8", " %"]);
    }

    #[test]
    fn the_ambiguous_are_known() {
        for c in "“”‘’…—·×±°→▲█─│┌■○●※①№".chars() {
            assert!(is_ambiguous(c), "{c}");
        }
        for c in "éáαЯ\u{301}".chars() {
            assert!(is_ambiguous(c), "{c}");
        }
        for c in "aZ0~-|+客，。（）⠿⣿Č😀".chars() {
            assert!(!is_ambiguous(c), "{c}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in "\\PC{0,40}", width in 0_usize..30) {
            prop_assert!(cells(&truncate_to_cells(&text, width, "..")) <= width);
            for line in wrap(&text, width) {
                prop_assert!(cells(&line) <= width, "{:?}", line);
            }
        }

        #[test]
        fn wrapping_loses_only_spaces(text in "[a-z客群，。 ]{0,60}", width in 4_usize..20) {
            let joined: String = wrap(&text, width).concat();
            prop_assert_eq!(joined.replace(' ', ""), text.replace(' ', ""));
        }
    }
}
