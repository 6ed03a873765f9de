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
mod lowest;
mod opened;
pub mod plan;
pub mod question;
mod restated;
mod sight;
pub mod spans;
pub mod targets;
pub mod touching;
pub mod watch;

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;

use self::facts::Day;
use self::gaps::Lacking;
use self::opened::{Opened, Workdays, open};
use self::question::Question;
use super::StoreError;
use super::segment::SegmentError;
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::metric::compare::{Against, Compare, Taken};
use crate::domain::metric::error::KpiError;
use crate::domain::metric::remark::Remarks;
use crate::domain::metric::tree::Tree;
use crate::domain::metric::{KpiSheet, KpiValue, Quality, TargetPace, previous_day};
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
    /// No product is of this class.
    #[error("no product is of class {class}")]
    Class {
        /// What was asked for.
        class: String,
        /// The class that is most like it.
        like: Option<String>,
        /// Those that products have.
        classes: Vec<String>,
    },
    /// Days were asked for that its parts decide: it has no facts of its own.
    #[error("{metric} takes its days from {}", .parts.join(", "))]
    OfParts {
        /// The metric.
        metric: String,
        /// The metrics with facts that it is computed from.
        parts: Vec<String>,
    },
    /// A mean of days was asked for of a flow.
    #[error("{0} is a flow")]
    Summed(String),
    /// What of customers' records it was to be is not what the metric counts.
    #[error("{measure} does not add up to {metric}")]
    MeasureOther {
        /// The metric.
        metric: String,
        /// What was to add up to it.
        measure: String,
    },
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
            Self::Class { class, like, classes } => {
                let key = if like.is_some() {
                    msg!("kpi.unknown-class-like")
                } else {
                    msg!("kpi.unknown-class")
                };
                Message::new(key)
                    .with("class", class.as_str())
                    .with("like", like.clone().unwrap_or_default())
                    .with("classes", Message::list(classes))
            }
            Self::OfParts { metric, parts } => Message::new(msg!("kpi.days-of-parts"))
                .with("metric", metric.as_str())
                .with("parts", parts.join(", ")),
            Self::Summed(metric) => {
                Message::new(msg!("kpi.flow-is-summed")).with("metric", metric.as_str())
            }
            Self::MeasureOther { metric, measure } => Message::new(msg!("kpi.other-measure"))
                .with("metric", metric.as_str())
                .with("measure", measure.as_str()),
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
        vec![days::single(&opened, on), days::single(&opened, previous_on)]
    };
    facts::add(&mut db, &mut opened, &all, days).await?;
    let targets = plan::paces(&mut db, &mut opened, unit, on, None).await?;
    let of: Vec<usize> =
        opened.ledger.tree().lines()[shown.clone()].iter().map(|line| line.0).collect();
    let asked = (of.as_slice(), all.as_slice());
    let doubts = doubts(&mut db, &opened, unit, asked, (beside.then_some(on), &targets)).await?;
    db.commit().await?;
    let ledger = &opened.ledger;
    let mut rows = ledger.rows(unit, &targets);
    rows = rows.drain(shown).collect();
    for row in &mut rows {
        let Some(metric) = ledger.tree().find(&row.metric) else { continue };
        row.against = against(&opened, metric, unit, &doubts, row.target.as_ref());
        row.quality = doubts.of(&opened, unit, metric, 0);
        row.previous_quality = doubts.of(&opened, unit, metric, 1);
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
    let mut days = vec![days::single(opened, on), days::single(opened, previous_on)];
    for compare in Compare::OF_FACTS {
        let (before, now) = days::compared(opened, compare, on, works);
        days.extend([Day { on, taken: before }, Day { on, taken: now }]);
    }
    days
}

/// What the days of a sheet lack, each by its number in the ledger.
struct Doubts {
    missing: Vec<Vec<Lacking>>,
    restated: Vec<HashMap<usize, i64>>,
    /// The same of the plans' periods so far.
    of_plans: (Vec<Lacking>, HashMap<usize, i64>),
}

impl Doubts {
    /// The comparisons are known, too, not the day and the one that it is compared with alone.
    fn beside(&self) -> bool {
        self.missing.len() > 2
    }

    fn of(&self, opened: &Opened, unit: usize, metric: usize, day: usize) -> Quality {
        let ledger = &opened.ledger;
        let mut quality = ledger.quality(metric, day, &ledger.under(unit));
        quality.restated = self.restated[day].get(&metric).copied().unwrap_or(0);
        self.missing[day][metric].tell(opened, &mut quality);
        quality
    }

    /// Of what was reached of a plan.
    fn planned(&self, opened: &Opened, unit: usize, metric: usize) -> Quality {
        let mut quality = self.of(opened, unit, metric, 0);
        quality.restated = self.of_plans.1.get(&metric).copied().unwrap_or(0);
        self.of_plans.0[metric].tell(opened, &mut quality);
        quality
    }
}

