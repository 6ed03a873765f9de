//! A segment in cells: every customer is in exactly one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{bin, called};
use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::domain::message::Message;
use crate::domain::segment::grid::Grid;
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table};

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    grid: &Grid,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let said = Message::new(msg!("console.study.grid.sum"))
        .with("cells", grid.cells.len())
        .with("count", grid.count)
        .with("aum", figures::money(pen, state, grid.aum));
    let area = pen.text(buf, area, &pen.say(said), 2, theme.accent);
    // The rule of the cell under the cursor, where there is room.
    let low = if area.height >= 12 { 3 } else { 0 };
    let upper = Rect { height: area.height - low, ..area };
    cells(buf, upper, state, page, grid, pen);
    if let Some(cell) = grid.cells.get(page.row)
        && low > 0
    {
        pen.text(buf, below(area, upper.height + 1), &cell.rule, 2, theme.text);
    }
}

fn cells(buf: &mut Buffer, area: Rect, state: &State, page: &StudyPage, grid: &Grid, pen: Pen<'_>) {
    let names: Vec<String> =
        grid.axes.iter().map(|axis| called(&axis.name, (&axis.zh, &axis.en), pen)).collect();
    let bins: Vec<Vec<String>> =
        grid.axes.iter().map(|axis| axis.bins.iter().map(|one| bin(one, pen)).collect()).collect();
    let titles = [
        pen.say(msg!("console.column.customers")),
        pen.say(msg!("console.column.share")),
        String::new(),
        pen.say(msg!("console.column.aum")),
    ];
    let mut columns: Vec<Column<'_>> = names
        .iter()
        .zip(&bins)
        .map(|(name, bins)| {
            Column::flex(name, 8, 26)
                .holding(bins.iter().map(String::as_str).chain([name.as_str()]))
        })
        .collect();
    columns.extend([
        Column::fixed(&titles[0], 10).right(),
        Column::fixed(&titles[1], 7).right().priority(2),
        Column::flex(&titles[2], 6, 30).priority(3),
        Column::flex(&titles[3], 12, 16).right().priority(1),
    ]);
    let most = grid.cells.iter().map(|cell| cell.count).max().unwrap_or(0);
    let row = |at: usize| {
        let cell = &grid.cells[at];
        let of = |(axis, at): (usize, &usize)| {
            Cell::from(bins.get(axis).and_then(|bins| bins.get(*at)).map_or("", String::as_str))
        };
        let mut row: Vec<Cell<'_>> = cell.at.iter().enumerate().map(of).collect();
        row.extend([
            number::count(cell.count).into(),
            number::percent(cell.count, grid.count).unwrap_or_default().into(),
            Cell::Bar(cell.count, most, Style::new()),
            figures::money(pen, state, cell.aum).into(),
        ]);
        Row::new(row)
    };
    let empty = pen.say(msg!("console.study.grid.empty"));
    Table {
        columns: &columns,
        len: grid.cells.len(),
        row: &row,
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}
