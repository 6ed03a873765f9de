//! What a banker would recognise, as plain data and pure functions.
//!
//! Nothing here does input or output, reads a clock or the environment, spawns, or names ratatui or sqlx.

pub mod agenda;
pub mod alert;
pub mod attribute;
pub mod bank;
pub mod benefit;
pub mod board;
pub mod calendar;
pub mod clean;
pub mod coaching;
pub mod code;
pub mod customer;
pub mod decimal;
pub mod decomposition;
pub mod delivery;
pub mod draw;
pub mod event_rule;
pub mod exclusion;
pub mod find;
pub mod finding;
pub mod hash;
pub mod id;
pub mod message;
pub mod metric;
pub mod moment;
pub mod money;
pub mod operator;
pub mod order;
pub mod outcome;
pub mod people;
pub mod percent;
pub mod policy;
pub mod push;
pub mod review;
pub mod rule;
pub mod score;
pub mod segment;
pub mod statistics;
pub mod step;
pub mod strategy;
pub mod task;
pub mod toml_words;
pub mod webhook;
pub mod weekly;
pub mod worklist;
