//! What is missing of the facts of a period, from the sheets alone: no row of a fact is read.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{Days, NaiveDate};
use sqlx::PgConnection;

use super::{KpiFailure, Opened, Workdays};
use crate::domain::metric::Kind;
use crate::domain::metric::compare::{self, Compare, Taken};
use crate::domain::metric::gaps::{Delivered, Gaps, LOOKS_BACK, gaps};

/// The days that some metrics are taken over, by their places: from the first one to the last.
pub(super) type Periods = HashMap<usize, (NaiveDate, NaiveDate)>;

/// From the beginning of the period around a day up to it, for each metric with facts that is taken over its days: flows, and
/// stocks that are the mean of days.
pub(super) fn so_far(opened: &Opened, on: NaiveDate, works: &Workdays) -> Periods {
    let mut periods = Periods::new();
    for (at, metric) in opened.ledger.tree().metrics().iter().enumerate() {
        let taken = compare::taken(metric, Compare::Prev, on, &|day| works.on(day)).1;
        if let Some(start) = taken.start.filter(|_| metric.over_days() && metric.has_facts) {
            periods.insert(at, (start, taken.end));
        }
    }
    periods
}

/// The days of these metrics that a day of the ledger is made of: the period that they are taken over, or of a flow the day.
pub(super) fn behind(opened: &Opened, metrics: &[usize], day: usize) -> Periods {
    let of = |&metric: &usize| {
        let of = opened.ledger.tree().metric(metric);
        let taken = opened.ledger.taken(metric, day);
        let taken = taken.unwrap_or_else(|| Taken::on(opened.ledger.date(day)));
        let flow = (of.kind == Kind::Flow).then_some(taken.end);
        Some((metric, (taken.start.or(flow)?, taken.end))).filter(|_| of.has_facts)
    };
    metrics.iter().filter_map(of).collect()
}

/// What is missing of these periods under a unit, for each metric; nothing of one that is of a day.
pub(super) async fn of(
    db: &mut PgConnection,
    opened: &Opened,
    unit: usize,
    periods: &Periods,
    works: &Workdays,
) -> Result<Vec<Gaps>, KpiFailure> {
    let known = read(db, opened, unit, std::slice::from_ref(periods)).await?;
    Ok(known.missing(opened, periods, works, None))
}

/// What was delivered of some metrics around some periods, and who owes it: read once for all of these periods.
pub(super) struct Known {
    delivered: HashMap<String, Delivered>,
    layouts: HashMap<i32, HashSet<i32>>,
    owing: HashMap<String, Vec<(i32, NaiveDate)>>,
}

/// Reads it for the units under a unit.
pub(super) async fn read(
    db: &mut PgConnection,
    opened: &Opened,
    unit: usize,
    all: &[Periods],
) -> Result<Known, KpiFailure> {
    let mut known =
        Known { delivered: HashMap::new(), layouts: HashMap::new(), owing: HashMap::new() };
    let days = all.iter().flat_map(HashMap::values).copied();
    let Some((first, last)) = days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
        return Ok(known);
    };
    let since = first.checked_sub_days(Days::new(LOOKS_BACK)).unwrap_or(first);
    let metrics: BTreeSet<usize> = all.iter().flat_map(HashMap::keys).copied().collect();
    let codes: Vec<String> = metrics.into_iter().map(|at| opened.codes[at].clone()).collect();
    let rows = sqlx::query!(
        r#"select metric, array_agg(day) as "days!", array_agg(layout) as "layouts!" from baton.fact_sheet
           where metric = any ($1) and day between $2 and $3 group by metric"#,
        &codes,
        since,
        last
    );
    for row in rows.fetch_all(&mut *db).await? {
        known.delivered.insert(row.metric, row.days.into_iter().zip(row.layouts).collect());
    }
    known.layouts = layouts(db, &known.delivered).await?;
    known.owing = owing(db, opened, unit, &codes).await?;
    Ok(known)
}

impl Known {
    /// What is missing of these periods for each metric; of the facts of `within` alone, if that is given.
    pub(super) fn missing(
        &self,
        opened: &Opened,
        periods: &Periods,
        works: &Workdays,
        within: Option<&HashSet<i32>>,
    ) -> Vec<Gaps> {
        let of = |metric: usize| {
            let found = periods.get(&metric).zip(self.delivered.get(&opened.codes[metric]));
            found.map_or_else(Gaps::default, |(period, days)| {
                let owing = self.owing.get(&opened.codes[metric]).map_or(&[][..], Vec::as_slice);
                let mine =
                    |owing: &&(i32, NaiveDate)| within.is_none_or(|of| of.contains(&owing.0));
                let owing: Vec<(i32, NaiveDate)> = owing.iter().filter(mine).copied().collect();
                gaps(days, *period, &|day| works.on(day), &self.layouts, &owing)
            })
        };
        // A metric without facts of its own lacks what those lack that it is made of.
        let tree = opened.ledger.tree();
        let most = |metric: usize| {
            let bases = tree.bases(metric).into_iter().map(of);
            bases.fold(Gaps::default(), |most, gaps| Gaps {
                days: most.days.max(gaps.days),
                facts: most.facts.max(gaps.facts),
            })
        };
        (0..opened.codes.len()).map(most).collect()
    }
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
