//! Whether something can be done with a score card or an entry of the coaching log now, and the sentence that says why not.

use super::chosen::study;
use super::gate::{Can, free, given, online, strategist};
use super::metric_available::heat_cell;
use crate::app::state::State;
use crate::app::study::{Finding, Study};
use crate::domain::coaching::Coaching;
use crate::domain::score::{Line, Score, Subject};
use crate::msg;

/// The row of a list of score cards under the cursor.
#[must_use]
pub fn row(state: &State) -> Option<&(Subject, Score)> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Scores(found)) => found.rows.get(page.row),
        _ => None,
    }
}

/// The line of a score card under the cursor.
#[must_use]
pub fn line(state: &State) -> Option<&Line> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Score(found)) => found.score.lines.get(page.row),
        _ => None,
    }
}

/// The entry of the coaching log under the cursor.
#[must_use]
pub fn entry(state: &State) -> Option<&Coaching> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Coaching(rows)) => rows.get(page.row),
        _ => None,
    }
}

/// Code and name of the unit that the row under the cursor, or the page, is of.
#[must_use]
pub fn unit_of(state: &State) -> Option<(String, String)> {
    if let Some((row, ..)) = heat_cell(state) {
        return Some((row.org.clone(), row.name.clone()));
    }
    if let Some((subject, _)) = row(state) {
        return Some((subject.org.clone(), subject.org_name.clone()));
    }
    if let Some(entry) = entry(state) {
        return Some((entry.org.clone(), entry.org_name.clone()));
    }
    let page = study(state)?;
    match (&page.study, &page.finding) {
        (_, Some(Finding::Score(found))) => {
            Some((found.subject.org.clone(), found.subject.org_name.clone()))
        }
        (Study::Coaching { org: Some(org), name, .. }, _) => Some((org.clone(), name.clone())),
        _ => None,
    }
}

/// The unit that a new entry is about: that of the page, else that of the row.
#[must_use]
pub fn written_of(state: &State) -> Option<(String, String)> {
    match &study(state)?.study {
        Study::Coaching { org: Some(org), name, .. } => Some((org.clone(), name.clone())),
        _ => unit_of(state),
    }
}

fn is_there(there: bool) -> Can {
    given(there, || msg!("console.reason.nothing-here").into())
}

/// There is a unit.
///
/// # Errors
/// What is missing.
pub fn unit(state: &State) -> Can {
    online(state)?;
    is_there(unit_of(state).is_some())
}

/// An entry can be written: a unit is there, and the operator is a strategist.
///
/// # Errors
/// What is missing.
pub fn write(state: &State) -> Can {
    strategist(state)?;
    given(written_of(state).is_some(), || msg!("coaching.reason.no-unit").into())
}

/// An entry that has not ended is under the cursor.
///
/// # Errors
/// What is missing.
pub fn recheck(state: &State) -> Can {
    strategist(state)?;
    free(state)?;
    is_there(entry(state).is_some())?;
    let open = entry(state).is_some_and(|entry| entry.open_until().is_some());
    given(open, || msg!("coaching.wrong.ended").into())
}

/// What the copy of a row of these pages says.
#[must_use]
pub fn row_text(state: &State) -> Option<String> {
    if let Some((subject, score)) = row(state) {
        let total = score.total.map(|total| total.to_string()).unwrap_or_default();
        return Some(format!("{}\t{}\t{total}", subject.code, subject.name));
    }
    if let Some(line) = line(state) {
        let (name, points) = (&line.item.name, line.points);
        let (n, d) = (line.figure.numerator, line.figure.denominator);
        return Some(format!("{}\t{name}\t{n}\t{d}\t{points}", line.item.code));
    }
    let entry = entry(state)?;
    Some(format!("{}\t{}\t{}\t{}", entry.coaching, entry.org, entry.seen, entry.agreed))
}
