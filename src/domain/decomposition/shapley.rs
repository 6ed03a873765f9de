//! Splitting the change of any formula over its factors exactly, by the Shapley value.
//!
//! A factor's effect is what switching it to the later period changes, averaged over all orders in which the
//! factors can be switched. It asks for nothing of the formula and takes signs and zeros; a factor with several
//! items is switched as a whole. The effects are found by plain enumeration of all subsets, so that the number of
//! factors is bounded and the answer is exact.
//!
//! Source: Das Gupta 1993, US Census Bureau P23-186, "Standardization and decomposition of rates".

use super::formula::{Formula, ValueError};
use crate::domain::statistics::sum;

/// As many factors as are still enumerated at once: 65,536 subsets.
pub const MOST_FACTORS: usize = 16;

/// A change and each factor's effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Shapley {
    /// The value in the earlier period.
    pub from: f64,
    /// The value in the later period.
    pub to: f64,
    /// Each factor's part; they sum to the change.
    pub effects: Vec<f64>,
}

/// Why a change has no such split.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapleyError {
    /// More factors than are enumerated.
    #[error("{factors} factors")]
    TooMany {
        /// How many there are.
        factors: usize,
    },
    /// The formula has no value where some factors are of the later period and the others of the earlier one.
    #[error("no value with {later:?} of the later period: {reason}")]
    Value {
        /// Which factors are of the later period, from 0.
        later: Vec<usize>,
        /// Why there is none.
        reason: ValueError,
    },
}

/// The Shapley effects of `factors` switches on `value`, which is given the switched ones as bits.
///
/// # Errors
/// The first of `value`'s own; more factors than [`MOST_FACTORS`] must not be given.
pub fn effects<E>(
    factors: usize,
    mut value: impl FnMut(u32) -> Result<f64, E>,
) -> Result<Vec<f64>, E> {
    let values = (0..1_u32 << factors).map(&mut value).collect::<Result<Vec<f64>, E>>()?;
    // |S|! (n - |S| - 1)! / n! is 1 / (n * C(n - 1, |S|)).
    let mut weights = vec![1.0 / sum::count(factors.max(1))];
    for size in 1..factors {
        let last = weights[size - 1];
        weights.push(last * sum::count(size) / sum::count(factors - size));
    }
    let effect = |factor: usize| {
        let bit = 1_usize << factor;
        let without = (0..values.len()).filter(move |set| set & bit == 0);
        sum::sum(without.map(|set| {
            let size = usize::try_from(set.count_ones()).unwrap_or(usize::MAX);
            weights[size] * (values[set | bit] - values[set])
        }))
    };
    Ok((0..factors).map(effect).collect())
}

/// Splits the change of `formula`; each factor's values by item, in the order of the formula's names.
///
/// # Errors
/// [`ShapleyError`] if there are too many factors or a combination has no value.
pub fn split(
    formula: &Formula,
    from: &[Vec<f64>],
    to: &[Vec<f64>],
) -> Result<Shapley, ShapleyError> {
    let factors = formula.names().len();
    if factors > MOST_FACTORS {
        return Err(ShapleyError::TooMany { factors });
    }
    let value = |set: u32| {
        let is_later = |factor: usize| set >> factor & 1 == 1;
        let switched: Vec<&[f64]> = (0..factors)
            .map(|factor| if is_later(factor) { &to[factor][..] } else { &from[factor][..] })
            .collect();
        formula.value(&switched).map_err(|reason| ShapleyError::Value {
            later: (0..factors).filter(|&factor| is_later(factor)).collect(),
            reason,
        })
    };
    let (before, after) = (value(0)?, value((1 << factors) - 1)?);
    Ok(Shapley { from: before, to: after, effects: effects(factors, value)? })
}

#[cfg(test)]
#[path = "shapley_tests.rs"]
mod tests;
