//! One customer, masked: where he stands, what he holds, what is known, what happened, what came of contacts.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::marts::{marts, unread};
use super::{called, told};
use crate::app::state::State;
use crate::app::state::study::{CardPart, StudyPage};
use crate::domain::customer::{ContactRow, CustomerCard};
use crate::domain::exclusion;
use crate::domain::message::{Key, Message};
use crate::domain::outcome::Outcome;
use crate::domain::rule::{Word, known_called};
use crate::msg;
use crate::text::{customer, label, number};
use crate::ui::figures;
use crate::ui::pen::{Pen, below, beside};
use crate::ui::widgets::{Cell, Column, Row, Table, bar, put, put_right, row as line_at, tabs};

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    card: &CustomerCard,
    pen: Pen<'_>,
) {
    let area = person(buf, area, card, pen);
    let area = tier(buf, area, state, card, pen);
    let titles = CardPart::ALL.map(|part| pen.say(part_name(part)));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    tabs(buf, pen.look, line_at(area, 0), &titles, page.part);
    let area = below(area, 1);
    match page.card_part() {
        CardPart::Holdings => holdings(buf, area, state, page, card, pen),
        CardPart::Attributes => attributes(buf, area, state, page, card, pen),
        CardPart::Events => events(buf, area, state, page, card, pen),
        CardPart::Contacts => contacts(buf, area, page, card, pen),
        CardPart::Around => around(buf, area, page, card, pen),
    }
}

fn part_name(part: CardPart) -> Key {
    match part {
        CardPart::Holdings => msg!("console.study.card.part.holdings"),
        CardPart::Attributes => msg!("console.study.card.part.attributes"),
        CardPart::Events => msg!("console.study.card.part.events"),
        CardPart::Contacts => msg!("console.study.card.part.contacts"),
        CardPart::Around => msg!("console.study.card.part.around"),
    }
}

/// Who it is, in the facts that are known.
fn person(buf: &mut Buffer, area: Rect, card: &CustomerCard, pen: Pen<'_>) -> Rect {
    let theme = pen.look.theme;
    let fact = |key: Key, text: &str| format!("{} {text}", pen.say(key));
    let mut facts = vec![format!("{} {}", card.org, card.org_name)];
    facts.extend(card.phone.as_deref().map(|text| fact(msg!("customer.fact.phone"), text)));
    let rm = card.rm_name.as_deref().or(card.rm.as_deref());
    facts.extend(rm.map(|text| fact(msg!("customer.fact.rm"), text)));
    facts.extend(card.age.map(|age| fact(msg!("customer.fact.age"), &age.to_string())));
    let gender = card.gender.as_deref().map(|code| match code {
        "F" => pen.say(msg!("rule.value.female")),
        "M" => pen.say(msg!("rule.value.male")),
        other => other.to_owned(),
    });
    facts.extend(gender.map(|text| fact(msg!("customer.fact.gender"), &text)));
    let day = card.opened_on.map(number::date);
    facts.extend(day.map(|day| fact(msg!("customer.fact.opened"), &day)));
    let area = pen.text(buf, area, &facts.join(pen.look.glyphs.separator), 2, theme.text);
    let mut warnings = vec![];
    let closed = card.closed_on.map(number::date);
    warnings.extend(closed.map(|day| fact(msg!("customer.fact.closed"), &day)));
    if card.no_contact == Some(true) {
        warnings.push(pen.say(msg!("customer.fact.no-contact")));
    }
    if warnings.is_empty() {
        return area;
    }
    pen.line(buf, area, &warnings.join(pen.look.glyphs.separator), theme.warn)
}

/// AUM, tier, and what is missing to the next as a bar.
fn tier(buf: &mut Buffer, area: Rect, state: &State, card: &CustomerCard, pen: Pen<'_>) -> Rect {
    let theme = pen.look.theme;
    let Some(aum) = card.aum else { return area };
    let mut said =
        vec![format!("{} {}", pen.say(msg!("customer.fact.aum")), figures::money(pen, state, aum))];
    let Some(tier) = &card.tier else { return pen.line(buf, area, &said[0], theme.accent) };
    said.push(label(&tier.zh, &tier.en, pen.lang).to_owned());
    let Some(next) = &tier.next else {
        said.push(pen.say(msg!("console.study.card.highest")));
        return pen.line(buf, area, &said.join(pen.look.glyphs.separator), theme.accent);
    };
    let missing = Message::new(msg!("console.study.card.missing"))
        .with("missing", figures::money(pen, state, next.missing))
        .with("tier", label(&next.zh, &next.en, pen.lang));
    said.push(pen.say(missing));
    let text = said.join(pen.look.glyphs.separator);
    let line = line_at(area, 0);
    let rest = pen.line(buf, area, &text, theme.accent);
    let bars = beside(line, pen.look.cells(&text).saturating_add(2));
    if bars.width >= 8 {
        let place = Rect { width: bars.width.min(24), ..bars };
        bar(buf, pen.look, place, (aum.0.max(0), next.from.0), Style::new());
    }
    rest
}

