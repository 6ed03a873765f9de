//! A rule as a tree: groups and conditions, each with what it finds alone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::command::{self, CommandId};
use crate::app::state::State;
use crate::app::state::rule::RulePage;
use crate::domain::message::Message;
use crate::domain::rule::{Called, Joint, TreeKind, TreeRow, Turn};
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::pen::{Pen, below, scrolled};
use crate::ui::widgets::{Cell, Column, Row, Table};

/// Cells beside a row's text: its marker, a gap, and the count.
const BESIDE: u16 = 11;
/// Cells at the right edge for the signs of what is out of sight, and a gap.
const EDGE: u16 = 2;

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &RulePage,
    focused: bool,
    pen: Pen<'_>,
) {
    let rows = page.rows();
    if rows.is_empty() {
        let key = command::row(CommandId::AddAnd).keys[0];
        let said = Message::new(msg!("console.rule.empty-tree")).with("key", key);
        pen.text(buf, area, &pen.say(said), area.height, pen.look.theme.stale);
        return;
    }
    let texts: Vec<String> = rows.iter().map(|row| shown(row, pen)).collect();
    let heading = pen.say(msg!("console.column.alone"));
    let glosses: Vec<String> = rows.iter().map(|row| gloss(row, state, page, pen)).collect();
    let holding = |texts: &[String]| texts.iter().map(|text| pen.look.cells(text)).max();
    // What it says comes first; the names beside it where they have room.
    let widest = holding(&texts).unwrap_or(0).clamp(20, area.width.max(20));
    let heading_rows = u16::from(page.leaf_counts().is_some() && area.height > 1);
    let fits = |place: Rect| rows.len() <= usize::from(place.height.saturating_sub(heading_rows));
    let shortest = Rect { height: area.height - whole_rows(area), ..area };
    let room = area.width.saturating_sub(BESIDE + if fits(shortest) { 0 } else { EDGE });
    let area = if widest > room { whole(buf, area, &rows, page.row, pen) } else { area };
    let columns = [
        Column::flex("", widest.min(room), 400),
        Column::flex("", 14, 60).priority(2),
        Column::flex(&heading, 8, 12).right().priority(1),
    ];
    let counts = page.leaf_counts();
    // Line by line, with the signs of what is out of sight at the edge: half of a tree says little, so its cursor keeps rows
    // around it.
    let height = usize::from(area.height - heading_rows);
    let first = scrolled(rows.len(), page.row, height);
    let cut = !fits(area) && area.width > EDGE;
    let place = Rect { width: area.width - if cut { EDGE } else { 0 }, ..area };
    let row = |at: usize| {
        let at = first + at;
        let count = match (&rows[at].kind, counts) {
            (TreeKind::Leaf(_, text), Some((counts, current))) => {
                // By its words: a count of the rule before must not stand beside another condition.
                let leaf = counts.leaves.iter().find(|leaf| leaf.text == *text);
                let count = leaf.map(|leaf| number::count(leaf.count));
                let style = if current { pen.look.theme.text } else { pen.look.theme.stale };
                count.map(|count| Cell::styled(count, style))
            }
            _ => None,
        };
        let style = match rows[at].kind {
            TreeKind::Leaf(..) | TreeKind::Inner(_) | TreeKind::Events(..) => pen.look.theme.text,
            _ => pen.look.theme.accent,
        };
        Row::new(vec![
            Cell::styled(texts[at].as_str(), style),
            Cell::styled(glosses[at].as_str(), pen.look.theme.disabled),
            count.unwrap_or_else(|| "".into()),
        ])
    };
    Table {
        columns: &columns,
        len: (rows.len() - first).min(height),
        row: &row,
        selected: Some(page.row.saturating_sub(first)),
        focused,
        heading: counts.is_some(),
        empty: "",
    }
    .draw(buf, pen.look, place);
    pen.edges(buf, below(area, heading_rows), cut && first > 0, cut && first + height < rows.len());
}

/// Says under the tree the whole text of the row under the cursor; gives the room that the tree has left. It has that room
/// for every row, so that the tree does not jump.
fn whole(buf: &mut Buffer, area: Rect, rows: &[TreeRow], at: usize, pen: Pen<'_>) -> Rect {
    let lines = whole_rows(area);
    if lines == 0 {
        return area;
    }
    let tree = Rect { height: area.height - lines, ..area };
    let under = Rect { y: tree.bottom(), height: lines, ..area };
    if let Some(text) = rows.get(at).and_then(|row| row.kind.text()) {
        pen.text(buf, under, text, lines, pen.look.theme.key);
    }
    tree
}

/// Rows that the whole text of a row has.
fn whole_rows(area: Rect) -> u16 {
    match area.height {
        0..6 => 0,
        6..12 => 2,
        _ => 4,
    }
}

/// What the row's condition speaks of, in the names that people use.
fn gloss(row: &TreeRow, state: &State, page: &RulePage, pen: Pen<'_>) -> String {
    let (Some(rule), Some(words)) = (&page.rule, &state.vocabulary) else { return String::new() };
    let Some(found) = rule.gloss(&row.path, words) else { return String::new() };
    let said = |called: &Called| figures::called(pen, called, "");
    let values: Vec<String> = found.values.iter().map(said).collect();
    let parts = [said(&found.name), values.join(", ")];
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|p| !p.is_empty()).collect();
    parts.join(": ")
}

/// The row's words, as deep as it stands.
fn shown(row: &TreeRow, pen: Pen<'_>) -> String {
    let text = match &row.kind {
        TreeKind::Group(Joint::And) => pen.say(msg!("console.rule.all-of")),
        TreeKind::Group(Joint::Or) => pen.say(msg!("console.rule.any-of")),
        TreeKind::Not => pen.say(msg!("console.rule.none-of")),
        TreeKind::Leaf(..) | TreeKind::Inner(_) => row.shown.clone(),
        TreeKind::Events(turn, _) => {
            let key = match turn {
                Turn::First => msg!("console.rule.first"),
                Turn::Then => msg!("console.rule.then"),
            };
            pen.say(Message::new(key).with("events", row.shown.as_str()))
        }
    };
    format!("{}{text}", "  ".repeat(row.path.len()))
}
