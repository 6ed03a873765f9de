//! One line of input, with a caret counted in terminal cells.

use tui_input::{Input, InputRequest};

use super::key::{Code, Key};

/// A one-line input.
#[derive(Clone, Debug, Default)]
pub struct Field(Input);

impl Field {
    /// A field that holds `text`, caret at its end.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Input::new(text.into()))
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.value()
    }

    /// Cells before the caret.
    #[must_use]
    pub fn caret(&self) -> usize {
        self.0.visual_cursor()
    }

    /// Characters before the caret.
    #[must_use]
    pub fn chars_before(&self) -> usize {
        self.0.cursor()
    }

    /// Takes a key. True if the text changed.
    pub fn input(&mut self, key: Key) -> bool {
        let request = match (key.code, key.ctrl) {
            (Code::Char('u'), true) => InputRequest::DeleteLine,
            (Code::Char('k'), true) => InputRequest::DeleteTillEnd,
            (Code::Char('w'), true) => InputRequest::DeletePrevWord,
            (Code::Char('e'), true) | (Code::End, false) => InputRequest::GoToEnd,
            (Code::Backspace, _) => InputRequest::DeletePrevChar,
            (Code::Delete, _) => InputRequest::DeleteNextChar,
            (Code::Left, _) => InputRequest::GoToPrevChar,
            (Code::Right, _) => InputRequest::GoToNextChar,
            (Code::Home, _) => InputRequest::GoToStart,
            _ => match key.typed() {
                Some(c) if !c.is_control() => InputRequest::InsertChar(c),
                _ => return false,
            },
        };
        self.0.handle(request).is_some_and(|change| change.value)
    }

    /// Takes pasted text; line breaks become blanks, because the field has one line.
    pub fn paste(&mut self, text: &str) -> bool {
        let mut changed = false;
        for c in text.chars() {
            let c = if c.is_control() { ' ' } else { c };
            changed |= self.0.handle(InputRequest::InsertChar(c)).is_some();
        }
        changed
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Field {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_counts_cells() {
        let mut field = Field::new("江海a");
        assert_eq!(field.caret(), 5);
        field.input(Key::plain(Code::Left));
        field.input(Key::plain(Code::Left));
        assert_eq!(field.caret(), 2);
        assert!(field.input(Key::char('x')));
        assert_eq!(field.text(), "江x海a");
    }

    #[test]
    fn a_paste_of_lines_stays_one_line() {
        let mut field = Field::default();
        assert!(field.paste("a\nb\u{1b}c"));
        assert_eq!(field.text(), "a b c");
    }
}
