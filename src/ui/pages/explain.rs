//! Where a change comes from: a sentence, the way down, and the parts as a waterfall.

use chrono::NaiveDate;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::command::{self, CommandId};
use crate::app::state::State;
use crate::app::state::explain::ExplainPage;
use crate::domain::decomposition::headline::{Headline, unread};
use crate::domain::decomposition::over::Over;
use crate::domain::decomposition::{self, By, Explanation, Method, Share, cancel, sentence};
use crate::domain::message::{Arg, Message};
use crate::domain::metric::Value;
use crate::domain::metric::compare::{Compare, Taken};
use crate::domain::percent::whole_percent;
use crate::msg;
use crate::text::label;
use crate::ui::figures;
use crate::ui::panes::narrowed;
use crate::ui::pen::{Pen, aired, below};
use crate::ui::widgets::{Pane, Step, Waterfall, page_of, put};

/// Lines that are kept for the parts, whatever else is to be said.
const PARTS: u16 = 7;

/// Lines of them that are kept whatever the sentence takes: the heading and a part.
const LEAST: u16 = 2;

/// Those of the method and of air below it.
const METHOD: u16 = 3;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, page: &ExplainPage, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let (as_of, old) = figures::as_of(pen, state, page.freshness);
    let name = label(&page.names.0, &page.names.1, pen.lang);
    let title = format!("4 {name}");
    let all = page.answer.as_ref().map_or(0, |answer| answer.effects.len());
    let note = narrowed(state, page.sieve.field(), (page.parts().count(), all));
    let frame = Pane { title: &title, focused: true, as_of: &as_of, stale: old, note: &note };
    let whole = area;
    let mut area = aired(frame.draw(buf, pen.look, area));
    area = pen.line(buf, area, &crumbs(state, page, pen), theme.text);
    if let Some(refusal) = &page.refusal {
        area = pen.text(buf, area, &pen.say(refusal.message.clone()), 3, theme.bad);
    }
    let Some(answer) = &page.answer else {
        if page.refusal.is_none() {
            pen.line(buf, below(area, 1), &pen.say(msg!("console.explain.reading")), theme.text);
        }
        return;
    };
    // What is said takes the lines that it needs, but those of the parts and of the method; on a small screen half of it is the parts'.
    let parts = PARTS.min(area.height / 2);
    let method = if area.height > 2 * PARTS { METHOD } else { 0 };
    let room = |area: Rect| area.height.saturating_sub(parts + method);
    let rest = |area: Rect| area.height.saturating_sub(parts + method / METHOD).min(2);
    // Why nobody explains it stands in the sentence of the headline already, or what the same parts take back of each other.
    let stands = page.headline.as_ref().is_some_and(|told| told.says(answer));
    // The plain sentence comes before all: on a small screen it leaves the heading and a part.
    let most = room(area).max(area.height.saturating_sub(LEAST));
    area = pen.text(buf, area, &pen.say(told(state, page, answer)), most, theme.accent);
    area = pen.text(buf, area, &sentence(state, page, answer, name, pen), room(area), theme.text);
    let told = sentence::explained(answer).map(|told| pen.say(told));
    let told = told.unwrap_or_else(|| largest(state, page, answer, pen));
    if !stands {
        area = pen.text(buf, area, &told, room(area), theme.text);
    }
    if answer.reversal {
        area = pen.text(buf, area, &pen.say(msg!("kpi.told.reversal")), rest(area), theme.bad);
    }
    if let Some(told) = dimension(answer) {
        area = pen.text(buf, area, &pen.say(told), rest(area), theme.text);
    }
    area = pen.text(buf, area, &pen.say(sentence::method(answer)), rest(area), theme.stale);
    let told = page.headline.as_ref();
    let left_out = told.map_or_else(Vec::new, Headline::left_out);
    let unread = unread(&answer.unread).filter(|_| told.is_none_or(|told| told.unread.is_empty()));
    for said in doubts(answer).into_iter().chain(left_out).chain(unread) {
        area = pen.text(buf, area, &pen.say(said), rest(area), theme.warn);
    }
    let no_shares = sentence::no_shares(answer);
    let remarks = answer.over.iter().flat_map(Over::said).chain(answer.remarks.said());
    for said in no_shares.into_iter().chain(remarks) {
        area = pen.text(buf, area, &pen.say(said), rest(area), theme.stale);
    }
    if let Some(told) = within(state, page, answer, pen) {
        area = pen.text(buf, area, &told, rest(area).min(1), theme.text);
    }
    area = below(area, u16::from(area.height > parts));
    let lines = draw_parts(buf, area, state, page, answer, pen);
    if let Some(lines) = lines.filter(|_| note.is_empty()) {
        Pane { note: &pen.say(lines), ..frame }.draw(buf, pen.look, whole);
    }
}

