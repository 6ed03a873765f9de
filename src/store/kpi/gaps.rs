//! What is missing of the facts of a period, from the sheets alone: no row of a fact is read.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate};
use sqlx::PgConnection;

use super::{KpiFailure, Opened, Workdays};
use crate::domain::metric::Kind;
use crate::domain::metric::compare::{self, Compare};
use crate::domain::metric::gaps::{Delivered, Gaps, LOOKS_BACK, gaps};

/// The days that some metrics are taken over, by their places: from the first one to the last.
pub(super) type Periods = HashMap<usize, (NaiveDate, NaiveDate)>;

/// From the beginning of the period around a day up to it, for each metric with facts that is taken over its days: flows, and
/// stocks that are the mean of days.
pub(super) fn so_far(opened: &Opened, on: NaiveDate, works: &Workdays) -> Periods {
    let mut periods = Periods::new();
    for (at, metric) in opened.ledger.tree().metrics().iter().enumerate() {
        let taken = compare::taken(metric, Compare::Prev, on, &|day| works.on(day)).1;
        let over_days = metric.kind == Kind::Flow || metric.over.average;
        if let Some(start) = taken.start.filter(|_| over_days && metric.has_facts) {
            periods.insert(at, (start, taken.end));
        }
    }
    periods
}

/// What is missing of these periods under a unit, for each metric; nothing of one that is of a day.
pub(super) async fn of(
    db: &mut PgConnection,
    opened: &Opened,
    unit: usize,
    periods: &Periods,
    works: &Workdays,
) -> Result<Vec<Gaps>, KpiFailure> {
    let tree = opened.ledger.tree();
    let ends = periods.values().copied().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let Some((first, last)) = ends else {
        return Ok(vec![Gaps::default(); opened.codes.len()]);
    };
    let since = first.checked_sub_days(Days::new(LOOKS_BACK)).unwrap_or(first);
    let codes: Vec<String> = periods.keys().map(|&at| opened.codes[at].clone()).collect();
    let rows = sqlx::query!(
        "select metric, day, layout from baton.fact_sheet where metric = any ($1) and day between $2 and $3",
        &codes,
        since,
        last
    );
    let mut delivered: HashMap<String, Delivered> = HashMap::new();
    for row in rows.fetch_all(&mut *db).await? {
        delivered.entry(row.metric).or_default().insert(row.day, row.layout);
    }
    let layouts = layouts(db, &delivered).await?;
    let owing = owing(db, opened, unit, &codes).await?;
    let none = Vec::new();
    let of = |metric: usize| {
        let found = periods.get(&metric).zip(delivered.get(&opened.codes[metric]));
        found.map_or_else(Gaps::default, |(period, days)| {
            let owing = owing.get(&opened.codes[metric]).unwrap_or(&none);
            gaps(days, *period, &|day| works.on(day), &layouts, owing)
        })
    };
    // A metric without facts of its own lacks what those lack that it is made of.
    let bases = |metric: usize| tree.bases(metric).into_iter().map(of);
    let most = |metric: usize| {
        bases(metric).fold(Gaps::default(), |most, gaps| Gaps {
            days: most.days.max(gaps.days),
            facts: most.facts.max(gaps.facts),
        })
    };
    Ok((0..opened.codes.len()).map(most).collect())
}

async fn layouts(
    db: &mut PgConnection,
    delivered: &HashMap<String, Delivered>,
) -> Result<HashMap<i32, HashSet<i32>>, KpiFailure> {
    let mut ids: Vec<i32> = delivered.values().flat_map(HashMap::values).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = sqlx::query!("select id, units from baton.fact_layout where id = any ($1)", &ids);
    let rows = rows.fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.units.into_iter().collect())).collect())
}

/// The open units under a unit that have facts of a metric, and since when.
async fn owing(
    db: &mut PgConnection,
    opened: &Opened,
    unit: usize,
    codes: &[String],
) -> Result<HashMap<String, Vec<(i32, NaiveDate)>>, KpiFailure> {
    let rows = sqlx::query!(
        "select k.metric, k.org_id, k.first_day from baton.fact_unit k join baton.org_unit u on u.id = k.org_id
         where k.metric = any ($1) and u.closed_on is null and u.path @> array[$2::int]
           and not exists (select from baton.org_unit b where b.parent_id = u.id and b.closed_on is null)",
        codes,
        opened.ledger.org(unit).id.0
    );
    let mut owing: HashMap<String, Vec<(i32, NaiveDate)>> = HashMap::new();
    for row in rows.fetch_all(db).await? {
        owing.entry(row.metric).or_default().push((row.org_id, row.first_day));
    }
    Ok(owing)
}
