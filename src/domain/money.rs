//! Money in integer minor units, and the currency that says how many digits those are.

use crate::domain::decimal::Decimal;

/// An amount in minor units (fen, haléř, cent). There is no product of two amounts and no way in from a float, and no
/// `+` either: what adds amounts up says what happens when they do not fit.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Minor(pub i64);

impl Minor {
    /// The most that one customer's amount may be, in minor units (ten trillion yuan): far beyond any customer, and so that
    /// nine thousand mistakes of this size still add up to a `bigint`. `baton.amount_most` says the same.
    pub const MOST_OF_ONE: i64 = 1_000_000_000_000_000;

    /// What amounts are together; none if that is more than an amount can be.
    #[must_use]
    pub fn total(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let total: i128 = amounts.into_iter().map(|amount| i128::from(amount.0)).sum();
        i64::try_from(total).ok().map(Self)
    }
}

/// A currency of ISO 4217: its code and how many decimals its major unit has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency {
    code: [u8; 3],
    digits: u8,
}

/// Why a text is not an amount of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a plain decimal number such as `-1234.50`.
    #[error("not a decimal number")]
    NotANumber,
    /// More decimals than the currency has.
    #[error("more decimals than the currency's {0}")]
    TooManyDecimals(u8),
    /// Beyond 92 quadrillion major units.
    #[error("too large")]
    TooLarge,
}

impl Currency {
    /// 人民币, the demo bank's.
    pub const CNY: Self = Self { code: *b"CNY", digits: 2 };

    /// The currency of an ISO 4217 code in capitals, `None` if there is no such currency or it has no minor unit defined.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let known = iso_currency::Currency::from_code(code)?;
        let digits = u8::try_from(known.exponent()?).ok()?;
        Some(Self { code: code.as_bytes().try_into().ok()?, digits })
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// Decimals of the major unit: 2 for CNY, 0 for JPY.
    #[must_use]
    pub fn digits(&self) -> u8 {
        self.digits
    }

    /// Minor units in one major unit.
    #[must_use]
    pub fn scale(&self) -> i64 {
        10_i64.pow(u32::from(self.digits))
    }

    /// Reads an amount in major units, such as `12.50`; trailing zeros beyond the currency's digits are no decimals.
    ///
    /// # Errors
    /// [`MoneyError`] says which of the three things is wrong.
    pub fn parse(&self, text: &str) -> Result<Minor, MoneyError> {
        let Decimal { negative, whole, decimals } =
            Decimal::parse(text).ok_or(MoneyError::NotANumber)?;
        let decimals = decimals.trim_end_matches('0');
        let places = usize::from(self.digits);
        if decimals.len() > places {
            return Err(MoneyError::TooManyDecimals(self.digits));
        }
        let text = format!("{}{whole}{decimals:0<places$}", if negative { "-" } else { "" });
        let text = if matches!(text.as_str(), "" | "-") { "0" } else { &text };
        text.parse().map(Minor).map_err(|_| MoneyError::TooLarge)
    }

    /// The amount in major units as a plain decimal number, `-12.50`: the inverse of [`Currency::parse`].
    #[must_use]
    pub fn plain(&self, amount: Minor) -> String {
        let (sign, value) = (if amount.0 < 0 { "-" } else { "" }, amount.0.unsigned_abs());
        let scale = self.scale().unsigned_abs();
        let places = usize::from(self.digits);
        if places == 0 {
            return format!("{sign}{value}");
        }
        format!("{sign}{}.{:0places$}", value / scale, value % scale)
    }

    /// The same of a whole number of minor units as it is written, of any length: a sum that no [`Minor`] holds.
    #[must_use]
    pub fn pointed(&self, minor: &str) -> String {
        let (sign, digits) = minor.strip_prefix('-').map_or(("", minor), |digits| ("-", digits));
        let places = usize::from(self.digits);
        let digits = format!("{digits:0>width$}", width = places + 1);
        match digits.split_at(digits.len() - places) {
            (whole, "") => format!("{sign}{whole}"),
            (whole, decimals) => format!("{sign}{whole}.{decimals}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cny() -> Currency {
        Currency::from_code("CNY").unwrap()
    }

    #[test]
    fn an_amount_is_read_in_major_units() {
        for (text, minor) in
            [("12.5", 1250), ("12.500", 1250), ("-.05", -5), ("7", 700), ("+1.", 100), ("0", 0)]
        {
            assert_eq!(cny().parse(text), Ok(Minor(minor)), "{text}");
        }
        assert_eq!(Currency::from_code("JPY").unwrap().parse("12"), Ok(Minor(12)));
        assert_eq!(Currency::from_code("JPY").unwrap().parse("0.0"), Ok(Minor(0)));
    }

    #[test]
    fn amounts_that_do_not_fit_together_are_no_amount() {
        let total = |amounts: &[i64]| Minor::total(amounts.iter().copied().map(Minor));
        assert_eq!(total(&[]), Some(Minor(0)));
        assert_eq!(total(&[i64::MAX, 1]), None);
        assert_eq!(total(&[i64::MIN, -1]), None);
        assert_eq!(total(&[i64::MAX, i64::MAX, i64::MIN, i64::MIN, 2]), Some(Minor(0)));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", "-", ".", "1e3", "1,000", " 1", "--1", "１"] {
            assert_eq!(cny().parse(text), Err(MoneyError::NotANumber), "{text}");
        }
        assert_eq!(cny().parse("1.005"), Err(MoneyError::TooManyDecimals(2)));
        assert_eq!(cny().parse("999999999999999999"), Err(MoneyError::TooLarge));
        assert!(Currency::from_code("ABC").is_none());
    }

    proptest! {
        #[test]
        fn plain_and_parse_are_inverses(value: i64, digits in prop::sample::select(vec!["CNY", "JPY", "KWD"])) {
            let currency = Currency::from_code(digits).unwrap();
            prop_assert_eq!(currency.parse(&currency.plain(Minor(value))), Ok(Minor(value)));
            prop_assert_eq!(currency.pointed(&value.to_string()), currency.plain(Minor(value)));
        }
    }
}
