//! Explaining a change: which parts it has, by unit or by factor.
//!
//! By factor the split is made on each leaf and rounded there, once. Whatever stands above adds what its leaves
//! show, so a branch is the sum of its sub-branches to the minor unit.

use std::collections::BTreeSet;
use std::ops::Range;

use super::lmdi::{self, LmdiError, Row};
use super::rounding;
use super::{By, Effect, Explanation, Method};
use crate::domain::metric::Value;
use crate::domain::metric::error::KpiError;
use crate::domain::metric::ledger::Ledger;
use crate::domain::metric::tree::{Source, Terms};

/// The numbers of the ledger's days.
const FROM: usize = 0;
const TO: usize = 1;

/// Splits the change of `metric` at `unit` between the ledger's first two days.
///
/// # Errors
/// [`KpiError`] says which fact is missing or which method would be needed.
pub fn explain(
    ledger: &Ledger,
    metric: usize,
    unit: usize,
    by: By,
) -> Result<Explanation, KpiError> {
    let question = Question { ledger, metric, unit, units: ledger.under(unit) };
    let (from, to) = question.ends()?;
    let (method, mut effects) = match by {
        By::Org => (Method::Additive, question.by_org()?),
        By::Factor => question.by_factor()?,
    };
    effects.sort_by(|a, b| {
        let size = |effect: &Effect| effect.effect.as_f64().abs();
        size(b).total_cmp(&size(a)).then_with(|| a.name.cmp(&b.name))
    });
    let change = to.since(from);
    let residual = effects.iter().fold(change, |left, effect| left.since(effect.effect));
    let (tree, days) = (ledger.tree(), |day| ledger.fact_days(metric, day, &question.units));
    Ok(Explanation {
        metric: tree.metric(metric).code.clone(),
        org: ledger.org(unit).code.clone(),
        from_date: ledger.date(FROM),
        to_date: ledger.date(TO),
        from,
        to,
        change,
        method,
        residual: settled(residual, &effects),
        effects,
        by,
        unit: tree.metric(metric).unit.clone(),
        from_day: days(FROM).map(|days| days.1),
        to_day: days(TO).map(|days| days.1),
    })
}

/// A residual of quotients that is only the last digits of a float is none.
fn settled(residual: Value, effects: &[Effect]) -> Value {
    match residual {
        Value::Number(left) => {
            let size: f64 = effects.iter().map(|effect| effect.effect.as_f64().abs()).sum();
            let ends = effects.iter().flat_map(|e| [e.from, e.to]).flatten();
            let size = ends.map(|value| value.as_f64().abs()).fold(size, f64::max);
            Value::Number(if left.abs() <= 1e-9 * size { 0.0 } else { left })
        }
        whole @ Value::Whole(_) => whole,
    }
}

struct Question<'a> {
    ledger: &'a Ledger,
    metric: usize,
    unit: usize,
    units: Range<usize>,
}

