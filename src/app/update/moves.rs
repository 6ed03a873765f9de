//! Cursor, focus, filter and order.

use crate::app::command::search;
use crate::app::effect::Effect;
use crate::app::state::{Leaflet, LeafletPage, Overlay, Page, Pane, State};
use crate::domain::money::Currency;
use crate::domain::strategy::StrategyText;
use crate::domain::strategy::file::lines;

/// Moves whatever has the cursor.
pub(super) fn step(state: &mut State, by: isize) -> Vec<Effect> {
    if state.overlay.is_some() {
        over(state, by);
        return vec![];
    }
    match state.page() {
        Some(Page::Dictionary) => state.dictionary.step(by),
        Some(Page::Moments) => state.moments.step(by),
        Some(Page::Home) => state.work.step(by),
        Some(_) => step_page(state, by),
        None => match state.focus {
            Pane::Segments => state.segments.step(by),
            Pane::Strategies => state.strategies.step(by),
            Pane::Tasks => state.pushes.step(by),
            Pane::Kpi => state.kpi.list.step(by),
        },
    }
    vec![]
}

/// Moves the cursor of the page on top.
fn step_page(state: &mut State, by: isize) {
    let (pushes, strategies) = (&state.pushes, &state.strategies);
    let Some(page) = state.pages.last_mut() else { return };
    let (cursor, len) = match page {
        Page::Segment(page) => {
            let units = page.count.as_ref().and_then(|c| c.by_org.as_ref()).map_or(0, Vec::len);
            (&mut page.cursor, units)
        }
        Page::Strategy(page) => {
            let mut rows = strategies.all().iter();
            let row = rows.find(|s| s.text.code == page.code && s.version == page.version);
            (&mut page.top, row.map_or(14, |row| height(&row.text)))
        }
        Page::Plan(page) => {
            let rows = page.sieve.len();
            (&mut page.cursor, rows)
        }
        Page::Push(page) => {
            let listed = pushes.all().iter().find(|p| p.push == page.push);
            let orders = page.detail.as_ref().or(listed).map_or(0, |push| page.orders(push).len());
            (&mut page.cursor, orders)
        }
        Page::Explain(page) => {
            let parts = page.parts().count();
            (&mut page.cursor, parts)
        }
        Page::Study(page) => {
            page.step(by);
            return;
        }
        Page::Attribute { cursor } => {
            let users = state.dictionary.selected().map_or(0, |row| row.used_by.len());
            (cursor, users)
        }
        Page::Rule(page) => {
            let rows = page.rows().len();
            match &mut page.completing {
                Some(completing) => (&mut completing.cursor, completing.offered.items.len()),
                None => (&mut page.row, rows),
            }
        }
        Page::BranchTasks(page) => {
            let rows = page.rows().len();
            (&mut page.cursor, rows)
        }
        Page::Form(_)
        | Page::Outcome(_)
        | Page::Coaching(_)
        | Page::Dictionary
        | Page::Moments
        | Page::Home => return,
        // As of a leaflet: drawing stops at its end.
        Page::Task(page) => (&mut page.top, 400),
        Page::Leaflet(LeafletPage { of: Leaflet::Waves { rounds }, top, .. }) => (top, *rounds),
        Page::Leaflet(page) => {
            let lines = page.of.most_lines(state.size.0);
            // Frame, header, footer, and what is said above the lines.
            let shown = usize::from(state.size.1.saturating_sub(9));
            // Drawing stops at its end.
            (&mut page.top, lines.map_or(400, |lines| lines.saturating_sub(shown) + 1))
        }
    };
    *cursor = cursor.saturating_add_signed(by).min(len.saturating_sub(1));
}

/// The fixed lines of a strategy's page, those that stand beside its text at most, its script's, and one for each key of the
/// deeper parts.
fn height(text: &StrategyText) -> usize {
    30 + text.script.lines().count() + lines(text, Currency::CNY).len()
}

