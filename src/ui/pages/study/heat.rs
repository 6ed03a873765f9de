//! The heat grid: units by metrics, each cell with its change and a sign of how it stands among its peers.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::domain::message::Message;
use crate::domain::metric::Kind;
use crate::domain::metric::grid::{Heat, HeatCell, HeatMetric};
use crate::domain::percent::percent;
use crate::msg;
use crate::text::label;
use crate::ui::figures;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table};

/// Cells of a column of figures, with their marks.
const WIDTH: u16 = 12;
/// Cells of the marks behind a figure: what it lacks, and how it stands among its peers.
const MARKS: u16 = 3;

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    heat: &Heat,
    pen: Pen<'_>,
) {
    let said = Message::new(msg!("console.heat.said"))
        // All of them were compared, whichever are on screen.
        .with("count", page.shown_of().map_or(heat.rows.len(), |(_, all)| all))
        .with("on", heat.on)
        .with("kind", kind(&heat.kind))
        .with("compare", heat.compare.label())
        .with("peers", heat.peers.label());
    let mut said = pen.say(said);
    if let Some((metric, highest)) = sorted(page, heat) {
        let key = if highest { msg!("console.heat.highest") } else { msg!("console.heat.lowest") };
        let name = label(&metric.zh, &metric.en, pen.lang);
        said = format!("{said} {}", pen.say(Message::new(key).with("metric", name)));
    }
    let area = pen.text(buf, area, &said, 3, pen.look.theme.text);
    let detail = 3.min(area.height / 3);
    let upper = Rect { height: area.height.saturating_sub(detail), ..area };
    table(buf, upper, state, page, heat, pen);
    let place = below(area, upper.height);
    pen.text(buf, place, &cell_said(state, page, heat, pen), detail, pen.look.theme.accent);
}

/// The metric that the grid is sorted by, and whether the highest stands first.
fn sorted<'a>(page: &StudyPage, heat: &'a Heat) -> Option<(&'a HeatMetric, bool)> {
    let (code, highest) = page.sorted.as_ref()?;
    Some((heat.metrics.iter().find(|metric| metric.metric == *code)?, *highest))
}

/// What units of a kind are called.
pub(super) fn kind(kind: &str) -> Message {
    match kind {
        "hq" => msg!("kpi.grid.hq").into(),
        "branch" => msg!("kpi.grid.branches").into(),
        "subbranch" => msg!("kpi.grid.subbranches").into(),
        "center" => msg!("kpi.grid.centers").into(),
        _ => msg!("kpi.grid.units").into(),
    }
}

/// What a cell shows: a sum's change as a share, a quotient as it stands, for that is what is ranked.
fn figure(state: &State, metric: &HeatMetric, cell: &HeatCell, pen: Pen<'_>) -> String {
    match (cell.score, cell.value) {
        (None, _) => "-".to_owned(),
        (Some(score), _) if metric.kind == Kind::Ratio && metric.unit.is_none() => percent(score),
        (Some(_), Some(value)) if metric.kind == Kind::Ratio => {
            figures::value(pen, state, value, metric.unit.as_deref() == Some("money"))
        }
        (Some(score), _) => figures::share(score),
    }
}

/// A sign beside the figure, so that colour alone tells nothing.
fn sign(cell: &HeatCell) -> &'static str {
    match (cell.small, cell.heat) {
        (true, _) => " ?",
        (_, -2) => "--",
        (_, -1) => " -",
        (_, 1) => " +",
        (_, 2) => "++",
        _ => "  ",
    }
}

/// What heads the units' column: what stands in it, and where not all metrics have room, which of them are on screen.
fn corner(units: &str, (from, to): (usize, usize), of: usize, pen: Pen<'_>) -> String {
    let glyphs = pen.look.glyphs;
    let mark = |there: bool, mark: &'static str| if there { mark } else { "" };
    match (from, to) {
        (0, to) if to >= of => units.to_owned(),
        (from, to) => {
            let (before, after) =
                (mark(from > 0, glyphs.more_before), mark(to < of, glyphs.more_after));
            format!("{units} {before}{}-{to}/{of}{after}", from + 1)
        }
    }
}

