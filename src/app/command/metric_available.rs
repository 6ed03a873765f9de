//! Whether something can be done with a metric, a finding or an alert now, and the sentence that says why not.

use chrono::NaiveDate;

use super::chosen::{explain, part, study};
use super::gate::{Can, free, given, online, strategist};
use super::review_behind;
use crate::app::state::study::{MetricPart, StudyPage};
use crate::app::state::{Pane, State};
use crate::app::study::{Finding, MetricFound};
use crate::domain::alert::AlertRow;
use crate::domain::decomposition::headline::Who;
use crate::domain::decomposition::{When, sentence};
use crate::domain::finding::FindingRow;
use crate::domain::message::Message;
use crate::domain::metric::grid::{Heat, HeatCell, HeatMetric, HeatRow};
use crate::domain::metric::{KpiRow, Value};
use crate::msg;

/// The line of the metric tree under the cursor.
#[must_use]
pub fn kpi(state: &State) -> Option<&KpiRow> {
    let there = state.pages.is_empty() && state.focus == Pane::Kpi;
    there.then(|| state.kpi.list.selected()).flatten()
}

/// The heat grid on screen.
#[must_use]
pub fn heat(state: &State) -> Option<&Heat> {
    match &study(state)?.finding {
        Some(Finding::Heat(heat)) => Some(heat),
        _ => None,
    }
}

/// The cell of the heat grid under the cursor, with its unit and its metric.
#[must_use]
pub fn heat_cell(state: &State) -> Option<(&HeatRow, &HeatMetric, &HeatCell)> {
    let (heat, page) = (heat(state)?, study(state)?);
    let row = heat.rows.get(page.row)?;
    Some((row, heat.metrics.get(page.part)?, row.cells.get(page.part)?))
}

/// The finding under the cursor.
#[must_use]
pub fn noted(state: &State) -> Option<&FindingRow> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Noted(rows)) => rows.get(page.row),
        _ => None,
    }
}

/// The alert under the cursor.
#[must_use]
pub fn alert_row(state: &State) -> Option<&AlertRow> {
    let page = study(state)?;
    match &page.finding {
        Some(Finding::Alerts(rows)) => rows.get(page.row),
        _ => None,
    }
}

/// The row of a list of findings or alerts by its number or code.
#[must_use]
pub fn place(page: &StudyPage, key: &str) -> Option<usize> {
    match page.finding.as_ref()? {
        Finding::Noted(rows) => rows.iter().position(|row| row.finding.to_string() == key),
        Finding::Alerts(rows) => rows.iter().position(|row| row.text.code == key),
        _ => None,
    }
}

fn is_there(there: bool) -> Can {
    given(there, || msg!("console.reason.nothing-here").into())
}

/// A row that a finding can be made of is under the cursor.
///
/// # Errors
/// What is missing.
pub fn note(state: &State) -> Can {
    strategist(state)?;
    free(state)?;
    let part = explain(state).is_some() && part(state).is_some();
    let line = kpi(state).is_some_and(|row| row.change().is_some());
    is_there(part || line || heat_cell(state).is_some_and(|(.., cell)| cell.before.is_some()))
}

/// The sentence above a change names customers or units.
///
/// # Errors
/// What is missing.
pub fn segment_of_sentence(state: &State) -> Can {
    strategist(state)?;
    let page = explain(state);
    // While another split is asked for, the sentence is that of the change alone.
    let told = page.and_then(|page| {
        let told = page.headline.as_ref()?;
        Some((told, page.answer.as_ref().unwrap_or(&told.answer)))
    });
    let waits = told.is_none() && page.is_some_and(|page| page.refusal.is_none());
    given(!waits, || msg!("console.reason.sentence-waits").into())?;
    // The same as the sentence on screen, which names nobody where this split of the change lets nobody be named.
    if let Some(why) = told.and_then(|(_, split)| sentence::unexplained(split)) {
        return Err(Message::new(msg!("console.reason.nobody-explains")).with("why", why));
    }
    let named = told.and_then(|(told, split)| told.who_over(split)).and_then(Who::rule);
    given(named.is_some(), || msg!("console.reason.no-who").into())
}

/// A unit is under the cursor or drilled into.
///
/// # Errors
/// What is missing.
pub fn segment_of_unit(state: &State) -> Can {
    strategist(state)?;
    if heat_cell(state).is_some() {
        return Ok(());
    }
    if let Some(row) = kpi(state) {
        // Of the whole bank only a movement tells anybody apart, and rules know that of balances.
        let moved = row.metric == "aum" && row.change().is_some_and(|c| c.as_f64() != 0.0);
        given(moved, || msg!("console.reason.no-movement").into())?;
        // A rule is read as of the bank's day, and says no movement that ended before.
        let ends = state.session.bank.as_ref().map(|bank| bank.as_of).zip(state.kpi.span);
        let past = ends.filter(|(today, span)| span.to != *today);
        return past.map_or(Ok(()), |(today, span)| {
            let why = Message::new(msg!("console.reason.past-movement")).with("to", span.to);
            Err(why.with("today", today))
        });
    }
    let Some(page) = explain(state) else { return Err(msg!("console.reason.no-kpi").into()) };
    let group = part(state).is_some_and(|part| part.rule.is_some());
    let unit = !page.path.is_empty() || (page.parts_are_units() && part(state).is_some()) || group;
    given(unit, || msg!("console.reason.no-unit").into())
}

