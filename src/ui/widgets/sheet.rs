//! A sheet that is taller than the place in which it is read: it is drawn whole, and a window of it is shown.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::row;

/// The most lines that a sheet has.
const MOST: u16 = 240;

/// What is drawn whole and read through a window.
#[derive(Debug)]
pub struct Sheet {
    /// What was drawn.
    pub buf: Buffer,
}

/// Which lines of a sheet are on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Lines at the top that stay.
    pub pinned: u16,
    /// All lines, those that stay included.
    pub used: u16,
    /// How many lines below those that stay are passed over.
    pub top: u16,
}

impl Sheet {
    /// An empty sheet for this place, as wide as it and looking like it.
    #[must_use]
    pub fn of(buf: &Buffer, area: Rect) -> Self {
        let place = Rect { y: 0, height: MOST.max(area.height), ..area };
        let mut blank = buf.cell((area.x, area.y)).cloned().unwrap_or_default();
        blank.set_symbol(" ");
        Self { buf: Buffer::filled(place, blank) }
    }

    /// All of it.
    #[must_use]
    pub fn area(&self) -> Rect {
        *self.buf.area()
    }

    /// Shows the window in `area`; where not all lines fit, its last line is left free. Gives the first and the last line that are
    /// shown of those that move, from 1, and how many there are; none where all fit.
    pub fn show(&self, buf: &mut Buffer, area: Rect, window: Window) -> Option<(u16, u16, u16)> {
        let pinned = window.pinned.min(area.height);
        let (moving, room) = (window.used.saturating_sub(pinned), area.height - pinned);
        let fits = moving <= room;
        let shown = if fits { room } else { room.saturating_sub(1) };
        let top = window.top.min(moving.saturating_sub(shown));
        for at in 0..pinned + shown {
            let from = if at < pinned { at } else { at + top };
            self.copy(buf, row(area, at), from);
        }
        (!fits).then(|| (top + 1, top + shown, moving))
    }

    fn copy(&self, buf: &mut Buffer, line: Rect, from: u16) {
        for x in line.left()..line.right() {
            if let (Some(to), Some(cell)) = (buf.cell_mut((x, line.y)), self.buf.cell((x, from))) {
                to.clone_from(cell);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;
    use crate::ui::glyphs::ASCII;
    use crate::ui::widgets::put;
    use crate::ui::widgets::tests::{drawn, look};

    fn shown(height: u16, top: u16) -> (Vec<String>, Option<(u16, u16, u16)>) {
        let mut of = None;
        let text = drawn(4, height, |buf, area| {
            let mut sheet = Sheet::of(buf, area);
            for (y, word) in (0..).zip(["head", "一二", "b", "c", "d"]) {
                put(&mut sheet.buf, look(&ASCII), (area.x, y), 4, word, Style::new());
            }
            of = sheet.show(buf, area, Window { pinned: 1, used: 5, top });
        });
        (text, of)
    }

    #[test]
    fn what_does_not_fit_is_come_to_line_by_line_and_ends_at_the_end() {
        assert_eq!(
            shown(5, 3),
            (["head", "一二", "b   ", "c   ", "d   "].map(str::to_owned).into(), None)
        );
        let (text, of) = shown(4, 0);
        assert_eq!((&text[1][..], &text[2][..], &text[3][..]), ("一二", "b   ", "    "));
        assert_eq!(of, Some((1, 2, 4)));
        let (text, of) = shown(4, 99);
        assert_eq!((&text[0][..], &text[2][..], of), ("head", "d   ", Some((3, 4, 4))));
        assert_eq!(shown(1, 0).1, Some((1, 0, 4)), "no room is no fault");
    }
}
