//! What is missing of sums over days that are not those of a metric's own period: of a week and of the week before.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::gaps::{self, Periods};
use super::question::Question;
use super::{KpiFailure, open, restated};
use crate::domain::metric::Quality;

/// For each of these metrics, over the whole bank, what is missing of the facts of either span (both days included) and was restated.
///
/// # Errors
/// [`KpiFailure`], where the bank's metrics or units do not stand.
pub async fn quality(
    db: &mut PgConnection,
    metrics: &[String],
    spans: [(NaiveDate, NaiveDate); 2],
) -> Result<HashMap<String, [Quality; 2]>, KpiFailure> {
    let mut told: HashMap<String, [Quality; 2]> = HashMap::new();
    let mut db = Question::begin(db).await?;
    let opened = open(&mut db).await?;
    let (unit, works, tree) =
        (opened.ledger.unit(None)?, opened.works.clone(), opened.ledger.tree());
    let asked: Vec<(usize, Vec<usize>)> =
        metrics.iter().filter_map(|code| tree.find(code)).map(|at| (at, tree.bases(at))).collect();
    let mut bases: Vec<usize> = asked.iter().flat_map(|(_, bases)| bases).copied().collect();
    bases.sort_unstable();
    bases.dedup();
    for (at, span) in spans.into_iter().enumerate() {
        let periods: Periods = bases.iter().map(|&base| (base, span)).collect();
        let missing = gaps::of(&mut db, &opened, unit, (&periods, &Periods::new()), &works).await?;
        let changed =
            restated::of_units(&mut db, &opened, &bases, std::slice::from_ref(&periods)).await?;
        for (metric, bases) in &asked {
            let mut quality = Quality::default();
            missing[*metric].tell(&opened, &mut quality);
            let units: HashSet<i32> =
                bases.iter().filter_map(|base| changed.get(base)).flatten().copied().collect();
            quality.restated = i64::try_from(units.len()).unwrap_or(i64::MAX);
            told.entry(tree.metric(*metric).code.clone()).or_default()[at] = quality;
        }
    }
    db.commit().await?;
    Ok(told)
}