/// What is missing of these metrics, made of those `bases`, and was restated. Where they stand beside others, a value says what its
/// period lacks that goes on until `beside`.
async fn doubts(
    db: &mut PgConnection,
    opened: &Opened,
    unit: usize,
    (metrics, bases): (&[usize], &[usize]),
    (beside, plans): (Option<NaiveDate>, &HashMap<String, TargetPace>),
) -> Result<Doubts, KpiFailure> {
    let works = opened.works.clone();
    let days = if beside.is_some() { 2 + 2 * Compare::OF_FACTS.len() } else { 2 };
    let mut periods: Vec<gaps::Periods> =
        (0..days).map(|day| gaps::behind(opened, bases, day)).collect();
    if let Some(on) = beside {
        periods[0] = gaps::so_far(opened, on, &works);
        periods[0].retain(|metric, _| bases.contains(metric));
    }
    // What is reached of a plan is of the day itself, unless it is made of days.
    periods.push(plan::periods(opened, metrics, plans));
    let stands: Vec<gaps::Periods> =
        (0..days).map(|day| gaps::stands(opened, bases, day)).collect();
    let none = gaps::Periods::new();
    let known = gaps::read(db, opened, unit, periods.iter().chain(&stands)).await?;
    let both = periods.iter().zip(stands.iter().chain([&none]));
    let mut missing: Vec<Vec<Lacking>> =
        both.map(|of| known.missing(opened, of, &works, None)).collect();
    let ends: Vec<(usize, &gaps::Periods)> = periods
        .iter()
        .enumerate()
        .map(|(day, of)| (if day < days { day } else { 0 }, of))
        .collect();
    let mut restated = restated::of_all(db, opened, unit, metrics, &ends).await?;
    let of_plans = (missing.pop().unwrap_or_default(), restated.pop().unwrap_or_default());
    Ok(Doubts { missing, restated, of_plans })
}

/// A value beside the others: what it is held against, over which days.
fn against(
    opened: &Opened,
    metric: usize,
    unit: usize,
    doubts: &Doubts,
    target: Option<&TargetPace>,
) -> Vec<Against> {
    let ledger = &opened.ledger;
    let units = ledger.under(unit);
    let known = Compare::OF_FACTS.iter().enumerate().filter(|_| doubts.beside());
    let of_facts = known.map(|(at, &compare)| {
        let (before, now) = (2 + 2 * at, 3 + 2 * at);
        let from = ledger.taken(metric, before);
        Against {
            compare,
            from,
            facts_begin: days::begins_within(opened, metric, before),
            remarks: from
                .zip(ledger.taken(metric, now))
                .map_or_else(Remarks::default, |ends| days::remarks(opened, metric, ends)),
            to: ledger.taken(metric, now),
            before: ledger.value(metric, before, &units),
            now: ledger.value(metric, now, &units),
            quality: (
                doubts.of(opened, unit, metric, before),
                doubts.of(opened, unit, metric, now),
            ),
        }
    });
    let planned = target.map(|target| Against {
        compare: Compare::Plan,
        from: target.days.map(|(start, end)| Taken { start: Some(start), end }),
        to: target.taken,
        before: Some(target.expected),
        now: target.so_far,
        facts_begin: None,
        remarks: Remarks::default(),
        quality: (Quality::default(), doubts.planned(opened, unit, metric)),
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
    let targets = plan::paces(&mut db, &mut opened, unit, on, Some(metric)).await?;
    let asked = ([metric], bases);
    let asked = (asked.0.as_slice(), asked.1.as_slice());
    let doubts = doubts(&mut db, &opened, unit, asked, (Some(on), &targets)).await?;
    let code = &opened.codes[metric];
    let definition = definition::list(&mut db, Some(code)).await?.into_iter().next();
    db.commit().await?;
    let ledger = &opened.ledger;
    let units = ledger.under(unit);
    let value = ledger.value(metric, 0, &units);
    let days = value.and_then(|_| ledger.parts_days(metric, 0, &units));
    let of = ledger.tree().metric(metric);
    let mut target = targets.get(&of.code).cloned();
    if let Some(target) = &mut target {
        target.settle(value);
    }
    let quality = doubts.of(&opened, unit, metric, 0);
    Ok(KpiValue {
        metric: of.code.clone(),
        org: ledger.org(unit).code.clone(),
        on,
        value,
        day: days.map(|days| days.1),
        oldest_day: days.map(|days| days.0),
        kind: of.kind,
        unit: of.unit.clone(),
        against: against(&opened, metric, unit, &doubts, target.as_ref()),
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
