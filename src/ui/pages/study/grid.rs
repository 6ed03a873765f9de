//! A segment in cells: every customer is in exactly one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::marts::marts;
use super::{bin, called, held};
use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::app::study::Finding;
use crate::domain::attribute::AttributeType;
use crate::domain::customer::Held;
use crate::domain::message::Message;
use crate::domain::segment::grid::{Grid, Measured, Metric};
use crate::msg;
use crate::text::number;
use crate::text::width::wrap;
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
    // What is said of the grid is said of all of it, whichever cells are on screen.
    let all = match page.whole() {
        Some(Finding::Grid(all)) => all,
        _ => grid,
    };
    let said = Message::new(msg!("console.study.grid.sum"))
        .with("cells", all.cells.len())
        .with("count", grid.count)
        .with("aum", figures::money(pen, state, grid.aum));
    let mut said = pen.say(said);
    if let Some(metric) = &grid.metric {
        let name = called(&metric.name, (&metric.zh, &metric.en), pen);
        let whole = Message::new(msg!("console.study.grid.metric"));
        said = pen.say(whole.with("said", said).with("name", name));
    }
    let area = pen.text(buf, area, &said, 2, theme.accent);
    let area = match all.small_said() {
        Some(said) => pen.text(buf, area, &pen.say(said), 2, theme.stale),
        None => area,
    };
    let area = marts(buf, area, &grid.refreshed, pen);
    // The rule of the cell under the cursor, where there is room.
    let low = match area.height {
        0..12 => 0,
        12..24 => 3,
        _ => 5,
    };
    let upper = Rect { height: area.height - low, ..area };
    cells(buf, upper, state, page, grid, pen);
    if let Some(cell) = grid.cells.get(page.row)
        && low > 0
    {
        rule_of(buf, below(area, upper.height + 1), &cell.rule, pen);
    }
}

/// The rule of a cell; if not all of it has room, its end, which says what sets this cell apart.
fn rule_of(buf: &mut Buffer, area: Rect, rule: &str, pen: Pen<'_>) {
    let shown = pen.look.glyphs.show(rule);
    let room = usize::from(area.width).saturating_sub(3).max(1);
    let lines = wrap(&shown, room);
    let first = lines.len().saturating_sub(usize::from(area.height));
    for (at, line) in lines[first..].iter().enumerate() {
        let mark = if at == 0 && first > 0 { ".. " } else { "" };
        let place = below(area, u16::try_from(at).unwrap_or(u16::MAX));
        pen.line(buf, place, &format!("{mark}{line}"), pen.look.theme.text);
    }
}

/// The mean of a cell; of a flag, the share of those who have it.
fn mean_of(metric: &Metric, found: &Measured, state: &State, pen: Pen<'_>) -> String {
    let share = match (metric.kind, &found.sum) {
        (AttributeType::Flag, Some(Held::Number(yes))) => yes.parse().ok(),
        _ => None,
    };
    match share.and_then(|yes: i64| number::percent(yes, found.known)) {
        Some(share) => share,
        None => held(found.mean.as_ref(), state, pen),
    }
}

fn cells(buf: &mut Buffer, area: Rect, state: &State, page: &StudyPage, grid: &Grid, pen: Pen<'_>) {
    let names: Vec<String> =
        grid.axes.iter().map(|axis| called(&axis.name, (&axis.zh, &axis.en), pen)).collect();
    let words = |axis: usize| -> Vec<String> {
        let places = 0..grid.axes[axis].bins.len();
        places.filter_map(|at| grid.called(axis, at)).map(|(one, c)| bin(one, c, pen)).collect()
    };
    let bins: Vec<Vec<String>> = (0..grid.axes.len()).map(words).collect();
    let metric = grid.metric.as_ref();
    let (mean, sum) = (pen.say(msg!("segment.grid.mean")), pen.say(msg!("segment.grid.sum")));
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
    if metric.is_some() {
        columns.extend([
            Column::flex(&mean, 10, 16).right(),
            Column::flex(&sum, 10, 16).right().priority(1),
        ]);
    }
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
            cell.aum.map_or("-".to_owned(), |aum| figures::money(pen, state, aum)).into(),
        ]);
        if let (Some(metric), Some(found)) = (metric, &cell.metric) {
            row.push(mean_of(metric, found, state, pen).into());
            row.push(held(found.sum.as_ref(), state, pen).into());
        }
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
