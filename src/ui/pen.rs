//! What drawing needs beside the state: words, signs and styles.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::glyphs::Glyphs;
use super::theme::Theme;
use super::widgets::{Look, put};
use crate::domain::message::Message;
use crate::text::width::wrap;
use crate::text::{Lang, render};

/// The operator's language, theme and signs.
#[derive(Clone, Debug)]
pub struct Skin {
    /// Which language.
    pub lang: Lang,
    /// Styles by role, made for this terminal.
    pub theme: Theme,
    /// The signs.
    pub glyphs: &'static Glyphs,
}

impl Skin {
    pub(super) fn pen(&self) -> Pen<'_> {
        Pen { look: Look { theme: &self.theme, glyphs: self.glyphs }, lang: self.lang }
    }
}

/// Words and looks, passed to every screen.
#[derive(Clone, Copy)]
pub(super) struct Pen<'s> {
    pub(super) look: Look<'s>,
    pub(super) lang: Lang,
}

impl Pen<'_> {
    /// A message in the operator's language.
    pub(super) fn say(&self, message: impl Into<Message>) -> String {
        render(&message.into(), self.lang)
    }

    /// Dims what stands there, if it is `old`: what is no longer current is seen to be.
    pub(super) fn dim(&self, buf: &mut Buffer, area: Rect, old: bool) {
        if old {
            buf.set_style(area.intersection(*buf.area()), self.look.theme.stale);
        }
    }

    /// One line of text at the top of `area`; gives what is left below it.
    pub(super) fn line(&self, buf: &mut Buffer, area: Rect, text: &str, style: Style) -> Rect {
        if area.height == 0 {
            return area;
        }
        put(buf, self.look, (area.x, area.y), area.width, text, style);
        below(area, 1)
    }

    /// Marks at the right edge of `area` that what stands there goes on above it, or below.
    pub(super) fn edges(&self, buf: &mut Buffer, area: Rect, above: bool, beneath: bool) {
        if area.is_empty() {
            return;
        }
        let (up, down) = (self.look.glyphs.up, self.look.glyphs.down);
        let edges = [(above, area.top(), up), (beneath, area.bottom() - 1, down)];
        for (_, y, sign) in edges.into_iter().filter(|(cut, ..)| *cut) {
            put(buf, self.look, (area.right() - 1, y), 1, sign, self.look.theme.stale);
        }
    }

    /// A paragraph of at most `most` lines at the top of `area`; gives what is left below it. Where it has more, its last line ends
    /// with the mark of what is cut.
    pub(super) fn text(
        &self,
        buf: &mut Buffer,
        area: Rect,
        text: &str,
        most: u16,
        style: Style,
    ) -> Rect {
        let top = Rect { height: most.min(area.height), ..area };
        let lines = wrap(&self.look.glyphs.show(text), usize::from(top.width));
        let cut = lines.len() > usize::from(top.height);
        for (y, at) in (top.top()..top.bottom()).zip(0..lines.len()) {
            // What does not fit into a line is cut there, with the mark.
            let rest = (cut && y + 1 == top.bottom()).then(|| lines[at..].join(" "));
            let line = rest.as_deref().unwrap_or(&lines[at]);
            put(buf, self.look, (top.x, y), top.width, line, style);
        }
        below(area, u16::try_from(lines.len()).unwrap_or(most).min(top.height))
    }
}

/// The first of `len` lines to show in a place of `height`, so that line `at` has others around it: the place goes on by a line
/// with each that the cursor goes.
pub(super) fn scrolled(len: usize, at: usize, height: usize) -> usize {
    at.saturating_sub(height / 2).min(len.saturating_sub(height))
}

/// What is left of `area` below its first `rows` rows.
pub(super) fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// `area` without its first `columns` columns.
pub(super) fn beside(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    Rect { x: area.x + columns, width: area.width - columns, ..area }
}

/// `area` with a cell of air on either side.
pub(super) fn aired(area: Rect) -> Rect {
    if area.width < 4 { area } else { Rect { x: area.x + 1, width: area.width - 2, ..area } }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ui::glyphs::ASCII;
    use crate::ui::widgets::tests::{drawn, look};

    #[test]
    fn a_paragraph_that_is_cut_says_so() {
        let told = |rows, text: &str| {
            drawn(12, rows, |buf, area| {
                let pen = Pen { look: look(&ASCII), lang: Lang::En };
                pen.text(buf, area, text, rows, Style::new());
            })
        };
        assert_eq!(told(2, "one two three four five six"), ["one two     ", "three four.."]);
        assert_eq!(told(2, "one two three four"), ["one two     ", "three four  "]);
        assert_eq!(told(1, "一二三四五六七"), ["一二三四五.."]);
    }

    proptest! {
        #[test]
        fn the_cursor_is_in_sight_with_its_neighbours(len in 1_usize..60, at in 0_usize..60, height in 1_usize..20) {
            let at = at.min(len - 1);
            let first = scrolled(len, at, height);
            prop_assert!(first <= at && at < first + height);
            prop_assert!(first + height <= len.max(height), "no place stays free while lines are out of sight");
            if height >= 3 {
                prop_assert!(at == 0 || first < at, "the line before");
                prop_assert!(at + 1 == len || at + 1 < first + height, "the line after");
            }
            prop_assert!(scrolled(len, (at + 1).min(len - 1), height).abs_diff(first) <= 1, "line by line");
        }
    }
}
