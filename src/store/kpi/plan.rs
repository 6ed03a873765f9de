//! What metrics have reached of their plans, for every unit at once: the same figures as those of a unit's metric tree.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::facts::{self, Day};
use super::question::Question;
use super::{KpiFailure, Opened, open, part_of};
use crate::domain::clean::clean;
use crate::domain::metric::{Kind, Value, compare, period};
use crate::domain::score::Figure;

/// A unit's plan of a metric: the first day of its period, and what is expected by the day that is asked for.
struct Planned {
    metric: usize,
    org: i32,
    start: NaiveDate,
    expected: i64,
}

/// By metric and unit, what was reached up to `on` and what the shortest plan around that day expects by then. Metrics that
/// are not there any more, and units without a plan, are not in it.
///
/// # Errors
/// [`KpiFailure`]
pub async fn plans(
    db: &mut PgConnection,
    metrics: &[String],
    on: NaiveDate,
) -> Result<HashMap<(String, i32), Figure>, KpiFailure> {
    let mut db = Question::begin(db).await?;
    let mut opened = open(&mut db).await?;
    let known = metrics.iter().filter_map(|code| opened.ledger.metric(&clean(code)).ok());
    let known: Vec<usize> = known.collect();
    let tree = opened.ledger.tree();
    let mut bases: Vec<usize> = known.iter().flat_map(|&metric| tree.bases(metric)).collect();
    bases.sort_unstable();
    bases.dedup();
    facts::add(&mut db, &mut opened, &bases, vec![Day::plain(on)]).await?;
    let planned = planned(&mut db, &opened, &known, on).await?;
    let flows = flows(&mut db, &opened, &planned, on).await?;
    db.commit().await?;
    let ledger = &opened.ledger;
    let units: HashMap<i32, usize> =
        (0..ledger.units()).map(|unit| (ledger.org(unit).id.0, unit)).collect();
    let figure = |plan: &Planned| {
        let metric = ledger.tree().metric(plan.metric);
        let reached = match metric.kind {
            Kind::Flow => flows.get(&(plan.metric, plan.org)).copied()?,
            _ => match ledger.value(plan.metric, 0, &ledger.under(*units.get(&plan.org)?))? {
                Value::Whole(value) => value,
                Value::Number(_) => return None,
            },
        };
        let figure = Figure { numerator: reached, denominator: plan.expected };
        Some(((metric.code.clone(), plan.org), figure))
    };
    Ok(planned.iter().filter_map(figure).collect())
}

/// The shortest plan around the day of each unit and metric.
async fn planned(
    db: &mut PgConnection,
    opened: &Opened,
    metrics: &[usize],
    on: NaiveDate,
) -> Result<Vec<Planned>, KpiFailure> {
    let works = &opened.works;
    let codes: Vec<String> = metrics.iter().map(|&metric| opened.codes[metric].clone()).collect();
    let rows = sqlx::query!(
        r#"select t.metric, t.org_id, array_agg(t.period order by t.period) as "periods!",
                  array_agg(t.value order by t.period) as "values!"
           from baton.target t where t.metric = any ($1) group by t.metric, t.org_id"#,
        &codes
    )
    .fetch_all(db)
    .await?;
    let plan = |metric: usize, org: i32, periods: &[String], values: &[i64]| {
        let (at, start) = period::around(periods.iter().map(String::as_str), on)?;
        let of = opened.ledger.tree().metric(metric);
        let passed = period::days(&periods[at]).map_or(1_000_000, |days| {
            compare::passed_ppm(days, on, of.over.workdays, &|day| works.on(day))
        });
        let flow = of.kind == Kind::Flow;
        let expected = if flow { part_of(values[at], passed) } else { values[at] };
        Some(Planned { metric, org, start, expected })
    };
    let plans = rows.iter().filter_map(|row| {
        let metric = metrics.iter().find(|&&metric| opened.codes[metric] == row.metric)?;
        plan(*metric, row.org_id, &row.periods, &row.values)
    });
    Ok(plans.collect())
}

/// What came of a flow in each unit and those below it since its plan began.
async fn flows(
    db: &mut PgConnection,
    opened: &Opened,
    planned: &[Planned],
    on: NaiveDate,
) -> Result<HashMap<(usize, i32), i64>, KpiFailure> {
    let is_flow = |plan: &&Planned| opened.ledger.tree().metric(plan.metric).kind == Kind::Flow;
    let of_flows: Vec<&Planned> = planned.iter().filter(is_flow).collect();
    if of_flows.is_empty() {
        return Ok(HashMap::new());
    }
    let codes: Vec<String> =
        of_flows.iter().map(|plan| opened.codes[plan.metric].clone()).collect();
    let orgs: Vec<i32> = of_flows.iter().map(|plan| plan.org).collect();
    let starts: Vec<NaiveDate> = of_flows.iter().map(|plan| plan.start).collect();
    let rows = sqlx::query!(
        r#"select a.at::int as "at!", sum(f.value)::bigint as "so_far!"
           from unnest($1::text[], $2::int[], $3::date[]) with ordinality as a (code, org, start, at)
           join baton.org_unit u on u.path @> array[a.org]
           join baton.metric_fact f on f.metric = a.code and f.org_id = u.id and f.day between a.start and $4
           where f.value is not null group by a.at"#,
        &codes,
        &orgs,
        &starts,
        on
    )
    .fetch_all(db)
    .await?;
    let of = |at: i32| of_flows[usize::try_from(at - 1).unwrap_or_default()];
    Ok(rows.into_iter().map(|row| ((of(row.at).metric, of(row.at).org), row.so_far)).collect())
}
