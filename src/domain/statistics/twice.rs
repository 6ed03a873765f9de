//! Numbers of twice a float's digits: a float, and what it leaves over of the number.
//!
//! The change of a large total may be small beside what a float rounds away of either end. So ends are multiplied and
//! taken from each other with all their digits, and only what comes out is rounded.
//!
//! Source: Dekker 1971, Numerische Mathematik 18:224-242; Knuth, The Art of Computer Programming 2, 4.2.2.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number as a float and the rest of it, which is at most half of the float's last digit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Twice {
    high: f64,
    low: f64,
}

impl Twice {
    /// A number as it is written, in digits with a point and an exponent; what a float keeps of it is `near`.
    #[must_use]
    pub fn read(text: &str, near: f64) -> Self {
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (negative, digits) = match digits.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, digits.strip_prefix('+').unwrap_or(digits)),
        };
        let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
        let Ok(exponent) = exponent.parse::<i32>() else { return near.into() };
        let shift = i32::try_from(after.len()).map(|fraction| exponent.saturating_sub(fraction));
        // Of what is beyond these a float may not hold the steps in between.
        let Some(shift) = shift.ok().filter(|shift| (-250..=250).contains(shift)) else {
            return near.into();
        };
        let digit = |byte: u8| Self::from(f64::from(byte.saturating_sub(b'0')));
        let ten = Self::from(10.0);
        let whole =
            before.bytes().chain(after.bytes()).fold(Self::default(), |n, b| n * ten + digit(b));
        let scale = (0..shift.unsigned_abs()).fold(Self::from(1.0), |scale, _| scale * ten);
        let value = if shift < 0 { whole / scale } else { whole * scale };
        let value = if negative { -value } else { value };
        let low = (value - near.into()).float();
        if low.is_finite() { Self { high: near, low } } else { near.into() }
    }

    /// The nearest float.
    #[must_use]
    pub fn float(self) -> f64 {
        self.high + self.low
    }

    /// A float and its rest, put in order; where the float has left the range of floats there is no rest.
    fn of(high: f64, low: f64) -> Self {
        let (sum, rest) = added(high, low);
        if sum.is_finite() { Self { high: sum, low: rest } } else { high.into() }
    }
}

impl From<f64> for Twice {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

/// The sum of two floats, and what it rounds away.
fn added(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_of = sum - a;
    (sum, (a - (sum - b_of)) + (b - b_of))
}

impl Add for Twice {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (high, rest) = added(self.high, other.high);
        let (low, least) = added(self.low, other.low);
        let sum = Self::of(high, rest + low);
        Self::of(sum.high, sum.low + least)
    }
}

impl Neg for Twice {
    type Output = Self;
    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Sub for Twice {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Twice {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let high = self.high * other.high;
        // With one rounding only, so that it is exactly what `high` rounds away.
        let rest = self.high.mul_add(other.high, -high);
        Self::of(high, rest + (self.high * other.low + self.low * other.high))
    }
}

impl Div for Twice {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let left = self - other * first.into();
        let second = left.high / other.high;
        let left = left - other * second.into();
        Self::of(first, second) + (left.high / other.high).into()
    }
}

impl std::iter::Sum for Twice {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Twice {
        Twice::read(text, text.parse().unwrap())
    }

    #[test]
    fn what_a_float_rounds_away_of_a_decimal_is_kept() {
        assert!((read("0.3") - read("0.1") - read("0.2")).float().abs() < 1e-32);
        assert!(
            ((read("123456789.123456789") - read("123456789")).float() - 0.123_456_789).abs()
                < 1e-17
        );
        let same =
            |found: Twice, wanted: f64| assert_eq!(found.float().to_bits(), wanted.to_bits());
        same(read("1e22") - read("9999999999999999999999"), 1.0);
        same(read("-1.5e-3"), -0.0015);
        same(read("+2"), 2.0);
        same(read("1e-300"), 1e-300);
        same(read("1e300"), 1e300);
    }

    #[test]
    fn what_leaves_the_range_of_floats_is_no_number_and_has_no_rest() {
        let large = Twice::from(1e200);
        assert!((large * large).float().is_infinite());
        assert!((Twice::from(1e-200) * 1e-200.into()).float().abs() < f64::MIN_POSITIVE);
    }

    proptest! {
        #[test]
        fn it_reckons_as_whole_numbers_do(a in -1_000_000_000_000_i64..1_000_000_000_000, b in 1_i64..1_000_000_000_000) {
            let whole = |n: i128| read(&n.to_string());
            let (x, y) = (whole(a.into()), whole(b.into()));
            let product = i128::from(a) * i128::from(b);
            prop_assert_eq!(x * y - whole(product), Twice::default());
            prop_assert_eq!(x + y - whole((a + b).into()), Twice::default());
            let back = ((x / y) * y - x).float();
            prop_assert!(back.abs() <= 1e-30 * x.float().abs(), "{}", back);
        }
    }
}
