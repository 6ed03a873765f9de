//! The heat grid of units by metrics.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::facts::{self, Day};
use super::question::Question;
use super::{KpiFailure, days, gaps, open, restated};
use crate::domain::clean::clean;
use crate::domain::metric::compare::Compare;
use crate::domain::metric::gaps::Gaps;
use crate::domain::metric::grid::{self, Heat};
use crate::domain::money::Currency;

/// What is asked of a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The unit above; none for the root.
    pub org: Option<String>,
    /// The kind of the units; none for the one right below the unit above.
    pub kind: Option<String>,
    /// The metrics' codes; none for all that have values.
    pub metrics: Vec<String>,
    /// The day; none for the bank's today.
    pub on: Option<NaiveDate>,
    /// What each value is held against.
    pub compare: Compare,
}

impl Default for Asked {
    fn default() -> Self {
        let (org, kind, metrics, on) = (None, None, Vec::new(), None);
        Self { org, kind, metrics, on, compare: Compare::Prev }
    }
}

/// The grid, with the bank's money for showing it.
///
/// # Errors
/// [`KpiFailure`]
pub async fn grid(db: &mut PgConnection, asked: &Asked) -> Result<(Heat, Currency), KpiFailure> {
    let mut db = Question::begin(db).await?;
    let mut opened = open(&mut db).await?;
    let on = asked.on.unwrap_or(opened.bank.today);
    let unit = opened.ledger.unit(asked.org.as_deref().map(clean).as_deref())?;
    let of_code = |code: &String| opened.ledger.metric(&clean(code));
    let mut metrics: Vec<usize> = asked.metrics.iter().map(of_code).collect::<Result<_, _>>()?;
    if metrics.is_empty() {
        let known = |&metric: &usize| !opened.ledger.tree().bases(metric).is_empty();
        metrics = (0..opened.ledger.tree().defined().len()).filter(known).collect();
    }
    let works = opened.works.clone();
    let (before, now) = days::compared(&opened, asked.compare, on, &works);
    let days = vec![Day { on, taken: now }, Day { on, taken: before }];
    let mut bases: Vec<usize> =
        metrics.iter().flat_map(|&metric| opened.ledger.tree().bases(metric)).collect();
    bases.sort_unstable();
    bases.dedup();
    facts::add(&mut db, &mut opened, &bases, days).await?;
    let periods = [0, 1].map(|day| gaps::behind(&opened, &bases, day));
    let stands = [0, 1].map(|day| gaps::stands(&opened, &bases, day));
    let known = gaps::read(&mut db, &opened, unit, periods.iter().chain(&stands)).await?;
    let every: Vec<gaps::Periods> = periods.to_vec();
    let restated = restated::of_units(&mut db, &opened, &bases, &every).await?;
    db.commit().await?;
    let ledger = &opened.ledger;
    let lacks = |unit: usize| -> Vec<bool> {
        let units = ledger.under(unit);
        let within = units.clone().map(|unit| ledger.org(unit).id.0).collect();
        let missing = [0, 1].map(|day| {
            known.missing(&opened, (&periods[day], &stands[day]), &works, Some(&within))
        });
        let lacks = |metric: usize| {
            let gaps = |day: usize| missing[day][metric].gaps != Gaps::default();
            let late = |day: usize| {
                !ledger.quality(metric, day, &units).is_whole()
                    || days::begins_within(&opened, metric, day).is_some()
            };
            let said_again = || {
                let mut bases = ledger.tree().bases(metric).into_iter();
                bases.any(|base| restated.get(&base).is_some_and(|of| !of.is_disjoint(&within)))
            };
            [0, 1].into_iter().any(|day| gaps(day) || late(day)) || said_again()
        };
        metrics.iter().map(|&metric| lacks(metric)).collect()
    };
    let below = || {
        let children = ledger.children(unit);
        children
            .first()
            .map_or_else(|| ledger.org(unit).kind.clone(), |&child| ledger.org(child).kind.clone())
    };
    let kind = asked.kind.clone().unwrap_or_else(below);
    let heat = grid::heat(ledger, unit, &kind, &metrics, (on, asked.compare), &lacks);
    Ok((heat, opened.bank.currency))
}
