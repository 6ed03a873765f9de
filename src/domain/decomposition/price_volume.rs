//! Splitting the change of a revenue into price, volume and mix.
//!
//! Price is what the new prices did at the new quantities; volume is what the total quantity did at the old average
//! price; mix is the rest of quantity: selling more of what was dear or cheap. The three add up to the change.

use crate::domain::message::Message;
use crate::domain::statistics::sum::sum;
use crate::msg;

/// An item's price and quantity in one period. Where there is no quantity the price may be undefined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// The price of one.
    pub price: Option<f64>,
    /// How many.
    pub quantity: f64,
}

impl Side {
    /// An item that is not there.
    pub const ABSENT: Self = Self { price: None, quantity: 0.0 };
}

/// A change of revenue and its three parts.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct PriceVolume {
    /// The revenue's change.
    pub change: f64,
    /// New prices at new quantities.
    pub price: f64,
    /// The total quantity at the old average price.
    pub volume: f64,
    /// The rest of quantity.
    pub mix: f64,
}

/// Why a revenue has no such split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceVolumeError {
    /// The quantities of the earlier period sum to zero, so that there is no average price.
    #[error("nothing before")]
    NothingBefore,
    /// The numbers are too large to reckon with.
    #[error("beyond the range of a number")]
    Overflow,
}

impl PriceVolumeError {
    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new(match self {
            Self::NothingBefore => msg!("calc.price-volume.nothing-before"),
            Self::Overflow => msg!("calc.overflow"),
        })
    }
}

/// Splits the change. A price that is undefined in one period counts as unchanged: what is new or gone is mix.
///
/// # Errors
/// [`PriceVolumeError`] if the earlier quantities sum to zero.
pub fn split(rows: &[(Side, Side)]) -> Result<PriceVolume, PriceVolumeError> {
    let prices = |row: &(Side, Side)| {
        let (a, b) = (row.0.price, row.1.price);
        (a.or(b).unwrap_or(0.0), b.or(a).unwrap_or(0.0))
    };
    let over = |term: fn((f64, f64), (f64, f64)) -> f64| {
        sum(rows.iter().map(|row| term(prices(row), (row.0.quantity, row.1.quantity))))
    };
    let (q0, q1) = (over(|_, q| q.0), over(|_, q| q.1));
    if q0 == 0.0 {
        return Err(PriceVolumeError::NothingBefore);
    }
    let before = over(|p, q| p.0 * q.0);
    let average = before / q0;
    let price = over(|p, q| (p.1 - p.0) * q.1);
    let volume = (q1 - q0) * average;
    let mix = over(|p, q| p.0 * q.1) - q1 * average;
    let change = over(|p, q| p.1 * q.1) - before;
    if [change, price, volume, mix].iter().all(|x| x.is_finite()) {
        Ok(PriceVolume { change, price, volume, mix })
    } else {
        Err(PriceVolumeError::Overflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn side(price: f64, quantity: f64) -> Side {
        Side { price: Some(price), quantity }
    }

    #[test]
    fn the_textbook_case_is_reproduced() {
        // 1,000 at 50 to 1,100 at 52: 2,200 + 5,000 + 0 = 7,200
        let got = split(&[(side(50.0, 1000.0), side(52.0, 1100.0))]).unwrap();
        assert_eq!(got, PriceVolume { change: 7200.0, price: 2200.0, volume: 5000.0, mix: 0.0 });
    }

    #[test]
    fn what_is_new_or_gone_is_quantity() {
        let rows = [
            (side(10.0, 100.0), side(10.0, 100.0)),
            (Side::ABSENT, side(30.0, 50.0)),
            (side(40.0, 50.0), Side::ABSENT),
        ];
        let got = split(&rows).unwrap();
        // The average was 20 and as many are sold: what remains is 30 in place of 40, fifty times.
        assert_eq!(got, PriceVolume { change: -500.0, price: 0.0, volume: 0.0, mix: -500.0 });
    }

    #[test]
    fn an_earlier_period_of_nothing_is_refused() {
        let rows = [(side(10.0, 0.0), side(10.0, 1.0))];
        assert_eq!(split(&rows), Err(PriceVolumeError::NothingBefore));
        let rows = [(side(1e200, 1e200), side(1.0, 1.0))];
        assert_eq!(split(&rows), Err(PriceVolumeError::Overflow));
        assert_ne!(PriceVolumeError::NothingBefore.message(), PriceVolumeError::Overflow.message());
    }

    proptest! {
        #[test]
        fn the_parts_sum_to_the_change(
            rows in prop::collection::vec(((0.0..1e3_f64, 1.0..1e3_f64), (0.0..1e3_f64, 0.0..1e3_f64)), 1..8)
        ) {
            let rows: Vec<(Side, Side)> =
                rows.iter().map(|(a, b)| (side(a.0, a.1), side(b.0, b.1))).collect();
            let got = split(&rows).unwrap();
            let scale = 1.0 + crate::domain::statistics::sum::count(rows.len()) * 1e6;
            prop_assert!((got.price + got.volume + got.mix - got.change).abs() <= 1e-9 * scale);
            let turned: Vec<(Side, Side)> = rows.iter().rev().copied().collect();
            let again = split(&turned).unwrap();
            prop_assert!((got.mix - again.mix).abs() <= 1e-9 * scale);
        }
    }
}
