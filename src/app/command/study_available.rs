//! Whether one can look into something now, and the sentence that says why not.

use super::chosen::{marts, push, segment, study};
use super::gate::{Can, free, given, online, strategist};
use super::{CommandId, row};
use crate::app::state::study::{BoardPart, StudyPage};
use crate::app::state::{Page, State};
use crate::app::study::{Finding, Study};
use crate::domain::id::{CustomerId, SnapshotId};
use crate::domain::message::Message;
use crate::domain::people::{MemberPage, People, PushPart, Side};
use crate::domain::segment::grid::Cell;
use crate::domain::segment::overlap::MOST;
use crate::domain::segment::portrait::Trait;
use crate::msg;

/// A segment is chosen and the line is up.
///
/// # Errors
/// What is missing.
pub fn look(state: &State) -> Can {
    given(segment(state).is_some(), || msg!("console.reason.no-segment").into())?;
    online(state)
}

/// A segment is under the cursor.
///
/// # Errors
/// That there is none.
pub fn mark(state: &State) -> Can {
    given(segment(state).is_some(), || msg!("console.reason.no-segment").into())
}

/// Two segments or more are marked, and not too many.
///
/// # Errors
/// What is missing.
pub fn overlap(state: &State) -> Can {
    given(state.marked.len() >= 2, || {
        let key = row(CommandId::MarkSegment).keys[0];
        Message::new(msg!("console.reason.mark-two")).with("key", key)
    })?;
    given(state.marked.len() <= MOST, || {
        Message::new(msg!("segment.overlap.too-many"))
            .with("count", state.marked.len())
            .with("most", MOST)
    })?;
    online(state)
}

/// The overlap can be said in shares.
///
/// # Errors
/// That there is none.
pub fn shares(state: &State) -> Can {
    let found = study(state).is_some_and(|page| page.finding.is_some());
    given(found, || msg!("console.reason.nothing-here").into())
}

/// The rule of the cell of an overlap under the cursor.
#[must_use]
pub fn overlap_rule(state: &State) -> Option<String> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Overlap(overlap)) => overlap.rule(page.row, page.part),
        _ => None,
    }
}

/// The cell of a grid under the cursor.
#[must_use]
pub fn cell(state: &State) -> Option<&Cell> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Grid(grid)) => grid.cells.get(page.row),
        _ => None,
    }
}

/// The trait of a portrait under the cursor.
#[must_use]
pub fn of_portrait(state: &State) -> Option<&Trait> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Portrait(portrait)) => portrait.traits.get(page.row),
        _ => None,
    }
}

/// A cell or a trait is under the cursor and the operator is a strategist.
///
/// # Errors
/// What is missing.
pub fn segment_of_cell(state: &State) -> Can {
    strategist(state)?;
    let chosen = cell(state).is_some() || of_portrait(state).is_some();
    given(chosen, || msg!("console.reason.nothing-here").into())
}

/// A grid is on screen, and the bank's words are known.
///
/// # Errors
/// What is missing.
pub fn cell_metric(state: &State) -> Can {
    given(study(state).is_some_and(|page| page.finding.is_some()), || {
        msg!("console.reason.nothing-here").into()
    })?;
    given(state.vocabulary.is_some(), || msg!("console.reason.no-words").into())?;
    online(state)
}

/// What is on screen reads a mart of the bank's own.
///
/// # Errors
/// That it does not.
pub fn mart_days(state: &State) -> Can {
    given(!marts(state).is_empty(), || msg!("console.reason.no-marts").into())
}

/// The same, and nothing else is being changed.
///
/// # Errors
/// What is missing.
pub fn strategy_of_cell(state: &State) -> Can {
    segment_of_cell(state)?;
    free(state)
}

/// The snapshot that is chosen: of the history under the cursor, else the segment's latest.
#[must_use]
pub fn snapshot(state: &State) -> Option<SnapshotId> {
    if let Some(page) = study(state) {
        let Some(Finding::History(history)) = &page.finding else { return None };
        return page
            .on_snapshots()
            .then(|| history.snapshots.get(page.row))?
            .map(|row| row.snapshot);
    }
    Some(segment(state)?.snapshot.as_ref()?.id)
}

