//! Explaining a change: which parts it has, by unit or by factor.
//!
//! By factor the split is made on each leaf, where money is rounded, once. Whatever stands above adds what its leaves
//! show, so a branch is the sum of its sub-branches to the minor unit.

mod leaf;
mod ratio;

use std::ops::Range;

use super::{By, Effect, Ends, Explanation, Method, Share, Why, chain, largest_first};
use crate::domain::metric::Value;
use crate::domain::metric::error::KpiError;
use crate::domain::metric::ledger::Ledger;
use crate::domain::metric::remark::Remarks;
use crate::domain::metric::tree::{Source, Terms};

/// Splits the change of `metric` at `unit` over the ledger's days: from the first to the last, step by step where there
/// are more than two. The method is the one that is asked for, or the one that fits.
///
/// # Errors
/// [`KpiError`] says which fact is missing, or that the method does not fit the question.
pub fn explain(
    ledger: &Ledger,
    metric: usize,
    unit: usize,
    by: &By,
    asked: Option<Method>,
) -> Result<Explanation, KpiError> {
    let step = |asked, day| {
        let units = ledger.under(unit);
        Question { ledger, metric, unit, units, at: (day, day + 1) }.answer(by, asked)
    };
    let whole = |asked| -> Result<Explanation, KpiError> {
        let rest = (1..ledger.days().saturating_sub(1)).map(|day| step(asked, day));
        Ok(chain::steps(step(asked, 0)?, rest.collect::<Result<Vec<_>, _>>()?))
    };
    let answer = whole(asked)?;
    // One answer has one method: where one step needs Shapley, all have it.
    if asked.is_none() && answer.chained && answer.why == Why::Signs {
        return Ok(Explanation { why: Why::Signs, ..whole(Some(Method::Shapley))? });
    }
    Ok(answer)
}

/// A residual that is only the last digits of a float is none.
fn settled(residual: Value, change: Value, effects: &[Effect]) -> Value {
    match residual {
        Value::Number(left) => {
            let size: f64 = effects.iter().map(|effect| effect.effect.as_f64().abs()).sum();
            let ends = effects.iter().flat_map(|e| [e.from, e.to]).flatten();
            let size = ends.map(|value| value.as_f64().abs()).fold(size, f64::max);
            match change {
                _ if left.abs() > 1e-9 * size => Value::Number(left),
                Value::Whole(_) => Value::Whole(0),
                Value::Number(_) => Value::Number(0.0),
            }
        }
        whole @ Value::Whole(_) => whole,
    }
}

/// What the factors of a part come to together: a count is whole but for the last digits of a float.
fn whole_count(sum: Value) -> Value {
    let whole = Value::Whole(sum.rounded());
    let near = (sum.as_f64() - whole.as_f64()).abs() <= 1e-9 * sum.as_f64().abs().max(1.0);
    if near { whole } else { sum }
}

/// One step: from one day of the ledger to another.
struct Question<'a> {
    ledger: &'a Ledger,
    metric: usize,
    unit: usize,
    units: Range<usize>,
    at: (usize, usize),
}

/// How a change was split, and the parts.
struct Split {
    method: Method,
    why: Why,
    effects: Vec<Effect>,
    totals: Vec<Share>,
    reversal: bool,
}

impl Split {
    fn plain((method, why, effects): (Method, Why, Vec<Effect>)) -> Self {
        Self { method, why, effects, totals: Vec::new(), reversal: false }
    }
}

