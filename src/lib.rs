//! Baton, the terminal console of a retail bank's mid-office: the map of the house.
//!
//! Arrows point one way only. A reader sees the bank's words first and the machinery last:
//!
//! ```text
//! main -> { runtime, ui, cli, worker }     main hands `ui::draw` to the runtime as a function
//! runtime -> { app, store, engine, domain }        ui -> { app, text, domain }
//! cli -> { app, store, engine, text, domain }
//! worker -> { store, domain }     app -> domain     store -> domain     engine -> domain     text -> domain
//! ```
//!
//! What must hold everywhere is in `ARCHITECTURE.md`; `tests/house.rs` reads the sources and holds the arrows.

pub mod app;
pub mod cli;
pub mod domain;
pub mod engine;
pub mod runtime;
pub mod store;
pub mod text;
pub mod ui;
pub mod worker;
