//! Terms and literals: names resolved, arithmetic typed, each literal read as what its other side is.

use chrono::NaiveDate;
use sqlparser::ast::{BinaryOperator, Expr as Ast, Ident, UnaryOperator, Value as Literal};
use sqlparser::tokenizer::Span;

use super::column::{Column, Kind};
use super::dialect::INTERVAL;
use super::error::Reason;
use super::expected::Expected;
use super::expr::{ArithOp, Term};
use super::lowering::{Lower, Lowered, span, unnested};
use super::number::Number;
use super::print;
use super::suggest;
use super::value::{Anchor, Day, Interval, Value, Written};
use super::vocabulary::{NUMBER_NAME, PRIVATE_NAMES};
use crate::domain::attribute::AttributeType;
use crate::domain::money::MoneyError;

/// A literal as written, with its sign, or what arithmetic of literals comes to.
pub(super) struct Given {
    pub(super) literal: Literal,
    pub(super) span: Span,
}

impl Given {
    pub(super) fn shown(&self) -> String {
        self.literal.to_string()
    }
}

/// A term with the words that an error calls it by, and its place.
pub(super) struct Read {
    pub(super) term: Term,
    pub(super) name: String,
    pub(super) span: Span,
}

impl<'a> Lower<'a> {
    /// A term: anything but a bare literal, which needs to know its other side.
    pub(super) fn term(&self, ast: &'a Ast) -> Lowered<Read> {
        let term = match unnested(ast) {
            Ast::Identifier(name) => match anchor(name) {
                Some(anchor) => Term::Literal(self.moved(anchor, Interval::default(), ast)?),
                None => Term::Column(self.column(name)?),
            },
            Ast::Prefixed { prefix, .. } if prefix.value.eq_ignore_ascii_case(INTERVAL) => {
                return self.refuse(Reason::MisplacedInterval, span(ast));
            }
            Ast::Prefixed { prefix, value } => self.function_term(prefix, value)?,
            Ast::BinaryOp { left, op, right } => match arith_op(op) {
                Some(op) => self.arith(left, op, right, ast)?,
                None => return self.refuse(Reason::NotOneName, span(ast)),
            },
            _ => return self.refuse(Reason::NotOneName, span(ast)),
        };
        let name = match &term {
            Term::Column(column) => column.code().to_owned(),
            term => print::term(term, self.vocabulary.bank().currency),
        };
        Ok(Read { term, name, span: span(ast) })
    }

    /// Each side is lowered once, since sides nest.
    fn arith(&self, left: &'a Ast, op: ArithOp, right: &'a Ast, whole: &'a Ast) -> Lowered<Term> {
        if let Some(text) = interval_text(right) {
            let by = self.interval(text, span(right))?;
            return match (self.term(left)?.term, op) {
                (Term::Literal(Value::Date(day)), ArithOp::Add | ArithOp::Sub) => {
                    self.moved_by(&day, op, by, whole).map(Term::Literal)
                }
                _ => self.refuse(Reason::MisplacedInterval, span(right)),
            };
        }
        let (left, right) = match (self.literal(left)?, self.literal(right)?) {
            (Some(given), _) => {
                let other = self.computed(right)?;
                (self.beside(&given, op, &other)?, other.term)
            }
            (None, Some(given)) => {
                let other = self.computed(left)?;
                if let (Term::Literal(Value::Date(day)), Literal::Number(digits, _)) =
                    (&other.term, &given.literal)
                    && matches!(op, ArithOp::Add | ArithOp::Sub)
                {
                    let days = Number::parse(digits).filter(Number::is_whole);
                    let days = days.and_then(|n| i32::try_from(n.trunc()?).ok());
                    let Some(days) = days else {
                        let (name, found) = (other.name, given.shown());
                        let expected = Expected::Whole;
                        return self
                            .refuse(Reason::WrongType { name, expected, found }, given.span);
                    };
                    let by = Interval { months: 0, days };
                    return self.moved_by(day, op, by, whole).map(Term::Literal);
                }
                let literal = self.beside(&given, op, &other)?;
                (other.term, literal)
            }
            (None, None) => (self.computed(left)?.term, self.computed(right)?.term),
        };
        let (a, b) = (left.kind(), right.kind());
        match op.kind(a, b) {
            // Only days that come with as-of are literals on both sides here; what lies between them is no fact of
            // any customer.
            Some(_) if matches!((&left, &right), (Term::Literal(_), Term::Literal(_))) => {
                self.refuse(Reason::NotOneName, span(whole))
            }
            Some(_) => Ok(Term::Arith { op, left: Box::new(left), right: Box::new(right) }),
            None => {
                let (left, right) = (a.into(), b.into());
                self.refuse(Reason::Mismatch { operator: op.sql(), left, right }, span(whole))
            }
        }
    }

