//! Decomposition (拆解): the change of a metric between two days or periods, split exactly.
//!
//! Over units the parts add by themselves; over factors LMDI-I splits each leaf's change, and money is rounded to
//! minor units once, there, so that every higher level is a plain sum of what its leaves show. What LMDI cannot split
//! goes to the Shapley value, a quotient over units to mix and rate; the answer says which method it was, and why.

pub mod adtributor;
pub mod cancel;
pub mod chain;
pub mod dimension;
pub mod explain;
pub mod formula;
pub mod group;
pub mod headline;
pub mod lmdi;
pub mod mix_rate;
pub mod over;
pub mod plan;
pub mod price_volume;
pub mod product;
pub mod rounding;
pub mod sentence;
pub mod shapley;
pub mod when;

pub use when::When;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::message::{Arg, Key};
use super::metric::remark::Remarks;
use super::metric::{Quality, Value};
use super::money::Currency;
use crate::msg;

/// What a change is split over.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum By {
    /// The units right below.
    #[default]
    Org,
    /// The factors or terms of the metric's formula.
    Factor,
    /// The factors, for each of the units right below.
    Both,
    /// The values of an attribute, as a grid is asked for: `job`, or `age:30,46`.
    Attribute(String),
    /// Who is in the segment of this code, and who is not. An empty code asks which.
    Segment(String),
}

impl By {
    /// Reads `org`, `factor`, `factor+org`, `attribute:CODE`, `segment:CODE` or `segment`, which is still to be named.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "org" => Some(Self::Org),
            "factor" => Some(Self::Factor),
            "factor+org" | "org+factor" => Some(Self::Both),
            "segment" => Some(Self::Segment(String::new())),
            other => {
                let (kind, code) = other.split_once(':').filter(|(_, code)| !code.is_empty())?;
                match kind {
                    "attribute" => Some(Self::Attribute(code.to_owned())),
                    "segment" => Some(Self::Segment(code.to_owned())),
                    _ => None,
                }
            }
        }
    }

    /// The words of commands.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Org => "org".to_owned(),
            Self::Factor => "factor".to_owned(),
            Self::Both => "factor+org".to_owned(),
            Self::Attribute(code) => format!("attribute:{code}"),
            Self::Segment(code) if code.is_empty() => "segment".to_owned(),
            Self::Segment(code) => format!("segment:{code}"),
        }
    }

    /// Whether it is split over groups of customers, which facts know nothing of.
    #[must_use]
    pub fn is_of_customers(&self) -> bool {
        matches!(self, Self::Attribute(_) | Self::Segment(_))
    }

    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.word())
    }
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
    /// The Shapley value over the factors (Das Gupta 1993).
    #[serde(rename = "shapley")]
    Shapley,
    /// Mix and rate, centred (Kitagawa 1955).
    #[serde(rename = "mix-rate")]
    MixRate,
    /// Which dimension explains it: Adtributor (Bhagwan et al. 2014); the parts are that dimension's.
    #[serde(rename = "adtributor")]
    Adtributor,
}

impl Method {
    /// The word of commands.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Additive => "additive",
            Self::LmdiI => "lmdi-i",
            Self::Shapley => "shapley",
            Self::MixRate => "mix-rate",
            Self::Adtributor => "adtributor",
        }
    }

    /// Reads what [`option`](Self::option) gives.
    #[must_use]
    pub fn asked(text: &str) -> Option<Self> {
        let all = [Self::Additive, Self::LmdiI, Self::Shapley, Self::MixRate, Self::Adtributor];
        all.into_iter().find(|method| method.option() == text)
    }

    /// The same as it is asked for.
    #[must_use]
    pub fn option(self) -> &'static str {
        if self == Self::LmdiI { "lmdi" } else { self.word() }
    }

    /// What it is, in words.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Additive => msg!("kpi.method.additive"),
            Self::LmdiI => msg!("kpi.method.lmdi-i"),
            Self::Shapley => msg!("kpi.method.shapley"),
            Self::MixRate => msg!("kpi.method.mix-rate"),
            Self::Adtributor => msg!("kpi.method.adtributor"),
        }
    }
}

