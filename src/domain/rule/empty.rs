//! Conditions that hold for nobody by construction: a range from the greater to the smaller, two parts of one `and` that
//! never hold together, and a condition that is true of nobody by itself and takes the whole rule with it.
//!
//! Only what is so on every day is refused. Days that come with as-of are compared only with their like. What is true of
//! nobody by itself is refused only where the whole rule finds nobody by it: within `or` and `not` it may stand. `false`
//! alone is a rule: whoever writes it means nobody.

use std::cmp::Ordering;

use super::column::Column;
use super::error::Reason;
use super::expr::{ArithOp, CompareOp, Expr, Leaf, Term};
use super::no_event;
use super::number::Number;
use super::print;
use super::value::{Day, Interval, Value, Written};
use crate::domain::id::OrgId;
use crate::domain::money::{Currency, Minor};

/// Whether nothing lies between the two, both included.
pub(super) fn is_empty_range(low: &Value, high: &Value) -> bool {
    order(low, high) == Some(Ordering::Greater)
}

/// What the parts of one `and` say so far.
#[derive(Default)]
pub(super) struct Facts {
    said: Vec<(Term, Says, Expr)>,
    parts: Vec<Expr>,
}

/// What a condition says of its term.
enum Says {
    /// Above the first and below the second; each with whether it is included.
    Range(Option<(Value, bool)>, Option<(Value, bool)>),
    OneOf(Vec<Value>),
    NoneOf(Vec<Value>),
    /// The unit is one of these, or none of these.
    Units(bool, Vec<OrgId>),
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
        let shown = |expr: &Expr| print::condition(expr, currency);
        let against = self.parts.iter().find(|part| is_opposite(part, expr));
        if let Some(first) = against {
            return Some(Reason::NeverTogether { first: shown(first), second: shown(expr) });
        }
        self.parts.push(expr.clone());
        let (term, says) = said(expr)?;
        let clash = self.said.iter().find(|(of, before, _)| *of == term && clashes(before, &says));
        if let Some((_, before, first)) = clash {
            let (first, second) = (shown(first), shown(expr));
            let apart = matches!((before, &says), (Says::Units(true, _), Says::Units(true, _)));
            return Some(if apart {
                Reason::ApartUnits { first, second }
            } else {
                Reason::NeverTogether { first, second }
            });
        }
        self.said.push((term, says, expr.clone()));
        None
    }
}

/// Whether one is true only where the other is false.
fn is_opposite(a: &Expr, b: &Expr) -> bool {
    let denies = |a: &Expr, b: &Expr| matches!(a, Expr::Not(inner) if **inner == *b);
    denies(a, b) || denies(b, a) || opposite(a).is_some_and(|a| a == *b)
}

/// The same condition with `not` in its own words, where it has such words.
fn opposite(expr: &Expr) -> Option<Expr> {
    let mut other = expr.clone();
    match &mut other {
        Expr::Compare { op, .. } => *op = inverse(*op),
        Expr::Between { negated, .. }
        | Expr::In { negated, .. }
        | Expr::Like { negated, .. }
        | Expr::IsNull { negated, .. }
        | Expr::Under { negated, .. } => *negated = !*negated,
        Expr::Const(value) => *value = !*value,
        Expr::Not(inner) => return Some((**inner).clone()),
        Expr::Flag(_) | Expr::Leaf(_) | Expr::And(_) | Expr::Or(_) => return None,
    }
    Some(other)
}

fn inverse(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Ge => CompareOp::Lt,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Le => CompareOp::Gt,
    }
}

/// Why a whole rule holds for nobody; `false` alone is meant so.
pub(super) fn whole(expr: &Expr, currency: Currency) -> Option<Reason> {
    if *expr == Expr::Const(false) { None } else { alone(expr, currency) }
}

/// Why a condition is true of nobody by itself.
pub(super) fn alone(expr: &Expr, currency: Currency) -> Option<Reason> {
    let shown = || print::condition(expr, currency);
    if no_event::is_never(expr) {
        return Some(Reason::NeverTrue { condition: shown() });
    }
    match expr {
        Expr::Const(false) => Some(Reason::NeverTrue { condition: shown() }),
        Expr::Not(inner) => {
            let other = opposite(inner)?;
            // `not true` is told as it stands.
            let why = alone(&other, currency)?;
            Some(if let Reason::NeverTrue { .. } = why {
                Reason::NeverTrue { condition: shown() }
            } else {
                why
            })
        }
        Expr::And(parts) => parts.iter().find_map(|part| alone(part, currency)),
        Expr::Or(parts) => {
            let all = parts.iter().all(|part| alone(part, currency).is_some());
            all.then(|| Reason::NeverTrue { condition: shown() })
        }
        Expr::IsNull { term, negated } => {
            (*negated && is_never_known(term)).then(|| Reason::ByZero { condition: shown() })
        }
        Expr::Compare { left, op, right } => {
            if is_never_known(left) || is_never_known(right) {
                return Some(Reason::ByZero { condition: shown() });
            }
            match right {
                Term::Literal(value) => beyond(left, *op, value, currency),
                _ => None,
            }
        }
        Expr::Between { term, negated, low, high } => {
            if is_never_known(term) {
                return Some(Reason::ByZero { condition: shown() });
            }
            let within = |low, high| {
                beyond(term, CompareOp::Le, high, currency)
                    .or_else(|| beyond(term, CompareOp::Ge, low, currency))
            };
            if *negated { None } else { within(low, high) }
        }
        Expr::In { term, negated, values } => {
            if is_never_known(term) {
                return Some(Reason::ByZero { condition: shown() });
            }
            if *negated {
                return None;
            }
            let why = values.iter().map(|value| beyond(term, CompareOp::Eq, value, currency));
            why.collect::<Option<Vec<_>>>()?.pop()
        }
        Expr::Leaf(Leaf::Segment { rule, .. } | Leaf::Related { rule, .. }) => {
            alone(rule, currency).map(|_| Reason::NeverTrue { condition: shown() })
        }
        Expr::Const(true)
        | Expr::Flag(_)
        | Expr::Like { .. }
        | Expr::Under { .. }
        | Expr::Leaf(_) => None,
    }
}

