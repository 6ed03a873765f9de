//! The facts that stand on some days, read for all units at once.
//!
//! A day costs one sheet per metric, and one descent of an index per month of history for each unit that is not on
//! the sheet but has earlier facts. A period costs as many rows as it has days and units.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::KpiFailure;
use crate::domain::id::OrgId;
use crate::domain::metric::Kind;
use crate::domain::metric::compare::Taken;
use crate::domain::metric::ledger::{Amount, Fact, Ledger};

/// A day of the ledger to be: what it is called, and over which other days some metrics are taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Day {
    pub(super) on: NaiveDate,
    pub(super) taken: HashMap<usize, Taken>,
}

impl Day {
    /// Every metric on that day.
    pub(super) fn plain(on: NaiveDate) -> Self {
        Self { on, taken: HashMap::new() }
    }

    fn of(&self, metric: usize) -> Taken {
        self.taken.get(&metric).copied().unwrap_or(Taken::on(self.on))
    }
}

/// A row of facts: which of the questions it answers.
struct Row {
    at: i32,
    org: i32,
    day: NaiveDate,
    value: Option<i64>,
    numerator: Option<i64>,
    denominator: Option<i64>,
}

/// Adds `days` to the ledger with the facts of `metrics`; `codes` are theirs as the database writes them.
pub(super) async fn add(
    db: &mut PgConnection,
    ledger: &mut Ledger,
    codes: &[String],
    metrics: &[usize],
    days: Vec<Day>,
) -> Result<(), KpiFailure> {
    let (mut points, mut sums, mut means) = (Vec::new(), Vec::new(), Vec::new());
    for (at, day) in days.iter().enumerate() {
        for &metric in metrics {
            let taken = day.of(metric);
            let asked = Asked { at, metric, taken };
            match (taken.start, ledger.tree().metric(metric).kind) {
                (None, _) => points.push(asked),
                (Some(_), Kind::Flow) => sums.push(asked),
                (Some(_), Kind::Stock | Kind::Ratio) => means.push(asked),
            }
        }
    }
    let mut facts: Vec<Vec<Fact>> = vec![Vec::new(); days.len()];
    let mut take = |asked: &[Asked], rows: Vec<Row>| {
        for row in rows {
            let amount = match (row.value, row.numerator, row.denominator) {
                (Some(value), ..) => Amount::Value(value),
                (None, Some(numerator), Some(denominator)) => {
                    Amount::Ratio { numerator, denominator }
                }
                _ => continue,
            };
            let of = &asked[usize::try_from(row.at - 1).unwrap_or_default()];
            let (metric, org) = (of.metric, OrgId(row.org));
            facts[of.at].push(Fact { metric, org, day: row.day, amount });
        }
    };
    if !points.is_empty() {
        let flows = points.iter().map(|p| ledger.tree().metric(p.metric).kind == Kind::Flow);
        take(&points, standing(db, codes, &points, flows.collect()).await?);
    }
    if !sums.is_empty() {
        take(&sums, summed(db, codes, &sums).await?);
    }
    if !means.is_empty() {
        take(&means, meant(db, codes, &means).await?);
    }
    for (day, facts) in days.into_iter().zip(&facts) {
        ledger.add_period(day.on, day.taken, facts);
    }
    Ok(())
}

/// A metric of a day.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// Which of the days.
    at: usize,
    metric: usize,
    taken: Taken,
}

fn named(codes: &[String], asked: &[Asked]) -> Vec<String> {
    asked.iter().map(|one| codes[one.metric].clone()).collect()
}

fn ends(asked: &[Asked]) -> Vec<NaiveDate> {
    asked.iter().map(|one| one.taken.end).collect()
}

fn starts(asked: &[Asked]) -> Vec<NaiveDate> {
    asked.iter().map(|one| one.taken.start.unwrap_or(one.taken.end)).collect()
}

