//! Pages that open over the panes.

mod coaching;
mod dictionary;
mod explain;
mod form;
mod home;
mod leaflet;
mod marts;
mod moments;
mod outcome;
mod plan;
mod push;
mod rule;
mod rule_figures;
mod rule_tree;
mod rule_words;
mod segment;
mod strategy;
pub(super) mod study;
mod task;
mod tasks;
mod waves;
mod written;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::panes::within;
use super::pen::Pen;
use crate::app::listing::Freshness;
use crate::app::state::{Page, State};

/// Draws a page; gives where its caret stands.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &Page,
    pen: Pen<'_>,
) -> Option<Position> {
    let old = freshness(state, page).is_some_and(Freshness::is_stale);
    match page {
        Page::Segment(page) => segment::draw(buf, area, state, page, pen),
        Page::Rule(page) => return rule::draw(buf, area, state, page, pen),
        Page::Strategy(page) => strategy::draw(buf, area, state, page, pen),
        Page::Form(page) => return form::draw(buf, area, state, page, pen),
        Page::Leaflet(page) => leaflet::draw(buf, area, state, page, pen),
        Page::Plan(page) => plan::draw(buf, area, state, page, pen),
        Page::Push(page) => push::draw(buf, area, state, page, pen),
        Page::BranchTasks(page) => tasks::draw(buf, area, state, page, pen),
        Page::Task(page) => task::draw(buf, area, state, page, pen),
        Page::Outcome(page) => return outcome::draw(buf, area, page, pen),
        Page::Coaching(page) => return coaching::draw(buf, area, page, pen),
        Page::Study(page) => study::draw(buf, area, state, page, pen),
        Page::Dictionary => dictionary::draw(buf, area, state, pen),
        Page::Attribute { cursor } => dictionary::draw_one(buf, area, state, *cursor, pen),
        Page::Moments => moments::draw(buf, area, state, pen),
        Page::Home => home::draw(buf, area, state, pen),
        Page::Explain(page) => explain::draw(buf, area, state, page, pen),
    }
    pen.dim(buf, within(area), old);
    None
}

/// How far what a page shows can be trusted; none of what is typed, and of what is only worked out from it.
fn freshness(state: &State, page: &Page) -> Option<Freshness> {
    Some(match page {
        Page::Study(page) => page.freshness,
        Page::BranchTasks(page) => page.freshness,
        Page::Explain(page) => page.freshness,
        Page::Push(_) => state.pushes.freshness,
        Page::Strategy(_) => state.strategies.freshness,
        Page::Dictionary | Page::Attribute { .. } => state.dictionary.freshness,
        Page::Moments => state.moments.freshness,
        Page::Home => state.work.freshness,
        _ => return None,
    })
}
