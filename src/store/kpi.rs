//! KPI questions: the metric tree, values by unit and day, and why they moved.
//!
//! A question reads the facts of its days in one query, whatever the number of units, and computes the rest in
//! memory. It costs one range of the key per metric and day, as long as there are units, and one descent of an
//! index per month of history for each unit that has no fact on the metric's last day.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

use super::{StoreError, bank};
use crate::domain::clean::clean;
use crate::domain::decomposition::explain as split;
use crate::domain::decomposition::{By, Explanation};
use crate::domain::id::OrgId;
use crate::domain::message::Message;
use crate::domain::metric::error::KpiError;
use crate::domain::metric::ledger::{Amount, Fact, Ledger, share};
use crate::domain::metric::tree::{Terms, Tree};
use crate::domain::metric::{
    Kind, KpiSheet, KpiValue, Metric, TargetPace, Value, period, previous_day,
};
use crate::domain::money::Currency;

/// Why a KPI question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum KpiFailure {
    /// The question has no answer in these data.
    #[error(transparent)]
    Kpi(#[from] KpiError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for KpiFailure {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl KpiFailure {
    /// What to tell the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Kpi(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// The metric tree of a unit (none: the root) on a day (none: the bank's today), compared with the month before.
///
/// # Errors
/// [`KpiFailure`]
pub async fn sheet(
    db: &mut PgConnection,
    org: Option<&str>,
    on: Option<NaiveDate>,
) -> Result<KpiSheet, KpiFailure> {
    sheet_since(db, org, on, None).await
}

/// The same, compared with a day of the caller's choice (none: the month before).
///
/// # Errors
/// [`KpiFailure`]
pub async fn sheet_since(
    db: &mut PgConnection,
    org: Option<&str>,
    on: Option<NaiveDate>,
    since: Option<NaiveDate>,
) -> Result<KpiSheet, KpiFailure> {
    let mut db = reading(db).await?;
    let bank = bank(&mut db).await?;
    let on = on.unwrap_or(bank.today);
    let previous_on = since.unwrap_or_else(|| previous_day(on));
    let (mut ledger, codes) = open(&mut db, &bank).await?;
    let unit = ledger.unit(org.map(clean).as_deref())?;
    let all: Vec<usize> = (0..codes.len()).collect();
    add_days(&mut db, &mut ledger, &codes, &all, &[on, previous_on]).await?;
    let targets = targets(&mut db, &ledger, &codes, unit, on).await?;
    db.commit().await?;
    let org = ledger.org(unit);
    Ok(KpiSheet {
        org: org.code.clone(),
        org_name: org.name.clone(),
        on,
        previous_on,
        currency: bank.currency,
        rows: ledger.rows(unit, &targets),
    })
}

/// One metric of a unit (none: the root) on a day (none: the bank's today).
///
/// # Errors
/// [`KpiFailure`]; no facts on that day are no error, but a value that is missing.
pub async fn value(
    db: &mut PgConnection,
    metric: &str,
    org: Option<&str>,
    on: Option<NaiveDate>,
) -> Result<KpiValue, KpiFailure> {
    let mut db = reading(db).await?;
    let bank = bank(&mut db).await?;
    let on = on.unwrap_or(bank.today);
    let (mut ledger, codes) = open(&mut db, &bank).await?;
    let (metric, unit) = (ledger.metric(&clean(metric))?, ledger.unit(org.map(clean).as_deref())?);
    let bases = ledger.tree().bases(metric);
    add_days(&mut db, &mut ledger, &codes, &bases, &[on]).await?;
    db.commit().await?;
    let units = ledger.under(unit);
    let value = ledger.value(metric, 0, &units);
    let days = value.and_then(|_| ledger.fact_days(metric, 0, &units));
    let of = ledger.tree().metric(metric);
    Ok(KpiValue {
        metric: of.code.clone(),
        org: ledger.org(unit).code.clone(),
        on,
        value,
        day: days.map(|days| days.1),
        oldest_day: days.map(|days| days.0),
        kind: of.kind,
        unit: of.unit.clone(),
        zh: of.zh.clone(),
        en: of.en.clone(),
        currency: bank.currency,
        span: ledger.span(metric),
    })
}

/// Why a metric of a unit (none: the root) moved between two days, with the bank's money for showing it.
///
/// # Errors
/// [`KpiFailure`] says which fact is missing or which method would be needed.
pub async fn explain(
    db: &mut PgConnection,
    metric: &str,
    org: Option<&str>,
    days: (NaiveDate, NaiveDate),
    by: By,
) -> Result<(Explanation, Currency), KpiFailure> {
    let mut db = reading(db).await?;
    let bank = bank(&mut db).await?;
    let (mut ledger, codes) = open(&mut db, &bank).await?;
    let (metric, unit) = (ledger.metric(&clean(metric))?, ledger.unit(org.map(clean).as_deref())?);
    let tree = ledger.tree();
    let mut bases = tree.bases(metric);
    if by == By::Factor {
        let factors = tree.formula(metric).map(Terms::metrics).unwrap_or_default();
        bases.extend(factors.into_iter().flat_map(|factor| tree.bases(factor)));
    }
    bases.sort_unstable();
    bases.dedup();
    add_days(&mut db, &mut ledger, &codes, &bases, &[days.0, days.1]).await?;
    db.commit().await?;
    Ok((split::explain(&ledger, metric, unit, by)?, bank.currency))
}

/// The metrics that stand, tied together: an import asks this before it commits.
///
/// # Errors
/// [`KpiError::Tree`] if a formula is wrong.
pub async fn tree(db: &mut PgConnection) -> Result<Tree, KpiFailure> {
    Ok(metrics(db).await?.0)
}

/// One moment of the database for all of a question's reads, so that an import beside it changes nothing.
async fn reading(
    db: &mut PgConnection,
) -> Result<sqlx::Transaction<'_, sqlx::Postgres>, KpiFailure> {
    let mut db = db.begin_with("begin isolation level repeatable read read only").await?;
    // Compiling the plan over all months takes longer than running it.
    sqlx::query("set local jit = off").execute(&mut *db).await?;
    Ok(db)
}

