//! The story that was planted, as figures: the generator plants them and the tests look for them.
//!
//! See the [module](super) for the story in words.

use chrono::NaiveDate;

/// The bank's own seed; another seed gives another bank with the same story.
pub const SEED: u64 = 20_261_031;
/// Customers of the bank.
pub const CUSTOMERS: usize = 50_000;
/// The branch that lost, 南城分行.
pub const BRANCH: &str = "B03";
/// The three sub-branches that explain most of it: 南城一支行, 新港支行, 科技园支行.
pub const SUB_BRANCHES: [&str; 3] = ["B0301", "B0302", "B0304"];
/// What the branch's AUM did in the last month, in parts per million.
pub const BRANCH_CHANGE_PPM: i64 = -18_000;
/// What the branch's count of customers did in the last month, in parts per million.
pub const BRANCH_CUSTOMERS_PPM: i64 = 2_000;
/// The three sub-branches' share of the branch's fall, in parts per million.
pub const THREE_SHARE_PPM: i64 = 710_000;
/// The most that any other branch's AUM moved in the last month, in parts per million.
pub const OTHER_BRANCHES_WITHIN_PPM: i64 = 5_000;
/// The group that moved its money: payroll customers of this age.
pub const YOUNGEST: i32 = 30;
/// The oldest of the group.
pub const OLDEST: i32 = 45;
/// The rule that finds the group in the whole branch.
pub const RULE: &str = "payroll and age between 30 and 45 and org under 'B03'";

/// The bank's today.
#[must_use]
pub fn as_of() -> NaiveDate {
    day(2026, 10, 31)
}

/// The day before the fall: the end of the month before.
#[must_use]
pub fn before() -> NaiveDate {
    day(2026, 9, 30)
}

/// The first day on which money moved: after the October holiday.
#[must_use]
pub fn first_move() -> NaiveDate {
    day(2026, 10, 9)
}

/// The first day of the daily metrics, eighteen months back.
#[must_use]
pub fn first_fact() -> NaiveDate {
    day(2025, 5, 1)
}

/// The first day of the events, twelve months back.
#[must_use]
pub fn first_event() -> NaiveDate {
    day(2025, 11, 1)
}

/// A day that stands in this file or in a table of the generator.
pub(super) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}
