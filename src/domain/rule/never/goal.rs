//! Conditions as goals: what must be for one to be true, or to be false. What is unknown is neither.

use super::super::column::Column;
use super::super::compare::CompareOp;
use super::super::expr::{BalanceOf, Expr, Leaf, Term};
use super::super::value::{Anchor, Interval, TierRange};
use super::bounds::{Most, ONE};
use super::could_be;
use super::facts::Fact;
use super::names::{Key, Names, ZERO};

/// What must be.
#[derive(Debug)]
pub(super) enum Goal {
    Fact(Fact),
    All(Vec<Goal>),
    Any(Vec<Goal>),
}

impl Goal {
    pub(super) const ALWAYS: Self = Self::All(Vec::new());
    pub(super) const NEVER: Self = Self::Any(Vec::new());

    pub(super) fn least(at: usize, least: i128) -> Self {
        Self::Fact(Fact::Bound(ZERO, at, Most::at(-least)))
    }

    pub(super) fn above(at: usize, limit: i128) -> Self {
        Self::Fact(Fact::Bound(ZERO, at, Most::below(-limit)))
    }

    pub(super) fn most(at: usize, most: i128) -> Self {
        Self::Fact(Fact::Bound(at, ZERO, Most::at(most)))
    }

    pub(super) fn below(at: usize, limit: i128) -> Self {
        Self::Fact(Fact::Bound(at, ZERO, Most::below(limit)))
    }
}

impl Names {
    /// What must be for a condition to be true, or for it to be false.
    pub(super) fn goal(&mut self, expr: &Expr, holds: bool) -> Goal {
        match expr {
            Expr::Const(value) => {
                if *value == holds {
                    Goal::ALWAYS
                } else {
                    Goal::NEVER
                }
            }
            Expr::Not(inner) => self.goal(inner, !holds),
            Expr::And(parts) | Expr::Or(parts) => {
                let goals = parts.iter().map(|part| self.goal(part, holds)).collect();
                let all = matches!(expr, Expr::And(_)) == holds;
                if all { Goal::All(goals) } else { Goal::Any(goals) }
            }
            Expr::Flag(column) => {
                let known = self.source(column);
                let flag = self.flag(expr, holds);
                Goal::All(vec![Goal::Fact(Fact::Known(known)), flag])
            }
            Expr::Compare { left, op, right } => {
                self.compare(left, if holds { *op } else { op.inverse() }, right)
            }
            Expr::Between { term, negated, low, high } => {
                let inside = *negated != holds;
                let (below, above) = if inside {
                    (CompareOp::Ge, CompareOp::Le)
                } else {
                    (CompareOp::Lt, CompareOp::Gt)
                };
                let goals = vec![
                    self.compare(term, below, &Term::Literal(low.clone())),
                    self.compare(term, above, &Term::Literal(high.clone())),
                ];
                if inside { Goal::All(goals) } else { Goal::Any(goals) }
            }
            Expr::In { term, negated, values } => self.one_of(term, *negated != holds, values),
            Expr::Like { column, negated, pattern } => {
                let at = self.source(column);
                let like = Fact::Like(at, *negated != holds, pattern.clone());
                Goal::All(vec![Goal::Fact(Fact::Known(at)), Goal::Fact(like)])
            }
            Expr::IsNull { term, negated } => {
                if *negated == holds {
                    self.known(term)
                } else {
                    self.null(term)
                }
            }
            Expr::Under { negated, subtree, .. } => {
                let known = self.source(&Column::Org);
                let units = Fact::Units(*negated != holds, subtree.clone());
                Goal::All(vec![Goal::Fact(Fact::Known(known)), Goal::Fact(units)])
            }
            Expr::Leaf(leaf) => self.leaf(expr, leaf, holds),
        }
    }

    fn flag(&mut self, expr: &Expr, holds: bool) -> Goal {
        Goal::Fact(Fact::Flag(self.of(Key::Flag(expr.clone())), holds))
    }

