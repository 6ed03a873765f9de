//! Why a question about a metric has no answer, and what to do next.

use chrono::NaiveDate;

use super::tree::TreeError;
use crate::domain::message::Message;
use crate::msg;

/// Why a question about a metric has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KpiError {
    /// The metrics form no tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// No bank has been imported.
    #[error("no bank")]
    NoBank,
    /// There is no such metric.
    #[error("no metric {code}")]
    UnknownMetric {
        /// What was asked for.
        code: String,
        /// The known code that is most like it.
        like: Option<String>,
    },
    /// There is no such unit; an empty code stands for a bank without units.
    #[error("no org unit {0}")]
    UnknownOrg(String),
    /// No facts on that day, or before it.
    #[error("no facts of {metric} for {on}")]
    NoFacts {
        /// The metric.
        metric: String,
        /// The unit's code.
        org: String,
        /// The day asked for.
        on: NaiveDate,
        /// The first and last day that facts stand for anywhere in the bank.
        span: Option<(NaiveDate, NaiveDate)>,
    },
    /// Asked by factor, but there is no formula.
    #[error("{0} has no formula")]
    NoFormula(String),
    /// The method that was asked for does not split this so.
    #[error("{method} does not split {metric} by {by}")]
    Unfit {
        /// The metric.
        metric: String,
        /// The method's word.
        method: &'static str,
        /// What it was to be split over.
        by: String,
    },
    /// Over groups of customers, of a metric that does not add up over them; no method was asked for.
    #[error("{metric} does not add up over {by}")]
    NoGroups {
        /// The metric.
        metric: String,
        /// What it was to be split over.
        by: String,
    },
    /// Adtributor, of a value below zero: it has no parts of it that are shares.
    #[error("{metric} of {org} is negative on {on}: it has no shares")]
    NoShares {
        /// The metric.
        metric: String,
        /// The unit.
        org: String,
        /// The day.
        on: NaiveDate,
    },
    /// Against the plan, but over something else than units.
    #[error("{metric} has no plan by {by}")]
    PlanBy {
        /// The metric.
        metric: String,
        /// What it was to be split over.
        by: String,
    },
    /// Against the plan, but of a quotient, whose units' plans do not add up to it.
    #[error("the plans of {0} do not add up")]
    PlanOfQuotient(String),
    /// Customers' records say nothing of this metric: it has no measure.
    #[error("{0} has no measure")]
    NoMeasure(String),
    /// What of customers' records was to add up to it is not what it counts: it was written down before that was refused.
    #[error("{measure} does not add up to {metric}")]
    OtherMeasure {
        /// The metric.
        metric: String,
        /// What was to add up to it.
        measure: String,
    },
    /// Over a segment, but which is not said: members and others of one are apart, several are not.
    #[error("which segment")]
    WhichSegment(Vec<String>),
    /// There is no plan of the unit for a period around the day.
    #[error("no plan of {metric} for {org} on {on}")]
    NoPlan {
        /// The metric.
        metric: String,
        /// The unit's code.
        org: String,
        /// The day.
        on: NaiveDate,
    },
    /// A period that is still to come.
    #[error("{start} is after {today}")]
    Ahead {
        /// Its first day.
        start: NaiveDate,
        /// The bank's today.
        today: NaiveDate,
    },
    /// A period without a working day, of a metric that counts those only.
    #[error("no working day from {start} to {end}")]
    NoWorkdays {
        /// Its first day.
        start: NaiveDate,
        /// Its last day.
        end: NaiveDate,
    },
    /// Step by step over periods that do not follow each other, or are not as long.
    #[error("no steps between these periods")]
    NoSteps,
    /// Over groups of customers, but of what is added up over days their records say nothing: they say what stood.
    #[error("{0} is a flow")]
    Flows(String),
    /// Over groups of customers, but its parts are taken over a period in different ways, as no record is.
    #[error("the parts of {0} are taken over a period in different ways")]
    MixedDays(String),
    /// The total did not move, or is nothing: no dimension explains it.
    #[error("nothing of {0} to explain")]
    NothingMoved(String),
    /// Asked by unit, but a quotient's parts do not add up.
    #[error("{0} is a quotient")]
    NotAdditive(String),
    /// A value without which the answer does not exist: a factor without facts, a quotient over nothing.
    #[error("{metric} has no value on {on}")]
    NoValue {
        /// The metric or factor.
        metric: String,
        /// The unit's code.
        org: String,
        /// The day.
        on: NaiveDate,
    },
    /// A negative value, which LMDI cannot split.
    #[error("{metric} of {org} is negative on {on}")]
    Negative {
        /// The metric or factor.
        metric: String,
        /// The leaf unit's code.
        org: String,
        /// The day.
        on: NaiveDate,
    },
}

