//! What was laid aside as data: outcomes that could not be taken in, strategies that were put away, delegations; and what is asked
//! to take it up again.

use crate::domain::id::CustomerId;
use crate::domain::outcome::InboxRow;
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::life::Delegation;

/// What was laid aside and can be taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Desk {
    /// Outcomes that branch systems have sent and that could not be taken in.
    Inbox,
    /// Strategies that were put away.
    Shelf,
    /// Who approves in whose name.
    Delegations,
}

/// What lies there.
#[derive(Clone, Debug, PartialEq)]
pub enum Laid {
    /// The oldest messages, and how many there are in all.
    Inbox(Vec<InboxRow>, i64),
    /// Strategies, by code.
    Shelf(Vec<StrategyRow>),
    /// Delegations, the newest first.
    Delegations(Vec<Delegation>),
}

impl Laid {
    /// How many rows there are on screen.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Inbox(rows, _) => rows.len(),
            Self::Shelf(rows) => rows.len(),
            Self::Delegations(rows) => rows.len(),
        }
    }
}

/// What is taken up again that was laid aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeskAsk {
    /// Have the worker try once more what could not be taken in.
    Retry,
    /// Take a strategy out again that was put away.
    TakeOut {
        /// Its code.
        code: String,
    },
    /// End a delegation before its last day.
    EndDelegation {
        /// Its number.
        id: i64,
    },
    /// Leave a customer off every list of a strategy that is planned from now on, or let him be listed again.
    Exclude {
        /// The strategy's code.
        strategy: String,
        /// Who.
        customer: CustomerId,
        /// Why; none for one who may be listed again.
        note: Option<String>,
    },
    /// Let every strategy go on that the operator may let go on.
    ResumeAll {
        /// Why.
        reason: String,
    },
}
