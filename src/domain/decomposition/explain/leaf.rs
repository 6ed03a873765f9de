//! Factors: the split of a product on each leaf, and of a quotient at once.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Question;
use crate::domain::decomposition::lmdi::{self, LmdiError, Row};
use crate::domain::decomposition::{rounding, shapley};
use crate::domain::metric::Value;
use crate::domain::metric::error::KpiError;
use crate::domain::statistics::sum::sum;

impl Question<'_> {
    /// LMDI-I, or Shapley, on each leaf, summed. Money is rounded on the leaf, so that a branch is the sum of its sub-branches to the
    /// minor unit; of a count, where half of one on each leaf would be more than many an effect, nothing is rounded.
    pub(super) fn leaf_by_leaf(
        &self,
        factors: &[usize],
        shapley: bool,
    ) -> Result<Vec<Value>, KpiError> {
        if let Some(&factor) =
            factors.iter().find(|&&factor| self.ledger.tree().bases(factor).is_empty())
        {
            return Err(self.no_value(factor, self.unit, self.at.1));
        }
        let leaves: BTreeSet<usize> = [self.metric]
            .iter()
            .chain(factors)
            .flat_map(|&metric| [(metric, self.at.0), (metric, self.at.1)])
            .flat_map(|(metric, day)| self.ledger.leaves(metric, day, &self.units))
            .collect();
        let of: Vec<(Vec<f64>, i64)> = leaves
            .into_iter()
            .map(|leaf| self.leaf(factors, leaf, shapley))
            .collect::<Result<_, _>>()?;
        if self.ledger.tree().metric(self.metric).unit.as_deref() == Some("money") {
            let mut sums = vec![0_i64; factors.len()];
            for (terms, total) in of {
                let effects = self.rounded(factors, &terms, total).into_iter();
                sums.iter_mut().zip(effects).for_each(|(sum, x)| *sum = sum.saturating_add(x));
            }
            return Ok(sums.into_iter().map(Value::Whole).collect());
        }
        let of: Vec<Vec<f64>> = of.iter().map(|(terms, total)| settled(terms, *total)).collect();
        let of_factor = |at: usize| Value::Number(sum(of.iter().map(|terms| terms[at])));
        Ok((0..factors.len()).map(of_factor).collect())
    }

    /// One leaf's effects, and what they are to sum to: the leaf's change, unless the metric and all its factors have facts that
    /// contradict each other there: then the change of the product.
    #[expect(
        clippy::cast_precision_loss,
        reason = "weights are numbers; the sum is settled by rounding"
    )]
    fn leaf(
        &self,
        factors: &[usize],
        leaf: usize,
        shapley: bool,
    ) -> Result<(Vec<f64>, i64), KpiError> {
        let units = leaf..leaf + 1;
        let value = |day| self.ledger.whole(self.metric, day, &units).unwrap_or(0);
        let (from, to) = (value(self.at.0), value(self.at.1));
        let ends = [(self.at.0, from), (self.at.1, to)];
        if let Some(day) = ends.into_iter().find(|end| !shapley && end.1 < 0) {
            return Err(self.negative(self.metric, leaf, day.0));
        }
        let side = |day| self.factors(factors, day, &units);
        let row = Row::of(side(self.at.0), side(self.at.1));
        let terms = row_effects(&row, shapley).map_err(|error| match error {
            LmdiError::Negative { factor, .. } => {
                let earlier = row.from[factor].is_some_and(|x| x < 0.0);
                self.negative(factors[factor], leaf, if earlier { self.at.0 } else { self.at.1 })
            }
            LmdiError::TooSmall { .. } | LmdiError::Factors { .. } => {
                self.no_value(self.metric, leaf, self.at.1)
            }
        })?;
        let scale = self.ledger.scale_of(self.metric);
        let (before, after) = row.values();
        let fits = |value: i64, product: f64| {
            let value = value as f64;
            (value - product * scale).abs() <= 0.5 + 1e-9 * value.abs()
        };
        let total = to.saturating_sub(from);
        let undefined = row.from.iter().chain(&row.to).any(Option::is_none);
        let scaled = || terms.iter().map(|term| term * scale).collect();
        Ok(if fits(from, before) && fits(to, after) {
            (scaled(), total)
        } else if undefined {
            (unsolved(&row, total as f64), total)
        } else {
            (scaled(), Value::Number((after - before) * scale).rounded())
        })
    }

    /// A leaf's factors; what adds up is zero where it has no facts, a quotient is undefined.
    fn factors(&self, factors: &[usize], day: usize, units: &Range<usize>) -> Vec<Option<f64>> {
        let number = |&factor: &usize| {
            let additive = self.ledger.tree().is_additive(factor);
            self.ledger.number(factor, day, units).or(additive.then_some(0.0))
        };
        factors.iter().map(number).collect()
    }

    /// Rounded to sum to `total`; ties are settled by code, so that the order of a formula changes nothing.
    fn rounded(&self, factors: &[usize], terms: &[f64], total: i64) -> Vec<i64> {
        let mut order: Vec<usize> = (0..factors.len()).collect();
        order.sort_by_key(|&at| &self.ledger.tree().metric(factors[at]).code);
        let sorted: Vec<f64> = order.iter().map(|&at| terms[at]).collect();
        let mut effects = vec![0; factors.len()];
        for (at, effect) in order.into_iter().zip(rounding::to_total(&sorted, total)) {
            effects[at] = effect;
        }
        effects
    }

    /// One row: a quotient, or a product of ratios, has no leaves that add up.
    pub(super) fn at_once(
        &self,
        above: &[usize],
        below: &[usize],
        shapley: bool,
    ) -> Result<Vec<Value>, KpiError> {
        let side = |day| -> Result<Vec<Option<f64>>, KpiError> {
            let number = |metric| {
                let number = self.ledger.number(metric, day, &self.units);
                let number = number.ok_or_else(|| self.no_value(metric, self.unit, day))?;
                if number < 0.0 && !shapley {
                    return Err(self.negative(metric, self.unit, day));
                }
                Ok(number)
            };
            let mut side: Vec<Option<f64>> =
                above.iter().map(|&m| number(m).map(Some)).collect::<Result<_, _>>()?;
            for &below in below {
                let number = number(below)?;
                if number == 0.0 {
                    return Err(self.no_value(self.metric, self.unit, day));
                }
                side.push(Some(1.0 / number));
            }
            Ok(side)
        };
        let row = Row::of(side(self.at.0)?, side(self.at.1)?);
        let scale = self.ledger.scale_of(self.metric);
        let effects = row_effects(&row, shapley)
            .map_err(|_| self.no_value(self.metric, self.unit, self.at.1))?;
        let terms: Vec<f64> = effects.into_iter().map(|effect| effect * scale).collect();
        let value = |day| self.ledger.value(self.metric, day, &self.units);
        // Money's parts add up to its change to the minor unit, as everywhere.
        let ends = (value(self.at.0), value(self.at.1));
        let (Some(Value::Whole(from)), Some(Value::Whole(to))) = ends else {
            return Ok(terms.into_iter().map(Value::Number).collect());
        };
        let factors: Vec<usize> = above.iter().chain(below).copied().collect();
        let rounded = self.rounded(&factors, &terms, to.saturating_sub(from));
        Ok(rounded.into_iter().map(Value::Whole).collect())
    }
}

