//! What is asked of a metric that has moved.

use crate::domain::decomposition::{By, Method, When};

/// A question why a metric moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The metric's code.
    pub metric: String,
    /// The unit's code; none for the root.
    pub org: Option<String>,
    /// Between which days.
    pub when: When,
    /// Split over what.
    pub by: By,
    /// By which method; none for the one that fits.
    pub method: Option<Method>,
    /// Over the ends of months between, step by step.
    pub chain: bool,
}
