//! Metrics (指标): what they are, how formulas tie them into trees, and what a unit's value on a day is.
//!
//! Facts stand on leaf units. A unit's value is the sum over its leaves, and a ratio is computed last, from sums:
//! nothing here ever averages an average.

pub mod compare;
pub mod definition;
pub mod error;
pub mod formula;
pub mod gaps;
pub mod grid;
pub mod ledger;
pub mod near;
pub mod period;
pub mod remark;
pub mod taken;
pub mod targets;
pub mod tree;
pub mod workdays;

use chrono::{Datelike as _, Days, Months, NaiveDate};
use serde::{Serialize, Serializer};

use self::compare::{Against, Taken};
use super::message::{Arg, Key, Message};
use super::money::Currency;
use crate::msg;

/// How a metric behaves in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What happened on a day; a day without a fact has nothing.
    Flow,
    /// What stood at the end of a day; it goes on standing until the next fact.
    Stock,
    /// A numerator over a denominator, kept apart; carried on like a stock.
    Ratio,
}

impl Kind {
    /// Reads `flow`, `stock` or `ratio`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "flow" => Some(Self::Flow),
            "stock" => Some(Self::Stock),
            "ratio" => Some(Self::Ratio),
            _ => None,
        }
    }

    /// The word of the schema and of commands.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Stock => "stock",
            Self::Ratio => "ratio",
        }
    }
}

/// What the value and the comparisons of a line are made of, so that nobody holds a day for a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// What stands at the end of a day, everywhere.
    End,
    /// What came on a day; beside it and against a plan, what came from the beginning of the period up to that day.
    ToDate,
    /// What stands at the end of a day; beside it and against a plan, the mean of the days of the period so far.
    Mean,
}

impl Base {
    /// In a table: the value's, and that of what stands beside it.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::End => msg!("kpi.base.end"),
            Self::ToDate => msg!("kpi.base.to-date"),
            Self::Mean => msg!("kpi.base.mean"),
        }
    }

    /// Behind a figure of a period; nothing behind one of a day.
    #[must_use]
    pub fn mark(self) -> Option<Key> {
        match self {
            Self::End => None,
            Self::ToDate => Some(msg!("kpi.mark.to-date")),
            Self::Mean => Some(msg!("kpi.mark.mean")),
        }
    }
}

/// A metric as the bank defined it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The bank's code for it, such as `aum`.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// How it behaves in time.
    pub kind: Kind,
    /// `money` for minor units of the bank's currency; anything else is shown as it stands.
    pub unit: Option<String>,
    /// The formula as it was written, on the parent only.
    pub formula: Option<String>,
    /// Whether any fact of its own stands.
    pub has_facts: bool,
    /// How its values over a period are taken.
    pub over: definition::Over,
}

impl Metric {
    /// Whether its value of a period is made of all its days: a flow's sum, or a mean of days.
    #[must_use]
    pub fn over_days(&self) -> bool {
        self.kind == Kind::Flow || self.over.average
    }

    /// Whether its values are minor units.
    #[must_use]
    pub fn is_money(&self) -> bool {
        self.unit.as_deref() == Some("money")
    }
}

/// A metric's value: whole where parts must add up to it, a number where it is a quotient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Minor units, or a count.
    Whole(i64),
    /// A quotient that is not money, such as a share.
    Number(f64),
}

impl Value {
    /// The value as a number, for comparing and drawing only.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "for drawing and shares; sums stay whole")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Whole(v) => v as f64,
            Self::Number(v) => v,
        }
    }

    /// The whole value nearest to it: how a quotient of money is shown.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`as` saturates, which is what a screen wants"
    )]
    pub fn rounded(self) -> i64 {
        match self {
            Self::Whole(v) => v,
            Self::Number(v) => v.round() as i64,
        }
    }

    /// `self + other`; whole if both are, and the sum is no larger than values can be.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let whole = match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.checked_add(b),
            _ => None,
        };
        whole.map_or_else(|| Self::Number(self.as_f64() + other.as_f64()), Self::Whole)
    }

    /// `self - earlier`; whole if both are, and the difference is no larger than values can be.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        let whole = match (self, earlier) {
            (Self::Whole(to), Self::Whole(from)) => to.checked_sub(from),
            _ => None,
        };
        whole.map_or_else(|| Self::Number(self.as_f64() - earlier.as_f64()), Self::Whole)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(v) => serializer.serialize_i64(*v),
            Self::Number(v) => serializer.serialize_f64(*v),
        }
    }
}