/// Why a change was split with this method and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// The parts add up by themselves.
    Sum,
    /// A product of what is not negative: each leaf is split.
    Product,
    /// A quotient, or a product of quotients, of what is not negative: leaves do not add up, so the whole is split at once.
    Whole,
    /// A negative value has no logarithm.
    Signs,
    /// A quotient's parts do not add up.
    Ratio,
    /// It was asked for.
    Asked,
}

impl Why {
    /// The sentence.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Sum => msg!("kpi.why.sum"),
            Self::Product => msg!("kpi.why.product"),
            Self::Whole => msg!("kpi.why.whole"),
            Self::Signs => msg!("kpi.why.signs"),
            Self::Ratio => msg!("kpi.why.ratio"),
            Self::Asked => msg!("kpi.why.asked"),
        }
    }
}

/// A change and its parts. It serializes to what `kpi explain` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The metric's code.
    pub metric: String,
    /// The unit's code.
    pub org: String,
    /// The earlier day asked for; of a period, its last.
    pub from_date: NaiveDate,
    /// The later day asked for; of a period, its last.
    pub to_date: NaiveDate,
    /// Where the earlier value is of a period, its first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_start: Option<NaiveDate>,
    /// Where the later value is of a period, its first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_start: Option<NaiveDate>,
    /// Where it is between two periods that were asked for: which, and how the metric is taken over them.
    #[serde(rename = "periods", skip_serializing_if = "Option::is_none")]
    pub over: Option<over::Over>,
    /// The value on the earlier day.
    pub from: Value,
    /// The value on the later day.
    pub to: Value,
    /// `to - from`.
    pub change: Value,
    /// What it was split over.
    #[serde(serialize_with = "By::serialize")]
    pub by: By,
    /// How it was split.
    pub method: Method,
    /// Why so.
    pub why: Why,
    /// Whether it follows the ends of months between the two days (the periods between the two), or goes from one to the other at once.
    pub chained: bool,
    /// The ratio went one way although the parts' own ratios, at equal shares, went the other (Simpson).
    pub reversal: bool,
    /// The parts, the largest first; ties by name.
    pub effects: Vec<Effect>,
    /// What each factor, or mix and rate, comes to over all parts, where each part is split further.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "by_name")]
    pub totals: Vec<Share>,
    /// The dimensions that explain enough, the most surprising first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<adtributor::Dimension>,
    /// What people call the first of them.
    #[serde(skip)]
    pub best: Option<Arg>,
    /// What people call the attribute or the segment that it was split over.
    #[serde(skip)]
    pub called: Option<Arg>,
    /// What the parts leave over. Zero unless the facts of a metric and of all its factors contradict each other, or
    /// customers' records do not add up to the facts.
    pub residual: Value,
    /// The part of the change that is of customers whose records are not the caller's to see; none where he sees all of them.
    /// With it the parts and what is left over are the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unseen: Option<Unseen>,
    /// How the days of both ends differ.
    #[serde(skip_serializing_if = "Remarks::is_empty")]
    pub remarks: Remarks,
    /// What is missing of the facts behind the two values.
    pub quality: Ends,
    /// Attributes that are no dimension because their marts cannot be read; whoever asks also says those of the sentence.
    #[serde(skip)]
    pub unread: Vec<String>,
    /// `money` for minor units.
    #[serde(skip)]
    pub unit: Option<String>,
    /// The bank's money, once it is known.
    #[serde(skip)]
    pub currency: Option<Currency>,
    /// The latest day that the earlier value's facts are of.
    #[serde(skip)]
    pub from_day: Option<NaiveDate>,
    /// The latest day that the later value's facts are of.
    #[serde(skip)]
    pub to_day: Option<NaiveDate>,
}

