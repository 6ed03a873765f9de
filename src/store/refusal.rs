//! What the owner's functions refuse with, read once for all aggregates (SQLSTATEs `BT0nn`, see the migrations).

use super::StoreError;
use super::walls::{LifeError, PushWall};
use crate::domain::clean::clean;
use crate::domain::exclusion;

/// A refusal by one of the owner's functions, or any other failure.
#[derive(Debug)]
pub(super) enum Refusal {
    /// `BT003`: there is no such thing.
    Unknown {
        /// What kind of thing: `segment`, `strategy`, `plan`, `org_unit`, `order`.
        what: String,
        /// Its name, clean.
        name: String,
    },
    /// `BT004`: a strategy's version stands elsewhere than the step needs.
    State {
        /// Where it stands.
        state: String,
        /// Which version: `ST-014 v2`.
        version: String,
    },
    /// `BT005`: the list has nobody.
    EmptyList,
    /// `BT006`: so many customers of the plan may not be pushed any more.
    Overtaken {
        /// How many.
        customers: i64,
        /// Why, and how many each.
        reasons: Vec<(String, i64)>,
    },
    /// `BT007`: a branch acts for another unit.
    ForeignUnit {
        /// The unit.
        org: String,
    },
    /// `BT111`, `BT112`, `BT113`: more than may be had at once, or by this means.
    Limit {
        /// Which: `export_limit`, `card_limit`, or the type of an attribute that is no key.
        what: String,
        /// Its data.
        detail: String,
    },
    /// `BT121`, `BT122`, `BT123`: a moment stands elsewhere than the step needs.
    Moment {
        /// How: `another_text`, `days`, `moment_off`.
        what: String,
        /// Which.
        name: String,
    },
    /// `BT211` to `BT213`: a wave is not due, the segment is not the one of the approval, or the list or the draw is another.
    List {
        /// Which: `wave_first`, `wave_not_due`, `pilot_runs`, `drift`, `no_baseline`, `another_list`, `other_design`,
        /// `wave_gone`, `replaced`.
        what: String,
        /// Its data.
        detail: String,
    },
    /// `BT201`: a later version stands there than the writer knew.
    Stale {
        /// Which, 0 for none.
        latest: i32,
    },
    /// `BT202`: nobody of that name has delegated to the caller.
    NoDelegation {
        /// In whose name it was tried.
        name: String,
    },
    /// `BT208`: another has paused the strategy.
    PausedBy {
        /// Who.
        name: String,
        /// The strategy.
        code: String,
    },
    /// `BT221`: a test push is not the caller's to make or to answer.
    Test {
        /// Why: `no_unit`, `not_author`, `over`.
        what: String,
        /// Its data.
        detail: String,
    },
    /// `BT203` to `BT206`, `BT214`: what a push must be true of.
    Wall(PushWall),
    /// A named constraint.
    Constraint(String),
    /// Anything else.
    Other(StoreError),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::postgres::PgDatabaseError;
        let Some(db) = error.as_database_error() else { return Self::Other(error.into()) };
        let pg = db.try_downcast_ref::<PgDatabaseError>();
        let detail = pg.and_then(PgDatabaseError::detail).unwrap_or_default();
        let hint = pg.and_then(PgDatabaseError::hint).unwrap_or_default();
        let code = db.code().unwrap_or_default();
        if let Some(said) = Self::said(&code, db.message(), detail, hint) {
            return said;
        }
        match db.constraint() {
            Some(name) if !code.starts_with("BT") => Self::Constraint(name.to_owned()),
            _ => Self::Other(error.into()),
        }
    }
}

impl Refusal {
    /// What one of the owner's functions means by this code, or `None` if it is none of theirs.
    pub(super) fn said(code: &str, message: &str, detail: &str, hint: &str) -> Option<Self> {
        let what = message.to_owned();
        let detail = clean(detail).into_owned();
        Some(match code {
            "BT003" => Self::Unknown { what, name: detail },
            "BT004" => Self::State { state: what, version: detail },
            "BT005" => Self::EmptyList,
            "BT006" => Self::Overtaken {
                customers: detail.parse().unwrap_or_default(),
                reasons: exclusion::read_counts(hint),
            },
            "BT201" => Self::Stale { latest: detail.parse().unwrap_or_default() },
            "BT211" | "BT212" | "BT213" => Self::List { what, detail },
            "BT221" => Self::Test { what, detail },
            "BT007" => Self::ForeignUnit { org: detail },
            "BT208" => Self::PausedBy { name: clean(message).into_owned(), code: detail },
            "BT202" => Self::NoDelegation { name: detail },
            "BT203" | "BT204" | "BT205" | "BT206" | "BT207" | "BT214" => {
                Self::Wall(PushWall::of(code, message, &detail)?)
            }
            // It is said of every list alike.
            "BT112" if message == "list_limit" => return None,
            "BT111" | "BT112" | "BT113" => Self::Limit { what, detail },
            "BT121" | "BT122" | "BT123" => Self::Moment { what, name: detail },
            _ => return None,
        })
    }

    /// What a step in a strategy's life is refused with, if it is that.
    pub(super) fn life(&self) -> Option<LifeError> {
        match self {
            Self::Unknown { what, name } => LifeError::of_missing(what, name),
            Self::Constraint(name) => LifeError::of_constraint(name),
            Self::NoDelegation { name } => Some(LifeError::NoDelegation { name: name.clone() }),
            Self::PausedBy { name, code } => {
                Some(LifeError::PausedBy { name: name.clone(), code: code.clone() })
            }
            Self::Wall(PushWall::NoPrice { version }) => {
                Some(LifeError::NoPrice { version: version.clone() })
            }
            _ => None,
        }
    }

    /// The same as a failure that nobody foresaw; for the log.
    pub(super) fn unexpected(self) -> StoreError {
        match self {
            Self::Other(error) => error,
            refusal => StoreError::Database(sqlx::Error::Protocol(format!("{refusal:?}"))),
        }
    }
}
