//! A condition that is there already as the answers that would have made it, and the values of a rule as they are chosen.

use super::choice::Operator;
use super::column::Column;
use super::compare::CompareOp;
use super::draft::{Answer, Draft, Slot, Step};
use super::expr::{BalanceOf, EventFilter, EventSet, Expr, Leaf, Term};
use super::field::EventField;
use super::functions::Function;
use super::inside::{Of, Part};
use super::number::Number;
use super::print;
use super::value::{Day, Interval, Value, Written};
use crate::domain::money::Currency;

impl Draft {
    /// What would be chosen for this condition, with the step after its subject asked first; none if it has another
    /// shape than can be chosen, such as arithmetic. More than one condition within a function stays as it is.
    #[must_use]
    pub fn of(part: Part<'_>, of: Of, currency: Currency) -> Option<Self> {
        let inner = of == Of::Related;
        let mut fill = Fill { draft: Self::new(of), inner, currency };
        let written = match part {
            Part::Customer(expr) => {
                fill.condition(expr)?;
                print::condition(expr, currency)
            }
            Part::Event(filter, _) => {
                fill.filter(filter, 0)?;
                print::filter(filter, currency)
            }
            Part::Events(set, turn) => {
                fill.set(turn.number(), set);
                print::set(set, currency)
            }
        };
        let (draft, text) = fill.draft.replayed()?;
        // The proof of it: what is chosen says what stands there.
        let first = matches!(part, Part::Events(..));
        (text == written).then(|| if first { draft.at_first() } else { draft.at_second() })
    }

    /// A draft of a condition about that column.
    #[must_use]
    pub fn about(column: Column, of: Of) -> Self {
        let mut draft = Self::new(of);
        let inner = of == Of::Related;
        draft.answer(Slot { inner, step: Step::Subject }, Answer::Column(column));
        draft
    }
}

struct Fill {
    draft: Draft,
    inner: bool,
    currency: Currency,
}

impl Fill {
    fn put(&mut self, step: Step, answer: Answer) {
        self.draft.learn(Slot { inner: self.inner, step }, answer);
    }

    fn word(&mut self, number: usize, code: &str) {
        self.put(Step::Argument(number), Answer::Word(code.to_owned()));
    }

    fn back(&mut self, number: usize, back: Option<Interval>) {
        self.put(Step::Argument(number), back.map_or(Answer::Skip, Answer::Back));
    }

    fn asked(&mut self, operator: Operator, values: Vec<String>) {
        self.put(Step::Operator, Answer::Operator(operator));
        self.put(Step::Values, Answer::Values(values));
    }

    fn shown(&self, values: &[Value]) -> Vec<String> {
        values.iter().map(|value| plain(value, self.currency)).collect()
    }

    fn condition(&mut self, expr: &Expr) -> Option<()> {
        match expr {
            Expr::Leaf(leaf) => return self.leaf(leaf),
            Expr::Flag(column) => {
                self.column(column);
                self.asked(Operator::Set, vec![]);
            }
            Expr::Not(inner) => {
                let Expr::Flag(column) = inner.as_ref() else { return None };
                self.column(column);
                self.asked(Operator::NotSet, vec![]);
            }
            Expr::Under { negated, unit, .. } => {
                self.column(&Column::Org);
                let operator = if *negated { Operator::NotUnder } else { Operator::Under };
                self.asked(operator, vec![unit.code.clone()]);
            }
            Expr::Like { column, negated: false, pattern } => {
                self.column(column);
                self.asked(Operator::Like, vec![pattern.clone()]);
            }
            Expr::Compare { left, op, right: Term::Literal(value) } => {
                self.term(left)?;
                self.asked(operator(*op), self.shown(std::slice::from_ref(value)));
            }
            Expr::Between { term, negated: false, low, high } => {
                self.term(term)?;
                self.asked(Operator::Between, self.shown(&[low.clone(), high.clone()]));
            }
            Expr::In { term, negated, values } => {
                self.term(term)?;
                let operator = if *negated { Operator::NoneOf } else { Operator::OneOf };
                self.asked(operator, self.shown(values));
            }
            Expr::IsNull { term, negated } => {
                self.term(term)?;
                self.asked(if *negated { Operator::Known } else { Operator::Unknown }, vec![]);
            }
            _ => return None,
        }
        Some(())
    }

    fn column(&mut self, column: &Column) {
        self.put(Step::Subject, Answer::Column(column.clone()));
    }

    fn function(&mut self, function: Function) {
        self.put(Step::Subject, Answer::Function(function));
    }

    fn term(&mut self, term: &Term) -> Option<()> {
        match term {
            Term::Column(column) => self.column(column),
            Term::Events { events } => self.events(Function::Events, events),
            Term::SumEvents { events } => self.events(Function::SumEvents, events),
            Term::FirstEvent { events } => self.events(Function::FirstEvent, events),
            Term::LastEvent { events } => self.events(Function::LastEvent, events),
            Term::Balance { of } => self.of(Function::Balance, of),
            Term::Change { of, back } => {
                self.of(Function::Change, of);
                self.back(1, Some(*back));
            }
            Term::NearTier { tier, .. } => {
                self.function(Function::NearTier);
                self.word(0, &tier.code);
            }
            Term::ProductCount => self.function(Function::ProductCount),
            Term::Drift { class, .. } => {
                self.function(Function::Drift);
                self.word(0, class);
            }
            Term::Literal(_) | Term::Arith { .. } => return None,
        }
        Some(())
    }

    fn of(&mut self, function: Function, of: &BalanceOf) {
        self.function(function);
        self.word(0, of.code());
    }

    fn events(&mut self, function: Function, events: &EventSet) {
        self.function(function);
        self.word(0, &events.kind.code);
        self.back(1, events.back);
        self.field(events, 0);
    }

