//! Pane 4: the metric tree, and what moved.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::span::Span;
use crate::app::state::{Pane, State};
use crate::domain::message::Message;
use crate::domain::metric::compare::{Against, Compare, Taken};
use crate::domain::metric::remark::Remarks;
use crate::domain::metric::{Base, KpiRow};
use crate::domain::percent::whole_percent;
use crate::msg;
use crate::text::{label, number, width};
use crate::ui::figures;
use crate::ui::pen::Pen;
use crate::ui::widgets::{Cell, Column, Row, Table};

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let list = &state.kpi.list;
    let mut inner = super::frame(buf, area, state, Pane::Kpi, list, pen);
    let rows: Vec<_> = list.shown().collect();
    let told = rows.iter().map(|row| lines(&remark(state, row, pen), inner.width, pen)).max();
    if told.is_some_and(|lines| lines > 0) && inner.height > 5 {
        // As many lines as the longest needs, so that the tree does not move with the cursor.
        let height = told.unwrap_or(1).min(inner.height / 3);
        let foot = Rect { y: inner.bottom() - height, height, ..inner };
        inner.height -= height;
        let said = list.selected().map_or_else(String::new, |row| remark(state, row, pen));
        pen.text(buf, foot, &said, height, pen.look.theme.stale);
    }
    // A figure that is cut says something else: its column is as wide as the widest, and names give way.
    let widest = rows.iter().map(|row| width::cells(&amount(state, row, pen))).max();
    let widest = u16::try_from(widest.unwrap_or(0)).unwrap_or(u16::MAX).clamp(12, 24);
    let held: Vec<(Compare, usize)> = beside(state)
        .into_iter()
        .map(|compare| (compare, mark_width(&rows, compare, pen)))
        .collect();
    let titles: Vec<String> =
        held.iter().map(|(compare, _)| heading(state, *compare, pen)).collect();
    let metric = pen.say(msg!("console.column.metric"));
    let value = pen.say(msg!("console.column.value"));
    let facts_of = pen.say(msg!("console.column.facts-of"));
    let mut columns = vec![Column::flex(&metric, 20, 40), Column::fixed(&value, widest).right()];
    for ((priority, (compare, mark)), title) in (1..).zip(&held).zip(&titles) {
        // So are those of figures that say of what they are.
        let texts = rows.iter().map(|row| pen.look.cells(&figure(row, *compare, *mark, pen).0));
        let least = match compare {
            Compare::Prev => 10,
            Compare::Plan => 7,
            Compare::Yoy | Compare::Ytd => 9,
        };
        let widest = texts.max().unwrap_or(0).max(pen.look.cells(title)).max(least);
        columns.push(Column::fixed(title, widest).right().priority(priority));
    }
    columns.push(Column::fixed(&facts_of, 10).priority(6));
    let branches =
        branches(&rows, list.sorted_by().is_some() || !list.filter.text().is_empty(), pen);
    let row = |at: usize| row(state, rows[at], &held, &branches[at], pen);
    let empty = super::emptiness(state, list, msg!("console.empty.kpi"), pen);
    Table {
        columns: &columns,
        len: rows.len(),
        row: &row,
        selected: Some(list.cursor()),
        focused: state.focus == Pane::Kpi,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, inner);
}

/// What stands beside the value: first what was chosen, then what there is room for. What was not asked for has no column.
fn beside(state: &State) -> Vec<Compare> {
    let chosen = state.kpi.compare;
    let others = Compare::ALL.into_iter().filter(|one| *one != chosen);
    let known = |one: &Compare| state.kpi.beside || matches!(one, Compare::Prev | Compare::Plan);
    std::iter::once(chosen).chain(others.filter(known)).collect()
}

/// What stands above a comparison: the earlier day where it is one that was chosen.
fn heading(state: &State, compare: Compare, pen: Pen<'_>) -> String {
    match (compare, state.kpi.span) {
        (Compare::Prev, Some(span)) => {
            pen.say(Message::new(msg!("console.column.since")).with("day", span.from))
        }
        (Compare::Prev, None) => String::new(),
        (Compare::Plan, _) => pen.say(msg!("console.column.plan")),
        (other, _) => pen.say(other.label()),
    }
}

/// How the days of a row and of what it is held against differ, as far as that is known here.
fn remarks(state: &State, row: &KpiRow) -> Remarks {
    let chosen = state.kpi.compare;
    let known = row.against.iter().find(|one| one.compare == chosen);
    match (known, state.kpi.span) {
        // The tree's earlier day is the operator's to choose.
        (_, Some(Span { from, to })) if chosen == Compare::Prev && row.base == Base::End => {
            Remarks::of((Taken::on(from), Taken::on(to)), false, &|_| true, &|_| true)
        }
        // What came on a day stands beside another day: the period before is in no column.
        _ if chosen == Compare::Prev => Remarks::default(),
        (Some(one), _) => one.remarks.clone(),
        (None, _) => Remarks::default(),
    }
}