/// Moves the cursor of what lies over everything.
fn over(state: &mut State, by: isize) {
    let within =
        |cursor: usize, n: usize| cursor.saturating_add_signed(by).min(n.saturating_sub(1));
    let axes = match &state.overlay {
        Some(Overlay::Axes(axes)) => super::looking::axes(state, axes.field.text()).len(),
        _ => 0,
    };
    match &mut state.overlay {
        Some(Overlay::Palette { field, cursor, from }) => {
            let n = search::here(&state.words, field.text(), *from).len();
            *cursor = within(*cursor, n);
        }
        Some(Overlay::Help { field, cursor, from }) => {
            let n = search::everywhere(&state.words, field.text(), *from).len();
            *cursor = within(*cursor, n);
        }
        Some(Overlay::Pick(picker)) => picker.move_by(by),
        Some(Overlay::Axes(over)) => over.cursor = within(over.cursor, axes),
        Some(Overlay::Filter | Overlay::Prompt(_) | Overlay::Confirm(_)) | None => {}
    }
}

/// Goes along the chain.
pub(super) fn focus(state: &mut State, by: isize) -> Vec<Effect> {
    state.focus = state.focus.along(by);
    vec![]
}

/// Goes to the other column of the two by two.
pub(super) fn focus_beside(state: &mut State) -> Vec<Effect> {
    state.focus = match state.focus {
        Pane::Segments => Pane::Strategies,
        Pane::Strategies => Pane::Segments,
        Pane::Tasks => Pane::Kpi,
        Pane::Kpi => Pane::Tasks,
    };
    vec![]
}

/// Puts the focused pane's rows into their next order.
pub(super) fn sort(state: &mut State) -> Vec<Effect> {
    match state.page() {
        Some(Page::Dictionary) => {
            state.dictionary.next_sort();
            return vec![];
        }
        Some(Page::Moments) => {
            state.moments.next_sort();
            return vec![];
        }
        Some(Page::Home) => {
            state.work.next_sort();
            return vec![];
        }
        _ => {}
    }
    match state.focus {
        Pane::Segments => state.segments.next_sort(),
        Pane::Strategies => state.strategies.next_sort(),
        Pane::Tasks => state.pushes.next_sort(),
        Pane::Kpi => state.kpi.list.next_sort(),
    }
    vec![]
}

/// Gives the filter of what is on screen a change, and applies it if it changed.
pub(super) fn filter(
    state: &mut State,
    change: impl FnOnce(&mut crate::app::field::Field) -> bool,
) -> bool {
    macro_rules! with {
        ($list:expr) => {{
            let list = $list;
            let changed = change(&mut list.filter);
            if changed {
                list.refilter();
            }
            changed
        }};
    }
    match state.pages.last_mut() {
        None => {}
        Some(Page::Explain(page)) => return page.filter_by(change),
        Some(Page::Study(page)) => return page.filter_by(change),
        Some(Page::BranchTasks(page)) => return page.filter_by(change),
        Some(Page::Plan(page)) => return page.filter_by(change),
        Some(Page::Push(page)) => {
            let listed = state.pushes.all().iter().find(|p| p.push == page.push);
            let push = page.detail.as_ref().or(listed).cloned();
            return push.is_some_and(|push| page.filter_by(&push, change));
        }
        Some(Page::Dictionary) => return with!(&mut state.dictionary),
        Some(Page::Moments) => return with!(&mut state.moments),
        Some(Page::Home) => return with!(&mut state.work),
        // A page without rows to look through; those of the panes below it stay as they are.
        Some(_) => return false,
    }
    match state.focus {
        Pane::Segments => with!(&mut state.segments),
        Pane::Strategies => with!(&mut state.strategies),
        Pane::Tasks => with!(&mut state.pushes),
        Pane::Kpi => with!(&mut state.kpi.list),
    }
}

/// Takes the filter of what is on screen away. False if there was none.
pub(super) fn clear_filter(state: &mut State) -> bool {
    filter(state, |field| {
        let was = !field.text().is_empty();
        *field = crate::app::field::Field::default();
        was
    })
}
