//! Findings (发现): noted movements of a metric at a unit, of everyone or of a group, with an owner and an end.

pub mod seen;

use chrono::NaiveDate;
use serde::Serialize;

use self::seen::Seen;
use super::message::Message;
use super::metric::Value;
use crate::msg;

/// What a finding's size is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SizeUnit {
    /// Customers.
    Customers,
    /// Minor units.
    Money,
    /// The metric's own.
    Number,
    /// Parts per million.
    Ppm,
    /// Percentage points, in millionths: the difference of two shares.
    Points,
    /// Nothing: it was not measured, and has no size.
    Unmeasured,
}

impl SizeUnit {
    /// Reads the word of the database.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "customers" => Self::Customers,
            "money" => Self::Money,
            "ppm" => Self::Ppm,
            "points" => Self::Points,
            "unmeasured" => Self::Unmeasured,
            _ => Self::Number,
        }
    }

    /// The word of the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Money => "money",
            Self::Number => "number",
            Self::Ppm => "ppm",
            Self::Points => "points",
            Self::Unmeasured => "unmeasured",
        }
    }

    /// How large a change is, and what it is counted in: money in minor units, a quotient in parts per million.
    #[must_use]
    pub fn of(change: Value, money: bool) -> (Self, i64) {
        match change {
            change if money => (Self::Money, change.rounded()),
            Value::Number(x) => (Self::Ppm, Value::Number(x * 1e6).rounded()),
            Value::Whole(n) => (Self::Number, n),
        }
    }
}

/// A finding to be noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFinding {
    /// The metric's code.
    pub metric: Option<String>,
    /// The unit's code; none for the whole bank.
    pub org: Option<String>,
    /// The rule of the group of customers; none for everyone.
    pub rule: Option<String>,
    /// The period is after this day.
    pub from_day: Option<NaiveDate>,
    /// Up to this day.
    pub day: NaiveDate,
    /// How large the movement is; nothing where it was not measured.
    pub size: i64,
    /// In what.
    pub unit: SizeUnit,
    /// What was seen.
    pub text: String,
    /// Who is to follow it up; none for who notes it.
    pub owner: Option<String>,
    /// The change that it was noted from; none where it was no change of a metric.
    pub seen: Option<Seen>,
}

/// A finding as it stands. It serializes to a row of `finding list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingRow {
    /// Its number.
    pub finding: i64,
    /// `operator`, or `moment` for one that an event rule has made.
    pub source: String,
    /// The event rule.
    pub moment: Option<String>,
    /// The metric's code.
    pub metric: Option<String>,
    /// The unit's code.
    pub org: String,
    /// The unit's name.
    #[serde(skip)]
    pub org_name: String,
    /// The rule of the group of customers; none for everyone.
    pub rule: Option<String>,
    /// The period is after this day.
    pub from: Option<NaiveDate>,
    /// Up to this day.
    pub day: NaiveDate,
    /// How large the movement is; none where it was not measured.
    pub size: Option<i64>,
    /// In what.
    pub unit: SizeUnit,
    /// What was seen.
    pub text: String,
    /// Who follows it up.
    pub owner: String,
    /// Whether it is open.
    pub open: bool,
    /// What came of it.
    pub closing: Option<String>,
    /// The change that it was noted from; none of what was noted without one.
    pub seen: Option<Seen>,
    /// The version of the metric's definition that it was noted under; 0 before there was one, none where it was not kept.
    pub metric_version: Option<i32>,
    /// The newest version, where the metric was defined anew since.
    pub defined_anew: Option<i32>,
    /// The way down to the unit whose change was taken apart, or where none was to the finding's own: codes and names, without the
    /// whole bank.
    #[serde(skip)]
    pub way: Vec<(String, String)>,
}

impl FindingRow {
    /// That its metric was defined anew since it was noted; its values stand as they were kept.
    #[must_use]
    pub fn anew(&self) -> Option<Message> {
        let to = self.defined_anew?;
        Some(Message::new(msg!("finding.defined-anew")).with("version", to))
    }
}

/// A push whose orders reach customers of a unit. It serializes to a row of `kpi touching`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Touch {
    /// The strategy's code.
    pub strategy: String,
    /// Its version.
    pub version: i32,
    /// What people call it.
    #[serde(skip)]
    pub name: String,
    /// The push's number.
    pub push: i64,
    /// The bank's day on which it was pushed.
    pub pushed_on: NaiveDate,
    /// Tasks for the unit's customers.
    pub customers: i64,
    /// Customers of the unit that are left alone.
    pub control: i64,
    /// Its deadline has not passed.
    pub live: bool,
}
