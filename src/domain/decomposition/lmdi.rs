//! Splitting the change of a sum of products exactly (LMDI-I).
//!
//! The identity is V = sum over rows of f1 * f2 * ... * fn. Every row's change is shared among its factors with the
//! logarithmic mean as weight; the shares add up to the change, whatever the numbers.
//! Values must not be negative: a negative has no logarithm, and a small positive put in its place gives wrong
//! answers quietly. Zeros take their analytical limits.
//!
//! A change may be small beside what a float rounds away of either total. So rows keep what their factors are beyond floats,
//! changes are taken [exactly](Twice), and what the logarithms round is put right in the largest effect of each row.
//!
//! Sources: Ang 2005, Energy Policy 33:867; Ang, Zhang and Choi 1998, Energy 23:489, table 2 (the limits).

use super::product::product;
use crate::domain::statistics::twice::Twice;

/// One row of the identity: its factors before and after.
///
/// `None` is a factor that is undefined there, such as the balance per customer of a branch without customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The factors in the earlier period.
    pub from: Vec<Option<f64>>,
    /// The factors in the later period, in the same order.
    pub to: Vec<Option<f64>>,
    /// The same with all their digits, where a float does not hold them: before and after, none for what stands above.
    exact: Option<[Vec<Option<Twice>>; 2]>,
}

/// Powers of two between which a float keeps what it rounds away.
const KEPT: i32 = 900;

impl Row {
    /// A row whose factors are all defined.
    #[must_use]
    pub fn new(from: &[f64], to: &[f64]) -> Self {
        let some = |xs: &[f64]| xs.iter().copied().map(Some).collect();
        Self::of(some(from), some(to))
    }

    /// A row of these factors.
    #[must_use]
    pub fn of(from: Vec<Option<f64>>, to: Vec<Option<f64>>) -> Self {
        Self { from, to, exact: None }
    }

    /// A row of factors with more digits than floats have.
    #[must_use]
    pub fn exact(from: Vec<Option<Twice>>, to: Vec<Option<Twice>>) -> Self {
        let floats = |xs: &[Option<Twice>]| xs.iter().map(|x| x.map(Twice::float)).collect();
        Self { from: floats(&from), to: floats(&to), exact: Some([from, to]) }
    }

    /// The factors with all their digits.
    fn digits(&self) -> [Vec<Option<Twice>>; 2] {
        let floats = |xs: &[Option<f64>]| xs.iter().map(|x| x.map(Twice::from)).collect();
        self.exact.clone().unwrap_or_else(|| [floats(&self.from), floats(&self.to)])
    }

    /// By how much the row's value changes, exactly, as long as no step of the product leaves what floats hold with all their digits.
    #[must_use]
    pub fn change(&self) -> Twice {
        let (before, after) = self.values();
        let side = |factors: &[Option<Twice>], value: f64| {
            let size = |x: &Twice| x.float().abs().log2().abs();
            let steps: f64 = factors.iter().flatten().map(size).sum();
            let all: Option<Vec<Twice>> = factors.iter().copied().collect();
            match all.filter(|_| value != 0.0 && steps <= f64::from(KEPT)) {
                Some(all) => all.into_iter().fold(Twice::from(1.0), |product, x| product * x),
                None => value.into(),
            }
        };
        let [from, to] = self.digits();
        side(&to, after) - side(&from, before)
    }

    /// The row's value before and after; an undefined factor leaves nothing.
    #[must_use]
    pub fn values(&self) -> (f64, f64) {
        let all = |xs: &[Option<f64>]| xs.iter().copied().collect::<Option<Vec<f64>>>();
        (all(&self.from).map_or(0.0, product), all(&self.to).map_or(0.0, product))
    }
}

/// Why LMDI has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LmdiError {
    /// A factor is negative (or no number): it has no logarithm.
    #[error("row {row}, factor {factor} is negative")]
    Negative {
        /// Which row, from 0.
        row: usize,
        /// Which factor, from 0.
        factor: usize,
    },
    /// The product of factors above nothing is below what a float holds with all its digits (2.2e-308): its logarithm, and with it the
    /// effects, would be wrong or nothing.
    #[error("row {row} is too small")]
    TooSmall {
        /// Which row, from 0.
        row: usize,
        /// In the later period, and not in the earlier.
        later: bool,
    },
    /// The rows do not all have the same factors.
    #[error("row {row} has other factors than the first")]
    Factors {
        /// Which row, from 0.
        row: usize,
    },
}

impl LmdiError {
    /// The same, said of the row `at`.
    #[must_use]
    pub fn of_row(self, at: usize) -> Self {
        match self {
            Self::Negative { factor, .. } => Self::Negative { row: at, factor },
            Self::TooSmall { later, .. } => Self::TooSmall { row: at, later },
            Self::Factors { .. } => Self::Factors { row: at },
        }
    }
}

/// The logarithmic mean (a - b) / (ln a - ln b), with L(a, a) = a and L(a, 0) = 0.
#[must_use]
pub fn log_mean(a: f64, b: f64) -> f64 {
    log_mean_over(a, b, b - a)
}

/// The same of two values whose difference is known with more digits than they have.
#[must_use]
pub fn log_mean_over(a: f64, b: f64, change: f64) -> f64 {
    let (low, high, apart) = (a.min(b), a.max(b), change.abs());
    if low <= 0.0 {
        return 0.0;
    }
    // ln_1p keeps the digits that (ln a - ln b) loses where a and b are close.
    let growth = apart / low;
    if growth == 0.0 {
        low
    } else if growth.is_finite() {
        apart / growth.ln_1p()
    } else {
        apart / (high.ln() - low.ln())
    }
}

