//! Several lines of text with undo: our own type around a text area, so that the reducer can own one.
//!
//! The only file of `app` that names the text area, and nothing but `tui_textarea::` of it: its keys are its own
//! backend-free ones, and its drawing is not used (`ui` draws from [`Editor::lines`] and [`Editor::caret`]).

use std::collections::BTreeSet;
use std::ops::Range;

use tui_textarea::{CursorMove, Input, TextArea};

use super::key::{Code, Key};

/// Changes that are remembered: a long rule, key by key.
const HISTORY: usize = 10_000;

/// A multi-line editor.
#[derive(Clone)]
pub struct Editor {
    area: TextArea<'static>,
    /// Changes made less changes taken back.
    at: usize,
    /// Where one step of ours goes on from one change of the text area's to the next: undo and redo do not stop there.
    seams: BTreeSet<usize>,
    /// The run of keys that the last change belongs to, and where it left the caret.
    run: Option<(Run, (usize, usize))>,
}

/// Keys that are one step for undo: a word with what stands behind it, or a row of deletions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    /// Letters and figures.
    Word,
    /// Blanks and signs; they go on with the word before them, and a word after them begins a new step.
    Signs,
    /// Backspaces.
    Back,
    /// Deletions behind the caret.
    Forward,
}

impl Run {
    fn of(key: Key) -> Option<Self> {
        match key.code {
            Code::Char(_) if key.ctrl || key.alt => None,
            Code::Char(c) if c.is_alphanumeric() || c == '_' => Some(Self::Word),
            Code::Char(_) | Code::Enter => Some(Self::Signs),
            Code::Backspace => Some(Self::Back),
            Code::Delete => Some(Self::Forward),
            _ => None,
        }
    }

    /// Whether a key of the run `next` goes on with the step that this one ended.
    fn goes_on(self, next: Self) -> bool {
        self == next || (self == Self::Word && next == Self::Signs)
    }
}

