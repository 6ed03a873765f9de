//! Terms as goals: when they are known, and what comparing them says.

use super::super::column::{Column, Kind};
use super::super::compare::CompareOp;
use super::super::evaluate::MAX_DAYS;
use super::super::expr::{ArithOp, BalanceOf, Term};
use super::super::number::Number;
use super::super::value::{Day, Interval, TierRange, Value, Written};
use super::bounds::{Most, ONE, parts};
use super::facts::Fact;
use super::goal::Goal;
use super::line::Line;
use super::names::{Key, Names, ZERO};
use crate::domain::money::Minor;

impl Names {
    /// What must be for `left` to stand so to `right`.
    pub(super) fn compare(&mut self, left: &Term, op: CompareOp, right: &Term) -> Goal {
        let known = Goal::All(vec![self.known(left), self.known(right)]);
        let so = match right {
            Term::Literal(Value::Tier(tier)) => self.tier(op, tier),
            Term::Literal(value @ (Value::Category(_) | Value::Staff(..) | Value::Unit(_))) => {
                self.among(left, op == CompareOp::Eq, std::slice::from_ref(value))
            }
            _ => {
                let trend = self.trend(left, op, right);
                Goal::All(vec![self.stand(left, op, right), trend])
            }
        };
        Goal::All(vec![known, so])
    }

    /// A value that is one of `values`, or none of them.
    pub(super) fn one_of(&mut self, term: &Term, among: bool, values: &[Value]) -> Goal {
        let known = self.known(term);
        let so = match values.first() {
            Some(Value::Category(_) | Value::Staff(..) | Value::Unit(_)) => {
                self.among(term, among, values)
            }
            Some(Value::Number(_) | Value::Money(_)) if among => {
                let line = self.line(term).and_then(|line| line.alone());
                let amounts: Option<Vec<i128>> = values.iter().map(constant).collect();
                match (line, amounts) {
                    (Some((at, by)), Some(amounts)) => {
                        let amounts = amounts.into_iter().map(|amount| amount - by).collect();
                        Goal::Fact(Fact::Among(at, amounts))
                    }
                    _ => self.each(term, among, values),
                }
            }
            _ => self.each(term, among, values),
        };
        Goal::All(vec![known, so])
    }

    fn each(&mut self, term: &Term, among: bool, values: &[Value]) -> Goal {
        let op = if among { CompareOp::Eq } else { CompareOp::Ne };
        let goals = values
            .iter()
            .map(|value| self.compare(term, op, &Term::Literal(value.clone())))
            .collect();
        if among { Goal::Any(goals) } else { Goal::All(goals) }
    }

    fn among(&mut self, term: &Term, among: bool, values: &[Value]) -> Goal {
        let units: Vec<_> = values
            .iter()
            .filter_map(|value| match value {
                Value::Unit(unit) => Some(unit.id),
                _ => None,
            })
            .collect();
        if !units.is_empty() {
            return Goal::Fact(Fact::Units(among, units));
        }
        let at = self.term(term.clone());
        Goal::Fact(Fact::Values(at, among, values.to_vec()))
    }

    /// A tier is a range of assets.
    pub(super) fn tier(&mut self, op: CompareOp, tier: &TierRange) -> Goal {
        let at = self.column(Column::Aum);
        let least = |from: Minor| Goal::least(at, i128::from(from.0) * ONE);
        let below = |limit: Minor| Goal::below(at, i128::from(limit.0) * ONE);
        let (from, limit) = (tier.from, tier.below);
        match op {
            CompareOp::Lt => from.map_or(Goal::NEVER, below),
            CompareOp::Gt => limit.map_or(Goal::NEVER, least),
            CompareOp::Ge => from.map_or(Goal::ALWAYS, least),
            CompareOp::Le => limit.map_or(Goal::ALWAYS, below),
            CompareOp::Eq => {
                let (least, below) = (from.map(least), limit.map(below));
                Goal::All(least.into_iter().chain(below).collect())
            }
            CompareOp::Ne => {
                let (above, under) = (limit.map(least), from.map(below));
                Goal::Any(above.into_iter().chain(under).collect())
            }
        }
    }

