//! What must be for a condition to be so or unknown.

use super::super::column::Column;
use super::super::expr::{Expr, Leaf};
use super::facts::Fact;
use super::goal::Goal;
use super::names::Names;

impl Names {
    /// What must be for a condition to be true or unknown, or for it to be false or unknown.
    pub(super) fn loosely(&mut self, expr: &Expr, holds: bool) -> Goal {
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
