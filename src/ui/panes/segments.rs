//! Pane 1: segments.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::{Pane, State};
use crate::domain::segment::SegmentRow;
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::pen::Pen;
use crate::ui::widgets::{Cell, Column, Row, Table};

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let list = &state.segments;
    let inner = super::frame(buf, area, state, Pane::Segments, list, pen);
    let titles = [
        pen.say(msg!("console.column.code")),
        pen.say(msg!("console.column.name")),
        pen.say(msg!("console.column.version")),
        pen.say(msg!("console.column.customers")),
        pen.say(msg!("console.column.aum")),
        pen.say(msg!("console.column.frozen")),
    ];
    let rows: Vec<_> = list.shown().collect();
    let columns = [
        Column::flex(&titles[0], 10, 18).holding(rows.iter().map(|row| row.code.as_str())),
        Column::flex(&titles[1], 12, 60).holding(rows.iter().map(|row| row.name.as_str())),
        Column::fixed(&titles[2], 4).right().priority(3),
        Column::fixed(&titles[3], 10).right().priority(1),
        Column::fixed(&titles[4], 13).right().priority(2),
        Column::fixed(&titles[5], 10).priority(4),
    ];
    let money = |aum| figures::money(pen, state, aum);
    // Marks have a place of their own once there are any.
    let code = |segment: &SegmentRow| {
        let marked = state.marked.contains(&segment.code);
        match (state.marked.is_empty(), marked) {
            (true, _) => segment.code.clone(),
            (false, true) => format!("*{}", segment.code),
            (false, false) => format!(" {}", segment.code),
        }
    };
    let row = |at: usize| {
        let segment = rows[at];
        let snapshot = segment.snapshot.as_ref();
        Row::new(vec![
            code(segment).into(),
            match segment.broken {
                Some(_) => Cell::styled(format!("! {}", segment.name), pen.look.theme.bad),
                None => segment.name.as_str().into(),
            },
            format!("v{}", segment.version).into(),
            snapshot.and_then(|s| s.customers).map_or("-".to_owned(), number::count).into(),
            snapshot.and_then(|s| s.aum).map_or("-".to_owned(), money).into(),
            snapshot.map_or("-".to_owned(), |s| number::date(s.as_of)).into(),
        ])
    };
    let empty = super::emptiness(state, list, msg!("console.empty.segments"), pen);
    Table {
        columns: &columns,
        len: rows.len(),
        row: &row,
        selected: Some(list.cursor()),
        focused: state.focus == Pane::Segments,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, inner);
}
