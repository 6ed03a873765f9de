//! A metric: its value beside what it is held against with the days of both, its plans over the units below, and what it means.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::State;
use crate::app::state::study::{MetricPart, StudyPage};
use crate::app::study::{Finding, MetricFound};
use crate::domain::message::{Arg, Key, Message};
use crate::domain::metric::compare::{Against, Taken};
use crate::domain::metric::{Kind, KpiValue, Value};
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table, row as line_at, tabs};

/// The parts in their order.
const PARTS: [Key; 3] =
    [msg!("kpi.page.values"), msg!("kpi.page.targets"), msg!("kpi.page.definitions")];

/// Which metric it is, with its name once it is known.
pub(super) fn title(metric: &str, found: Option<&Finding>) -> Message {
    let name: Arg = match found {
        Some(Finding::Metric(found)) => {
            Arg::Label { zh: found.value.zh.clone(), en: found.value.en.clone() }
        }
        _ => "".into(),
    };
    Message::new(msg!("kpi.page.title")).with("metric", metric).with("name", name)
}

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    found: &MetricFound,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let mut area = pen.text(buf, area, &pen.say(now(state, &found.value, pen)), 2, theme.accent);
    area = pen.text(buf, area, &pen.say(found.value.meant()), 3, theme.text);
    for said in found.value.quality.said() {
        area = pen.text(buf, area, &pen.say(said), 2, theme.warn);
    }
    area = below(area, 1);
    let titles = PARTS.map(|key| pen.say(key));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    tabs(buf, pen.look, line_at(area, 0), &titles, page.part);
    let area = below(area, 2);
    match page.metric_part() {
        MetricPart::Values => values(buf, area, state, page, &found.value, pen),
        MetricPart::Targets => targets(buf, area, state, page, found, pen),
        MetricPart::Definitions => definitions(buf, area, page, found, pen),
    }
}

/// The value now, of which facts, and how it behaves in time.
fn now(state: &State, value: &KpiValue, pen: Pen<'_>) -> Message {
    let kind = match value.kind {
        Kind::Flow => msg!("kpi.page.flow"),
        Kind::Stock => msg!("kpi.page.stock"),
        Kind::Ratio => msg!("kpi.page.ratio"),
    };
    let shown = value.value.map_or_else(|| "-".to_owned(), |now| figure(state, value, now, pen));
    let day = value.day.map_or_else(|| "-".to_owned(), number::date);
    Message::new(msg!("kpi.page.now"))
        .with("org", value.org.as_str())
        .with("on", value.on)
        .with("value", shown)
        .with("day", day)
        .with("kind", kind)
}

fn figure(state: &State, of: &KpiValue, value: Value, pen: Pen<'_>) -> String {
    figures::value(pen, state, value, of.unit.as_deref() == Some("money"))
}

fn taken(taken: Option<Taken>, pen: Pen<'_>) -> String {
    match taken {
        None => String::new(),
        Some(taken) => match taken.said() {
            Arg::Message(period) => pen.say(period),
            _ => number::date(taken.end),
        },
    }
}