/// The part of a change that is of customers whose records are not the caller's to see.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Unseen {
    /// That part.
    pub effect: Value,
    /// How it is known.
    pub of: UnseenOf,
}

/// How the part that is not the caller's to see is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UnseenOf {
    /// By the facts of the units whose customers he does not see.
    Units,
    /// By nothing but what his own customers leave over: an RM's unit has facts, and he sees a part of its customers. What is in
    /// no customer's record is in it, too.
    Customers,
}

impl UnseenOf {
    /// In a table.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Units => msg!("kpi.unseen"),
            Self::Customers => msg!("kpi.unseen-rm"),
        }
    }
}

/// What is missing of the facts of the earlier and of the later value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ends {
    /// Of the earlier.
    pub from: Quality,
    /// Of the later.
    pub to: Quality,
}

/// One part of a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// The code of the unit, factor or group. The unit itself, where facts stand on it beside its children's.
    pub name: String,
    /// Its part of the change.
    pub effect: Value,
    /// The same by factor, or by mix and rate, where it is split so.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "by_name")]
    pub parts: Vec<Share>,
    /// The rule that finds the group's customers, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
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

/// A factor's share in a part; also the sum of such shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The factor's code, or `mix` or `rate`.
    pub name: String,
    /// Its name in Chinese; empty for mix and rate.
    pub zh: String,
    /// Its name in English; empty for mix and rate.
    pub en: String,
    /// Its part of the change.
    pub effect: Value,
}

impl Share {
    /// One that is no metric: `mix` or `rate`.
    #[must_use]
    pub fn of(name: &str, effect: Value) -> Self {
        Self { name: name.to_owned(), zh: String::new(), en: String::new(), effect }
    }
}

impl From<Effect> for Share {
    fn from(effect: Effect) -> Self {
        Self { name: effect.name, zh: effect.zh, en: effect.en, effect: effect.effect }
    }
}

fn by_name<S: Serializer>(shares: &[Share], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(shares.iter().map(|share| (&share.name, share.effect)))
}

/// Puts the parts in the order in which they are read: the largest first, ties by name.
pub fn largest_first(effects: &mut [Effect]) {
    effects.sort_by(|a, b| {
        let size = |effect: &Effect| effect.effect.as_f64().abs();
        size(b).total_cmp(&size(a)).then_with(|| a.name.cmp(&b.name))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change of money over units `a`, `b`, ... with these effects; what they leave over is left over.
    pub(super) fn of(change: i64, effects: &[i64]) -> Explanation {
        let day = NaiveDate::default();
        let part = |(letter, &effect): (char, &i64)| Effect {
            name: letter.to_string(),
            effect: Value::Whole(effect),
            parts: Vec::new(),
            rule: None,
            zh: letter.to_string(),
            en: letter.to_string(),
            unit: Some("money".to_owned()),
            from: None,
            to: None,
            opens: false,
        };
        Explanation {
            metric: "m".to_owned(),
            org: "HQ".to_owned(),
            from_date: day,
            to_date: day,
            from_start: None,
            to_start: None,
            over: None,
            from: Value::Whole(1_000),
            to: Value::Whole(1_000 + change),
            change: Value::Whole(change),
            by: By::Org,
            method: Method::Additive,
            why: Why::Sum,
            chained: false,
            reversal: false,
            effects: ('a'..).zip(effects).map(part).collect(),
            totals: Vec::new(),
            dimensions: Vec::new(),
            best: None,
            called: None,
            residual: Value::Whole(change - effects.iter().sum::<i64>()),
            unseen: None,
            remarks: Remarks::default(),
            quality: Ends::default(),
            unread: Vec::new(),
            unit: Some("money".to_owned()),
            currency: Some(Currency::CNY),
            from_day: None,
            to_day: None,
        }
    }
}