struct Bank {
    today: NaiveDate,
    currency: Currency,
}

async fn bank(db: &mut PgConnection) -> Result<Bank, KpiFailure> {
    let row = sqlx::query!(r#"select baton.today() as "today!", currency from baton.bank"#)
        .fetch_optional(db)
        .await?;
    let bank = row.and_then(|row| {
        Some(Bank { today: row.today, currency: Currency::from_code(&row.currency)? })
    });
    Ok(bank.ok_or(KpiError::NoBank)?)
}

type Spans = Vec<Option<(NaiveDate, NaiveDate)>>;

/// The tree, when each metric's facts begin and end, and the codes as the database writes them.
async fn metrics(db: &mut PgConnection) -> Result<(Tree, Spans, Vec<String>), KpiFailure> {
    let rows = sqlx::query!(
        "select m.code, m.zh, m.en, m.kind, m.unit, m.formula,
            (select min(f.day) from baton.metric_fact f where f.metric = m.code) as first,
            (select max(f.day) from baton.metric_fact f where f.metric = m.code) as last,
            (select f.numerator is not null from baton.metric_fact f where f.metric = m.code
                order by f.day desc limit 1) as in_parts
        from baton.metric m order by m.ordinal, m.code"
    )
    .fetch_all(db)
    .await?;
    let spans: Spans = rows.iter().map(|row| row.first.zip(row.last)).collect();
    let codes = rows.iter().map(|row| row.code.clone()).collect();
    let text = |text: &str| clean(text).into_owned();
    let metric = rows.iter().map(|row| Metric {
        code: text(&row.code),
        zh: text(&row.zh),
        en: text(&row.en),
        // What is delivered in two parts is a ratio, whatever it was called.
        kind: match row.in_parts {
            Some(true) => Kind::Ratio,
            _ => Kind::parse(&row.kind).unwrap_or(Kind::Stock),
        },
        unit: row.unit.as_deref().map(text),
        formula: row.formula.as_deref().map(text).filter(|formula| !formula.trim().is_empty()),
        has_facts: row.first.is_some(),
    });
    let tree = Tree::new(metric.collect()).map_err(KpiError::from)?;
    Ok((tree, spans, codes))
}

/// The tree and the units, closed ones too: on old days they still count.
async fn open(db: &mut PgConnection, bank: &Bank) -> Result<(Ledger, Vec<String>), KpiFailure> {
    let (tree, spans, codes) = metrics(db).await?;
    let units = bank::units(db, true).await?;
    Ok((Ledger::new(tree, bank.currency.scale(), units, spans), codes))
}

/// Reads the facts of `metrics` that stand on each of `days`, in one query.
///
/// A unit that has been closed keeps its facts on the days before; after, only what was delivered later counts.
async fn add_days(
    db: &mut PgConnection,
    ledger: &mut Ledger,
    codes: &[String],
    metrics: &[usize],
    days: &[NaiveDate],
) -> Result<(), KpiFailure> {
    let asked: Vec<String> = metrics.iter().map(|&metric| codes[metric].clone()).collect();
    let is_flow = |&metric: &usize| ledger.tree().metric(metric).kind == Kind::Flow;
    let flows: Vec<bool> = metrics.iter().map(is_flow).collect();
    let rows = sqlx::query!(
        r#"with asked as materialized (
            select m.at as metric, d.at as asked, m.code, m.flow, d.day as asked_on,
                case when m.flow then d.day else (
                    select f.day from baton.metric_fact f
                    where f.metric = m.code and f.day <= d.day
                    order by f.day desc limit 1
                ) end as day
            from unnest($1::text[], $2::bool[]) with ordinality as m (code, flow, at)
            cross join unnest($3::date[]) with ordinality as d (day, at)
        ), here as materialized (
            select a.metric, a.asked, a.asked_on, f.org_id, f.day, f.value, f.numerator, f.denominator
            from asked a join baton.metric_fact f on f.metric = a.code and f.day = a.day
        ), late as (
            select a.metric, a.asked, a.asked_on, u.id, f.day, f.value, f.numerator, f.denominator
            from asked a
            cross join baton.org_unit u
            cross join lateral (
                select f.day, f.value, f.numerator, f.denominator
                from baton.metric_fact f
                where f.metric = a.code and f.org_id = u.id and f.day < a.day
                order by f.day desc limit 1
            ) f
            where not a.flow and not exists (
                select from here h
                where h.metric = a.metric and h.asked = a.asked and h.org_id = u.id
            )
        )
        select f.metric::int as "metric!", f.asked::int as "asked!", f.org_id as "org!",
            f.day as "day!", f.value, f.numerator, f.denominator
        from (select * from here union all select * from late) f
        join baton.org_unit u on u.id = f.org_id
        where u.closed_on is null or f.asked_on < u.closed_on or f.day >= u.closed_on"#,
        &asked,
        &flows,
        days
    )
    .fetch_all(db)
    .await?;
    let mut facts: Vec<Vec<Fact>> = vec![Vec::new(); days.len()];
    let place = |at: i32| usize::try_from(at - 1).unwrap_or_default();
    for row in rows {
        let amount = match (row.value, row.numerator, row.denominator) {
            (Some(value), ..) => Amount::Value(value),
            (None, Some(numerator), Some(denominator)) => Amount::Ratio { numerator, denominator },
            _ => continue,
        };
        let (metric, org) = (metrics[place(row.metric)], OrgId(row.org));
        facts[place(row.asked)].push(Fact { metric, org, day: row.day, amount });
    }
    for (&day, facts) in days.iter().zip(&facts) {
        ledger.add_day(day, facts);
    }
    Ok(())
}

