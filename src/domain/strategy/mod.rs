//! Strategies (策略): what to do for a segment, version by version.

pub mod file;
pub mod text;

use serde::Serialize;

use super::hash::ContentHash;

/// Where a version stands. A live version has been pushed; an ended one's last deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StrategyState {
    /// Being written.
    Draft,
    /// Waiting for another person's approval; its text is fixed.
    Submitted,
    /// Approved, and may be pushed.
    Approved,
    /// Pushed, with an order whose deadline has not passed.
    Live,
    /// All orders' deadlines have passed.
    Ended,
}

/// The text of a strategy: what the form edits and a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StrategyText {
    /// The bank-wide code, such as `ST-014`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Code of the segment; its version is pinned by submit.
    pub segment: String,
    /// Days from the push to the deadline of its orders, 1 to 366.
    pub deadline_days: i32,
    /// Share of each order's customers left alone, in parts per million (100,000 is 0.10), at most 900,000.
    pub control_ppm: i32,
    /// Seed of the draw.
    pub seed: i64,
    /// 产品
    pub product: String,
    /// 权益
    pub benefit: String,
    /// 话术, several lines.
    pub script: String,
}

/// One version, as lists and details show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyRow {
    /// The text.
    pub text: StrategyText,
    /// Counts from 1.
    pub version: i32,
    /// Where it stands.
    pub state: StrategyState,
    /// Of exactly what is approved; none while it is a draft.
    pub hash: Option<ContentHash>,
    /// The segment's version, pinned by submit.
    pub segment_version: Option<i32>,
    /// The pinned segment's rule, or the current one's while it is a draft.
    pub rule: String,
    /// Who wrote it.
    pub author: String,
    /// Who approved it.
    pub approver: Option<String>,
}
