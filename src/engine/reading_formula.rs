//! From a rule's arithmetic to formulas over columns.

use super::events::{Fold, Window};
use super::formula::{Formula, Made, Step, day};
use super::plan::{Node, Test};
use super::reading::Reading;
use crate::domain::rule::{ArithOp, Column, CompareOp, EventSet, Kind, Term, Value};

/// The opposite, where both sides are known.
pub(super) fn opposite(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Le => CompareOp::Gt,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Ge => CompareOp::Lt,
    }
}

impl Reading<'_> {
    /// Those for whom a comparison of numbers, amounts or days is true, or false; none if columns cannot say it.
    pub(super) fn formula(
        &self,
        left: &Term,
        op: CompareOp,
        right: &Term,
        negated: bool,
    ) -> Option<Node> {
        let mut events = Vec::new();
        let (left, right) = (self.made(left, &mut events)?, self.made(right, &mut events)?);
        let op = if negated { opposite(op) } else { op };
        Some(node(left.compared(op, right, events)?))
    }

    /// The same with literals: all of these comparisons, or any of them.
    pub(super) fn formulas(
        &self,
        term: &Term,
        compared: &[(CompareOp, &Value)],
        all: bool,
    ) -> Option<Node> {
        let parts: Option<Vec<Node>> = compared
            .iter()
            .map(|(op, value)| self.formula(term, *op, &Term::Literal((*value).clone()), false))
            .collect();
        Some(if all { Node::all(parts?) } else { Node::any(parts?) })
    }

    /// Those for whom a term lies between two literals, or outside.
    pub(super) fn between(
        &self,
        term: &Term,
        outside: bool,
        low: &Value,
        high: &Value,
    ) -> Option<Node> {
        let (from, to) =
            if outside { (CompareOp::Lt, CompareOp::Gt) } else { (CompareOp::Ge, CompareOp::Le) };
        self.formulas(term, &[(from, low), (to, high)], !outside)
    }

    /// Those of whom a term is known, or not.
    pub(super) fn known_formula(&self, term: &Term, known: bool) -> Option<Node> {
        let mut events = Vec::new();
        let made = self.made(term, &mut events)?;
        Some(node(made.known(known, events)))
    }

    fn made(&self, term: &Term, events: &mut Vec<(Window, Fold)>) -> Option<Made> {
        match term {
            Term::Column(Column::Age) => {
                let column = self.columns.find("birth_date")?;
                Made::new(Step::Age(column, self.rule.as_of), 0, (-10_000, 10_000))
            }
            Term::Column(column) => {
                let counts = [Kind::NUMBER, Kind::MONEY, Kind::DATE].contains(&column.kind());
                Made::column(self.columns, self.find(column).filter(|_| counts)?)
            }
            Term::Literal(Value::Number(number)) => Made::decimal(number.as_str()),
            Term::Literal(Value::Money(amount)) => fixed(amount.0.into()),
            Term::Literal(Value::Date(date)) => fixed(day(date.day)),
            Term::Arith { op, left, right } => self.arith(*op, left, right, events),
            Term::Events { events: set } => self.told(set, Fold::Count, events),
            Term::SumEvents { events: set } => self.told(set, Fold::Sum, events),
            Term::FirstEvent { events: set } => self.told(set, Fold::First, events),
            Term::LastEvent { events: set } => self.told(set, Fold::Last, events),
            Term::NearTier { tier, floor } => {
                let column = self.columns.find("aum")?;
                let ahead = i128::from(tier.from?.0);
                let floor = floor.map_or(i128::from(i64::MIN), |floor| floor.0.into());
                Made::near(self.columns, column, floor, ahead)
            }
            _ => None,
        }
    }

    fn arith(
        &self,
        op: ArithOp,
        left: &Term,
        right: &Term,
        events: &mut Vec<(Window, Fold)>,
    ) -> Option<Made> {
        let of_day = left.kind() == Kind::DATE && right.kind() != Kind::DATE;
        let (a, b) = (self.made(left, events)?, self.made(right, events)?);
        match op {
            ArithOp::Add | ArithOp::Sub if of_day => a.moved(b, op == ArithOp::Sub),
            ArithOp::Add => a.plus(b),
            ArithOp::Sub => a.less(b),
            ArithOp::Mul => a.times(b),
            ArithOp::Div => a.over(b),
        }
    }

    fn told(&self, set: &EventSet, fold: Fold, events: &mut Vec<(Window, Fold)>) -> Option<Made> {
        let window = self.window(set)?;
        let ends = self.columns.event_ends(&window, fold);
        events.push((window, fold));
        Made::new(Step::Events(events.len() - 1), 0, ends)
    }
}

fn fixed(value: i128) -> Option<Made> {
    Made::new(Step::Fixed(value), 0, (value, value))
}

fn node(formula: Formula) -> Node {
    Node::Test(Test::Formula(formula))
}
