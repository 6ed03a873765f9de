//! The figures beside a rule: how many, where, by what, and what each condition does.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::segment;
use crate::app::command::{self, CommandId};
use crate::app::effect::Slot;
use crate::app::state::State;
use crate::app::state::rule::{Beside, RulePage};
use crate::domain::message::Message;
use crate::domain::money::Minor;
use crate::domain::segment::{LeafCounts, OrgCount};
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::pen::{Pen, below, beside};
use crate::ui::widgets::{Cell, Column, Row, Table, row, tabs};

/// What a row of a split has beside its name: marker, gaps, the shortest bar, customers, AUM.
const FIGURES: u16 = 2 + 3 + 5 + 9 + 13;

/// Where the figures may go.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// There is room for all of them.
    pub(super) wide: bool,
    /// The conditions have no place of their own.
    pub(super) conditions: bool,
}

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &RulePage,
    room: Room,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let Some((_, count)) = &page.count else {
        if state.waits(Slot::Count) {
            pen.line(buf, area, &pen.say(msg!("console.count.counting")), theme.text);
        } else if page.blank() || state.vocabulary.is_none() {
            pen.text(buf, area, &pen.say(msg!("console.count.none")), 3, theme.stale);
        } else if let (Some(_), Some(refusal)) = (&page.rule, &page.refusal) {
            // It is a rule, and the bank does not answer it: a mart that is gone or locked, a right that is missing.
            let said = Message::new(msg!("console.rule.not-answered"))
                .with("why", refusal.message.clone());
            pen.text(buf, area, &pen.say(said), 4, theme.bad);
        } else {
            pen.text(buf, area, &pen.say(msg!("console.rule.not-counted")), 3, theme.stale);
        }
        return;
    };
    let left = segment::counted(buf, area, state, (count, &page.marts()), page.counted(), pen);
    let shown = match page.beside {
        Beside::Together if room.wide => return together(buf, left, state, page, room, pen),
        Beside::Together => Beside::Units,
        alone => alone,
    };
    let titles = Beside::ALONE.map(|beside| title(beside, page, pen));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let at = Beside::ALONE.iter().position(|b| *b == shown).unwrap_or(0);
    tabs(buf, pen.look, row(left, 0), &titles, at);
    let left = below(left, 1);
    match shown {
        Beside::Attribute => attribute(buf, left, state, page, None, pen),
        Beside::Leaves => leaves(buf, left, page, pen),
        _ => units(buf, left, state, page, None, pen),
    }
}

/// The conditions by themselves.
pub(super) fn conditions(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &RulePage,
    pen: Pen<'_>,
) {
    if page.leaf_counts().is_some() {
        leaves(buf, area, page, pen);
    } else if state.waits(Slot::Leaves) {
        pen.line(buf, area, &pen.say(msg!("console.count.counting")), pen.look.theme.text);
    }
}

/// All of them: the conditions as high as they need if they have no place of their own, the splits beside one another
/// or one under the other.
fn together(
    buf: &mut Buffer,
    mut area: Rect,
    state: &State,
    page: &RulePage,
    room: Room,
    pen: Pen<'_>,
) {
    let wanted = page.leaf_counts().map_or(0, |(counts, _)| counts.leaves.len() + 2);
    let height = u16::try_from(wanted).unwrap_or(area.height).min(area.height * 2 / 5);
    if room.conditions && height > 2 {
        area = below(area, 1);
        leaves(buf, Rect { height, ..area }, page, pen);
        area = below(area, height);
    }
    area = below(area, 1);
    let named = title(Beside::Attribute, page, pen);
    if page.by.is_none() {
        let upper = Rect { height: area.height.saturating_sub(2), ..area };
        units(buf, upper, state, page, None, pen);
        attribute(buf, below(area, area.height.saturating_sub(1)), state, page, None, pen);
    } else if area.width >= 90 {
        let half = area.width / 2 - 1;
        let first = pen.line(
            buf,
            Rect { width: half, ..area },
            &title(Beside::Units, page, pen),
            pen.look.theme.title,
        );
        units(buf, first, state, page, None, pen);
        let second = pen.line(buf, beside(area, half + 2), &named, pen.look.theme.title);
        attribute(buf, second, state, page, None, pen);
    } else {
        // The fewer bins go as high as they need, and the bars of both begin in one column.
        let bins = page.split_by().and_then(|(grid, _)| grid.axes.first());
        let wanted = u16::try_from(bins.map_or(4, |axis| axis.bins.len())).unwrap_or(u16::MAX);
        let lower = wanted.saturating_add(3).min(area.height / 2);
        let upper = Rect { height: area.height - lower, ..area };
        let name = Some(area.width.saturating_sub(FIGURES));
        units(
            buf,
            Rect { height: upper.height.saturating_sub(1), ..upper },
            state,
            page,
            name,
            pen,
        );
        let under = pen.line(buf, below(area, upper.height), &named, pen.look.theme.title);
        attribute(buf, under, state, page, name, pen);
    }
}