/// A table of a card's part; its rows have the cursor.
fn table(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    (columns, len): (&[Column<'_>], usize),
    row: &dyn Fn(usize) -> Row<'static>,
    pen: Pen<'_>,
) {
    let empty = pen.say(msg!("console.study.card.empty"));
    Table {
        columns,
        len,
        row: &|at| row(at),
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}

fn holdings(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    card: &CustomerCard,
    pen: Pen<'_>,
) {
    let titles = [
        pen.say(msg!("customer.about.holding")),
        pen.say(msg!("console.column.class")),
        pen.say(msg!("console.column.amount")),
        pen.say(msg!("console.column.day")),
    ];
    let columns = [
        Column::flex(&titles[0], 12, 30),
        Column::flex(&titles[1], 8, 14).priority(2),
        Column::flex(&titles[2], 12, 16).right(),
        Column::fixed(&titles[3], 10).priority(1),
    ];
    let row = |at: usize| {
        let one = &card.holdings[at];
        Row::new(vec![
            label(&one.zh, &one.en, pen.lang).to_owned().into(),
            one.class.as_deref().map_or_else(String::new, |code| figures::class(pen, code)).into(),
            figures::money(pen, state, one.amount).into(),
            number::date(one.day).into(),
        ])
    };
    let mixed = u16::try_from(card.mix.len()).unwrap_or(u16::MAX).saturating_add(2);
    let (left, right) = if card.mix.is_empty() || area.height < 6 {
        (area, Rect { height: 0, ..area })
    } else if area.width >= 100 {
        let left = area.width / 2;
        (Rect { width: left, ..area }, beside(area, left + 2))
    } else {
        let low = mixed.min(area.height / 2);
        let upper = Rect { height: area.height - low, ..area };
        (upper, below(area, upper.height))
    };
    table(buf, left, page, (&columns, card.holdings.len()), &row, pen);
    mix(buf, right, card, pen);
}

/// Each class of assets: what is held as a bar, and the target beside it.
fn mix(buf: &mut Buffer, area: Rect, card: &CustomerCard, pen: Pen<'_>) {
    if area.height < 2 {
        return;
    }
    let theme = pen.look.theme;
    let area = pen.line(buf, area, &pen.say(msg!("console.study.card.mix")), theme.column);
    let classes: Vec<String> = card.mix.iter().map(|one| figures::class(pen, &one.class)).collect();
    let widest = classes.iter().map(|class| pen.look.cells(class)).max().unwrap_or(0);
    let widest = widest.min(area.width / 3);
    for (at, one) in card.mix.iter().enumerate() {
        let line = line_at(area, u16::try_from(at).unwrap_or(u16::MAX));
        if line.is_empty() {
            break;
        }
        put(buf, pen.look, (line.x, line.y), widest, &classes[at], theme.text);
        let figure = pen.say(customer::mix(one));
        let cells = pen.look.cells(&figure).min(line.width.saturating_sub(widest));
        put_right(buf, pen.look, (line.right() - cells, line.y), cells, &figure, theme.text);
        let room = line.width.saturating_sub(widest + cells + 2);
        let place = Rect { x: line.x + widest + 1, width: room, ..line };
        bar(buf, pen.look, place, (one.share_ppm.unwrap_or(0), 1_000_000), Style::new());
    }
}

fn attributes(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    card: &CustomerCard,
    pen: Pen<'_>,
) {
    let area = unread(buf, area, &card.unread, pen);
    let titles = [
        pen.say(msg!("attribute.fact.name")),
        pen.say(msg!("console.column.value")),
        pen.say(msg!("attribute.fact.code")),
        pen.say(msg!("segment.fact.as-of")),
    ];
    let columns = [
        Column::flex(&titles[0], 14, 36),
        Column::flex(&titles[1], 10, 24).right(),
        Column::flex(&titles[2], 10, 20).priority(2),
        Column::fixed(&titles[3], 10).priority(1),
    ];
    let row = |at: usize| {
        let one = &card.attributes[at];
        let (zh, en) = one.labels();
        let mut row = Row::new(vec![
            called(&one.code, (&zh, &en), pen).into(),
            told(one.value.as_ref(), &one.called, state, pen).into(),
            one.code.clone().into(),
            Cell::from(one.refreshed_on.map(number::date).unwrap_or_default()),
        ]);
        row.dim = one.value.is_none();
        row
    };
    table(buf, area, page, (&columns, card.attributes.len()), &row, pen);
}

fn events(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    card: &CustomerCard,
    pen: Pen<'_>,
) {
    let titles = [
        pen.say(msg!("console.column.day")),
        pen.say(msg!("customer.about.event")),
        pen.say(msg!("console.column.amount")),
        pen.say(msg!("segment.fact.note")),
    ];
    let columns = [
        Column::fixed(&titles[0], 16),
        Column::flex(&titles[1], 12, 28),
        Column::flex(&titles[2], 10, 16).right().priority(1),
        Column::flex(&titles[3], 8, 50).priority(2),
    ];
    let row = |at: usize| {
        let one = &card.timeline[at];
        let amount = one.amount.map(|amount| figures::money(pen, state, amount));
        Row::new(vec![
            figures::moment(state, one.at).into(),
            figures::event(pen, &one.kind).into(),
            amount.unwrap_or_default().into(),
            one.detail.clone().unwrap_or_default().into(),
        ])
    };
    table(buf, area, page, (&columns, card.timeline.len()), &row, pen);
}

fn contacts(buf: &mut Buffer, area: Rect, page: &StudyPage, card: &CustomerCard, pen: Pen<'_>) {
    let titles = [
        pen.say(msg!("console.column.push")),
        pen.say(msg!("console.column.strategy")),
        pen.say(msg!("console.column.day")),
        pen.say(msg!("console.column.deadline")),
        pen.say(msg!("console.column.state")),
    ];
    let columns = [
        Column::fixed(&titles[0], 6),
        Column::flex(&titles[1], 10, 24),
        Column::fixed(&titles[2], 10).priority(3),
        Column::fixed(&titles[3], 10).priority(2),
        Column::flex(&titles[4], 12, 24),
    ];
    let live = pen.say(msg!("console.study.card.live"));
    let row = |at: usize| {
        let one = &card.contacts[at];
        let mut state = came_of(one, pen);
        if one.live {
            state = format!("{state} {live}");
        }
        Row::new(vec![
            format!("#{}", one.push).into(),
            format!("{} v{}", one.strategy, one.version).into(),
            number::date(one.as_of).into(),
            number::date(one.deadline).into(),
            state.into(),
        ])
    };
    table(buf, area, page, (&columns, card.contacts.len()), &row, pen);
}

/// What came of a push for him: the latest outcome, else why he was left off, else his arm.
fn came_of(one: &ContactRow, pen: Pen<'_>) -> String {
    if let Some(word) = &one.outcome {
        let outcome = Outcome::from_word(word);
        return outcome.map_or_else(|| word.clone(), |outcome| pen.say(outcome.label()));
    }
    if let Some(code) = &one.blocked {
        return exclusion::title(code).map_or_else(|| code.clone(), |key| pen.say(key));
    }
    match one.arm.as_deref() {
        Some("treated") => pen.say(msg!("console.part.treated")),
        Some("control") => pen.say(msg!("console.part.control")),
        other => other.unwrap_or_default().to_owned(),
    }
}

fn around(buf: &mut Buffer, area: Rect, page: &StudyPage, card: &CustomerCard, pen: Pen<'_>) {
    let titles = [
        pen.say(msg!("customer.column.about")),
        pen.say(msg!("console.column.what")),
        pen.say(msg!("console.column.day")),
    ];
    let columns = [
        Column::fixed(&titles[0], 10),
        Column::flex(&titles[1], 16, 60),
        Column::fixed(&titles[2], 10).priority(1),
    ];
    let mut area = area;
    let mut rows: Vec<[String; 3]> = vec![];
    if let Some(now) = &card.segments {
        for gap in now.gaps().into_iter().take(3) {
            area = pen.text(buf, area, &pen.say(gap), 2, pen.look.theme.warn);
        }
        area = marts(buf, area, &now.refreshed, pen);
        for one in &now.found {
            let what = format!("{} v{} {}", one.code, one.version, one.name);
            rows.push([pen.say(msg!("customer.about.segment")), what, number::date(card.as_of)]);
        }
    }
    for one in &card.snapshots {
        let what = format!("{} v{} #{}", one.segment, one.version, one.snapshot);
        rows.push([pen.say(msg!("customer.about.snapshot")), what, number::date(one.as_of)]);
    }
    for one in &card.lists {
        let what = format!("{} #{}", one.code, one.upload);
        rows.push([pen.say(msg!("customer.about.list")), what, number::date(one.as_of)]);
    }
    for one in &card.relations {
        let org = one.org.as_deref().unwrap_or_default();
        let kind = figures::valued(pen, &one.kind, &known_called(Word::Relation, &one.kind));
        let what = format!("{kind} {} {org}", one.other);
        rows.push([pen.say(msg!("customer.about.relation")), what, String::new()]);
    }
    let row = |at: usize| Row::new(rows[at].clone().map(Cell::from).to_vec());
    table(buf, area, page, (&columns, rows.len()), &row, pen);
}
