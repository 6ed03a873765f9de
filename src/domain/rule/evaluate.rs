//! A rule asked of one customer, with SQL's three truth values.
//!
//! It shares nothing with the compiler, so that each can be held against the other.

use std::cmp::Ordering;

use chrono::TimeDelta;

use super::age::full_years;
use super::column::Column;
use super::compare::CompareOp;
use super::expr::{ArithOp, Expr, Rule, Term};
use super::facts::{Fact, Facts};
use super::number::Number;
use super::value::{TierRange, Value};
use crate::domain::money::Minor;

/// Days that arithmetic may add to a day; what is beyond is unknown.
pub(super) const MAX_DAYS: i64 = 1_000_000;

impl Rule {
    /// Whether the rule holds for a customer, `None` where that is unknown. `facts` is asked for stored columns only,
    /// never for age or tier.
    #[must_use]
    pub fn holds(&self, facts: &dyn Facts) -> Option<bool> {
        self.truth(&self.expr, facts)
    }

    /// Whether a condition of this rule holds.
    pub(super) fn truth(&self, expr: &Expr, facts: &dyn Facts) -> Option<bool> {
        match expr {
            Expr::Const(value) => Some(*value),
            Expr::Flag(column) => match facts.column(column)? {
                Fact::Flag(value) => Some(value),
                _ => None,
            },
            Expr::Compare { left, op, right } => {
                Some(answers(*op, self.order(&self.known(left, facts)?, right, facts)?))
            }
            Expr::Between { term, negated, low, high } => {
                let known = self.known(term, facts)?;
                let above = answers(CompareOp::Ge, order(&known, low)?);
                let below = answers(CompareOp::Le, order(&known, high)?);
                Some((above && below) != *negated)
            }
            Expr::In { term, negated, values } => {
                let known = self.known(term, facts)?;
                let mut found = false;
                for value in values {
                    found |= order(&known, value)? == Ordering::Equal;
                }
                Some(found != *negated)
            }
            Expr::Like { column, negated, pattern } => match facts.column(column)? {
                Fact::Category(text) => Some(like(&text, pattern) != *negated),
                _ => None,
            },
            Expr::IsNull { term, negated } => Some(self.known(term, facts).is_none() != *negated),
            Expr::Under { negated, subtree, .. } => match facts.column(&Column::Org)? {
                Fact::Unit(id) => Some(subtree.contains(&id) != *negated),
                _ => None,
            },
            Expr::Leaf(leaf) => self.leaf(leaf, facts),
            Expr::Not(inner) => self.truth(inner, facts).map(|value| !value),
            Expr::And(parts) => self.all(parts, facts, true),
            Expr::Or(parts) => self.all(parts, facts, false),
        }
    }

    /// `and` where `neutral` is true, `or` where it is false: one part that is not neutral decides, and without such
    /// a part one that is unknown leaves it unknown.
    fn all(&self, parts: &[Expr], facts: &dyn Facts, neutral: bool) -> Option<bool> {
        let mut answer = Some(neutral);
        for part in parts {
            match self.truth(part, facts) {
                Some(value) if value == neutral => {}
                Some(value) => return Some(value),
                None => answer = None,
            }
        }
        answer
    }

    /// How what is known stands to another term, `None` if that is not known.
    fn order(&self, known: &Known, right: &Term, facts: &dyn Facts) -> Option<Ordering> {
        if let Term::Literal(value) = right {
            return order(known, value);
        }
        match (known, self.known(right, facts)?) {
            (Known::Quantity(a), Known::Quantity(b)) => Some(a.cmp(&b)),
            (Known::Fact(Fact::Date(a)), Known::Fact(Fact::Date(b))) => Some(a.cmp(&b)),
            _ => None,
        }
    }

    /// What a term comes to for a customer, `None` for null.
    pub fn known(&self, term: &Term, facts: &dyn Facts) -> Option<Known> {
        Some(match term {
            Term::Column(Column::Age) => match facts.column(&Column::BirthDate)? {
                Fact::Date(birth) => Known::number(full_years(birth, self.as_of).into()),
                _ => return None,
            },
            Term::Column(Column::Tier) => Known::from(facts.column(&Column::Aum)?),
            Term::Column(column) => Known::from(facts.column(column)?),
            Term::Literal(value) => match value {
                Value::Number(number) => Known::Quantity(number.clone()),
                Value::Money(amount) => Known::number(amount.0),
                Value::Date(day) => Known::Fact(Fact::Date(day.day)),
                _ => return None,
            },
            Term::Arith { op, left, right } => {
                arith(*op, self.known(left, facts)?, self.known(right, facts)?)?
            }
            other => return self.told(other, facts),
        })
    }
}

/// What a term comes to. Numbers and amounts, these in minor units, are one: a part of a minor unit is no [`Minor`].
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// A number, or an amount in minor units.
    Quantity(Number),
    /// Anything else.
    Fact(Fact),
}