    /// What comparing two numbers, amounts or days says of them: of what bounds are kept of, taken apart as far as that goes.
    fn stand(&mut self, left: &Term, op: CompareOp, right: &Term) -> Goal {
        let (Some(one), Some(other)) = (self.line(left), self.line(right)) else {
            return Goal::ALWAYS;
        };
        let against = |one: &Line, other: &Line| one.minus(other)?.stands(op);
        if let Some(goal) = against(&one, &other) {
            return goal;
        }
        let whole = Line::thing(self.term(left.clone()));
        if let Some(goal) = against(&whole, &other) {
            return goal;
        }
        if matches!(right, Term::Literal(_)) {
            return Goal::ALWAYS;
        }
        let right = Line::thing(self.term(right.clone()));
        against(&one, &right).or_else(|| against(&whole, &right)).unwrap_or(Goal::ALWAYS)
    }

    /// A balance that has grown is above what it was, one that has shrunk below.
    fn trend(&mut self, left: &Term, op: CompareOp, right: &Term) -> Goal {
        let (Term::Change { of, back }, Term::Literal(Value::Number(by))) = (left, right) else {
            return Goal::ALWAYS;
        };
        let order = by.cmp(&Number::from(0));
        let grown = match op {
            CompareOp::Gt => order.is_ge(),
            CompareOp::Ge | CompareOp::Eq => order.is_gt(),
            _ => false,
        };
        let shrunk = match op {
            CompareOp::Lt => order.is_le(),
            CompareOp::Le | CompareOp::Eq => order.is_lt(),
            _ => false,
        };
        let (now, then) = (self.held(of, Interval::default()), self.held(of, *back));
        match (grown, shrunk) {
            (true, _) => Goal::Fact(Fact::Bound(then, now, Most::below(0))),
            (_, true) => Goal::Fact(Fact::Bound(now, then, Most::below(0))),
            _ => Goal::ALWAYS,
        }
    }

    /// A term as a sum; none if it holds a number that bounds are not kept of.
    fn line(&mut self, term: &Term) -> Option<Line> {
        match term {
            Term::Literal(Value::Date(day)) => Some(self.day(day)),
            Term::Literal(value) => constant(value).map(Line::constant),
            Term::NearTier { tier, .. } => {
                let from = i128::from(tier.from?.0) * ONE;
                let aum = self.column(Column::Aum);
                Line::constant(from).minus(&Line::thing(aum))
            }
            Term::Arith { op, left, right } => {
                let sum = match op {
                    ArithOp::Add | ArithOp::Sub => self.sum(*op, left, right),
                    ArithOp::Mul | ArithOp::Div => self.share(*op, left, right),
                };
                Some(sum.unwrap_or_else(|| Line::thing(self.term(term.clone()))))
            }
            Term::Events { events }
            | Term::SumEvents { events }
            | Term::FirstEvent { events }
            | Term::LastEvent { events } => {
                self.told(events);
                Some(Line::thing(self.term(term.clone())))
            }
            term => Some(Line::thing(self.term(term.clone()))),
        }
    }

    fn sum(&mut self, op: ArithOp, left: &Term, right: &Term) -> Option<Line> {
        // Days are added whole, and no more than so many; what is computed may be neither.
        if left.kind() == Kind::DATE && right.kind() != left.kind() {
            let Term::Literal(Value::Number(days)) = right else { return None };
            days.trunc().filter(|whole| days.is_whole() && whole.abs() <= MAX_DAYS)?;
        }
        let (one, other) = (self.line(left)?, self.line(right)?);
        if op == ArithOp::Sub { one.minus(&other) } else { one.plus(&other) }
    }

    /// What is multiplied with a number or divided by one.
    fn share(&mut self, op: ArithOp, left: &Term, right: &Term) -> Option<Line> {
        match (op, left, right) {
            (ArithOp::Mul, Term::Literal(Value::Number(by)), of)
            | (ArithOp::Mul, of, Term::Literal(Value::Number(by))) => self.line(of)?.times(by),
            (ArithOp::Div, of, Term::Literal(Value::Number(by))) => self.line(of)?.over(by),
            _ => None,
        }
    }

