//! Segments (客群): named rules, versioned, and what a count says about one.

use chrono::NaiveDate;
use serde::Serialize;

use super::hash::ContentHash;
use super::id::SnapshotId;
use super::money::Minor;

/// One version of a segment, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRow {
    /// The bank-wide code, such as `SG-PAYROLL`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Counts from 1.
    pub version: i32,
    /// The rule in canonical form.
    pub rule: String,
    /// The operator who wrote this version.
    pub author: String,
    /// The latest snapshot of this version, if one was taken.
    pub snapshot: Option<SnapshotRow>,
}

/// A frozen list of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRow {
    /// Its number.
    pub id: SnapshotId,
    /// How many members.
    pub customers: i64,
    /// SHA-256 over the sorted ids.
    pub hash: ContentHash,
    /// The bank's day it was taken for.
    pub as_of: NaiveDate,
}

/// The answer to a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentCount {
    /// Members.
    pub count: i64,
    /// All customers that are not closed.
    pub of: i64,
    /// The members' AUM.
    pub aum: Minor,
    /// The bank's day of the data.
    pub as_of: NaiveDate,
    /// How long the database took, in milliseconds.
    pub ms: u64,
    /// The split by the members' own unit, largest count first, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_org: Option<Vec<OrgCount>>,
}

/// One unit's part of a [`SegmentCount`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrgCount {
    /// The unit's code.
    pub org: String,
    /// The unit's name, for screens.
    #[serde(skip)]
    pub name: String,
    /// Members.
    pub count: i64,
    /// Their AUM.
    pub aum: Minor,
}
