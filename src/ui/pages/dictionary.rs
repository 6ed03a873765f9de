//! The attribute dictionary: every attribute at the left, and what is known of the one under the cursor at the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::State;
use crate::domain::attribute::{
    AttributeRow, AttributeStats, AttributeType, Class, STALE_AFTER_DAYS, Stat, TopValue,
};
use crate::domain::message::Message;
use crate::msg;
use crate::text::{label, number};
use crate::ui::figures;
use crate::ui::panes;
use crate::ui::pen::{Pen, aired, below, beside};
use crate::ui::widgets::{Cell, Column, Pane, Row, Table, bar, put, put_right, row as line_at};

/// From here on the details stand beside the list.
const WIDE: u16 = 100;
/// Rows that the details below the list need, with their frame: what it means, its facts, its place, who uses it, how much is known, and the
/// three commonest values.
const DETAIL: u16 = 10;
/// Rows of a list beside its attributes: the frame and the headings.
const AROUND: u16 = 3;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let (list, detail) = if area.width >= WIDE {
        let left = area.width * 3 / 5;
        let right = Rect { x: area.x + left, width: area.width - left, ..area };
        (Rect { width: left, ..area }, right)
    } else {
        // The list has what the details do not need; a short one leaves them the rest.
        let rows = u16::try_from(state.dictionary.all().len()).unwrap_or(u16::MAX);
        let least = area.height * 2 / 5;
        let upper = rows.saturating_add(AROUND).min(area.height.saturating_sub(DETAIL)).max(least);
        (Rect { height: upper, ..area }, below(area, upper))
    };
    draw_list(buf, list, state, pen);
    let Some(row) = state.dictionary.selected() else { return };
    let title = titled(row, pen);
    let frame = Pane { title: &title, focused: false, as_of: "", stale: false, note: "" };
    let inner = aired(frame.draw(buf, pen.look, detail));
    draw_detail(buf, inner, state, row, pen);
}

/// An attribute's code and name, for the frame around what is known of it.
fn titled(row: &AttributeRow, pen: Pen<'_>) -> String {
    let attribute = &row.attribute;
    format!("{} {}", attribute.code, label(&attribute.zh, &attribute.en, pen.lang))
}

/// One attribute with everything that is known of it, and the segments that use it.
pub(super) fn draw_one(buf: &mut Buffer, area: Rect, state: &State, cursor: usize, pen: Pen<'_>) {
    let Some(row) = state.dictionary.selected() else { return };
    let (as_of, old) = figures::as_of(pen, state, state.dictionary.freshness);
    let title = titled(row, pen);
    let frame = Pane { title: &title, focused: true, as_of: &as_of, stale: old, note: "" };
    let inner = aired(frame.draw(buf, pen.look, area));
    let (facts, users) = if area.width >= WIDE {
        let left = inner.width * 3 / 5;
        (Rect { width: left, ..inner }, beside(inner, left + 2))
    } else {
        let wanted = u16::try_from(row.used_by.len()).unwrap_or(u16::MAX).saturating_add(2);
        let lower = wanted.clamp(3, 3 + inner.height / 3).min(inner.height);
        let upper = inner.height - lower;
        (Rect { height: upper, ..inner }, below(inner, upper))
    };
    draw_detail(buf, facts, state, row, pen);
    draw_users(buf, users, state, row, cursor, pen);
}

