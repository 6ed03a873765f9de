//! How far segments are the same customers: a matrix, and the cell under the cursor in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::marts::marts;
use crate::app::state::study::StudyPage;
use crate::domain::message::Message;
use crate::domain::segment::overlap::Overlap;
use crate::msg;
use crate::text::number;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table, bar, row};

/// Cells of a column of figures.
const WIDTH: u16 = 10;

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    overlap: &Overlap,
    pen: Pen<'_>,
) {
    let area = marts(buf, area, &overlap.refreshed, pen);
    let detail = if area.height >= 10 { 4 } else { 2 };
    let upper = Rect { height: area.height.saturating_sub(detail), ..area };
    matrix(buf, upper, page, overlap, pen);
    cell(buf, below(area, upper.height), page, overlap, pen);
}

fn share(overlap: &Overlap, i: usize, j: usize) -> String {
    number::percent(overlap.matrix[i][j], overlap.matrix[i][i]).unwrap_or_else(|| "-".to_owned())
}

fn matrix(buf: &mut Buffer, area: Rect, page: &StudyPage, overlap: &Overlap, pen: Pen<'_>) {
    let n = overlap.segments.len();
    let codes = overlap.segments.iter().map(|code| pen.look.cells(code));
    let head = codes.max().unwrap_or(8).clamp(8, 18).min(area.width / 2);
    // As many columns as fit, turned over a page at a time.
    let fit = usize::from(area.width.saturating_sub(head + 3) / (WIDTH + 1)).clamp(1, n.max(1));
    let first = page.part / fit * fit;
    let shown: Vec<usize> = (first..n.min(first + fit)).collect();
    let corner = match (first > 0, first + fit < n) {
        (false, false) => String::new(),
        (before, after) => {
            let sign = |there: bool, sign: &'static str| if there { sign } else { " " };
            let glyphs = pen.look.glyphs;
            format!("{}{}", sign(before, glyphs.more_before), sign(after, glyphs.more_after))
        }
    };
    let mut columns = vec![Column::fixed(&corner, head)];
    columns.extend(shown.iter().map(|at| Column::fixed(&overlap.segments[*at], WIDTH).right()));
    let theme = pen.look.theme;
    let line = |i: usize| {
        let mut cells = vec![Cell::from(overlap.segments[i].as_str())];
        for &j in &shown {
            let text = if page.shares {
                share(overlap, i, j)
            } else {
                number::count(overlap.matrix[i][j])
            };
            let style = match () {
                () if (i, j) == (page.row, page.part) => theme.selected,
                () if i == j => theme.stale,
                () => Style::new(),
            };
            cells.push(Cell::styled(text, style));
        }
        Row::new(cells)
    };
    Table {
        columns: &columns,
        len: n,
        row: &line,
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: "",
    }
    .draw(buf, pen.look, area);
}

/// The cell under the cursor: how many, of whom, and a bar over the row's segment.
fn cell(buf: &mut Buffer, area: Rect, page: &StudyPage, overlap: &Overlap, pen: Pen<'_>) {
    let (i, j) = (page.row, page.part);
    let (Some(a), Some(b)) = (overlap.segments.get(i), overlap.segments.get(j)) else { return };
    let count = overlap.matrix[i][j];
    let said = if i == j {
        let said = Message::new(msg!("console.study.overlap.alone"));
        said.with("a", a.as_str()).with("count", count)
    } else {
        Message::new(msg!("console.study.overlap.cell"))
            .with("a", a.as_str())
            .with("b", b.as_str())
            .with("count", count)
            .with("of_a", share(overlap, i, j))
            .with("of_b", share(overlap, j, i))
    };
    let theme = pen.look.theme;
    let lines = if area.height >= 4 { 2 } else { 1 };
    let area = pen.text(buf, area, &pen.say(said), lines, theme.accent);
    let area = pen.line(buf, area, &overlap.rule(i, j).unwrap_or_default(), theme.text);
    if area.height > 0 {
        let place = Rect { width: area.width.min(60), ..row(area, 0) };
        bar(buf, pen.look, place, (count, overlap.matrix[i][i]), Style::new());
    }
}
