//! KPI questions: the metric tree, values by unit and day, and why they moved.
//!
//! A question reads the facts of its days in a few queries, whatever the number of units, and computes the rest in
//! memory. It costs one range of the key per metric and day, as long as there are units, and one descent of an
//! index per month of history for each unit that has no fact on the metric's last day.

mod asked;
mod days;
pub mod definition;
pub mod explain;
mod facts;
mod gaps;
pub mod grid;
pub mod headline;
mod opened;
pub mod plan;
pub mod question;
mod restated;
pub mod targets;
pub mod touching;
pub mod watch;

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;

use self::facts::Day;
use self::opened::{Opened, Workdays, open};
use self::question::Question;
use super::StoreError;
use super::segment::SegmentError;
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::metric::compare::{self, Against, Compare, Taken};
use crate::domain::metric::error::KpiError;
use crate::domain::metric::ledger::share;
use crate::domain::metric::tree::Tree;
use crate::domain::metric::{Kind, KpiSheet, KpiValue, TargetPace, Value, period, previous_day};
use crate::msg;

/// Why a KPI question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum KpiFailure {
    /// The question has no answer in these data.
    #[error(transparent)]
    Kpi(#[from] KpiError),
    /// A segment or an attribute that it is split over.
    #[error(transparent)]
    Segment(SegmentError),
    /// What of customers' records adds up to a metric is not written like this.
    #[error("{0} is no measure")]
    Measure(String),
    /// A definition says nothing, or nobody answers for it.
    #[error("a definition has a text and an owner")]
    Empty,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SegmentError> for KpiFailure {
    fn from(error: SegmentError) -> Self {
        match error {
            SegmentError::Store(error) => Self::Store(error),
            other => Self::Segment(other),
        }
    }
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
            Self::Segment(error) => error.message(),
            Self::Measure(text) => {
                Message::new(msg!("kpi.wrong-measure")).with("measure", text.as_str())
            }
            Self::Empty => msg!("kpi.empty-definition").into(),
            Self::Store(error) => error.message(),
        }
    }
}

/// What is asked of the metric trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetAsked {
    /// The unit's code; none for the root.
    pub org: Option<String>,
    /// The day; none for the bank's today.
    pub on: Option<NaiveDate>,
    /// The day it is compared with; none for the month before.
    pub since: Option<NaiveDate>,
    /// Held against the period before, the year before and its beginning, too: their periods are many days of flows.
    pub beside: bool,
    /// The tree of this metric only; none for all trees.
    pub root: Option<String>,
}

/// The metric trees of a unit on a day.
///
/// # Errors
/// [`KpiFailure`]
pub async fn sheet(db: &mut PgConnection, asked: &SheetAsked) -> Result<KpiSheet, KpiFailure> {
    let SheetAsked { org, on, since, beside, root } = asked;
    let (org, on, since, beside) = (org.as_deref(), *on, *since, *beside);
    let mut db = Question::begin(db).await?;
    let mut opened = open(&mut db).await?;
    let on = on.unwrap_or(opened.bank.today);
    let previous_on = since.unwrap_or_else(|| previous_day(on));
    let unit = opened.ledger.unit(org.map(clean).as_deref())?;
    let works = opened.works.clone();
    let (shown, all) = tree_of(&opened, root.as_deref())?;
    let days = if beside {
        sheet_days(&opened, on, previous_on, &works)
    } else {
        vec![Day::plain(on), Day::plain(previous_on)]
    };
    facts::add(&mut db, &mut opened, &all, days).await?;
    let targets = targets(&mut db, &opened, unit, on, &works).await?;
    let periods = if beside { gaps::so_far(&opened, on, &works) } else { gaps::Periods::default() };
    let every: Vec<usize> = (0..opened.codes.len()).collect();
    let restated = restated::of(&mut db, &opened, (unit, 0), &every, &periods).await?;
    let missing = gaps::of(&mut db, &opened, unit, &periods, &works).await?;
    db.commit().await?;
    let ledger = &opened.ledger;
    let mut rows = ledger.rows(unit, &targets);
    rows = rows.drain(shown).collect();
    for row in &mut rows {
        let Some(metric) = ledger.tree().find(&row.metric) else { continue };
        row.against = against(&opened, metric, unit, row.target.as_ref());
        row.quality = ledger.quality(metric, 0, &ledger.under(unit));
        row.quality.restated = restated[&metric];
        row.quality.missing(missing[metric]);
    }
    let org = ledger.org(unit);
    Ok(KpiSheet {
        org: org.code.clone(),
        org_name: org.name.clone(),
        on,
        previous_on,
        currency: opened.bank.currency,
        rows,
    })
}

/// The lines of the tree of a metric, or of all trees, and the metrics whose facts they need.
fn tree_of(
    opened: &Opened,
    root: Option<&str>,
) -> Result<(std::ops::Range<usize>, Vec<usize>), KpiFailure> {
    let tree = opened.ledger.tree();
    let lines = tree.lines();
    let shown = match root {
        None => 0..lines.len(),
        Some(root) => {
            let root = opened.ledger.metric(&clean(root))?;
            let start = lines.iter().position(|line| line.0 == root).unwrap_or(0);
            let depth = lines[start].1;
            let below = lines[start + 1..].iter().take_while(|line| line.1 > depth).count();
            start..start + 1 + below
        }
    };
    let mut bases: Vec<usize> =
        lines[shown.clone()].iter().flat_map(|line| tree.bases(line.0)).collect();
    bases.sort_unstable();
    bases.dedup();
    Ok((shown, bases))
}