impl<'a> Question<'a> {
    fn answer(&self, by: &By, asked: Option<Method>) -> Result<Explanation, KpiError> {
        let (from, to) = self.ends()?;
        let additive = self.ledger.tree().is_additive(self.metric);
        let unfit = || KpiError::Unfit {
            metric: self.code(self.metric),
            method: asked.unwrap_or(Method::Additive).word(),
            by: by.word(),
        };
        let mut split = match (by, asked) {
            (By::Org, None | Some(Method::Additive)) if additive => {
                Split::plain((Method::Additive, Why::Sum, self.by_org()))
            }
            (By::Org | By::Both, None | Some(Method::MixRate)) if !additive => {
                self.mix_rate(asked)?
            }
            (By::Factor, _) => Split::plain(self.by_factor(asked, by)?),
            (By::Both, _) if additive => self.by_both(asked)?,
            _ => return Err(unfit()),
        };
        largest_first(&mut split.effects);
        let change = to.since(from);
        let residual = split.effects.iter().fold(change, |left, part| left.since(part.effect));
        let (ledger, metric) = (self.ledger, self.ledger.tree().metric(self.metric));
        let days = |day| ledger.fact_days(self.metric, day, &self.units);
        let taken = |day| ledger.taken(self.metric, day);
        let end = |day| taken(day).map_or_else(|| ledger.date(day), |taken| taken.end);
        let start = |day| taken(day).and_then(|taken| taken.start);
        Ok(Explanation {
            metric: metric.code.clone(),
            org: ledger.org(self.unit).code.clone(),
            from_date: end(self.at.0),
            to_date: end(self.at.1),
            from_start: start(self.at.0),
            to_start: start(self.at.1),
            over: None,
            from,
            to,
            change,
            by: by.clone(),
            method: split.method,
            why: split.why,
            chained: false,
            reversal: split.reversal,
            residual: settled(residual, change, &split.effects),
            effects: split.effects,
            totals: split.totals,
            dimensions: Vec::new(),
            best: None,
            called: None,
            quality: Ends {
                from: ledger.quality(self.metric, self.at.0, &self.units),
                to: ledger.quality(self.metric, self.at.1, &self.units),
            },
            unseen: None,
            remarks: Remarks::default(),
            currency: None,
            unread: Vec::new(),
            unit: metric.unit.clone(),
            from_day: days(self.at.0).map(|days| days.1),
            to_day: days(self.at.1).map(|days| days.1),
        })
    }

