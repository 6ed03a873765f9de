//! Values of one attribute with how many have each: where the shares of everyone end, what is in the middle, and how many
//! fall between borders, as the database reckons it (`percentile_disc`, `width_bucket`).

use std::cmp::Ordering;

use crate::domain::attribute::AttributeType;
use crate::domain::rule::Number;

/// A value and who has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// As the database writes it.
    pub value: String,
    /// Of everyone.
    pub everyone: i64,
    /// Of the members.
    pub members: i64,
}

/// The values of one attribute of numbers, amounts or days, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    kind: AttributeType,
    values: Vec<Held>,
}

impl Spread {
    /// Puts values in their order; each stands in `values` once.
    #[must_use]
    pub fn of(kind: AttributeType, mut values: Vec<Held>) -> Self {
        values.sort_by_cached_key(|held| key(kind, &held.value));
        Self { kind, values }
    }

    /// The first value that `share` of everyone do not exceed, or of the members; none if nobody has one.
    #[must_use]
    pub fn at(&self, share: f64, of: impl Fn(&Held) -> i64) -> Option<&str> {
        let whole: i64 = self.values.iter().map(&of).sum();
        let wanted = row(share, whole);
        let mut upto = 0;
        let found = self.values.iter().find(|held| {
            upto += of(held);
            upto >= wanted
        });
        found.map(|held| held.value.as_str())
    }

    /// How many of everyone and of the members have a value.
    #[must_use]
    pub fn known(&self) -> (i64, i64) {
        self.values.iter().fold((0, 0), |(e, m), held| (e + held.everyone, m + held.members))
    }

    /// How many of everyone and of the members stand in each range that `borders` make, from the lowest; a border begins its
    /// range.
    #[must_use]
    pub fn between(&self, borders: &[String]) -> Vec<(i64, i64)> {
        let borders: Vec<Key> = borders.iter().map(|border| key(self.kind, border)).collect();
        let mut counts = vec![(0, 0); borders.len() + 1];
        for held in &self.values {
            let value = key(self.kind, &held.value);
            let at = borders.partition_point(|border| *border <= value);
            counts[at].0 += held.everyone;
            counts[at].1 += held.members;
        }
        counts
    }
}

/// The row, counted from 1, of `whole` rows in order that a share ends with.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "as the database reckons it"
)]
fn row(share: f64, whole: i64) -> i64 {
    ((share * whole as f64).ceil() as i64).max(1)
}

/// What values are ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Number(Number),
    /// Year, month and day; what has no end or no beginning stands beyond all of them.
    Day((i64, u32, u32)),
    Amount(i64),
    /// What the database does not write.
    Text(String),
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Day(a), Self::Day(b)) => a.cmp(b),
            (Self::Amount(a), Self::Amount(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Key {
    fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Day(_) => 1,
            Self::Amount(_) => 2,
            Self::Text(_) => 3,
        }
    }
}

fn key(kind: AttributeType, value: &str) -> Key {
    let read = match kind {
        AttributeType::Number => Number::recorded(value).map(Key::Number),
        AttributeType::Money => value.parse().ok().map(Key::Amount),
        AttributeType::Date => day(value),
        AttributeType::Flag | AttributeType::Category => None,
    };
    read.unwrap_or_else(|| Key::Text(value.to_owned()))
}

fn day(value: &str) -> Option<Key> {
    match value {
        "-infinity" => return Some(Key::Day((i64::MIN, 0, 0))),
        "infinity" => return Some(Key::Day((i64::MAX, 0, 0))),
        _ => {}
    }
    let (plain, before) = match value.strip_suffix(" BC") {
        Some(plain) => (plain, true),
        None => (value, false),
    };
    let mut parts = plain.splitn(3, '-');
    let year: i64 = parts.next()?.parse().ok()?;
    let (month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    // There is no year 0: the one before 1 is 1 BC.
    Some(Key::Day((if before { 1 - year } else { year }, month, day)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn held(value: &str, everyone: i64, members: i64) -> Held {
        Held { value: value.to_owned(), everyone, members }
    }

    fn order(kind: AttributeType, values: &[&str]) -> Vec<String> {
        let values = values.iter().map(|value| held(value, 1, 1)).collect();
        Spread::of(kind, values).values.into_iter().map(|held| held.value).collect()
    }

    #[test]
    fn values_stand_in_the_order_of_the_database() {
        use AttributeType::{Date, Money, Number};
        let days = [
            "infinity",
            "2024-03-01",
            "10000-01-01",
            "0044-03-15 BC",
            "-infinity",
            "0001-01-01",
            "0045-01-01 BC",
        ];
        assert_eq!(
            order(Date, &days),
            [
                "-infinity",
                "0045-01-01 BC",
                "0044-03-15 BC",
                "0001-01-01",
                "2024-03-01",
                "10000-01-01",
                "infinity"
            ]
        );
        assert_eq!(order(Number, &["10", "9.50", "-2", "-10.0"]), ["-10.0", "-2", "9.50", "10"]);
        assert_eq!(order(Money, &["1000", "-5", "99"]), ["-5", "99", "1000"]);
    }

    #[test]
    fn shares_end_and_ranges_begin_where_the_database_says() {
        let spread = Spread::of(
            AttributeType::Number,
            vec![held("3", 2, 0), held("1", 5, 1), held("2.0", 3, 4)],
        );
        let everyone = |share| spread.at(share, |held| held.everyone);
        assert_eq!(
            [0.1, 0.5, 0.51, 0.8, 0.81].map(everyone),
            [Some("1"), Some("1"), Some("2.0"), Some("2.0"), Some("3")]
        );
        assert_eq!(spread.at(0.5, |held| held.members), Some("2.0"));
        assert_eq!(spread.known(), (10, 5));
        // A border is its value, however it is written.
        let borders = ["2", "2.5"].map(str::to_owned);
        assert_eq!(spread.between(&borders), [(5, 1), (3, 4), (2, 0)]);
        assert_eq!(spread.between(&[]), [(10, 5)]);
        let nobody = Spread::of(AttributeType::Number, vec![held("1", 4, 0)]);
        assert_eq!(nobody.at(0.5, |held| held.members), None);
    }

    proptest! {
        #[test]
        fn a_share_is_the_row_of_that_many(counts in prop::collection::vec(0_i64..5, 1..20), share in 0.0_f64..1.0) {
            let values = counts.iter().enumerate().map(|(at, n)| held(&at.to_string(), *n, 0)).collect();
            let spread = Spread::of(AttributeType::Money, values);
            let rows: Vec<usize> =
                counts.iter().enumerate().flat_map(|(at, n)| vec![at; usize::try_from(*n).unwrap()]).collect();
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few rows")]
            let wanted = ((share * rows.len() as f64).ceil() as usize).max(1);
            let expected = rows.get(wanted - 1).map(usize::to_string);
            prop_assert_eq!(spread.at(share, |held| held.everyone), expected.as_deref());
        }
    }
}