/// Nothing divided by 0 is known, nor what is computed with it.
fn is_never_known(term: &Term) -> bool {
    let zero = |value: &Value| matches!(value, Value::Number(n) if *n == Number::from(0));
    match term {
        Term::Arith { op: ArithOp::Div, right, .. } if matches!(&**right, Term::Literal(value) if zero(value)) => {
            true
        }
        Term::Arith { left, right, .. } => is_never_known(left) || is_never_known(right),
        _ => false,
    }
}

/// Why nothing that `term` can be stands so to `value`: no tier is above the highest or below the lowest, and what is
/// counted is a whole number that is not below 0, and what is missing to a tier lies between 0 and what separates the two.
fn beyond(term: &Term, op: CompareOp, value: &Value, currency: Currency) -> Option<Reason> {
    match (term, op, value) {
        (Term::Column(Column::Tier), CompareOp::Gt, Value::Tier(tier)) if tier.below.is_none() => {
            Some(Reason::HighestTier { tier: tier.code.clone() })
        }
        (Term::Column(Column::Tier), CompareOp::Lt, Value::Tier(tier)) if tier.from.is_none() => {
            Some(Reason::LowestTier { tier: tier.code.clone() })
        }
        (Term::Events { .. } | Term::ProductCount, op, Value::Number(n)) => {
            let zero = Number::from(0);
            let never = match op {
                CompareOp::Lt => *n <= zero,
                CompareOp::Le => *n < zero,
                CompareOp::Eq => *n < zero || !n.is_whole(),
                CompareOp::Ne | CompareOp::Gt | CompareOp::Ge => false,
            };
            never.then(|| Reason::NoSuchCount { name: print::term(term, currency) })
        }
        (Term::NearTier { tier, floor }, op, Value::Money(amount)) => {
            let most = tier.from.zip(*floor).map(|(from, floor)| Minor(from.0 - floor.0));
            let above = |strictly: bool| {
                most.is_some_and(|most| if strictly { *amount >= most } else { *amount > most })
            };
            let never = match op {
                CompareOp::Lt => amount.0 <= 1,
                CompareOp::Le => amount.0 <= 0,
                CompareOp::Eq => amount.0 <= 0 || above(false),
                CompareOp::Gt => above(true),
                CompareOp::Ge => above(false),
                CompareOp::Ne => false,
            };
            never.then(|| Reason::NeverMissing {
                name: print::term(term, currency),
                most: most.map(|most| print::value(&Value::Money(most), currency)),
            })
        }
        _ => None,
    }
}

fn said(expr: &Expr) -> Option<(Term, Says)> {
    Some(match expr {
        Expr::Flag(column) => (Term::Column(column.clone()), Says::Flag(true)),
        Expr::Not(inner) => match &**inner {
            Expr::Flag(column) => (Term::Column(column.clone()), Says::Flag(false)),
            // A comparison that is false is known, and so is what it compares.
            inner => return said(&opposite(inner)?),
        },
        Expr::Compare { left, op, right: Term::Literal(value) } => {
            let value = value.clone();
            let says = match op {
                CompareOp::Eq => Says::OneOf(vec![value]),
                CompareOp::Ne => Says::NoneOf(vec![value]),
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
        Expr::In { term, values, .. } => (term.clone(), Says::NoneOf(values.clone())),
        Expr::Under { negated, subtree, .. } => {
            (Term::Column(Column::Org), Says::Units(!negated, subtree.clone()))
        }
        Expr::Between { term, .. } => (term.clone(), Says::Known),
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
        (Says::OneOf(values), Says::NoneOf(none)) | (Says::NoneOf(none), Says::OneOf(values)) => {
            values.iter().all(|value| none.contains(value))
        }
        (Says::Units(true, a), Says::Units(true, b)) => !a.iter().any(|unit| b.contains(unit)),
        (Says::Units(true, all), Says::Units(false, none))
        | (Says::Units(false, none), Says::Units(true, all)) => {
            all.iter().all(|unit| none.contains(unit))
        }
        (Says::Units(among, units), Says::OneOf(values))
        | (Says::OneOf(values), Says::Units(among, units)) => values
            .iter()
            .all(|value| matches!(value, Value::Unit(unit) if units.contains(&unit.id) != *among)),
        (Says::Units(true, all), Says::NoneOf(values))
        | (Says::NoneOf(values), Says::Units(true, all)) => all.iter().all(|id| {
            values.iter().any(|value| matches!(value, Value::Unit(unit) if unit.id == *id))
        }),
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