impl Editor {
    /// An editor that holds `text`, caret at its end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        area.set_max_histories(HISTORY);
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Self { area, at: 0, seams: BTreeSet::new(), run: None }
    }

    /// Its lines; never empty.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// Its whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Line and character of the caret, both from 0.
    #[must_use]
    pub fn caret(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// Takes a key. True if the text changed.
    pub fn input(&mut self, key: Key) -> bool {
        let moved = match (key.code, key.ctrl) {
            (Code::Char('u'), true) => return self.undo(),
            (Code::Char('r'), true) => return self.redo(),
            (Code::Char('k'), true) => return self.change(TextArea::delete_line_by_end),
            (Code::Char('w'), true) => return self.change(TextArea::delete_word),
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
            _ => return self.typed(key),
        };
        self.area.move_cursor(moved);
        false
    }

    /// A key that types or deletes: one of a run makes one step with those before it.
    fn typed(&mut self, key: Key) -> bool {
        let run = Run::of(key);
        let before = self.run.filter(|(_, at)| *at == self.caret());
        let goes_on =
            before.zip(run).is_some_and(|((before, _), run)| before.goes_on(run)) && self.at > 0;
        let seam = self.at;
        let changed = self.change(|area| area.input_without_shortcuts(input(key)));
        if changed {
            if goes_on {
                self.seams.insert(seam);
            }
            self.run = run.map(|run| (run, self.caret()));
        }
        changed
    }

    /// Takes pasted text with its line breaks.
    pub fn paste(&mut self, text: &str) -> bool {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        self.change(|area| area.insert_str(text.replace('\t', "    ")))
    }

    /// Characters of the whole text before the caret.
    #[must_use]
    pub fn chars_before(&self) -> usize {
        let (line, column) = self.caret();
        let before: usize = self.lines()[..line].iter().map(|l| l.chars().count() + 1).sum();
        before + column
    }

    /// Puts `text` in the place of these characters of the whole text, as one change; the caret stands behind it.
    pub fn replace(&mut self, chars: Range<usize>, text: &str) -> bool {
        let (line, column) = self.place(chars.start);
        self.area.move_cursor(CursorMove::Jump(line, column));
        let deleted = self.change(|area| area.delete_str(chars.len()));
        if deleted && !text.is_empty() {
            self.seams.insert(self.at);
        }
        self.change(|area| area.insert_str(text)) || deleted
    }

    /// Puts `text` in the place of the whole text, as one change.
    pub fn replace_all(&mut self, text: &str) -> bool {
        let whole = self.text();
        whole != text && self.replace(0..whole.chars().count(), text)
    }

    /// Takes back the last change. False if there is none.
    pub fn undo(&mut self) -> bool {
        let mut done = false;
        while (!done || self.seams.contains(&self.at)) && self.area.undo() {
            self.at = self.at.saturating_sub(1);
            done = true;
        }
        self.run = None;
        done
    }

    /// Makes the last change that was taken back again. False if there is none.
    pub fn redo(&mut self) -> bool {
        let mut done = false;
        while (!done || self.seams.contains(&self.at)) && self.area.redo() {
            self.at += 1;
            done = true;
        }
        self.run = None;
        done
    }

    /// Every change goes through here, so that seams are found again.
    fn change(&mut self, apply: impl FnOnce(&mut TextArea<'static>) -> bool) -> bool {
        let changed = apply(&mut self.area);
        if changed {
            self.at += 1;
            self.seams.retain(|seam| *seam < self.at);
            self.run = None;
        }
        changed
    }

    /// Line and character of the character of that number.
    fn place(&self, chars: usize) -> (u16, u16) {
        let mut left = chars;
        let mut line = 0;
        for text in self.lines() {
            let length = text.chars().count();
            if left <= length || line + 1 == self.lines().len() {
                left = left.min(length);
                break;
            }
            left -= length + 1;
            line += 1;
        }
        let cell = |n| u16::try_from(n).unwrap_or(u16::MAX);
        (cell(line), cell(left))
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
    fn a_replacement_is_one_change() {
        let mut editor = Editor::new("gender = 'F'\nand 年龄 > 3");
        assert!(editor.replace(17..19, "age"));
        assert_eq!(editor.lines(), ["gender = 'F'", "and age > 3"]);
        assert_eq!((editor.caret(), editor.chars_before()), ((1, 7), 20));
        assert!(editor.replace_all("true"));
        keys(&mut editor, "x C-u C-u");
        assert_eq!(editor.lines(), ["gender = 'F'", "and age > 3"]);
        keys(&mut editor, "C-u");
        assert_eq!(editor.lines(), ["gender = 'F'", "and 年龄 > 3"]);
        keys(&mut editor, "C-r C-r C-r");
        assert_eq!(editor.text(), "truex");
        keys(&mut editor, "C-u C-u y C-u");
        assert_eq!(
            editor.lines(),
            ["gender = 'F'", "and age > 3"],
            "a new change forgets the seam"
        );
        assert!(!editor.replace_all("gender = 'F'\nand age > 3"), "nothing to change");
        assert!(editor.replace(99..99, "\n") && editor.lines().len() == 3, "at the end");
    }

    #[test]
    fn undo_takes_back_words_and_not_keys() {
        let mut editor = Editor::new("");
        for c in "aum >= 30 and 年龄".chars() {
            editor.input(Key::plain(Code::Char(c)));
        }
        let mut steps = vec![];
        while editor.undo() {
            steps.push(editor.text());
        }
        assert_eq!(steps, ["aum >= 30 and ", "aum >= 30 ", "aum >= ", ""]);
        for text in ["aum >= ", "aum >= 30 ", "aum >= 30 and "] {
            assert!(editor.redo());
            assert_eq!(editor.text(), text);
        }
        // Deletions are a step of their own, and moving the caret ends a run.
        keys(&mut editor, "BSpace BSpace BSpace x Left y Right z");
        let mut steps = vec![];
        for _ in 0..5 {
            assert!(editor.undo());
            steps.push(editor.text());
        }
        assert_eq!(
            steps,
            ["aum >= 30 ayx", "aum >= 30 ax", "aum >= 30 a", "aum >= 30 and ", "aum >= 30 "]
        );
        editor.paste("b c d");
        editor.input(Key::plain(Code::Char('e')));
        assert!(editor.undo() && editor.text().ends_with("b c d"), "a paste is a step of its own");
        assert!(editor.undo() && editor.text() == "aum >= 30 ");
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