/// A push is chosen and the line is up.
///
/// # Errors
/// What is missing.
pub fn board(state: &State) -> Can {
    given(push(state).is_some(), || msg!("console.reason.nothing-here").into())?;
    online(state)
}

/// A snapshot or a push is chosen and the line is up.
///
/// # Errors
/// What is missing.
pub fn members(state: &State) -> Can {
    if push(state).is_some() {
        return online(state);
    }
    snapshot_chosen(state)
}

fn snapshot_chosen(state: &State) -> Can {
    given(snapshot(state).is_some(), || {
        let key = row(CommandId::Freeze).keys[0];
        Message::new(msg!("console.reason.no-snapshot")).with("key", key)
    })?;
    online(state)
}

/// A snapshot is chosen and the operator is a strategist.
///
/// # Errors
/// What is missing.
pub fn export(state: &State) -> Can {
    strategist(state)?;
    snapshot_chosen(state)?;
    free(state)
}

/// The operator is a strategist and nothing else is being changed.
///
/// # Errors
/// What is missing.
pub fn upload(state: &State) -> Can {
    strategist(state)?;
    free(state)
}

/// What a comparison of this moment would hold against each other.
#[must_use]
pub fn compared(state: &State) -> Option<Study> {
    let code = segment(state)?.code.clone();
    let Some(page) = study(state) else { return Some(Study::Compare { code, pair: None }) };
    let (Some(Finding::History(shown)), Some(Finding::History(history))) =
        (&page.finding, page.whole())
    else {
        return None;
    };
    // The row before is that of the whole history, whichever of its rows are on screen.
    let place = |row: usize| {
        if page.on_snapshots() {
            let of = shown.snapshots.get(row)?.snapshot;
            history.snapshots.iter().position(|one| one.snapshot == of)
        } else {
            let of = shown.versions.get(row)?.version;
            history.versions.iter().position(|one| one.version == of)
        }
    };
    let one = place(page.row)?;
    // Without a mark, with the one before.
    let other = page.marked.map_or(Some(one + 1), place)?;
    let (newer, older) = (one.min(other), one.max(other));
    if newer == older {
        return None;
    }
    if page.on_snapshots() {
        let (a, b) = (history.snapshots.get(older)?, history.snapshots.get(newer)?);
        return Some(Study::Compare { code, pair: Some((a.snapshot, b.snapshot)) });
    }
    let (from, to) = (history.versions.get(older)?.version, history.versions.get(newer)?.version);
    Some(Study::Diff { code, from, to })
}

/// There are two to compare.
///
/// # Errors
/// What is missing.
pub fn compare(state: &State) -> Can {
    given(compared(state).is_some(), || msg!("console.reason.nothing-before").into())?;
    online(state)
}

/// A row of a history is under the cursor.
///
/// # Errors
/// That there is none.
pub fn mark_row(state: &State) -> Can {
    let there = study(state).is_some_and(|page| page.row < page.rows());
    given(there, || msg!("console.reason.nothing-here").into())
}

/// The customer under the cursor or on the card.
#[must_use]
pub fn customer(state: &State) -> Option<CustomerId> {
    let page = study(state)?;
    match (&page.study, &page.finding) {
        (Study::Card { customer, .. }, Some(_)) => Some(*customer),
        (_, Some(Finding::Members(members))) => members.rows.get(page.row).map(|row| row.customer),
        _ => None,
    }
}

