//! A rule asked of one customer, with SQL's three truth values.
//!
//! It shares nothing with the compiler, so that each can be held against the other.

use std::cmp::Ordering;

use chrono::NaiveDate;

use super::age::full_years;
use super::expr::{Column, CompareOp, Expr, Rule, TierRange, Value};
use super::number::Number;
use crate::domain::id::{OrgId, StaffId};
use crate::domain::money::Minor;

/// What is known of a customer in one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A flag.
    Flag(bool),
    /// A number that is not money.
    Number(Number),
    /// An amount.
    Money(Minor),
    /// A day.
    Date(NaiveDate),
    /// A category's value.
    Category(String),
    /// A unit's row.
    Unit(OrgId),
    /// A member of staff's row.
    Staff(StaffId),
}

impl Rule {
    /// Whether the rule holds for a customer, `None` where that is unknown. `facts` is asked for stored columns only,
    /// never for age or tier, and says `None` for null.
    pub fn holds(&self, facts: &impl Fn(&Column) -> Option<Fact>) -> Option<bool> {
        self.truth(&self.expr, facts)
    }

    fn truth(&self, expr: &Expr, facts: &impl Fn(&Column) -> Option<Fact>) -> Option<bool> {
        match expr {
            Expr::Const(value) => Some(*value),
            Expr::Flag(column) => match facts(column)? {
                Fact::Flag(value) => Some(value),
                _ => None,
            },
            Expr::Compare { column, op, value } => {
                Some(answers(*op, self.order(column, value, facts)?))
            }
            Expr::Between { column, negated, low, high } => {
                let above = answers(CompareOp::Ge, self.order(column, low, facts)?);
                let below = answers(CompareOp::Le, self.order(column, high, facts)?);
                Some((above && below) != *negated)
            }
            Expr::In { column, negated, values } => {
                let mut found = false;
                for value in values {
                    found |= self.order(column, value, facts)? == Ordering::Equal;
                }
                Some(found != *negated)
            }
            Expr::IsNull { column, negated } => {
                let source = match column {
                    Column::Age => &Column::BirthDate,
                    Column::Tier => &Column::Aum,
                    column => column,
                };
                Some(facts(source).is_none() != *negated)
            }
            Expr::Under { negated, subtree, .. } => match facts(&Column::Org)? {
                Fact::Unit(id) => Some(subtree.contains(&id) != *negated),
                _ => None,
            },
            Expr::Not(inner) => self.truth(inner, facts).map(|value| !value),
            Expr::And(parts) => self.all(parts, facts, true),
            Expr::Or(parts) => self.all(parts, facts, false),
        }
    }

    /// `and` where `neutral` is true, `or` where it is false: one part that is not neutral decides, and without such
    /// a part one that is unknown leaves it unknown.
    fn all(
        &self,
        parts: &[Expr],
        facts: &impl Fn(&Column) -> Option<Fact>,
        neutral: bool,
    ) -> Option<bool> {
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

    /// How the customer's value stands to `value`, `None` if it is not known.
    fn order(
        &self,
        column: &Column,
        value: &Value,
        facts: &impl Fn(&Column) -> Option<Fact>,
    ) -> Option<Ordering> {
        if let (Column::Age, Value::Number(number)) = (column, value) {
            let Some(Fact::Date(birth)) = facts(&Column::BirthDate) else { return None };
            return Some(Number::from(i64::from(full_years(birth, self.as_of))).cmp(number));
        }
        if let (Column::Tier, Value::Tier(tier)) = (column, value) {
            let Some(Fact::Money(aum)) = facts(&Column::Aum) else { return None };
            return Some(tier_order(aum, tier));
        }
        match (facts(column)?, value) {
            (Fact::Number(a), Value::Number(b)) => Some(a.cmp(b)),
            (Fact::Money(a), Value::Money(b)) => Some(a.cmp(b)),
            (Fact::Date(a), Value::Date(b)) => Some(a.cmp(b)),
            (Fact::Category(a), Value::Category(b)) => Some(a.cmp(b)),
            (Fact::Unit(a), Value::Unit(b)) => Some(a.cmp(&b.id)),
            (Fact::Staff(a), Value::Staff(_, b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
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

fn answers(op: CompareOp, order: Ordering) -> bool {
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
            assert_eq!(read(text).holds(&someone), holds, "{text}");
        }
    }
}
