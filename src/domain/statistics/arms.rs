//! Two arms of measured customers: means, variances, and why a comparison may have none.

use super::sum::{count, sum};
use crate::domain::message::Message;
use crate::msg;

/// Which arm a customer was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arm {
    /// The push was for them.
    Treated,
    /// Deliberately left alone.
    Control,
}

/// Why two arms have no comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArmsError {
    /// Fewer than two customers in an arm: nothing to take a variance of.
    #[error("fewer than two in the {arm:?} arm")]
    TooFew {
        /// Which arm.
        arm: Arm,
    },
    /// Every customer of both arms has the same value.
    #[error("nothing varies")]
    NoVariance,
    /// What stands before the push is the same for everybody.
    #[error("the covariate does not vary")]
    NoCovariate,
    /// The numbers are too large to be squared.
    #[error("beyond the range of a number")]
    Overflow,
}

impl ArmsError {
    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::TooFew { arm: Arm::Treated } => Message::new(msg!("calc.arms.few-treated")),
            Self::TooFew { arm: Arm::Control } => Message::new(msg!("calc.arms.few-control")),
            Self::NoVariance => Message::new(msg!("calc.arms.no-variance")),
            Self::NoCovariate => Message::new(msg!("calc.arms.no-covariate")),
            Self::Overflow => Message::new(msg!("calc.arms.overflow")),
        }
    }
}

/// One arm's size, mean and variance (over n - 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moments {
    pub(super) n: f64,
    pub(super) mean: f64,
    pub(super) variance: f64,
}

impl Moments {
    pub(super) fn of(arm: Arm, values: &[f64]) -> Result<Self, ArmsError> {
        if values.len() < 2 {
            return Err(ArmsError::TooFew { arm });
        }
        let n = count(values.len());
        let mean = mean(values);
        let variance = sum(values.iter().map(|x| (x - mean).powi(2))) / (n - 1.0);
        if mean.is_finite() && variance.is_finite() {
            Ok(Self { n, mean, variance })
        } else {
            Err(ArmsError::Overflow)
        }
    }

    /// The variance of the mean.
    pub(super) fn of_mean(self) -> f64 {
        self.variance / self.n
    }
}

/// The mean; exactly the value where all are equal, so that what does not vary is seen not to.
pub(super) fn mean(values: &[f64]) -> f64 {
    match values {
        [first, rest @ ..] if rest.iter().all(|x| x.to_bits() == first.to_bits()) => *first,
        _ => sum(values.iter().copied()) / count(values.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_textbook() {
        let m = Moments::of(Arm::Treated, &[2.0, 1.0, 5.0, 3.0]).unwrap();
        assert!((m.mean - 2.75).abs() < 1e-15 && (m.variance - 8.75 / 3.0).abs() < 1e-14);
        let same = Moments::of(Arm::Treated, &[0.1; 7]).unwrap();
        assert_eq!(same.variance.to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn what_has_no_variance_is_refused() {
        let few = Moments::of(Arm::Control, &[1.0]).unwrap_err();
        assert_eq!(few, ArmsError::TooFew { arm: Arm::Control });
        assert_eq!(Moments::of(Arm::Control, &[1e300, -1e300]), Err(ArmsError::Overflow));
        let all = [
            few,
            ArmsError::TooFew { arm: Arm::Treated },
            ArmsError::NoVariance,
            ArmsError::NoCovariate,
            ArmsError::Overflow,
        ];
        let keys: std::collections::BTreeSet<_> = all.iter().map(|e| e.message().key).collect();
        assert_eq!(keys.len(), all.len(), "each has a sentence of its own");
    }
}
