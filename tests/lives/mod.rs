//! What the tests of a strategy's life stand on: who is in the bank, and the steps that each of them begins with.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test program uses a part of it, and a test that cannot go on fails"
)]

use baton::store::cluster::ADMIN;
use serde_json::Value;

use super::chain::{run, small, strategy_file, up_to};
use super::support::{Bank, baton};

pub const LI: &str = "li.strategist";
pub const WANG: &str = "wang.approver";
pub const ZHAO: &str = "zhao.viewer";
pub const SUN: &str = "sun.auditor";
pub const NAN: &str = "nancheng.branch";

/// The small bank with a second approver.
pub fn bank() -> Bank {
    let bank = small();
    bank.operator(ZHAO, "approver", None);
    bank
}

pub fn refused(bank: &Bank, who: &str, args: &[&str]) -> String {
    baton(bank).as_(who).args(args).refused()
}

/// Submits a text of `who` and gives its hash.
pub fn submitted(bank: &Bank, who: &str, text: &str) -> String {
    let file = strategy_file(text);
    run(bank, who, &["strategy", "new", file.to_str().unwrap()]);
    let code = text.split('"').nth(1).unwrap();
    run(bank, who, &["strategy", "submit", code])["hash"].as_str().unwrap().to_owned()
}

pub fn segment(bank: &Bank) {
    run(bank, LI, &["segment", "save", "SG-A", "--name", "甲", "--rule", &up_to(200)]);
}

pub fn show(bank: &Bank, code: &str) -> Value {
    run(bank, LI, &["strategy", "show", code])
}

pub fn approve<'a>(hash: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["strategy", "approve", "ST-1", "--hash", hash];
    args.extend(more);
    args
}

pub fn policy(bank: &Bank, key: &str, value: &str) {
    bank.program(ADMIN).args(["policy", "set", key, value]).json();
}

/// A day of the server's clock in the bank's time zone, so many from today.
pub fn clock(bank: &Bank, days: i32) -> String {
    bank.sql(LI, &format!("select baton.clock_day() + {days}"))[0][0].clone()
}
