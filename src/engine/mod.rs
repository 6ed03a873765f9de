//! The column engine: who is in a rule, how many, with how much, by unit, while the rule is being typed.
//!
//! It holds the columns of the dictionary in memory, bit by bit, for all customers that are not closed, and answers
//! from them what `store` answers by SQL, to the last cent ([`Columns::plan`], [`Columns::count`]). It is pure: it
//! reads no file, no socket, no database and no clock. Who calls it hands in plain cells ([`Draft`], [`Parts`]) or the
//! bytes of a file ([`mod@file`]), and falls back to SQL for what columns cannot say ([`Unable`]).
//!
//! SQL on Postgres is the reference: whatever the two disagree about is a fault of this module.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "places are below 2^31, widths below 64, and places in a list are never negative"
)]

mod answer;
mod bits;
mod build;
mod columns;
mod events;
pub mod file;
mod formula;
mod kernel;
mod layout;
mod leaf_draft;
mod merge;
mod numbers;
mod plan;
mod ranges;
mod reading;
mod reading_formula;
mod sliced;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Part, hash};
pub use bits::Bits;
pub use build::{Cell, Draft, NOBODY, Parts, Spec, WORD_FLAGS};
pub use columns::{Column, Columns, Content, Version};
pub use events::{EventDraft, Happened, Runs};
pub use layout::{Layout, MOST, Places};
pub use leaf_draft::{LeafDraft, LeafDrafts};
pub use merge::{Delta, DeltaPart, NeedsBuild};
pub use plan::Node;
pub use reading::{LeafSet, Unable};