    fn leaf(&mut self, expr: &Expr, leaf: &Leaf, holds: bool) -> Goal {
        match leaf {
            Leaf::FollowedBy { first, then, .. } => {
                let flag = self.flag(expr, holds);
                let (first, then) = (self.told(first), self.told(then));
                if !holds {
                    return flag;
                }
                let (first, then) = (&self.sets[first], &self.sets[then]);
                let order = Fact::Bound(first.first, then.last, Most::at(0));
                let (first, then) = (Goal::least(first.count, ONE), Goal::least(then.count, ONE));
                Goal::All(vec![flag, first, then, Goal::Fact(order)])
            }
            Leaf::Falling { of, months } => self.falling(of, *months, holds),
            Leaf::TierMoved { from, to, back } => {
                let known = Goal::Fact(Fact::Known(self.holdings()));
                let then = self.held(&BalanceOf::Aum, *back);
                let now = self.held(&BalanceOf::Aum, Interval::default());
                let parts = vec![in_tier(then, from, holds), in_tier(now, to, holds)];
                let moved = if holds { Goal::All(parts) } else { Goal::Any(parts) };
                Goal::All(vec![known, moved])
            }
            Leaf::Holds { of } => {
                let known = Goal::Fact(Fact::Known(self.holdings()));
                let now = self.held(of, Interval::default());
                let held = if holds { Goal::above(now, 0) } else { Goal::most(now, 0) };
                Goal::All(vec![known, held])
            }
            Leaf::Contacted { back } => {
                let contact = self.of(Key::Contact);
                self.today();
                let from = self.of(Key::Anchor(Anchor::Today, -back.months));
                let days = i128::from(back.days) * ONE;
                Goal::Fact(if holds {
                    Fact::Bound(from, contact, Most::at(days - ONE))
                } else {
                    Fact::Bound(contact, from, Most::at(-days))
                })
            }
            Leaf::Sample { ppm } => {
                let draw = self.of(Key::Draw);
                let limit = i128::from(*ppm) * ONE;
                if holds { Goal::below(draw, limit) } else { Goal::least(draw, limit) }
            }
            Leaf::Within { unit, metres } => {
                let far = self.of(Key::Distance(unit.id));
                let limit = i128::from(*metres) * ONE;
                let so = if holds { Goal::most(far, limit) } else { Goal::above(far, limit) };
                Goal::All(vec![Goal::Fact(Fact::Known(far)), so])
            }
            Leaf::Related { rule, .. } => {
                if holds && !could_be(rule, &self.units) {
                    return Goal::NEVER;
                }
                self.flag(expr, holds)
            }
            // What a kept segment asks was judged when it was written: one that is empty today, for a threshold that has
            // moved since, is a count of 0 and no mistake of who names it.
            Leaf::Segment { .. }
            | Leaf::Consents { .. }
            | Leaf::Snapshot { .. }
            | Leaf::List { .. }
            | Leaf::InStrategy { .. } => self.flag(expr, holds),
        }
    }

    /// Each month's balance below that of the month before, or one that is not.
    fn falling(&mut self, of: &BalanceOf, months: u32, holds: bool) -> Goal {
        let known = Goal::Fact(Fact::Known(self.holdings()));
        let mut steps = Vec::new();
        let mut later = self.held(of, Interval::default());
        for months in 1..=i32::try_from(months).unwrap_or(0) {
            let earlier = self.held(of, Interval { months, days: 0 });
            steps.push(Goal::Fact(if holds {
                Fact::Bound(later, earlier, Most::below(0))
            } else {
                Fact::Bound(earlier, later, Most::at(0))
            }));
            later = earlier;
        }
        let falls = if holds { Goal::All(steps) } else { Goal::Any(steps) };
        Goal::All(vec![known, falls])
    }
}

/// An amount that makes a tier, or does not.
fn in_tier(at: usize, tier: &TierRange, is: bool) -> Goal {
    let limit = |of: crate::domain::money::Minor| i128::from(of.0) * ONE;
    let (from, below) = (tier.from.map(limit), tier.below.map(limit));
    if is {
        let (least, most) = (from.map(|l| Goal::least(at, l)), below.map(|l| Goal::below(at, l)));
        Goal::All(least.into_iter().chain(most).collect())
    } else {
        let (under, over) = (from.map(|l| Goal::below(at, l)), below.map(|l| Goal::least(at, l)));
        Goal::Any(under.into_iter().chain(over).collect())
    }
}
