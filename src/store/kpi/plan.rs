//! What metrics have reached of their plans: of one unit for its metric tree, and of every unit at once, alike.
//!
//! A stock is held against its plan as it stands. What is made of days, a flow or a mean of days, is taken from the beginning of the
//! plan's period: a flow's facts are added up by themselves, anything else is read from a day of the ledger.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::days;
use super::facts::{self, Day};
use super::question::Question;
use super::{KpiFailure, Opened, gaps, open};
use crate::domain::clean::clean;
use crate::domain::metric::compare::Taken;
use crate::domain::metric::{Kind, TargetPace, Value, compare, period, targets};
use crate::domain::score::Figure;

/// The first and last day of a plan's period.
type Period = (NaiveDate, NaiveDate);

/// The shortest period around a day that a plan of a metric is for, by its place among those given, and how much of the plan is
/// expected by that day.
pub(super) fn shortest(
    opened: &Opened,
    metric: usize,
    periods: &[&str],
    on: NaiveDate,
) -> Option<(usize, Period, i64)> {
    let (of, works) = (opened.ledger.tree().metric(metric), |day| opened.works.on(day));
    let on = compare::stands_for(of, on, &works);
    let (at, _) = period::around(periods.iter().copied(), on)?;
    let days = period::days(periods[at])?;
    let passed = compare::passed_ppm(days, on, of.over.workdays, &works);
    Some((at, days, if of.kind == Kind::Flow { passed } else { 1_000_000 }))
}

/// Whether a metric's facts of a plan's period are added up as they are.
fn is_added_up(opened: &Opened, metric: usize) -> bool {
    let of = opened.ledger.tree().metric(metric);
    of.kind == Kind::Flow && of.has_facts
}

/// Adds a day to the ledger for each of these periods, with the metrics over it as far as `on`; gives the days' numbers.
async fn to_date(
    db: &mut PgConnection,
    opened: &mut Opened,
    wanted: &BTreeMap<Period, Vec<usize>>,
    on: NaiveDate,
) -> Result<HashMap<Period, usize>, KpiFailure> {
    let mut known = HashMap::new();
    for (&period, metrics) in wanted {
        let mut bases: Vec<usize> =
            metrics.iter().flat_map(|&metric| opened.ledger.tree().bases(metric)).collect();
        bases.sort_unstable();
        bases.dedup();
        known.insert(period, opened.ledger.days());
        let day = Day { on, taken: days::period_taken(opened, period, on) };
        facts::add(db, opened, &bases, vec![day]).await?;
    }
    Ok(known)
}

/// For each metric with a plan of this unit, or for `only` one of them, the shortest period around the day with what was reached
/// of it so far; of what is not made of days the value of the day is still to be taken.
pub(super) async fn paces(
    db: &mut PgConnection,
    opened: &mut Opened,
    unit: usize,
    on: NaiveDate,
    only: Option<usize>,
) -> Result<HashMap<String, TargetPace>, KpiFailure> {
    let org = opened.ledger.org(unit).id.0;
    let rows = sqlx::query!(
        "select metric, period, value, millionths from baton.target where org_id = $1",
        org
    )
    .fetch_all(&mut *db)
    .await?;
    let mut paces = HashMap::new();
    let mut flows = Vec::new();
    let mut wanted: BTreeMap<Period, Vec<usize>> = BTreeMap::new();
    for metric in 0..opened.ledger.tree().defined().len() {
        let (of, code) = (opened.ledger.tree().metric(metric), &opened.codes[metric]);
        let mine = rows.iter().filter(|row| row.metric == *code);
        let mine: Vec<_> = mine.filter(|_| only.is_none_or(|only| only == metric)).collect();
        let named: Vec<&str> = mine.iter().map(|row| row.period.as_str()).collect();
        let Some((at, days, ppm)) = shortest(opened, metric, &named, on) else { continue };
        let period = clean(&mine[at].period).into_owned();
        let value = targets::planned(of.kind, (mine[at].value, mine[at].millionths));
        let mut taken = None;
        if is_added_up(opened, metric) {
            let over = compare::to_date(of, days, on, &|day| opened.works.on(day));
            flows.push((metric, org, over));
            taken = Some(over);
        } else if days::over_days(opened, metric) {
            wanted.entry(days).or_default().push(metric);
        }
        let (days, expected) = (Some(days), part_of(value, ppm));
        let pace = TargetPace { period, value, reached: None, days, expected, so_far: None, taken };
        paces.insert(of.code.clone(), pace);
    }
    for ((metric, _), sum) in added_up(db, opened, &flows).await? {
        if let Some(pace) = paces.get_mut(&opened.ledger.tree().metric(metric).code) {
            pace.reach(Some(Value::Whole(sum)));
        }
    }
    let known = to_date(db, opened, &wanted, on).await?;
    let ledger = &opened.ledger;
    for (period, metrics) in wanted {
        for metric in metrics {
            let day = known[&period];
            if let Some(pace) = paces.get_mut(&ledger.tree().metric(metric).code) {
                pace.taken = ledger.taken(metric, day);
                pace.reach(ledger.value(metric, day, &ledger.under(unit)));
            }
        }
    }
    Ok(paces)
}

