//! What whole-program tests stand on: one test cluster per machine user, one database per test, and the real
//! program started as any operator.
//!
//! ```text
//! let bank = Bank::demo();
//! let answer = baton(&bank).as_("wang.approver").args(["strategy", "show", "ST-1"]).json();
//! assert_eq!(bank.sql("zhao.viewer", "select count(*) from baton.approval"), [["1"]]);
//! ```

pub mod bank;
pub mod program;
pub mod server;

pub use bank::Bank;
pub use program::{Baton, baton};
