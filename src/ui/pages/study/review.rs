//! What came of a push: the sentence, the two arms with the interval drawn, what was done, the branches, the rest.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::study::{ReviewPart, StudyPage};
use crate::app::study::{Finding, Reviewed};
use crate::domain::message::{Arg, Key, Message};
use crate::domain::money::Currency;
use crate::domain::review::{Effect, Method, Review, Standing, StepName};
use crate::msg;
use crate::text::review::{Line, Section, lines, sentence, step_name, subject};
use crate::text::{number, render};
use crate::ui::pen::{Pen, below, beside};
use crate::ui::widgets::{Cell, Column, Row, Table, bar, put, put_right, row as line_at, tabs};

/// The parts in their order, and the sections of figures of those that are nothing else.
const PARTS: [(Key, &[Section]); 4] = [
    (msg!("review.part.effect"), &[Section::Effect, Section::Verdict, Section::Notes]),
    (msg!("review.part.execution"), &[Section::Execution]),
    (msg!("review.part.branches"), &[Section::Branches]),
    (msg!("review.part.rest"), &[Section::Balance, Section::Guards, Section::Cost]),
];

/// What is reviewed: as it was measured, else what was asked for.
pub(super) fn title(strategy: &str, of: Reviewed, found: Option<&Finding>) -> Message {
    let subject: Arg = match (found, of) {
        (Some(Finding::Review(review, _)), _) => subject(review).into(),
        (_, Reviewed::Push(push)) => format!("#{push} {strategy}").into(),
        (_, Reviewed::Wave(_) | Reviewed::Strategy) => strategy.into(),
    };
    Message::new(msg!("review.title")).with("subject", subject)
}

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    (review, currency): (&Review, Currency),
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let style = match review.itt {
        Some(itt) if itt.lower > 0.0 => theme.good,
        Some(itt) if itt.upper < 0.0 => theme.bad,
        _ => theme.accent,
    };
    let mut area = pen.text(buf, area, &sentence(review, currency, pen.lang), 3, style);
    area = pen.text(buf, area, &stands(review, pen), 2, theme.column);
    area = below(area, 1);
    let titles = PARTS.map(|(key, _)| pen.say(key));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    tabs(buf, pen.look, line_at(area, 0), &titles, page.part);
    let area = below(area, 2);
    let all = lines(review, currency, pen.lang);
    match page.review_part() {
        ReviewPart::Effect => effect(buf, area, review, &all, pen),
        ReviewPart::Execution => {
            let area = funnel(buf, area, review, pen);
            figures(buf, below(area, 1), &of(&all, PARTS[1].1), None, pen);
        }
        ReviewPart::Branches => {
            let area = figures(buf, area, &of(&all, PARTS[2].1), Some(page.row), pen);
            how(buf, area, branches_how(review), pen);
        }
        ReviewPart::Rest => {
            let area = figures(buf, area, &of(&all, PARTS[3].1), None, pen);
            let compared = review.balance.as_ref().is_some_and(|balance| balance.raw.is_some());
            how(buf, area, compared.then(|| msg!("review.how.balance").into()), pen);
        }
    }
}

fn of<'a>(all: &'a [Line], sections: &[Section]) -> Vec<&'a Line> {
    all.iter().filter(|line| sections.contains(&line.section)).collect()
}

/// The days, and whether a verdict can be given.
fn stands(review: &Review, pen: Pen<'_>) -> String {
    let days = review.days;
    let said = Message::new(msg!("review.days"))
        .with("pushed", days.pushed_on)
        .with("to", days.measured_to)
        .with("due", days.due);
    let standing: Key = match review.standing {
        Standing::Early => msg!("review.standing.early"),
        Standing::Small => msg!("review.standing.small"),
        Standing::Mismatch => msg!("review.standing.mismatch"),
        Standing::NoSuccess => msg!("review.standing.no-success"),
        Standing::NoControl => msg!("review.standing.no-control"),
        Standing::Ready => msg!("review.standing.ready"),
        Standing::Closed => msg!("review.standing.closed"),
    };
    format!("{}{}{}", pen.say(said), pen.look.glyphs.separator, pen.say(standing))
}

/// The two arms, the interval as a picture, and below what must be known.
fn effect(buf: &mut Buffer, area: Rect, review: &Review, all: &[Line], pen: Pen<'_>) {
    let theme = pen.look.theme;
    let rows = of(all, &[Section::Effect]);
    let mut area = figures(buf, area, &rows, None, pen);
    if let Some(itt) = review.itt {
        interval(buf, line_at(area, 0), itt, pen);
        area = below(area, 2);
    }
    if let Some(closed) = &review.closed {
        let said = Message::new(msg!("review.closed-by"))
            .with("verdict", crate::text::review::verdict_name(closed.verdict))
            .with("by", closed.by.as_str())
            .with("text", closed.text.as_str());
        area = pen.text(buf, area, &pen.say(said), 4, theme.accent);
    }
    for line in of(all, &[Section::Notes]) {
        area = pen.text(buf, area, &line.item, 2, theme.warn);
    }
    how(buf, area, effect_how(review), pen);
}

/// By which method the figures above were found: nobody has to look for it in the report.
fn how(buf: &mut Buffer, area: Rect, said: Option<Message>, pen: Pen<'_>) {
    if let Some(said) = said {
        pen.text(buf, area, &pen.say(said), 2, pen.look.theme.column);
    }
}

