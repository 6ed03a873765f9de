//! Conditions on one event as goals.

use super::super::compare::CompareOp;
use super::super::expr::EventFilter;
use super::super::value::Value;
use super::bounds::ONE;
use super::facts::Fact;
use super::goal::Goal;
use super::names::{Key, Names, ZERO};
use crate::domain::money::Minor;

/// What a condition is to be of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    True,
    False,
    /// False or unknown.
    NotTrue,
    /// True or unknown.
    NotFalse,
}

impl Wanted {
    fn denied(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::NotTrue => Self::NotFalse,
            Self::NotFalse => Self::NotTrue,
        }
    }

    fn holds(self) -> bool {
        matches!(self, Self::True | Self::NotFalse)
    }

    fn may_be_unknown(self) -> bool {
        matches!(self, Self::NotTrue | Self::NotFalse)
    }
}

impl Names {
    /// What must be for a condition on an event to be so.
    pub(super) fn filter(&mut self, filter: &EventFilter, wanted: Wanted) -> Goal {
        let holds = wanted.holds();
        let (field, so) = match filter {
            EventFilter::Not(inner) => return self.filter(inner, wanted.denied()),
            EventFilter::And(parts) | EventFilter::Or(parts) => {
                let goals = parts.iter().map(|part| self.filter(part, wanted)).collect();
                let all = matches!(filter, EventFilter::And(_)) == holds;
                return if all { Goal::All(goals) } else { Goal::Any(goals) };
            }
            EventFilter::AmountIsNull { negated } | EventFilter::DetailIsNull { negated } => {
                let amount = matches!(filter, EventFilter::AmountIsNull { .. });
                let at = self.of(if amount { Key::Amount } else { Key::Detail });
                let null = *negated != holds;
                return Goal::Fact(if null { Fact::Null(at) } else { Fact::Known(at) });
            }
            EventFilter::Amount { op, value } => {
                let at = self.of(Key::Amount);
                (at, amount(at, if holds { *op } else { op.inverse() }, *value))
            }
            EventFilter::AmountBetween { negated, low, high } => {
                let at = self.of(Key::Amount);
                let so = if *negated == holds {
                    let ends = [(CompareOp::Lt, *low), (CompareOp::Gt, *high)];
                    Goal::Any(ends.map(|(op, value)| amount(at, op, value)).into())
                } else {
                    let ends = [(CompareOp::Ge, *low), (CompareOp::Le, *high)];
                    Goal::All(ends.map(|(op, value)| amount(at, op, value)).into())
                };
                (at, so)
            }
            EventFilter::Detail { negated, values } => {
                let at = self.of(Key::Detail);
                let values = values.iter().cloned().map(Value::Category).collect();
                (at, Goal::Fact(Fact::Values(at, *negated != holds, values)))
            }
            EventFilter::DetailLike { negated, pattern } => {
                let at = self.of(Key::Detail);
                (at, Goal::Fact(Fact::Like(at, *negated != holds, pattern.clone())))
            }
        };
        let known = Goal::All(vec![Goal::Fact(Fact::Known(field)), so]);
        if wanted.may_be_unknown() {
            Goal::Any(vec![known, Goal::Fact(Fact::Null(field))])
        } else {
            known
        }
    }
}

fn amount(at: usize, op: CompareOp, value: Minor) -> Goal {
    let value = i128::from(value.0) * ONE;
    match op {
        CompareOp::Lt => Goal::below(at, value),
        CompareOp::Le => Goal::most(at, value),
        CompareOp::Gt => Goal::above(at, value),
        CompareOp::Ge => Goal::least(at, value),
        CompareOp::Eq => Goal::All(vec![Goal::least(at, value), Goal::most(at, value)]),
        CompareOp::Ne => Goal::Fact(Fact::Apart(at, ZERO, value)),
    }
}
