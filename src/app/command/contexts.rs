//! The places in which the commands of many places hold.

use super::Context as C;

pub(super) const PANES: &[C] = &[C::Segments, C::Strategies, C::Tasks, C::Kpi];
/// Where a form that was laid aside is opened again: a half-written entry of the coaching log from the log, too.
pub(super) const DRAFTS: &[C] =
    &[C::Home, C::Segments, C::Strategies, C::Tasks, C::Kpi, C::CoachingLog];
pub(super) const OPENS: &[C] = &[
    C::Home,
    C::Segments,
    C::Strategies,
    C::Tasks,
    C::Kpi,
    C::Explain,
    C::Push,
    C::Plan,
    C::Dictionary,
    C::Attribute,
    C::Moments,
    C::Overlap,
    C::History,
    C::Lists,
    C::Heat,
    C::Noted,
    C::Alerts,
    C::Scores,
    C::Members,
    C::TaskList,
    C::Calendar,
];
/// Where one goes elsewhere from.
pub(super) const LISTS: &[C] = &[
    C::Home,
    C::Segments,
    C::Strategies,
    C::Tasks,
    C::Kpi,
    C::Segment,
    C::Strategy,
    C::Plan,
    C::Push,
    C::Explain,
    C::Dictionary,
    C::Attribute,
    C::Overlap,
    C::Portrait,
    C::Grid,
    C::History,
    C::Findings,
    C::Lists,
    C::Heat,
    C::Noted,
    C::Alerts,
    C::Scores,
    C::ScoreCard,
    C::CoachingLog,
    C::Members,
    C::Card,
    C::Review,
    C::Moments,
    C::Tree,
    C::TaskList,
    C::Task,
    C::Deliveries,
    C::Calendar,
    C::Tests,
];
pub(super) const MOVES: &[C] = &[
    C::Home,
    C::Segments,
    C::Strategies,
    C::Tasks,
    C::Kpi,
    C::Segment,
    C::Strategy,
    C::Leaflet,
    C::Plan,
    C::Push,
    C::Explain,
    C::Dictionary,
    C::Attribute,
    C::Complete,
    C::Moments,
    C::Tree,
    C::Overlap,
    C::Portrait,
    C::Grid,
    C::History,
    C::Findings,
    C::Lists,
    C::Heat,
    C::Noted,
    C::Alerts,
    C::Scores,
    C::ScoreCard,
    C::CoachingLog,
    C::Members,
    C::Card,
    C::Review,
    C::Axes,
    C::Input,
    C::Pick,
    C::TaskList,
    C::Task,
    C::Deliveries,
    C::Calendar,
    C::Tests,
];
/// In the rule editor and its tree they turn the figures beside it, in the calendar the months.
pub(super) const PAGES: &[C] = &paged();
/// Whatever has a first line and a last.
pub(super) const ENDS: &[C] = HELPED;
pub(super) const PALETTE: &[C] = &[
    C::Home,
    C::Segments,
    C::Strategies,
    C::Tasks,
    C::Kpi,
    C::Segment,
    C::Rule,
    C::Complete,
    C::Tree,
    C::Strategy,
    C::Leaflet,
    C::Form,
    C::Plan,
    C::Push,
    C::Explain,
    C::Dictionary,
    C::Attribute,
    C::Overlap,
    C::Portrait,
    C::Grid,
    C::History,
    C::Findings,
    C::Lists,
    C::Heat,
    C::Noted,
    C::Alerts,
    C::Scores,
    C::ScoreCard,
    C::CoachingLog,
    C::Members,
    C::Card,
    C::Review,
    C::Moments,
    C::TaskList,
    C::Task,
    C::Outcome,
    C::CoachingForm,
    C::Deliveries,
    C::Calendar,
    C::Tests,
];
pub(super) const FILTERED: &[C] =
    &[C::Home, C::Segments, C::Strategies, C::Tasks, C::Kpi, C::Dictionary, C::Moments];
/// Where rows are looked for, or it is said that there are none that could be.
pub(super) const NARROWED: &[C] = HELPED;
pub(super) const HELPED: &[C] = &[
    C::Home,
    C::Segments,
    C::Strategies,
    C::Tasks,
    C::Kpi,
    C::Segment,
    C::Tree,
    C::Strategy,
    C::Leaflet,
    C::Plan,
    C::Push,
    C::Explain,
    C::Dictionary,
    C::Attribute,
    C::Overlap,
    C::Portrait,
    C::Grid,
    C::History,
    C::Findings,
    C::Lists,
    C::Heat,
    C::Noted,
    C::Alerts,
    C::Scores,
    C::ScoreCard,
    C::CoachingLog,
    C::Members,
    C::Card,
    C::Review,
    C::Moments,
    C::TaskList,
    C::Task,
    C::Deliveries,
    C::Calendar,
    C::Tests,
];
pub(super) const ALL: &[C] = &C::ALL;

/// Where one moves, but for the places whose own keys these are.
const fn paged() -> [C; MOVES.len() - 2] {
    let mut kept = [C::Home; MOVES.len() - 2];
    let (mut from, mut to) = (0, 0);
    while from < MOVES.len() {
        if !matches!(MOVES[from], C::Calendar | C::Tree) {
            kept[to] = MOVES[from];
            to += 1;
        }
        from += 1;
    }
    kept
}