/// Over which days what these metrics are made of is taken for their plans.
pub(super) fn periods(
    opened: &Opened,
    metrics: &[usize],
    paces: &HashMap<String, TargetPace>,
) -> gaps::Periods {
    let tree = opened.ledger.tree();
    let mut periods = gaps::Periods::new();
    for &metric in metrics {
        let pace = paces.get(&tree.metric(metric).code);
        let Some(taken) = pace.and_then(|pace| pace.taken) else { continue };
        let Some(start) = taken.start else { continue };
        for base in tree.bases(metric).into_iter().filter(|&base| tree.metric(base).over_days()) {
            let known = periods.entry(base).or_insert((start, taken.end));
            *known = (known.0.min(start), known.1.max(taken.end));
        }
    }
    periods
}

/// What is expected of a flow's plan by now. That of anything else is expected whole.
pub(super) fn part_of(value: Value, passed_ppm: i64) -> Value {
    let Value::Whole(whole) = value else { return value };
    let part = (i128::from(whole) * i128::from(passed_ppm)).div_euclid(1_000_000);
    i64::try_from(part).map_or(value, Value::Whole)
}

/// A unit's plan of a metric: its period, and what is expected by the day that is asked for.
struct Planned {
    metric: usize,
    org: i32,
    days: Period,
    expected: Value,
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
    let day = days::single(&opened, on);
    facts::add(&mut db, &mut opened, &bases, vec![day]).await?;
    let planned = planned(&mut db, &opened, &known, on).await?;
    let flows = flows(&mut db, &opened, &planned, on).await?;
    let mut wanted: BTreeMap<Period, Vec<usize>> = BTreeMap::new();
    for plan in &planned {
        if !is_added_up(&opened, plan.metric) && days::over_days(&opened, plan.metric) {
            wanted.entry(plan.days).or_default().push(plan.metric);
        }
    }
    let of_days = to_date(&mut db, &mut opened, &wanted, on).await?;
    db.commit().await?;
    let ledger = &opened.ledger;
    let units: HashMap<i32, usize> =
        (0..ledger.units()).map(|unit| (ledger.org(unit).id.0, unit)).collect();
    let figure = |plan: &Planned| {
        let metric = ledger.tree().metric(plan.metric);
        let reached = if is_added_up(&opened, plan.metric) {
            Value::Whole(flows.get(&(plan.metric, plan.org)).copied()?)
        } else {
            let made = days::over_days(&opened, plan.metric);
            let day = if made { *of_days.get(&plan.days)? } else { 0 };
            ledger.value(plan.metric, day, &ledger.under(*units.get(&plan.org)?))?
        };
        // Points are made of whole numbers only.
        let (Value::Whole(numerator), Value::Whole(denominator)) = (reached, plan.expected) else {
            return None;
        };
        let figure = Figure { numerator, denominator };
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
        let named: Vec<&str> = periods.iter().map(String::as_str).collect();
        let (at, days, ppm) = shortest(opened, metric, &named, on)?;
        Some(Planned { metric, org, days, expected: part_of(Value::Whole(values[at]), ppm) })
    };
    let plans = rows.iter().filter_map(|row| {
        let metric = metrics.iter().find(|&&metric| opened.codes[metric] == row.metric)?;
        plan(*metric, row.org_id, &row.periods, &row.values)
    });
    Ok(plans.collect())
}

/// What came of flows in each unit and those below it since their plans began.
async fn flows(
    db: &mut PgConnection,
    opened: &Opened,
    planned: &[Planned],
    on: NaiveDate,
) -> Result<HashMap<(usize, i32), i64>, KpiFailure> {
    let of = |plan: &Planned| {
        let metric = opened.ledger.tree().metric(plan.metric);
        let over = compare::to_date(metric, plan.days, on, &|day| opened.works.on(day));
        (plan.metric, plan.org, over)
    };
    let all = planned.iter().filter(|plan| is_added_up(opened, plan.metric));
    added_up(db, opened, &all.map(of).collect::<Vec<_>>()).await
}

/// The facts of flows under units, added up over days.
async fn added_up(
    db: &mut PgConnection,
    opened: &Opened,
    asked: &[(usize, i32, Taken)],
) -> Result<HashMap<(usize, i32), i64>, KpiFailure> {
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let codes: Vec<String> =
        asked.iter().map(|(metric, ..)| opened.codes[*metric].clone()).collect();
    let orgs: Vec<i32> = asked.iter().map(|(_, org, _)| *org).collect();
    let starts: Vec<NaiveDate> =
        asked.iter().map(|(.., taken)| taken.start.unwrap_or(taken.end)).collect();
    let ends: Vec<NaiveDate> = asked.iter().map(|(.., taken)| taken.end).collect();
    let rows = sqlx::query!(
        r#"select a.at::int as "at!", sum(f.value)::bigint as "so_far!"
           from unnest($1::text[], $2::int[], $3::date[], $4::date[]) with ordinality as a (code, org, start, last, at)
           join baton.org_unit u on u.path @> array[a.org]
           join baton.metric_fact f on f.metric = a.code and f.org_id = u.id and f.day between a.start and a.last
           where f.value is not null group by a.at"#,
        &codes,
        &orgs,
        &starts,
        &ends
    )
    .fetch_all(db)
    .await?;
    let of = |at: i32| asked[usize::try_from(at - 1).unwrap_or_default()];
    Ok(rows.into_iter().map(|row| ((of(row.at).0, of(row.at).1), row.so_far)).collect())
}