    /// A term that may stand in arithmetic or beside another term.
    pub(super) fn computed(&self, ast: &'a Ast) -> Lowered<Read> {
        let read = self.term(ast)?;
        let kind = read.term.kind();
        if kind.is_computed() {
            return Ok(read);
        }
        self.refuse(Reason::NotComputed { name: read.name, kind: kind.into() }, read.span)
    }

    /// The literal beside `other` in arithmetic: an amount is added to an amount, anything else is a number.
    fn beside(&self, given: &Given, op: ArithOp, other: &Read) -> Lowered<Term> {
        let kind = match (op, other.term.kind()) {
            (ArithOp::Add | ArithOp::Sub, Kind::MONEY) => Kind::MONEY,
            (ArithOp::Sub, Kind::DATE)
                if matches!(given.literal, Literal::SingleQuotedString(_)) =>
            {
                Kind::DATE
            }
            _ => Kind::NUMBER,
        };
        self.value_of(kind, None, &other.name, given).map(Term::Literal)
    }

    /// A day that comes with as-of, moved by a span.
    fn moved_by(&self, day: &Day, op: ArithOp, by: Interval, whole: &'a Ast) -> Lowered<Value> {
        let Written::Relative { anchor, interval } = day.written else { return self.beyond(whole) };
        let sum = |a: i32, b: i32| {
            if op == ArithOp::Sub { a.checked_sub(b) } else { a.checked_add(b) }
        };
        match (sum(interval.months, by.months), sum(interval.days, by.days)) {
            (Some(months), Some(days)) => self.moved(anchor, Interval { months, days }, whole),
            _ => self.beyond(whole),
        }
    }

    fn moved(&self, anchor: Anchor, interval: Interval, at: &'a Ast) -> Lowered<Value> {
        match Day::relative(anchor, interval, self.vocabulary.bank().as_of) {
            Some(day) => Ok(Value::Date(day)),
            None => self.beyond(at),
        }
    }

    fn beyond<T>(&self, at: &'a Ast) -> Lowered<T> {
        self.refuse(Reason::BadDate { found: at.to_string() }, span(at))
    }

    /// A span of the calendar that is not negative and not longer than a century.
    pub(super) fn interval(&self, text: &str, at: Span) -> Lowered<Interval> {
        match read_interval(text) {
            Some(interval) => Ok(interval),
            None => self.refuse(Reason::BadInterval { found: text.to_owned() }, at),
        }
    }

