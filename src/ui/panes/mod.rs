//! The four panes.

pub(super) mod kpi;
mod segments;
pub(super) mod strategies;
pub(super) mod tasks;

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};

use super::pen::Pen;
use super::{figures, widgets};
use crate::app::field::Field;
use crate::app::listing::{Listing, Row};
use crate::app::state::{Link, Overlay, Pane, State};
use crate::domain::message::{Key, Message};
use crate::msg;

/// The name of a pane.
pub(super) fn pane_name(pane: Pane) -> Key {
    match pane {
        Pane::Segments => msg!("console.pane.segments"),
        Pane::Strategies => msg!("console.pane.strategies"),
        Pane::Tasks => msg!("console.pane.tasks"),
        Pane::Kpi => msg!("console.pane.kpi"),
    }
}

/// The name of a pane behind its key.
pub(super) fn pane_title(pane: Pane, pen: Pen<'_>) -> String {
    let at = Pane::ALL.iter().position(|p| *p == pane).unwrap_or(0);
    format!("{} {}", at + 1, pen.say(pane_name(pane)))
}

/// Draws one pane.
pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, pane: Pane, pen: Pen<'_>) {
    let freshness = match pane {
        Pane::Segments => {
            segments::draw(buf, area, state, pen);
            state.segments.freshness
        }
        Pane::Strategies => {
            strategies::draw(buf, area, state, pen);
            state.strategies.freshness
        }
        Pane::Tasks => {
            tasks::draw(buf, area, state, pen);
            state.pushes.freshness
        }
        Pane::Kpi => {
            kpi::draw(buf, area, state, pen);
            state.kpi.list.freshness
        }
    };
    pen.dim(buf, within(area), freshness.is_stale());
}

/// What is inside the frame of a pane or page: its title and its lower edge say what it is and how old, and stay as they are.
pub(super) fn within(area: Rect) -> Rect {
    area.inner(Margin::new(1, 1))
}

/// Draws a pane's frame around its list; gives the inside.
fn frame<T: Row>(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    of: Pane,
    list: &Listing<T>,
    pen: Pen<'_>,
) -> Rect {
    framed(buf, area, state, (&pane_title(of, pen), state.focus == of), list, pen)
}

/// Draws the frame of a list with this title, which has the keys or not; gives the inside.
pub(super) fn framed<T: Row>(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    (title, focused): (&str, bool),
    list: &Listing<T>,
    pen: Pen<'_>,
) -> Rect {
    let (as_of, old) = figures::as_of(pen, state, list.freshness);
    let mut note = String::new();
    let filtering = focused && matches!(state.overlay, Some(Overlay::Filter));
    if filtering || !list.filter.text().is_empty() {
        note = format!("/{} {}/{}", list.filter.text(), list.len(), list.all().len());
    } else if list.len() > 1 {
        // Not where the cursor stands: that would be paid for with every move.
        note = list.len().to_string();
    }
    if let Some(sort) = list.sorted_by() {
        note = format!("{note} {}", pen.say(sort));
    }
    widgets::Pane { title, focused, as_of: &as_of, stale: old, note: &note }
        .draw(buf, pen.look, area)
}

/// What the frame of a page says of its rows: what they must match, and how many of how many do; nothing of all of them.
pub(super) fn narrowed(state: &State, filter: &Field, (shown, all): (usize, usize)) -> String {
    let filtering = matches!(state.overlay, Some(Overlay::Filter));
    if filtering || !filter.text().is_empty() {
        format!("/{} {shown}/{all}", filter.text())
    } else {
        String::new()
    }
}

/// What an empty list says: that it is being read, that nothing matches, or that there is nothing.
pub(super) fn emptiness<T: Row>(
    state: &State,
    list: &Listing<T>,
    nothing: impl Into<Message>,
    pen: Pen<'_>,
) -> String {
    if !list.filter.text().is_empty() {
        pen.say(msg!("console.empty.filter"))
    } else if list.freshness.known() {
        pen.say(nothing)
    } else if let Link::Offline(_, reason) = &state.session.link {
        pen.say(reason.clone())
    } else if let Some(reason) = &state.session.refusal {
        pen.say(reason.clone())
    } else {
        pen.say(msg!("console.empty.reading"))
    }
}