impl Known {
    pub(super) fn number(value: i64) -> Self {
        Self::Quantity(Number::from(value))
    }
}

impl From<Fact> for Known {
    fn from(fact: Fact) -> Self {
        match fact {
            Fact::Number(number) => Self::Quantity(number),
            Fact::Money(amount) => Self::number(amount.0),
            other => Self::Fact(other),
        }
    }
}

/// How what is known stands to a literal.
fn order(known: &Known, value: &Value) -> Option<Ordering> {
    match (known, value) {
        (Known::Quantity(a), Value::Number(b)) => Some(a.cmp(b)),
        (Known::Quantity(a), Value::Money(b)) => Some(a.cmp(&Number::from(b.0))),
        (Known::Quantity(aum), Value::Tier(tier)) => Some(tier_order(Minor(aum.trunc()?), tier)),
        (Known::Fact(Fact::Date(a)), Value::Date(b)) => Some(a.cmp(&b.day)),
        (Known::Fact(Fact::Category(a)), Value::Category(b)) => Some(a.cmp(b)),
        (Known::Fact(Fact::Unit(a)), Value::Unit(b)) => Some(a.cmp(&b.id)),
        (Known::Fact(Fact::Staff(a)), Value::Staff(_, b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn arith(op: ArithOp, left: Known, right: Known) -> Option<Known> {
    use Known::{Fact as Other, Quantity};
    Some(match (op, left, right) {
        (ArithOp::Add, Quantity(a), Quantity(b)) => Quantity(a.plus(&b)),
        (ArithOp::Sub, Quantity(a), Quantity(b)) => Quantity(a.minus(&b)),
        (ArithOp::Mul, Quantity(a), Quantity(b)) => Quantity(a.times(&b)),
        (ArithOp::Div, Quantity(a), Quantity(b)) => Quantity(a.over(&b)?),
        (ArithOp::Sub, Other(Fact::Date(a)), Other(Fact::Date(b))) => {
            Known::number((a - b).num_days())
        }
        (ArithOp::Add | ArithOp::Sub, Other(Fact::Date(day)), Quantity(days)) => {
            let days = days.trunc().filter(|days| days.abs() <= MAX_DAYS)?;
            let days = TimeDelta::days(if op == ArithOp::Sub { -days } else { days });
            Other(Fact::Date(day.checked_add_signed(days)?))
        }
        _ => return None,
    })
}

/// Whether `text` is of the form of `pattern`: `%` is any text, `_` any one character.
#[must_use]
pub fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p) = (0, 0);
    // Where the last `%` stands, and up to where it has taken text.
    let mut any: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                any = Some((p, t));
                p += 1;
            }
            Some(&ch) if ch == '_' || ch == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, taken)) = any else { return false };
                any = Some((at, taken + 1));
                (p, t) = (at + 1, taken + 1);
            }
        }
    }
    pattern[p..].iter().all(|ch| *ch == '%')
}

fn tier_order(aum: Minor, tier: &TierRange) -> Ordering {
    if tier.from.is_some_and(|from| aum < from) {
        Ordering::Less
    } else if tier.below.is_some_and(|below| aum >= below) {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}

pub(super) fn answers(op: CompareOp, order: Ordering) -> bool {
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OrgId;
    use crate::domain::rule::Columns;
    use crate::domain::rule::tests::{day, read};

    fn someone(column: &Column) -> Option<Fact> {
        Some(match column.code() {
            "aum" => Fact::Money(Minor(50_000_000)),
            "birth_date" => Fact::Date(day(1990, 11, 21)),
            "job" => Fact::Category("student".into()),
            "housing" => Fact::Flag(true),
            "payroll" => Fact::Flag(false),
            "score" => Fact::Number(Number::parse("-0.5").unwrap()),
            "org" => Fact::Unit(OrgId(5)),
            _ => return None,
        })
    }

    #[test]
    fn null_is_unknown() {
        for (text, holds) in [
            ("aum >= 500000 and tier = 'gold' and tier < 'private'", Some(true)),
            ("age = 35", Some(true)),
            ("age = 36", Some(false)),
            ("score < -0.25 and score > -10", Some(true)),
            ("org under 'B03' and org <> 'HQ'", Some(true)),
            ("\"VIP\"", None),
            ("not \"VIP\"", None),
            ("\"VIP\" is null", Some(true)),
            ("\"VIP\" or housing", Some(true)),
            ("\"VIP\" and housing", None),
            ("\"VIP\" and payroll", Some(false)),
            ("gender in ('F', 'M') or payroll", None),
            ("gender not in ('F')", None),
            ("rm is null and job in ('teacher', 'student')", Some(true)),
            ("loan_balance between 0 and 1", None),
        ] {
            assert_eq!(read(text).holds(&Columns(someone)), holds, "{text}");
        }
    }
}
