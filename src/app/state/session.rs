//! Bank, operator and line.

use chrono::{DateTime, Utc};

use crate::app::action::Who;
use crate::domain::bank::Bank;
use crate::domain::message::Message;
use crate::domain::operator::Duty;

/// Whether the database answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// It has not answered yet.
    #[default]
    Connecting,
    /// It answers; the first answer took so many milliseconds.
    Online(u64),
    /// It does not, since then, for this reason.
    Offline(DateTime<Utc>, Message),
}

/// Who sits here, in front of which bank, and whether the database answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// The line.
    pub link: Link,
    /// The bank, once known.
    pub bank: Option<Bank>,
    /// The operator, once known.
    pub who: Option<Who>,
    /// Why the database, though it answers, told neither: it may hold no bank yet.
    pub refusal: Option<Message>,
}

impl Session {
    /// The operator has this duty.
    #[must_use]
    pub fn has(&self, duty: Duty) -> bool {
        self.who.as_ref().is_some_and(|who| who.duties.contains(&duty))
    }

    /// This is the operator's own name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.who.as_ref().is_some_and(|who| who.name == name)
    }

    /// The database answers.
    #[must_use]
    pub fn online(&self) -> bool {
        matches!(self.link, Link::Online(_))
    }
}
