//! Exact decimal numbers of rules. They are never floats: `= 0.1` must mean one tenth.

use std::cmp::Ordering;

/// A decimal number in one spelling: no leading or trailing zeros, no `+`, no `-0`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(String);

/// Digits that a number may have on both sides of the point together; far inside what `numeric` holds.
const MAX_DIGITS: usize = 40;

impl Number {
    /// Reads digits with an optional sign and point, `None` if it is anything else or longer than forty digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && decimals.is_empty()) || !all_digits(whole) || !all_digits(decimals)
        {
            return None;
        }
        let (whole, decimals) = (whole.trim_start_matches('0'), decimals.trim_end_matches('0'));
        if whole.len() + decimals.len() > MAX_DIGITS {
            return None;
        }
        let whole = if whole.is_empty() { "0" } else { whole };
        let point = if decimals.is_empty() { "" } else { "." };
        let zero = whole == "0" && decimals.is_empty();
        let sign = if negative && !zero { "-" } else { "" };
        Some(Self(format!("{sign}{whole}{point}{decimals}")))
    }

    /// The whole number at or below it, and whether it is that number; `None` beyond eighteen digits.
    pub(super) fn floor(&self) -> Option<(i64, bool)> {
        let (whole, decimals) = self.0.split_once('.').unwrap_or((&self.0, ""));
        let number: i64 = whole.parse().ok().filter(|n: &i64| n.unsigned_abs() < 10_u64.pow(18))?;
        let exact = decimals.is_empty();
        Some((number - i64::from(!exact && self.0.starts_with('-')), exact))
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