    /// One of the two of a sequence.
    fn set(&mut self, set: usize, events: &EventSet) {
        self.word(set, &events.kind.code);
        self.put(Step::Window(set), events.back.map_or(Answer::Skip, Answer::Back));
        self.field(events, set);
    }

    /// What must hold for each event.
    fn field(&mut self, events: &EventSet, set: usize) {
        match &events.filter {
            None => self.put(Step::Field(set), Answer::Skip),
            Some(filter) if self.filter(filter, set).is_some() => {}
            Some(filter) => {
                let kept = print::filter(filter, self.currency);
                self.put(Step::Field(set), Answer::Kept(kept));
            }
        }
    }

    fn filter(&mut self, filter: &EventFilter, set: usize) -> Option<()> {
        use EventField::{Amount, Detail};
        let money = |amount| plain(&Value::Money(amount), self.currency);
        let null = |negated| if negated { Operator::Known } else { Operator::Unknown };
        let (field, operator, values) = match filter {
            EventFilter::Amount { op, value } => (Amount, operator(*op), vec![money(*value)]),
            EventFilter::AmountBetween { negated: false, low, high } => {
                (Amount, Operator::Between, vec![money(*low), money(*high)])
            }
            EventFilter::AmountIsNull { negated } => (Amount, null(*negated), vec![]),
            EventFilter::Detail { negated, values } => {
                let operator = match (negated, values.len()) {
                    (false, 1) => Operator::Is,
                    (true, 1) => Operator::IsNot,
                    (false, _) => Operator::OneOf,
                    (true, _) => Operator::NoneOf,
                };
                (Detail, operator, values.clone())
            }
            EventFilter::DetailLike { negated: false, pattern } => {
                (Detail, Operator::Like, vec![pattern.clone()])
            }
            EventFilter::DetailIsNull { negated } => (Detail, null(*negated), vec![]),
            _ => return None,
        };
        self.put(Step::Field(set), Answer::Field(field));
        self.put(Step::FieldOperator(set), Answer::Operator(operator));
        self.put(Step::FieldValues(set), Answer::Values(values));
        Some(())
    }

    fn leaf(&mut self, leaf: &Leaf) -> Option<()> {
        match leaf {
            Leaf::FollowedBy { first, then, within } => {
                self.function(Function::FollowedBy);
                self.set(0, first);
                self.set(1, then);
                self.back(2, Some(*within));
            }
            Leaf::Falling { of, months } => {
                self.of(Function::Falling, of);
                let months = i32::try_from(*months).ok()?;
                self.back(1, Some(Interval { months, days: 0 }));
            }
            Leaf::TierMoved { from, to, back } => {
                self.function(Function::TierMoved);
                self.word(0, &from.code);
                self.word(1, &to.code);
                self.back(2, Some(*back));
            }
            Leaf::Holds { of } => self.of(Function::Holds, of),
            Leaf::Consents { channel } => self.named(Function::Consent, channel),
            Leaf::Segment { code, version, .. } => {
                self.named(Function::Segment, code);
                let version = version.map_or(Answer::Skip, |v| Answer::Number(v.into()));
                self.put(Step::Argument(1), version);
            }
            Leaf::Snapshot { id } => self.named(Function::Snapshot, &id.to_string()),
            Leaf::List { code, upload } => {
                self.named(Function::List, code);
                self.put(Step::Argument(1), Answer::Number((*upload).into()));
            }
            Leaf::Contacted { back } => {
                self.function(Function::Contacted);
                self.back(0, Some(*back));
            }
            Leaf::InStrategy { code } => self.named(Function::InStrategy, code),
            Leaf::Sample { ppm } => {
                self.function(Function::Sample);
                self.size(*ppm, 10_000)?;
            }
            Leaf::Within { unit, metres } => {
                self.named(Function::Within, &unit.code);
                self.size(*metres, 1_000)?;
            }
            Leaf::Related { kind, rule } => {
                self.named(Function::Related, kind);
                self.related(rule);
            }
        }
        Some(())
    }

    /// What is asked of the related customer: chosen if it is one condition that can be, else it stays.
    fn related(&mut self, rule: &Expr) {
        let one = Draft::of(Part::Customer(rule), Of::Related, self.currency);
        self.inner = true;
        match one {
            // What its own functions keep is shown below it, and not asked here again.
            Some(_) if self.condition(rule).is_some() => {}
            _ => {
                let kept = print::condition(rule, self.currency);
                self.put(Step::Subject, Answer::Kept(kept));
            }
        }
        self.inner = false;
    }

    fn named(&mut self, function: Function, code: &str) {
        self.function(function);
        self.word(0, code);
    }

    fn size(&mut self, parts: u32, of: i64) -> Option<()> {
        let size = Number::from(i64::from(parts)).over(&Number::from(of))?;
        self.put(Step::Argument(1), Answer::Size(size));
        Some(())
    }
}

fn operator(op: CompareOp) -> Operator {
    match op {
        CompareOp::Eq => Operator::Is,
        CompareOp::Ne => Operator::IsNot,
        CompareOp::Lt => Operator::LessThan,
        CompareOp::Le => Operator::AtMost,
        CompareOp::Gt => Operator::MoreThan,
        CompareOp::Ge => Operator::AtLeast,
    }
}

/// A value as it is chosen or typed: as rules write it, but without quotes.
fn plain(value: &Value, currency: Currency) -> String {
    match value {
        Value::Category(text) | Value::Staff(text, _) => text.clone(),
        Value::Tier(tier) => tier.code.clone(),
        Value::Unit(unit) => unit.code.clone(),
        Value::Date(Day { day, written: Written::Fixed }) => day.format("%Y-%m-%d").to_string(),
        other => print::value(other, currency),
    }
}
