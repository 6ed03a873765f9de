//! The test pushes of a strategy: which there are, and under them the one under the cursor as its unit sees it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::study::StudyPage;
use crate::app::study::Study;
use crate::domain::message::{Arg, Message};
use crate::domain::strategy::test_push::{Example, TestPush, TestState};
use crate::msg;
use crate::text::number;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table};

/// At most so many tests stand over the one that is read.
const ROWS: u16 = 5;

/// What heads such a page, and that of the bank's rules.
pub(super) fn title(study: &Study) -> Message {
    match study {
        Study::Tests { code } => {
            Message::new(msg!("strategy.test.title")).with("code", code.as_str())
        }
        _ => msg!("policy.page.title").into(),
    }
}

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    found: &[TestPush],
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let area = pen.text(buf, area, &pen.say(msg!("strategy.test.told")), 2, theme.warn);
    let rows = u16::try_from(found.len()).unwrap_or(ROWS).clamp(1, ROWS) + 1;
    let upper = Rect { height: rows.min(area.height), ..area };
    list(buf, upper, page, found, pen);
    if let Some(test) = found.get(page.row) {
        detail(buf, below(area, rows + 1), test, pen);
    }
}

fn list(buf: &mut Buffer, area: Rect, page: &StudyPage, found: &[TestPush], pen: Pen<'_>) {
    let theme = pen.look.theme;
    let titles = [
        pen.say(msg!("strategy.test.column.test")),
        pen.say(msg!("strategy.test.column.org")),
        pen.say(msg!("strategy.test.column.by")),
        pen.say(msg!("strategy.test.column.at")),
        pen.say(msg!("strategy.test.column.until")),
        pen.say(msg!("strategy.test.column.state")),
    ];
    let columns = [
        Column::fixed(&titles[0], 10),
        Column::flex(&titles[1], 12, 24),
        Column::flex(&titles[2], 10, 18).priority(1),
        Column::fixed(&titles[3], 16).priority(3),
        Column::fixed(&titles[4], 10).priority(2),
        Column::flex(&titles[5], 10, 24),
    ];
    let row = |at: usize| {
        let test = &found[at];
        let mut state = pen.say(test.state.title());
        if test.answered.is_some() {
            state = format!("{state}, {}", pen.say(msg!("strategy.test.answered")));
        }
        let style = if test.state == TestState::Shown { theme.warn } else { theme.stale };
        Row::new(vec![
            format!("{} v{}", test.test, test.version).into(),
            format!("{} {}", test.org, test.org_name).into(),
            test.by.as_str().into(),
            test.at.format("%Y-%m-%d %H:%M").to_string().into(),
            number::date(test.until).into(),
            Cell::styled(state, style),
        ])
    };
    let empty = pen.say(msg!("strategy.test.none"));
    Table {
        columns: &columns,
        len: found.len(),
        row: &row,
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}

/// What the unit reads: the offer, each example with its scripts filled, and what the unit has said.
fn detail(buf: &mut Buffer, mut area: Rect, test: &TestPush, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let head = Message::new(msg!("strategy.test.head"))
        .with("code", format!("{} v{}", test.strategy, test.version))
        .with("name", test.name.as_str())
        .with("product", test.product.as_str())
        .with("benefit", if test.benefit.is_empty() { "-" } else { test.benefit.as_str() });
    area = pen.text(buf, area, &pen.say(head), 2, theme.accent);
    if let Some(answered) = &test.answered {
        let said = Message::new(msg!("life.said"))
            .with("by", answered.by.as_str())
            .with("at", answered.at.format("%Y-%m-%d %H:%M").to_string())
            .with("why", answered.words.as_str());
        area = pen.text(buf, area, &pen.say(said), 3, theme.good);
    }
    for (at, example) in test.examples.iter().enumerate() {
        let known = |name| example.value(name).cloned().unwrap_or_else(|| "-".into());
        let head = Message::new(msg!("strategy.test.example"))
            .with("number", at + 1)
            .with("of", test.examples.len())
            .with("name", known("name"))
            .with("tier", known("tier"));
        area = pen.line(buf, area, &pen.say(head), theme.title);
        area = scripts(buf, area, test, example, pen);
    }
}

fn scripts(
    buf: &mut Buffer,
    mut area: Rect,
    test: &TestPush,
    example: &Example,
    pen: Pen<'_>,
) -> Rect {
    for (wave, words) in &test.scripts {
        let say = |value: &Arg| {
            pen.say(Message::new(msg!("strategy.script.value")).with("value", value.clone()))
        };
        let filled = example.fill(words, say);
        for (at, line) in filled.lines().enumerate() {
            let line = match wave {
                Some(name) if at == 0 => format!("  {name}: {line}"),
                _ => format!("  {line}"),
            };
            area = pen.text(buf, area, &line, 2, Style::new());
        }
    }
    area
}
