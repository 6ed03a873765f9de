//! In which segments one customer is on the bank's day.

use serde::Serialize;

use crate::domain::attribute::{MartDay, Unread};
use crate::domain::message::Message;
use crate::msg;

/// The dynamic segments whose latest rule holds for one customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SegmentsNow {
    /// Those that hold him, by code.
    pub found: Vec<SegmentNow>,
    /// How many rules were asked.
    pub asked: usize,
    /// How many were not: the time for it was over.
    pub unasked: usize,
    /// The segments whose rules could not be asked: the dictionary or a mart has changed under them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<String>,
    /// Why, where a mart of the bank's own is why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// The bank's own marts that were read, each with its own day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refreshed: Vec<MartDay>,
}

/// A segment that a customer is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentNow {
    /// Its code, clean.
    pub code: String,
    /// The version that was asked.
    pub version: i32,
    /// What people call it, clean.
    pub name: String,
}

impl SegmentsNow {
    /// What the list does not say, for people: rules that were not asked, and those that cannot be.
    #[must_use]
    pub fn gaps(&self) -> Vec<Message> {
        let mut gaps = Vec::new();
        if self.unasked > 0 {
            let said = Message::new(msg!("customer.segments.unasked"));
            gaps.push(said.with("unasked", self.unasked).with("asked", self.asked));
        }
        if !self.broken.is_empty() {
            let said = Message::new(msg!("customer.segments.broken"));
            gaps.push(said.with("count", self.broken.len()).with("codes", self.broken.join(", ")));
        }
        gaps.extend(self.unread.iter().map(Unread::message));
        gaps
    }
}