/// The way down, and which way the change is split.
fn crumbs(state: &State, page: &ExplainPage, pen: Pen<'_>) -> String {
    let bank = state.session.bank.as_ref().map_or("", |bank| bank.name.as_str());
    let mut way = vec![bank];
    way.extend(page.path.iter().map(|(_, name)| name.as_str()));
    let called = page.answer.as_ref().filter(|answer| answer.by == page.by);
    let called = called.and_then(|answer| answer.called.as_ref());
    let said = match page.next_way() {
        None => way_name(&page.by, called),
        Some(next) => Message::new(msg!("console.explain.by"))
            .with("by", way_name(&page.by, called))
            .with("key", command::row(CommandId::ByFactor).keys[0])
            .with("next", way_name(next, None)),
    };
    format!("{}{}{}", way.join(" > "), pen.look.glyphs.separator, pen.say(said))
}

/// Over what a change is split; an attribute or a segment by its name, once that is known.
fn way_name(by: &By, called: Option<&Arg>) -> Message {
    match by {
        By::Factor => msg!("console.explain.by-factor").into(),
        By::Org => msg!("console.explain.by-unit").into(),
        By::Both => msg!("console.explain.by-both").into(),
        By::Attribute(what) | By::Segment(what) => {
            let what = called.cloned().unwrap_or_else(|| what.as_str().into());
            Message::new(msg!("console.explain.by-group")).with("what", what)
        }
    }
}

/// The change in one plain sentence: until it is known who explains it, without them.
fn told(state: &State, page: &ExplainPage, answer: &Explanation) -> Message {
    if let Some(headline) = &page.headline {
        return headline.sentence_over(answer);
    }
    let bank = state.session.bank.as_ref().map_or("", |bank| bank.name.as_str());
    let org = page.path.last().map_or(bank, |(_, name)| name.as_str());
    let (zh, en) = page.names.clone();
    sentence::moved(answer, &org.into(), &Arg::Label { zh, en })
}

/// What the two values lack, each with its day or period: incomplete, late or restated parts.
fn doubts(answer: &Explanation) -> Vec<Message> {
    let (from, to) = ends(answer);
    let of = |end: &Arg, said: Message| {
        Message::new(msg!("kpi.quality.of")).with("metric", end.clone()).with("said", said)
    };
    let mut all: Vec<Message> = answer.over.iter().flat_map(Over::doubts).collect();
    // What is of one day is shown with the day of its facts; the day that was asked for stands here, where it is another.
    let days = [
        (answer.from_start, answer.from_date, answer.from_day),
        (answer.to_start, answer.to_date, answer.to_day),
    ];
    for (start, on, day) in days {
        let day = day.filter(|day| *day != on && start.is_none() && answer.over.is_none());
        all.extend(
            day.map(|day| Message::new(msg!("kpi.facts-of")).with("on", on).with("day", day)),
        );
    }
    all.extend(answer.quality.from.said().into_iter().map(|said| of(&from, said)));
    all.extend(answer.quality.to.said().into_iter().map(|said| of(&to, said)));
    all
}

/// Of which days or periods the two values are.
fn ends(answer: &Explanation) -> (Arg, Arg) {
    if let Some(over) = &answer.over {
        return (over.from.period().label().into(), over.to.period().label().into());
    }
    // What is of one day is of the day of its facts.
    let end = |start: Option<NaiveDate>, end: NaiveDate, facts: Option<NaiveDate>| {
        let end = if start.is_some() { end } else { facts.unwrap_or(end) };
        Taken { start, end }.said()
    };
    (
        end(answer.from_start, answer.from_date, answer.from_day),
        end(answer.to_start, answer.to_date, answer.to_day),
    )
}

fn sentence(
    state: &State,
    page: &ExplainPage,
    answer: &Explanation,
    name: &str,
    pen: Pen<'_>,
) -> String {
    let base = answer.from.as_f64();
    let share = if base > 0.0 { figures::share(answer.change.as_f64() / base) } else { "-".into() };
    let key = if page.compare == Some(Compare::Plan) {
        msg!("console.explain.planned")
    } else {
        msg!("console.explain.moved")
    };
    let moved = Message::new(key)
        .with("name", name)
        .with("from", figures::value(pen, state, answer.from, page.money))
        .with("to", figures::value(pen, state, answer.to, page.money))
        .with("from_day", ends(answer).0)
        .with("to_day", ends(answer).1)
        .with("change", figures::change(pen, state, answer.change, page.money))
        .with("share", share);
    pen.say(moved)
}

