//! A segment's snapshots with the course of its size, its versions, and what stands around it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::app::study::{Finding, SegmentHistory};
use crate::domain::message::{Key, Message};
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::pen::{Pen, below, beside};
use crate::ui::widgets::{Cell, Column, Row, Table, curve, row as line_at, tabs};

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    history: &SegmentHistory,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let mut area = pen.text(buf, area, &around(history, pen), 2, theme.text);
    // The course is that of all snapshots, whichever rows are on screen.
    let all = match page.whole() {
        Some(Finding::History(all)) => all,
        _ => history,
    };
    let sizes: Vec<Option<i64>> = all.snapshots.iter().rev().map(|s| s.count).collect();
    if sizes.len() > 1 && sizes.iter().any(Option::is_some) && area.height > 0 {
        let width = u16::try_from(sizes.len()).unwrap_or(u16::MAX).min(60);
        let line = line_at(area, 0);
        curve(buf, pen.look, Rect { width: width.min(line.width), ..line }, &sizes);
        area = below(area, 1);
    }
    let titles = [
        pen.say(msg!("console.study.history.snapshots")),
        pen.say(msg!("console.study.history.versions")),
    ];
    if area.width >= 100 {
        let left = area.width / 2 - 1;
        let halves = [Rect { width: left, ..area }, beside(area, left + 2)];
        for (at, place) in halves.into_iter().enumerate() {
            let style = if page.part == at { theme.accent } else { theme.column };
            let place = pen.line(buf, place, &titles[at], style);
            half(buf, place, state, page, (history, at), pen);
        }
    } else {
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        tabs(buf, pen.look, line_at(area, 0), &titles, page.part);
        half(buf, below(area, 1), state, page, (history, page.part), pen);
    }
}

/// What the segment uses and what uses it, in one sentence.
fn around(history: &SegmentHistory, pen: Pen<'_>) -> String {
    let of = |key: Key, codes: &[String]| {
        let said = Message::new(key).with("codes", Message::list(codes));
        (!codes.is_empty()).then(|| pen.say(said))
    };
    let parts = [
        of(msg!("console.study.history.uses"), &history.uses),
        of(msg!("console.study.history.used-by"), &history.used_by),
        of(msg!("console.study.history.strategies"), &history.strategies),
    ];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    if said.is_empty() {
        return pen.say(msg!("console.study.history.alone"));
    }
    said.join(pen.look.glyphs.separator)
}

fn half(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    (history, at): (&SegmentHistory, usize),
    pen: Pen<'_>,
) {
    if at == 0 {
        snapshots(buf, area, state, page, history, pen);
    } else {
        versions(buf, area, state, page, history, pen);
    }
}

/// A sign before the row that is marked.
fn marked(page: &StudyPage, of: bool, at: usize) -> &'static str {
    if of && page.marked == Some(at) { "*" } else { " " }
}

fn snapshots(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    history: &SegmentHistory,
    pen: Pen<'_>,
) {
    let here = page.on_snapshots();
    let titles = [
        pen.say(msg!("segment.fact.snapshot")),
        pen.say(msg!("console.column.day")),
        pen.say(msg!("console.column.version")),
        pen.say(msg!("console.column.customers")),
        pen.say(msg!("console.column.aum")),
    ];
    let columns = [
        Column::fixed(&titles[0], 9),
        Column::fixed(&titles[1], 10),
        Column::fixed(&titles[2], 4).right().priority(3),
        Column::fixed(&titles[3], 10).right().priority(1),
        Column::flex(&titles[4], 11, 14).right().priority(2),
    ];
    let row = |at: usize| {
        let one = &history.snapshots[at];
        let aum = one.aum.map_or_else(|| "-".to_owned(), |aum| figures::money(pen, state, aum));
        Row::new(vec![
            format!("{}{}", marked(page, here, at), one.snapshot).into(),
            number::date(one.as_of).into(),
            format!("v{}", one.version).into(),
            one.count.map_or_else(|| "-".to_owned(), number::count).into(),
            aum.into(),
        ])
    };
    let empty = pen.say(msg!("console.study.history.none"));
    Table {
        columns: &columns,
        len: history.snapshots.len(),
        row: &row,
        selected: here.then_some(page.row),
        focused: here,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}

fn versions(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    history: &SegmentHistory,
    pen: Pen<'_>,
) {
    let here = !page.on_snapshots();
    let titles = [
        pen.say(msg!("console.column.version")),
        pen.say(msg!("console.column.name")),
        pen.say(msg!("console.column.author")),
        pen.say(msg!("segment.fact.created")),
    ];
    let columns = [
        Column::fixed(&titles[0], 5),
        Column::flex(&titles[1], 10, 30),
        Column::flex(&titles[2], 8, 16).priority(2),
        Column::fixed(&titles[3], 16).priority(1),
    ];
    // Below them the rule of the one under the cursor, where there is room.
    let low = if area.height >= 10 { 4 } else { 0 };
    let upper = Rect { height: area.height - low, ..area };
    let row = |at: usize| {
        let one = &history.versions[at];
        Row::new(vec![
            format!("{}v{}", marked(page, here, at), one.version).into(),
            one.name.as_str().into(),
            one.author.as_str().into(),
            Cell::from(figures::moment(state, one.created_at)),
        ])
    };
    Table {
        columns: &columns,
        len: history.versions.len(),
        row: &row,
        selected: here.then_some(page.row),
        focused: here,
        heading: true,
        empty: "",
    }
    .draw(buf, pen.look, upper);
    let shown = history.versions.get(if here { page.row } else { 0 });
    if let Some(one) = shown {
        let theme = pen.look.theme;
        let left = pen.text(buf, below(area, upper.height), &one.rule, 3, theme.text);
        if let Some(note) = &one.note {
            let said = Message::new(msg!("console.segment.note")).with("note", note.as_str());
            pen.line(buf, left, &pen.say(said), theme.text);
        }
    }
}
