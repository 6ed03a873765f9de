//! Findings, alerts, the units that one was raised for, and the strategies that touch a unit's customers: lists.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::heat::kind as units;
use crate::app::command::{self, CommandId};
use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::app::study::{RaisedFor, Touch};
use crate::domain::alert::{AlertKind, AlertRow, Side, typed};
use crate::domain::finding::{FindingRow, SizeUnit};
use crate::domain::message::Message;
use crate::domain::metric::Value;
use crate::domain::money::Minor;
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table};

fn table<'a>(
    buf: &mut Buffer,
    area: Rect,
    (columns, len, row): (&'a [Column<'a>], usize, &'a dyn Fn(usize) -> Row<'a>),
    page: &StudyPage,
    empty: &'a str,
    pen: Pen<'_>,
) {
    let selected = Some(page.row);
    let (focused, heading) = (true, true);
    Table { columns, len, row, selected, focused, heading, empty }.draw(buf, pen.look, area);
}

/// How large a finding is, in its unit.
fn size(row: &FindingRow, state: &State, pen: Pen<'_>) -> String {
    match (row.size, row.unit) {
        (None, _) => pen.say(msg!("finding.unmeasured")),
        (Some(size), SizeUnit::Money) => figures::money(pen, state, Minor(size)),
        (Some(size), SizeUnit::Points) => number::points(size),
        (Some(size), SizeUnit::Ppm) => number::percent(size, 1_000_000).unwrap_or_default(),
        (Some(size), _) => number::count(size),
    }
}

/// Findings, the newest first, and under them the one under the cursor in full.
pub(super) fn findings(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    rows: &[FindingRow],
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let detail = 3.min(area.height / 3);
    let upper = Rect { height: area.height.saturating_sub(detail), ..area };
    let titles = [
        pen.say(msg!("finding.column.day")),
        pen.say(msg!("finding.column.org")),
        pen.say(msg!("finding.column.metric")),
        pen.say(msg!("finding.column.size")),
        pen.say(msg!("finding.column.text")),
        pen.say(msg!("finding.column.owner")),
        pen.say(msg!("finding.column.state")),
    ];
    let sizes: Vec<String> = rows.iter().map(|row| size(row, state, pen)).collect();
    // A size is never cut: half a figure is a wrong one.
    let widest = sizes.iter().map(|size| pen.look.cells(size)).max();
    let columns = [
        Column::fixed(&titles[0], 10),
        Column::flex(&titles[1], 8, 16).priority(1),
        Column::flex(&titles[2], 6, 16).priority(2),
        Column::fixed(&titles[3], widest.unwrap_or(0).max(12)).right(),
        Column::flex(&titles[4], 14, 60),
        Column::flex(&titles[5], 8, 16).priority(3),
        Column::fixed(&titles[6], 6).priority(1),
    ];
    let row = |at: usize| {
        let row = &rows[at];
        let shown = if row.open { msg!("finding.open") } else { msg!("finding.closed") };
        let style = if row.open { Style::new() } else { theme.stale };
        Row::new(vec![
            number::date(row.day).into(),
            row.org_name.clone().into(),
            row.metric.clone().unwrap_or_default().into(),
            sizes[at].as_str().into(),
            Cell::styled(row.text.clone(), style),
            row.owner.clone().into(),
            pen.say(shown).into(),
        ])
    };
    let empty = pen.say(msg!("console.findings.empty"));
    table(buf, upper, (&columns, rows.len(), &row), page, &empty, pen);
    let Some(chosen) = rows.get(page.row) else { return };
    let mut said = chosen.text.clone();
    if let Some(rule) = &chosen.rule {
        said = format!("{said}  [{rule}]");
    }
    if let Some(seen) = &chosen.seen {
        said = format!("{said}  {}", pen.say(seen.said()));
    }
    if let Some(anew) = chosen.anew() {
        said = format!("{said}  {}", pen.say(anew));
    }
    if let Some(closing) = &chosen.closing {
        let told = Message::new(msg!("console.findings.closing")).with("closing", closing.as_str());
        said = format!("{said}  {}", pen.say(told));
    }
    pen.text(buf, below(area, upper.height), &said, detail, theme.accent);
}

