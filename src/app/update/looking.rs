//! What a page that looks into something stands for: its question, what is found, and what is copied of it.

use std::sync::Arc;

use crate::app::action::Refusal;
use crate::app::command::{
    calendar_available, chosen, metric_available as metric, score_available as score,
    study_available as can,
};
use crate::app::desk::Laid;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::listing::Freshness;
use crate::app::state::study::{BoardPart, StudyPage};
use crate::app::state::{Leaflet, LeafletPage, Page, State};
use crate::app::study::{Finding, SegmentHistory, Study};
use crate::domain::attribute::AttributeType;
use crate::domain::board::{Board, Step, Steps};
use crate::domain::delivery::Deliveries;
use crate::domain::find;
use crate::domain::percent::signed;
use crate::domain::rule::{Column, Kind};

/// Columns that every customer has and a segment can be split by.
pub const FIXED: [Column; 7] = [
    Column::Tier,
    Column::Age,
    Column::Gender,
    Column::Aum,
    Column::OpenedOn,
    Column::Org,
    Column::NoContact,
];

/// What each cell of a grid can have figures of: numbers, amounts, and flags, which count as one.
pub(super) const METRICS: [Kind; 3] = [Kind::NUMBER, Kind::MONEY, Kind::Plain(AttributeType::Flag)];

/// The page on top, if it looks into something.
pub(super) fn page(state: &mut State) -> Option<&mut StudyPage> {
    match state.pages.last_mut() {
        Some(Page::Study(page)) => Some(page),
        _ => None,
    }
}

/// Looks into something on a page of its own.
pub(super) fn look(state: &mut State, study: Study) -> Vec<Effect> {
    // Customers' tiers are told by their names.
    let words = matches!(study, Study::Members { .. }) && state.vocabulary.is_none();
    state.pages.push(Page::Study(Box::new(StudyPage::new(study))));
    let words = words.then(|| state.ask(Slot::Words, Request::Words));
    words.into_iter().chain(ask(state)).collect()
}

/// Tells of which day each of the bank's own marts is that what is on screen reads.
pub(super) fn mart_days(state: &mut State) -> Vec<Effect> {
    let of = Leaflet::Marts(chosen::marts(state));
    state.pages.push(Page::Leaflet(LeafletPage { code: String::new(), version: 0, of, top: 0 }));
    vec![]
}

/// Looks into something, with the cursor on the row of this code or number.
pub(super) fn look_at(state: &mut State, study: Study, row: String) -> Vec<Effect> {
    let effects = look(state, study);
    if let Some(page) = page(state) {
        page.sought = Some(row);
    }
    effects
}

/// Asks for what the topmost page stands for; what is on screen stays meanwhile.
pub(super) fn ask(state: &mut State) -> Option<Effect> {
    let page = page(state)?;
    page.refusal = None;
    let study = page.study.clone();
    Some(state.ask(Slot::Study, Request::Study(study)))
}

/// Asks anew, unless that is a card that stands: each opening of a card is counted.
pub(super) fn ask_again(state: &mut State) -> Option<Effect> {
    let page = page(state)?;
    let stands = matches!(page.freshness, Freshness::Fresh(..));
    if stands && matches!(page.study, Study::Card { .. }) {
        return None;
    }
    ask(state)
}

/// A page has come back to the top before it was answered: it is asked for again.
pub(super) fn come_back(state: &mut State) -> Option<Effect> {
    let unanswered = page(state)?.finding.is_none();
    if unanswered && state.session.online() { ask(state) } else { None }
}

/// The page that the latest question was asked for.
fn asked(state: &mut State) -> Option<&mut StudyPage> {
    state.pages.iter_mut().rev().find_map(|page| match page {
        Page::Study(page) => Some(page.as_mut()),
        _ => None,
    })
}