    /// The literal that `ast` is, or that its arithmetic comes to; `None` if a name is part of it.
    pub(super) fn literal(&self, ast: &'a Ast) -> Lowered<Option<Given>> {
        let ast = unnested(ast);
        let literal = match ast {
            Ast::Value(value) => value.value.clone(),
            Ast::UnaryOp { op: op @ (UnaryOperator::Minus | UnaryOperator::Plus), expr } => {
                match &**expr {
                    Ast::Value(value) => match &value.value {
                        Literal::Number(digits, _) => {
                            let sign = if *op == UnaryOperator::Minus { "-" } else { "" };
                            Literal::Number(format!("{sign}{digits}"), false)
                        }
                        other => other.clone(),
                    },
                    _ => return Ok(None),
                }
            }
            Ast::BinaryOp { left, op, right } => match arith_op(op) {
                Some(op) => return self.folded(left, op, right, ast),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(Given { literal, span: span(ast) }))
    }

    fn folded(
        &self,
        left: &'a Ast,
        op: ArithOp,
        right: &'a Ast,
        whole: &'a Ast,
    ) -> Lowered<Option<Given>> {
        let (Some(a), Some(b)) = (self.literal(left)?, self.literal(right)?) else {
            return Ok(None);
        };
        let (a, b) = match (self.plain_number(&a)?, self.plain_number(&b)?) {
            (Some(a), Some(b)) => (a, b),
            (a, b) => {
                let kind = |n: Option<Number>| n.map_or(Expected::Category, |_| Expected::Number);
                let (operator, left, right) = (op.sql(), kind(a), kind(b));
                return self.refuse(Reason::Mismatch { operator, left, right }, span(whole));
            }
        };
        let folded = match op {
            ArithOp::Add => Some(a.plus(&b)),
            ArithOp::Sub => Some(a.minus(&b)),
            ArithOp::Mul => Some(a.times(&b)),
            ArithOp::Div => a.over(&b),
        };
        match folded.and_then(|n| Number::parse(n.as_str())) {
            Some(number) => {
                let literal = Literal::Number(number.to_string(), false);
                Ok(Some(Given { literal, span: span(whole) }))
            }
            None => self.refuse(Reason::OutOfRange { found: whole.to_string() }, span(whole)),
        }
    }

    /// The number that a literal is, `None` if it is none.
    fn plain_number(&self, given: &Given) -> Lowered<Option<Number>> {
        let Literal::Number(digits, _) = &given.literal else { return Ok(None) };
        match Number::parse(digits) {
            Some(number) => Ok(Some(number)),
            None => self.refuse(Reason::OutOfRange { found: given.shown() }, given.span),
        }
    }

    /// The value that stands beside `other`: a literal or a day that comes with as-of.
    pub(super) fn value(&self, other: &Read, ast: &'a Ast) -> Lowered<Value> {
        if let Some(given) = self.literal(ast)? {
            return self.value_beside(other, &given);
        }
        let read = self.term(ast)?;
        match read.term {
            Term::Literal(value) if value.kind() == other.term.kind() => Ok(value),
            Term::Literal(_) => self.wrong_type(other, &read.name, read.span),
            _ => self.refuse(Reason::NotOneName, read.span),
        }
    }

    /// A literal as what `other` is.
    pub(super) fn value_beside(&self, other: &Read, given: &Given) -> Lowered<Value> {
        if given.literal == Literal::Null {
            return self.refuse(Reason::UseIsNull { name: other.name.clone() }, given.span);
        }
        let column = match &other.term {
            Term::Column(column) => Some(column),
            _ => None,
        };
        self.value_of(other.term.kind(), column, &other.name, given)
    }

    fn value_of(
        &self,
        kind: Kind,
        column: Option<&Column>,
        name: &str,
        given: &Given,
    ) -> Lowered<Value> {
        match (kind, &given.literal) {
            (Kind::NUMBER, Literal::Number(digits, _)) => match Number::parse(digits) {
                Some(number) => Ok(Value::Number(number)),
                None => self.refuse(Reason::OutOfRange { found: given.shown() }, given.span),
            },
            (Kind::MONEY, Literal::Number(..)) => self.money(given).map(Value::Money),
            (Kind::DATE, Literal::SingleQuotedString(text)) => match day(text) {
                Some(day) => Ok(Value::Date(Day::fixed(day))),
                None => self.refuse(Reason::BadDate { found: text.clone() }, given.span),
            },
            (kind, Literal::SingleQuotedString(text)) if !kind.is_computed() => {
                let known = match (kind, column) {
                    (Kind::Plain(AttributeType::Category), Some(column)) => self
                        .vocabulary
                        .has_value(column, text)
                        .then(|| Value::Category(text.clone())),
                    (Kind::Tier, _) => self.vocabulary.tier(text).map(Value::Tier),
                    (Kind::Org, _) => self.vocabulary.unit(text).map(Value::Unit),
                    (Kind::Staff, _) => {
                        self.vocabulary.staff(text).map(|id| Value::Staff(text.clone(), id))
                    }
                    _ => return self.not_of_kind(name, kind, given),
                };
                match (known, column) {
                    (Some(known), _) => Ok(known),
                    (None, Some(column)) => self.unknown_value(column, text, given.span),
                    (None, None) => self.not_of_kind(name, kind, given),
                }
            }
            _ => self.not_of_kind(name, kind, given),
        }
    }

    pub(super) fn money(&self, given: &Given) -> Lowered<crate::domain::money::Minor> {
        let found = given.shown();
        let reason = match self.vocabulary.bank().currency.parse(&found) {
            Ok(amount) => return Ok(amount),
            Err(MoneyError::TooManyDecimals(digits)) => Reason::TooManyDecimals { found, digits },
            Err(MoneyError::TooLarge | MoneyError::NotANumber) => Reason::OutOfRange { found },
        };
        self.refuse(reason, given.span)
    }

    pub(super) fn unknown_value<T>(&self, column: &Column, value: &str, at: Span) -> Lowered<T> {
        let meant = suggest::value(self.vocabulary, column, value);
        let (name, value) = (column.code().to_owned(), value.to_owned());
        self.refuse(Reason::UnknownValue { name, value, meant }, at)
    }

    fn not_of_kind<T>(&self, name: &str, kind: Kind, given: &Given) -> Lowered<T> {
        let (name, expected, found) = (name.to_owned(), kind.into(), given.shown());
        self.refuse(Reason::WrongType { name, expected, found }, given.span)
    }

    pub(super) fn wrong_type<T>(&self, other: &Read, found: &str, at: Span) -> Lowered<T> {
        let (name, expected) = (other.name.clone(), other.term.kind().into());
        self.refuse(Reason::WrongType { name, expected, found: found.to_owned() }, at)
    }

    pub(super) fn column(&self, name: &Ident) -> Lowered<Column> {
        let quoted = name.quote_style.is_some();
        if let Some(column) = self.vocabulary.column(&name.value, quoted) {
            return Ok(column);
        }
        let spelled = name.value.clone();
        let reason = if spelled.eq_ignore_ascii_case(NUMBER_NAME) {
            Reason::SingleCustomers
        } else if PRIVATE_NAMES.contains(&spelled.to_lowercase().as_str()) {
            Reason::Private { name: spelled }
        } else {
            let meant = suggest::name(self.vocabulary, &spelled);
            Reason::UnknownName { name: spelled, meant }
        };
        self.refuse(reason, name.span)
    }
}

/// The text of an interval, if `ast` is one.
pub(super) fn interval_text(ast: &Ast) -> Option<&str> {
    match unnested(ast) {
        Ast::Prefixed { prefix, value } if prefix.value.eq_ignore_ascii_case(INTERVAL) => {
            match &**value {
                Ast::Value(value) => match &value.value {
                    Literal::SingleQuotedString(text) => Some(text),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

/// The day of as-of that an unquoted name stands for.
pub(super) fn anchor(name: &Ident) -> Option<Anchor> {
    if name.quote_style.is_some() { None } else { anchor_of(&name.value) }
}

pub(super) fn anchor_of(name: &str) -> Option<Anchor> {
    Anchor::ALL.into_iter().find(|anchor| anchor.code().eq_ignore_ascii_case(name))
}

/// `30 days`, `1 year 3 months`: whole numbers with their units, more than nothing and at most a century.
pub(super) fn read_interval(text: &str) -> Option<Interval> {
    const MOST_MONTHS: i32 = 1_200;
    const MOST_DAYS: i32 = 36_500;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let mut interval = Interval::default();
    for pair in words.chunks(2) {
        let [number, unit] = pair else { return None };
        if number.len() > 5 || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number: i32 = number.parse().ok()?;
        match unit.to_ascii_lowercase().as_str() {
            "day" | "days" => interval.days += number,
            "week" | "weeks" => interval.days += 7 * number,
            "month" | "months" => interval.months += number,
            "year" | "years" => interval.months += 12 * number,
            _ => return None,
        }
        if interval.months > MOST_MONTHS || interval.days > MOST_DAYS {
            return None;
        }
    }
    (interval != Interval::default()).then_some(interval)
}

fn arith_op(op: &BinaryOperator) -> Option<ArithOp> {
    Some(match op {
        BinaryOperator::Plus => ArithOp::Add,
        BinaryOperator::Minus => ArithOp::Sub,
        BinaryOperator::Multiply => ArithOp::Mul,
        BinaryOperator::Divide => ArithOp::Div,
        _ => return None,
    })
}

/// A day written as ten characters; `1950-1-1` has more than one spelling and is refused.
fn day(text: &str) -> Option<NaiveDate> {
    let shape = text
        .bytes()
        .enumerate()
        .all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let day =
        (text.len() == 10 && shape).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?;
    // Postgres has no year 0.
    day.filter(|day| chrono::Datelike::year(day) > 0)
}