/// Which dimension explains it best, if that was asked.
fn dimension(answer: &Explanation) -> Option<Message> {
    (answer.method == Method::Adtributor).then(|| sentence::dimension(answer))
}

/// What the part under the cursor is made of, where it is split further.
fn within(state: &State, page: &ExplainPage, answer: &Explanation, pen: Pen<'_>) -> Option<String> {
    let part = page.part().filter(|part| !part.parts.is_empty())?;
    let named = |share: &Share| match share.name.as_str() {
        "mix" => pen.say(msg!("kpi.told.mix")),
        "rate" => pen.say(msg!("kpi.told.rate")),
        _ => label(&share.zh, &share.en, pen.lang).to_owned(),
    };
    let shares: Vec<String> = part
        .parts
        .iter()
        .map(|share| {
            format!(
                "{} {}",
                named(share),
                figures::part(pen, state, share.effect, answer.change, page.money)
            )
        })
        .collect();
    Some(format!("{}: {}", part_name(answer, part, pen), shares.join(", ")))
}

/// What a part is called: a group of customers may have nothing but its condition.
fn part_name(answer: &Explanation, part: &decomposition::Effect, pen: Pen<'_>) -> String {
    match sentence::label(answer, part) {
        Arg::Label { zh, en } => label(&zh, &en, pen.lang).to_owned(),
        Arg::Message(said) => pen.say(said),
        _ => part.name.clone(),
    }
}

/// A part as a bar counts it: in millionths where any of them is no whole number.
fn scaled(value: Value, fine: bool) -> i64 {
    if fine { Value::Number(value.as_f64() * 1e6).rounded() } else { value.rounded() }
}

/// Which part weighs most, and how much of the change it is.
fn largest(state: &State, page: &ExplainPage, answer: &Explanation, pen: Pen<'_>) -> String {
    let weight = |effect: f64| effect.abs();
    let most = answer
        .effects
        .iter()
        .max_by(|a, b| weight(a.effect.as_f64()).total_cmp(&weight(b.effect.as_f64())));
    let Some(most) = most.filter(|part| part.effect.as_f64() != 0.0) else {
        return pen.say(msg!("console.explain.nothing"));
    };
    let change = answer.change.as_f64();
    let part = Message::new(msg!("console.explain.largest"))
        .with("name", part_name(answer, most, pen))
        .with("effect", figures::part(pen, state, most.effect, answer.change, page.money));
    let said = pen.say(part);
    if change == 0.0 || cancel::cancels(answer) {
        return said;
    }
    let share = whole_percent(most.effect.as_f64() / change);
    let share = Message::new(msg!("console.explain.share")).with("share", share);
    format!("{said}{}", pen.say(share))
}

/// The parts as bars; gives which of their lines are on screen, where not all of them are.
fn draw_parts(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &ExplainPage,
    answer: &Explanation,
    pen: Pen<'_>,
) -> Option<Message> {
    let residual = pen.say(if answer.by.is_of_customers() {
        msg!("kpi.in-no-record")
    } else {
        msg!("console.explain.residual")
    });
    let total = pen.say(msg!("console.explain.total"));
    let left_over = answer.residual.as_f64() != 0.0;
    let mut labels: Vec<String> = page
        .parts()
        .map(|part| {
            let down = part.opens && page.parts_are_units();
            let opens = if down { pen.look.glyphs.more_after } else { " " };
            format!("{} {opens}", part_name(answer, part, pen))
        })
        .collect();
    labels.extend(left_over.then_some(residual));
    labels.extend(answer.unseen.map(|unseen| pen.say(unseen.of.label())));
    labels.push(total);
    let rows = rows(state, page, answer, left_over, pen);
    let (heading, written) = columns(&rows, area.width, pen);
    // The method stands here too, where there is no room for why it was chosen.
    let width = pen.look.cells(&heading).min(area.width);
    let method = pen.say(answer.method.label());
    let left = area.width.saturating_sub(width + METHOD);
    pen.line(buf, Rect { x: area.x + 2, width: left, ..area }, &method, pen.look.theme.column);
    put(buf, pen.look, (area.right() - width, area.y), width, &heading, pen.look.theme.column);
    let area = below(area, 1);
    let last = rows.len() - 1;
    let fine = rows.iter().any(|row| matches!(row.effect, Value::Number(_)));
    let steps: Vec<Step<'_>> = rows
        .iter()
        .zip(labels.iter().zip(written))
        .enumerate()
        .map(|(at, (row, (label, figure)))| Step {
            label,
            effect: scaled(row.effect, fine),
            figure,
            sum: at == last,
        })
        .collect();
    let (all, height) = (steps.len(), usize::from(area.height));
    // The cursor goes over the parts: at the last of them one reads what stands below, up to the whole change.
    let ends = page.cursor + 1 == page.parts().count() && page.cursor + height >= all;
    let from = if ends { all.saturating_sub(height) } else { page_of(Some(page.cursor), height) };
    let to = all.min(from + height);
    Waterfall { steps: &steps, first: from, selected: Some(page.cursor), focused: true }
        .draw(buf, pen.look, area);
    (height < all).then(|| {
        Message::new(msg!("console.explain.lines"))
            .with("from", from + 1)
            .with("to", to)
            .with("all", all)
    })
}

