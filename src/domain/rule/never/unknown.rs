//! Conditions that are so or unknown, and whether one condition carries another.

use std::rc::Rc;

use super::super::column::Column;
use super::super::expr::{Expr, Leaf};
use super::facts::Fact;
use super::goal::Goal;
use super::names::Names;
use super::{Judge, Weighed};
use crate::domain::id::OrgId;

/// What one question of whether a condition carries another may cost: there may be some in a rule.
const WORK: usize = 10_000;

/// Whether `other` is true of everyone whom `one` is true of, whatever is recorded of them.
pub(super) fn entails(one: &Expr, other: &Expr, units: &Rc<[OrgId]>) -> bool {
    if one == other {
        return true;
    }
    let mut names = Names::new(units.clone());
    let goals = [names.goal(one, true), names.loosely(other, false)];
    let [a, b] = goals.map(Weighed);
    let mut judge = Judge { names, units: units.clone(), axioms: None, left: WORK };
    !judge.possible(&[&a, &b])
}

impl Names {
    /// What must be for a condition to be true or unknown, or for it to be false or unknown.
    fn loosely(&mut self, expr: &Expr, holds: bool) -> Goal {
        let null = |at| Goal::Fact(Fact::Null(at));
        let mut any = match expr {
            Expr::Not(inner) => return self.loosely(inner, !holds),
            Expr::And(parts) | Expr::Or(parts) => {
                let goals = parts.iter().map(|part| self.loosely(part, holds)).collect();
                let all = matches!(expr, Expr::And(_)) == holds;
                return if all { Goal::All(goals) } else { Goal::Any(goals) };
            }
            Expr::Flag(column) | Expr::Like { column, .. } => vec![null(self.source(column))],
            Expr::Under { .. } => vec![null(self.source(&Column::Org))],
            Expr::Compare { left, right, .. } => vec![self.null(left), self.null(right)],
            Expr::Between { term, .. } | Expr::In { term, .. } => vec![self.null(term)],
            Expr::Leaf(Leaf::Holds { .. }) => vec![null(self.holdings())],
            Expr::Const(_)
            | Expr::IsNull { .. }
            | Expr::Leaf(
                Leaf::FollowedBy { .. }
                | Leaf::Contacted { .. }
                | Leaf::Sample { .. }
                | Leaf::InStrategy { .. }
                | Leaf::List { .. }
                | Leaf::Snapshot { .. },
            ) => Vec::new(),
            // When the rest is unknown is not told here: it may be so of anyone.
            Expr::Leaf(_) => return Goal::ALWAYS,
        };
        any.push(self.goal(expr, holds));
        Goal::Any(any)
    }
}
