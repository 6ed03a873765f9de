//! A bank's records come in: files as they are, a manifest that says where each value goes, all or nothing.
//!
//! [`manifest`] reads what is wanted, `stage` copies files into schema `raw` as text, `rows` runs the manifest's SQL
//! where it can reach nothing else, `check` judges every value, and [`loader`] takes the good rows in.

pub mod check;
mod columns;
pub mod destination;
pub mod error;
pub mod fields;
pub mod file_fault;
mod line;
pub mod loader;
pub mod manifest;
pub mod manifest_fault;
mod rows;
pub mod run;
mod stage;
mod watch;

pub use destination::{Destination, Label, Meaning, NewAttribute};
pub use error::ImportError;
pub use loader::{Loader, Setup, Sink};
pub use manifest::Manifest;
pub use run::{Report, Request, import};
pub use watch::{Reject, Watch};
