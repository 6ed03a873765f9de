//! What has happened to a version besides its text: who has approved it, who sent it back and why, why it is paused.

use chrono::{NaiveDate, NaiveDateTime};

/// A word of approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Who has said it.
    pub approver: String,
    /// In whose name, if not in his own: the one who has delegated to him.
    pub stands_for: Option<String>,
}

/// Something that somebody did and said why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub by: String,
    /// In whose name, if not in his own: the one who has delegated to him.
    pub stands_for: Option<String>,
    /// The comment, or the reason; several lines.
    pub why: String,
    /// When, in the bank's time zone.
    pub at: NaiveDateTime,
}

/// The newest list of its segment's version: what its size is reckoned by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// How many customers.
    pub customers: i64,
    /// As of which day.
    pub on: NaiveDate,
}

/// Why somebody cannot approve a version, though he has the duty or was delegated to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// He has written a version of it, under whatever login.
    Writer,
    /// He has approved it, under whatever login, or somebody has in his name.
    Spoke,
    /// All who have delegated to him have written a version of it.
    NameWriter,
    /// Nobody who has delegated to him could: they have written it, or approved it.
    NameSpoke,
}

impl Bar {
    /// The reason of that word of the database.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "writer" => Self::Writer,
            "spoke" => Self::Spoke,
            "name_writer" => Self::NameWriter,
            "name_spoke" => Self::NameSpoke,
            _ => return None,
        })
    }

    /// It is his own text, or that of the one for whom he stands: he does not send it back either.
    #[must_use]
    pub fn is_of_writers(self) -> bool {
        matches!(self, Self::Writer | Self::NameWriter)
    }
}

/// What has happened to a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// How many people must approve it, as the bank's limits stand now.
    pub levels: usize,
    /// Who has, in turn.
    pub given: Vec<Given>,
    /// While it waits for one, the first or the second: who may in their own names, without those who wrote a version of it under whatever login.
    pub may: Option<Vec<String>>,
    /// While it waits for one: why the operator himself cannot give it, whatever his duties.
    pub bar: Option<Bar>,
    /// Who sent it back, with what comment.
    pub sent_back: Option<Said>,
    /// Who has paused it, and why.
    pub paused: Option<Said>,
    /// The newest snapshot of its segment's version.
    pub listed: Option<Listed>,
}

impl Life {
    /// It waits for one more approval than it has.
    #[must_use]
    pub fn wants_more(&self) -> bool {
        self.given.len() < self.levels
    }

    /// It was approved while fewer had to, and waits for the rest: the bank's limit, its list or its budget has changed since.
    #[must_use]
    pub fn wants_second(&self) -> bool {
        !self.given.is_empty() && self.wants_more()
    }
}

/// Who may approve in whose name, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Its number.
    pub id: i64,
    /// The approver in whose name.
    pub delegator: String,
    /// Who approves.
    pub delegate: String,
    /// The first day, by the server's clock in the bank's time zone.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// It holds today.
    pub now: bool,
    /// It was ended before its last day.
    pub ended: bool,
}
