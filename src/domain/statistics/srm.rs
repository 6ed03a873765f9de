//! Whether a list was split as planned (sample-ratio mismatch).
//!
//! A mismatch means that somebody or something chose who is in which arm; then the arms differ by more than the
//! push, and no effect can be read from them.
//!
//! Source: Fabijan et al. 2019, KDD, "Diagnosing sample ratio mismatch in online controlled experiments".

use super::sum::whole;
use super::tail::chi_square_1;
use crate::domain::message::Message;
use crate::msg;

/// The least number above nothing, 4.9e-324.
const LEAST: f64 = f64::from_bits(1);

/// Pearson's chi-square of two arms against the plan.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Mismatch {
    /// The statistic, with one degree of freedom.
    pub chi2: f64,
    /// The probability of such a split or one worse, if it went as planned.
    pub p: f64,
}

/// Why there is nothing to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrmError {
    /// Nobody in either arm.
    #[error("nobody in either arm")]
    NoCustomers,
    /// A planned part that is not above zero.
    #[error("a planned part that is not positive")]
    Plan,
}

impl SrmError {
    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new(match self {
            Self::NoCustomers => msg!("calc.srm.nobody"),
            Self::Plan => msg!("calc.srm.plan"),
        })
    }
}

/// The arms' customers against the `planned` parts, which stand to each other as the arms should.
///
/// # Errors
/// [`SrmError`] if there is nobody, or a planned part is not above zero.
pub fn mismatch(arms: (u64, u64), planned: (f64, f64)) -> Result<Mismatch, SrmError> {
    if !([planned.0, planned.1].iter().all(|part| *part > 0.0 && part.is_finite())) {
        return Err(SrmError::Plan);
    }
    let (first, second) = (whole(arms.0), whole(arms.1));
    let all = first + second;
    if all == 0.0 {
        return Err(SrmError::NoCustomers);
    }
    // Ratios first: two planned parts may be too large to add.
    let share = 1.0 / (1.0 + planned.1 / planned.0);
    let other = 1.0 / (1.0 + planned.0 / planned.1);
    if share == 0.0 || other == 0.0 {
        return Err(SrmError::Plan);
    }
    // Both arms are off by the same number, so that the two terms have it in common.
    let off = first * other - second * share;
    let chi2 = (off / all) * (off / (share * other));
    // What is less than any float is not nothing: it is told as the least of them, and never as a false zero.
    Ok(Mismatch { chi2, p: chi_square_1(chi2).max(LEAST) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_published_mismatches_are_reproduced() {
        // Recomputed: 4,072 and 2,035 at 80:20; 520 and 480 at 50:50
        let far = mismatch((4072, 2035), (80.0, 20.0)).unwrap();
        assert!((far.chi2 - 677.4449).abs() <= 0.5e-4, "{far:?}");
        assert!((far.p - 2.40e-149).abs() <= 0.005e-149, "{far:?}");
        let near = mismatch((520, 480), (50.0, 50.0)).unwrap();
        let farthest = mismatch((1_000_000, 1), (50.0, 50.0)).unwrap();
        assert!(farthest.p > 0.0 && farthest.p < 1e-300, "{farthest:?}");
        assert!((near.chi2 - 1.6).abs() < 1e-12 && (near.p - 0.2059).abs() <= 0.5e-4, "{near:?}");
    }

    #[test]
    fn the_farthest_tail_has_the_digits_that_a_float_has() {
        // erfc(sqrt(x / 2)) at 60 digits (mpmath 1.3); all of one arm at 50:50 is as many as there are.
        for (arm, want) in [
            (1400, 2.101_014_516_264e-306),
            (1412, 5.185_748_592_124e-309),
            (1420, 9.471_274_711_83e-311),
            (1430, 6.359_373_145_86e-313),
            (1450, 2.867_198e-317),
        ] {
            let p = mismatch((arm, 0), (50.0, 50.0)).unwrap().p;
            assert!((p / want - 1.0).abs() < 1e-6, "{arm}: {p:e}");
        }
        for arm in [1500, 3000, u64::MAX] {
            assert_eq!(mismatch((arm, 0), (50.0, 50.0)).unwrap().p.to_bits(), 1, "{arm}");
        }
        assert_eq!(mismatch((50, 50), (50.0, 50.0)).unwrap().p.to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        assert_eq!(mismatch((0, 0), (1.0, 1.0)), Err(SrmError::NoCustomers));
        for planned in [(0.0, 1.0), (1.0, -1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
            assert_eq!(mismatch((1, 1), planned), Err(SrmError::Plan));
        }
        assert_ne!(SrmError::Plan.message(), SrmError::NoCustomers.message());
    }

    proptest! {
        #[test]
        fn it_is_the_sum_of_squares_over_what_was_expected(
            a in 0_u64..100_000, b in 1_u64..100_000, x in 0.01..100.0_f64, y in 0.01..100.0_f64
        ) {
            let got = mismatch((a, b), (x, y)).unwrap();
            let (a, b) = (whole(a), whole(b));
            let (ea, eb) = ((a + b) * x / (x + y), (a + b) * y / (x + y));
            let want = (a - ea).powi(2) / ea + (b - eb).powi(2) / eb;
            prop_assert!((got.chi2 - want).abs() <= 1e-6 * (1e-6 + want), "{} {}", got.chi2, want);
            let scaled = mismatch((520, 480), (7.0 * x, 7.0 * x)).unwrap();
            prop_assert!((scaled.chi2 - 1.6).abs() < 1e-9);
        }
    }
}