/// The segments that use it: what they are called, and how many customers they had when last counted.
fn draw_users(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    row: &AttributeRow,
    cursor: usize,
    pen: Pen<'_>,
) {
    let titles = [
        pen.say(msg!("attribute.page.users")),
        pen.say(msg!("segment.fact.name")),
        pen.say(msg!("console.column.customers")),
    ];
    let columns = [
        Column::flex(&titles[0], 12, 24),
        Column::flex(&titles[1], 8, 40).priority(2),
        Column::fixed(&titles[2], 10).right().priority(1),
    ];
    let line = |at: usize| {
        let code = row.used_by[at].as_str();
        let segment = state.segments.all().iter().find(|segment| segment.code == code);
        let members = segment.and_then(|segment| segment.snapshot.as_ref()?.customers);
        Row::new(vec![
            code.into(),
            segment.map_or("", |segment| segment.name.as_str()).into(),
            members.map_or_else(|| "-".to_owned(), number::count).into(),
        ])
    };
    let empty = pen.say(msg!("attribute.page.nobody"));
    Table {
        columns: &columns,
        len: row.used_by.len(),
        row: &line,
        selected: Some(cursor),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}

fn draw_list(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let list = &state.dictionary;
    let title = pen.say(msg!("attribute.page.title"));
    let inner = panes::framed(buf, area, state, (&title, true), list, pen);
    let titles = [
        pen.say(msg!("attribute.fact.code")),
        pen.say(msg!("attribute.fact.name")),
        pen.say(msg!("attribute.fact.type")),
        pen.say(msg!("attribute.fact.coverage")),
        pen.say(msg!("attribute.fact.marks")),
    ];
    let columns = [
        Column::flex(&titles[0], 12, 18),
        Column::flex(&titles[1], 24, 40),
        Column::fixed(&titles[2], 8).priority(3),
        Column::fixed(&titles[3], 8).right().priority(1),
        Column::fixed(&titles[4], 14).priority(2),
    ];
    let theme = pen.look.theme;
    let as_of = state.session.bank.as_ref().map(|bank| bank.as_of);
    let rows: Vec<&AttributeRow> = list.shown().collect();
    let row = |at: usize| {
        let row = rows[at];
        let Some(mark) = as_of.and_then(|day| row.mark(day)) else {
            return Row::new(cells(row, Cell::from(""), pen));
        };
        let old = as_of.is_some_and(|day| row.is_stale(day)) || row.fault.is_some();
        let style = if old { theme.warn } else { theme.stale };
        Row::new(cells(row, Cell::styled(pen.say(mark), style), pen))
    };
    let empty = panes::emptiness(state, list, msg!("attribute.page.empty"), pen);
    Table {
        columns: &columns,
        len: rows.len(),
        row: &row,
        selected: Some(list.cursor()),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, inner);
}

fn cells<'a>(row: &'a AttributeRow, mark: Cell<'a>, pen: Pen<'_>) -> Vec<Cell<'a>> {
    let attribute = &row.attribute;
    let share = row.stats.as_ref().and_then(|s| number::percent_whole(s.known, s.customers));
    vec![
        attribute.code.as_str().into(),
        label(&attribute.zh, &attribute.en, pen.lang).into(),
        pen.say(attribute.kind.name()).into(),
        share.unwrap_or_default().into(),
        mark,
    ]
}

fn draw_detail(buf: &mut Buffer, area: Rect, state: &State, row: &AttributeRow, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let attribute = &row.attribute;
    let mut area = area;
    if let Some(fault) = &row.fault {
        area = pen.text(buf, area, &pen.say(fault.message(attribute)), 3, theme.bad);
    }
    if let Some(definition) = &row.definition {
        area = pen.text(buf, area, definition, 3, theme.text);
    }
    area = pen.text(buf, area, &facts(row, pen), 2, theme.text);
    let place = Message::new(msg!("attribute.page.place"))
        .with("place", format!("{}.{}", attribute.relation, attribute.column));
    let place = pen.say(place);
    let (refreshed, old) = refreshed(state, row);
    let (refreshed, style) = (pen.say(refreshed), if old { theme.warn } else { theme.text });
    let both = format!("{place}{}{refreshed}", pen.look.glyphs.separator);
    if pen.look.cells(&both) <= area.width {
        area = pen.line(buf, area, &both, style);
    } else {
        area = pen.line(buf, area, &place, theme.text);
        area = pen.text(buf, area, &refreshed, 2, style);
    }
    area = pen.text(buf, area, &pen.say(used(row)), 2, theme.text);
    // Air only where the values have room all the same.
    let air = u16::from(area.height > 14);
    area = below(area, air);
    match &row.stats {
        Some(values) => draw_stats(buf, area, state, (row, air), values, pen),
        None => {
            pen.line(buf, area, &pen.say(msg!("attribute.page.unmeasured")), theme.stale);
        }
    }
}

/// Type, unit, class, source and owner in one line, those that are known.
fn facts(row: &AttributeRow, pen: Pen<'_>) -> String {
    let mut facts = vec![pen.say(row.attribute.kind.name())];
    let of = |key, text: &str| format!("{} {text}", pen.say(key));
    facts.extend(row.unit.as_deref().map(|text| of(msg!("attribute.fact.unit"), text)));
    let class = row.class.map(Class::code);
    facts.extend(class.map(|text| of(msg!("attribute.fact.class"), text)));
    facts.extend(row.source.as_deref().map(|text| of(msg!("attribute.fact.source"), text)));
    facts.extend(row.owner.as_deref().map(|text| of(msg!("attribute.fact.owner"), text)));
    facts.join(pen.look.glyphs.separator)
}

/// Of which day its values are, and whether that is too long ago.
fn refreshed(state: &State, row: &AttributeRow) -> (Message, bool) {
    let Some(day) = row.refreshed_on else {
        return (msg!("attribute.page.undated").into(), false);
    };
    let old = state.session.bank.as_ref().is_some_and(|bank| row.is_stale(bank.as_of));
    let said = if old {
        Message::new(msg!("attribute.page.stale")).with("days", STALE_AFTER_DAYS)
    } else {
        Message::new(msg!("attribute.page.refreshed"))
    };
    (said.with("day", day), old)
}

