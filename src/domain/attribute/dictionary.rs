//! The dictionary as people read it: what an attribute means, what its values are like, and who uses it.

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Serialize;

use super::{Attribute, AttributeType, MapFault, RelationName};
use crate::domain::message::Key;
use crate::domain::money::{Currency, Minor};
use crate::domain::rule::{Number, written_name, written_text};
use crate::msg;

/// How old an attribute may be, in days before the bank's own day. The slowest marts of a bank are made monthly and
/// come with the first working days of the next month, so four weeks and a bit are no sign of a broken feed.
pub const STALE_AFTER_DAYS: u64 = 35;

/// How sensitive an attribute is, after JR/T 0171.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Class {
    /// Least: what a bank uses within itself.
    C1,
    /// What tells who somebody is, or what he owns.
    C2,
    /// Most: what lets somebody in.
    C3,
}

impl Class {
    /// All classes, the least sensitive first.
    pub const ALL: [Self; 3] = [Self::C1, Self::C2, Self::C3];

    /// The word of the standard.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::C1 => "C1",
            Self::C2 => "C2",
            Self::C3 => "C3",
        }
    }

    /// The class of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }
}

/// A value on the scale of numbers, amounts and days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stat {
    /// A number that is not money.
    Number(Number),
    /// An amount.
    Money(Minor),
    /// A day.
    Date(NaiveDate),
    /// No day at all, as a bank's own mart may have it: after every day, or before.
    Never {
        /// Before every day.
        before: bool,
    },
}

impl Stat {
    /// What a day that is none is called.
    #[must_use]
    pub fn never(before: bool) -> Key {
        if before {
            msg!("attribute.stat.never-before")
        } else {
            msg!("attribute.stat.never-after")
        }
    }

    /// Reads a value as the database writes it; none for one that an attribute of this type cannot have.
    #[must_use]
    pub fn read(kind: AttributeType, text: &str) -> Option<Self> {
        match kind {
            AttributeType::Number => Number::recorded(text).map(Self::Number),
            AttributeType::Money => text.parse().ok().map(|minor| Self::Money(Minor(minor))),
            AttributeType::Date if text == "infinity" => Some(Self::Never { before: false }),
            AttributeType::Date if text == "-infinity" => Some(Self::Never { before: true }),
            AttributeType::Date => text.parse().ok().map(Self::Date),
            AttributeType::Flag | AttributeType::Category => None,
        }
    }
}

/// One of the values that most customers have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopValue {
    /// As rules write it, clean; money in minor units.
    pub value: String,
    /// What it means, (Chinese, English), clean.
    pub label: Option<(String, String)>,
    /// How many open customers have it.
    pub customers: i64,
}

/// What an attribute's values were like when they were measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeStats {
    /// When.
    pub measured_at: DateTime<Utc>,
    /// Open customers then.
    pub customers: i64,
    /// Those with a value.
    pub known: i64,
    /// Those in whose place a mart has what is no number (`NaN`, `Infinity`): they are as unknown as those without a value.
    pub not_numbers: i64,
    /// How many different values.
    pub distinct: i64,
    /// The least; none for flags and categories, and for who sees a part of the customers: it is one customer's.
    pub min: Option<Stat>,
    /// The one in the middle, the lower of two.
    pub median: Option<Stat>,
    /// The greatest.
    pub max: Option<Stat>,
    /// The commonest values, most first; none where there are too many to name.
    pub top: Vec<TopValue>,
}

/// A row of the dictionary with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeRow {
    /// What rules need.
    pub attribute: Attribute,
    /// In what a number is counted, in the bank's words.
    pub unit: Option<String>,
    /// How sensitive it is.
    pub class: Option<Class>,
    /// The system it comes from.
    pub source: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How it is computed (口径).
    pub definition: Option<String>,
    /// The day of its values: of the load that last brought it, or what the mart says of itself.
    pub refreshed_on: Option<NaiveDate>,
    /// None until it has been measured.
    pub stats: Option<AttributeStats>,
    /// Why the mart could not be read the last time.
    pub fault: Option<MapFault>,
    /// The segments whose latest rule reads it, by code.
    pub used_by: Vec<String>,
    /// Event rules, and strategies that may still be pushed, whose rules or scripts read it, by code.
    pub read_by: Vec<String>,
}

