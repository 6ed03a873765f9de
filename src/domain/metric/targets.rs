//! Targets (目标) over the tree of units: what the parts are planned for should be what the whole is.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// A unit's target beside those of the units right below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The metric's code.
    pub metric: String,
    /// The period as the bank wrote it.
    pub period: String,
    /// The unit's code.
    pub org: String,
    /// The unit's target.
    pub target: i64,
    /// What the units right below add up to.
    pub parts: i64,
    /// How many there are.
    pub units: i64,
    /// How many of them have a target.
    pub planned: i64,
}

impl Gap {
    /// What the parts are over the whole, or under it.
    #[must_use]
    pub fn over(&self) -> i64 {
        self.parts.saturating_sub(self.target)
    }

    /// The parts add up, and none is without a target.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.parts == self.target && self.planned == self.units
    }
}

/// A target as it was written once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// The period as the bank wrote it.
    pub period: String,
    /// The unit's code.
    pub org: String,
    /// Which, from 1.
    pub version: i32,
    /// What the metric should reach.
    pub value: i64,
    /// Who wrote it.
    pub written_by: String,
    /// When.
    pub written_at: DateTime<Utc>,
}