/// A metric's facts of one day, the units' beside each other.
struct Sheet {
    at: i32,
    asked_on: NaiveDate,
    day: NaiveDate,
    layout: i32,
    vals: Option<Vec<Option<i64>>>,
    numerators: Option<Vec<Option<i64>>>,
    denominators: Option<Vec<Option<i64>>>,
}

/// What stands on a day: a flow's fact of that day, each unit's last fact of anything else.
///
/// A unit that has been closed keeps its facts on the days before; after, only what was delivered later counts.
async fn standing(
    db: &mut PgConnection,
    codes: &[String],
    asked: &[Asked],
    flows: Vec<bool>,
) -> Result<Vec<Row>, KpiFailure> {
    let sheets = sqlx::query_as!(
        Sheet,
        r#"select m.at::int as "at!", m.day as "asked_on!", s.day, s.layout, s.vals as "vals: _", s.numerators as "numerators: _",
            s.denominators as "denominators: _"
        from unnest($1::text[], $2::bool[], $3::date[]) with ordinality as m (code, flow, day, at)
        cross join lateral (
            select * from baton.fact_sheet k
            where k.metric = m.code and k.day <= m.day and (not m.flow or k.day = m.day)
            order by k.day desc limit 1
        ) s"#,
        &named(codes, asked),
        &flows,
        &ends(asked)
    )
    .fetch_all(&mut *db)
    .await?;
    let mut layouts: Vec<i32> = sheets.iter().map(|sheet| sheet.layout).collect();
    layouts.sort_unstable();
    layouts.dedup();
    let layouts =
        sqlx::query!("select id, units from baton.fact_layout where id = any ($1)", &layouts);
    let layouts: HashMap<i32, Vec<i32>> =
        layouts.fetch_all(&mut *db).await?.into_iter().map(|row| (row.id, row.units)).collect();
    let closed = sqlx::query!(
        r#"select id, closed_on as "closed_on!" from baton.org_unit where closed_on is not null"#
    );
    let closed: HashMap<i32, NaiveDate> =
        closed.fetch_all(&mut *db).await?.into_iter().map(|row| (row.id, row.closed_on)).collect();
    let mut rows = late(db, codes, asked, (&sheets, &layouts, &flows)).await?;
    for sheet in &sheets {
        let part = |parts: &Option<Vec<Option<i64>>>, at: usize| {
            parts.as_ref().and_then(|parts| parts.get(at).copied().flatten())
        };
        let units = layouts.get(&sheet.layout).map_or(&[][..], Vec::as_slice);
        rows.extend(units.iter().enumerate().map(|(at, &org)| Row {
            at: sheet.at,
            org,
            day: sheet.day,
            value: part(&sheet.vals, at),
            numerator: part(&sheet.numerators, at),
            denominator: part(&sheet.denominators, at),
        }));
    }
    if !closed.is_empty() {
        let asked_on: HashMap<i32, NaiveDate> =
            sheets.iter().map(|sheet| (sheet.at, sheet.asked_on)).collect();
        rows.retain(|row| {
            let closed = closed.get(&row.org);
            closed.is_none_or(|&closed| asked_on[&row.at] < closed || row.day >= closed)
        });
    }
    Ok(rows)
}

