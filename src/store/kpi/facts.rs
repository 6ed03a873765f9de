//! The facts that stand on some days, read for all units at once.
//!
//! A day costs one sheet per metric, and one descent of an index per month of history for each unit that is not on
//! the sheet but has earlier facts. A period costs as many rows as it has days and units.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::KpiFailure;
use super::opened::Opened;
use crate::domain::id::OrgId;
use crate::domain::metric::Kind;
use crate::domain::metric::compare::Taken;
use crate::domain::metric::ledger::{Amount, Cell, Ledger};

/// A day of the ledger to be: what it is called, and over which other days some metrics are taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Day {
    pub(super) on: NaiveDate,
    pub(super) taken: HashMap<usize, Taken>,
}

impl Day {
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

fn amount(value: Option<i64>, numerator: Option<i64>, denominator: Option<i64>) -> Option<Amount> {
    match (value, numerator, denominator) {
        (Some(value), ..) => Some(Amount::Value(value)),
        (None, Some(numerator), Some(denominator)) => {
            Some(Amount::Ratio { numerator, denominator })
        }
        _ => None,
    }
}

/// The cells of the ledger's days to be, by day and metric.
struct Cells(Vec<Vec<Vec<Cell>>>);

impl Cells {
    fn of(&mut self, asked: &[Asked], at: i32) -> &mut Vec<Cell> {
        let of = &asked[place(at)];
        &mut self.0[of.at][of.metric]
    }

    fn take(&mut self, ledger: &Ledger, asked: &[Asked], rows: Vec<Row>) {
        for row in rows {
            let amount = amount(row.value, row.numerator, row.denominator);
            if let Some((unit, amount)) = ledger.position(OrgId(row.org)).zip(amount) {
                self.of(asked, row.at).push(Cell { unit, day: row.day, amount });
            }
        }
    }
}

/// Where a question stands among those that were asked: the database counts from one.
fn place(at: i32) -> usize {
    usize::try_from(at - 1).unwrap_or_default()
}

/// Adds `days` to the ledger with the facts of `metrics`.
pub(super) async fn add(
    db: &mut PgConnection,
    opened: &mut Opened,
    metrics: &[usize],
    days: Vec<Day>,
) -> Result<(), KpiFailure> {
    let (mut points, mut sums, mut means) = (Vec::new(), Vec::new(), Vec::new());
    let (tree, codes) = (opened.ledger.tree(), &opened.codes);
    for (at, day) in days.iter().enumerate() {
        for &metric in metrics {
            let taken = day.of(metric);
            let asked = Asked { at, metric, taken };
            match (taken.start, tree.metric(metric).kind) {
                (None, _) => points.push(asked),
                (Some(_), Kind::Flow) => sums.push(asked),
                (Some(_), Kind::Stock | Kind::Ratio) => means.push(asked),
            }
        }
    }
    let mut cells = Cells(vec![vec![Vec::new(); tree.metrics().len()]; days.len()]);
    if !points.is_empty() {
        standing(db, opened, &points, &mut cells).await?;
    }
    if !sums.is_empty() {
        cells.take(&opened.ledger, &sums, summed(db, codes, &sums).await?);
    }
    if !means.is_empty() {
        cells.take(&opened.ledger, &means, meant(db, codes, &means).await?);
    }
    for (day, cells) in days.into_iter().zip(cells.0) {
        opened.ledger.add_cells(day.on, day.taken, cells);
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

/// A metric's facts of one day, the units' beside each other; and whom the metric's facts reach at all.
struct Sheet {
    at: i32,
    day: NaiveDate,
    layout: i32,
    reach: Option<i32>,
    vals: Option<Vec<Option<i64>>>,
    numerators: Option<Vec<Option<i64>>>,
    denominators: Option<Vec<Option<i64>>>,
}

/// A unit of a layout: where it stands on the sheets, where in the ledger, and when it was closed.
struct Seat {
    at: usize,
    unit: usize,
    closed: Option<NaiveDate>,
}

/// What stands on a day: a flow's fact of that day, each unit's last fact of anything else.
///
/// A unit that has been closed keeps its facts on the days before; after, only what was delivered later counts.
async fn standing(
    db: &mut PgConnection,
    opened: &Opened,
    asked: &[Asked],
    cells: &mut Cells,
) -> Result<(), KpiFailure> {
    let tree = opened.ledger.tree();
    let flows: Vec<bool> =
        asked.iter().map(|one| tree.metric(one.metric).kind == Kind::Flow).collect();
    let sheets = sqlx::query_as!(
        Sheet,
        r#"select m.at::int as "at!", s.day, s.layout, r.layout as "reach?", s.vals as "vals: _",
            s.numerators as "numerators: _", s.denominators as "denominators: _"
        from unnest($1::text[], $2::bool[], $3::date[]) with ordinality as m (code, flow, day, at)
        cross join lateral (
            select * from baton.fact_sheet k
            where k.metric = m.code and k.day <= m.day and (not m.flow or k.day = m.day)
            order by k.day desc limit 1
        ) s
        left join baton.fact_reach r on r.metric = m.code"#,
        &named(&opened.codes, asked),
        &flows,
        &ends(asked)
    )
    .fetch_all(&mut *db)
    .await?;
    let layouts = layouts(db, &sheets).await?;
    let seats: HashMap<i32, Vec<Seat>> =
        layouts.iter().map(|(&layout, units)| (layout, seats(opened, units))).collect();
    for sheet in &sheets {
        let part = |parts: &Option<Vec<Option<i64>>>, at: usize| {
            parts.as_ref().and_then(|parts| parts.get(at).copied().flatten())
        };
        let asked_on = asked[place(sheet.at)].taken.end;
        let counts = |seat: &&Seat| {
            seat.closed.is_none_or(|closed| asked_on < closed || sheet.day >= closed)
        };
        let seats = seats.get(&sheet.layout).map_or(&[][..], Vec::as_slice);
        let cell = |seat: &Seat| {
            let part = |parts| part(parts, seat.at);
            let amount =
                amount(part(&sheet.vals), part(&sheet.numerators), part(&sheet.denominators))?;
            Some(Cell { unit: seat.unit, day: sheet.day, amount })
        };
        cells.of(asked, sheet.at).extend(seats.iter().filter(counts).filter_map(cell));
    }
    let late = late(db, opened, asked, (&sheets, &layouts, &flows)).await?;
    cells.take(&opened.ledger, asked, late);
    Ok(())
}

/// The units of the layouts that these sheets have, and of those that their metrics reach.
async fn layouts(
    db: &mut PgConnection,
    sheets: &[Sheet],
) -> Result<HashMap<i32, Vec<i32>>, KpiFailure> {
    let mut layouts: Vec<i32> =
        sheets.iter().flat_map(|sheet| [Some(sheet.layout), sheet.reach]).flatten().collect();
    layouts.sort_unstable();
    layouts.dedup();
    let rows =
        sqlx::query!("select id, units from baton.fact_layout where id = any ($1)", &layouts);
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.id, row.units)).collect())
}