/// How many lines a text takes.
fn lines(text: &str, room: u16, pen: Pen<'_>) -> u16 {
    if text.is_empty() {
        return 0;
    }
    let lines = width::wrap(&pen.look.glyphs.show(text), usize::from(room)).len();
    u16::try_from(lines).unwrap_or(u16::MAX)
}

fn remark(state: &State, row: &KpiRow, pen: Pen<'_>) -> String {
    let said = remarks(state, row).said().into_iter().map(|said| {
        let of = Message::new(msg!("kpi.remark.of")).with("against", state.kpi.compare.label());
        pen.say(of.with("said", said))
    });
    said.collect::<Vec<_>>().join("  ")
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

/// What says of which days a figure is stands behind it; the other figures of its column leave so many cells free, so that all end
/// alike.
fn mark_width(rows: &[&KpiRow], compare: Compare, pen: Pen<'_>) -> usize {
    let marked = |row: &&&KpiRow| match compare {
        Compare::Prev => false,
        Compare::Plan => row.target.as_ref().is_some_and(|target| target.reached.is_some()),
        Compare::Yoy | Compare::Ytd => {
            row.against.iter().any(|one| one.compare == compare && one.share().is_some())
        }
    };
    let marks = rows.iter().filter(marked).filter_map(|row| row.base.mark());
    usize::from(marks.map(|mark| pen.look.cells(&pen.say(mark))).max().unwrap_or(0))
}

/// A figure of a period says so; another leaves so many cells as that takes.
fn marked(row: &KpiRow, figure: String, mark: usize, pen: Pen<'_>) -> String {
    match row.base.mark() {
        Some(mark) => format!("{figure} {}", pen.say(mark)),
        None if mark > 0 => format!("{figure} {:mark$}", ""),
        None => figure,
    }
}

/// The change against an earlier value as a share of it, of what is held against each other, and a sign if either lacks a part.
fn against(row: &KpiRow, compare: Compare, mark: usize, pen: Pen<'_>) -> String {
    let one = row.against.iter().find(|one| one.compare == compare);
    let Some((one, share)) = one.and_then(|one| Some((one, one.share()?))) else {
        return "-".to_owned();
    };
    let sign = if one.is_whole() { "" } else { " !" };
    marked(row, format!("{}{sign}", figures::share(share)), mark, pen)
}

/// How much of the plan is reached.
fn reached(row: &KpiRow, mark: usize, pen: Pen<'_>) -> String {
    let reached = row.target.as_ref().and_then(|target| target.reached);
    let plan = row.against.iter().find(|one| one.compare == Compare::Plan);
    let sign = if plan.is_none_or(Against::is_whole) { "" } else { " !" };
    reached.map_or_else(String::new, |reached| {
        marked(row, format!("{}{sign}", whole_percent(reached)), mark, pen)
    })
}

/// What a column of a comparison says of a row, and how it is drawn.
fn figure(row: &KpiRow, compare: Compare, mark: usize, pen: Pen<'_>) -> (String, Style) {
    let text = pen.look.theme.text;
    match compare {
        Compare::Prev => since(row, pen),
        Compare::Yoy | Compare::Ytd => (against(row, compare, mark, pen), text),
        Compare::Plan => (reached(row, mark, pen), text),
    }
}

/// The change since the earlier day, with a sign of its direction.
fn since(row: &KpiRow, pen: Pen<'_>) -> (String, Style) {
    let theme = pen.look.theme;
    let whole = row.quality.is_whole() && row.previous_quality.is_whole();
    let sign = if whole { "" } else { " !" };
    match row.change_share() {
        Some(share) if share < 0.0 => {
            (format!("{}{sign} {}", figures::share(share), pen.look.glyphs.down), theme.bad)
        }
        Some(share) if share > 0.0 => {
            (format!("{}{sign} {}", figures::share(share), pen.look.glyphs.up), theme.good)
        }
        Some(share) => (format!("{}{sign}  ", figures::share(share)), theme.text),
        None => ("-  ".to_owned(), theme.text),
    }
}

fn row<'a>(
    state: &State,
    row: &KpiRow,
    held: &[(Compare, usize)],
    branch: &str,
    pen: Pen<'_>,
) -> Row<'a> {
    let name = format!("{branch}{}", label(&row.zh, &row.en, pen.lang));
    let mut cells: Vec<Cell> = vec![name.into(), amount(state, row, pen).into()];
    cells.extend(held.iter().map(|(compare, mark)| {
        let (figure, style) = figure(row, *compare, *mark, pen);
        Cell::styled(figure, style)
    }));
    cells.push(row.day.map_or("-".to_owned(), number::date).into());
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