impl AttributeRow {
    /// Its values are older than they should be on the bank's day. Where nobody says how old they are, nobody knows.
    #[must_use]
    pub fn is_stale(&self, as_of: NaiveDate) -> bool {
        let oldest = as_of.checked_sub_days(Days::new(STALE_AFTER_DAYS));
        self.refreshed_on.is_some_and(|day| oldest.is_some_and(|oldest| day < oldest))
    }

    /// Open customers with a value, in parts of ten thousand, cut: all of it is said of all only. None until it has
    /// been measured, and where there are no customers.
    #[must_use]
    pub fn coverage(&self) -> Option<i32> {
        let stats = self.stats.as_ref()?;
        let parts = (i128::from(stats.known) * 10_000).checked_div(i128::from(stats.customers))?;
        i32::try_from(parts).ok()
    }

    /// A condition on it that finds somebody, for a rule to begin with: the flag, the commonest value, from the one in
    /// the middle on.
    #[must_use]
    pub fn condition(&self, currency: Currency) -> String {
        let name = written_name(&self.attribute.code);
        let stats = self.stats.as_ref();
        let commonest = stats.and_then(|stats| stats.top.first());
        match (self.attribute.kind, stats.and_then(|stats| stats.median.as_ref()), commonest) {
            (AttributeType::Flag, ..) => name,
            (AttributeType::Category, _, Some(top)) => {
                format!("{name} = {}", written_text(&top.value))
            }
            (_, Some(Stat::Number(number)), _) if number.is_writable() => {
                format!("{name} >= {}", number.as_str())
            }
            (_, Some(Stat::Money(amount)), _) => format!("{name} >= {}", currency.plain(*amount)),
            (_, Some(Stat::Date(day)), _) => format!("{name} >= '{day}'"),
            _ => format!("{name} is not null"),
        }
    }

    /// What matters of it: that it cannot be read, or is old; that it is used by nobody, or both.
    #[must_use]
    pub fn mark(&self, as_of: NaiveDate) -> Option<Key> {
        match (self.fault.is_some(), self.is_stale(as_of), self.is_unused()) {
            (true, ..) => Some(msg!("attribute.unread")),
            (_, true, true) => Some(msg!("attribute.stale-unused")),
            (_, true, false) => Some(msg!("attribute.stale")),
            (_, false, unused) => unused.then_some(msg!("attribute.unused")),
        }
    }

    /// Every customer has it, and no import makes or takes it.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        let RelationName { name, .. } = &self.attribute.relation;
        self.attribute.relation.is_own() && name == "customer"
    }

    /// No segment's latest rule reads it, and nothing else does.
    #[must_use]
    pub fn is_unused(&self) -> bool {
        self.used_by.is_empty() && self.read_by.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_stale_after_five_weeks_and_never_without_a_day() {
        let mut row = AttributeRow {
            attribute: Attribute {
                code: "vip".into(),
                kind: AttributeType::Flag,
                zh: "贵宾".into(),
                en: "VIP".into(),
                relation: RelationName::own("attr_1"),
                column: "vip".into(),
                mart_day: None,
            },
            unit: None,
            class: Class::from_code("C3"),
            source: None,
            owner: None,
            definition: None,
            refreshed_on: NaiveDate::from_ymd_opt(2026, 9, 26),
            stats: None,
            fault: None,
            used_by: vec![],
            read_by: vec![],
        };
        let as_of = |day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap();
        assert!(!row.is_stale(as_of(31)));
        assert!(row.is_stale(as_of(31).succ_opt().unwrap()));
        row.refreshed_on = None;
        assert!(!row.is_stale(as_of(31)));
        assert!(row.is_unused());
        assert_eq!(Class::from_code("C4"), None);
    }

    #[test]
    fn a_value_is_read_by_its_type() {
        use AttributeType::{Date, Flag, Money, Number};
        assert_eq!(Stat::read(Money, "1250"), Some(Stat::Money(Minor(1250))));
        assert_eq!(Stat::read(Date, "2026-10-31").is_some(), Stat::read(Number, "-3.50").is_some());
        assert_eq!(Stat::read(Date, "infinity"), Some(Stat::Never { before: false }));
        for (kind, text) in [(Number, "NaN"), (Date, "never"), (Money, "1.5"), (Flag, "true")] {
            assert_eq!(Stat::read(kind, text), None, "{text}");
        }
    }
}