/// A line of the table: what it comes to now, how far it moved itself, its part of the change, and the share of it.
struct Line {
    value: String,
    moved: String,
    effect: Value,
    contributes: String,
    share: String,
}

/// The parts, what they leave over, and the whole.
fn rows(
    state: &State,
    page: &ExplainPage,
    answer: &Explanation,
    left_over: bool,
    pen: Pen<'_>,
) -> Vec<Line> {
    let whole = answer.change.as_f64();
    let cancels = cancel::cancels(answer);
    let line = |ends: (Option<Value>, Option<Value>), money: bool, effect: Value| Line {
        value: ends.1.map_or_else(String::new, |to| figures::value(pen, state, to, money)),
        moved: match ends {
            (Some(from), Some(to)) if from.as_f64() > 0.0 => {
                figures::share(to.since(from).as_f64() / from.as_f64())
            }
            _ => String::new(),
        },
        effect,
        contributes: figures::part(pen, state, effect, answer.change, page.money),
        share: match (cancels, whole == 0.0) {
            (true, _) => pen.look.glyphs.show("—").into_owned(),
            (false, true) => String::new(),
            (false, false) => whole_percent(effect.as_f64() / whole),
        },
    };
    let money = |unit: Option<&str>| unit == Some("money");
    let mut rows: Vec<Line> = page
        .parts()
        .map(|part| line((part.from, part.to), money(part.unit.as_deref()), part.effect))
        .collect();
    if left_over {
        rows.push(line((None, None), page.money, answer.residual));
    }
    rows.extend(answer.unseen.map(|unseen| line((None, None), page.money, unseen.effect)));
    rows.push(line((Some(answer.from), Some(answer.to)), page.money, answer.change));
    rows
}

/// Cells that a part's name keeps beside the figures.
const NAMES: u16 = 10;

/// The figures right of the bars, each column as wide as its widest, with their heading. The bars give way to them; where it is too
/// narrow for all of them by what share a part moved itself goes first, then what it comes to, then its share.
fn columns(rows: &[Line], width: u16, pen: Pen<'_>) -> (String, Vec<String>) {
    let titles = [
        msg!("kpi.column.value"),
        msg!("kpi.column.change-share"),
        msg!("kpi.column.effect"),
        msg!("kpi.column.share"),
    ]
    .map(|key| pen.say(key));
    let cells = |row: &Line| {
        [row.value.clone(), row.moved.clone(), row.contributes.clone(), row.share.clone()]
    };
    let all: Vec<[String; 4]> = std::iter::once(titles).chain(rows.iter().map(cells)).collect();
    let widest = |at: usize| all.iter().map(|row| pen.look.cells(&row[at])).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(widest);
    let fits = |shown: &&[usize]| {
        let taken: u16 = shown.iter().map(|&at| widths[at] + 2).sum();
        taken + NAMES <= width
    };
    let sets: [&[usize]; 4] = [&[0, 1, 2, 3], &[0, 2, 3], &[2, 3], &[2]];
    let shown = sets.into_iter().find(fits).unwrap_or(&[2]);
    let written = |row: &[String; 4]| {
        let padded = shown.iter().map(|&at| {
            let room = usize::from(widths[at].saturating_sub(pen.look.cells(&row[at])));
            format!("{}{}", " ".repeat(room), row[at])
        });
        padded.collect::<Vec<_>>().join("  ")
    };
    let mut lines = all.iter().map(written);
    (lines.next().unwrap_or_default(), lines.collect())
}
