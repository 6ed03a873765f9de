//! What may be concluded from a review, and the verdict that is given on it.

use serde::{Deserialize, Serialize};

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
    /// Nobody was left alone to compare with.
    NoControl,
    /// All is there.
    Ready,
    /// A verdict was given.
    Closed,
}

impl Standing {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Early,
        Self::Small,
        Self::Mismatch,
        Self::NoSuccess,
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
        matches!(self, Self::NoSuccess | Self::NoControl | Self::Ready)
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

    /// The one of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.code() == code)
    }
}
