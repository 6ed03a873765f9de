//! Decomposition (拆解): the change of a metric between two days, split exactly.
//!
//! Over units the parts add by themselves; over factors LMDI-I splits each leaf's change, which is rounded to
//! minor units once, there, so that every higher level is a plain sum of what its leaves show.

pub mod adtributor;
pub mod chain;
pub mod explain;
pub mod formula;
pub mod lmdi;
pub mod mix_rate;
pub mod price_volume;
pub mod rounding;
pub mod shapley;

use chrono::NaiveDate;
use serde::Serialize;

use super::metric::Value;

/// What a change is split over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum By {
    /// The units right below.
    #[default]
    Org,
    /// The factors or terms of the metric's formula.
    Factor,
}

/// How a change was split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Method {
    /// The parts are terms of a sum.
    #[serde(rename = "additive")]
    Additive,
    /// Logarithmic mean Divisia index I, additive form (Ang 2005).
    #[serde(rename = "lmdi-i")]
    LmdiI,
}

impl Method {
    /// The word of commands.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Additive => "additive",
            Self::LmdiI => "lmdi-i",
        }
    }
}

/// A change and its parts. It serializes to the keys of the command's contract and no others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The metric's code.
    pub metric: String,
    /// The unit's code.
    pub org: String,
    /// The earlier day asked for.
    pub from_date: NaiveDate,
    /// The later day asked for.
    pub to_date: NaiveDate,
    /// The value on the earlier day.
    pub from: Value,
    /// The value on the later day.
    pub to: Value,
    /// `to - from`.
    pub change: Value,
    /// How it was split.
    pub method: Method,
    /// The parts, the largest first; ties by name.
    pub effects: Vec<Effect>,
    /// What the parts leave over. Zero unless the facts of a metric and of all its factors contradict each other.
    pub residual: Value,
    /// What it was split over.
    #[serde(skip)]
    pub by: By,
    /// `money` for minor units.
    #[serde(skip)]
    pub unit: Option<String>,
    /// The latest day that the earlier value's facts are of.
    #[serde(skip)]
    pub from_day: Option<NaiveDate>,
    /// The latest day that the later value's facts are of.
    #[serde(skip)]
    pub to_day: Option<NaiveDate>,
}

/// One part of a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// The unit's or factor's code. The unit itself, where facts stand on it beside its children's.
    pub name: String,
    /// Its part of the change.
    pub effect: Value,
    /// The unit's name, or the factor's Chinese one; for screens.
    #[serde(skip)]
    pub zh: String,
    /// The unit's name, or the factor's English one; for screens.
    #[serde(skip)]
    pub en: String,
    /// The unit of the part's own values: a factor's differs from that of its effect.
    #[serde(skip)]
    pub unit: Option<String>,
    /// The part's own value on the earlier day.
    #[serde(skip)]
    pub from: Option<Value>,
    /// The part's own value on the later day.
    #[serde(skip)]
    pub to: Option<Value>,
    /// Whether there are units below, or a formula, to go on with.
    #[serde(skip)]
    pub opens: bool,
}
