//! Pane 2: strategies.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::{Pane, State};
use crate::domain::message::Key;
use crate::domain::strategy::{StrategyRow, StrategyState};
use crate::msg;
use crate::text::number;
use crate::ui::pen::Pen;
use crate::ui::widgets::{Cell, Column, Row, Table};

/// The word for a state.
pub(in crate::ui) fn state_name(state: StrategyState) -> Key {
    match state {
        StrategyState::Draft => msg!("console.state.draft"),
        StrategyState::Submitted => msg!("console.state.submitted"),
        StrategyState::Approved => msg!("console.state.approved"),
        StrategyState::SentBack => msg!("console.state.sent-back"),
        StrategyState::Live => msg!("console.state.live"),
        StrategyState::Paused => msg!("console.state.paused"),
        StrategyState::Ended => msg!("console.state.ended"),
        StrategyState::Reviewed => msg!("console.state.reviewed"),
        StrategyState::Voided => msg!("console.state.voided"),
        StrategyState::Archived => msg!("console.state.archived"),
    }
}

/// How a state looks.
pub(in crate::ui) fn state_style(state: StrategyState, pen: Pen<'_>) -> Style {
    let theme = pen.look.theme;
    match state {
        StrategyState::Draft => theme.text,
        StrategyState::Submitted | StrategyState::SentBack | StrategyState::Paused => theme.warn,
        StrategyState::Approved | StrategyState::Live => theme.good,
        StrategyState::Ended
        | StrategyState::Reviewed
        | StrategyState::Voided
        | StrategyState::Archived => theme.stale,
    }
}

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let list = &state.strategies;
    let inner = super::frame(buf, area, state, Pane::Strategies, list, pen);
    let titles = [
        pen.say(msg!("console.column.code")),
        pen.say(msg!("console.column.name")),
        pen.say(msg!("console.column.version")),
        pen.say(msg!("console.column.state")),
        pen.say(msg!("console.column.segment")),
        pen.say(msg!("review.column.uplift")),
    ];
    let rows: Vec<_> = list.shown().collect();
    let states: Vec<String> = rows.iter().map(|row| pen.say(state_name(row.state))).collect();
    let uplift = |row: &StrategyRow| row.uplift_ppm.map(|ppm| number::points(ppm.into()));
    let uplifts: Vec<String> = rows.iter().map(|row| uplift(row).unwrap_or_default()).collect();
    let measured = uplifts.iter().any(|uplift| !uplift.is_empty());
    let stands = states.iter().map(|state| pen.look.cells(state)).max().unwrap_or(0).clamp(9, 22);
    let texts = || rows.iter().map(|row| &row.text);
    let mut columns = vec![
        Column::flex(&titles[0], 6, 16).holding(texts().map(|text| text.code.as_str())),
        Column::flex(&titles[1], 12, 60).holding(texts().map(|text| text.name.as_str())),
        Column::fixed(&titles[2], 4).right().priority(2),
        // Where a strategy stands is never cut: what it waits for is in its last word.
        Column::fixed(&titles[3], stands).priority(1),
        Column::flex(&titles[4], 10, 18).priority(4),
    ];
    // Where nothing was reviewed yet there is nothing to show.
    if measured {
        columns.insert(4, Column::fixed(&titles[5], 9).right().priority(3));
    }
    let row = |at: usize| {
        let strategy = rows[at];
        let mut cells: Vec<Cell> = vec![
            strategy.text.code.as_str().into(),
            match strategy.broken {
                Some(_) => Cell::styled(format!("! {}", strategy.text.name), pen.look.theme.bad),
                None => strategy.text.name.as_str().into(),
            },
            format!("v{}", strategy.version).into(),
            Cell::styled(states[at].as_str(), state_style(strategy.state, pen)),
            strategy.text.segment.as_str().into(),
        ];
        if measured {
            cells.insert(4, uplifts[at].as_str().into());
        }
        Row::new(cells)
    };
    let nothing = msg!("console.empty.strategies");
    let empty = super::emptiness(state, list, nothing, pen);
    Table {
        columns: &columns,
        len: rows.len(),
        row: &row,
        selected: Some(list.cursor()),
        focused: state.focus == Pane::Strategies,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, inner);
}
