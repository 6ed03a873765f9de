//! What came of a push: the sentence, the two arms with the interval drawn, what was done, the branches, the rest.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::study::{ReviewPart, StudyPage};
use crate::app::study::{Finding, Reviewed};
use crate::domain::message::{Arg, Key, Message};
use crate::domain::money::Currency;
use crate::domain::review::{Effect, Review, StepName};
use crate::msg;
use crate::text::review::{Line, Section, lines, methods, sentence, step_name, subject};
use crate::text::width::wrap;
use crate::text::{Lang, number, render};
use crate::ui::pen::{Pen, below, beside};
use crate::ui::widgets::{
    Cell, Column, Row, Sheet, Table, Window, bar, first_width, put, put_right, row as line_at, tabs,
};

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

/// Fewer lines than this below the heading are no place to read in: then the heading moves, too.
const ROOM: u16 = 8;

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    (review, currency): (&Review, Currency),
    pen: Pen<'_>,
) {
    let mut sheet = Sheet::of(buf, area);
    let whole = sheet.area();
    let below_head = head(&mut sheet.buf, whole, page, (review, currency), pen);
    let head_rows = below_head.y;
    let pinned = if area.height >= head_rows + ROOM { head_rows } else { 0 };
    let all = lines(review, currency, pen.lang);
    let told = Told { review, currency, all: &all };
    let by_branch = page.review_part() == ReviewPart::Branches;
    let end = if by_branch {
        let room = area.height - pinned;
        told.branches(&mut sheet.buf, below_head, (page.row, room), pen)
    } else {
        told.part(&mut sheet.buf, below_head, page.review_part(), pen)
    };
    // The cursor of the branches has its place in their table; at the last of them one reads what stands below.
    let last = review.branches.len().saturating_sub(1);
    let top = match (by_branch, page.row >= last) {
        (false, _) => page.row,
        (true, true) => usize::from(end.y),
        (true, false) => usize::from(head_rows - pinned),
    };
    let top = u16::try_from(top).unwrap_or(u16::MAX);
    if let Some((from, to, of)) = sheet.show(buf, area, Window { pinned, used: end.y, top }) {
        let more = Message::new(msg!("review.more"))
            .with("from", i64::from(from))
            .with("to", i64::from(to))
            .with("all", i64::from(of));
        let place = line_at(area, area.height.saturating_sub(1));
        put(buf, pen.look, (place.x, place.y), place.width, &pen.say(more), pen.look.theme.stale);
    }
}

/// The sentence, where it stands, and the parts; gives what is left below.
fn head(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    (review, currency): (&Review, Currency),
    pen: Pen<'_>,
) -> Rect {
    let theme = pen.look.theme;
    let style = match review.itt {
        Some(itt) if itt.lower > 0.0 => theme.good,
        Some(itt) if itt.upper < 0.0 => theme.bad,
        _ => theme.accent,
    };
    let mut area = pen.text(buf, area, &sentence(review, currency, pen.lang), MOST, style);
    area = pen.text(buf, area, &stands(review, pen), MOST, theme.column);
    area = below(area, 1);
    let titles = PARTS.map(|(key, _)| pen.say(key));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    tabs(buf, pen.look, line_at(area, 0), &titles, page.part);
    below(area, 2)
}

/// A paragraph of any length: the sheet is as tall as it takes.
const MOST: u16 = u16::MAX;

/// What is told of a review.
#[derive(Clone, Copy)]
struct Told<'a> {
    review: &'a Review,
    currency: Currency,
    all: &'a [Line],
}

impl Told<'_> {
    fn of(&self, sections: &[Section]) -> Vec<&Line> {
        self.all.iter().filter(|line| sections.contains(&line.section)).collect()
    }

    /// A part that is read from top to bottom; gives what is left below.
    fn part(&self, buf: &mut Buffer, area: Rect, part: ReviewPart, pen: Pen<'_>) -> Rect {
        let sections = PARTS[part as usize].1;
        let area = match part {
            ReviewPart::Effect => self.effect(buf, area, pen),
            ReviewPart::Execution => {
                let area = below(funnel(buf, area, self.review, pen), 1);
                figures(buf, area, &self.of(sections), None, pen)
            }
            ReviewPart::Branches | ReviewPart::Rest => {
                figures(buf, area, &self.of(sections), None, pen)
            }
        };
        self.how(buf, area, sections, pen)
    }

    /// The branches with the cursor, in a table that turns its own pages where there is no room for all.
    fn branches(
        &self,
        buf: &mut Buffer,
        area: Rect,
        (row, room): (usize, u16),
        pen: Pen<'_>,
    ) -> Rect {
        const LEAST: u16 = 6;
        let sections = PARTS[ReviewPart::Branches as usize].1;
        let said: String = self.methods(sections, pen);
        let said = wrap(&pen.look.glyphs.show(&said), usize::from(area.width)).len();
        let taken = u16::try_from(said).unwrap_or(u16::MAX).saturating_add(1);
        let table = Rect { height: room.saturating_sub(taken).max(LEAST), ..area };
        let left = figures(buf, table, &self.of(sections), Some(row), pen);
        let area = below(area, left.y - area.y);
        self.how(buf, area, sections, pen)
    }

    /// The verdict if there is one, the two arms, the interval as a picture, and below what must be known.
    fn effect(&self, buf: &mut Buffer, area: Rect, pen: Pen<'_>) -> Rect {
        let (theme, mut area) = (pen.look.theme, area);
        if let Some(closed) = &self.review.closed {
            let said = Message::new(msg!("review.closed-by"))
                .with("verdict", crate::text::review::verdict_given(closed))
                .with("by", closed.by.as_str())
                .with("text", closed.text.as_str());
            area = below(pen.text(buf, area, &pen.say(said), MOST, theme.accent), 1);
        }
        area = figures(buf, area, &self.of(&[Section::Effect]), None, pen);
        if let Some(itt) = self.review.itt {
            interval(buf, line_at(area, 0), itt, pen);
            area = below(area, 2);
        }
        for line in self.of(&[Section::Notes]) {
            area = pen.text(buf, area, &line.item, MOST, theme.warn);
        }
        area
    }

    fn methods(&self, sections: &[Section], pen: Pen<'_>) -> String {
        let all = methods(self.review, self.currency).into_iter();
        let here = all.filter(|(section, _)| sections.contains(section));
        let said: Vec<String> = here.map(|(_, message)| pen.say(message)).collect();
        said.join(if pen.lang == Lang::ZhCn { "" } else { " " })
    }

    /// By which methods the figures above were found: nobody has to look for it in the report.
    fn how(&self, buf: &mut Buffer, area: Rect, sections: &[Section], pen: Pen<'_>) -> Rect {
        pen.text(buf, area, &self.methods(sections, pen), MOST, pen.look.theme.column)
    }
}