/// One line of the metric tree for one unit on one day, as lists and screens show it.
///
/// A metric that is a factor of two others stands under both, so a code may come twice.
#[derive(Clone, Debug, PartialEq)]
pub struct KpiRow {
    /// The metric's code.
    pub metric: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// How it behaves in time.
    pub kind: Kind,
    /// `money` for minor units.
    pub unit: Option<String>,
    /// Steps below the root of its tree.
    pub depth: usize,
    /// The metric above it in this tree.
    pub parent: Option<String>,
    /// What its value and its comparisons are made of.
    pub base: Base,
    /// The formula, if it can be explained by factor.
    pub formula: Option<String>,
    /// Whether it can be explained by unit: parts of a quotient do not add up.
    pub additive: bool,
    /// The value on the day; none if there are no facts yet.
    pub value: Option<Value>,
    /// The latest day that the value's facts are of; of a formula, the latest of the part whose facts end first.
    pub day: Option<NaiveDate>,
    /// The earliest such day: earlier than `day` if a unit is behind.
    pub oldest_day: Option<NaiveDate>,
    /// The value on the day it is compared with.
    pub previous: Option<Value>,
    /// The latest day that the previous value's facts are of.
    pub previous_day: Option<NaiveDate>,
    /// The plan it is measured against, if there is one.
    pub target: Option<TargetPace>,
    /// The same value beside others: the period before, the year before, its beginning, the plan.
    pub against: Vec<Against>,
    /// What is missing of it.
    pub quality: Quality,
    /// What is missing of the previous value.
    pub previous_quality: Quality,
}

impl KpiRow {
    /// The change since the previous value.
    #[must_use]
    pub fn change(&self) -> Option<Value> {
        Some(self.value?.since(self.previous?))
    }

    /// The change as a share of the previous value; none where that is zero or negative.
    #[must_use]
    pub fn change_share(&self) -> Option<f64> {
        let base = self.previous?.as_f64();
        (base > 0.0).then(|| self.change().map(|change| change.as_f64() / base))?
    }

    /// Whether its values are minor units.
    #[must_use]
    pub fn is_money(&self) -> bool {
        self.unit.as_deref() == Some("money")
    }
}

/// The metric tree of one unit on one day, compared with an earlier one.
#[derive(Clone, Debug, PartialEq)]
pub struct KpiSheet {
    /// The unit's code.
    pub org: String,
    /// The unit's name.
    pub org_name: String,
    /// The day asked for.
    pub on: NaiveDate,
    /// The day it is compared with.
    pub previous_on: NaiveDate,
    /// The bank's money.
    pub currency: Currency,
    /// The lines, parents before what is below them.
    pub rows: Vec<KpiRow>,
}

/// One metric of one unit on one day. It serializes to what `kpi show` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KpiValue {
    /// The metric's code.
    pub metric: String,
    /// The unit's code.
    pub org: String,
    /// The day asked for.
    pub on: NaiveDate,
    /// The value; none if no facts stand on that day.
    pub value: Option<Value>,
    /// The latest day that the value's facts are of.
    pub day: Option<NaiveDate>,
    /// The earliest such day: earlier than `day` if a unit is behind.
    pub oldest_day: Option<NaiveDate>,
    /// How it behaves in time.
    pub kind: Kind,
    /// `money` for minor units.
    pub unit: Option<String>,
    /// The same value beside others.
    #[serde(serialize_with = "compare::by_word")]
    pub against: Vec<Against>,
    /// What is missing of it.
    pub quality: Quality,
    /// What it means, as its owner wrote it last.
    pub definition: Option<definition::Definition>,
    /// Chinese name.
    #[serde(skip)]
    pub zh: String,
    /// English name.
    #[serde(skip)]
    pub en: String,
    /// The bank's money.
    #[serde(skip)]
    pub currency: Currency,
    /// The first and last day of the facts behind it, over the whole bank.
    #[serde(skip)]
    pub span: Option<(NaiveDate, NaiveDate)>,
}

impl KpiValue {
    /// What it means, as its owner wrote it last; or that nobody has written it.
    #[must_use]
    pub fn meant(&self) -> Message {
        match &self.definition {
            Some(definition) => Message::new(msg!("kpi.defined"))
                .with("version", definition.version)
                .with("owner", definition.owner.as_str())
                .with("text", definition.text.as_str()),
            None => Message::new(msg!("kpi.undefined")).with("metric", self.metric.as_str()),
        }
    }
}

/// How far a target (目标) is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetPace {
    /// The period as the bank wrote it, such as `2026-11`.
    pub period: String,
    /// What the metric should reach, in the metric's own units.
    pub value: Value,
    /// What was reached over what should be: 0.98.
    pub reached: Option<f64>,
    /// The period's first and last day.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// What should be reached by now: of a flow, as much as of the period has passed.
    pub expected: Value,
    /// What was reached so far.
    pub so_far: Option<Value>,
    /// Over which days that is taken: from the period's beginning, where it is made of days.
    pub taken: Option<Taken>,
}

impl TargetPace {
    /// Takes the value of the day for what was reached, unless that is made of days, of which it is one only.
    pub fn settle(&mut self, value: Option<Value>) {
        if self.taken.is_none_or(|taken| taken.start.is_none()) {
            self.reach(value);
        }
    }

