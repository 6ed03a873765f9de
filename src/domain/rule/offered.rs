//! What is offered while a rule is typed.

use crate::domain::find::Hay;
use crate::domain::message::Arg;

/// What may stand where one types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletionItem {
    /// What is put in; of a function up to its first argument.
    pub insert: String,
    /// What people call it, if that is more.
    pub label: Option<Arg>,
    /// What it is.
    pub kind: CompletionKind,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompletionKind {
    /// A column.
    Name,
    /// A function.
    Function,
    /// A word of the grammar, or a day that comes with as-of.
    Keyword,
    /// A value in quotes, or true or false.
    Value,
}

/// One that may be offered, before it is held against what was typed.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) item: CompletionItem,
    /// What it is found by.
    pub(super) called: Hay,
}
