//! The difference of two means when the arms vary differently, as balances do.

use super::arms::{Arm, ArmsError, Moments};
use super::joint::Single;
use super::tail::{t_quantile_95, t_two_sided};

/// The difference treated minus control, its standard error, degrees of freedom, 95 % limits, and p.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Welch {
    /// Mean of the treated minus mean of the control.
    pub difference: f64,
    /// Its standard error.
    pub se: f64,
    /// The degrees of freedom after Welch and Satterthwaite.
    pub df: f64,
    /// The lower limit.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
    /// The probability of such a difference or one larger, if there were none.
    pub p: f64,
}

/// Compares the arms' means with the t quantile.
///
/// # Errors
/// [`ArmsError`] if an arm has fewer than two customers or nothing varies.
///
/// Source: Welch 1947, Biometrika 34:28-35.
pub fn welch(treated: &[f64], control: &[f64]) -> Result<Welch, ArmsError> {
    compared(Moments::of(Arm::Treated, treated)?, Moments::of(Arm::Control, control)?)
}

/// The same from what the arms come to.
///
/// # Errors
/// As [`welch`].
pub fn of_sums(treated: Single, control: Single) -> Result<Welch, ArmsError> {
    compared(treated.moments(Arm::Treated)?, control.moments(Arm::Control)?)
}

fn compared(a: Moments, b: Moments) -> Result<Welch, ArmsError> {
    let (of_a, of_b) = (a.of_mean(), b.of_mean());
    let difference = a.mean - b.mean;
    let se = (of_a + of_b).sqrt();
    if se == 0.0 {
        return Err(ArmsError::NoVariance);
    }
    // Parts of the variance, not the variances: their squares may leave the range of a float.
    let (share_a, share_b) = (of_a / (of_a + of_b), of_b / (of_a + of_b));
    let df = 1.0 / (share_a.powi(2) / (a.n - 1.0) + share_b.powi(2) / (b.n - 1.0));
    let half = t_quantile_95(df) * se;
    let p = t_two_sided(difference / se, df);
    Ok(Welch { difference, se, df, lower: difference - half, upper: difference + half, p })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn students_sleep_data_are_reproduced() {
        // R, t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p = 0.07939, -3.3654832 to 0.2054832
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let got = welch(&first, &second).unwrap();
        assert!((got.difference / got.se + 1.8608).abs() <= 0.5e-4, "{got:?}");
        assert!((got.df - 17.776).abs() <= 0.5e-3, "{got:?}");
        assert!((got.p - 0.07939).abs() <= 0.5e-5, "{got:?}");
        assert!((got.lower + 3.365_483_2).abs() <= 0.5e-7, "{got:?}");
        assert!((got.upper - 0.205_483_2).abs() <= 0.5e-7, "{got:?}");
    }

    #[test]
    fn arms_that_do_not_vary_are_refused() {
        assert_eq!(welch(&[1.0, 1.0], &[2.0, 2.0]), Err(ArmsError::NoVariance));
        let few = Err(ArmsError::TooFew { arm: Arm::Treated });
        assert_eq!(welch(&[1.0], &[2.0, 2.0]), few);
    }

    proptest! {
        #[test]
        fn the_arms_may_change_places(
            a in prop::collection::vec(-1e6..1e6_f64, 2..40), b in prop::collection::vec(-1e6..1e6_f64, 2..40)
        ) {
            let (there, back) = (welch(&a, &b).unwrap(), welch(&b, &a).unwrap());
            let scale = 1e-9 * (there.difference.abs() + there.se);
            prop_assert!((there.lower + back.upper).abs() <= scale && (there.upper + back.lower).abs() <= scale);
            let least = a.len().min(b.len()) - 1;
            prop_assert!(there.df >= super::super::sum::count(least) - 1e-9);
            // The interval leaves zero out exactly where p is below five percent.
            let away = there.lower > 0.0 || there.upper < 0.0;
            prop_assert!(away == (there.p < 0.05) || (there.p - 0.05).abs() < 1e-9);
        }
    }
}
