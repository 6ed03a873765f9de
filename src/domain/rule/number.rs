//! Exact decimal numbers of rules. They are never floats: `= 0.1` must mean one tenth.

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

    /// The one spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
}
