//! Why one customer is a member, or is not.

use chrono::NaiveDate;
use serde::Serialize;

use crate::domain::attribute::MartDay;
use crate::domain::customer::{Held, SnapshotHit};
use crate::domain::id::CustomerId;
use crate::domain::rule::Called;

/// A segment's rule asked of one customer, condition by condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The segment.
    pub code: String,
    /// Its version.
    pub version: i32,
    /// The customer.
    pub customer: CustomerId,
    /// Whether the whole rule holds, and the customer is not closed.
    pub member: bool,
    /// Whether the customer is closed; then no rule finds him.
    pub closed: bool,
    /// The bank's day.
    pub as_of: NaiveDate,
    /// The bank's own marts that it reads, each with its own day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refreshed: Vec<MartDay>,
    /// The conditions in reading order.
    pub leaves: Vec<LeafTruth>,
    /// The segment's snapshots that hold him, latest first.
    pub snapshots: Vec<SnapshotHit>,
}

/// One condition of a rule, asked of one customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeafTruth {
    /// The condition in canonical form; those of a named segment stand behind it.
    pub text: String,
    /// How deep in named segments it stands; 0 for the rule's own.
    #[serde(skip_serializing_if = "is_own")]
    pub depth: usize,
    /// What is known of him there; none where that is unknown, or the condition asks for no single value.
    pub value: Option<Held>,
    /// What people call that value.
    #[serde(skip)]
    pub called: Called,
    /// Whether it holds; none where that is unknown.
    pub holds: Option<bool>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_own(depth: &usize) -> bool {
    *depth == 0
}

impl LeafTruth {
    /// The same one named segment deeper.
    #[must_use]
    pub fn further_in(mut self) -> Self {
        self.depth += 1;
        self
    }

    /// The condition as a list shows it: one of a named segment two blanks further in.
    #[must_use]
    pub fn indented(&self) -> String {
        format!("{}{}", "  ".repeat(self.depth), self.text)
    }
}
