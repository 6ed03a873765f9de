//! A grid of levels: branches by measures, where the eye finds the odd one out.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::table::page_of;
use super::{Look, put, put_right};

/// A figure as it is written, with its level.
pub type Figure<'a> = Option<(&'a str, u8)>;

/// Rows by columns of figures, each with a level from 0 (worst) to 4 (best). The level shows by a sign beside the
/// figure, so that it is seen without colour.
#[derive(Clone, Copy, Debug)]
pub struct Heat<'a> {
    /// Names of the columns.
    pub columns: &'a [&'a str],
    /// Name of each row, and its figures with their levels; `None` where there is none.
    pub rows: &'a [(&'a str, Vec<Figure<'a>>)],
    /// Row and column of the selected figure.
    pub selected: Option<(usize, usize)>,
}

const SIGNS: [&str; 5] = ["--", "- ", "  ", "+ ", "++"];

impl Heat<'_> {
    /// Draws the part that fits, with the selected figure in it.
    pub fn draw(&self, buf: &mut Buffer, look: Look<'_>, area: Rect) {
        let area = area.intersection(*buf.area());
        if area.is_empty() {
            return;
        }
        let name_width = self.rows.iter().map(|(name, _)| look.cells(name)).max().unwrap_or(0);
        let name_width = name_width.min(area.width / 3);
        let figure_width = self.figure_width(look);
        let fit = usize::from((area.width - name_width) / (figure_width + 1));
        let (row, column) = self.selected.unwrap_or((0, 0));
        let first_column = page_of(Some(column), fit);
        let height = usize::from(area.height - 1);
        let first_row = page_of(Some(row), height);
        let place = |at: usize| {
            area.x + name_width + 1 + u16::try_from(at).unwrap_or(0) * (figure_width + 1)
        };
        for (at, title) in self.columns.iter().skip(first_column).take(fit).enumerate() {
            put_right(buf, look, (place(at), area.y), figure_width, title, look.theme.column);
        }
        for (y, (name, figures)) in
            (area.y + 1..area.bottom()).zip(self.rows.iter().skip(first_row))
        {
            put(buf, look, (area.x, y), name_width, name, look.theme.text);
            for (at, figure) in figures.iter().skip(first_column).take(fit).enumerate() {
                let Some((text, level)) = figure else { continue };
                let level = usize::from(*level).min(4);
                let mut style = match level {
                    0 => look.theme.bad,
                    1 => look.theme.warn,
                    2 => look.theme.text,
                    _ => look.theme.good,
                };
                let here = (first_row + usize::from(y - area.y - 1), first_column + at);
                if self.selected == Some(here) {
                    style = style.add_modifier(Modifier::REVERSED);
                }
                let x = place(at);
                put_right(buf, look, (x, y), figure_width - 2, text, style);
                put(buf, look, (x + figure_width - 2, y), 2, SIGNS[level], style);
            }
        }
    }

    fn figure_width(&self, look: Look<'_>) -> u16 {
        let figures = self.rows.iter().flat_map(|(_, figures)| figures.iter().flatten());
        let widest = figures.map(|(text, _)| look.cells(text) + 2).max().unwrap_or(4);
        let titles = self.columns.iter().map(|title| look.cells(title)).max().unwrap_or(4);
        widest.max(titles).clamp(4, 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::ASCII;
    use crate::ui::widgets::tests::{drawn, look};

    #[test]
    fn levels_show_by_a_sign() {
        let rows = [
            ("南城", vec![Some(("-1.8 %", 0)), Some(("62 %", 3))]),
            ("新港", vec![None, Some(("98 %", 4))]),
        ];
        let heat = Heat { columns: &["AUM", "签收"], rows: &rows, selected: None };
        let text = drawn(24, 3, |buf, area| heat.draw(buf, look(&ASCII), area));
        assert_eq!(text[1], "南城 -1.8 %--   62 %+   ");
        assert_eq!(text[2], "新港            98 %++  ");
    }
}
