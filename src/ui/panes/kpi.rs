//! Pane 4: the metric tree, and what moved.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::{Pane, State};
use crate::domain::message::Message;
use crate::domain::metric::compare::{Against, Compare};
use crate::domain::metric::{Base, KpiRow};
use crate::msg;
use crate::text::{label, number, width};
use crate::ui::figures;
use crate::ui::pen::Pen;
use crate::ui::widgets::{Cell, Column, Row, Table};

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let list = &state.kpi.list;
    let inner = super::frame(buf, area, state, Pane::Kpi, list, pen);
    let since = state.kpi.span.map_or_else(String::new, |span| {
        pen.say(Message::new(msg!("console.column.since")).with("day", span.from))
    });
    let titles = [
        pen.say(msg!("console.column.metric")),
        pen.say(msg!("console.column.value")),
        since,
        pen.say(msg!("console.column.plan")),
        pen.say(msg!("console.column.facts-of")),
        pen.say(Compare::Yoy.label()),
        pen.say(Compare::Ytd.label()),
    ];
    let rows: Vec<_> = list.shown().collect();
    // A figure that is cut says something else: its column is as wide as the widest, and names give way.
    let widest = rows.iter().map(|row| width::cells(&amount(state, row, pen))).max();
    let widest = u16::try_from(widest.unwrap_or(0)).unwrap_or(u16::MAX).clamp(12, 24);
    // So are those of figures that say of what they are.
    let wide = |title: &str, least: u16, text: &dyn Fn(&KpiRow) -> String| {
        let texts = rows.iter().map(|row| pen.look.cells(&text(row)));
        texts.max().unwrap_or(0).max(pen.look.cells(title)).max(least)
    };
    let held = |compare| move |row: &KpiRow| against(row, compare, pen);
    let yoy = wide(&titles[5], 9, &held(Compare::Yoy));
    let ytd = wide(&titles[6], 9, &held(Compare::Ytd));
    let plan = wide(&titles[3], 7, &|row| reached(row, pen));
    let beside = state.kpi.beside;
    let columns = [
        Column::flex(&titles[0], 20, 40),
        Column::fixed(&titles[1], widest).right(),
        Column::flex(&titles[2], 10, 18).right().priority(1),
        Column::fixed(&titles[5], yoy).right().priority(2),
        Column::fixed(&titles[6], ytd).right().priority(3),
        Column::fixed(&titles[3], plan).right().priority(4),
        Column::fixed(&titles[4], 10).priority(5),
    ];
    // What stands beside the value takes the place of two columns where there is no room for all.
    let (all, few) = (&columns[..], [0, 1, 2, 5, 6].map(|at| columns[at]));
    let columns = if beside { all } else { &few[..] };
    let branches =
        branches(&rows, list.sorted_by().is_some() || !list.filter.text().is_empty(), pen);
    let row = |at: usize| row(state, rows[at], &branches[at], pen);
    let empty = super::emptiness(state, list, msg!("console.empty.kpi"), pen);
    Table {
        columns,
        len: rows.len(),
        row: &row,
        selected: Some(list.cursor()),
        focused: state.focus == Pane::Kpi,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, inner);
}

/// The value, with a sign if a part of it is missing or was restated.
fn amount(state: &State, row: &KpiRow, pen: Pen<'_>) -> String {
    let sign = if row.quality.is_whole() { "" } else { " !" };
    let day = match row.base {
        Base::ToDate => pen.say(msg!("kpi.mark.day")),
        Base::End | Base::Mean => String::new(),
    };
    row.value.map_or("-".to_owned(), |value| {
        format!("{}{day}{sign}", figures::value(pen, state, value, row.is_money()))
    })
}

/// A figure of a period says so.
fn marked(row: &KpiRow, figure: String, pen: Pen<'_>) -> String {
    match row.base.mark() {
        Some(mark) => format!("{figure} {}", pen.say(mark)),
        None => figure,
    }
}

/// The change against an earlier value as a share of it, of what is held against each other, and a sign if either lacks a part.
fn against(row: &KpiRow, compare: Compare, pen: Pen<'_>) -> String {
    let one = row.against.iter().find(|one| one.compare == compare);
    let Some((one, share)) = one.and_then(|one| Some((one, one.share()?))) else {
        return "-".to_owned();
    };
    let sign = if one.is_whole() { "" } else { " !" };
    format!("{}{sign}", marked(row, figures::share(share), pen))
}

/// How much of the plan is reached.
fn reached(row: &KpiRow, pen: Pen<'_>) -> String {
    let reached = row.target.as_ref().and_then(|target| target.reached);
    let plan = row.against.iter().find(|one| one.compare == Compare::Plan);
    let sign = if plan.is_none_or(Against::is_whole) { "" } else { " !" };
    reached.map_or_else(String::new, |reached| {
        format!("{}{sign}", marked(row, format!("{:.0} %", reached * 100.0), pen))
    })
}

fn row<'a>(state: &State, row: &KpiRow, branch: &str, pen: Pen<'_>) -> Row<'a> {
    let theme = pen.look.theme;
    let name = format!("{branch}{}", label(&row.zh, &row.en, pen.lang));
    let whole = row.quality.is_whole() && row.previous_quality.is_whole();
    let sign = if whole { "" } else { " !" };
    let (change, style) = match row.change_share() {
        Some(share) if share < 0.0 => {
            (format!("{}{sign} {}", figures::share(share), pen.look.glyphs.down), theme.bad)
        }
        Some(share) if share > 0.0 => {
            (format!("{}{sign} {}", figures::share(share), pen.look.glyphs.up), theme.good)
        }
        Some(share) => (format!("{}{sign}  ", figures::share(share)), theme.text),
        None => ("-  ".to_owned(), theme.text),
    };
    let plan = reached(row, pen);
    let mut cells: Vec<Cell> =
        vec![name.into(), amount(state, row, pen).into(), Cell::styled(change, style)];
    if state.kpi.beside {
        cells.extend([Compare::Yoy, Compare::Ytd].map(|compare| against(row, compare, pen).into()));
    }
    cells.extend([plan.into(), row.day.map_or("-".to_owned(), number::date).into()]);
    Row::new(cells)
}

/// The lines of the tree before each name; none where the rows do not stand as a tree.
fn branches(rows: &[&KpiRow], flat: bool, pen: Pen<'_>) -> Vec<String> {
    let glyphs = pen.look.glyphs;
    let has_later_sibling = |at: usize, depth: usize| {
        rows[at + 1..].iter().take_while(|r| r.depth >= depth).any(|r| r.depth == depth)
    };
    rows.iter()
        .enumerate()
        .map(|(at, row)| {
            let mut lines = String::new();
            if flat {
                return lines;
            }
            for depth in 1..row.depth {
                let line = has_later_sibling(at, depth);
                lines.push_str(if line { glyphs.tree_line } else { glyphs.tree_blank });
            }
            if row.depth > 0 {
                let child = has_later_sibling(at, row.depth);
                lines.push_str(if child { glyphs.tree_child } else { glyphs.tree_last });
            }
            lines
        })
        .collect()
}
