//! The frame around a pane, and the box that opens above everything.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Look, clear, put, row};

/// A frame with a title. Focus shows at the title alone (marker, bold, reverse), so that moving it costs few bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pane<'a> {
    /// What the pane is, such as `1 Segments`.
    pub title: &'a str,
    /// Whether keys go here.
    pub focused: bool,
    /// As of when its data are; stands at the lower right.
    pub as_of: &'a str,
    /// Whether the data are no longer current; the caller's text says so too.
    pub stale: bool,
    /// A note at the lower left, such as a filter or `3/120`.
    pub note: &'a str,
}

impl Pane<'_> {
    /// Draws the frame and gives the area within it. Too small for a frame, the whole area is the inside.
    pub fn draw(&self, buf: &mut Buffer, look: Look<'_>, area: Rect) -> Rect {
        let area = area.intersection(*buf.area());
        if area.height < 3 || area.width < 4 {
            return area;
        }
        border(buf, look, area, look.theme.border);
        let theme = look.theme;
        let (mark, style) = if self.focused {
            (look.glyphs.marker, theme.title_focused)
        } else {
            (" ", theme.title)
        };
        let room = area.width - 4;
        let mark_cells = put(buf, look, (area.x + 1, area.y), room, mark, style);
        let title_cells =
            put(buf, look, (area.x + 1 + mark_cells, area.y), room - mark_cells, self.title, style);
        if title_cells > 0 {
            put(buf, look, (area.x + 1 + mark_cells + title_cells, area.y), 1, " ", style);
        }
        self.draw_foot(buf, look, row(area, area.height - 1));
        Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
    }

    fn draw_foot(&self, buf: &mut Buffer, look: Look<'_>, foot: Rect) {
        let room = foot.width - 4;
        let as_of = if self.as_of.is_empty() { 0 } else { (look.cells(self.as_of) + 2).min(room) };
        let style = if self.stale { look.theme.stale } else { look.theme.border };
        if as_of > 2 {
            let x = foot.right() - 2 - as_of;
            let text = format!(" {} ", self.as_of);
            put(buf, look, (x, foot.y), as_of, &text, style);
        }
        // The day matters more than the note: the note takes what is left.
        let left = room.saturating_sub(as_of + 1);
        if !self.note.is_empty() && left > 3 {
            let text = format!(" {} ", self.note);
            put(buf, look, (foot.x + 2, foot.y), left, &text, look.theme.text);
        }
    }
}

/// A box in the middle of the screen, above what is there.
#[derive(Clone, Copy, Debug)]
pub struct Popup<'a> {
    /// What it asks or shows.
    pub title: &'a str,
    /// Cells it would like, with its frame.
    pub width: u16,
    /// Rows it would like, with its frame.
    pub height: u16,
}

impl Popup<'_> {
    /// Empties the place, draws the frame and gives the area within it, one cell of air on the left and right.
    pub fn draw(&self, buf: &mut Buffer, look: Look<'_>, area: Rect) -> Rect {
        let area = area.intersection(*buf.area());
        let (width, height) = (self.width.min(area.width), self.height.min(area.height));
        let place = Rect {
            x: area.x + (area.width - width) / 2,
            y: area.y + (area.height - height) / 2,
            width,
            height,
        };
        clear(buf, place);
        let pane = Pane { title: self.title, focused: true, ..Pane::default() };
        let inner = pane.draw(buf, look, place);
        if inner.width < 4 || inner == place {
            return inner;
        }
        Rect { x: inner.x + 1, width: inner.width - 2, ..inner }
    }
}

/// A line around `area`.
fn border(buf: &mut Buffer, look: Look<'_>, area: Rect, style: Style) {
    let lines = look.glyphs.border;
    let (left, right, top, bottom) = (area.x, area.right() - 1, area.y, area.bottom() - 1);
    for x in left + 1..right {
        put(buf, look, (x, top), 1, lines.horizontal, style);
        put(buf, look, (x, bottom), 1, lines.horizontal, style);
    }
    for y in top + 1..bottom {
        put(buf, look, (left, y), 1, lines.vertical, style);
        put(buf, look, (right, y), 1, lines.vertical, style);
    }
    for (place, sign) in [
        ((left, top), lines.top_left),
        ((right, top), lines.top_right),
        ((left, bottom), lines.bottom_left),
        ((right, bottom), lines.bottom_right),
    ] {
        put(buf, look, place, 1, sign, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::ASCII;
    use crate::ui::widgets::tests::{drawn, look};

    #[test]
    fn a_pane_has_title_day_and_note() {
        let pane =
            Pane {
                title: "1 客群", focused: true, as_of: "2026-11-20", note: "3/9", stale: false
            };
        let text = drawn(30, 3, |buf, area| {
            let inner = pane.draw(buf, look(&ASCII), area);
            assert_eq!(inner, Rect { x: 1, y: 1, width: 28, height: 1 });
        });
        assert_eq!(
            text,
            [
                "+>1 客群 --------------------+",
                "|                            |",
                "+- 3/9 --------- 2026-11-20 -+"
            ]
        );
    }

    #[test]
    fn focus_shows_without_colour() {
        let title = |focused| {
            let pane = Pane { title: "Tasks", focused, ..Pane::default() };
            drawn(12, 3, |buf, area| {
                pane.draw(buf, look(&ASCII), area);
            })[0]
                .clone()
        };
        assert_eq!(title(true), "+>Tasks ---+");
        assert_eq!(title(false), "+ Tasks ---+");
    }

    #[test]
    fn a_popup_covers_wide_characters_at_its_edge() {
        let text = drawn(12, 5, |buf, area| {
            for y in 0..5 {
                put(buf, look(&ASCII), (0, y), 12, "客客客客客客", Style::new());
            }
            Popup { title: "", width: 6, height: 3 }.draw(buf, look(&ASCII), area);
        });
        assert_eq!(text[1], "客 +>---+ 客");
    }
}
