//! Uploaded lists, and two snapshots held against each other.

use chrono::NaiveDate;
use serde::Serialize;

use crate::domain::decimal::Decimal;
use crate::domain::id::{CustomerId, SnapshotId};
use crate::domain::message::Message;
use crate::domain::money::Minor;
use crate::msg;

/// What became of an uploaded file: read = matched + unmatched + doubled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UploadReport {
    /// The upload's number under its code.
    pub upload: i32,
    /// The segment's version that is this list.
    pub version: i32,
    /// Lines with a key.
    pub read: i64,
    /// Customers found, each once.
    pub matched: i64,
    /// Lines whose key is nobody's, or several customers'.
    pub unmatched: i64,
    /// Lines whose customer an earlier line has found.
    pub doubled: i64,
}

/// Why a line of an upload gave no customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadFault {
    /// No open customer has this key.
    Unknown,
    /// The key can be nobody's number.
    NotANumber,
    /// Several customers have it.
    Ambiguous,
    /// An earlier line found the same customer.
    Doubled,
}

impl UploadFault {
    /// The fault of the database's word.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "ambiguous" => Self::Ambiguous,
            "doubled" => Self::Doubled,
            _ => Self::Unknown,
        }
    }

    /// The sentence of the reject file.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::Unknown => msg!("segment.upload.unknown"),
            Self::NotANumber => msg!("segment.upload.not-a-number"),
            Self::Ambiguous => msg!("segment.upload.ambiguous"),
            Self::Doubled => msg!("segment.upload.doubled"),
        }
        .into()
    }
}

/// A snapshot in its segment's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryRow {
    /// Its number.
    pub snapshot: SnapshotId,
    /// Of which version.
    pub version: i32,
    /// The bank's day it was taken for.
    pub as_of: NaiveDate,
    /// The day of the bank's data then: another than `as_of` where it was planned ahead; none for those of before.
    pub data_as_of: Option<NaiveDate>,
    /// Members; none for who sees a part of the bank only, of which the list is not.
    pub count: Option<i64>,
    /// Their AUM on that day, where it was kept.
    pub aum: Option<Minor>,
    /// How long it took, where that was kept.
    pub ms: Option<i32>,
    /// SHA-256 over the sorted ids.
    pub hash: crate::domain::hash::ContentHash,
}

/// Two snapshots held against each other: `a` is before, `b` is after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The first.
    pub a: SnapshotId,
    /// The second.
    pub b: SnapshotId,
    /// Customers only of the second.
    #[serde(rename = "in")]
    pub came: i64,
    /// Customers only of the first.
    #[serde(rename = "out")]
    pub left: i64,
    /// Customers of both.
    pub stayed: i64,
    /// Who they are, if it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Moves>,
}

/// The customers of a [`Comparison`], by number: the first 500 of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Moves {
    /// Only of the second.
    #[serde(rename = "in")]
    pub came: Vec<CustomerId>,
    /// Only of the first.
    #[serde(rename = "out")]
    pub left: Vec<CustomerId>,
    /// Of both.
    pub stayed: Vec<CustomerId>,
}

/// One line of an export: masked, as it may leave the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRow {
    /// The customer's number.
    pub customer: CustomerId,
    /// The unit's code.
    pub org: String,
    /// The unit's name.
    pub org_name: String,
    /// The tier's code; empty without AUM.
    pub tier: String,
    /// `王**`
    pub name: String,
    /// `138****5678`
    pub phone: String,
}

/// A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it. A negative number
/// is a number.
#[must_use]
pub fn harmless(cell: &str) -> String {
    let formula = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || cell.starts_with(['\t', '\r', '\n']);
    let number = cell.strip_prefix('-').is_some_and(|size| {
        size.starts_with(|c: char| c.is_ascii_digit())
            && (Decimal::parse(cell).is_some() || size.parse().is_ok_and(f64::is_finite))
    });
    if formula && !number { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_text() {
        for cell in [
            "=1+1", "+86", "-x", "-inf", "-1e999", "-1e5+1", "@SUM(A1)", " =1", "\t=1", "\r=1",
            "＝1", "\nx",
        ] {
            assert_eq!(harmless(cell), format!("'{cell}"), "{cell:?}");
        }
        for cell in ["", "王**", "138****5678", "B03", "a=1", "4-2", "-1.50", "-2.5e-9"] {
            assert_eq!(harmless(cell), cell);
        }
    }
}