fn table(buf: &mut Buffer, area: Rect, state: &State, page: &StudyPage, heat: &Heat, pen: Pen<'_>) {
    let n = heat.metrics.len();
    let widest = heat.rows.iter().map(|row| pen.look.cells(&row.name)).max();
    let mut name_width = widest.unwrap_or(8).clamp(8, 20).min(area.width / 2);
    // As many columns as fit, turned over a page at a time.
    let title = pen.say(msg!("kpi.column.class"));
    let classes = heat.rows.iter().filter_map(|row| row.class.as_deref());
    let class_width = classes.map(|class| pen.look.cells(class)).max();
    let class_width = class_width.map(|widest| widest.max(pen.look.cells(&title)).min(10));
    let beside = 3 + class_width.map_or(0, |width| width + 1);
    let fit_beside = |name: u16| {
        usize::from(area.width.saturating_sub(name + beside) / (WIDTH + 1)).clamp(1, n.max(1))
    };
    let units = pen.say(msg!("console.column.unit"));
    let mut fit = fit_beside(name_width);
    if fit < n {
        // Which of the metrics are on screen stands above the units' names.
        let least = pen.look.cells(&corner(&units, (1, n - 1), n, pen));
        name_width = name_width.max(least).min(area.width / 2);
        fit = fit_beside(name_width);
    }
    let first = page.part / fit * fit;
    let shown: Vec<usize> = (first..n.min(first + fit)).collect();
    let corner = corner(&units, (first, n.min(first + fit)), n, pen);
    let titles: Vec<&str> = shown
        .iter()
        .map(|&at| label(&heat.metrics[at].zh, &heat.metrics[at].en, pen.lang))
        .collect();
    let mut columns = vec![Column::fixed(&corner, name_width)];
    columns.extend(class_width.map(|width| Column::fixed(&title, width)));
    columns.extend(titles.iter().zip(&shown).map(|(title, &at)| {
        let by = sorted(page, heat).filter(|(metric, _)| **metric == heat.metrics[at]);
        // A name that is longer takes what is left over.
        Column::flex(title, WIDTH, (pen.look.cells(title) + MARKS).clamp(WIDTH, 23))
            .right()
            .marked(MARKS)
            .sorted(by.map(|(_, highest)| !highest))
    }));
    let theme = pen.look.theme;
    let line = |i: usize| {
        let unit = &heat.rows[i];
        let mut cells = vec![Cell::from(unit.name.as_str())];
        cells.extend(class_width.map(|_| Cell::from(unit.class.as_deref().unwrap_or("-"))));
        for &at in &shown {
            let cell = &unit.cells[at];
            let style = match cell.heat {
                _ if (i, at) == (page.row, page.part) => theme.selected,
                _ if cell.small => theme.stale,
                heat if heat < 0 => theme.bad,
                heat if heat > 0 => theme.good,
                _ => Style::new(),
            };
            let lacks = if cell.incomplete { "!" } else { " " };
            let figure = figure(state, &heat.metrics[at], cell, pen);
            let text = format!("{figure}{lacks}{}", sign(cell));
            cells.push(Cell::styled(text, style));
        }
        Row::new(cells)
    };
    let empty = pen.say(msg!("console.heat.empty"));
    Table {
        columns: &columns,
        len: heat.rows.len(),
        row: &line,
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}

/// The cell under the cursor in words: its value, what it was, and its place among those that are ranked.
fn cell_said(state: &State, page: &StudyPage, heat: &Heat, pen: Pen<'_>) -> String {
    let Some(row) = heat.rows.get(page.row) else { return String::new() };
    let (Some(metric), Some(cell)) = (heat.metrics.get(page.part), row.cells.get(page.part)) else {
        return String::new();
    };
    let money = metric.unit.as_deref() == Some("money");
    let shown = |value: Option<_>| {
        value.map_or_else(|| "-".to_owned(), |value| figures::value(pen, state, value, money))
    };
    let said = Message::new(msg!("console.heat.cell"))
        .with("org", row.name.as_str())
        .with("metric", label(&metric.zh, &metric.en, pen.lang))
        .with("value", shown(cell.value))
        .with("before", shown(cell.before))
        .with("to", metric.to.said())
        .with("from", metric.from.said());
    let place = if cell.small {
        Message::new(msg!("console.heat.small"))
    } else {
        match (cell.rank, &row.class) {
            (Some(rank), Some(class)) => Message::new(msg!("console.heat.rank-class"))
                .with("rank", rank)
                .with("of", cell.of)
                .with("class", class.as_str()),
            (Some(rank), None) => {
                Message::new(msg!("console.heat.rank")).with("rank", rank).with("of", cell.of)
            }
            (None, _) => Message::new(msg!("console.heat.unranked")),
        }
    };
    let lacks = cell.incomplete.then(|| pen.say(msg!("console.heat.lacks")));
    let told = [Some(pen.say(said)), Some(pen.say(place)), lacks];
    told.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