/// Takes what was found.
pub(super) fn found(state: &mut State, finding: Finding, freshness: Freshness) {
    let names = Arc::clone(&state.names);
    if let Some(page) = asked(state) {
        page.names = names;
        page.take(finding);
        page.freshness = freshness;
        page.refusal = None;
        page.put_in_order();
        if let Some(place) = page.sought.take().and_then(|key| metric::place(page, &key)) {
            page.row = place;
        }
        page.part = page.part.min(page.parts().saturating_sub(1));
        page.row = page.row.min(page.rows().saturating_sub(1));
    }
}

/// Takes why nothing was found.
pub(super) fn refused(state: &mut State, refusal: Refusal) {
    if let Some(page) = asked(state) {
        page.freshness.spoil();
        page.refusal = Some(refusal);
    }
}

/// The columns and attributes that match what was typed, best first.
#[must_use]
pub fn axes(state: &State, needle: &str) -> Vec<String> {
    let hays = FIXED.map(|column| state.hay(column.code(), &column.called()));
    let fixed = find::matching(needle, hays.iter().map(String::as_str));
    let fixed = fixed.into_iter().map(|at| FIXED[at].code().to_owned());
    // The dictionary has the fixed columns, too; not each of them is one to split by.
    let known = state.dictionary.matching(needle);
    let known = known.into_iter().filter(|row| !row.is_fixed());
    fixed.chain(known.map(|row| row.attribute.code.clone())).collect()
}

/// A row of a board: what it is of, and the customers by step.
fn board_text(board: &Board, page: &StudyPage) -> Option<String> {
    let line = |name: &str, steps: &Steps| {
        let counts = Step::ALL.map(|step| steps.at(step).to_string());
        format!("{name}\t{}", counts.join("\t"))
    };
    Some(match page.board_part() {
        BoardPart::Units => {
            let unit = board.by_org.get(page.row)?;
            line(&format!("{}\t{}", unit.code, unit.name), &unit.steps)
        }
        BoardPart::Rms => {
            let rm = board.by_rm.get(page.row)?;
            line(&format!("{}\t{}\t{}", rm.org, rm.code, rm.name), &rm.steps)
        }
        BoardPart::Days => {
            let day = board.by_day.get(page.row)?;
            line(&day.day.to_string(), &day.steps)
        }
    })
}

/// What the copy of something that was laid aside says.
fn laid_text(laid: &Laid, row: usize) -> Option<String> {
    Some(match laid {
        Laid::Inbox(rows, _) => {
            let row = rows.get(row)?;
            format!("{}\t{}\t{}", row.source, row.message, row.reason.code())
        }
        Laid::Shelf(rows) => {
            let row = rows.get(row)?;
            format!("{}\t{}", row.text.code, row.text.name)
        }
        Laid::Delegations(rows) => {
            let row = rows.get(row)?;
            format!("{}\t{}\t{}\t{}\t{}", row.id, row.delegator, row.delegate, row.from, row.to)
        }
    })
}

/// What the copy of a row of deliveries says.
fn delivery_text(found: &Deliveries, page: &StudyPage) -> Option<String> {
    if page.part == 0 {
        let unit = found.units.get(page.row)?;
        let (ready, dead, delivered) = (unit.counts.ready, unit.counts.dead, unit.counts.delivered);
        return Some(format!("{}\t{}\t{ready}\t{dead}\t{delivered}", unit.org, unit.door));
    }
    let dead = found.dead.get(page.row)?;
    Some(format!("{}\t{}\t{}\t{}", dead.id, dead.key, dead.org, dead.reason.code()))
}

/// What the copy of a version or a snapshot says.
fn history_text(history: &SegmentHistory, page: &StudyPage) -> Option<String> {
    if page.on_snapshots() {
        let row = history.snapshots.get(page.row)?;
        let count = row.count.map_or_else(String::new, |count| count.to_string());
        return Some(format!("{}\t{}\t{count}\t{}", row.snapshot, row.as_of, row.hash));
    }
    let row = history.versions.get(page.row)?;
    Some(format!("v{}\t{}\t{}", row.version, row.name, row.rule))
}