impl KpiError {
    /// What to tell the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let of = |key, metric: &str| Message::new(key).with("metric", metric);
        match self {
            Self::Tree(error) => error.message(),
            Self::NoBank => Message::new(msg!("kpi.no-bank")),
            Self::UnknownMetric { code, like: None } => of(msg!("kpi.unknown-metric"), code),
            Self::UnknownMetric { code, like: Some(like) } => {
                of(msg!("kpi.unknown-metric-like"), code).with("like", like.as_str())
            }
            Self::UnknownOrg(code) if code.is_empty() => Message::new(msg!("kpi.no-units")),
            Self::UnknownOrg(code) => {
                Message::new(msg!("kpi.unknown-org")).with("org", code.as_str())
            }
            Self::NoFacts { metric, org, on, span: None } => {
                of(msg!("kpi.no-facts"), metric).with("org", org.as_str()).with("on", *on)
            }
            Self::NoFacts { metric, org, on, span: Some((first, last)) } => {
                of(msg!("kpi.no-facts-then"), metric)
                    .with("org", org.as_str())
                    .with("on", *on)
                    .with("first", *first)
                    .with("last", *last)
            }
            Self::NoFormula(metric) => of(msg!("kpi.no-formula"), metric),
            Self::Unfit { metric, method, by } => {
                of(msg!("kpi.unfit"), metric).with("method", *method).with("by", by.as_str())
            }
            Self::NoGroups { metric, by } => {
                of(msg!("kpi.no-groups"), metric).with("by", by.as_str())
            }
            Self::NoShares { metric, org, on } => {
                of(msg!("kpi.no-shares-below"), metric).with("org", org.as_str()).with("on", *on)
            }
            Self::PlanBy { metric, by } => of(msg!("kpi.plan-by"), metric).with("by", by.as_str()),
            Self::PlanOfQuotient(metric) => of(msg!("kpi.plan-of-quotient"), metric),
            Self::NoMeasure(metric) => of(msg!("kpi.no-measure"), metric),
            Self::OtherMeasure { metric, measure } => {
                of(msg!("kpi.other-measure"), metric).with("measure", measure.as_str())
            }
            Self::WhichSegment(codes) if codes.is_empty() => msg!("kpi.no-segment-yet").into(),
            Self::WhichSegment(codes) => {
                let first = codes.first().cloned().unwrap_or_default();
                let told = Message::new(msg!("kpi.which-segment")).with("first", first);
                told.with("codes", codes.join(", "))
            }
            Self::NoPlan { metric, org, on } => {
                of(msg!("kpi.no-plan"), metric).with("org", org.as_str()).with("on", *on)
            }
            Self::Ahead { start, today } => {
                Message::new(msg!("kpi.when.ahead")).with("start", *start).with("today", *today)
            }
            Self::NoWorkdays { start, end } => {
                Message::new(msg!("kpi.when.no-workdays")).with("start", *start).with("end", *end)
            }
            Self::NoSteps => msg!("kpi.when.no-steps").into(),
            Self::Flows(metric) => of(msg!("kpi.flows"), metric),
            Self::MixedDays(metric) => of(msg!("kpi.mixed-days"), metric),
            Self::NothingMoved(metric) => of(msg!("kpi.nothing-moved"), metric),
            Self::NotAdditive(metric) => of(msg!("kpi.not-additive"), metric),
            Self::NoValue { metric, org, on } => {
                of(msg!("kpi.no-value"), metric).with("org", org.as_str()).with("on", *on)
            }
            Self::Negative { metric, org, on } => {
                of(msg!("kpi.negative"), metric).with("org", org.as_str()).with("on", *on)
            }
        }
    }
}
