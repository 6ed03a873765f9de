//! Outcomes that branch systems send as messages: how many wait, and why some were not taken in.

use chrono::{DateTime, Utc};

use crate::domain::message::Key;
use crate::msg;

/// What became of the messages of branch systems in one go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InboxTaken {
    /// Taken.
    pub accepted: u64,
    /// Stood already.
    pub duplicate: u64,
    /// Kept with a reason.
    pub left_out: u64,
}

/// Why a message of a branch system was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxReason {
    /// Push, customer, outcome or time is missing, the time is of no calendar, or who sent it or its number cannot be seen.
    Incomplete,
    /// There is no such push.
    UnknownPush,
    /// The customer is on no list of that push.
    UnknownTask,
    /// Not one of the six outcomes.
    UnknownOutcome,
    /// It is said to have happened on a day that has not come.
    Future,
    /// The note is too long.
    NoteTooLong,
    /// A step of the strategy must be shown, and there is no note.
    NoEvidence,
    /// It is said to have happened before the push.
    BeforePush,
    /// Its amount is below nothing.
    Negative,
    /// Its amount is more than one customer's can be.
    TooLarge,
}

impl InboxReason {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Incomplete,
        Self::UnknownPush,
        Self::UnknownTask,
        Self::UnknownOutcome,
        Self::Future,
        Self::NoteTooLong,
        Self::NoEvidence,
        Self::BeforePush,
        Self::Negative,
        Self::TooLarge,
    ];

    /// The word of the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::UnknownPush => "unknown_push",
            Self::UnknownTask => "unknown_task",
            Self::UnknownOutcome => "unknown_outcome",
            Self::Future => "future",
            Self::NoteTooLong => "note_too_long",
            Self::NoEvidence => "no_evidence",
            Self::BeforePush => "before_push",
            Self::Negative => "negative",
            Self::TooLarge => "too_large",
        }
    }

    /// The reason of a word of the database, which knows no other.
    #[must_use]
    pub fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.code() == word).unwrap_or(Self::Incomplete)
    }

    /// What it is called.
    #[must_use]
    pub fn title(self) -> Key {
        match self {
            Self::Incomplete => msg!("board.inbox.incomplete"),
            Self::UnknownPush => msg!("board.inbox.unknown-push"),
            Self::UnknownTask => msg!("board.inbox.unknown-task"),
            Self::UnknownOutcome => msg!("board.inbox.unknown-outcome"),
            Self::Future => msg!("board.inbox.future"),
            Self::NoteTooLong => msg!("board.inbox.note-too-long"),
            Self::NoEvidence => msg!("board.inbox.no-evidence"),
            Self::BeforePush => msg!("board.inbox.before-push"),
            Self::Negative => msg!("board.inbox.negative"),
            Self::TooLarge => msg!("board.inbox.too-large"),
        }
    }
}

/// How many messages of a source wait, or could not be taken in for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxCount {
    /// Who sent them.
    pub source: String,
    /// Why they were not taken in; none while they wait.
    pub reason: Option<InboxReason>,
    /// How many.
    pub messages: i64,
    /// When the oldest came, by the server's clock.
    pub oldest: DateTime<Utc>,
}

/// A message that could not be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    /// Who sent it.
    pub source: String,
    /// Its number there.
    pub message: String,
    /// The push that it names.
    pub push: Option<i64>,
    /// The customer.
    pub customer: Option<i64>,
    /// The outcome, as it came.
    pub outcome: Option<String>,
    /// When that was; none also if it is beyond any calendar (`infinity`).
    pub at: Option<DateTime<Utc>>,
    /// When it came, by the server's clock.
    pub received_at: DateTime<Utc>,
    /// The login that wrote it.
    pub sent_by: String,
    /// Why it was not taken in.
    pub reason: InboxReason,
}