/// What the copy of a raised alert, or of a strategy that touches a unit's customers, says.
fn metric_text(page: &StudyPage) -> Option<String> {
    match page.finding.as_ref()? {
        Finding::AlertHits(found) => {
            let hit = found.hits.get(page.row)?;
            Some(format!("{}\t{}\t{}", hit.org, hit.judged.value, hit.judged.score))
        }
        Finding::Touching(rows) => {
            let row = rows.get(page.row)?;
            Some(format!("{} v{}\t{}\t{}", row.strategy, row.version, row.push, row.customers))
        }
        _ => None,
    }
}

/// What the copy of the row under the cursor says; names of customers stay masked.
pub(super) fn row_text(state: &State, page: &StudyPage) -> Option<String> {
    Some(match page.finding.as_ref()? {
        Finding::Metric(found) => metric::about_text(found, page),
        Finding::Heat(_) | Finding::Noted(_) | Finding::Alerts(_) => metric::row_text(state)?,
        Finding::AlertHits(_) | Finding::Touching(_) => metric_text(page)?,
        Finding::Scores(_) | Finding::Score(_) | Finding::Coaching(_) => score::row_text(state)?,
        Finding::Overlap(overlap) => {
            let count = overlap.matrix.get(page.row)?.get(page.part)?;
            format!("{}\t{count}", can::overlap_rule(state)?)
        }
        Finding::Portrait(_) => {
            let one = can::of_portrait(state)?;
            format!("{}\t{}\t{:.2}", one.rule, one.count, one.lift)
        }
        Finding::Grid(_) => {
            let cell = can::cell(state)?;
            format!("{}\t{}\t{}", cell.cell, cell.count, cell.rule)
        }
        Finding::History(history) => history_text(history, page)?,
        Finding::Compare(compared) => {
            let counts = &compared.counts;
            format!("+{}\t-{}\t{}", counts.came, counts.left, counts.stayed)
        }
        Finding::Push(found) => {
            let at = page.row.checked_sub(1);
            let part = at.and_then(|at| found.parts.get(at));
            let (code, count) =
                part.map_or(("", found.customers()), |(part, count)| (part.code(), *count));
            format!("#{}\t{code}\t{count}", found.push)
        }
        Finding::Board(board) => board_text(board, page)?,
        Finding::Hits(found) => {
            let day = page.row.checked_sub(1).and_then(|at| found.days.get(at));
            day.map_or_else(
                || found.hits().to_string(),
                |day| format!("{}\t{}\t{}", day.day, day.hits, day.in_live_strategy),
            )
        }
        Finding::Deliveries(found) => delivery_text(found, page)?,
        Finding::Calendar(agenda) => calendar_available::row_text(agenda, page)?,
        Finding::Tests(found) => {
            let test = found.get(page.row)?;
            format!("{}\t{} v{}\t{}", test.test, test.strategy, test.version, test.org)
        }
        Finding::Desk(laid) => laid_text(laid, page.row)?,
        Finding::Policies(found, _) => {
            let row = found.get(page.row)?;
            let value = row.value.map_or_else(String::new, |value| value.to_string());
            format!("{}\t{value}", row.key)
        }
        Finding::Diff(diff) => {
            let part = diff.parts.get(page.row)?;
            format!("{}{}", part.change.sign(), part.text)
        }
        Finding::Members(members) => {
            let row = members.rows.get(page.row)?;
            let name = row.name.as_deref().unwrap_or_default();
            format!("{}\t{name}\t{}\t{}", row.customer, row.org, row.org_name)
        }
        Finding::Card(card) => {
            let name = card.name.as_deref().unwrap_or_default();
            format!("{}\t{name}\t{}\t{}", card.customer, card.org, card.org_name)
        }
        Finding::Review(review, _) => {
            let itt = review.itt.map(|itt| signed(itt.estimate, 4)).unwrap_or_default();
            let branch = review.branches.get(page.row).filter(|_| page.rows() > 0);
            let name = branch.map_or(review.name.as_str(), |branch| branch.name.as_str());
            format!("{}\t{}\t{name}\t{itt}", review.strategy, review.version)
        }
        Finding::Why(explained) => explained.leaves.get(page.row)?.text.clone(),
    })
}