/// The units of a layout that the bank has, in the ledger's order.
fn seats(opened: &Opened, units: &[i32]) -> Vec<Seat> {
    let seat = |(at, id): (usize, &i32)| {
        let unit = opened.ledger.position(OrgId(*id))?;
        Some(Seat { at, unit, closed: opened.closed.get(id).copied() })
    };
    let mut seats: Vec<Seat> = units.iter().enumerate().filter_map(seat).collect();
    seats.sort_unstable_by_key(|seat| seat.unit);
    seats
}

/// The last facts of the units that are not on a sheet but have earlier ones.
async fn late(
    db: &mut PgConnection,
    opened: &Opened,
    asked: &[Asked],
    (sheets, layouts, flows): (&[Sheet], &HashMap<i32, Vec<i32>>, &[bool]),
) -> Result<Vec<Row>, KpiFailure> {
    let (mut ats, mut metrics, mut orgs) = (vec![], vec![], vec![]);
    let (mut since, mut before) = (vec![], vec![]);
    for sheet in sheets.iter().filter(|sheet| !flows[place(sheet.at)]) {
        let Some(reach) = sheet.reach.filter(|reach| *reach != sheet.layout) else { continue };
        let units = |layout: i32| layouts.get(&layout).map_or(&[][..], Vec::as_slice);
        let there = units(sheet.layout);
        let of = &asked[place(sheet.at)];
        for &unit in units(reach).iter().filter(|unit| there.binary_search(unit).is_err()) {
            let closed = opened.closed.get(&unit).copied();
            ats.push(sheet.at);
            metrics.push(opened.codes[of.metric].clone());
            orgs.push(unit);
            // Of a unit that is closed by then, only what was delivered later counts.
            since.push(closed.filter(|closed| of.taken.end >= *closed));
            before.push(sheet.day);
        }
    }
    if ats.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as!(
        Row,
        r#"select a.at as "at!", a.org as "org!", f.day as "day!", f.value, f.numerator, f.denominator
        from unnest($1::int[], $2::text[], $3::int[], $4::date[], $5::date[]) as a (at, metric, org, since, before)
        join baton.fact_unit u on u.metric = a.metric and u.org_id = a.org and u.first_day < a.before
        cross join lateral (
            select k.day, k.value, k.numerator, k.denominator from baton.metric_fact k
            where k.metric = a.metric and k.org_id = a.org and k.day < a.before and k.day >= coalesce(a.since, '-infinity')
            order by k.day desc limit 1
        ) f"#,
        &ats,
        &metrics,
        &orgs,
        &since as &[Option<NaiveDate>],
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
