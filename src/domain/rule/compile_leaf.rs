//! The SQL of a rule's functions.

use super::compile::Compiler;
use super::expr::{Leaf, Term};

impl Compiler {
    /// A condition that is a function.
    pub(super) fn leaf(&mut self, leaf: &Leaf) {
        match leaf {
            Leaf::Segment { rule, .. } => {
                self.push("(");
                self.expr(rule);
                self.push(")");
            }
            // No text is read as another one yet.
            _ => self.push("null::bool"),
        }
    }

    /// A function's value: `numeric` for numbers and amounts (these in minor units), `date` for days.
    pub(super) fn told(&mut self, _term: &Term) {
        // No text is read as one yet.
        self.push("null");
    }
}
