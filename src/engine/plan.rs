//! A rule as the columns answer it: only `and` and `or` over tests, each of which says for whom it is surely true.
//!
//! `not` is carried down to the tests, where it is the other answer of those of whom something is known. So one set of
//! customers is enough at every step, although SQL has three truth values; who is left by a rule and by its negation
//! is unknown.

use std::sync::Arc;

use super::bits::Bits;
use super::events::{Fold, Window};
use super::formula::Formula;
use super::ranges::Ranges;

/// A rule over columns.
#[derive(Clone, Debug)]
pub enum Node {
    /// Everybody or nobody.
    Const(bool),
    /// One test.
    Test(Test),
    /// All of them.
    All(Vec<Node>),
    /// Any of them.
    Any(Vec<Node>),
}

/// One question to one column.
#[derive(Clone, Debug)]
pub enum Test {
    /// A flag is known, and is this.
    Flag {
        /// Which column.
        column: usize,
        /// What it must be.
        is: bool,
    },
    /// A value is known, and lies in one of these ranges (ends included, in order, apart), or in none.
    Values {
        /// Which column.
        column: usize,
        /// The ranges.
        ranges: Vec<(i64, i64)>,
        /// In one or in none.
        inside: bool,
    },
    /// Something is known, or nothing is.
    Known {
        /// Which column.
        column: usize,
        /// Known or not.
        known: bool,
    },
    /// The customer stands in one of these ranges of places.
    Places(Vec<(usize, usize)>),
    /// What the customer's events say lies in one of these ranges, or in none.
    Events {
        /// Which events.
        window: Window,
        /// What of them.
        fold: Fold,
        /// The ranges.
        ranges: Ranges,
        /// In one or in none.
        inside: bool,
    },
    /// Arithmetic says so.
    Formula(Formula),
    /// A set that was made elsewhere.
    Set(Arc<Bits>),
    /// One in so many, by the hash of the customer's number, or the others.
    Sample {
        /// The first number of the hash that is not in it.
        below: u64,
        /// In it or not.
        inside: bool,
    },
}

impl Node {
    /// All of these; one that can never be true decides.
    #[must_use]
    pub fn all(mut parts: Vec<Self>) -> Self {
        if parts.iter().any(|part| matches!(part, Self::Const(false))) {
            return Self::Const(false);
        }
        parts.retain(|part| !matches!(part, Self::Const(true)));
        // What costs least comes first: where it leaves nobody, the rest is not read.
        parts.sort_by_key(Self::cost);
        match parts.len() {
            0 => Self::Const(true),
            1 => parts.remove(0),
            _ => Self::All(parts),
        }
    }

    /// Any of these.
    #[must_use]
    pub fn any(mut parts: Vec<Self>) -> Self {
        if parts.iter().any(|part| matches!(part, Self::Const(true))) {
            return Self::Const(true);
        }
        parts.retain(|part| !matches!(part, Self::Const(false)));
        match parts.len() {
            0 => Self::Const(false),
            1 => parts.remove(0),
            _ => Self::Any(parts),
        }
    }

    fn cost(&self) -> usize {
        match self {
            Self::Const(_) => 0,
            Self::Test(test) => match test {
                Test::Places(_) => 1,
                Test::Flag { .. } | Test::Known { .. } | Test::Set(_) => 2,
                Test::Values { ranges, .. } => 10 + ranges.len(),
                Test::Events { .. } => 100,
                Test::Formula(_) => 500,
                Test::Sample { .. } => 1000,
            },
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::cost).sum(),
        }
    }
}
