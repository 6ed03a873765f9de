//! One line that is typed into.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Look, put, row};

/// Where the terminal's own cursor belongs, so that an input method composes in the right place.
pub type Caret = Option<Position>;

/// A field with its label.
#[derive(Clone, Copy, Debug, Default)]
pub struct InputLine<'a> {
    /// What to type, before the field; may be empty.
    pub label: &'a str,
    /// What was typed.
    pub value: &'a str,
    /// How many characters (`char`s) of the value stand before the caret.
    pub cursor: usize,
    /// Shown where nothing was typed.
    pub hint: &'a str,
    /// Whether keys go here; only then there is a caret.
    pub focused: bool,
}

impl InputLine<'_> {
    /// Draws the line; the value is moved so that the caret is in sight.
    pub fn draw(&self, buf: &mut Buffer, look: Look<'_>, area: Rect) -> Caret {
        let area = row(area.intersection(*buf.area()), 0);
        if area.is_empty() {
            return None;
        }
        let theme = look.theme;
        let label_style = if self.focused { theme.accent } else { theme.text };
        let label_room = area.width / 2;
        let mut taken = 0;
        if !self.label.is_empty() {
            taken = put(buf, look, (area.x, area.y), label_room, self.label, label_style);
            taken = (taken + 1).min(area.width - 1);
        }
        let field = Rect { x: area.x + taken, width: area.width - taken, ..area };
        if self.value.is_empty() {
            put(buf, look, (field.x, field.y), field.width, self.hint, theme.disabled);
            return self.focused.then_some(field.as_position());
        }
        let caret = self.draw_value(buf, look, field);
        self.focused.then_some(Position { x: caret, y: field.y })
    }

    /// Gives the caret's column.
    fn draw_value(&self, buf: &mut Buffer, look: Look<'_>, field: Rect) -> u16 {
        let before =
            self.value.char_indices().nth(self.cursor).map_or(self.value.len(), |(at, _)| at);
        let graphemes: Vec<(usize, &str, u16)> =
            self.value.grapheme_indices(true).map(|(at, g)| (at, g, look.cells(g))).collect();
        let at = graphemes.iter().take_while(|(start, g, _)| start + g.len() <= before).count();
        // The caret wants a cell of its own; the rest of the width goes to what stands before it.
        let room = u32::from(field.width.saturating_sub(1));
        let (mut from, mut used) = (at, 0_u32);
        while from > 0 && used + u32::from(graphemes[from - 1].2) <= room {
            used += u32::from(graphemes[from - 1].2);
            from -= 1;
        }
        let mut x = field.x;
        for (_, grapheme, width) in &graphemes[from..] {
            if *width > field.right() - x {
                break;
            }
            x += put(buf, look, (x, field.y), *width, grapheme, Style::new());
        }
        field.x + u16::try_from(used).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::{ASCII, SAFE};
    use crate::ui::widgets::tests::{drawn, look};

    fn typed(w: u16, value: &str, cursor: usize) -> (String, u16) {
        let mut caret = 0;
        let input = InputLine { label: "/", value, cursor, hint: "name", focused: true };
        let text = drawn(w, 1, |buf, area| {
            caret = input.draw(buf, look(&ASCII), area).unwrap().x;
        });
        (text[0].clone(), caret)
    }

    #[test]
    fn the_caret_stands_behind_what_was_typed() {
        assert_eq!(typed(10, "", 0), ("/ name    ".to_owned(), 2));
        assert_eq!(typed(10, "代发", 1), ("/ 代发    ".to_owned(), 4));
        assert_eq!(typed(10, "代发", 2), ("/ 代发    ".to_owned(), 6));
        assert_eq!(typed(10, "代发客户挽回", 6), ("/ 户挽回  ".to_owned(), 8));
        assert_eq!(typed(10, "代发客户挽回", 0), ("/ 代发客户".to_owned(), 2));
        assert_eq!(typed(4, "abc", 3), ("/ c ".to_owned(), 3));
        assert_eq!(typed(3, "abc", 3), ("/  ".to_owned(), 2));
    }

    #[test]
    fn without_focus_there_is_no_caret() {
        let input = InputLine { value: "é", ..InputLine::default() };
        let text = drawn(4, 1, |buf, area| assert_eq!(input.draw(buf, look(&SAFE), area), None));
        assert_eq!(text, ["e   "]);
    }
}
