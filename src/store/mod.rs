//! Postgres: one file per aggregate, each query beside the function that runs it; the private cluster; import.
//!
//! Functions take a `&mut PgConnection` and give domain types. Errors of the database become enums with data
//! here; its own words never reach an operator.

pub mod attribute;
pub mod bank;
pub mod board;
pub mod bootstrap;
pub mod breaks;
mod built;
pub mod calendar;
pub mod channel;
pub mod cluster;
pub mod coaching;
pub mod columns;
pub mod condition;
pub mod connect;
pub mod customer;
pub mod delivery;
pub mod demo;
pub mod dictionary;
pub mod dynamic;
pub mod engine;
pub mod error;
pub mod export;
pub mod finding;
mod guess;
pub mod import;
pub mod kpi;
pub mod life;
pub mod line;
pub mod mart;
pub mod moment;
mod near;
pub mod operator;
pub mod outcome;
pub mod people;
pub mod plan;
pub mod policy;
pub mod push;
mod records;
mod refusal;
pub mod regular;
pub mod reject_file;
pub mod review;
pub mod schema;
pub mod score;
pub mod segment;
pub mod strategy;
pub mod target;
pub mod task;
pub mod test_push;
pub mod upkeep;
pub mod walls;
pub mod weekly;
mod words;
pub mod worklist;

pub use connect::{Db, Session};
pub use error::StoreError;
pub use target::{Target, TargetError};
