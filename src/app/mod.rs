//! The console as a pure state machine: data in, data out.
//!
//! [`update::reduce`] takes the state, what happened and the time, and returns what is to be done as data.
//!
//! MUST NOT: read a clock, a file or the environment; spawn; name the terminal, the drawing or the database.
//! The one exception is [`editor`], which wraps a text area (a text model with undo) behind our own type.

pub mod action;
pub mod branch;
pub mod command;
pub mod desk;
pub mod draft;
pub mod editor;
pub mod effect;
pub mod field;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod key;
pub mod listing;
pub mod sieve;
pub mod span;
pub mod state;
pub mod study;
pub mod twin;
pub mod update;

pub use action::Action;
pub use effect::Effect;
pub use state::State;
pub use update::reduce;