    /// Takes what was reached so far.
    pub fn reach(&mut self, value: Option<Value>) {
        self.so_far = value;
        self.reached = value.and_then(|value| ledger::share(value, self.value));
    }
}

/// What is missing of a value that was made of facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Quality {
    /// Units whose last fact is older than the value's day, or that have none for a flow that others have: their codes,
    /// a few of them.
    pub late: Vec<String>,
    /// How many there are.
    pub late_units: usize,
    /// Units with facts behind it.
    pub units: usize,
    /// Units of which a later load has restated a fact that it is made of, or one of the period so far where it is of a period.
    pub restated: i64,
    /// Days of the period so far for which nobody has delivered a fact, where one is delivered every day.
    pub missing_days: usize,
    /// Facts of single units that are missing on the other days of the period.
    pub missing_facts: usize,
    /// The codes of the units that lack most of them, a few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_units: Vec<String>,
    /// How many units lack any.
    #[serde(skip)]
    pub missing_of: usize,
    /// What it is made of whose facts end before its day: they have stopped, or stand on an earlier day than its other parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// A metric whose facts end before the day that a value is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Its code.
    pub metric: String,
    /// Its Chinese name.
    #[serde(skip)]
    pub zh: String,
    /// Its English name.
    #[serde(skip)]
    pub en: String,
    /// The last day of its facts, or the last one before a day that was left out.
    pub day: NaiveDate,
    /// Facts stand after the value's day: they have not ended, that day was left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub go_on: bool,
}

impl Quality {
    /// Nothing is missing, and nothing was restated.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.late_units == 0
            && self.restated == 0
            && self.missing_days == 0
            && self.missing_facts == 0
            && self.ended.is_none()
    }

    /// Takes what is missing of a period's facts, those of `of` first of all.
    pub fn missing(&mut self, gaps: gaps::Gaps, of: Option<&Metric>) {
        (self.missing_days, self.missing_facts) = (gaps.days, gaps.facts);
        self.missing_of = gaps.units;
        if let Some(day) =
            gaps.ended.filter(|day| self.ended.as_ref().is_none_or(|e| *day <= e.day))
        {
            let word =
                |part: fn(&Metric) -> &String| of.map_or_else(String::new, |m| part(m).clone());
            let (metric, zh, en) = (word(|m| &m.code), word(|m| &m.zh), word(|m| &m.en));
            self.ended = Some(Ended { metric, zh, en, day, go_on: gaps.go_on });
        }
    }

    /// What is to be said of it, if anything.
    #[must_use]
    pub fn said(&self) -> Vec<Message> {
        let mut said = Vec::new();
        if self.late_units > 0 {
            said.push(
                Message::new(msg!("kpi.quality.late"))
                    .with("late", self.late_units)
                    .with("units", self.units)
                    .with("names", Message::list(&self.late)),
            );
        }
        if let Some(Ended { zh, en, day, go_on, .. }) = &self.ended {
            let called = Arg::Label { zh: zh.clone(), en: en.clone() };
            let key = if *go_on { msg!("kpi.quality.left-out") } else { msg!("kpi.quality.ended") };
            said.push(Message::new(key).with("metric", called).with("day", *day));
        }
        if self.missing_days > 0 {
            let key = msg!("kpi.quality.missing-days");
            said.push(Message::new(key).with("days", self.missing_days));
        }
        if self.missing_facts > 0 {
            let key = msg!("kpi.quality.missing-facts");
            let more = self.missing_of > self.missing_units.len();
            let names = self.missing_units.iter().map(String::as_str).chain(more.then_some("..."));
            said.push(
                Message::new(key)
                    .with("facts", self.missing_facts)
                    .with("units", self.missing_of)
                    .with("names", Message::list(names)),
            );
        }
        if self.restated > 0 {
            said.push(Message::new(msg!("kpi.quality.restated")).with("units", self.restated));
        }
        said
    }
}

/// The day that a day is compared with: the same day one month before, and for the last day of a month the
/// last day of the month before, because banks' facts often stand on month ends only.
#[must_use]
pub fn previous_day(day: NaiveDate) -> NaiveDate {
    let is_month_end = day.checked_add_days(Days::new(1)).is_some_and(|next| next.day() == 1);
    if is_month_end {
        day.checked_sub_days(Days::new(u64::from(day.day()))).unwrap_or(day)
    } else {
        day.checked_sub_months(Months::new(1)).unwrap_or(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_end_is_compared_with_the_month_end_before() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(previous_day(day(1994, 3, 31)), day(1994, 2, 28));
        assert_eq!(previous_day(day(1994, 2, 28)), day(1994, 1, 31));
        assert_eq!(previous_day(day(2026, 11, 20)), day(2026, 10, 20));
        assert_eq!(previous_day(day(2026, 3, 30)), day(2026, 2, 28));
    }
}
