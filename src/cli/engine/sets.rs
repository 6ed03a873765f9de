//! What SQL says of conditions that columns do not hold, kept for as long as the data stand: the first who asks waits for
//! it, and whoever types on has it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;

use crate::domain::rule::{Column, Expr, Leaf, Rule, Term, Vocabulary};
use crate::engine::{Columns, LeafSet};
use crate::store::{Session, StoreError, columns};

/// How many conditions are kept; each is two bits a customer.
const KEPT: usize = 64;

/// The conditions of one load, by day and canonical text.
#[derive(Debug, Default)]
pub(super) struct Sets(Mutex<HashMap<(NaiveDate, String), LeafSet>>);

impl Sets {
    pub(super) fn get(&self, as_of: NaiveDate, text: &str) -> Option<LeafSet> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&(as_of, text.to_owned())).cloned()
    }

    /// Asks SQL. False if one of the conditions changes without a load, so that nothing may be kept of it.
    pub(super) async fn learn(
        &self,
        db: &mut Session,
        stands: &Columns,
        words: &Vocabulary,
        leaves: &[String],
    ) -> Result<bool, StoreError> {
        for text in leaves {
            let Ok(rule) = Rule::parse(text, words) else { return Ok(false) };
            if !changes_by_loads_only(&rule.expr) {
                return Ok(false);
            }
            let not = rule.of(&Expr::Not(Box::new(rule.expr.clone())));
            let holds = stands.set_of(&columns::members(db, &rule).await?);
            let fails = stands.set_of(&columns::members(db, &not).await?);
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= KEPT {
                kept.clear();
            }
            let set = LeafSet { holds: Arc::new(holds), fails: Arc::new(fails) };
            kept.insert((rule.as_of, text.clone()), set);
        }
        Ok(true)
    }
}

/// Whether the answer to a condition is the same until the next load. Lists, snapshots, pushes and marts of the bank's
/// own change by themselves, and a related customer may be asked for any of them.
fn changes_by_loads_only(leaf: &Expr) -> bool {
    match leaf {
        Expr::Flag(column) | Expr::Like { column, .. } => is_loaded(column),
        Expr::Compare { left, right, .. } => told_by_loads(left) && told_by_loads(right),
        Expr::Between { term, .. } | Expr::In { term, .. } | Expr::IsNull { term, .. } => {
            told_by_loads(term)
        }
        Expr::Leaf(leaf) => matches!(
            leaf,
            Leaf::FollowedBy { .. }
                | Leaf::Falling { .. }
                | Leaf::TierMoved { .. }
                | Leaf::Holds { .. }
                | Leaf::Consents { .. }
                | Leaf::Within { .. }
        ),
        _ => false,
    }
}

fn told_by_loads(term: &Term) -> bool {
    match term {
        Term::Column(column) => is_loaded(column),
        Term::Arith { left, right, .. } => told_by_loads(left) && told_by_loads(right),
        _ => true,
    }
}

fn is_loaded(column: &Column) -> bool {
    match column {
        Column::Attribute(attribute) => attribute.relation.is_own(),
        _ => true,
    }
}
