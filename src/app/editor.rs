//! Several lines of text with undo: our own type around a text area, so that the reducer can own one.
//!
//! The only file of `app` that names the text area, and nothing but `tui_textarea::` of it: its keys are its own
//! backend-free ones, and its drawing is not used (`ui` draws from [`Editor::lines`] and [`Editor::caret`]).

use tui_textarea::{CursorMove, Input, TextArea};

use super::key::{Code, Key};

/// A multi-line editor.
#[derive(Clone)]
pub struct Editor(TextArea<'static>);

impl Editor {
    /// An editor that holds `text`, caret at its end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        area.set_max_histories(200);
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Self(area)
    }

    /// Its lines; never empty.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        self.0.lines()
    }

    /// Its whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.lines().join("\n")
    }

    /// Line and character of the caret, both from 0.
    #[must_use]
    pub fn caret(&self) -> (usize, usize) {
        let cursor = self.0.cursor();
        (cursor.0, cursor.1)
    }

    /// Takes a key. True if the text changed.
    pub fn input(&mut self, key: Key) -> bool {
        let moved = match (key.code, key.ctrl) {
            (Code::Char('u'), true) => return self.0.undo(),
            (Code::Char('r'), true) => return self.0.redo(),
            (Code::Char('k'), true) => return self.0.delete_line_by_end(),
            (Code::Char('w'), true) => return self.0.delete_word(),
            (Code::PageUp, _) => CursorMove::Top,
            (Code::PageDown, _) => CursorMove::Bottom,
            (Code::Left, true) => CursorMove::WordBack,
            (Code::Right, true) => CursorMove::WordForward,
            (Code::Left, _) => CursorMove::Back,
            (Code::Right, _) => CursorMove::Forward,
            (Code::Up, _) => CursorMove::Up,
            (Code::Down, _) => CursorMove::Down,
            (Code::Home, _) => CursorMove::Head,
            (Code::End, _) | (Code::Char('e'), true) => CursorMove::End,
            _ => return self.0.input_without_shortcuts(input(key)),
        };
        self.0.move_cursor(moved);
        false
    }

    /// Takes pasted text with its line breaks.
    pub fn paste(&mut self, text: &str) -> bool {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        self.0.insert_str(text.replace('\t', "    "))
    }
}

fn input(key: Key) -> Input {
    use tui_textarea::Key as K;
    let code = match key.code {
        Code::Char(c) if key.ctrl || key.alt || c.is_control() => K::Null,
        Code::Char(c) => K::Char(c),
        Code::Enter => K::Enter,
        Code::Backspace => K::Backspace,
        Code::Delete => K::Delete,
        _ => K::Null,
    };
    Input { key: code, ..Input::default() }
}

impl std::fmt::Debug for Editor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Editor")
            .field("lines", &self.lines())
            .field("caret", &self.caret())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(editor: &mut Editor, names: &str) {
        for name in names.split_whitespace() {
            editor.input(Key::parse(name).unwrap());
        }
    }

    #[test]
    fn keys_move_the_caret_and_change_the_text() {
        let mut editor = Editor::new("aum >= 1");
        keys(&mut editor, "0 0 Enter x Up Home");
        assert_eq!(editor.text(), "aum >= 100\nx");
        assert_eq!(editor.caret(), (0, 0));
        keys(&mut editor, "C-e C-w C-u");
        assert_eq!(editor.text(), "aum >= 100\nx", "undo takes back one deletion");
    }

    #[test]
    fn a_control_key_types_nothing() {
        let mut editor = Editor::new("");
        for name in ["C-o", "Tab", "Esc", "C-p"] {
            assert!(!editor.input(Key::parse(name).unwrap()), "{name}");
        }
        assert_eq!(editor.text(), "");
        assert!(editor.paste("a\r\nb"));
        assert_eq!(editor.lines(), ["a", "b"]);
    }
}