fn title(beside: Beside, page: &RulePage, pen: Pen<'_>) -> String {
    match (beside, &page.by) {
        (Beside::Together | Beside::Units, _) => pen.say(msg!("console.rule.by-units")),
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
    name: Option<u16>,
    pen: Pen<'_>,
) {
    let Some((_, count)) = &page.count else { return };
    let units: &[OrgCount] = count.by_org.as_deref().unwrap_or_default();
    let parts = units.iter().map(|unit| Part {
        name: format!("{} {}", unit.org, unit.name),
        count: unit.count,
        aum: Some(unit.aum),
    });
    let split = Split {
        title: pen.say(msg!("console.column.unit")),
        parts: parts.collect(),
        all: (count.count, count.aum),
        turned: matches!(page.beside, Beside::Together | Beside::Units),
        old: !page.counted(),
        name,
    };
    split.draw(buf, area, state, page, pen);
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
    // In the tree these keys are its own, and each condition stands there.
    let turned = page.beside == Beside::Leaves;
    let id = if turned { CommandId::FiguresAfter } else { CommandId::Beside };
    let key = command::row(id).keys.first().copied();
    let top = if turned { page.figure } else { 0 };
    leaf_table(buf, table, (counts, key), current, top, pen);
    if let Some(said) = said.filter(|_| foot > 0) {
        let style = if current { pen.look.theme.warn } else { pen.look.theme.stale };
        let rows = u16::try_from(counts.leaves.len()).unwrap_or(table.height) + 1;
        pen.line(buf, below(area, rows.min(table.height)), &said, style);
    }
}

fn leaf_table(
    buf: &mut Buffer,
    area: Rect,
    (counts, key): (&LeafCounts, Option<&str>),
    current: bool,
    top: usize,
    pen: Pen<'_>,
) {
    let rows = usize::from(area.height.saturating_sub(1)).max(1);
    let len = counts.leaves.len();
    let first = top.min(len.saturating_sub(rows));
    let named = match key.filter(|_| len > rows) {
        Some(key) => Message::new(msg!("console.rule.leaves-part"))
            .with("first", first + 1)
            .with("last", first + rows)
            .with("count", len)
            .with("key", key),
        None => msg!("console.column.condition").into(),
    };
    let titles = [
        pen.say(named),
        pen.say(msg!("console.column.alone")),
        pen.say(msg!("console.column.costs")),
    ];
    let columns = [
        Column::flex(&titles[0], 16, 400),
        Column::flex(&titles[1], 8, 12).right(),
        Column::flex(&titles[2], 8, 12).right().priority(1),
    ];
    let line = |at: usize| {
        let leaf = &counts.leaves[first + at];
        let part = counts.parts.iter().find(|part| part.text == leaf.text);
        let costs = part.map_or_else(String::new, |part| match part.removes {
            0 => number::count(0),
            n => pen.say(Message::new(msg!("console.rule.removes")).with("count", n)),
        });
        let cells = vec![leaf.text.as_str().into(), number::count(leaf.count).into(), costs.into()];
        Row { cells, dim: !current }
    };
    // What is out of sight is seen to be there.
    let cut = len > rows && area.width > 2;
    Table {
        columns: &columns,
        len: len - first,
        row: &line,
        selected: None,
        focused: false,
        heading: true,
        empty: "",
    }
    .draw(buf, pen.look, Rect { width: area.width - if cut { 2 } else { 0 }, ..area });
    pen.edges(buf, below(area, 1), cut && first > 0, cut && first + rows < len);
}

/// The split by the chosen attribute.
fn attribute(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &RulePage,
    name: Option<u16>,
    pen: Pen<'_>,
) {
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
    let Some(axis) = grid.axes.first() else { return };
    let part = |at: usize| {
        let (bin, called) = grid.called(0, at)?;
        let cell = grid.cells.iter().find(|cell| cell.at == [at]);
        Some(Part {
            name: figures::bin(pen, bin, called),
            count: cell.map_or(0, |cell| cell.count),
            aum: cell.map_or(Some(Minor(0)), |cell| cell.aum),
        })
    };
    let split = Split {
        title: String::new(),
        parts: (0..axis.bins.len()).filter_map(part).collect(),
        all: (grid.count, grid.aum),
        turned: page.beside == Beside::Attribute,
        old: !current,
        name,
    };
    split.draw(buf, area, state, page, pen);
}

/// One part of the members.
struct Part {
    name: String,
    count: i64,
    /// None of fewer members than figures are told of.
    aum: Option<Minor>,
}

/// The members in parts, with a line that says what all of them are together and which parts are on screen.
struct Split {
    title: String,
    parts: Vec<Part>,
    /// All members and their AUM.
    all: (i64, Minor),
    /// Whether it is this one that is turned over.
    turned: bool,
    /// It belongs to an older text.
    old: bool,
    /// How wide names are, where bars of several splits stand one under the other.
    name: Option<u16>,
}

impl Split {
    fn draw(&self, buf: &mut Buffer, area: Rect, state: &State, page: &RulePage, pen: Pen<'_>) {
        let theme = pen.look.theme;
        if self.parts.is_empty() || area.height < 2 {
            return;
        }
        let titles =
            [pen.say(msg!("console.column.customers")), pen.say(msg!("console.column.aum"))];
        let names = self.parts.iter().map(|part| part.name.as_str());
        let names = match self.name {
            Some(width) => Column::fixed(&self.title, width.clamp(12, 28)),
            None => Column::flex(&self.title, 12, 28).holding(names),
        };
        let columns = [
            names,
            Column::flex("", 5, 60).priority(2),
            Column::flex(&titles[0], 9, 10).right(),
            Column::flex(&titles[1], 13, 16).right().priority(1),
        ];
        let most = self.parts.iter().map(|part| part.count).max().unwrap_or(0);
        let place = Rect { height: area.height - 1, ..area };
        let rows = usize::from(place.height.saturating_sub(1)).max(1);
        let top = if self.turned { page.figure } else { 0 };
        let first = top.min(self.parts.len().saturating_sub(rows));
        let line = |at: usize| {
            let part = &self.parts[first + at];
            let cells = vec![
                part.name.as_str().into(),
                Cell::Bar(part.count, most, theme.bar),
                number::count(part.count).into(),
                part.aum.map_or("-".to_owned(), |aum| figures::money(pen, state, aum)).into(),
            ];
            Row { cells, dim: self.old }
        };
        Table {
            columns: &columns,
            len: self.parts.len() - first,
            row: &line,
            selected: None,
            focused: false,
            heading: true,
            empty: "",
        }
        .draw(buf, pen.look, place);
        let said = self.sum(first, rows, state, pen);
        let rows = u16::try_from(self.parts.len()).unwrap_or(u16::MAX).saturating_add(1);
        let style = if self.old { theme.stale } else { theme.accent };
        pen.line(buf, beside(below(area, rows.min(place.height)), 2), &said, style);
    }

    /// What all are together; if not all of them are on screen, which are, and how one comes to the others.
    fn sum(&self, first: usize, rows: usize, state: &State, pen: Pen<'_>) -> String {
        let count = self.parts.len();
        let with = |message: Message| {
            let aum = figures::money(pen, state, self.all.1);
            pen.say(message.with("count", count).with("customers", self.all.0).with("aum", aum))
        };
        if count <= rows {
            return with(Message::new(msg!("console.rule.total")));
        }
        let id = if self.turned { CommandId::FiguresAfter } else { CommandId::Beside };
        let said = Message::new(msg!("console.rule.part"))
            .with("first", first + 1)
            .with("last", (first + rows).min(count))
            .with("key", command::row(id).keys[0]);
        with(said)
    }
}
