//! The rule language (规则): a SQL condition over a checked vocabulary, and what becomes of it.
//!
//! Text is read by [`Rule::parse`] against a [`Vocabulary`], which refuses every name and value that the bank does
//! not have, with the place and a guess at what was meant. What comes out is a tree of our own in which every name
//! is resolved; [`Rule::canonical`] prints it in one form, and [`compile`] makes SQL of it in which every value is a
//! bound parameter and every identifier comes from the dictionary. Nothing of the text reaches the database.

mod compile;
mod error;
mod expr;
mod number;
mod vocabulary;

pub use compile::{Bind, Compiled, Join, compile};
pub use error::{Expected, Place, Reason, RuleError, Suggestion};
pub use expr::{Column, CompareOp, Expr, Kind, Rule, TierRange, UnitRef, Value};
pub use number::Number;
pub use vocabulary::{FIXED_NAMES, Vocabulary};

/// Characters that a rule may have, as it is written and in canonical form.
pub const MAX_CHARS: usize = 10_000;

/// How deep parentheses and `not` may stand in one another.
pub const MAX_DEPTH: usize = 50;
