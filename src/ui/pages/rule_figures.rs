//! The figures beside a rule: how many, where, by what, and what each condition does.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::segment;
use crate::app::command::{self, CommandId};
use crate::app::effect::Slot;
use crate::app::state::State;
use crate::app::state::rule::{Beside, RulePage};
use crate::domain::message::Message;
use crate::domain::segment::grid::{Bin, Grid};
use crate::domain::segment::{LeafCounts, SegmentCount};
use crate::msg;
use crate::text::{label, number};
use crate::ui::figures;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table, row, tabs};

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &RulePage,
    wide: bool,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let Some((_, count)) = &page.count else {
        if state.waits(Slot::Count) {
            pen.line(buf, area, &pen.say(msg!("console.count.counting")), theme.text);
        } else {
            pen.text(buf, area, &pen.say(msg!("console.count.none")), 3, theme.stale);
        }
        return;
    };
    let left = segment::counted(buf, area, state, count, page.counted(), pen);
    if wide {
        stacked(buf, left, state, page, count, pen);
        return;
    }
    let titles = Beside::ALL.map(|beside| title(beside, page, pen));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let shown = Beside::ALL.iter().position(|b| *b == page.beside).unwrap_or(0);
    tabs(buf, pen.look, row(left, 0), &titles, shown);
    let left = below(left, 1);
    match page.beside {
        Beside::Units => units(buf, left, state, page, count, pen),
        Beside::Attribute => attribute(buf, left, state, page, pen),
        Beside::Leaves => leaves(buf, left, page, pen),
    }
}

/// One under the other: the conditions as high as they need, the splits share what is left.
fn stacked(
    buf: &mut Buffer,
    mut area: Rect,
    state: &State,
    page: &RulePage,
    count: &SegmentCount,
    pen: Pen<'_>,
) {
    let wanted = page.leaf_counts().map_or(0, |(counts, _)| counts.leaves.len() + 2);
    let height = u16::try_from(wanted).unwrap_or(area.height).min(area.height * 2 / 5);
    if height > 2 {
        area = below(area, 1);
        leaves(buf, Rect { height, ..area }, page, pen);
        area = below(area, height);
    }
    area = below(area, 1);
    let half = if page.by.is_some() { area.height / 2 } else { area.height.saturating_sub(2) };
    units(buf, Rect { height: half.saturating_sub(1), ..area }, state, page, count, pen);
    area = below(area, half);
    if page.by.is_some() {
        let title = title(Beside::Attribute, page, pen);
        area = pen.line(buf, area, &title, pen.look.theme.title);
    }
    attribute(buf, area, state, page, pen);
}

fn title(beside: Beside, page: &RulePage, pen: Pen<'_>) -> String {
    match (beside, &page.by) {
        (Beside::Units, _) => pen.say(msg!("console.rule.by-units")),
        (Beside::Leaves, _) => pen.say(msg!("console.rule.by-leaves")),
        (Beside::Attribute, Some(by)) => {
            let name = figures::called(pen, &by.called, &by.name);
            pen.say(Message::new(msg!("console.rule.by-attribute")).with("name", name))
        }
        (Beside::Attribute, None) => {
            let key = command::row(CommandId::SplitBy).keys[0];
            pen.say(Message::new(msg!("console.rule.by-nothing")).with("key", key))
        }
    }
}

fn units(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &RulePage,
    count: &SegmentCount,
    pen: Pen<'_>,
) {
    segment::split(buf, area, state, count, None, !page.counted(), pen);
}

/// What each condition finds alone, and what it costs the rule.
fn leaves(buf: &mut Buffer, area: Rect, page: &RulePage, pen: Pen<'_>) {
    let Some((counts, current)) = page.leaf_counts() else { return };
    let most = counts.removes_most.as_ref();
    let said = most.map(|most| {
        let said = Message::new(msg!("console.rule.removes-most"))
            .with("text", most.text.as_str())
            .with("count", most.removes);
        pen.say(said)
    });
    let foot = u16::from(said.is_some() && area.height > 3);
    let table = Rect { height: area.height - foot, ..area };
    conditions(buf, table, counts, current, pen);
    if let Some(said) = said.filter(|_| foot > 0) {
        let style = if current { pen.look.theme.warn } else { pen.look.theme.stale };
        let rows = u16::try_from(counts.leaves.len()).unwrap_or(table.height) + 1;
        pen.line(buf, below(area, rows.min(table.height)), &said, style);
    }
}