/// Beside what it is held against, and under the table the days of the line under the cursor.
fn values(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    value: &KpiValue,
    pen: Pen<'_>,
) {
    let detail = 4.min(area.height / 2);
    let upper = Rect { height: area.height.saturating_sub(detail), ..area };
    let titles = [
        msg!("kpi.column.against"),
        msg!("kpi.column.before"),
        msg!("kpi.column.value"),
        msg!("kpi.column.change"),
        msg!("kpi.column.change-share"),
        msg!("kpi.column.from"),
        msg!("kpi.column.to"),
    ]
    .map(|key| pen.say(key));
    let on = Some(Taken::on(value.on));
    let lines: Vec<[String; 7]> = value
        .against
        .iter()
        .map(|one| {
            let shown = |of: Option<Value>, whole: bool| {
                let sign = if whole { "" } else { " !" };
                of.map_or_else(
                    || "-".to_owned(),
                    |known| format!("{}{sign}", figure(state, value, known, pen)),
                )
            };
            let money = value.unit.as_deref() == Some("money");
            let change = one.change().map(|change| figures::change(pen, state, change, money));
            [
                pen.say(one.compare.label()),
                shown(one.before, one.quality.0.is_whole() && one.doubt().is_none()),
                shown(one.now.or(value.value), one.quality.1.is_whole()),
                change.unwrap_or_else(|| "-".to_owned()),
                one.share().map_or_else(|| "-".to_owned(), figures::share),
                taken(one.from, pen),
                taken(one.to.or(on), pen),
            ]
        })
        .collect();
    let columns = wide(&titles, &lines, [0, 0, 0, 0, 1, 2, 2], pen);
    let columns =
        columns.map(|(column, at)| if (1..5).contains(&at) { column.right() } else { column });
    let row = |at: usize| {
        let mut cells: Vec<Cell<'_>> =
            lines[at].iter().map(|text| Cell::from(text.as_str())).collect();
        cells[3] = Cell::styled(lines[at][3].as_str(), style(&value.against[at], pen));
        Row::new(cells)
    };
    let empty = pen.say(msg!("kpi.page.no-values"));
    table(buf, upper, (&columns, value.against.len(), &row), page.row, &empty, pen);
    if let Some([against, .., from, to]) = lines.get(page.row) {
        let said = Message::new(msg!("kpi.page.days"))
            .with("against", against.as_str())
            .with("from", from.as_str())
            .with("to", to.as_str());
        let one = &value.against[page.row];
        let style = if one.is_whole() { pen.look.theme.accent } else { pen.look.theme.warn };
        let doubts = one.doubts().into_iter().chain(one.remarks.said());
        let doubts = doubts.map(|doubt| pen.say(doubt));
        let said = std::iter::once(pen.say(said)).chain(doubts).collect::<Vec<_>>().join(" ");
        pen.text(buf, below(area, upper.height), &said, detail, style);
    }
}

/// A column for each title, as wide as what it holds, so that no figure is cut; where not all fit, those with the highest number go
/// first.
fn wide<'a, const N: usize>(
    titles: &'a [String; N],
    lines: &[[String; N]],
    priorities: [u8; N],
    pen: Pen<'_>,
) -> [(Column<'a>, usize); N] {
    std::array::from_fn(|at| {
        let texts = lines.iter().map(|line| &line[at]).chain([&titles[at]]);
        let widest = texts.map(|text| pen.look.cells(text)).max().unwrap_or(0);
        (Column::fixed(&titles[at], widest).priority(priorities[at]), at)
    })
}

fn style(one: &Against, pen: Pen<'_>) -> Style {
    match one.change().map(Value::as_f64) {
        Some(change) if change < 0.0 => pen.look.theme.bad,
        Some(change) if change > 0.0 => pen.look.theme.good,
        _ => Style::new(),
    }
}

fn table<'a>(
    buf: &mut Buffer,
    area: Rect,
    (columns, len, row): (&'a [Column<'a>], usize, &'a dyn Fn(usize) -> Row<'a>),
    selected: usize,
    empty: &'a str,
    pen: Pen<'_>,
) {
    let (selected, focused, heading) = (Some(selected), true, true);
    Table { columns, len, row, selected, focused, heading, empty }.draw(buf, pen.look, area);
}

