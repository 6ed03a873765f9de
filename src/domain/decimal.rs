//! Decimal numbers as people write them, taken apart without a float: what is approved must be what was typed.

use serde::{Serialize, Serializer};

/// The parts of `-12.50`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal<'a> {
    /// It begins with `-`.
    pub negative: bool,
    /// The digits before the point; may be empty, as in `.5`.
    pub whole: &'a str,
    /// The digits after the point; may be empty, as in `7.`.
    pub decimals: &'a str,
}

impl<'a> Decimal<'a> {
    /// Takes apart digits with an optional sign and point; `None` if `text` is anything else.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let something = !whole.is_empty() || !decimals.is_empty();
        (something && all_digits(whole) && all_digits(decimals)).then_some(Self {
            negative,
            whole,
            decimals,
        })
    }
}

/// A decimal number as JSON has it: a number where whoever reads numbers as doubles gets the same digits back, else its
/// text, so that nothing is rounded and nothing is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact<'a>(pub &'a str);

impl Serialize for Exact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(text) = *self;
        if let Ok(whole) = text.parse::<i64>() {
            return serializer.serialize_i64(whole);
        }
        match text.parse::<f64>() {
            Ok(double) if says_the_same(text, double) => serializer.serialize_f64(double),
            _ => serializer.serialize_str(text),
        }
    }
}

/// Whether the shortest digits that mean this double are those of the text.
fn says_the_same(text: &str, double: f64) -> bool {
    let shortest = double.to_string();
    let digits = |text| {
        let Decimal { negative, whole, decimals } = Decimal::parse(text)?;
        Some((negative, whole.trim_start_matches('0'), decimals.trim_end_matches('0')))
    };
    let read = digits(text);
    read.is_some() && read == digits(&shortest)
}

/// A share in parts per million, from `0.10`, `10%` or `10 %`; `None` for what is no share from 0 to 1, and for more
/// decimals than parts per million have.
#[must_use]
pub fn share_ppm(text: &str) -> Option<u32> {
    let (text, places) = match text.strip_suffix(['%', '％']) {
        Some(percent) => (percent.trim_end(), 4),
        None => (text, 6),
    };
    let Decimal { negative, whole, decimals } = Decimal::parse(text)?;
    let decimals = decimals.trim_end_matches('0');
    if decimals.len() > places {
        return None;
    }
    let ppm: u32 = format!("0{whole}{decimals:0<places$}").parse().ok()?;
    (ppm <= 1_000_000 && (!negative || ppm == 0)).then_some(ppm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_apart() {
        let parts = |text| Decimal::parse(text).map(|d| (d.negative, d.whole, d.decimals));
        assert_eq!(parts("-12.50"), Some((true, "12", "50")));
        assert_eq!(parts("+.5"), Some((false, "", "5")));
        assert_eq!(parts("7."), Some((false, "7", "")));
        for text in ["", "-", ".", "1e3", "1,000", " 1", "--1", "1.2.3", "１"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_of_json_is_never_rounded_and_never_missing() {
        let told = |text| serde_json::to_value(Exact(text)).unwrap().to_string();
        for (text, json) in [
            ("7", "7"),
            ("-3.50", "-3.5"),
            ("0.1", "0.1"),
            ("100000000000000000000", "100000000000000000000.0"),
            ("9223372036854775807", "9223372036854775807"),
            ("-0.00", "-0.0"),
        ] {
            let bits = |text: &str| text.parse::<f64>().unwrap().to_bits();
            assert_eq!(bits(&told(text)), bits(json), "{text}: {}", told(text));
        }
        let huge = "1".repeat(400);
        for text in
            ["99999999999999999999999.5", "0.12345678901234567890", "NaN", "Infinity", &huge]
        {
            assert_eq!(told(text), format!("\"{text}\""));
        }
    }

    proptest::proptest! {
        #[test]
        fn what_json_has_is_the_number(whole in "-?[0-9]{1,25}", decimals in "(\\.[0-9]{1,25})?") {
            let text = format!("{whole}{decimals}");
            let json = serde_json::to_string(&Exact(&text)).unwrap();
            let told = match serde_json::from_str(&json).unwrap() {
                serde_json::Value::String(told) => told,
                number => match number.as_i64() {
                    Some(whole) => whole.to_string(),
                    // Its own reading of fractions may be off by the last bit.
                    None => json.parse::<f64>().unwrap().to_string(),
                },
            };
            let digits = |text| {
                let Decimal { negative, whole, decimals } = Decimal::parse(text).unwrap();
                let (whole, decimals) = (whole.trim_start_matches('0'), decimals.trim_end_matches('0'));
                (negative && !(whole.is_empty() && decimals.is_empty()), whole.to_owned(), decimals.to_owned())
            };
            proptest::prop_assert_eq!(digits(&told), digits(&text), "{}", json);
        }
    }

    #[test]
    fn a_share_is_read_without_a_float() {
        for (text, ppm) in [
            ("0.10", 100_000),
            ("10%", 100_000),
            ("12.5 %", 125_000),
            ("0.1％", 1_000),
            ("0", 0),
            (".001", 1_000),
            ("1", 1_000_000),
            ("0.1000000", 100_000),
        ] {
            assert_eq!(share_ppm(text), Some(ppm), "{text}");
        }
        for text in ["", "%", "1.1", "101%", "-0.1", "0.0000001", "ten", "0,1"] {
            assert_eq!(share_ppm(text), None, "{text}");
        }
    }
}
