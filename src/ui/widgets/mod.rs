//! What screens are put together from.
//!
//! A widget draws what it is given into a part of the buffer and keeps nothing. Text is given rendered; here it
//! is only shown in the operator's glyph set and cut to its cells, never in the middle of a character. Every
//! widget draws something sensible in any area, an empty one included.

pub mod bar;
pub mod columns;
pub mod frame;
pub mod input;
pub mod lines;
pub mod sheet;
pub mod table;
pub mod tabs;
#[cfg(test)]
pub(in crate::ui) mod tests;
pub mod waterfall;

pub use bar::{bar, curve, progress};
pub use columns::{Column, first_width};
pub use frame::{Pane, Popup};
pub use input::{Caret, InputLine};
pub use lines::{Hint, Tone, key_hints, message_line, message_rows, paragraph};
pub use sheet::{Sheet, Window};
pub use table::{Cell, Row, Table, page_of};
pub use tabs::tabs;
pub use waterfall::{Step, Waterfall};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::glyphs::Glyphs;
use super::theme::Theme;
use crate::text::width::{cells, truncate_to_cells};

/// What things look like: passed to every widget.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Styles by role.
    pub theme: &'a Theme,
    /// The signs.
    pub glyphs: &'a Glyphs,
}

impl Look<'_> {
    /// How many cells `text` takes as this look shows it.
    #[must_use]
    pub fn cells(&self, text: &str) -> u16 {
        u16::try_from(cells(&self.glyphs.show(text))).unwrap_or(u16::MAX)
    }
}

/// Writes `text` into at most `width` cells from (`x`, `y`) on, cut with the set's sign; gives the cells it took.
/// What lies outside the buffer is not written.
pub fn put(
    buf: &mut Buffer,
    look: Look<'_>,
    (x, y): (u16, u16),
    width: u16,
    text: &str,
    style: Style,
) -> u16 {
    let area = *buf.area();
    if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
        return 0;
    }
    let width = width.min(area.right() - x);
    let shown = look.glyphs.show(text);
    let cut = truncate_to_cells(&shown, usize::from(width), look.glyphs.cut);
    let style = look.theme.text.patch(style);
    buf.set_stringn(x, y, &cut, usize::from(width), style).0 - x
}

/// Like [`put`], but ending at the right end of the `width` cells.
pub fn put_right(
    buf: &mut Buffer,
    look: Look<'_>,
    (x, y): (u16, u16),
    width: u16,
    text: &str,
    style: Style,
) -> u16 {
    let taken = look.cells(text).min(width);
    put(buf, look, (x.saturating_add(width - taken), y), taken, text, style)
}

/// No character is wider than four cells; almost all wide ones are two.
const WIDEST: u16 = 4;

/// Empties `area`, also of the first halves of wide characters that reach into it from the left: the terminal
/// would draw those over the area's edge.
pub fn clear(buf: &mut Buffer, area: Rect) {
    let area = area.intersection(*buf.area());
    for y in area.top()..area.bottom() {
        for back in 1..=WIDEST {
            if let Some(before) = area.left().checked_sub(back).and_then(|x| buf.cell_mut((x, y)))
                && cells(before.symbol()) > usize::from(back)
            {
                before.set_symbol(" ");
            }
        }
        for x in area.left()..area.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
}

/// The row of `area` that is `at` rows from its top, one cell high; empty if there is none.
#[must_use]
pub fn row(area: Rect, at: u16) -> Rect {
    if at >= area.height {
        return Rect { height: 0, ..area };
    }
    Rect { y: area.y + at, height: 1, ..area }
}
