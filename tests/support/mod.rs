//! What whole-program tests stand on: one test cluster per machine user, one database per test, and the real
//! program started as any operator.
//!
//! ```text
//! let bank = Bank::demo();
//! let answer = baton(&bank).as_("wang.approver").args(["strategy", "show", "ST-1"]).json();
//! assert_eq!(bank.sql("zhao.viewer", "select count(*) from baton.approval"), [["1"]]);
//! ```
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "each test program uses a part of it, and a test that cannot go on fails"
)]

pub mod bank;
pub mod calc;
pub mod console;
pub mod files;
pub mod program;
pub mod server;

pub use bank::Bank;
pub use console::{Console, Launch};
pub use program::{Baton, baton};
pub use server::Server;
