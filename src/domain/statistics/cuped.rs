//! The difference of two means, freed of what the customers already differed by before the push (CUPED).
//!
//! theta is taken over the rows of both arms as one sample. The covariate must lie strictly before the push: one
//! that the push could move takes a part of the effect away.
//!
//! Source: Deng, Xu, Kohavi and Walker 2013, WSDM, "Improving the sensitivity of online controlled experiments by
//! utilizing pre-experiment data".

use super::arms::{Arm, ArmsError, Moments, mean};
use super::joint::{Joint, settled};
use super::sum::sum;
use super::tail::Z95;

/// One customer: before the push, and after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Before the push.
    pub pre: f64,
    /// After the push.
    pub post: f64,
}

/// The raw and the adjusted difference, treated minus control; the limits are the adjusted one's.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Cuped {
    /// cov(post, pre) / var(pre) over both arms.
    pub theta: f64,
    /// Difference of the means after the push.
    pub raw: f64,
    /// The same, less theta times the difference of the means before.
    pub adjusted: f64,
    /// The standard error of the adjusted one.
    pub se: f64,
    /// The lower limit, by the normal quantile.
    pub lower: f64,
    /// The upper limit, by the normal quantile.
    pub upper: f64,
}

/// Compares the arms.
///
/// # Errors
/// [`ArmsError`] if an arm has fewer than two customers, or `pre` is the same for everybody.
pub fn cuped(treated: &[Measured], control: &[Measured]) -> Result<Cuped, ArmsError> {
    let post = |arm: &[Measured]| arm.iter().map(|row| row.post).collect::<Vec<_>>();
    let (a, b) =
        (Moments::of(Arm::Treated, &post(treated))?, Moments::of(Arm::Control, &post(control))?);
    let theta = theta(treated.iter().chain(control))?;
    let freed = |arm: &[Measured], pre: f64| {
        arm.iter().map(|row| row.post - theta * (row.pre - pre)).collect::<Vec<_>>()
    };
    let before = |arm: &[Measured]| mean(&arm.iter().map(|row| row.pre).collect::<Vec<_>>());
    let (pre_a, pre_b) = (before(treated), before(control));
    let adjusted = (a.mean - b.mean) - theta * (pre_a - pre_b);
    let spread_a = Moments::of(Arm::Treated, &freed(treated, pre_a))?;
    let spread_b = Moments::of(Arm::Control, &freed(control, pre_b))?;
    let se = (spread_a.of_mean() + spread_b.of_mean()).sqrt();
    let half = Z95 * se;
    let raw = a.mean - b.mean;
    Ok(Cuped { theta, raw, adjusted, se, lower: adjusted - half, upper: adjusted + half })
}

/// The same from what the arms come to.
///
/// # Errors
/// As [`cuped`].
pub fn of_sums(treated: Joint, control: Joint) -> Result<Cuped, ArmsError> {
    let (a, b) = (treated.after().moments(Arm::Treated)?, control.after().moments(Arm::Control)?);
    let all = treated.and(control);
    let own = settled(all.pre_squares, all.n, all.pre);
    if own == 0.0 {
        return Err(ArmsError::NoCovariate);
    }
    let theta = all.products / own;
    if !theta.is_finite() || !own.is_finite() {
        return Err(ArmsError::Overflow);
    }
    let adjusted = (a.mean - b.mean) - theta * (treated.pre - control.pre);
    let spread_a = treated.freed(theta).moments(Arm::Treated)?;
    let spread_b = control.freed(theta).moments(Arm::Control)?;
    let se = (spread_a.of_mean() + spread_b.of_mean()).sqrt();
    let half = Z95 * se;
    let raw = a.mean - b.mean;
    Ok(Cuped { theta, raw, adjusted, se, lower: adjusted - half, upper: adjusted + half })
}

/// The slope of `post` on `pre` over all rows.
fn theta<'a>(rows: impl Iterator<Item = &'a Measured>) -> Result<f64, ArmsError> {
    let rows: Vec<&Measured> = rows.collect();
    let pre = mean(&rows.iter().map(|row| row.pre).collect::<Vec<_>>());
    let post = mean(&rows.iter().map(|row| row.post).collect::<Vec<_>>());
    let both = sum(rows.iter().map(|row| (row.pre - pre) * (row.post - post)));
    let own = sum(rows.iter().map(|row| (row.pre - pre).powi(2)));
    if own == 0.0 {
        return Err(ArmsError::NoCovariate);
    }
    let theta = both / own;
    if theta.is_finite() && own.is_finite() { Ok(theta) } else { Err(ArmsError::Overflow) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(pre: &[f64], post: &[f64]) -> Vec<Measured> {
        pre.iter().zip(post).map(|(&pre, &post)| Measured { pre, post }).collect()
    }

    #[test]
    fn the_published_theta_is_reproduced() {
        // GrowthBook's own test of its statistics: both arms alike
        let arm = rows(&[0.3, 0.5, 0.9, 22.0], &[2.0, 1.0, 5.0, 3.0]);
        let got = cuped(&arm, &arm).unwrap();
        assert!((got.theta - 0.01864).abs() <= 0.5e-5, "{got:?}");
        assert_eq!(got.raw.to_bits(), 0.0_f64.to_bits());
        assert_eq!(got.adjusted.to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn what_cannot_be_adjusted_is_refused() {
        let same = rows(&[0.1, 0.1], &[2.0, 1.0]);
        assert_eq!(cuped(&same, &same), Err(ArmsError::NoCovariate));
        let one = rows(&[0.1], &[2.0]);
        assert_eq!(cuped(&same, &one), Err(ArmsError::TooFew { arm: Arm::Control }));
        let far = rows(&[1e300, -1e300], &[2.0, 1.0]);
        assert_eq!(cuped(&far, &far), Err(ArmsError::Overflow));
    }

    fn arm() -> impl Strategy<Value = Vec<Measured>> {
        let row = (-1e3..1e3_f64, -1e3..1e3_f64).prop_map(|(pre, post)| Measured { pre, post });
        prop::collection::vec(row, 2..30)
    }

    proptest! {
        #[test]
        fn what_the_arms_had_before_is_taken_out(treated in arm(), control in arm(), gift in -100.0..100.0_f64) {
            // Whoever is as they were, but for a gift to the treated: the adjusted difference is the gift.
            let given = |arm: &[Measured], gift: f64| {
                arm.iter().map(|r| Measured { pre: r.pre, post: r.pre + gift }).collect::<Vec<_>>()
            };
            let there = cuped(&given(&treated, 0.0), &given(&control, 0.0)).unwrap();
            prop_assert!(there.adjusted.abs() < 1e-6 && (there.theta - 1.0).abs() < 1e-9);
            let back = cuped(&control, &treated).unwrap();
            let some = cuped(&treated, &control).unwrap();
            prop_assert!((some.adjusted + back.adjusted).abs() < 1e-6 && (some.se - back.se).abs() < 1e-6);
            // A number added to everybody's balance changes nothing.
            let lifted = |arm: &[Measured]| {
                arm.iter().map(|r| Measured { pre: r.pre + gift, post: r.post - gift }).collect::<Vec<_>>()
            };
            let lifted = cuped(&lifted(&treated), &lifted(&control)).unwrap();
            prop_assert!((some.adjusted - lifted.adjusted).abs() < 1e-6);
        }
    }
}
