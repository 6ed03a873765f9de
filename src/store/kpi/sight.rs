//! Whose customers the caller sees. Figures of units are no customer's record, and everybody sees those of all units; what
//! records say, by attribute or segment, is of the caller's own customers only, and the rest of a change has to be told apart
//! from what is in nobody's record.

use std::collections::HashSet;

use sqlx::PgConnection;

use super::lowest::lowest;
use super::{KpiFailure, Opened};
use crate::domain::decomposition::{Explanation, Unseen, UnseenOf};
use crate::domain::metric::Value;

/// Whose customers the caller sees.
pub(super) enum Sight {
    /// All of the bank.
    All,
    /// Those of these units: of his own and of all below it.
    Units(HashSet<i32>),
    /// Some of those of these units: he is an RM.
    Customers(HashSet<i32>),
}

/// That of the caller.
pub(super) async fn of(db: &mut PgConnection) -> Result<Sight, KpiFailure> {
    let row = sqlx::query!(
        r#"select baton.sees_all() as "all!", baton.own_staff() is not null as "rm!",
                  array(select u.id from baton.scope_units() as u (id)) as "units!""#
    );
    let row = row.fetch_one(db).await?;
    let units: HashSet<i32> = row.units.into_iter().collect();
    Ok(match (row.rm, row.all) {
        (true, _) => Sight::Customers(units),
        (false, true) => Sight::All,
        (false, false) => Sight::Units(units),
    })
}

impl Sight {
    /// Every customer of these units is the caller's to see.
    pub(super) fn is_whole(&self, units: &[i32]) -> bool {
        match self {
            Self::All => true,
            Self::Units(own) => units.iter().all(|unit| own.contains(unit)),
            Self::Customers(_) => false,
        }
    }

    /// The rows of the units whose customers are asked: the unit, or those of the caller below it. Customers of other units who
    /// were referred to his are left out: their units' facts are among those that are not his to see.
    pub(super) fn rows(&self, opened: &Opened, unit: usize) -> Vec<i32> {
        let ledger = &opened.ledger;
        let id = |at: usize| ledger.org(at).id.0;
        match self {
            Self::All => vec![id(unit)],
            Self::Units(own) | Self::Customers(own) if own.contains(&id(unit)) => vec![id(unit)],
            Self::Units(own) | Self::Customers(own) => {
                ledger.under(unit).map(id).filter(|id| own.contains(id)).collect()
            }
        }
    }

    /// What of the `left` of a change that groups leave over is not the caller's to see; none where all of it is.
    pub(super) fn unseen(
        &self,
        opened: &Opened,
        whole: &Explanation,
        (unit, last): (usize, usize),
        left: Value,
    ) -> Option<Unseen> {
        let own = match self {
            Self::All => return None,
            Self::Customers(_) => {
                return Some(Unseen { effect: left, of: UnseenOf::Customers });
            }
            Self::Units(own) => own,
        };
        let ledger = &opened.ledger;
        if own.contains(&ledger.org(unit).id.0) {
            return None;
        }
        let seen = |code: &str| {
            let at = ledger.unit(Some(code));
            at.is_ok_and(|at| own.contains(&ledger.org(at).id.0))
        };
        let parts = lowest(opened, whole, unit, (0, last)).into_iter();
        let effect = parts
            .filter(|part| !seen(&part.name))
            .fold(Value::Whole(0), |sum, part| sum.plus(part.effect));
        Some(Unseen { effect, of: UnseenOf::Units })
    }
}
