//! Exact decimal numbers of rules. They are never floats: `= 0.1` must mean one tenth.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use crate::domain::decimal::Decimal;

/// A decimal number in one spelling: no leading or trailing zeros, no `+`, no `-0`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(String);

/// Digits that a number may have on both sides of the point together; far inside what `numeric` holds.
const MAX_DIGITS: usize = 40;

impl Number {
    /// Reads digits with an optional sign and point, `None` if it is anything else or longer than forty digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::recorded(text).filter(Self::is_writable)
    }

    /// Reads a number of the records, which may have more digits than one of a rule.
    #[must_use]
    pub fn recorded(text: &str) -> Option<Self> {
        let Decimal { negative, whole, decimals } = Decimal::parse(text)?;
        let (whole, decimals) = (whole.trim_start_matches('0'), decimals.trim_end_matches('0'));
        let whole = if whole.is_empty() { "0" } else { whole };
        let point = if decimals.is_empty() { "" } else { "." };
        let zero = whole == "0" && decimals.is_empty();
        let sign = if negative && !zero { "-" } else { "" };
        Some(Self(format!("{sign}{whole}{point}{decimals}")))
    }

    /// Whether a rule may write it.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        let (whole, decimals) = self.0.split_once('.').unwrap_or((&self.0, ""));
        whole.trim_start_matches(['-', '0']).len() + decimals.len() <= MAX_DIGITS
    }

    /// The whole number at or below it, and whether it is that number; `None` beyond eighteen digits.
    pub(super) fn floor(&self) -> Option<(i64, bool)> {
        let (whole, decimals) = self.0.split_once('.').unwrap_or((&self.0, ""));
        let number: i64 = whole.parse().ok().filter(|n: &i64| n.unsigned_abs() < 10_u64.pow(18))?;
        let exact = decimals.is_empty();
        Some((number - i64::from(!exact && self.0.starts_with('-')), exact))
    }

    /// The sum, exact.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let (a, b, scale) = self.aligned(other);
        Self::of(&(a + b), scale)
    }

    /// The difference, exact.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let (a, b, scale) = self.aligned(other);
        Self::of(&(a - b), scale)
    }

    /// The product, exact.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let ((a, a_scale), (b, b_scale)) = (self.parts(), other.parts());
        Self::of(&(a * b), a_scale + b_scale)
    }

    /// The quotient, cut after six decimals; `None` if `other` is 0.
    #[must_use]
    pub fn over(&self, other: &Self) -> Option<Self> {
        let (a, b, _) = self.aligned(other);
        // Division of whole numbers cuts towards zero, as `div()` does.
        (b.sign() != Sign::NoSign).then(|| Self::of(&(a * 1_000_000 / b), 6))
    }

    /// The whole number towards zero, `None` beyond eighteen digits.
    #[must_use]
    pub fn trunc(&self) -> Option<i64> {
        let (whole, _) = self.0.split_once('.').unwrap_or((&self.0, ""));
        whole.parse().ok().filter(|n: &i64| n.unsigned_abs() < 10_u64.pow(18))
    }

    /// Whether it has no decimals.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.0.contains('.')
    }

    /// Digits and how many of them are decimals.
    fn parts(&self) -> (BigInt, usize) {
        let decimals = self.0.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        (self.0.replace('.', "").parse().unwrap_or_default(), decimals)
    }

    fn aligned(&self, other: &Self) -> (BigInt, BigInt, usize) {
        let ((a, a_scale), (b, b_scale)) = (self.parts(), other.parts());
        let scale = a_scale.max(b_scale);
        let grown = |n: BigInt, by: usize| n * BigInt::from(10).pow(u32::try_from(by).unwrap_or(0));
        (grown(a, scale - a_scale), grown(b, scale - b_scale), scale)
    }

    fn of(digits: &BigInt, scale: usize) -> Self {
        let sign = if digits.sign() == Sign::Minus { "-" } else { "" };
        let plain = format!("{:0>width$}", digits.magnitude().to_string(), width = scale + 1);
        let (whole, decimals) = plain.split_at(plain.len() - scale);
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        Self(format!("{sign}{whole}{point}{decimals}"))
    }

    /// The one spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        /// Longer whole parts are greater, since none starts with a zero; equal ones and decimals compare as text.
        fn size(digits: &str) -> (usize, &str, &str) {
            let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
            (whole.len(), whole, decimals)
        }
        match (self.0.strip_prefix('-'), other.0.strip_prefix('-')) {
            (None, None) => size(&self.0).cmp(&size(&other.0)),
            (Some(a), Some(b)) => size(b).cmp(&size(a)),
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_number_is_one() {
        for (text, plain) in [
            ("007", "7"),
            ("+1.50", "1.5"),
            ("-0.0", "0"),
            (".5", "0.5"),
            ("3.", "3"),
            ("-00.10", "-0.1"),
            ("0", "0"),
        ] {
            assert_eq!(Number::parse(text).unwrap().as_str(), plain, "{text}");
        }
        for text in ["", "-", ".", "1e3", "1_000", " 1", "--1", "１", "0x1f", &"9".repeat(41)] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_ordered_by_size() {
        let sorted =
            ["-10", "-9.5", "-0.06", "-0.05", "0", "0.05", "0.1", "0.11", "1", "9", "10", "10.5"];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(
                    Number::parse(a).unwrap().cmp(&Number::parse(b).unwrap()),
                    i.cmp(&j),
                    "{a} {b}"
                );
            }
        }
    }

    #[test]
    fn arithmetic_is_exact_and_quotients_are_cut() {
        let number = |text| Number::parse(text).unwrap();
        let all = |a, b| {
            let (a, b) = (number(a), number(b));
            let over = a.over(&b).map_or("none".to_owned(), |n| n.to_string());
            format!("{} {} {} {over}", a.plus(&b), a.minus(&b), a.times(&b))
        };
        assert_eq!(all("0.1", "0.2"), "0.3 -0.1 0.02 0.5");
        assert_eq!(all("-2", "3"), "1 -5 -6 -0.666666");
        assert_eq!(all("2", "3"), "5 -1 6 0.666666");
        assert_eq!(all("5", "0"), "5 5 0 none");
        assert_eq!(all("-0.0000001", "1"), "0.9999999 -1.0000001 -0.0000001 0");
        assert_eq!(all("100", "-0.001"), "99.999 100.001 -0.1 -100000");
        let large = "99999999999999999999999999999999999999";
        assert_eq!(number(large).times(&number(large)).as_str().len(), 76);
    }

    #[test]
    fn the_whole_number_below_is_found() {
        for (text, floor) in [
            ("3", Some((3, true))),
            ("3.5", Some((3, false))),
            ("-3", Some((-3, true))),
            ("-3.5", Some((-4, false))),
            ("-0.5", Some((-1, false))),
            ("9999999999999999999", None),
        ] {
            assert_eq!(Number::parse(text).unwrap().floor(), floor, "{text}");
        }
    }
}
