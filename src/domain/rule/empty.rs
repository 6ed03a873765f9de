//! Conditions that hold for nobody by construction: a range from the greater to the smaller, parts of one `and` that never
//! hold together, and a condition that is true of nobody by itself and takes the whole rule with it.
//!
//! Only what is so on every day is refused; [`never`] says what is. What is true of nobody by itself is refused only where
//! the whole rule finds nobody by it: within `or` and `not` it may stand. Parts of an `and` that never hold together are a
//! mistake wherever they stand. `false` alone is a rule: whoever writes it means nobody.

use std::cmp::Ordering;
use std::rc::Rc;

use super::column::Column;
use super::compare::CompareOp;
use super::error::Reason;
use super::expr::{ArithOp, Expr, Term};
use super::never::{Judge, could_be};
use super::number::Number;
use super::print;
use super::value::{Anchor, Day, Interval, Value, Written};
use super::vocabulary::Vocabulary;
use crate::domain::id::OrgId;
use crate::domain::money::{Currency, Minor};

/// Whether nothing lies between the two, both included.
pub(super) fn is_empty_range(low: &Value, high: &Value) -> bool {
    order(low, high) == Some(Ordering::Greater)
}

/// What the bank has that a condition is held against.
#[derive(Clone)]
pub(super) struct Ground {
    pub(super) currency: Currency,
    /// All units that there are.
    pub(super) units: Rc<[OrgId]>,
}

impl Ground {
    pub(super) fn of(vocabulary: &Vocabulary) -> Self {
        let units = vocabulary.units().iter().map(|unit| unit.id).collect();
        Self { currency: vocabulary.bank().currency, units }
    }
}

/// Which of the parts of one `and` never holds together with those before it, and why. What is true of nobody by itself
/// is left out.
pub(super) fn together(parts: &[&Expr], ground: &Ground) -> Option<(usize, Reason)> {
    let mut judge = Judge::new(ground.units.clone());
    let mut atoms = Vec::new();
    for (part, expr) in parts.iter().enumerate() {
        let inner = match expr {
            Expr::And(inner) => inner.as_slice(),
            one => std::slice::from_ref(*one),
        };
        atoms.extend(inner.iter().map(|atom| (part, atom, judge.weigh(atom))));
    }
    let mut possible =
        |which: &[usize]| judge.possible(&which.iter().map(|at| &atoms[*at].2).collect::<Vec<_>>());
    let mut which: Vec<usize> = (0..atoms.len()).collect();
    if possible(&which) {
        return None;
    }
    which.retain(|at| possible(&[*at]));
    if possible(&which) {
        return None;
    }
    // The first that does not go with those before it: all are possible up to `low`, and no more up to `high`.
    let (mut low, mut high) = (1, which.len());
    while high - low > 1 {
        let middle = low.midpoint(high);
        *(if possible(&which[..middle]) { &mut low } else { &mut high }) = middle;
    }
    let last = which[high - 1];
    let before = &which[..high - 1];
    // One of those before is enough as a rule; else all that are needed.
    let against = before.iter().find(|one| !possible(&[**one, last]));
    let mut needed = against.map_or(before.to_vec(), |one| vec![*one]);
    let mut at = 0;
    while needed.len() > 1 && at < needed.len() {
        let rest: Vec<usize> =
            needed.iter().copied().filter(|one| *one != needed[at]).chain([last]).collect();
        if possible(&rest) {
            at += 1;
        } else {
            needed.remove(at);
        }
    }
    let first: Vec<&Expr> = needed.iter().map(|at| atoms[*at].1).collect();
    Some((atoms[last].0, why(&first, atoms[last].1, ground.currency)))
}

fn why(first: &[&Expr], second: &Expr, currency: Currency) -> Reason {
    // Both stand around an `and` in the sentence.
    let shown = |expr: &Expr| match expr {
        Expr::Or(_) => format!("({})", print::condition(expr, currency)),
        _ => print::condition(expr, currency),
    };
    let [one] = first else {
        let all = first.iter().map(|expr| (*expr).clone()).chain([second.clone()]).collect();
        return Reason::NeverAllTogether { conditions: shown(&Expr::And(all)) };
    };
    let of_units = |expr: &Expr| matches!(expr, Expr::Under { negated: false, .. });
    let (first, second_shown) = (shown(one), shown(second));
    if of_units(one) && of_units(second) {
        Reason::ApartUnits { first, second: second_shown }
    } else {
        Reason::NeverTogether { first, second: second_shown }
    }
}

/// Why a whole rule holds for nobody; `false` alone is meant so.
pub(super) fn whole(expr: &Expr, ground: &Ground) -> Option<Reason> {
    if *expr == Expr::Const(false) { None } else { alone(expr, ground) }
}

/// Why a condition is true of nobody by itself.
pub(super) fn alone(expr: &Expr, ground: &Ground) -> Option<Reason> {
    let plain = || Reason::NeverTrue { condition: print::condition(expr, ground.currency) };
    told(expr, ground.currency).or_else(|| (!could_be(expr, &ground.units)).then(plain))
}

/// The same where there are words of its own for it.
fn told(expr: &Expr, currency: Currency) -> Option<Reason> {
    let shown = || print::condition(expr, currency);
    match expr {
        Expr::Not(inner) => told(&opposite(inner)?, currency),
        Expr::And(parts) => parts.iter().find_map(|part| told(part, currency)),
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
        _ => None,
    }
}

/// The same condition with `not` in its own words, where it has such words.
fn opposite(expr: &Expr) -> Option<Expr> {
    let mut other = expr.clone();
    match &mut other {
        Expr::Compare { op, .. } => *op = op.inverse(),
        Expr::Between { negated, .. } | Expr::In { negated, .. } | Expr::IsNull { negated, .. } => {
            *negated = !*negated;
        }
        Expr::Not(inner) => return Some((**inner).clone()),
        _ => return None,
    }
    Some(other)
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
        (Term::FirstEvent { .. } | Term::LastEvent { .. }, op, Value::Date(day)) => {
            // Days that come with as-of, and not those of the calendar, which it comes to one day.
            let Written::Relative { anchor: Anchor::Today, interval: by } = day.written else {
                return None;
            };
            let never = match op {
                CompareOp::Gt => by.months >= 0 && by.days >= 0,
                CompareOp::Ge | CompareOp::Eq => {
                    by.months >= 0 && by.days >= 0 && (by.months > 0 || by.days > 0)
                }
                CompareOp::Lt | CompareOp::Le | CompareOp::Ne => false,
            };
            never.then(|| Reason::AfterToday { name: print::term(term, currency) })
        }
        _ => None,
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