/// The headings of the alerts, shorter ones where there is little room.
fn alert_titles(short: bool, pen: Pen<'_>) -> [String; 10] {
    [
        msg!("alert.column.code"),
        msg!("alert.column.name"),
        msg!("alert.column.metric"),
        msg!("alert.column.kind"),
        msg!("alert.column.bound"),
        msg!("alert.column.units"),
        msg!("alert.column.owner"),
        msg!("alert.column.state"),
        msg!("alert.column.last-day"),
        if short { msg!("alert.column.hits-short") } else { msg!("alert.column.hits") },
    ]
    .map(|key| pen.say(key))
}

/// From so many columns on, an alert's line says until when it is muted.
const WIDE: u16 = 100;

/// Every alert, and for how many units it was raised last; below them, what there is no room for of the one under the cursor.
pub(super) fn alerts(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    rows: &[AlertRow],
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    // Until when it is muted stands below, where there is no room for it in its line; so does what its kind means.
    let short = area.width < WIDE;
    let titles = alert_titles(short, pen);
    let bounds: Vec<String> = rows.iter().map(|row| bound(row, state, pen)).collect();
    let kind = |row: &AlertRow| {
        let kind = row.text.kind;
        pen.say(if short { kind.short() } else { kind.label() })
    };
    let kinds: Vec<String> = rows.iter().map(kind).collect();
    let units: Vec<String> = rows.iter().map(|row| pen.say(units(&row.text.units))).collect();
    // A bound and its kind are never cut: half a figure is a wrong one.
    let widest = |texts: &[String], title: usize| {
        let texts = texts.iter().chain([&titles[title]]).map(|text| pen.look.cells(text));
        texts.max().unwrap_or(0)
    };
    let columns = [
        Column::flex(&titles[0], 7, 14).holding(rows.iter().map(|row| row.text.code.as_str())),
        // What it is called is read before of which metric and which units, which the foot has whole.
        Column::flex(&titles[1], 8, 24).holding(rows.iter().map(|row| row.text.name.as_str())),
        Column::flex(&titles[2], 5, 16)
            .holding(rows.iter().map(|row| row.text.metric.as_str()))
            .priority(3),
        Column::fixed(&titles[3], widest(&kinds, 3)).priority(2),
        Column::fixed(&titles[4], widest(&bounds, 4)).right(),
        Column::fixed(&titles[5], widest(&units, 5)).priority(3),
        Column::flex(&titles[6], 8, 16).priority(5),
        Column::flex(&titles[7], 5, 20).priority(1),
        Column::fixed(&titles[8], widest(&[], 8).max(10)).priority(4),
        Column::fixed(&titles[9], widest(&[], 9)).right(),
    ];
    let row = |at: usize| {
        let row = &rows[at];
        let shown = if short && row.on && row.muted_until.is_some() {
            msg!("alert.state.silent").into()
        } else {
            standing(row)
        };
        let style = match (row.on, row.hits) {
            (false, _) => theme.stale,
            (true, 0) => Style::new(),
            (true, _) => theme.bad,
        };
        Row::new(vec![
            row.text.code.clone().into(),
            row.text.name.clone().into(),
            row.text.metric.clone().into(),
            kinds[at].as_str().into(),
            bounds[at].as_str().into(),
            units[at].as_str().into(),
            row.owner.clone().into(),
            pen.say(shown).into(),
            row.last_day.map_or_else(|| "-".to_owned(), number::date).into(),
            Cell::styled(number::count(row.hits), style),
        ])
    };
    let key = command::row(CommandId::NewAlert).keys[0];
    let empty = pen.say(Message::new(msg!("console.alerts.empty")).with("key", key));
    let detail = 2.min(area.height / 3);
    let upper = Rect { height: area.height.saturating_sub(detail), ..area };
    table(buf, upper, (&columns, rows.len(), &row), page, &empty, pen);
    if let Some(chosen) = rows.get(page.row) {
        let said = pen.say(in_full(chosen, &units[page.row]));
        pen.text(buf, below(area, upper.height), &said, detail, theme.accent);
    }
}

/// What an alert's line may have no room for.
fn in_full(row: &AlertRow, units: &str) -> Message {
    Message::new(msg!("console.alerts.chosen"))
        .with("code", row.text.code.as_str())
        .with("name", row.text.name.as_str())
        .with("metric", row.text.metric.as_str())
        .with("kind", row.text.kind.label())
        .with("units", units)
        .with("owner", row.owner.as_str())
        .with("state", standing(row))
}