/// ln(to / from), antisymmetric to the last digit.
fn log_ratio(from: Twice, to: Twice) -> f64 {
    let rise = |low: Twice, high: Twice| {
        let growth = (high - low).float() / low.float();
        if growth.is_finite() { growth.ln_1p() } else { high.float().ln() - low.float().ln() }
    };
    if (to - from).float() >= 0.0 { rise(from, to) } else { -rise(to, from) }
}

/// The additive effects of one row's factors: their sum is the row's change.
///
/// Where m factors appear or vanish together each takes value/m, the limit at equal rates. A factor that is
/// undefined on one side counts as unchanged, so that the count takes it all.
///
/// # Errors
/// [`LmdiError::Negative`], [`LmdiError::TooSmall`] or [`LmdiError::Factors`], with row 0.
pub fn row_effects(row: &Row) -> Result<Vec<f64>, LmdiError> {
    Ok(row_effects_exact(row)?.into_iter().map(Twice::float).collect())
}

/// The same with the digits that they need to add up to the row's change, however large they are beside it.
///
/// # Errors
/// As [`row_effects`].
pub fn row_effects_exact(row: &Row) -> Result<Vec<Twice>, LmdiError> {
    if row.from.len() != row.to.len() {
        return Err(LmdiError::Factors { row: 0 });
    }
    let wrong = |x: &Option<f64>| x.is_some_and(|x| !x.is_finite() || x < 0.0);
    if let Some(factor) = row.from.iter().zip(&row.to).position(|(a, b)| wrong(a) || wrong(b)) {
        return Err(LmdiError::Negative { row: 0, factor });
    }
    let (before, after) = row.values();
    for (later, side, value) in [(false, &row.from, before), (true, &row.to, after)] {
        let some = side.iter().all(|x| x.is_some_and(|x| x > 0.0));
        if some && value < f64::MIN_POSITIVE {
            return Err(LmdiError::TooSmall { row: 0, later });
        }
    }
    let change = row.change();
    let effects = match (before > 0.0, after > 0.0) {
        (false, false) => return Ok(vec![Twice::default(); row.from.len()]),
        (false, true) => shared(&row.from, after),
        (true, false) => shared(&row.to, -before),
        (true, true) => {
            let weight = log_mean_over(before, after, change.float());
            let [from, to] = row.digits();
            let effect = |(a, b): (Twice, Twice)| weight * log_ratio(a, b);
            from.into_iter().zip(to).map(|(a, b)| a.zip(b).map_or(0.0, effect)).collect()
        }
    };
    Ok(settled(&effects, change))
}

/// The effects as they add up to the change: the largest takes what they leave over, which is less than its own last digits.
fn settled(effects: &[f64], change: Twice) -> Vec<Twice> {
    let mut settled: Vec<Twice> = effects.iter().copied().map(Twice::from).collect();
    let largest = (0..effects.len()).max_by(|&a, &b| effects[a].abs().total_cmp(&effects[b].abs()));
    let left = change - settled.iter().copied().sum();
    if let Some(largest) = largest.filter(|_| left.float().is_finite()) {
        settled[largest] = settled[largest] + left;
    }
    settled
}

/// The whole `change` shared evenly among the factors that are zero on the empty side; if none is, among those
/// that are undefined there.
fn shared(empty_side: &[Option<f64>], change: f64) -> Vec<f64> {
    let zero = |x: &Option<f64>| *x == Some(0.0);
    let takes: Vec<bool> = if empty_side.iter().any(zero) {
        empty_side.iter().map(zero).collect()
    } else {
        empty_side.iter().map(Option::is_none).collect()
    };
    let among = takes.iter().map(|&takes| f64::from(u8::from(takes))).sum::<f64>();
    takes.iter().map(|&takes| if takes { change / among } else { 0.0 }).collect()
}

/// The additive effects over all rows: their sum is the change of the sum of the rows' products.
///
/// # Errors
/// [`LmdiError`] names the row and the factor.
pub fn additive(rows: &[Row]) -> Result<Vec<f64>, LmdiError> {
    let mut effects = vec![Twice::default(); rows.first().map_or(0, |row| row.from.len())];
    for (at, row) in rows.iter().enumerate() {
        let terms = row_effects_exact(row).map_err(|error| error.of_row(at))?;
        if terms.len() != effects.len() {
            return Err(LmdiError::Factors { row: at });
        }
        effects.iter_mut().zip(terms).for_each(|(effect, term)| *effect = *effect + term);
    }
    Ok(effects.into_iter().map(Twice::float).collect())
}

/// The multiplicative effects: their product is V1 / V0. None where that ratio does not exist (V0 or V1 is zero).
///
/// The weights L(v1, v0) / L(V1, V0) do not sum to 1 and are not normalised. They turn the additive effects into
/// exp(effect / L(V1, V0)), which carries the limits for zeros over as well, and has a value where V0 = V1.
///
/// # Errors
/// [`LmdiError`] names the row and the factor.
pub fn multiplicative(rows: &[Row]) -> Result<Option<Vec<f64>>, LmdiError> {
    let effects = additive(rows)?;
    let (before, after) =
        rows.iter().map(Row::values).fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let weight = log_mean(before, after);
    Ok((weight > 0.0).then(|| effects.iter().map(|effect| (effect / weight).exp()).collect()))
}

#[cfg(test)]
#[path = "lmdi_tests.rs"]
mod tests;
