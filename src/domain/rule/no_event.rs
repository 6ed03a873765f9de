//! Conditions on events that no event meets, and what is then true of nobody: no such event was ever counted, its amounts are
//! nothing together, and it has no first and no last day.

use super::expr::{CompareOp, EventFilter, EventSet, Expr, Leaf, Term};
use super::number::Number;
use super::value::Value;
use crate::domain::money::Minor;

/// True if the condition asks of events that cannot be, in a way that is true of nobody then.
pub(super) fn is_never(expr: &Expr) -> bool {
    match expr {
        Expr::Compare { left, op, right: Term::Literal(value) } => match nothing(left) {
            Some(Nothing::Zero) => !zero(*op, value),
            Some(Nothing::Unknown) => true,
            None => false,
        },
        Expr::Between { term, negated, low, high } => match nothing(term) {
            Some(Nothing::Zero) => {
                (zero(CompareOp::Ge, low) && zero(CompareOp::Le, high)) == *negated
            }
            Some(Nothing::Unknown) => true,
            None => false,
        },
        Expr::In { term, negated, values } => match nothing(term) {
            Some(Nothing::Zero) => {
                values.iter().any(|value| zero(CompareOp::Eq, value)) == *negated
            }
            Some(Nothing::Unknown) => true,
            None => false,
        },
        Expr::IsNull { term, negated: true } => matches!(nothing(term), Some(Nothing::Unknown)),
        Expr::Leaf(Leaf::FollowedBy { first, then, .. }) => is_of_none(first) || is_of_none(then),
        _ => false,
    }
}

/// What is told of events that cannot be.
enum Nothing {
    /// How many, and how much together.
    Zero,
    /// A day.
    Unknown,
}

fn nothing(term: &Term) -> Option<Nothing> {
    match term {
        Term::Events { events } | Term::SumEvents { events } => {
            is_of_none(events).then_some(Nothing::Zero)
        }
        Term::FirstEvent { events } | Term::LastEvent { events } => {
            is_of_none(events).then_some(Nothing::Unknown)
        }
        _ => None,
    }
}

/// Whether nothing at all stands so to a number or an amount.
fn zero(op: CompareOp, value: &Value) -> bool {
    let order = match value {
        Value::Number(number) => Number::from(0).cmp(number),
        Value::Money(amount) => Minor(0).cmp(amount),
        _ => return true,
    };
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    }
}

fn is_of_none(events: &EventSet) -> bool {
    events.filter.as_ref().is_some_and(is_met_by_none)
}

fn is_met_by_none(filter: &EventFilter) -> bool {
    match filter {
        EventFilter::And(parts) => {
            let apart = |(at, one): (usize, &EventFilter)| {
                parts[..at].iter().any(|other| never_together(one, other))
            };
            parts.iter().any(is_met_by_none) || parts.iter().enumerate().any(apart)
        }
        EventFilter::Or(parts) => parts.iter().all(is_met_by_none),
        _ => false,
    }
}

/// What a condition leaves of a field.
enum Left<'a> {
    /// Amounts from the first to the second, both included.
    Amounts(i128, i128),
    /// Every amount but one.
    NotAmount(i128),
    /// No amount.
    NoAmount,
    /// One of these details.
    Details(&'a [String]),
    /// Any detail but these.
    NotDetails(&'a [String]),
    /// No detail.
    NoDetail,
    /// Some detail.
    SomeDetail,
}

fn left(filter: &EventFilter) -> Option<Left<'_>> {
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    Some(match filter {
        EventFilter::Amount { op, value } => {
            let value = i128::from(value.0);
            match op {
                CompareOp::Eq => Left::Amounts(value, value),
                CompareOp::Lt => Left::Amounts(least, value - 1),
                CompareOp::Le => Left::Amounts(least, value),
                CompareOp::Gt => Left::Amounts(value + 1, most),
                CompareOp::Ge => Left::Amounts(value, most),
                CompareOp::Ne => Left::NotAmount(value),
            }
        }
        EventFilter::AmountBetween { negated: false, low, high } => {
            Left::Amounts(low.0.into(), high.0.into())
        }
        // What is not between two amounts is an amount.
        EventFilter::AmountBetween { .. } | EventFilter::AmountIsNull { negated: true } => {
            Left::Amounts(least, most)
        }
        EventFilter::AmountIsNull { negated: false } => Left::NoAmount,
        EventFilter::Detail { negated: false, values } => Left::Details(values),
        EventFilter::Detail { values, .. } => Left::NotDetails(values),
        EventFilter::DetailIsNull { negated: false } => Left::NoDetail,
        EventFilter::DetailLike { .. } | EventFilter::DetailIsNull { .. } => Left::SomeDetail,
        EventFilter::Not(_) | EventFilter::And(_) | EventFilter::Or(_) => return None,
    })
}

fn never_together(one: &EventFilter, other: &EventFilter) -> bool {
    let (Some(one), Some(other)) = (left(one), left(other)) else { return false };
    match (one, other) {
        (Left::Amounts(a, b), Left::Amounts(c, d)) => a.max(c) > b.min(d),
        (Left::Amounts(a, b), Left::NotAmount(not))
        | (Left::NotAmount(not), Left::Amounts(a, b)) => a == b && a == not,
        (Left::NoAmount, Left::Amounts(..) | Left::NotAmount(_))
        | (Left::Amounts(..) | Left::NotAmount(_), Left::NoAmount)
        | (Left::NoDetail, Left::Details(_) | Left::NotDetails(_) | Left::SomeDetail)
        | (Left::Details(_) | Left::NotDetails(_) | Left::SomeDetail, Left::NoDetail) => true,
        (Left::Details(a), Left::Details(b)) => !a.iter().any(|value| b.contains(value)),
        (Left::Details(some), Left::NotDetails(not))
        | (Left::NotDetails(not), Left::Details(some)) => {
            some.iter().all(|value| not.contains(value))
        }
        _ => false,
    }
}
