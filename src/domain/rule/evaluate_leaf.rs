//! The functions of a rule asked of one customer.

use super::evaluate::Known;
use super::expr::{Leaf, Rule, Term};
use super::facts::Facts;

impl Rule {
    /// Whether a condition that is a function holds.
    pub(super) fn leaf(&self, leaf: &Leaf, facts: &dyn Facts) -> Option<bool> {
        match leaf {
            Leaf::Segment { rule, .. } => self.truth(rule, facts),
            // No text is read as another one yet.
            _ => None,
        }
    }

    /// What a function comes to, `None` for null.
    pub(super) fn told(&self, _term: &Term, _facts: &dyn Facts) -> Option<Known> {
        // No text is read as one yet.
        None
    }
}
