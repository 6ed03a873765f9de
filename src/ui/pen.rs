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
}