/// The days, and whether a verdict can be given.
fn stands(review: &Review, pen: Pen<'_>) -> String {
    let days = review.days;
    let said = Message::new(msg!("review.days"))
        .with("pushed", days.pushed_on)
        .with("to", days.measured_to)
        .with("due", days.due);
    format!("{}{}{}", pen.say(said), pen.look.glyphs.separator, pen.say(review.standing.clause()))
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

/// Lines of figures as a table, with the columns that hold anything; an item that is longer than its column goes on in the next line.
/// Gives what is left below it.
fn figures(
    buf: &mut Buffer,
    area: Rect,
    rows: &[&Line],
    cursor: Option<usize>,
    pen: Pen<'_>,
) -> Rect {
    let titles = TITLES.map(|(key, _)| render(&key.into(), pen.lang));
    let used: Vec<usize> = (0..TITLES.len())
        .filter(|at| *at == 0 || rows.iter().any(|line| !cells(line)[*at].is_empty()))
        .collect();
    let columns: Vec<Column<'_>> =
        used.iter().map(|at| column(*at, &titles[*at], rows, pen)).collect();
    let width = usize::from(first_width(&columns, area.width)).max(1);
    let parts: Vec<(usize, String, bool)> = rows
        .iter()
        .enumerate()
        .flat_map(|(at, line)| {
            let wrapped = wrap(&pen.look.glyphs.show(&line.item), width);
            let part = move |(part, text)| (at, text, part == 0);
            wrapped.into_iter().enumerate().map(part)
        })
        .collect();
    let row = |at: usize| {
        let (line, text, first) = &parts[at];
        let rest = |at: &usize| Cell::from(if *first { cells(rows[*line])[*at] } else { "" });
        let item = std::iter::once(Cell::from(text.as_str()));
        Row::new(item.chain(used.iter().skip(1).map(rest)).collect())
    };
    let nothing = pen.say(msg!("review.nothing"));
    Table {
        columns: &columns,
        len: parts.len(),
        row: &row,
        selected: cursor.and_then(|cursor| parts.iter().position(|(at, ..)| *at == cursor)),
        focused: cursor.is_some(),
        heading: true,
        empty: &nothing,
    }
    .draw(buf, pen.look, area);
    below(area, u16::try_from(parts.len().max(1) + 2).unwrap_or(area.height))
}

/// The columns, and how early each is left out where not all fit.
const TITLES: [(Key, u8); 7] = [
    (msg!("review.column.item"), 0),
    (msg!("review.column.treated"), 1),
    (msg!("review.column.control"), 1),
    (msg!("review.column.value"), 0),
    (msg!("review.column.lower"), 2),
    (msg!("review.column.upper"), 2),
    (msg!("review.column.p"), 3),
];

/// A column as wide as its widest figure, which is never cut; the items take what is left.
fn column<'t>(at: usize, title: &'t str, rows: &[&Line], pen: Pen<'_>) -> Column<'t> {
    const LEAST: u16 = 12;
    const AIR: u16 = 3;
    let held = rows.iter().map(|line| pen.look.cells(cells(line)[at]));
    let widest = held.chain([pen.look.cells(title)]).max().unwrap_or(0);
    if at == 0 {
        let holds = "x".repeat(usize::from(widest));
        return Column::flex(title, LEAST.min(widest), widest)
            .holding(std::iter::once(holds.as_str()));
    }
    Column::flex(title, widest, widest + AIR).right().priority(TITLES[at].1)
}

fn cells(line: &Line) -> [&str; 7] {
    let Line { item, treated, control, value, lower, upper, p, .. } = line;
    [item, &treated.text, &control.text, &value.text, &lower.text, &upper.text, &p.text]
}
