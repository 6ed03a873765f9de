//! Conditions that hold for nobody by construction: a range from the greater to the smaller, and two parts of one
//! `and` that never hold together.
//!
//! Only what is so on every day is refused. Days that come with as-of are compared only with their like.

use std::cmp::Ordering;

use super::error::Reason;
use super::expr::{CompareOp, Expr, Term};
use super::print;
use super::value::{Day, Interval, Value, Written};
use crate::domain::money::Currency;

/// Whether nothing lies between the two, both included.
pub(super) fn is_empty_range(low: &Value, high: &Value) -> bool {
    order(low, high) == Some(Ordering::Greater)
}

/// What the parts of one `and` say so far.
#[derive(Default)]
pub(super) struct Facts(Vec<(Term, Says, Expr)>);

/// What a condition says of its term.
enum Says {
    /// Above the first and below the second; each with whether it is included.
    Range(Option<(Value, bool)>, Option<(Value, bool)>),
    OneOf(Vec<Value>),
    Not(Value),
    Flag(bool),
    Null,
    Known,
}

impl Facts {
    /// Why `expr` never holds together with what was said before; else it is added.
    pub(super) fn never(&mut self, expr: &Expr, currency: Currency) -> Option<Reason> {
        if let Expr::And(parts) = expr {
            return parts.iter().find_map(|part| self.never(part, currency));
        }
        let (term, says) = said(expr)?;
        let clash = self.0.iter().find(|(of, before, _)| *of == term && clashes(before, &says));
        if let Some((.., first)) = clash {
            return Some(Reason::NeverTogether {
                first: print::condition(first, currency),
                second: print::condition(expr, currency),
            });
        }
        self.0.push((term, says, expr.clone()));
        None
    }
}

fn said(expr: &Expr) -> Option<(Term, Says)> {
    Some(match expr {
        Expr::Flag(column) => (Term::Column(column.clone()), Says::Flag(true)),
        Expr::Not(inner) => match &**inner {
            Expr::Flag(column) => (Term::Column(column.clone()), Says::Flag(false)),
            _ => return None,
        },
        Expr::Compare { left, op, right: Term::Literal(value) } => {
            let value = value.clone();
            let says = match op {
                CompareOp::Eq => Says::OneOf(vec![value]),
                CompareOp::Ne => Says::Not(value),
                CompareOp::Lt => Says::Range(None, Some((value, false))),
                CompareOp::Le => Says::Range(None, Some((value, true))),
                CompareOp::Gt => Says::Range(Some((value, false)), None),
                CompareOp::Ge => Says::Range(Some((value, true)), None),
            };
            (left.clone(), says)
        }
        Expr::Compare { left, .. } => (left.clone(), Says::Known),
        Expr::Between { term, negated: false, low, high } => {
            let (low, high) = ((low.clone(), true), (high.clone(), true));
            (term.clone(), Says::Range(Some(low), Some(high)))
        }
        Expr::In { term, negated: false, values } => (term.clone(), Says::OneOf(values.clone())),
        Expr::Between { term, .. } | Expr::In { term, .. } => (term.clone(), Says::Known),
        Expr::Like { column, .. } => (Term::Column(column.clone()), Says::Known),
        Expr::IsNull { term, negated } => {
            (term.clone(), if *negated { Says::Known } else { Says::Null })
        }
        _ => return None,
    })
}

fn clashes(a: &Says, b: &Says) -> bool {
    match (a, b) {
        (Says::Null, Says::Null) => false,
        (Says::Null, _) | (_, Says::Null) => true,
        (Says::Flag(a), Says::Flag(b)) => a != b,
        (Says::OneOf(a), Says::OneOf(b)) => a.iter().all(|a| b.iter().all(|b| differ(a, b))),
        (Says::OneOf(values), Says::Not(not)) | (Says::Not(not), Says::OneOf(values)) => {
            values.iter().all(|value| value == not)
        }
        (Says::OneOf(values), Says::Range(low, high))
        | (Says::Range(low, high), Says::OneOf(values)) => values.iter().all(|value| {
            let one = (value.clone(), true);
            apart(low.as_ref(), Some(&one)) || apart(Some(&one), high.as_ref())
        }),
        (Says::Range(a_low, a_high), Says::Range(b_low, b_high)) => {
            apart(a_low.as_ref(), b_high.as_ref()) || apart(b_low.as_ref(), a_high.as_ref())
        }
        _ => false,
    }
}

/// Whether nothing is both above `low` and below `high`.
fn apart(low: Option<&(Value, bool)>, high: Option<&(Value, bool)>) -> bool {
    let (Some((low, low_included)), Some((high, high_included))) = (low, high) else {
        return false;
    };
    match order(low, high) {
        Some(Ordering::Greater) => true,
        Some(Ordering::Equal) => !(*low_included && *high_included),
        _ => false,
    }
}

fn differ(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Date(_), Value::Date(_)) => order(a, b).is_some_and(Ordering::is_ne),
        _ => a != b,
    }
}

/// How two literals of one kind stand to one another on every day, `None` if that changes or they have no order.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    Some(match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Money(a), Value::Money(b)) => a.cmp(b),
        (Value::Tier(a), Value::Tier(b)) => a.from.cmp(&b.from),
        (Value::Date(a), Value::Date(b)) => day_order(a, b)?,
        _ => return None,
    })
}

fn day_order(a: &Day, b: &Day) -> Option<Ordering> {
    match (a.written, b.written) {
        (Written::Fixed, Written::Fixed) => Some(a.day.cmp(&b.day)),
        (
            Written::Relative { anchor: a, interval: Interval { months: a_months, days: a_days } },
            Written::Relative { anchor: b, interval: Interval { months: b_months, days: b_days } },
        ) if a == b && a_months == b_months => Some(a_days.cmp(&b_days)),
        _ => None,
    }
}
