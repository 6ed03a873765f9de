//! Two days to compare.

use chrono::NaiveDate;

/// The two days between which a change is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The earlier.
    pub from: NaiveDate,
    /// The later.
    pub to: NaiveDate,
}