fn conditions(buf: &mut Buffer, area: Rect, counts: &LeafCounts, current: bool, pen: Pen<'_>) {
    let titles = [
        pen.say(msg!("console.column.condition")),
        pen.say(msg!("console.column.alone")),
        pen.say(msg!("console.column.costs")),
    ];
    let columns = [
        Column::flex(&titles[0], 16, 400),
        Column::flex(&titles[1], 8, 12).right(),
        Column::flex(&titles[2], 8, 12).right().priority(1),
    ];
    let line = |at: usize| {
        let leaf = &counts.leaves[at];
        let part = counts.parts.iter().find(|part| part.text == leaf.text);
        let costs = part.map_or_else(String::new, |part| {
            pen.say(Message::new(msg!("console.rule.removes")).with("count", part.removes))
        });
        let cells = vec![leaf.text.as_str().into(), number::count(leaf.count).into(), costs.into()];
        Row { cells, dim: !current }
    };
    let len = counts.leaves.len();
    Table {
        columns: &columns,
        len,
        row: &line,
        selected: None,
        focused: false,
        heading: true,
        empty: "",
    }
    .draw(buf, pen.look, area);
}

/// The split by the chosen attribute.
fn attribute(buf: &mut Buffer, area: Rect, state: &State, page: &RulePage, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let Some((grid, current)) = page.split_by() else {
        let said = if page.by.is_some() {
            pen.say(msg!("console.count.counting"))
        } else {
            let key = command::row(CommandId::SplitBy).keys[0];
            pen.say(Message::new(msg!("console.rule.choose-split")).with("key", key))
        };
        pen.line(buf, area, &said, theme.stale);
        return;
    };
    bins(buf, area, state, grid, current, pen);
}

fn bins(buf: &mut Buffer, area: Rect, state: &State, grid: &Grid, current: bool, pen: Pen<'_>) {
    let Some(axis) = grid.axes.first() else { return };
    let found = |at: usize| grid.cells.iter().find(|cell| cell.at == [at]);
    let names: Vec<String> =
        axis.bins.iter().map(|bin| name(bin, &axis.name, state, pen)).collect();
    let counts: Vec<i64> =
        (0..axis.bins.len()).map(|at| found(at).map_or(0, |cell| cell.count)).collect();
    let titles = [pen.say(msg!("console.column.customers")), pen.say(msg!("console.column.aum"))];
    let columns = [
        Column::flex("", 12, 28).holding(names.iter().map(String::as_str)),
        Column::flex("", 8, 60).priority(2),
        Column::flex(&titles[0], 9, 10).right(),
        Column::flex(&titles[1], 13, 16).right().priority(1),
    ];
    let most = counts.iter().copied().max().unwrap_or(0);
    let line = |at: usize| {
        let aum = found(at).map(|cell| figures::money(pen, state, cell.aum)).unwrap_or_default();
        let cells = vec![
            names[at].as_str().into(),
            Cell::Bar(counts[at], most, pen.look.theme.bar),
            number::count(counts[at]).into(),
            aum.into(),
        ];
        Row { cells, dim: !current }
    };
    Table {
        columns: &columns,
        len: names.len(),
        row: &line,
        selected: None,
        focused: false,
        heading: true,
        empty: "",
    }
    .draw(buf, pen.look, area);
}

/// What a bin is called; tiers and units by their names too.
fn name(bin: &Bin, axis: &str, state: &State, pen: Pen<'_>) -> String {
    let say = |key| pen.say(Message::new(key));
    match bin {
        Bin::Unknown => say(msg!("console.rule.unknown")),
        Bin::Flag(true) => say(msg!("console.rule.yes")),
        Bin::Flag(false) => say(msg!("console.rule.no")),
        Bin::Value(value) => match known(axis, value, state, pen) {
            Some(name) => format!("{value} {name}"),
            None => value.clone(),
        },
        Bin::Range { from: None, below: Some(below) } => {
            pen.say(Message::new(msg!("console.rule.below")).with("below", below.as_str()))
        }
        Bin::Range { from: Some(from), below: None } => {
            pen.say(Message::new(msg!("console.rule.from")).with("from", from.as_str()))
        }
        range => range.label(),
    }
}

fn known(axis: &str, value: &str, state: &State, pen: Pen<'_>) -> Option<String> {
    let vocabulary = state.vocabulary.as_ref()?;
    match axis {
        "tier" => {
            let tier = vocabulary.tiers().iter().find(|tier| tier.code == value)?;
            Some(label(&tier.zh, &tier.en, pen.lang).to_owned())
        }
        "org" => {
            let unit = vocabulary.units().iter().find(|unit| unit.code == value)?;
            Some(unit.name.clone())
        }
        _ => None,
    }
}
