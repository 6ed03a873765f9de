//! One line of input, with a caret counted in terminal cells.

use tui_input::{Input, InputRequest};

use super::key::{Code, Key};
use crate::domain::clean::clean;

/// The most characters (`char`s) that a line of a form or a prompt takes: what the bank keeps of one line has 2,000 at most.
pub const LINE: usize = 2_000;

/// The most characters that what is looked for takes: no name is longer, and each key goes over every row with all of it.
pub const SOUGHT: usize = 200;

/// What a paste did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pasted {
    /// The text changed.
    pub changed: bool,
    /// How many characters of the paste had no room.
    pub left_out: usize,
}

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

    /// Takes a key; beyond `most` characters no more are typed. True if the text changed.
    pub fn input(&mut self, key: Key, most: usize) -> bool {
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
                Some(c) if !c.is_control() && self.room(most) > 0 => InputRequest::InsertChar(c),
                _ => return false,
            },
        };
        self.0.handle(request).is_some_and(|change| change.value)
    }

    /// Takes pasted text up to `most` characters in all, in one step: control characters become blanks, because the field has
    /// one line, and what cannot be seen becomes a mark that can.
    pub fn paste(&mut self, text: &str, most: usize) -> Pasted {
        let room = self.room(most);
        let mut rest = text.chars();
        let shown: String =
            rest.by_ref().take(room).map(|c| if c.is_control() { ' ' } else { c }).collect();
        // A mark is longer than what it stands for: what is cut then is the end of the marks.
        let taken: String = clean(&shown).chars().take(room).collect();
        if taken.is_empty() {
            return Pasted { changed: false, left_out: rest.count() };
        }
        let (value, at) = (self.text(), self.chars_before());
        let byte = value.char_indices().nth(at).map_or(value.len(), |(byte, _)| byte);
        let (before, after) = value.split_at(byte);
        let cursor = at + taken.chars().count();
        self.0 = Input::new(format!("{before}{taken}{after}")).with_cursor(cursor);
        Pasted { changed: true, left_out: rest.count() }
    }

    /// How many characters there is still room for.
    fn room(&self, most: usize) -> usize {
        most.saturating_sub(self.text().chars().count())
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
        field.input(Key::plain(Code::Left), LINE);
        field.input(Key::plain(Code::Left), LINE);
        assert_eq!(field.caret(), 2);
        assert!(field.input(Key::char('x'), LINE));
        assert_eq!(field.text(), "江x海a");
    }

    #[test]
    fn a_paste_of_lines_stays_one_line() {
        let mut field = Field::default();
        assert!(field.paste("a\nb\u{1b}c", LINE).changed);
        assert_eq!(field.text(), "a b c");
        field.paste("\u{202e}x", LINE);
        assert_eq!(field.text(), "a b c<U+202E>x");
    }

    #[test]
    fn a_paste_goes_in_at_the_caret_as_far_as_there_is_room() {
        let mut field = Field::new("江海");
        field.input(Key::plain(Code::Left), LINE);
        assert_eq!(field.paste("xy", 3), Pasted { changed: true, left_out: 1 });
        assert_eq!((field.text(), field.chars_before()), ("江x海", 2));
        assert_eq!(field.paste("z", 3), Pasted { changed: false, left_out: 1 });
        assert!(!field.input(Key::char('z'), 3), "no room for a key either");
        assert!(field.input(Key::plain(Code::Backspace), 3));
    }
}