/// For each metric with a plan of this unit, the shortest period around the day; for a flow what came in it so far.
async fn targets(
    db: &mut PgConnection,
    ledger: &Ledger,
    codes: &[String],
    unit: usize,
    on: NaiveDate,
) -> Result<HashMap<String, TargetPace>, KpiFailure> {
    let org = ledger.org(unit).id.0;
    let rows =
        sqlx::query!("select metric, period, value from baton.target where org_id = $1", org)
            .fetch_all(&mut *db)
            .await?;
    let mut paces = HashMap::new();
    let (mut flows, mut starts) = (Vec::new(), Vec::new());
    for (metric, code) in ledger.tree().metrics().iter().zip(codes) {
        let mine: Vec<_> = rows.iter().filter(|row| row.metric == *code).collect();
        let Some((at, start)) = period::around(mine.iter().map(|row| row.period.as_str()), on)
        else {
            continue;
        };
        let (period, value) = (clean(&mine[at].period).into_owned(), mine[at].value);
        paces.insert(metric.code.clone(), TargetPace { period, value, reached: None });
        if metric.kind == Kind::Flow {
            flows.push(code.clone());
            starts.push(start);
        }
    }
    if flows.is_empty() {
        return Ok(paces);
    }
    let sums = sqlx::query!(
        r#"select m.code as "code!", sum(f.value)::bigint as "so_far!"
        from unnest($1::text[], $2::date[]) as m (code, start)
        join baton.metric_fact f on f.metric = m.code and f.day between m.start and $3
        join baton.org_unit u on u.id = f.org_id
        where u.path @> array[$4::int] and f.value is not null
        group by m.code"#,
        &flows,
        &starts,
        on,
        org
    )
    .fetch_all(db)
    .await?;
    for row in sums {
        if let Some(pace) = paces.get_mut(&*clean(&row.code)) {
            pace.reached = share(Value::Whole(row.so_far), pace.value);
        }
    }
    Ok(paces)
}