/// The effects of one row's factors. Under Shapley a factor that is undefined on one side counts as unchanged, too.
fn row_effects(row: &Row, by_shapley: bool) -> Result<Vec<f64>, LmdiError> {
    if !by_shapley {
        return lmdi::row_effects(row);
    }
    let ends: Vec<(f64, f64)> = row
        .from
        .iter()
        .zip(&row.to)
        .map(|(a, b)| (a.or(*b).unwrap_or(0.0), b.or(*a).unwrap_or(0.0)))
        .collect();
    if ends.len() > shapley::MOST_FACTORS {
        return Err(LmdiError::Factors { row: 0 });
    }
    let value = |set: u32| {
        let switched = ends.iter().enumerate();
        let switched = switched.map(|(at, &(a, b))| if set >> at & 1 == 1 { b } else { a });
        Ok::<f64, LmdiError>(switched.product())
    };
    shapley::effects(ends.len(), value)
}

/// What the facts' own rounding leaves between the terms and their total, shared alike: a count is whole, its factors need not be.
#[expect(clippy::cast_precision_loss, reason = "counts of a leaf and the number of factors")]
fn settled(terms: &[f64], total: i64) -> Vec<f64> {
    let left = (total as f64 - sum(terms.iter().copied())) / terms.len().max(1) as f64;
    terms.iter().map(|term| term + left).collect()
}

/// A value where the factors say there should be none (a balance without customers): the derived factor does not
/// exist there and counts as unchanged, so the factors that moved share the change, else the derived one has it.
fn unsolved(row: &Row, total: f64) -> Vec<f64> {
    let ends = || row.from.iter().zip(&row.to);
    let moved: Vec<bool> = ends().map(|(a, b)| a.is_some() && b.is_some() && a != b).collect();
    let takes: Vec<bool> = if moved.contains(&true) {
        moved
    } else {
        ends().map(|(a, b)| a.is_none() || b.is_none()).collect()
    };
    let among: f64 = takes.iter().map(|&takes| f64::from(u8::from(takes))).sum();
    takes.into_iter().map(|takes| if takes { total / among } else { 0.0 }).collect()
}