    fn day(&mut self, day: &Day) -> Line {
        match day.written {
            Written::Fixed => {
                let days = chrono::Datelike::num_days_from_ce(&day.day);
                Line::constant(i128::from(days) * ONE)
            }
            Written::Relative { anchor, interval } => {
                let months = Line::thing(self.of(Key::Anchor(anchor, interval.months)));
                months.moved(i128::from(interval.days) * ONE)
            }
        }
    }

    /// What must be for a term to be known.
    pub(super) fn known(&mut self, term: &Term) -> Goal {
        let fact = |at| Goal::Fact(Fact::Known(at));
        match term {
            Term::Column(column) => fact(self.source(column)),
            Term::Literal(_) | Term::Events { .. } | Term::SumEvents { .. } => Goal::ALWAYS,
            Term::FirstEvent { events } | Term::LastEvent { events } => {
                let told = self.told(events);
                Goal::least(self.sets[told].count, ONE)
            }
            Term::Balance { .. } | Term::ProductCount => fact(self.holdings()),
            Term::Change { of, back } => {
                let then = self.held(of, *back);
                Goal::All(vec![
                    fact(self.term(term.clone())),
                    fact(self.holdings()),
                    Goal::above(then, 0),
                ])
            }
            Term::NearTier { tier, floor } => {
                let (aum, lot) = (self.column(Column::Aum), |of: Minor| i128::from(of.0) * ONE);
                let below = tier.from.map_or(Goal::NEVER, |from| Goal::below(aum, lot(from)));
                let least = floor.map_or(Goal::ALWAYS, |floor| Goal::least(aum, lot(floor)));
                Goal::All(vec![fact(aum), below, least])
            }
            Term::Drift { .. } => {
                let all = self.held(&BalanceOf::Aum, Interval::default());
                let (aum, holdings) = (self.column(Column::Aum), self.holdings());
                let own = fact(self.term(term.clone()));
                Goal::All(vec![own, fact(aum), fact(holdings), Goal::above(all, 0)])
            }
            Term::Arith { op, left, right } => {
                let mut all = vec![self.known(left), self.known(right)];
                if *op == ArithOp::Div {
                    all.push(self.stand(right, CompareOp::Ne, &zero(right)));
                }
                Goal::All(all)
            }
        }
    }

    /// What must be for a term to be null.
    pub(super) fn null(&mut self, term: &Term) -> Goal {
        let fact = |at| Goal::Fact(Fact::Null(at));
        match term {
            Term::Column(column) => fact(self.source(column)),
            Term::Literal(_) | Term::Events { .. } | Term::SumEvents { .. } => Goal::NEVER,
            Term::FirstEvent { events } | Term::LastEvent { events } => {
                let told = self.told(events);
                Goal::Fact(Fact::Bound(self.sets[told].count, ZERO, Most::at(0)))
            }
            Term::Balance { .. } | Term::ProductCount => fact(self.holdings()),
            Term::Change { .. } | Term::Drift { .. } => fact(self.term(term.clone())),
            Term::NearTier { tier, floor } => {
                let (aum, lot) = (self.column(Column::Aum), |of: Minor| i128::from(of.0) * ONE);
                let reached = tier.from.map(|from| Goal::least(aum, lot(from)));
                let far = floor.map(|floor| Goal::below(aum, lot(floor)));
                Goal::Any(std::iter::once(fact(aum)).chain(reached).chain(far).collect())
            }
            // A day may be moved beyond the calendar.
            Term::Arith { .. } if term.kind() == Kind::DATE => Goal::ALWAYS,
            Term::Arith { op, left, right } => {
                let mut any = vec![self.null(left), self.null(right)];
                if *op == ArithOp::Div {
                    any.push(self.stand(right, CompareOp::Eq, &zero(right)));
                }
                Goal::Any(any)
            }
        }
    }
}

/// A number or an amount in the parts of bounds.
fn constant(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => parts(number),
        Value::Money(amount) => Some(i128::from(amount.0) * ONE),
        _ => None,
    }
}

/// Nothing, beside a term.
fn zero(beside: &Term) -> Term {
    Term::Literal(match beside.kind() {
        Kind::MONEY => Value::Money(Minor(0)),
        _ => Value::Number(Number::from(0)),
    })
}