/// There is a row, and so a unit.
///
/// # Errors
/// What is missing.
pub fn touching(state: &State) -> Can {
    online(state)?;
    is_there(explain(state).is_some() || kpi(state).is_some() || heat_cell(state).is_some())
}

/// The metric under the cursor, or that of the page: its code, the unit's (none for the whole bank), and the day.
#[must_use]
pub fn metric(state: &State) -> Option<(String, Option<String>, NaiveDate)> {
    if let Some((row, metric, _)) = heat_cell(state) {
        return Some((metric.metric.clone(), Some(row.org.clone()), heat(state)?.on));
    }
    if let Some(page) = explain(state) {
        let org = page.path.last().map(|(code, _)| code.clone());
        let today = state.session.bank.as_ref()?.as_of;
        let on = match page.when() {
            When::Days(_, on) => on,
            When::Periods(_, period) => period.end.min(today),
            When::Compare(_, on) => on.unwrap_or(today),
        };
        return Some((page.metric.clone(), org, on));
    }
    Some((kpi(state)?.metric.clone(), None, state.kpi.span?.to))
}

/// There is a metric to look at.
///
/// # Errors
/// What is missing.
pub fn about(state: &State) -> Can {
    online(state)?;
    is_there(metric(state).is_some())
}

/// A cell of the heat grid is under the cursor.
///
/// # Errors
/// That there is none.
pub fn cell(state: &State) -> Can {
    is_there(heat_cell(state).is_some())
}

/// An open finding is under the cursor.
///
/// # Errors
/// What is missing.
pub fn close_finding(state: &State) -> Can {
    strategist(state)?;
    free(state)?;
    is_there(noted(state).is_some_and(|row| row.open))
}

/// An alert is under the cursor.
///
/// # Errors
/// What is missing.
pub fn alert(state: &State) -> Can {
    strategist(state)?;
    free(state)?;
    is_there(alert_row(state).is_some())
}

/// An alert can be written.
///
/// # Errors
/// What is missing.
pub fn new_alert(state: &State) -> Can {
    strategist(state)?;
    free(state)
}

/// What the copy of a line of a metric's page says: against what with both values, a unit's target, or a definition.
#[must_use]
pub fn about_text(found: &MetricFound, page: &StudyPage) -> String {
    let code = &found.value.metric;
    let told = match page.metric_part() {
        MetricPart::Values => found.value.against.get(page.row).map(|one| {
            let number = |value: Option<Value>| {
                value.map_or_else(String::new, |value| value.rounded().to_string())
            };
            format!("{}\t{}\t{}", one.compare.word(), number(one.before), number(one.now))
        }),
        MetricPart::Targets => found
            .gaps
            .get(page.row)
            .map(|gap| format!("{}\t{}\t{}\t{}", gap.org, gap.period, gap.target, gap.parts)),
        MetricPart::Definitions => {
            found.definitions.get(page.row).map(|one| format!("v{}\t{}", one.version, one.text))
        }
    };
    format!("{code}\t{}", told.unwrap_or_default())
}

/// What the copy of a cell, a finding or an alert says.
#[must_use]
pub fn row_text(state: &State) -> Option<String> {
    if let Some((row, metric, cell)) = heat_cell(state) {
        let value = cell.value.map_or_else(String::new, |value| value.rounded().to_string());
        return Some(format!("{}\t{}\t{value}", row.org, metric.metric));
    }
    if let Some(row) = noted(state) {
        return Some(format!("{}\t{}\t{}\t{}", row.finding, row.day, row.org, row.text));
    }
    let row = alert_row(state)?;
    Some(format!("{}\t{}\t{}", row.text.code, row.text.name, row.hits))
}

/// Whether what is under the cursor of one of these pages leads on: a cell, a finding of a metric or a group, an alert, a
/// strategy.
///
/// # Errors
/// That it does not.
pub fn open(state: &State) -> Can {
    let Some(page) = study(state) else { return is_there(false) };
    is_there(match &page.finding {
        Some(Finding::Heat(_)) => heat_cell(state).is_some(),
        Some(Finding::Noted(_)) => {
            let leads = |row: &FindingRow| row.metric.is_some() || row.rule.is_some();
            noted(state).is_some_and(leads) || review_behind::of_cursor(state).is_some()
        }
        Some(Finding::Alerts(rows)) => rows.get(page.row).is_some(),
        Some(Finding::AlertHits(found)) => found.hits.get(page.row).is_some(),
        Some(Finding::Touching(found)) => found.get(page.row).is_some(),
        _ => false,
    })?;
    online(state)
}