/// Each unit's target beside the sum of those right below.
fn targets(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    found: &MetricFound,
    pen: Pen<'_>,
) {
    let open = found.gaps.iter().filter(|gap| !gap.closes()).count();
    let told = if open == 0 { msg!("kpi.targets.close") } else { msg!("kpi.targets.open") };
    let told = Message::new(told).with("open", open).with("checked", found.gaps.len());
    let theme = pen.look.theme;
    let area = if found.gaps.is_empty() {
        area
    } else {
        let style = if open == 0 { theme.good } else { theme.bad };
        pen.text(buf, area, &pen.say(told), 2, style)
    };
    let titles = [
        msg!("kpi.column.org"),
        msg!("kpi.column.period"),
        msg!("kpi.column.target"),
        msg!("kpi.column.parts"),
        msg!("kpi.column.over"),
        msg!("kpi.column.planned"),
        msg!("kpi.column.closes"),
    ]
    .map(|key| pen.say(key));
    let whole = |amount: i64| figure(state, &found.value, Value::Whole(amount), pen);
    let lines: Vec<[String; 7]> = found
        .gaps
        .iter()
        .map(|gap| {
            let closes = if gap.closes() { msg!("kpi.yes") } else { msg!("kpi.no") };
            [
                gap.org.clone(),
                gap.period.clone(),
                whole(gap.target),
                whole(gap.parts),
                whole(gap.over()),
                format!("{}/{}", gap.planned, gap.units),
                pen.say(closes),
            ]
        })
        .collect();
    let columns = wide(&titles, &lines, [0, 0, 0, 1, 0, 2, 0], pen);
    let columns =
        columns.map(|(column, at)| if (2..6).contains(&at) { column.right() } else { column });
    let row = |at: usize| {
        let mut cells: Vec<Cell<'_>> =
            lines[at].iter().map(|text| Cell::from(text.as_str())).collect();
        let style = if found.gaps[at].closes() { Style::new() } else { theme.bad };
        cells[6] = Cell::styled(lines[at][6].as_str(), style);
        Row::new(cells)
    };
    let empty = pen.say(msg!("kpi.page.no-targets"));
    table(buf, area, (&columns, found.gaps.len(), &row), page.row, &empty, pen);
}

/// The versions of what it means, the newest first, and under them the one under the cursor in full.
fn definitions(buf: &mut Buffer, area: Rect, page: &StudyPage, found: &MetricFound, pen: Pen<'_>) {
    let detail = 3.min(area.height / 3);
    let upper = Rect { height: area.height.saturating_sub(detail), ..area };
    let titles = [
        msg!("kpi.column.version"),
        msg!("kpi.column.owner"),
        msg!("kpi.column.closing"),
        msg!("kpi.column.workdays"),
        msg!("kpi.column.measure"),
        msg!("kpi.column.written-by"),
        msg!("kpi.column.written"),
    ]
    .map(|key| pen.say(key));
    let width = |at: usize, least: u16| pen.look.cells(&titles[at]).max(least);
    let columns = [
        Column::fixed(&titles[0], width(0, 4)),
        Column::flex(&titles[1], 12, 24),
        Column::flex(&titles[2], width(2, 8), 16),
        Column::fixed(&titles[3], width(3, 6)).priority(1),
        Column::flex(&titles[4], width(4, 10), 20).priority(2),
        Column::flex(&titles[5], 10, 20).priority(3),
        Column::fixed(&titles[6], 10),
    ];
    let row = |at: usize| {
        let one = &found.definitions[at];
        let closing = match one.closing.as_str() {
            "average" => msg!("kpi.page.average"),
            "sum" => msg!("kpi.page.sum"),
            _ => msg!("kpi.page.end"),
        };
        let workdays = if one.workdays { msg!("kpi.yes") } else { msg!("kpi.no") };
        Row::new(vec![
            format!("v{}", one.version).into(),
            one.owner.as_str().into(),
            pen.say(closing).into(),
            pen.say(workdays).into(),
            one.measure.clone().unwrap_or_default().into(),
            one.written_by.as_str().into(),
            number::date(one.written_on).into(),
        ])
    };
    let empty = pen.say(found.value.meant());
    table(buf, upper, (&columns, found.definitions.len(), &row), page.row, &empty, pen);
    if let Some(one) = found.definitions.get(page.row) {
        pen.text(buf, below(area, upper.height), &one.text, detail, pen.look.theme.accent);
    }
}