fn used(row: &AttributeRow) -> Message {
    let said = |key, codes: &[String]| {
        Message::new(key).with("count", codes.len()).with("codes", Message::list(codes))
    };
    match (row.used_by.is_empty(), row.read_by.is_empty()) {
        (true, true) => msg!("attribute.page.nobody").into(),
        (false, true) => said(msg!("attribute.page.used-by"), &row.used_by),
        (true, false) => said(msg!("attribute.page.read-by"), &row.read_by),
        (false, false) => said(msg!("attribute.page.used-and-read"), &row.used_by)
            .with("readers", Message::list(&row.read_by)),
    }
}

fn draw_stats(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    (row, air): (&AttributeRow, u16),
    values: &AttributeStats,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let share = number::percent(values.known, values.customers).unwrap_or_else(|| "-".to_owned());
    let known = Message::new(msg!("attribute.page.known"))
        .with("share", share)
        .with("customers", values.customers)
        .with("count", values.distinct);
    let known = pen.say(known);
    // Where there is little room the bar stands behind the words.
    let (words, line) = (pen.look.cells(&known) + 1, line_at(area, 0));
    let mut area = if air == 0 && words + 8 <= area.width {
        put(buf, pen.look, (line.x, line.y), line.width, &known, theme.text);
        let part = (values.known, values.customers);
        bar(buf, pen.look, beside(line, words), part, Style::new());
        below(area, 1)
    } else {
        let area = pen.text(buf, area, &known, 2, theme.text);
        bar(buf, pen.look, line_at(area, 0), (values.known, values.customers), Style::new());
        below(area, 1)
    };
    if values.not_numbers > 0 {
        let said = Message::new(msg!("attribute.page.not-numbers"));
        let said = pen.say(said.with("count", values.not_numbers));
        area = pen.text(buf, area, &said, 2, theme.warn);
    }
    if let (Some(min), Some(median), Some(max)) = (&values.min, &values.median, &values.max) {
        let figure = |stat: &Stat| stat_text(stat, state, pen);
        let spread = Message::new(msg!("attribute.page.spread"))
            .with("min", figure(min))
            .with("median", figure(median))
            .with("max", figure(max));
        area = pen.text(buf, area, &pen.say(spread), 2, theme.text);
    } else if let Some(median) = &values.median {
        // The ends are customers' own values: who sees a part of them is not told.
        let middle = Message::new(msg!("attribute.page.middle"));
        let middle = middle.with("median", stat_text(median, state, pen));
        area = pen.text(buf, area, &pen.say(middle), 2, theme.text);
    }
    draw_top(buf, below(area, air), state, (row.attribute.kind, values), pen);
}

fn stat_text(stat: &Stat, state: &State, pen: Pen<'_>) -> String {
    match stat {
        Stat::Number(number) => number.as_str().to_owned(),
        Stat::Money(amount) => figures::money(pen, state, *amount),
        Stat::Date(day) => number::date(*day),
        Stat::Never { before } => pen.say(Stat::never(*before)),
    }
}

/// The commonest values with bars; the widest bar is that of the commonest.
fn draw_top(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    (kind, values): (AttributeType, &AttributeStats),
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let names: Vec<String> = values.top.iter().map(|top| top_name(kind, top, state, pen)).collect();
    let widest = names.iter().map(|name| pen.look.cells(name)).max().unwrap_or(0);
    let widest = widest.min(area.width / 2);
    for (at, (top, name)) in values.top.iter().zip(&names).enumerate() {
        let line = line_at(area, u16::try_from(at).unwrap_or(u16::MAX));
        if line.is_empty() {
            break;
        }
        put(buf, pen.look, (line.x, line.y), widest, name, theme.text);
        let share = number::percent_whole(top.customers, values.known).unwrap_or_default();
        let figure = format!("{} {share:>5}", number::count(top.customers));
        let cells = 18.min(line.width.saturating_sub(widest));
        put_right(buf, pen.look, (line.right() - cells, line.y), cells, &figure, theme.text);
        let room = line.width.saturating_sub(widest + cells + 2);
        let place = Rect { x: line.x + widest + 1, width: room, ..line };
        let most = values.top.first().map_or(0, |top| top.customers);
        bar(buf, pen.look, place, (top.customers, most), Style::new());
    }
}

/// A value with its label; yes and no for a flag, money as money.
fn top_name(kind: AttributeType, top: &TopValue, state: &State, pen: Pen<'_>) -> String {
    match (&top.label, kind) {
        (Some((zh, en)), _) => format!("{} {}", top.value, label(zh, en, pen.lang)),
        (None, AttributeType::Flag) if top.value == "true" => pen.say(msg!("common.yes")),
        (None, AttributeType::Flag) => pen.say(msg!("common.no")),
        (None, AttributeType::Money) => Stat::read(kind, &top.value)
            .map_or_else(|| top.value.clone(), |stat| stat_text(&stat, state, pen)),
        (None, _) if top.value.is_empty() => "''".to_owned(),
        (None, _) => top.value.clone(),
    }
}
