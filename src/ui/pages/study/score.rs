//! Score cards: the list of units or RMs, and one card with every point explained.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::app::study::Finding;
use crate::domain::message::{Arg, Message};
use crate::domain::metric::Value;
use crate::domain::score::{Days, Line, Of, Points, Score, Scored, Scores, Standing};
use crate::msg;
use crate::text::score::{quadrant, quadrant_short, sentences, standing, value};
use crate::ui::figures;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table};

/// From here on the halves of a card stand in sentences.
const WIDE: u16 = 90;

fn head(days: &Days, (card, version): (&str, i32), pen: Pen<'_>) -> String {
    let said = Message::new(msg!("score.said"))
        .with("card", card)
        .with("version", version.to_string())
        .with("period", days.period.as_str())
        .with("from", days.from)
        .with("to", days.to);
    pen.say(said)
}

fn shown(points: Option<Points>) -> String {
    points.map_or_else(|| "-".to_owned(), |points| points.to_string())
}

fn class(score: &Score) -> String {
    let class = score.class.as_ref();
    class.map_or_else(|| "-".to_owned(), |class| format!("{} {}", class.code, class.name))
}

/// What is done and what is reached, of each card; where there is no room for sentences, in two words.
fn quadrants(found: &Scores, width: u16, pen: Pen<'_>) -> Vec<String> {
    let half = |of| pen.say(if width < WIDE { quadrant_short(of) } else { quadrant(of) });
    let halves = found.rows.iter().map(|(_, score)| score.quadrant.map(half));
    halves.map(Option::unwrap_or_default).collect()
}

/// The cards of many, the best first.
pub(super) fn list(buf: &mut Buffer, area: Rect, page: &StudyPage, found: &Scores, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let said = head(&found.days, (&found.card.name, found.card.version), pen);
    let area = pen.text(buf, area, &said, 2, theme.text);
    let titles = [
        "#".to_owned(),
        pen.say(msg!("score.column.subject")),
        pen.say(msg!("score.column.org")),
        pen.say(msg!("score.column.total")),
        pen.say(msg!("score.column.class")),
        pen.say(if area.width < WIDE {
            msg!("score.column.quadrant-short")
        } else {
            msg!("score.column.quadrant")
        }),
        pen.say(msg!("score.column.activity")),
        pen.say(msg!("score.column.result")),
        pen.say(msg!("score.column.scored")),
    ];
    // A unit's own name stands in its row already.
    let of_rms = found.of == Of::Rm;
    let classes: Vec<String> = found.rows.iter().map(|(_, score)| class(score)).collect();
    let quadrants = quadrants(found, area.width, pen);
    // Where a card stands is never cut: each of its words is another half of it.
    let widest = |texts: &[String], title: &str, most: u16| {
        let texts = texts.iter().map(|text| pen.look.cells(text)).max().unwrap_or(0);
        texts.max(pen.look.cells(title)).max(8).min(most)
    };
    let mut columns = vec![
        Column::fixed(&titles[0], 3).right().priority(4),
        Column::flex(&titles[1], 8, 24).holding(found.rows.iter().map(|row| row.0.name.as_str())),
        Column::fixed(&titles[3], 6.max(pen.look.cells(&titles[3]))).right(),
        Column::fixed(&titles[4], widest(&classes, &titles[4], 16)),
        Column::fixed(&titles[5], widest(&quadrants, &titles[5], 30)).priority(2),
        Column::fixed(&titles[6], 8).right().priority(1),
        Column::fixed(&titles[7], 8).right().priority(1),
        Column::fixed(&titles[8], 14).right().priority(5),
    ];
    if of_rms {
        let orgs = found.rows.iter().map(|row| row.0.org_name.as_str());
        columns.insert(2, Column::flex(&titles[2], 8, 20).holding(orgs).priority(3));
    }
    let row = |at: usize| {
        let (subject, score) = &found.rows[at];
        let style = if score.total.is_none() { theme.stale } else { Style::new() };
        let mut cells: Vec<Cell<'_>> = vec![
            (page.place(at) + 1).to_string().into(),
            Cell::styled(subject.name.as_str(), style),
            shown(score.total).into(),
            classes[at].as_str().into(),
            quadrants[at].as_str().into(),
            shown(score.activity).into(),
            shown(score.result).into(),
            score.scored.to_string().into(),
        ];
        if of_rms {
            cells.insert(2, subject.org_name.as_str().into());
        }
        Row::new(cells)
    };
    let empty = pen.say(msg!("score.empty"));
    Table {
        columns: &columns,
        len: found.rows.len(),
        row: &row,
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}

