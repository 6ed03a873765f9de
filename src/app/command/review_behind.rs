//! The review that a finding was noted of, and the push that a page is about.
//!
//! A finding of a review has no column for its push: what it is of stands in its rule (the strategy's segment), its day (that of the
//! push), and in its words as they were proposed, `ST-014 #12 +6.4 pp`. The words can have been written anew, so they only choose
//! among what the rule leaves.

use super::chosen::study;
use crate::app::state::{Page, PlanStep, State};
use crate::app::study::{Finding, Reviewed, Study};
use crate::domain::finding::{FindingRow, SizeUnit};
use crate::domain::id::PushId;
use crate::domain::rule::written_text;
use crate::domain::worklist::Work;

/// The strategy and how much of it was reviewed, where the finding is of a review.
#[must_use]
pub fn of_finding(state: &State, row: &FindingRow) -> Option<(String, Reviewed)> {
    // Those of before points were told apart are in parts per million; where only a balance was declared, it is money.
    let of_review = matches!(
        row.unit,
        SizeUnit::Points | SizeUnit::Ppm | SizeUnit::Money | SizeUnit::Unmeasured
    );
    if row.metric.is_some() || row.moment.is_some() || !of_review {
        return None;
    }
    let mut words = row.text.split_whitespace();
    let named = words.next().unwrap_or_default();
    let number = words.find_map(|word| word.strip_prefix('#')?.parse().ok()).map(PushId);
    let of_segment = |code: &str| {
        let mut all = state.strategies.all().iter().filter(|known| known.text.code == code);
        all.any(|known| {
            let segment = format!("segment({})", written_text(&known.text.segment));
            row.rule.as_ref().is_none_or(|rule| *rule == segment)
        })
    };
    let pushes = || state.pushes.all().iter().filter(|push| of_segment(&push.strategy));
    if let Some(number) = number {
        if let Some(push) = pushes().find(|push| push.push == number) {
            return Some((push.strategy.clone(), Reviewed::Push(number)));
        }
        // Lists are cut: what is not among the pushes that were read can still be asked for.
        return of_segment(named).then(|| (named.to_owned(), Reviewed::Push(number)));
    }
    if of_segment(named) {
        return Some((named.to_owned(), Reviewed::Strategy));
    }
    row.rule.as_ref()?;
    let of_day = pushes().filter(|push| Some(push.as_of) == row.from);
    let push = of_day.max_by_key(|push| push.push)?;
    Some((push.strategy.clone(), Reviewed::Push(push.push)))
}

/// The review of the finding under the cursor.
#[must_use]
pub fn of_cursor(state: &State) -> Option<(String, Reviewed)> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Noted(rows)) => of_finding(state, rows.get(page.row)?),
        _ => None,
    }
}

/// The push that this place is about, where it is not one of a list of pushes: the one that was just pushed, that of tasks, a board,
/// a line of what waits.
#[must_use]
pub fn push_here(state: &State) -> Option<PushId> {
    match state.page()? {
        Page::Plan(page) => match &page.step {
            PlanStep::Done(_, done) => Some(done.push),
            _ => None,
        },
        Page::BranchTasks(page) => Some(page.push),
        Page::Task(page) => Some(page.push),
        Page::Home => match &super::chosen::work(state)?.work {
            Work::Sign { push, .. }
            | Work::Unsigned { push, .. }
            | Work::Escalated { push, .. }
            | Work::Notice { push, .. }
            | Work::Offer { push, .. }
            | Work::Todo { push, .. }
            | Work::Review { push, .. } => Some(*push),
            _ => None,
        },
        Page::Study(page) => match (&page.study, &page.finding) {
            (Study::Push { push, .. } | Study::Board { push, .. }, _) => Some(*push),
            (Study::Deliveries { push }, _) => *push,
            (_, Some(Finding::Touching(rows))) => Some(PushId(rows.get(page.row)?.push)),
            _ => None,
        },
        _ => None,
    }
}
