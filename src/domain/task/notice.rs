//! What somebody is told about a push: one line a day and kind, however often it happened.

use chrono::NaiveDate;

use crate::domain::id::PushId;
use crate::domain::message::Key;
use crate::msg;

/// What he is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// Tasks came to him.
    Came,
    /// Tasks left him.
    Left,
    /// A branch gave tasks back.
    Returned,
    /// Tasks were taken back.
    Recalled,
    /// What was taken back is his again.
    GivenAgain,
    /// Tasks are open and he is asked for them.
    Reminded,
    /// The order has a later last day.
    Extended,
    /// Tasks are offered to him.
    Offered,
    /// What he offered was taken.
    Accepted,
    /// What he offered was declined.
    Declined,
    /// A branch says something of the strategy.
    Feedback,
}

impl Told {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Came,
        Self::Left,
        Self::Returned,
        Self::Recalled,
        Self::GivenAgain,
        Self::Reminded,
        Self::Extended,
        Self::Offered,
        Self::Accepted,
        Self::Declined,
        Self::Feedback,
    ];

    /// The word of the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Came => "came",
            Self::Left => "left",
            Self::Returned => "returned",
            Self::Recalled => "recalled",
            Self::GivenAgain => "given_again",
            Self::Reminded => "reminded",
            Self::Extended => "extended",
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Feedback => "feedback",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|told| told.code() == code)
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Came => msg!("task.told.came"),
            Self::Left => msg!("task.told.left"),
            Self::Returned => msg!("task.told.returned"),
            Self::Recalled => msg!("task.told.recalled"),
            Self::GivenAgain => msg!("task.told.given-again"),
            Self::Reminded => msg!("task.told.reminded"),
            Self::Extended => msg!("task.told.extended"),
            Self::Offered => msg!("task.told.offered"),
            Self::Accepted => msg!("task.told.accepted"),
            Self::Declined => msg!("task.told.declined"),
            Self::Feedback => msg!("task.told.feedback"),
        }
    }
}

/// A line that was not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// About which push.
    pub push: PushId,
    /// The strategy's name.
    pub name: String,
    /// What.
    pub told: Told,
    /// How many tasks.
    pub count: i64,
    /// On which day.
    pub day: NaiveDate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        for told in Told::ALL {
            assert_eq!(Told::from_code(told.code()), Some(told));
        }
    }
}