    /// What stands on the unit itself, and the units right below.
    fn parts(&self) -> Vec<Question<'a>> {
        let part = |unit, units| Question { unit, units, ..*self };
        let below = self.ledger.children(self.unit).into_iter();
        let below = below.map(|child| part(child, self.ledger.under(child)));
        std::iter::once(part(self.unit, self.unit..self.unit + 1)).chain(below).collect()
    }

    /// This unit as a part of the one above, whose number is given.
    fn effect(&self, above: usize, effect: Value, ends: (Option<Value>, Option<Value>)) -> Effect {
        let org = self.ledger.org(self.unit);
        Effect {
            name: org.code.clone(),
            effect,
            parts: Vec::new(),
            rule: None,
            zh: org.name.clone(),
            en: org.name.clone(),
            unit: self.ledger.tree().metric(self.metric).unit.clone(),
            from: ends.0,
            to: ends.1,
            opens: self.unit != above && self.units.len() > 1,
        }
    }

    /// The value on both days. A unit that had nothing yet counts as nothing if the bank has facts for that day.
    fn ends(&self) -> Result<(Value, Value), KpiError> {
        let value = |day| self.ledger.value(self.metric, day, &self.units);
        match (value(self.at.0), value(self.at.1)) {
            (Some(from), Some(to)) => Ok((from, to)),
            (None, Some(to)) => Ok((self.nothing(self.at.0)?, to)),
            (Some(from), None) => Ok((from, self.nothing(self.at.1)?)),
            (None, None) => Err(self.no_facts(self.at.0)),
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

    /// A leaf is its own only part.
    fn by_org(&self) -> Vec<Effect> {
        let parts = self.parts().into_iter().filter_map(|part| {
            let value = |day| self.ledger.whole(self.metric, day, &part.units);
            let (from, to) = (value(self.at.0), value(self.at.1));
            from.or(to)?;
            let (from, to) = (Value::Whole(from.unwrap_or(0)), Value::Whole(to.unwrap_or(0)));
            Some(part.effect(self.unit, to.since(from), (Some(from), Some(to))))
        });
        parts.collect()
    }

    /// By the factors of the formula: LMDI-I unless a value is negative.
    fn by_factor(
        &self,
        asked: Option<Method>,
        by: &By,
    ) -> Result<(Method, Why, Vec<Effect>), KpiError> {
        let additive = self.ledger.tree().is_additive(self.metric);
        let why = |method| match method {
            Method::Additive => Why::Sum,
            _ if additive => Why::Product,
            _ => Why::Whole,
        };
        match asked {
            None => match self.factored(false) {
                Err(KpiError::Negative { .. }) => {
                    self.factored(true).map(|(_, parts)| (Method::Shapley, Why::Signs, parts))
                }
                split => split.map(|(method, parts)| (method, why(method), parts)),
            },
            Some(Method::Shapley) => {
                self.factored(true).map(|(_, parts)| (Method::Shapley, Why::Asked, parts))
            }
            Some(asked) => match self.factored(false)? {
                (method, parts) if method == asked => Ok((method, why(method), parts)),
                _ => Err(KpiError::Unfit {
                    metric: self.code(self.metric),
                    method: asked.word(),
                    by: by.word(),
                }),
            },
        }
    }

    /// The factors of each part; all parts by one method.
    fn by_both(&self, asked: Option<Method>) -> Result<Split, KpiError> {
        let metric = self.metric;
        let parts: Vec<Self> = self
            .parts()
            .into_iter()
            .filter(|part| [self.at.0, self.at.1].iter().any(|&d| part.has_value(metric, d)))
            .collect();
        let all = |asked| -> Result<Vec<_>, KpiError> {
            parts.iter().map(|part| part.by_factor(asked, &By::Both)).collect()
        };
        let mut split = all(asked)?;
        let signs = asked.is_none() && split.iter().any(|(_, why, _)| *why == Why::Signs);
        if signs {
            split = all(Some(Method::Shapley))?;
        }
        let Some((method, why, _)) = split.first() else {
            return Err(self.no_facts(self.at.1));
        };
        let (method, why) = (*method, if signs { Why::Signs } else { *why });
        let mut effects = Vec::with_capacity(parts.len());
        for (part, (_, _, factors)) in parts.iter().zip(split) {
            let shares: Vec<Share> = factors.into_iter().map(Share::from).collect();
            let sum = shares.iter().fold(Value::Whole(0), |sum, share| sum.plus(share.effect));
            let sum = whole_count(sum);
            let value = |day| self.ledger.value(metric, day, &part.units);
            let ends = (value(self.at.0), value(self.at.1));
            effects.push(Effect { parts: shares, ..part.effect(self.unit, sum, ends) });
        }
        let totals = chain::shares(&effects);
        Ok(Split { method, why, effects, totals, reversal: false })
    }

    fn has_value(&self, metric: usize, day: usize) -> bool {
        self.ledger.value(metric, day, &self.units).is_some()
    }

    fn factored(&self, shapley: bool) -> Result<(Method, Vec<Effect>), KpiError> {
        let tree = self.ledger.tree();
        let (method, parts, values) = match (tree.formula(self.metric), tree.source(self.metric)) {
            (Some(terms), _) => {
                let (method, values) = self.by_terms(terms, shapley)?;
                (method, terms.metrics(), values)
            }
            (None, Source::Solved(parent)) => {
                let Some(Terms::Product(factors)) = tree.formula(parent) else {
                    return Err(KpiError::NoFormula(self.code(self.metric)));
                };
                let below = factors.iter().copied().filter(|&factor| factor != self.metric);
                let below: Vec<usize> = below.collect();
                let values = self.at_once(&[parent], &below, shapley)?;
                (Method::LmdiI, std::iter::once(parent).chain(below).collect(), values)
            }
            _ => return Err(KpiError::NoFormula(self.code(self.metric))),
        };
        let effects = parts.into_iter().zip(values).map(|(factor, effect)| {
            let metric = tree.metric(factor);
            Effect {
                name: metric.code.clone(),
                effect,
                parts: Vec::new(),
                rule: None,
                zh: metric.zh.clone(),
                en: metric.en.clone(),
                unit: metric.unit.clone(),
                from: self.ledger.value(factor, self.at.0, &self.units),
                to: self.ledger.value(factor, self.at.1, &self.units),
                opens: tree.formula(factor).is_some(),
            }
        });
        Ok((method, effects.collect()))
    }

    fn by_terms(&self, terms: &Terms, shapley: bool) -> Result<(Method, Vec<Value>), KpiError> {
        Ok(match terms {
            Terms::Sum(terms) => (Method::Additive, self.terms(terms)?),
            Terms::Product(factors) if self.ledger.tree().is_additive(self.metric) => {
                (Method::LmdiI, self.leaf_by_leaf(factors, shapley)?)
            }
            Terms::Product(factors) => (Method::LmdiI, self.at_once(factors, &[], shapley)?),
            Terms::Quotient(above, below) => {
                (Method::LmdiI, self.at_once(&[*above], &[*below], shapley)?)
            }
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
            let (from, to) = (value(self.at.0)?, value(self.at.1)?);
            Ok(if minus { from.since(to) } else { to.since(from) })
        };
        terms.iter().map(change).collect()
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
