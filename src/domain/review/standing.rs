//! What may be concluded from a review, and the verdict that is given on it.

use serde::{Deserialize, Serialize};

use crate::domain::message::Key;
use crate::msg;

/// What may be concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The planned day has not come.
    Early,
    /// Fewer customers than the strategy wants.
    Small,
    /// The arms are not those of the draw: something chose.
    Mismatch,
    /// Nothing was declared to be measured.
    NoSuccess,
    /// The records of what was declared end before the days that count: nobody loaded the balances, or the events.
    Unfilled,
    /// Nobody was left alone to compare with.
    NoControl,
    /// All is there.
    Ready,
    /// A verdict was given.
    Closed,
}

impl Standing {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Early,
        Self::Small,
        Self::Mismatch,
        Self::NoSuccess,
        Self::Unfilled,
        Self::NoControl,
        Self::Ready,
        Self::Closed,
    ];

    /// Its word in the database and in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::Small => "small",
            Self::Mismatch => "mismatch",
            Self::NoSuccess => "no_success",
            Self::Unfilled => "unfilled",
            Self::NoControl => "no_control",
            Self::Ready => "ready",
            Self::Closed => "closed",
        }
    }

    /// The one of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.code() == code)
    }

    /// A verdict may be given.
    #[must_use]
    pub fn may_close(self) -> bool {
        matches!(self, Self::NoSuccess | Self::Unfilled | Self::NoControl | Self::Ready)
    }

    /// Nothing that was declared is measured: to expand or to stop is then to be said.
    #[must_use]
    pub fn is_blind(self) -> bool {
        matches!(self, Self::NoSuccess | Self::Unfilled)
    }

    /// Why there is a verdict or is none, in a clause.
    #[must_use]
    pub fn clause(self) -> Key {
        match self {
            Self::Early => msg!("review.standing.early"),
            Self::Small => msg!("review.standing.small"),
            Self::Mismatch => msg!("review.standing.mismatch"),
            Self::NoSuccess => msg!("review.standing.no-success"),
            Self::Unfilled => msg!("review.standing.unfilled"),
            Self::NoControl => msg!("review.standing.no-control"),
            Self::Ready => msg!("review.standing.ready"),
            Self::Closed => msg!("review.standing.closed"),
        }
    }
}

/// 扩大, 调整, 停止.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It works: more of it.
    Expand,
    /// It must become another before it goes on.
    Adjust,
    /// No more of it.
    Stop,
}

impl Verdict {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Expand, Self::Adjust, Self::Stop];

    /// Its word in commands, JSON and the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Expand => "expand",
            Self::Adjust => "adjust",
            Self::Stop => "stop",
        }
    }

    /// It concludes something of what came of it, and so rests on figures.
    #[must_use]
    pub fn concludes(self) -> bool {
        matches!(self, Self::Expand | Self::Stop)
    }

    /// The one of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.code() == code)
    }
}

/// What whoever gives a verdict has been told, and gives it in spite of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Knowing {
    /// The names of the broken guards past which it is expanded: just these, and no others.
    pub guards: Vec<String>,
    /// It is expanded or stopped although nothing that was declared is measured.
    pub unmeasured: bool,
    /// It is expanded or stopped although an arm is too small to show anything.
    pub small: bool,
}