impl Question<'_> {
    /// The value on both days. A unit that had nothing yet counts as nothing if the bank has facts for that day.
    fn ends(&self) -> Result<(Value, Value), KpiError> {
        let value = |day| self.ledger.value(self.metric, day, &self.units);
        match (value(FROM), value(TO)) {
            (Some(from), Some(to)) => Ok((from, to)),
            (None, Some(to)) => Ok((self.nothing(FROM)?, to)),
            (Some(from), None) => Ok((from, self.nothing(TO)?)),
            (None, None) => Err(self.no_facts(FROM)),
        }
    }

    fn nothing(&self, day: usize) -> Result<Value, KpiError> {
        let whole_bank = 0..usize::MAX;
        if !self.ledger.has_facts(self.metric, day, &whole_bank) {
            return Err(self.no_facts(day));
        }
        if self.ledger.tree().is_additive(self.metric) {
            Ok(Value::Whole(0))
        } else {
            Err(self.no_value(self.metric, self.unit, day))
        }
    }

    fn no_facts(&self, day: usize) -> KpiError {
        KpiError::NoFacts {
            metric: self.code(self.metric),
            org: self.ledger.org(self.unit).code.clone(),
            on: self.ledger.date(day),
            span: self.ledger.span(self.metric),
        }
    }

    fn no_value(&self, metric: usize, unit: usize, day: usize) -> KpiError {
        KpiError::NoValue {
            metric: self.code(metric),
            org: self.ledger.org(unit).code.clone(),
            on: self.ledger.date(day),
        }
    }

    fn negative(&self, metric: usize, unit: usize, day: usize) -> KpiError {
        KpiError::Negative {
            metric: self.code(metric),
            org: self.ledger.org(unit).code.clone(),
            on: self.ledger.date(day),
        }
    }

    fn code(&self, metric: usize) -> String {
        self.ledger.tree().metric(metric).code.clone()
    }

    /// The units right below, and what stands on the unit itself; a leaf is its own only part.
    fn by_org(&self) -> Result<Vec<Effect>, KpiError> {
        let ledger = self.ledger;
        if !ledger.tree().is_additive(self.metric) {
            return Err(KpiError::NotAdditive(self.code(self.metric)));
        }
        let below =
            ledger.children(self.unit).into_iter().map(|child| (child, ledger.under(child)));
        let own = (self.unit, self.unit..self.unit + 1);
        let parts = std::iter::once(own).chain(below);
        let effects = parts.filter_map(|(unit, units)| {
            let value = |day| ledger.whole(self.metric, day, &units);
            let (from, to) = (value(FROM), value(TO));
            from.or(to)?;
            let (from, to) = (Value::Whole(from.unwrap_or(0)), Value::Whole(to.unwrap_or(0)));
            let org = ledger.org(unit);
            Some(Effect {
                name: org.code.clone(),
                effect: to.since(from),
                zh: org.name.clone(),
                en: org.name.clone(),
                unit: ledger.tree().metric(self.metric).unit.clone(),
                from: Some(from),
                to: Some(to),
                opens: unit != self.unit && units.len() > 1,
            })
        });
        Ok(effects.collect())
    }

    fn by_factor(&self) -> Result<(Method, Vec<Effect>), KpiError> {
        let tree = self.ledger.tree();
        let (method, parts, values) = match (tree.formula(self.metric), tree.source(self.metric)) {
            (Some(terms), _) => {
                let (method, values) = self.by_terms(terms)?;
                (method, terms.metrics(), values)
            }
            (None, Source::Solved(parent)) => {
                let Some(Terms::Product(factors)) = tree.formula(parent) else {
                    return Err(KpiError::NoFormula(self.code(self.metric)));
                };
                let below = factors.iter().copied().filter(|&factor| factor != self.metric);
                let below: Vec<usize> = below.collect();
                let values = self.at_once(&[parent], &below)?;
                (Method::LmdiI, std::iter::once(parent).chain(below).collect(), values)
            }
            _ => return Err(KpiError::NoFormula(self.code(self.metric))),
        };
        let effects = parts.into_iter().zip(values).map(|(factor, effect)| {
            let metric = tree.metric(factor);
            Effect {
                name: metric.code.clone(),
                effect,
                zh: metric.zh.clone(),
                en: metric.en.clone(),
                unit: metric.unit.clone(),
                from: self.ledger.value(factor, FROM, &self.units),
                to: self.ledger.value(factor, TO, &self.units),
                opens: tree.formula(factor).is_some(),
            }
        });
        Ok((method, effects.collect()))
    }

    fn by_terms(&self, terms: &Terms) -> Result<(Method, Vec<Value>), KpiError> {
        Ok(match terms {
            Terms::Sum(terms) => (Method::Additive, self.terms(terms)?),
            Terms::Product(factors) if self.ledger.tree().is_additive(self.metric) => {
                let effects = self.leaf_by_leaf(factors)?;
                (Method::LmdiI, effects.into_iter().map(Value::Whole).collect())
            }
            Terms::Product(factors) => (Method::LmdiI, self.at_once(factors, &[])?),
            Terms::Quotient(above, below) => (Method::LmdiI, self.at_once(&[*above], &[*below])?),
        })
    }

    /// A sum's terms are its parts.
    fn terms(&self, terms: &[(usize, bool)]) -> Result<Vec<Value>, KpiError> {
        let change = |&(term, minus): &(usize, bool)| {
            let value = |day| match self.ledger.value(term, day, &self.units) {
                Some(value) => Ok(value),
                None if self.ledger.tree().is_additive(term) => Ok(Value::Whole(0)),
                None => Err(self.no_value(term, self.unit, day)),
            };
            let (from, to) = (value(FROM)?, value(TO)?);
            Ok(if minus { from.since(to) } else { to.since(from) })
        };
        terms.iter().map(change).collect()
    }

    /// LMDI-I on each leaf, rounded there, summed.
    fn leaf_by_leaf(&self, factors: &[usize]) -> Result<Vec<i64>, KpiError> {
        if let Some(&factor) =
            factors.iter().find(|&&factor| self.ledger.tree().bases(factor).is_empty())
        {
            return Err(self.no_value(factor, self.unit, TO));
        }
        let leaves: BTreeSet<usize> = [self.metric]
            .iter()
            .chain(factors)
            .flat_map(|&metric| [(metric, FROM), (metric, TO)])
            .flat_map(|(metric, day)| self.ledger.leaves(metric, day, &self.units))
            .collect();
        let mut sums = vec![0_i64; factors.len()];
        for leaf in leaves {
            let effects = self.leaf(factors, leaf)?;
            sums.iter_mut()
                .zip(effects)
                .for_each(|(sum, effect)| *sum = sum.saturating_add(effect));
        }
        Ok(sums)
    }

    /// One leaf's effects in whole units. They sum to the leaf's change, unless the metric and all its factors have
    /// facts that contradict each other there: then to the change of the product.
    #[expect(
        clippy::cast_precision_loss,
        reason = "weights are numbers; the sum is settled by rounding"
    )]
    fn leaf(&self, factors: &[usize], leaf: usize) -> Result<Vec<i64>, KpiError> {
        let units = leaf..leaf + 1;
        let value = |day| self.ledger.whole(self.metric, day, &units).unwrap_or(0);
        let (from, to) = (value(FROM), value(TO));
        if let Some(day) = [(FROM, from), (TO, to)].into_iter().find(|end| end.1 < 0) {
            return Err(self.negative(self.metric, leaf, day.0));
        }
        let row = Row {
            from: self.factors(factors, FROM, &units),
            to: self.factors(factors, TO, &units),
        };
        let terms = lmdi::row_effects(&row).map_err(|error| match error {
            LmdiError::Negative { factor, .. } => {
                let day = if row.from[factor].is_some_and(|x| x < 0.0) { FROM } else { TO };
                self.negative(factors[factor], leaf, day)
            }
            LmdiError::Factors { .. } => self.no_value(self.metric, leaf, TO),
        })?;
        let scale = self.ledger.scale_of(self.metric);
        let (before, after) = row.values();
        let fits = |value: i64, product: f64| {
            let value = value as f64;
            (value - product * scale).abs() <= 0.5 + 1e-9 * value
        };
        let total = to.saturating_sub(from);
        let undefined = row.from.iter().chain(&row.to).any(Option::is_none);
        Ok(if fits(from, before) && fits(to, after) {
            let terms: Vec<f64> = terms.iter().map(|term| term * scale).collect();
            self.rounded(factors, &terms, total)
        } else if undefined {
            self.rounded(factors, &unsolved(&row, total as f64), total)
        } else {
            let terms: Vec<f64> = terms.iter().map(|term| term * scale).collect();
            let total = Value::Number((after - before) * scale).rounded();
            self.rounded(factors, &terms, total)
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

    /// LMDI-I on one row: a quotient, or a product of ratios, has no leaves that add up.
    fn at_once(&self, above: &[usize], below: &[usize]) -> Result<Vec<Value>, KpiError> {
        let side = |day| -> Result<Vec<Option<f64>>, KpiError> {
            let number = |metric| {
                let number = self.ledger.number(metric, day, &self.units);
                let number = number.ok_or_else(|| self.no_value(metric, self.unit, day))?;
                if number < 0.0 { Err(self.negative(metric, self.unit, day)) } else { Ok(number) }
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
        let row = Row { from: side(FROM)?, to: side(TO)? };
        let scale = self.ledger.scale_of(self.metric);
        let effects =
            lmdi::row_effects(&row).map_err(|_| self.no_value(self.metric, self.unit, TO))?;
        let terms: Vec<f64> = effects.into_iter().map(|effect| effect * scale).collect();
        let value = |day| self.ledger.value(self.metric, day, &self.units);
        // Money's parts add up to its change to the minor unit, as everywhere.
        let (Some(Value::Whole(from)), Some(Value::Whole(to))) = (value(FROM), value(TO)) else {
            return Ok(terms.into_iter().map(Value::Number).collect());
        };
        let factors: Vec<usize> = above.iter().chain(below).copied().collect();
        let rounded = self.rounded(&factors, &terms, to.saturating_sub(from));
        Ok(rounded.into_iter().map(Value::Whole).collect())
    }
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

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
