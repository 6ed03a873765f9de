//! A half-written form, as it is kept on disk until it is saved or thrown away.

use serde::{Deserialize, Serialize};

/// What was being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DraftOf {
    /// A segment's rule.
    Segment,
    /// A strategy.
    Strategy,
}

/// A form's fields as typed, finished or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Which form.
    pub of: DraftOf,
    /// Its fields in the order of the form.
    pub fields: Vec<String>,
}