fn effect_how(review: &Review) -> Option<Message> {
    match review.itt?.method {
        Method::Newcombe if review.reached.is_some() => Some(msg!("review.how.reached").into()),
        Method::Newcombe => Some(msg!("review.how.list").into()),
        Method::Branches => Some(msg!("review.how.of-branches").into()),
        _ => None,
    }
}

fn branches_how(review: &Review) -> Option<Message> {
    let tested = review.branches.iter().filter(|row| row.p_holm.is_some()).count();
    (tested > 0).then(|| Message::new(msg!("review.how.branches")).with("branches", tested))
}

/// `|---x---|` on a line with `0`: where the whole of it lies right of the zero, it works.
fn interval(buf: &mut Buffer, area: Rect, itt: Effect, pen: Pen<'_>) {
    const WIDEST: u16 = 60;
    let width = area.width.min(WIDEST);
    if width < 12 || area.height == 0 {
        return;
    }
    let (low, high) = (itt.lower.min(0.0), itt.upper.max(0.0));
    let span = (high - low).max(1e-9);
    let at = |value: f64| {
        let share = (value - low) / span * f64::from(width - 1);
        share.round().clamp(0.0, f64::from(width - 1))
    };
    let theme = pen.look.theme;
    for x in 0..width {
        let here = f64::from(x);
        let on = |value: f64| (at(value) - here).abs() < 0.5;
        let sign = if on(itt.estimate) {
            "x"
        } else if on(itt.lower) || on(itt.upper) {
            "|"
        } else if on(0.0) {
            "0"
        } else if here > at(itt.lower) && here < at(itt.upper) {
            "-"
        } else {
            " "
        };
        put(buf, pen.look, (area.x + x, area.y), 1, sign, theme.text);
    }
}

/// From the list to what was sold, each step with its share of the tasks as a bar.
fn funnel(buf: &mut Buffer, area: Rect, review: &Review, pen: Pen<'_>) -> Rect {
    const NAME: u16 = 16;
    const COUNT: u16 = 10;
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let tasks = whole(review.arms.treated.n);
    for (at, step) in (0..).zip(&review.funnel) {
        let line = line_at(area, at);
        if line.height == 0 {
            break;
        }
        put(
            buf,
            pen.look,
            (line.x, line.y),
            NAME.min(line.width),
            &pen.say(step_name(step.step)),
            pen.look.theme.text,
        );
        let place = beside(line, NAME);
        let count = number::count(whole(step.customers));
        put_right(
            buf,
            pen.look,
            (place.x, place.y),
            COUNT.min(place.width),
            &count,
            pen.look.theme.text,
        );
        let place = beside(place, COUNT + 1);
        if step.step == StepName::Listed || place.width < 12 {
            continue;
        }
        let share = number::percent(whole(step.customers), tasks).unwrap_or_default();
        put_right(
            buf,
            pen.look,
            (place.x, place.y),
            8.min(place.width),
            &share,
            pen.look.theme.text,
        );
        let place = beside(place, 9);
        let place = Rect { width: place.width.min(50), ..place };
        bar(buf, pen.look, place, (whole(step.customers), tasks), pen.look.theme.bar);
    }
    below(area, u16::try_from(review.funnel.len()).unwrap_or(area.height))
}

/// Lines of figures as a table; gives what is left below it.
fn figures(
    buf: &mut Buffer,
    area: Rect,
    rows: &[&Line],
    cursor: Option<usize>,
    pen: Pen<'_>,
) -> Rect {
    let titles = [
        msg!("review.column.item"),
        msg!("review.column.treated"),
        msg!("review.column.control"),
        msg!("review.column.value"),
        msg!("review.column.lower"),
        msg!("review.column.upper"),
        msg!("review.column.p"),
    ]
    .map(|key| render(&key.into(), pen.lang));
    let holds = |at: usize| rows.iter().map(move |line| cells(line)[at]);
    let columns = [
        Column::flex(&titles[0], 16, 40).holding(holds(0)),
        Column::flex(&titles[1], 8, 16).holding(holds(1)).right().priority(1),
        Column::flex(&titles[2], 8, 16).holding(holds(2)).right().priority(1),
        Column::flex(&titles[3], 8, 24).holding(holds(3)).right(),
        Column::flex(&titles[4], 8, 14).holding(holds(4)).right().priority(2),
        Column::flex(&titles[5], 8, 14).holding(holds(5)).right().priority(2),
        Column::flex(&titles[6], 6, 8).holding(holds(6)).right().priority(3),
    ];
    let row = |at: usize| {
        let figures: Vec<Cell> = cells(rows[at]).into_iter().map(Cell::from).collect();
        Row::new(figures)
    };
    let nothing = pen.say(msg!("review.nothing"));
    Table {
        columns: &columns,
        len: rows.len(),
        row: &row,
        selected: cursor,
        focused: cursor.is_some(),
        heading: true,
        empty: &nothing,
    }
    .draw(buf, pen.look, area);
    below(area, u16::try_from(rows.len() + 2).unwrap_or(area.height))
}

fn cells(line: &Line) -> [&str; 7] {
    [&line.item, &line.treated, &line.control, &line.value, &line.lower, &line.upper, &line.p]
}