/// The days of a sheet: the day, the one it is compared with, and each comparison's two.
fn sheet_days(
    opened: &Opened,
    on: NaiveDate,
    previous_on: NaiveDate,
    works: &Workdays,
) -> Vec<Day> {
    let mut days = vec![Day::plain(on), Day::plain(previous_on)];
    for compare in Compare::OF_FACTS {
        let (before, now) = days::compared(opened, compare, on, works);
        days.extend([Day { on, taken: before }, Day { on, taken: now }]);
    }
    days
}

/// A value beside the others: what it is held against, over which days.
fn against(
    opened: &Opened,
    metric: usize,
    unit: usize,
    target: Option<&TargetPace>,
) -> Vec<Against> {
    let ledger = &opened.ledger;
    let units = ledger.under(unit);
    let known = Compare::OF_FACTS.iter().enumerate().filter(|_| ledger.days() > 2);
    let of_facts = known.map(|(at, &compare)| {
        let (before, now) = (2 + 2 * at, 3 + 2 * at);
        let from = ledger.taken(metric, before);
        let within = |first: &NaiveDate| {
            from.is_some_and(|from| from.start.is_some_and(|s| s < *first) && *first <= from.end)
        };
        Against {
            compare,
            from,
            facts_begin: ledger.span(metric).map(|span| span.0).filter(within),
            to: ledger.taken(metric, now),
            before: ledger.value(metric, before, &units),
            now: ledger.value(metric, now, &units),
        }
    });
    let planned = target.map(|target| Against {
        compare: Compare::Plan,
        from: target.days.map(|(start, end)| Taken { start: Some(start), end }),
        to: None,
        before: Some(Value::Whole(target.expected)),
        now: target.so_far,
        facts_begin: None,
    });
    of_facts.chain(planned).collect()
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
    let mut db = Question::begin(db).await?;
    let mut opened = open(&mut db).await?;
    let on = on.unwrap_or(opened.bank.today);
    let metric = opened.ledger.metric(&clean(metric))?;
    let unit = opened.ledger.unit(org.map(clean).as_deref())?;
    let works = opened.works.clone();
    let bases = opened.ledger.tree().bases(metric);
    let days = sheet_days(&opened, on, previous_day(on), &works);
    facts::add(&mut db, &mut opened, &bases, days).await?;
    let targets = targets(&mut db, &opened, unit, on, &works).await?;
    let periods = gaps::so_far(&opened, on, &works);
    let restated = restated::of(&mut db, &opened, (unit, 0), &[metric], &periods).await?;
    let missing = gaps::of(&mut db, &opened, unit, &periods, &works).await?;
    let code = &opened.codes[metric];
    let definition = definition::list(&mut db, Some(code)).await?.into_iter().next();
    db.commit().await?;
    let ledger = &opened.ledger;
    let units = ledger.under(unit);
    let value = ledger.value(metric, 0, &units);
    let days = value.and_then(|_| ledger.fact_days(metric, 0, &units));
    let of = ledger.tree().metric(metric);
    let mut target = targets.get(&of.code).cloned();
    if let Some(target) = &mut target {
        target.settle(of.kind, value);
    }
    let mut quality = ledger.quality(metric, 0, &units);
    quality.restated = restated[&metric];
    quality.missing(missing[metric]);
    Ok(KpiValue {
        metric: of.code.clone(),
        org: ledger.org(unit).code.clone(),
        on,
        value,
        day: days.map(|days| days.1),
        oldest_day: days.map(|days| days.0),
        kind: of.kind,
        unit: of.unit.clone(),
        against: against(&opened, metric, unit, target.as_ref()),
        quality,
        definition,
        zh: of.zh.clone(),
        en: of.en.clone(),
        currency: opened.bank.currency,
        span: ledger.span(metric),
    })
}

/// The metrics that stand, tied together: an import asks this before it commits.
///
/// # Errors
/// [`KpiError::Tree`] if a formula is wrong.
pub async fn tree(db: &mut PgConnection) -> Result<Tree, KpiFailure> {
    Ok(opened::metrics(db).await?.tree)
}

/// For each metric with a plan of this unit, the shortest period around the day; for a flow what came in it so far.
async fn targets(
    db: &mut PgConnection,
    opened: &Opened,
    unit: usize,
    on: NaiveDate,
    works: &Workdays,
) -> Result<HashMap<String, TargetPace>, KpiFailure> {
    let org = opened.ledger.org(unit).id.0;
    let rows =
        sqlx::query!("select metric, period, value from baton.target where org_id = $1", org)
            .fetch_all(&mut *db)
            .await?;
    let mut paces = HashMap::new();
    let (mut flows, mut starts) = (Vec::new(), Vec::new());
    for (metric, code) in opened.ledger.tree().metrics().iter().zip(&opened.codes) {
        let mine: Vec<_> = rows.iter().filter(|row| row.metric == *code).collect();
        let Some((at, start)) = period::around(mine.iter().map(|row| row.period.as_str()), on)
        else {
            continue;
        };
        let (period, value) = (clean(&mine[at].period).into_owned(), mine[at].value);
        let days = period::days(&mine[at].period);
        let passed_ppm = days.map_or(1_000_000, |days| {
            compare::passed_ppm(days, on, metric.over.workdays, &|day| works.on(day))
        });
        let flow = metric.kind == Kind::Flow;
        let expected = if flow { part_of(value, passed_ppm) } else { value };
        let pace = TargetPace { period, value, reached: None, days, expected, so_far: None };
        paces.insert(metric.code.clone(), pace);
        if flow {
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
            pace.so_far = Some(Value::Whole(row.so_far));
        }
    }
    Ok(paces)
}

/// What is expected of a flow's plan by now.
fn part_of(value: i64, passed_ppm: i64) -> i64 {
    let part = (i128::from(value) * i128::from(passed_ppm)).div_euclid(1_000_000);
    i64::try_from(part).unwrap_or(value)
}
