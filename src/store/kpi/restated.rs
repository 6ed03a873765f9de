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
    let mut all = of_all(db, opened, unit, metrics, &[(day, periods)]).await?;
    Ok(all.pop().unwrap_or_default())
}

/// The same of several days of the ledger at once.
pub(super) async fn of_all(
    db: &mut PgConnection,
    opened: &Opened,
    unit: usize,
    metrics: &[usize],
    ends: &[(usize, &Periods)],
) -> Result<Vec<HashMap<usize, i64>>, KpiFailure> {
    let ledger = &opened.ledger;
    let units = ledger.under(unit);
    let mut bases: Vec<usize> =
        metrics.iter().flat_map(|&metric| ledger.tree().bases(metric)).collect();
    bases.sort_unstable();
    bases.dedup();
    let days = |base: usize, (day, periods): &(usize, &Periods)| {
        let days = ledger.behind(base, *day, &units).map(|(_, day)| (day, day));
        let of_facts = days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        periods.get(&base).copied().or(of_facts)
    };
    let mut asked = Vec::new();
    for &base in &bases {
        let all = ends.iter().filter_map(|end| days(base, end));
        asked.extend(all.map(|days| (base, days)));
    }
    asked.sort_unstable();
    asked.dedup();
    let restated = read(db, opened, &asked).await?;
    let under: HashSet<i32> = units.clone().map(|unit| ledger.org(unit).id.0).collect();
    let of_end = |end: &(usize, &Periods)| {
        let hits = |base: usize| -> HashSet<i32> {
            let Some((rows, (first, last))) =
                restated.get(&opened.codes[base]).zip(days(base, end))
            else {
                return HashSet::new();
            };
            if end.1.contains_key(&base) {
                let rows = rows.iter().filter(|(day, _)| (first..=last).contains(day));
                let units = rows.flat_map(|(_, units)| units).copied();
                return units.filter(|unit| under.contains(unit)).collect();
            }
            let there = |(org, on): (i32, NaiveDate)| {
                let of = |(day, units): &(NaiveDate, Vec<i32>)| *day == on && units.contains(&org);
                rows.iter().any(of).then_some(org)
            };
            let facts = ledger.behind(base, end.0, &units).map(|(org, day)| (org.0, day));
            facts.filter_map(there).collect()
        };
        let found: HashMap<usize, HashSet<i32>> =
            bases.iter().map(|&base| (base, hits(base))).collect();
        let of = |&metric: &usize| {
            let bases = ledger.tree().bases(metric);
            let units: HashSet<i32> =
                bases.iter().filter_map(|base| found.get(base)).flatten().copied().collect();
            (metric, i64::try_from(units.len()).unwrap_or(i64::MAX))
        };
        metrics.iter().map(of).collect()
    };
    Ok(ends.iter().map(of_end).collect())
}

/// For each of these metrics with facts, the units of which a fact of one of these periods was restated.
pub(super) async fn of_units(
    db: &mut PgConnection,
    opened: &Opened,
    metrics: &[usize],
    periods: &[Periods],
) -> Result<HashMap<usize, HashSet<i32>>, KpiFailure> {
    let of = |metric: usize| periods.iter().filter_map(move |of| Some((metric, *of.get(&metric)?)));
    let asked: Vec<_> = metrics.iter().flat_map(|&metric| of(metric)).collect();
    let restated = read(db, opened, &asked).await?;
    let units = |metric: usize| {
        let rows = restated.get(&opened.codes[metric])?;
        Some((metric, rows.iter().flat_map(|(_, units)| units).copied().collect()))
    };
    Ok(metrics.iter().filter_map(|&metric| units(metric)).collect())
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
