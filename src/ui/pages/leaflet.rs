//! What is only read about a strategy: versions compared, a save that came too late, scripts filled for an example.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{waves, written};
use crate::app::state::form::{LABELS, LINES};
use crate::app::state::{Leaflet, LeafletPage, Page, State};
use crate::domain::attribute::MartDay;
use crate::domain::message::Message;
use crate::domain::strategy::diff::Change;
use crate::domain::strategy::sample::Sample;
use crate::domain::strategy::{StrategyRow, script};
use crate::msg;
use crate::ui::figures;
use crate::ui::pen::{Pen, aired, below};
use crate::ui::widgets::Pane;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, page: &LeafletPage, pen: Pen<'_>) {
    let mut rows = state.strategies.all().iter();
    let row = rows.find(|row| row.text.code == page.code && row.version == page.version);
    // A save that came too late lies over its form, which is a strategy's or a rule's.
    let below_it = state.pages.iter().rev().nth(1);
    let ruled = matches!((&page.of, below_it), (Leaflet::Late { .. }, Some(Page::Rule(_))));
    let (number, freshness) =
        if ruled { (1, state.segments.freshness) } else { (2, state.strategies.freshness) };
    let title = match page.of {
        // They are of no strategy.
        Leaflet::Marts(_) => pen.say(title(page)),
        _ => format!("{number} {} {}", page.code, pen.say(title(page))),
    };
    let (as_of, old) = figures::as_of(pen, state, freshness);
    let frame = Pane { title: &title, focused: true, as_of: &as_of, stale: old, note: "" };
    let mut area = aired(frame.draw(buf, pen.look, area));
    match &page.of {
        Leaflet::Waves { .. } => {
            if let Some(row) = row {
                waves::draw(buf, area, state, row, page.top, pen);
            }
        }
        Leaflet::Scripts => {
            if let Some(row) = row {
                scripts(buf, area, state, row, page.top, pen);
            }
        }
        Leaflet::Compared { versions, changes } => {
            if let [from, to] = versions[..] {
                let which = Message::new(msg!("console.leaflet.which"));
                let which = pen.say(which.with("from", from).with("to", to));
                area = below(pen.text(buf, area, &which, 2, pen.look.theme.stale), 1);
            }
            let heads = versions.iter().map(|version| format!("v{version}")).collect();
            compared(buf, area, (heads, changes), page.top, pen);
        }
        Leaflet::Late { base, theirs, changes, .. } => {
            let told = Message::new(msg!("console.leaflet.late")).with("theirs", *theirs);
            let area = below(pen.text(buf, area, &pen.say(told), 3, pen.look.theme.warn), 1);
            let head = |key| pen.say(Message::new(key).with("base", *base).with("theirs", *theirs));
            let heads = vec![
                head(msg!("console.leaflet.base")),
                head(msg!("console.leaflet.theirs")),
                head(msg!("console.leaflet.mine")),
            ];
            compared(buf, area, (heads, changes), page.top, pen);
        }
        Leaflet::Marts(marts) => {
            let said = pen.say(msg!("attribute.marts-each"));
            let area = below(pen.text(buf, area, &said, 2, pen.look.theme.stale), 1);
            let line = |mart: &MartDay| {
                (mart.relation.clone(), pen.say(mart.whole()), pen.look.theme.text)
            };
            let lines: Vec<(String, String, Style)> = marts.iter().map(line).collect();
            written::pairs(buf, area, &lines, page.top, pen);
        }
    }
}

/// What a strategy's file calls the form's one-line fields.
const FIELD_KEYS: [&str; LINES] = [
    "code",
    "name",
    "segment",
    "deadline_days",
    "control_share",
    "seed",
    "offer.product",
    "offer.benefit",
];

fn title(page: &LeafletPage) -> Message {
    let key = match page.of {
        Leaflet::Waves { .. } => msg!("console.leaflet.waves"),
        Leaflet::Scripts => msg!("console.leaflet.scripts"),
        Leaflet::Compared { .. } => msg!("console.leaflet.compared"),
        Leaflet::Late { .. } => msg!("console.leaflet.title-late"),
        Leaflet::Marts(_) => msg!("attribute.marts-title"),
    };
    Message::new(key).with("version", page.version)
}

/// Key by key, each text's value on a line of its own: that is readable at 80 columns, and a script has many.
fn compared<const N: usize>(
    buf: &mut Buffer,
    area: Rect,
    (heads, changes): (Vec<String>, &[Change<N>]),
    top: usize,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    if changes.is_empty() {
        pen.line(buf, area, &pen.say(msg!("console.leaflet.same")), theme.stale);
        return;
    }
    let mut lines: Vec<(String, String, Style)> = vec![];
    for change in changes {
        let (label, word) = named(&change.key, pen);
        lines.push((label, word, theme.title));
        for (i, (head, value)) in heads.iter().zip(&change.values).enumerate() {
            // Whoever says what the first text says has changed nothing.
            let style = if i > 0 && *value != change.values[0] { theme.accent } else { theme.text };
            let value = value.as_deref().unwrap_or("-").to_owned();
            lines.push((format!("  {head}"), value, style));
        }
    }
    written::pairs(buf, area, &lines, top, pen);
}

/// The key as the form calls it where the form has a line for it, and the file's word beside it; else that word alone.
fn named(key: &str, pen: Pen<'_>) -> (String, String) {
    let line = FIELD_KEYS.iter().position(|field| *field == key);
    let label = line.map(|line| LABELS[line]);
    let label = label.or_else(|| (key == "offer.script").then_some(msg!("console.form.script")));
    match label {
        Some(label) => (pen.say(label), key.to_owned()),
        None => (key.to_owned(), String::new()),
    }
}

/// A script with its placeholders filled for the example; blanks where there is none.
pub(super) fn filled(words: &str, sample: Option<&Sample>, pen: Pen<'_>) -> String {
    script::render(words, |name| {
        let value = sample?.value(name)?.clone();
        Some(pen.say(Message::new(msg!("strategy.script.value")).with("value", value)))
    })
}

fn scripts(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    row: &StrategyRow,
    top: usize,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let sample = state.sample.as_ref();
    let told = match sample {
        Some(sample) => Message::new(msg!("console.leaflet.sample"))
            .with("customer", sample.customer.to_string()),
        None => msg!("console.leaflet.no-sample").into(),
    };
    let area = below(pen.text(buf, area, &pen.say(told), 2, theme.stale), 1);
    let mut lines: Vec<(String, String, Style)> = vec![];
    let mut put = |name: &str, words: &str| {
        for (i, line) in filled(words, sample, pen).lines().enumerate() {
            let label = if i == 0 { name.to_owned() } else { String::new() };
            lines.push((label, line.to_owned(), theme.text));
        }
        lines.push((String::new(), String::new(), theme.text));
    };
    put(&pen.say(msg!("console.strategy.script")), &row.text.script);
    for wave in &row.text.body.waves {
        if let Some(words) = &wave.script {
            put(&wave.name, words);
        }
    }
    written::pairs(buf, area, &lines, top, pen);
}
