//! Which facts behind a value a later load has said otherwise.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::gaps::Periods;
use super::{KpiFailure, Opened};

/// A metric's units of which a fact of that day was restated.
type Restated = HashMap<String, Vec<(NaiveDate, Vec<i32>)>>;

/// For each of these metrics, under how many lowest units of `unit` a fact was restated that its value of a day of the ledger is made of: a
/// fact of the period where it is taken over one, else the very fact that stands there.
pub(super) async fn of(
    db: &mut PgConnection,
    opened: &Opened,
    (unit, day): (usize, usize),
    metrics: &[usize],
    periods: &Periods,
) -> Result<HashMap<usize, i64>, KpiFailure> {
    let ledger = &opened.ledger;
    let units = ledger.under(unit);
    let mut bases: Vec<usize> =
        metrics.iter().flat_map(|&metric| ledger.tree().bases(metric)).collect();
    bases.sort_unstable();
    bases.dedup();
    let mut asked = Vec::new();
    for base in bases {
        let days = ledger.behind(base, day, &units).map(|(_, day)| (day, day));
        let of_facts = days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        asked.extend(periods.get(&base).copied().or(of_facts).map(|days| (base, days)));
    }
    let restated = read(db, opened, &asked).await?;
    let under: HashSet<i32> = units.clone().map(|unit| ledger.org(unit).id.0).collect();
    let none = Vec::new();
    let mut found: HashMap<usize, HashSet<i32>> = HashMap::new();
    for (base, _) in asked {
        let rows = restated.get(&opened.codes[base]).unwrap_or(&none);
        let hits = if periods.contains_key(&base) {
            let units = rows.iter().flat_map(|(_, units)| units).copied();
            units.filter(|unit| under.contains(unit)).collect()
        } else if rows.is_empty() {
            HashSet::new()
        } else {
            let there = |(org, on): (i32, NaiveDate)| {
                let of = |(day, units): &(NaiveDate, Vec<i32>)| *day == on && units.contains(&org);
                rows.iter().any(of).then_some(org)
            };
            let facts = ledger.behind(base, day, &units).map(|(org, day)| (org.0, day));
            facts.filter_map(there).collect()
        };
        found.insert(base, hits);
    }
    let of = |metric: usize| {
        let bases = ledger.tree().bases(metric);
        let units: HashSet<i32> =
            bases.iter().filter_map(|base| found.get(base)).flatten().copied().collect();
        (metric, i64::try_from(units.len()).unwrap_or(i64::MAX))
    };
    Ok(metrics.iter().map(|&metric| of(metric)).collect())
}

async fn read(
    db: &mut PgConnection,
    opened: &Opened,
    asked: &[(usize, (NaiveDate, NaiveDate))],
) -> Result<Restated, KpiFailure> {
    let codes: Vec<String> = asked.iter().map(|one| opened.codes[one.0].clone()).collect();
    let firsts: Vec<NaiveDate> = asked.iter().map(|one| one.1.0).collect();
    let lasts: Vec<NaiveDate> = asked.iter().map(|one| one.1.1).collect();
    let rows = sqlx::query!(
        "select r.metric, r.day, r.units from unnest($1::text[], $2::date[], $3::date[]) as a (metric, first, last)
         join baton.fact_restated r on r.metric = a.metric and r.day between a.first and a.last",
        &codes,
        &firsts,
        &lasts
    );
    let mut restated = Restated::new();
    for row in rows.fetch_all(db).await? {
        restated.entry(row.metric).or_default().push((row.day, row.units));
    }
    Ok(restated)
}
