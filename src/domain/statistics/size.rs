//! How many customers an effect needs to show, and how surely so many show it.
//!
//! The test is that of two proportions with the pooled variance under "no effect", two-sided at 5 %; with unequal
//! arms the pooled proportion is weighted by the arms.
//!
//! Source: R's `power.prop.test`; Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions,
//! chapter 4, without continuity correction.

use super::tail::{Z95, normal, normal_quantile};
use crate::domain::message::Message;
use crate::msg;

/// Why there is no size or power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// A proportion that is not between 0 and 1.
    #[error("a proportion beyond 0 and 1")]
    Proportion,
    /// The proportions are equal: no number of customers shows a difference that is not there.
    #[error("no difference")]
    NoDifference,
    /// Nobody or everybody does it in both arms, so that nothing varies.
    #[error("nothing varies")]
    NoVariance,
    /// A power that is not above 2.5 %, which chance alone gives, and below 100 %.
    #[error("a power beyond 0.025 and 1")]
    Power,
    /// A ratio of the arms that is not above zero.
    #[error("a ratio that is not positive")]
    Ratio,
    /// An arm of nobody.
    #[error("an arm of nobody")]
    NoCustomers,
}

impl SizeError {
    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new(match self {
            Self::Proportion => msg!("calc.size.proportion"),
            Self::NoDifference => msg!("calc.size.no-difference"),
            Self::NoVariance => msg!("calc.size.no-variance"),
            Self::Power => msg!("calc.size.power"),
            Self::Ratio => msg!("calc.size.ratio"),
            Self::NoCustomers => msg!("calc.size.nobody"),
        })
    }
}

/// Customers per arm, as real numbers; whoever plans rounds up.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Size {
    /// The first arm.
    pub n1: f64,
    /// The second arm, `ratio` times the first.
    pub n2: f64,
}

fn proportions(p1: f64, p2: f64) -> Result<(), SizeError> {
    if [p1, p2].iter().all(|p| (0.0..=1.0).contains(p)) {
        Ok(())
    } else {
        Err(SizeError::Proportion)
    }
}

fn variance(p: f64) -> f64 {
    p * (1.0 - p)
}

/// The standard deviations of sqrt(n1) times the difference: without an effect, and with it.
fn deviations(p1: f64, p2: f64, ratio: f64) -> (f64, f64) {
    // Weighted so that neither a very small nor a very large ratio leaves the range.
    let second = if ratio.is_finite() { ratio / (1.0 + ratio) } else { 1.0 };
    let pooled = p1 * (1.0 - second) + p2 * second;
    let none = variance(pooled) * (1.0 + 1.0 / ratio);
    (none.sqrt(), (variance(p1) + variance(p2) / ratio).sqrt())
}

/// The customers per arm with which a difference of `p1` and `p2` shows with this `power`; n2 = `ratio` n1.
///
/// # Errors
/// [`SizeError`] if a number is beyond its range or there is no difference.
pub fn sample_size(p1: f64, p2: f64, power: f64, ratio: f64) -> Result<Size, SizeError> {
    proportions(p1, p2)?;
    if !(power > 0.025 && power < 1.0) {
        return Err(SizeError::Power);
    }
    if !(ratio > 0.0 && ratio.is_finite()) {
        return Err(SizeError::Ratio);
    }
    let difference = (p1 - p2).abs();
    if difference == 0.0 {
        return Err(SizeError::NoDifference);
    }
    let (none, some) = deviations(p1, p2, ratio);
    let reach = Z95 * none + normal_quantile(power) * some;
    if reach <= 0.0 {
        return Err(SizeError::Power);
    }
    let n1 = (reach / difference).powi(2);
    Ok(Size { n1, n2: n1 * ratio })
}

/// How surely arms of `n1` and `n2` customers show a difference of `p1` and `p2`.
///
/// # Errors
/// [`SizeError`] if a number is beyond its range or nothing varies.
pub fn power(p1: f64, p2: f64, n1: f64, n2: f64) -> Result<f64, SizeError> {
    proportions(p1, p2)?;
    if !([n1, n2].iter().all(|n| *n > 0.0 && n.is_finite())) {
        return Err(SizeError::NoCustomers);
    }
    let (none, some) = deviations(p1, p2, n2 / n1);
    let beyond = n1.sqrt() * (p1 - p2).abs() - Z95 * none;
    if beyond == 0.0 && some == 0.0 {
        return Err(SizeError::NoVariance);
    }
    Ok(normal(-beyond / some))
}