/// Whether an alert is on, or until when it is muted.
fn standing(row: &AlertRow) -> Message {
    match (row.on, row.muted_until) {
        (false, _) => msg!("alert.state.off").into(),
        (true, Some(until)) => Message::new(msg!("alert.state.muted")).with("until", until),
        (true, None) => msg!("alert.state.on").into(),
    }
}

/// The side and the bound as its metric is shown: `<= 12.0 亿`. An amount that the short form would round stands in full.
fn bound(row: &AlertRow, state: &State, pen: Pen<'_>) -> String {
    let bound = row.text.bound;
    let figure = match row.text.kind {
        AlertKind::Change(_) | AlertKind::Pace => typed::percent(bound),
        AlertKind::Threshold if row.money => {
            figures::money_bound(pen, state, Minor(Value::Number(bound).rounded()))
        }
        AlertKind::Threshold | AlertKind::Outlier { .. } => match whole(bound) {
            Value::Whole(count) => number::count(count),
            Value::Number(number) => number.to_string(),
        },
    };
    let side = match row.text.side {
        Side::Above => ">=",
        Side::Below => "<=",
        Side::Either => "+-",
    };
    format!("{side} {figure}")
}

/// A value as counts are shown where it is one.
fn whole(value: f64) -> Value {
    let count = Value::Number(value).rounded();
    let same = Value::Whole(count).as_f64().to_bits() == value.to_bits();
    if same { Value::Whole(count) } else { Value::Number(value) }
}

/// The units that an alert was raised for, the farthest from its bound first.
pub(super) fn hits(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    found: &RaisedFor,
    pen: Pen<'_>,
) {
    let titles = [
        pen.say(msg!("console.column.unit")),
        pen.say(msg!("console.column.value")),
        pen.say(msg!("alert.column.base")),
        pen.say(msg!("alert.column.score")),
    ];
    let columns = [
        Column::flex(&titles[0], 12, 30),
        Column::fixed(&titles[1], 14).right(),
        Column::fixed(&titles[2], 14).right().priority(1),
        Column::fixed(&titles[3], 14).right(),
    ];
    let money = found.is_money;
    let shown = |value: f64| figures::value(pen, state, whole(value), money);
    let row = |at: usize| {
        let hit = &found.hits[at];
        // What is held against a fixed value is the value itself.
        let score = match hit.judged.base {
            _ if found.is_share => figures::share(hit.judged.score),
            None => shown(hit.judged.score),
            Some(_) => format!("{:.2}", hit.judged.score),
        };
        Row::new(vec![
            hit.name.clone().into(),
            shown(hit.judged.value).into(),
            hit.judged.base.map_or_else(|| "-".to_owned(), shown).into(),
            Cell::styled(score, pen.look.theme.bad),
        ])
    };
    let empty = pen.say(msg!("console.alerts.quiet"));
    table(buf, area, (&columns, found.hits.len(), &row), page, &empty, pen);
}

/// The strategies with orders for a unit or for those below it, the newest push first.
pub(super) fn touching(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    rows: &[Touch],
    pen: Pen<'_>,
) {
    let titles = [
        pen.say(msg!("console.touching.strategy")),
        pen.say(msg!("alert.column.name")),
        pen.say(msg!("console.touching.push")),
        pen.say(msg!("console.touching.customers")),
        pen.say(msg!("console.touching.control")),
        pen.say(msg!("console.touching.live")),
    ];
    let columns = [
        Column::flex(&titles[0], 8, 14),
        Column::flex(&titles[1], 10, 40),
        Column::fixed(&titles[2], 10),
        Column::fixed(&titles[3], 10).right(),
        Column::fixed(&titles[4], 8).right().priority(1),
        Column::fixed(&titles[5], 8).priority(1),
    ];
    let row = |at: usize| {
        let row = &rows[at];
        let live = if row.live { msg!("kpi.yes") } else { msg!("kpi.no") };
        Row::new(vec![
            format!("{} v{}", row.strategy, row.version).into(),
            row.name.clone().into(),
            number::date(row.pushed_on).into(),
            number::count(row.customers).into(),
            number::count(row.control).into(),
            pen.say(live).into(),
        ])
    };
    let empty = pen.say(msg!("console.touching.empty"));
    table(buf, area, (&columns, rows.len(), &row), page, &empty, pen);
}