/// The last facts of the units that are not on a sheet but have earlier ones.
async fn late(
    db: &mut PgConnection,
    codes: &[String],
    asked: &[Asked],
    (sheets, layouts, flows): (&[Sheet], &HashMap<i32, Vec<i32>>, &[bool]),
) -> Result<Vec<Row>, KpiFailure> {
    let place = |at: i32| usize::try_from(at - 1).unwrap_or_default();
    let code = |at: i32| &codes[asked[place(at)].metric];
    let known = sqlx::query!(
        r#"select metric, array_agg(org_id order by org_id) as "units!", array_agg(first_day order by org_id) as "days!"
        from baton.fact_unit where metric = any ($1) group by metric"#,
        &named(codes, asked)
    )
    .fetch_all(&mut *db)
    .await?;
    let known: HashMap<&str, _> = known.iter().map(|row| (row.metric.as_str(), row)).collect();
    let (mut ats, mut metrics, mut orgs, mut before) = (vec![], vec![], vec![], vec![]);
    for sheet in sheets.iter().filter(|sheet| !flows[place(sheet.at)]) {
        let Some(units) = known.get(code(sheet.at).as_str()) else { continue };
        let there = layouts.get(&sheet.layout).map_or(&[][..], Vec::as_slice);
        for (&unit, &first) in units.units.iter().zip(&units.days) {
            if first < sheet.day && there.binary_search(&unit).is_err() {
                ats.push(sheet.at);
                metrics.push(code(sheet.at).clone());
                orgs.push(unit);
                before.push(sheet.day);
            }
        }
    }
    if ats.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as!(
        Row,
        r#"select a.at as "at!", a.org as "org!", f.day as "day!", f.value, f.numerator, f.denominator
        from unnest($1::int[], $2::text[], $3::int[], $4::date[]) as a (at, metric, org, before)
        cross join lateral (
            select k.day, k.value, k.numerator, k.denominator from baton.metric_fact k
            where k.metric = a.metric and k.org_id = a.org and k.day < a.before
            order by k.day desc limit 1
        ) f"#,
        &ats,
        &metrics,
        &orgs,
        &before
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

/// A flow's facts of the days of a period, added up for each unit.
async fn summed(
    db: &mut PgConnection,
    codes: &[String],
    asked: &[Asked],
) -> Result<Vec<Row>, KpiFailure> {
    let rows = sqlx::query_as!(
        Row,
        r#"select m.at::int as "at!", f.org_id as "org!", max(f.day) as "day!", sum(f.value)::bigint as value,
            sum(f.numerator)::bigint as numerator, sum(f.denominator)::bigint as denominator
        from unnest($1::text[], $2::date[], $3::date[]) with ordinality as m (code, start, last, at)
        join baton.metric_fact f on f.metric = m.code and f.day between m.start and m.last
        join baton.org_unit u on u.id = f.org_id
        where u.closed_on is null or f.day < u.closed_on
        group by 1, 2"#,
        &named(codes, asked),
        &starts(asked),
        &ends(asked)
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

/// A stock's mean over the days of a period for each unit, every day with what stood on it; days before a unit's first
/// fact do not count. Of a ratio that is kept in two parts each part is added up over these days: their quotient is that of the
/// whole period, and a unit weighs as much as its days.
async fn meant(
    db: &mut PgConnection,
    codes: &[String],
    asked: &[Asked],
) -> Result<Vec<Row>, KpiFailure> {
    let rows = sqlx::query_as!(
        Row,
        r#"with facts as (
            select m.at, m.start, m.last, u.id as org_id, u.closed_on, f.day, f.value, f.numerator, f.denominator
            from unnest($1::text[], $2::date[], $3::date[]) with ordinality as m (code, start, last, at)
            cross join baton.org_unit u
            cross join lateral (
                (select f.day, f.value, f.numerator, f.denominator from baton.metric_fact f
                 where f.metric = m.code and f.org_id = u.id and f.day < m.start order by f.day desc limit 1)
                union all
                (select f.day, f.value, f.numerator, f.denominator from baton.metric_fact f
                 where f.metric = m.code and f.org_id = u.id and f.day between m.start and m.last)
            ) f
        ), stood as (
            select f.*, greatest(f.day, f.start) as since,
                least(coalesce(lead(f.day) over (partition by f.at, f.org_id order by f.day), f.last + 1), coalesce(f.closed_on, 'infinity')) as until
            from facts f
        )
        select s.at::int as "at!", s.org_id as "org!", max(s.day) as "day!",
            round(sum(s.value::numeric * (s.until - s.since)) / sum(s.until - s.since))::bigint as value,
            sum(s.numerator::numeric * (s.until - s.since))::bigint as numerator,
            sum(s.denominator::numeric * (s.until - s.since))::bigint as denominator
        from stood s where s.until > s.since and coalesce(s.value, s.numerator) is not null
        group by 1, 2"#,
        &named(codes, asked),
        &starts(asked),
        &ends(asked)
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}
