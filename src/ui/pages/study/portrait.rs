//! What sets a segment apart from everyone, the most telling first; below, the middle values.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::marts::{marts, unread};
use super::{bin, called, held};
use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::domain::customer::{Held, in_units};
use crate::domain::message::Message;
use crate::domain::segment::portrait::{Portrait, SMALL, Trait};
use crate::msg;
use crate::text::number;
use crate::ui::pen::{Pen, below, beside};
use crate::ui::widgets::{Cell, Column, Row, Table};

/// A lift of this much fills the bar.
const FULL: f64 = 4.0;

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    portrait: &Portrait,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let said = Message::new(msg!("console.study.portrait.members"))
        .with("count", portrait.count)
        .with("of", portrait.of);
    let mut area = pen.line(buf, area, &pen.say(said), theme.accent);
    if portrait.count == 0 {
        area = pen.text(buf, area, &pen.say(msg!("segment.portrait.empty")), 2, theme.warn);
    }
    if portrait.hidden > 0 {
        let said = Message::new(msg!("segment.portrait.hidden"));
        let said = said.with("hidden", portrait.hidden).with("small", SMALL);
        area = pen.text(buf, area, &pen.say(said), 2, theme.stale);
    }
    area = marts(buf, area, &portrait.refreshed, pen);
    area = unread(buf, area, &portrait.unread, pen);
    if portrait.count == 0 {
        return;
    }
    let medians = u16::try_from(portrait.medians.len()).unwrap_or(0) + 2;
    let (upper, lower) = if portrait.medians.is_empty() || area.height < 16 {
        (area, Rect { height: 0, ..area })
    } else if area.width >= 130 {
        let left = area.width * 2 / 3;
        (Rect { width: left, ..area }, beside(area, left + 2))
    } else {
        let low = medians.min(area.height / 3);
        let upper = Rect { height: area.height - low, ..area };
        (upper, below(area, upper.height))
    };
    traits(buf, upper, page, portrait, pen);
    draw_medians(buf, lower, state, portrait, pen);
}

fn traits(buf: &mut Buffer, area: Rect, page: &StudyPage, portrait: &Portrait, pen: Pen<'_>) {
    let titles = [
        pen.say(msg!("segment.portrait.attribute")),
        pen.say(msg!("console.column.value")),
        pen.say(msg!("segment.portrait.lift")),
        String::new(),
        pen.say(msg!("segment.portrait.share")),
        pen.say(msg!("segment.portrait.overall")),
        pen.say(msg!("console.column.customers")),
    ];
    let name = |one: &Trait| called(&one.attribute, (&one.zh, &one.en), pen);
    let names: Vec<String> = portrait.traits.iter().map(name).collect();
    let values: Vec<String> =
        portrait.traits.iter().map(|one| bin(&one.value, &one.called, pen)).collect();
    // A range that is cut says nothing: other columns go before it does.
    let longest = values.iter().map(|value| pen.look.cells(value)).max().unwrap_or(0);
    let columns = [
        Column::flex(&titles[0], 10, 24).holding(names.iter().map(String::as_str)),
        Column::flex(&titles[1], longest.clamp(8, 26), 30)
            .holding(values.iter().map(String::as_str)),
        Column::fixed(&titles[2], 6).right(),
        Column::flex(&titles[3], 6, 30).priority(1),
        Column::fixed(&titles[4], 14).right().priority(2),
        Column::fixed(&titles[5], 8).right().priority(3),
        Column::fixed(&titles[6], 10).right().priority(4),
    ];
    let theme = pen.look.theme;
    let row = |at: usize| {
        let one = &portrait.traits[at];
        let share = |part, whole| number::percent(part, whole).unwrap_or_default();
        let style = if one.lift >= 1.0 { theme.good } else { theme.warn };
        Row::new(vec![
            names[at].as_str().into(),
            values[at].as_str().into(),
            Cell::styled(format!("{:.2}", one.lift), style),
            lift_bar(one.lift, style),
            share(one.count, portrait.count).into(),
            share(one.of, portrait.of).into(),
            number::count(one.count).into(),
        ])
    };
    let empty = pen.say(msg!("console.study.portrait.empty"));
    Table {
        columns: &columns,
        len: portrait.traits.len(),
        row: &row,
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}

/// A bar of a lift: a quarter of it is as among everyone.
#[expect(clippy::cast_possible_truncation, reason = "a lift between nothing and the full bar")]
fn lift_bar<'a>(lift: f64, style: ratatui::style::Style) -> Cell<'a> {
    let part = (lift.clamp(0.0, FULL) * 1_000.0) as i64;
    Cell::Bar(part, (FULL * 1_000.0) as i64, style)
}

fn draw_medians(buf: &mut Buffer, area: Rect, state: &State, portrait: &Portrait, pen: Pen<'_>) {
    if area.height < 2 {
        return;
    }
    let said = pen.say(msg!("console.study.portrait.medians"));
    let area = pen.line(buf, area, &said, pen.look.theme.column);
    let columns = [
        Column::flex("", 12, 24),
        Column::flex("", 10, 14).right(),
        Column::flex("", 10, 14).right(),
    ];
    let row = |at: usize| {
        let one = &portrait.medians[at];
        let value = |text: &Option<String>| {
            let value = text.as_deref().map(|text| Held::read(one.kind, text));
            Cell::from(held(value.as_ref(), state, pen))
        };
        let (zh, en) = in_units(&one.zh, &one.en, one.kind, one.unit.as_deref());
        let name = called(&one.attribute, (&zh, &en), pen);
        Row::new(vec![name.into(), value(&one.inside), value(&one.overall)])
    };
    Table {
        columns: &columns,
        len: portrait.medians.len(),
        row: &row,
        selected: None,
        focused: false,
        heading: false,
        empty: "",
    }
    .draw(buf, pen.look, area);
}
