//! The bank whose records are loaded: who it is, its day, its money, its units and tiers.

use chrono::NaiveDate;

use super::id::OrgId;
use super::money::{Currency, Minor};

/// The bank of this database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    /// Its name, clean.
    pub name: String,
    /// Today, as the session counts it.
    pub as_of: NaiveDate,
    /// Its money.
    pub currency: Currency,
    /// Its time zone.
    pub timezone: chrono_tz::Tz,
}

/// A level of customers by AUM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Its code, such as `gold`.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Lower bound, none for the lowest.
    pub from: Option<Minor>,
}

/// An org unit (机构).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgUnit {
    /// Its row.
    pub id: OrgId,
    /// The bank's code for it; any text.
    pub code: String,
    /// Its name, clean.
    pub name: String,
    /// hq, branch, subbranch or center.
    pub kind: String,
    /// The bank's own class of it among its kind, such as a size; clean, none where it has none.
    pub class: Option<String>,
    /// The unit above; none for the root.
    pub parent: Option<OrgId>,
    /// Steps below the root.
    pub depth: usize,
}
