//! The one gate for text from outside: a row, a file, a message.
//!
//! What cannot be seen must not reach a terminal: a control character moves the cursor, a bidi control turns
//! `100` into `001`, a tag character hides an order to a machine. Each such character becomes a visible mark in
//! ASCII, `<U+202E>`, so that nothing is lost and nothing acts. More than [`MARKS`] combining marks on one
//! character become one mark that counts the rest, `<+37>`. Cleaning twice changes nothing.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// How many combining marks one character keeps; living languages need no more than four.
pub const MARKS: usize = 4;

/// One line of text, clean: a line break or a tab becomes a mark like every other control character.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Cow::Borrowed(text);
    }
    let cleaned = line(text);
    if cleaned == text { Cow::Borrowed(text) } else { Cow::Owned(cleaned) }
}

/// Text of several lines, clean: `\n` and `\r\n` break lines, a tab is four spaces, each line is cleaned by itself.
#[must_use]
pub fn clean_lines(text: &str) -> Cow<'_, str> {
    let plain = |b: u8| b == b'\n' || (b' '..=b'~').contains(&b);
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<String> = text
        .split('\n')
        .map(|l| line(&l.strip_suffix('\r').unwrap_or(l).replace('\t', "    ")))
        .collect();
    let cleaned = lines.join("\n");
    if cleaned == text { Cow::Borrowed(text) } else { Cow::Owned(cleaned) }
}

fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let (mut marks, mut surplus) = (0_usize, 0_usize);
    for c in text.chars() {
        if is_combining(c) && !out.is_empty() && !is_invisible(c) {
            if marks < MARKS {
                marks += 1;
                out.push(c);
            } else {
                surplus += 1;
            }
            continue;
        }
        count_surplus(&mut out, surplus);
        (marks, surplus) = (0, 0);
        // A mark with nothing before it would sit on whatever stands to the left of this text.
        if is_invisible(c) || is_combining(c) {
            let _ = write!(out, "<U+{:04X}>", u32::from(c));
        } else {
            out.push(c);
        }
    }
    count_surplus(&mut out, surplus);
    out
}

fn count_surplus(out: &mut String, surplus: usize) {
    if surplus > 0 {
        let _ = write!(out, "<+{surplus}>");
    }
}

/// Nothing of the text can be seen. `baton.is_blank` says the same, but for characters that Unicode has not assigned.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// What can be seen of a word: a line break or a tab is a blank, whatever else is invisible is left out, and no blank stands at
/// its ends. Two words that look alike are one.
#[must_use]
pub fn seen(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text.trim());
    }
    let blank = |c: char| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c };
    let seen: String = text.chars().map(blank).filter(|c| !is_invisible(*c)).collect();
    Cow::Owned(seen.trim().to_owned())
}

/// Drawn upon the character before it. Hangul vowels and finals are letters, but are drawn that way too.
fn is_combining(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    matches!(c.general_category(), NonspacingMark | EnclosingMark | SpacingMark)
        || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}')
}

/// Acts, hides, or has no agreed shape: control, format and bidi characters, line separators, private use,
/// unassigned and surrogates, and those letters and marks that are drawn as nothing.
fn is_invisible(c: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned,
    };
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let drawn_as_nothing = matches!(
        c,
        '\u{34f}'                    // combining grapheme joiner
            | '\u{115f}'..='\u{1160}' // Hangul fillers
            | '\u{17b4}'..='\u{17b5}' // Khmer inherent vowels
            | '\u{180b}'..='\u{180f}' // Mongolian variation selectors
            | '\u{3164}' | '\u{ffa0}' // Hangul fillers
            | '\u{fe00}'..='\u{fe0f}' // variation selectors: terminals disagree on the width they give
            | '\u{fffc}'              // stands for an object that is not there
            | '\u{e0000}'..='\u{e0fff}' // tags and variation selectors
    );
    drawn_as_nothing
        || matches!(
            c.general_category(),
            Control
                | Format
                | LineSeparator
                | ParagraphSeparator
                | PrivateUse
                | Surrogate
                | Unassigned
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_word_what_can_be_seen_is_kept() {
        for (text, kept) in [
            ("L8", "L8"),
            (" L8 ", "L8"),
            ("L\t8", "L 8"),
            ("L\r\n8", "L  8"),
            ("L\u{200b}8\u{feff}", "L8"),
            ("\u{200b}", ""),
            ("高 净值", "高 净值"),
        ] {
            assert_eq!(seen(text), kept, "{text:?}");
            assert_eq!(clean(&seen(text)), kept, "{text:?}");
        }
    }
    use proptest::prelude::*;

    #[test]
    fn plain_text_is_not_copied() {
        for text in ["", "Nancheng branch", "南城一支行（新）", "naïve Ž", "😀", "Việt"]
        {
            assert!(matches!(clean(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn what_acts_is_made_visible() {
        for (text, shown) in [
            ("a\u{1b}[31mred", "a<U+001B>[31mred"),
            ("1\u{202e}001", "1<U+202E>001"),
            ("a\u{200b}b\u{feff}", "a<U+200B>b<U+FEFF>"),
            ("a\tb\r\nc", "a<U+0009>b<U+000D><U+000A>c"),
            ("x\u{e0041}", "x<U+E0041>"),
            ("\u{e000}", "<U+E000>"),
            ("\u{7f}\u{9b}", "<U+007F><U+009B>"),
            ("\u{2028}", "<U+2028>"),
            ("\u{378}", "<U+0378>"),
            ("a\u{fe0f}", "a<U+FE0F>"),
            ("\u{3164}", "<U+3164>"),
        ] {
            assert_eq!(clean(text), shown);
        }
    }

    #[test]
    fn a_flood_of_marks_is_counted() {
        let flood = format!("a{}b", "\u{301}".repeat(40));
        assert_eq!(clean(&flood), format!("a{}<+36>b", "\u{301}".repeat(4)));
        assert_eq!(clean("\u{301}a"), "<U+0301>a", "a mark must not sit on the text to its left");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(clean_lines("您好\r\n\t加息\n"), "您好\n    加息\n");
        assert_eq!(clean_lines("a\rb\n\u{301}"), "a<U+000D>b\n<U+0301>");
        assert!(matches!(clean_lines("a\nb"), Cow::Borrowed(_)));
    }

    fn any_text() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(vec![
            '\u{1b}',
            '\u{202e}',
            '\u{301}',
            '\u{300}',
            '\u{200d}',
            '\u{fe0f}',
            '客',
            '😀',
            'a',
            '\n',
            '\t',
            '\r',
            '<',
            '>',
            '+',
            '\u{1160}',
            '\u{e0001}',
            '\u{2028}',
        ]);
        prop::collection::vec(prop_oneof![3 => odd, 1 => any::<char>()], 0..60)
            .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in any_text()) {
            let once = clean(&text).into_owned();
            prop_assert_eq!(clean(&once), once.as_str());
            let lines = clean_lines(&text).into_owned();
            prop_assert_eq!(clean_lines(&lines), lines.as_str());
        }

        #[test]
        fn nothing_invisible_is_left(text in any_text()) {
            prop_assert!(!clean(&text).chars().any(is_invisible));
            prop_assert!(!clean_lines(&text).chars().any(|c| c != '\n' && is_invisible(c)));
            prop_assert_eq!(clean_lines(&text).matches('\n').count(), text.matches('\n').count());
        }

        #[test]
        fn no_character_carries_a_flood(text in any_text()) {
            let mut marks = 0;
            for c in clean(&text).chars() {
                marks = if is_combining(c) { marks + 1 } else { 0 };
                prop_assert!(marks <= MARKS);
            }
        }
    }
}
