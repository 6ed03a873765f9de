//! Lists of customers to choose from: who moved between two snapshots, where those of a push stand, whom an event rule
//! has hit. Each row opens its customers.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::study::StudyPage;
use crate::app::study::Compared;
use crate::domain::id::PushId;
use crate::domain::message::{Key, Message};
use crate::domain::people::{HitDays, PushPart, PushParts, Side, note_name};
use crate::msg;
use crate::text::number;
use crate::ui::pen::{Pen, below, beside};
use crate::ui::widgets::{Cell, Column, Row, Table, curve, row as line_at, tabs};

/// From here on what moved stands beside where it moved.
const WIDE: u16 = 100;

/// What heads the page of where a push's customers stand.
pub(super) fn push_title(push: PushId) -> Message {
    Message::new(msg!("console.study.push.title")).with("push", push.to_string())
}

/// What the side of a move is called.
pub(super) fn side_name(side: Side) -> Key {
    match side {
        Side::Came => msg!("segment.compare.in"),
        Side::Left => msg!("segment.compare.out"),
        Side::Stayed => msg!("segment.compare.stayed"),
    }
}

/// Two snapshots: who came, who left, who stayed, in all and by unit.
pub(super) fn compared(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    found: &Compared,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let counts = &found.counts;
    let said = Message::new(msg!("console.study.compare.said"))
        .with("before", counts.left + counts.stayed)
        .with("after", counts.came + counts.stayed);
    let area = below(pen.text(buf, area, &pen.say(said), 2, theme.accent), 1);
    let titles =
        [pen.say(msg!("console.study.compare.all")), pen.say(msg!("console.study.compare.units"))];
    if area.width >= WIDE {
        let left = area.width * 2 / 5;
        let halves = [Rect { width: left, ..area }, beside(area, left + 2)];
        for (at, place) in halves.into_iter().enumerate() {
            let style = if page.part == at { theme.accent } else { theme.column };
            let place = pen.line(buf, place, &titles[at], style);
            half(buf, place, page, (found, at), pen);
        }
    } else {
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        tabs(buf, pen.look, line_at(area, 0), &titles, page.part);
        half(buf, below(area, 1), page, (found, page.part), pen);
    }
}

fn half(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    (found, at): (&Compared, usize),
    pen: Pen<'_>,
) {
    let selected = (page.part == at).then_some(page.row);
    if at == 0 {
        sides(buf, area, found, selected, pen);
    } else {
        movers(buf, area, found, selected, pen);
    }
}

/// A count of who moved, with the sign of which way; nobody has none.
fn signed(sign: &str, count: i64) -> String {
    let sign = if count == 0 { "" } else { sign };
    format!("{sign}{}", number::count(count))
}

fn sides(buf: &mut Buffer, area: Rect, found: &Compared, selected: Option<usize>, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let counts = &found.counts;
    let before = counts.left + counts.stayed;
    let most = counts.came.max(counts.left).max(counts.stayed);
    let titles = [pen.say(msg!("console.column.customers")), pen.say(msg!("console.column.share"))];
    let columns = [
        Column::flex("", 10, 14),
        Column::fixed(&titles[0], 10).right(),
        Column::fixed(&titles[1], 8).right().priority(2),
        Column::flex("", 8, 30).priority(1),
    ];
    let row = |at: usize| {
        let (count, sign, style) = match Side::ALL[at] {
            Side::Came => (counts.came, "+", theme.good),
            Side::Left => (counts.left, "-", theme.bad),
            Side::Stayed => (counts.stayed, "", Style::new()),
        };
        Row::new(vec![
            pen.say(side_name(Side::ALL[at])).into(),
            Cell::styled(signed(sign, count), style),
            number::percent(count, before).unwrap_or_default().into(),
            Cell::Bar(count, most, style),
        ])
    };
    table(buf, area, (&columns, Side::ALL.len(), &row), selected, "", pen);
}

fn movers(buf: &mut Buffer, area: Rect, found: &Compared, selected: Option<usize>, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let titles = [
        pen.say(msg!("console.column.unit")),
        pen.say(msg!("segment.compare.in")),
        pen.say(msg!("segment.compare.out")),
        pen.say(msg!("segment.compare.stayed")),
    ];
    let columns = [
        Column::flex(&titles[0], 18, 40),
        Column::fixed(&titles[1], 8).right(),
        Column::fixed(&titles[2], 8).right(),
        Column::fixed(&titles[3], 9).right().priority(2),
        Column::flex("", 6, 30).priority(1),
    ];
    let most = found.movers.iter().map(|unit| unit.came.max(unit.left)).max().unwrap_or(0);
    let row = |at: usize| {
        let unit = &found.movers[at];
        let (larger, style) =
            if unit.left > unit.came { (unit.left, theme.bad) } else { (unit.came, theme.good) };
        let moved = |sign: &str, count: i64| {
            if count == 0 { "-".to_owned() } else { signed(sign, count) }
        };
        Row::new(vec![
            format!("{} {}", unit.org, unit.name).into(),
            Cell::styled(moved("+", unit.came), theme.good),
            Cell::styled(moved("-", unit.left), theme.bad),
            number::count(unit.stayed).into(),
            Cell::Bar(larger, most, style),
        ])
    };
    let empty = pen.say(msg!("console.study.members.empty"));
    table(buf, area, (&columns, found.movers.len(), &row), selected, &empty, pen);
}