/// One card: the total, a line per item, and under them the one under the cursor in a sentence.
pub(super) fn card(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    found: &Scored,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let score = &found.score;
    let said = head(&found.days, (&found.card.name, found.card.version), pen);
    let mut area = pen.text(buf, area, &said, 2, theme.text);
    let total = Message::new(msg!("score.said.total"))
        .with("total", shown(score.total))
        .with("class", class(score));
    area = pen.line(buf, area, &pen.say(total), theme.accent);
    // What the card says of itself it says of all its lines.
    let all = match page.whole() {
        Some(Finding::Score(all)) => &all.score,
        _ => score,
    };
    for sentence in sentences(all) {
        area = pen.text(buf, area, &pen.say(sentence), 2, theme.warn);
    }
    let detail = 4.min(area.height / 3);
    let upper = Rect { height: area.height.saturating_sub(detail), ..area };
    table(buf, upper, page, score, pen);
    if let Some(line) = score.lines.get(page.row) {
        let place = below(area, upper.height);
        pen.text(buf, place, &explained(line, found, state, pen), detail, theme.text);
    }
}

fn table(buf: &mut Buffer, area: Rect, page: &StudyPage, score: &Score, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let titles = [
        pen.say(msg!("score.column.item")),
        pen.say(msg!("score.column.measure")),
        pen.say(msg!("score.column.value")),
        pen.say(msg!("score.column.target")),
        pen.say(msg!("score.column.weight")),
        pen.say(msg!("score.column.effective")),
        pen.say(msg!("score.column.points")),
        pen.say(msg!("score.column.standing")),
    ];
    let names = score.lines.iter().map(|line| line.item.name.as_str());
    let columns = [
        Column::flex(&titles[0], 12, 30).holding(names),
        Column::flex(&titles[1], 12, 26).priority(5),
        Column::fixed(&titles[2], 9).right(),
        Column::fixed(&titles[3], 9).right().priority(2),
        Column::fixed(&titles[4], 7).right().priority(3),
        Column::fixed(&titles[5], 9).right().priority(1),
        Column::fixed(&titles[6], 7).right(),
        Column::flex(&titles[7], 12, 40).priority(4),
    ];
    let row = |at: usize| {
        let line = &score.lines[at];
        let style = match line.standing {
            Standing::Floored => theme.bad,
            Standing::Capped => theme.good,
            Standing::Scored => Style::new(),
            Standing::TooFew | Standing::NoPlan => theme.stale,
        };
        Row::new(vec![
            Cell::styled(line.item.name.as_str(), style),
            pen.say(line.item.measure.label()).into(),
            value(line.figure).into(),
            line.item.target.percent().into(),
            line.item.weight.to_string().into(),
            line.effective.to_string().into(),
            Cell::styled(line.points.to_string(), style),
            Cell::styled(told(&standing(line), pen), style),
        ])
    };
    Table {
        columns: &columns,
        len: score.lines.len(),
        row: &row,
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: "",
    }
    .draw(buf, pen.look, area);
}

fn told(arg: &Arg, pen: Pen<'_>) -> String {
    match arg {
        Arg::Message(message) => pen.say(message.clone()),
        Arg::Text(text) => text.clone(),
        _ => String::new(),
    }
}

/// Where the points of a line come from, number by number.
fn explained(line: &Line, found: &Scored, state: &State, pen: Pen<'_>) -> String {
    let item = &line.item;
    if !line.standing.counts() {
        let said = Message::new(msg!("score.line.left"))
            .with("name", item.name.as_str())
            .with("measure", item.measure.label())
            .with("why", standing(line))
            .with("weight", item.weight.to_string());
        return pen.say(said);
    }
    let money = item.metric.as_ref().is_some_and(|metric| found.money.contains(metric));
    let amount = |amount: i64| figures::value(pen, state, Value::Whole(amount), money);
    let cases = Message::new(msg!("score.line.cases"))
        .with("name", item.name.as_str())
        .with("measure", item.measure.label())
        .with("numerator", amount(line.figure.numerator))
        .with("denominator", amount(line.figure.denominator))
        .with("value", value(line.figure));
    let points = Message::new(msg!("score.line.points"))
        .with("floor", item.floor.percent())
        .with("target", item.target.percent())
        .with("cap", item.cap.to_string())
        .with("weight", item.weight.to_string())
        .with("effective", line.effective.to_string())
        .with("points", line.points.to_string());
    format!("{} {}", pen.say(cases), pen.say(points))
}