/// The smallest rise above `base` that arms of `n1` (treated) and `n2` show with this `power`, two-sided at 5 %; none if
/// even everybody's doing it would not show.
///
/// The power grows with the rise, so the smallest is found by halving.
///
/// # Errors
/// [`SizeError`] if a number is beyond its range.
pub fn detectable(base: f64, n1: f64, n2: f64, power: f64) -> Result<Option<f64>, SizeError> {
    proportions(base, base)?;
    if !(power > 0.025 && power < 1.0) {
        return Err(SizeError::Power);
    }
    let shows = |rise: f64| match self::power((base + rise).min(1.0), base, n1, n2) {
        Ok(found) => Ok(found >= power),
        Err(SizeError::NoVariance) => Ok(false),
        Err(error) => Err(error),
    };
    let (mut low, mut high) = (0.0, 1.0 - base);
    if !shows(high)? {
        return Ok(None);
    }
    // Far finer than any rate that is shown.
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if shows(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(Some(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_published_size_and_power_are_reproduced() {
        // R, ?power.prop.test: p1 = .50, p2 = .75, power = .90 gives n = 76.7; n = 50 gives power = 0.740
        let size = sample_size(0.5, 0.75, 0.9, 1.0).unwrap();
        assert!((size.n1 - 76.7).abs() <= 0.05 && (size.n2 - size.n1).abs() < 1e-12, "{size:?}");
        assert!((power(0.5, 0.75, 50.0, 50.0).unwrap() - 0.740).abs() <= 0.5e-3);
    }

    #[test]
    fn what_has_no_answer_is_refused() {
        let size = |p1, p2, power, ratio| sample_size(p1, p2, power, ratio).unwrap_err();
        assert_eq!(size(-0.1, 0.5, 0.8, 1.0), SizeError::Proportion);
        assert_eq!(size(0.1, f64::NAN, 0.8, 1.0), SizeError::Proportion);
        assert_eq!(size(0.1, 0.1, 0.8, 1.0), SizeError::NoDifference);
        assert_eq!(size(0.1, 0.2, 1.0, 1.0), SizeError::Power);
        assert_eq!(size(0.1, 0.2, 0.02, 1.0), SizeError::Power);
        assert_eq!(size(0.1, 0.2, 0.8, 0.0), SizeError::Ratio);
        assert_eq!(size(0.1, 0.2, 0.8, f64::INFINITY), SizeError::Ratio);
        assert_eq!(power(0.0, 0.0, 5.0, 5.0), Err(SizeError::NoVariance));
        assert_eq!(power(0.1, 1.2, 5.0, 5.0), Err(SizeError::Proportion));
        assert_eq!(power(0.1, 0.2, 0.0, 5.0), Err(SizeError::NoCustomers));
    }

    #[test]
    fn a_handful_shows_nothing() {
        assert_eq!(detectable(0.1, 3.0, 1.0, 0.8), Ok(None));
        assert_eq!(detectable(0.1, 3.0, 0.0, 0.8), Err(SizeError::NoCustomers));
        assert_eq!(detectable(1.1, 3.0, 2.0, 0.8), Err(SizeError::Proportion));
        // 500 in each arm, R: power.prop.test(n = 500, p1 = .10, power = .80) gives p2 = 0.1597.
        let rise = detectable(0.1, 500.0, 500.0, 0.8).unwrap().unwrap();
        assert!((rise - 0.0597).abs() < 5e-4, "{rise}");
    }

    #[test]
    fn every_reason_has_a_sentence_of_its_own() {
        use SizeError::{NoCustomers, NoDifference, NoVariance, Power, Proportion, Ratio};
        let all = [NoCustomers, NoDifference, NoVariance, Power, Proportion, Ratio];
        let keys: std::collections::BTreeSet<_> = all.iter().map(|e| e.message().key).collect();
        assert_eq!(keys.len(), all.len());
    }

    #[test]
    fn without_a_difference_chance_alone_remains() {
        // R's power.prop.test(n = 50, p1 = .5, p2 = .5) gives sig.level / 2.
        assert!((power(0.5, 0.5, 50.0, 50.0).unwrap() - 0.025).abs() < 1e-12);
        assert!((power(0.0, 1.0, 50.0, 50.0).unwrap() - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn a_size_has_the_power_it_was_asked_for(
            p1 in 0.01..0.99_f64, gap in 0.01..0.5_f64, asked in 0.4..0.99_f64, ratio in 0.05..20.0_f64
        ) {
            let p2 = if p1 + gap < 1.0 { p1 + gap } else { p1 - gap };
            prop_assume!((0.0..=1.0).contains(&p2));
            let size = sample_size(p1, p2, asked, ratio).unwrap();
            prop_assert!((power(p1, p2, size.n1, size.n2).unwrap() - asked).abs() < 1e-9);
        }

        #[test]
        fn the_smallest_effect_is_what_its_own_sample_size_shows(base in 0.01..0.6_f64, n1 in 50.0..1e6_f64, n2 in 20.0..1e6_f64) {
            match detectable(base, n1, n2, 0.8).unwrap() {
                Some(rise) => {
                    let size = sample_size(base + rise, base, 0.8, n2 / n1).unwrap();
                    prop_assert!((size.n1 / n1 - 1.0).abs() < 1e-6, "{rise} {size:?}");
                }
                None => prop_assert!(power(1.0, base, n1, n2).unwrap() < 0.8),
            }
        }

        #[test]
        fn more_customers_show_less(base in 0.01..0.6_f64, n in 50.0..1e5_f64) {
            let few = detectable(base, n, n / 9.0, 0.8).unwrap();
            let more = detectable(base, n * 2.0, n / 4.5, 0.8).unwrap().unwrap();
            prop_assert!(few.is_none_or(|few| more < few));
        }

        #[test]
        fn the_arms_may_change_places(p1 in 0.01..0.99_f64, p2 in 0.01..0.99_f64, n1 in 1.0..1e6_f64, n2 in 1.0..1e6_f64) {
            let (there, back) = (power(p1, p2, n1, n2).unwrap(), power(p2, p1, n2, n1).unwrap());
            prop_assert!((there - back).abs() < 1e-9);
        }
    }
}
