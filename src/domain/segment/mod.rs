//! Segments (客群): named rules, versioned; what a count says about one; frozen and uploaded lists; and what sets a
//! segment apart.

pub mod bin;
pub mod explain;
pub mod graph;
pub mod grid;
pub mod list;
pub mod now;
pub mod overlap;
pub mod portrait;
pub mod spread;
pub mod version;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::attribute::MartDay;
use super::hash::ContentHash;
use super::id::SnapshotId;
use super::message::Message;
use super::money::Minor;
use super::rule::written_text;
use crate::msg;

/// Whether a segment's members move with the bank's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SegmentKind {
    /// Its rule is asked anew by each freeze.
    Dynamic,
    /// Its rule is asked once, by the version's first freeze; later ones take those same customers, but the closed.
    Frozen,
}

impl SegmentKind {
    /// The word of the database and of commands.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Dynamic => "dynamic",
            Self::Frozen => "frozen",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Dynamic, Self::Frozen].into_iter().find(|kind| kind.code() == code)
    }
}

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
    /// The operator who answers for the segment.
    pub owner: String,
    /// Whether its members move.
    pub kind: SegmentKind,
    /// Why this version was written.
    pub note: Option<String>,
    /// The rule as it was typed, where it has comments.
    pub source: Option<String>,
    /// The latest snapshot of this version, if one was taken.
    pub snapshot: Option<SnapshotRow>,
    /// Why its rule cannot be asked any more, where whoever read it has looked: an attribute that is gone, a mart that changed.
    pub broken: Option<Message>,
}

impl SegmentRow {
    /// What finds its members: its rule, or the list that a frozen one keeps once it was taken.
    #[must_use]
    pub fn members_rule(&self) -> String {
        if self.kind == SegmentKind::Frozen && self.snapshot.is_some() {
            return format!("segment({})", written_text(&self.code));
        }
        self.rule.clone()
    }
}

/// A frozen list of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRow {
    /// Its number.
    pub id: SnapshotId,
    /// How many members; none for who sees a part of the bank only, of which the list is not.
    pub customers: Option<i64>,
    /// SHA-256 over the sorted ids.
    pub hash: ContentHash,
    /// The bank's day it was taken for.
    pub as_of: NaiveDate,
    /// The members' AUM on that day; unknown for snapshots from before it was kept.
    pub aum: Option<Minor>,
    /// How long it took, in milliseconds, where that was kept.
    pub ms: Option<i32>,
    /// The bank's own marts that it was taken from, each with its own day, where it was taken just now: a list does not
    /// keep them.
    pub refreshed: Vec<MartDay>,
}

/// The answer to a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentCount {
    /// Members.
    pub count: i64,
    /// All customers that are not closed.
    pub of: i64,
    /// To whose customers all of this is held; none is all.
    pub scope: Option<Scope>,
    /// The members' AUM.
    pub aum: Minor,
    /// The bank's day of the data.
    pub as_of: NaiveDate,
    /// The bank's own marts that it reads, each with its own day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refreshed: Vec<MartDay>,
    /// When the column engine has read those marts, the earliest; none where SQL has, just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marts_read_at: Option<DateTime<Utc>>,
    /// How long the database took, in milliseconds.
    pub ms: u64,
    /// The column engine runs and was silent, so that SQL has counted.
    #[serde(skip)]
    pub silent: bool,
    /// The day from which on the bank has events, where a window of the rule reaches before it: what is counted then is what is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events_since: Option<NaiveDate>,
    /// The split by the members' own unit, largest count first, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_org: Option<Vec<OrgCount>>,
}

impl SegmentCount {
    /// The sentence where a window of its rule reaches before the bank's first event.
    #[must_use]
    pub fn events_known(&self) -> Option<Message> {
        let day = self.events_since?;
        Some(Message::new(msg!("segment.events-since")).with("day", day))
    }
}

/// The unit to whose customers an operator is held, with those of the units below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The unit's code, or an RM's who is held to his own customers.
    pub code: String,
    /// Its or his name.
    pub name: String,
    /// Held to the customers of one RM, and not to a unit's.
    pub own: bool,
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.code)
    }
}

impl Scope {
    /// The sentence beside every figure that is held to it.
    #[must_use]
    pub fn message(&self) -> Message {
        if self.own {
            return Message::new(msg!("segment.scope-own")).with("rm", self.name.as_str());
        }
        Message::new(msg!("segment.scope")).with("org", self.name.as_str())
    }
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

/// What each condition of a rule finds by itself, and which of them costs the rule most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeafCounts {
    /// The conditions in reading order.
    pub leaves: Vec<LeafCount>,
    /// The parts that the rule joins by `and`, with how many more members there would be without each; empty if the
    /// rule is no `and`.
    #[serde(skip)]
    pub parts: Vec<PartRemoved>,
    /// The part that removes most.
    pub removes_most: Option<PartRemoved>,
}

impl LeafCounts {
    /// With the part that removes most.
    #[must_use]
    pub fn new(leaves: Vec<LeafCount>, parts: Vec<PartRemoved>) -> Self {
        // Of equals the first; one that removes nobody is not the one to look at.
        let most = parts.iter().rev().max_by_key(|part| part.removes);
        let removes_most = most.filter(|part| part.removes > 0).cloned();
        Self { leaves, parts, removes_most }
    }
}

/// One condition's own count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeafCount {
    /// The condition in canonical form.
    pub text: String,
    /// Customers for whom it holds, whatever the rest of the rule says.
    pub count: i64,
}

/// What a part of an `and` costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartRemoved {
    /// The part in canonical form.
    pub text: String,
    /// How many more members there would be without it.
    pub removes: i64,
}
