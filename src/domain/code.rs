//! Codes that people give to segments and strategies, and the characters that no written text may hide.

/// The longest code, in characters.
pub const MAX: usize = 40;

/// The longest name of a segment, in characters: it stands in a row of a table beside other things.
pub const NAME_MAX: usize = 100;

/// The longest note of a version, in characters.
pub const NOTE_MAX: usize = 2_000;

/// True for 1 to [`MAX`] visible characters without a space, the first of them a letter or a digit, and no way up a tree of
/// directories among them: `SG-PAYROLL`, `ST-014`, `流失挽回`. A command would take `-x` for an option.
#[must_use]
pub fn is_code(text: &str) -> bool {
    (1..=MAX).contains(&text.chars().count())
        && text.starts_with(char::is_alphanumeric)
        && !text.contains(char::is_whitespace)
        && !text.contains("..")
        && !hides_characters(text)
}

/// True if the text holds a character that [`clean`](super::clean) would mark: what is approved must be what was read.
/// Line ends and tabs can be seen.
#[must_use]
pub fn hides_characters(text: &str) -> bool {
    let lines = text.split(['\n', '\t']);
    lines.into_iter().any(|line| super::clean::clean(line) != line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_short_visible_and_one_word() {
        for code in ["ST-014", "流失挽回", "a", "B03/7.x"] {
            assert!(is_code(code), "{code}");
        }
        for text in [
            "",
            "two words",
            "a\tb",
            "a\u{200b}b",
            "\u{202e}abc",
            ".",
            "../x",
            "a/../b",
            "-x",
            &"x".repeat(41),
        ] {
            assert!(!is_code(text), "{text:?}");
        }
    }

    #[test]
    fn a_script_may_have_lines_but_nothing_hidden() {
        assert!(!hides_characters("第一行\n第二行\tx"));
        assert!(hides_characters("a\u{1b}[31m"));
        assert!(hides_characters("a\r\nb"));
    }
}