/// Whose list the cursor is on, of two snapshots, a push or an event rule.
#[must_use]
pub fn listed(page: &StudyPage) -> Option<People> {
    match (&page.study, page.finding.as_ref()?) {
        (Study::Compare { .. }, Finding::Compare(found)) => {
            let (before, after) = (found.counts.a, found.counts.b);
            let moves = |side, org| People::Moves { before, after, side, org };
            if page.part == 0 {
                return Side::ALL.get(page.row).map(|side| moves(*side, None));
            }
            let unit = found.movers.get(page.row)?;
            let side = match (unit.came, unit.left) {
                (0, 0) => Side::Stayed,
                (came, left) if left > came => Side::Left,
                _ => Side::Came,
            };
            Some(moves(side, Some(unit.org.clone())))
        }
        (Study::Push { push, .. }, Finding::Push(found)) => {
            let part = match page.row.checked_sub(1) {
                None => None,
                Some(at) => Some(found.parts.get(at)?.0.clone()),
            };
            (!found.parts.is_empty()).then_some(People::Push { push: *push, part, org: None })
        }
        (Study::Board { push, .. }, Finding::Board(board)) => {
            let org = match page.board_part() {
                BoardPart::Units => board.by_org.get(page.row)?.code.clone(),
                BoardPart::Rms => board.by_rm.get(page.row)?.org.clone(),
                BoardPart::Days => return None,
            };
            let (part, org) = (Some(PushPart::Treated), Some(org));
            Some(People::Push { push: *push, part, org })
        }
        (Study::Hits { moment }, Finding::Hits(found)) => {
            let day = match page.row.checked_sub(1) {
                None => None,
                Some(at) => Some(found.days.get(at)?.day),
            };
            let moment = moment.clone();
            (!found.days.is_empty()).then_some(People::Hits { moment, day })
        }
        _ => None,
    }
}

/// There are parts to turn over.
///
/// # Errors
/// That there are none.
pub fn parts(state: &State) -> Can {
    if let Some(Page::Plan(page)) = state.page() {
        return given(page.step.plan().is_some(), || msg!("console.reason.no-plan").into());
    }
    let turns = study(state).is_some_and(|page| match &page.study {
        Study::Members { of, .. } => matches!(of, People::Moves { .. }),
        _ => page.parts() > 1,
    });
    given(turns, || msg!("console.reason.nothing-here").into())
}

/// A customer and a segment are chosen and the line is up.
///
/// # Errors
/// What is missing.
pub fn why(state: &State) -> Can {
    given(customer(state).is_some(), || msg!("console.reason.nothing-here").into())?;
    given(segment(state).is_some(), || msg!("console.reason.no-segment").into())?;
    online(state)
}

fn page_of_members(state: &State) -> Option<&MemberPage> {
    match study(state)?.whole() {
        Some(Finding::Members(page)) => Some(page),
        _ => None,
    }
}

/// More customers follow.
///
/// # Errors
/// That none do, or no more can be turned to.
pub fn next_members(state: &State) -> Can {
    let goes_on = page_of_members(state).is_some_and(MemberPage::goes_on);
    given(goes_on, || msg!("console.reason.last-page").into())?;
    online(state)
}

/// Customers stand before these.
///
/// # Errors
/// That none do.
pub fn previous_members(state: &State) -> Can {
    let goes_back = page_of_members(state).is_some_and(|page| page.skip > 0);
    given(goes_back, || msg!("console.reason.first-page").into())?;
    online(state)
}

/// What is under the cursor of a page that looks into something can be opened.
///
/// # Errors
/// What is missing.
pub fn open(state: &State, page: &StudyPage) -> Can {
    match &page.study {
        Study::Overlap { .. } => {
            strategist(state)?;
            given(overlap_rule(state).is_some(), || msg!("console.reason.nothing-here").into())
        }
        Study::History { .. } if page.on_snapshots() => snapshot_chosen(state),
        Study::History { .. } => compare(state),
        Study::Compare { .. } | Study::Push { .. } | Study::Board { .. } | Study::Hits { .. } => {
            given(listed(page).is_some(), || msg!("console.reason.nothing-here").into())?;
            online(state)
        }
        Study::Calendar { .. } => super::calendar_available::open(state, page),
        Study::Heat { .. }
        | Study::Noted { .. }
        | Study::Alerts
        | Study::AlertHits { .. }
        | Study::Touching { .. } => super::metric_available::open(state),
        Study::Scores { .. } => {
            let there = super::score_available::row(state).is_some();
            given(there, || msg!("console.reason.nothing-here").into())?;
            online(state)
        }
        _ => {
            given(customer(state).is_some(), || msg!("console.reason.nothing-here").into())?;
            online(state)
        }
    }
}