/// A part of a push in words.
pub(super) fn part_name(part: &PushPart, pen: Pen<'_>) -> String {
    let word = note_name(part.code()).map_or_else(|| part.code().to_owned(), |key| pen.say(key));
    match part {
        PushPart::Blocked(_) => {
            pen.say(Message::new(msg!("console.part.blocked")).with("reason", word))
        }
        _ => word,
    }
}

/// Where the customers of a push stand.
pub(super) fn push(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    found: &PushParts,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let all = found.customers();
    let said = Message::new(msg!("console.study.push.said")).with("count", all);
    let area = below(pen.text(buf, area, &pen.say(said), 2, theme.accent), 1);
    let titles = [
        pen.say(msg!("console.column.part")),
        pen.say(msg!("console.column.customers")),
        pen.say(msg!("console.column.share")),
    ];
    let columns = [
        Column::flex(&titles[0], 20, 40),
        Column::fixed(&titles[1], 10).right(),
        Column::fixed(&titles[2], 8).right(),
        Column::flex("", 8, 50).priority(1),
    ];
    let row = |at: usize| {
        let part = at.checked_sub(1).map(|at| &found.parts[at]);
        let (name, count) = match part {
            None => (pen.say(msg!("console.part.all")), all),
            Some((part, count)) => (part_name(part, pen), *count),
        };
        let style = match part {
            Some((PushPart::Blocked(_), _)) => theme.warn,
            Some((PushPart::Treated, _)) => theme.good,
            _ => Style::new(),
        };
        Row::new(vec![
            Cell::styled(name, style),
            number::count(count).into(),
            number::percent(count, all).unwrap_or_default().into(),
            Cell::Bar(count, all, style),
        ])
    };
    let len = if found.parts.is_empty() { 0 } else { found.parts.len() + 1 };
    let empty = pen.say(msg!("console.study.members.empty"));
    table(buf, area, (&columns, len, &row), Some(page.row), &empty, pen);
}

/// The days of an event rule, the latest first.
pub(super) fn hits(buf: &mut Buffer, area: Rect, page: &StudyPage, found: &HitDays, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let mut area = area;
    if found.days.len() > 1 {
        let course: Vec<Option<i64>> = found.days.iter().rev().map(|day| Some(day.hits)).collect();
        let cells = u16::try_from(course.len()).unwrap_or(u16::MAX).min(area.width).min(90);
        curve(buf, pen.look, Rect { width: cells, ..line_at(area, 0) }, &course);
        area = below(area, 1);
    }
    let titles = [
        pen.say(msg!("console.column.day")),
        pen.say(msg!("console.column.customers")),
        pen.say(msg!("console.column.in-live")),
    ];
    let columns = [
        Column::flex(&titles[0], 12, 16),
        Column::fixed(&titles[1], 10).right(),
        Column::flex(&titles[2], 12, 26).right().priority(2),
        Column::flex("", 8, 60).priority(1),
    ];
    let most = found.days.iter().map(|day| day.hits).max().unwrap_or(0);
    let row = |at: usize| match at.checked_sub(1).map(|at| &found.days[at]) {
        None => Row::new(vec![
            Cell::styled(pen.say(msg!("console.part.all")), theme.accent),
            number::count(found.hits()).into(),
            number::count(found.days.iter().map(|day| day.in_live_strategy).sum()).into(),
            "".into(),
        ]),
        Some(day) => Row::new(vec![
            number::date(day.day).into(),
            number::count(day.hits).into(),
            number::count(day.in_live_strategy).into(),
            Cell::Bar(day.hits, most, Style::new()),
        ]),
    };
    let len = if found.days.is_empty() { 0 } else { found.days.len() + 1 };
    let empty = pen.say(msg!("console.study.hits.empty"));
    table(buf, area, (&columns, len, &row), Some(page.row), &empty, pen);
}

fn table<'a>(
    buf: &mut Buffer,
    area: Rect,
    (columns, len, row): (&'a [Column<'a>], usize, &'a dyn Fn(usize) -> Row<'a>),
    selected: Option<usize>,
    empty: &'a str,
    pen: Pen<'_>,
) {
    Table { columns, len, row, selected, focused: selected.is_some(), heading: true, empty }
        .draw(buf, pen.look, area);
}

#[cfg(test)]
mod tests {
    use super::signed;

    #[test]
    fn nobody_has_gone_no_way() {
        assert_eq!([signed("+", 1_310), signed("-", 1), signed("-", 0)], ["+1,310", "-1", "0"]);
    }
}
