//! Why a review was not made or closed.

use sqlx::postgres::PgDatabaseError;

use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::review::{LEAST_ARM, Standing};
use crate::domain::rule::RuleError;
use crate::msg;
use crate::store::StoreError;
use crate::store::refusal::Refusal;

/// Why a review was not made or closed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// There is no such push.
    #[error("there is no push {push}")]
    Unknown {
        /// Its number, as it was asked for.
        push: String,
    },
    /// It went out after the day that is looked back to.
    #[error("push {push} went out on {day}")]
    Later {
        /// Its number.
        push: String,
        /// The day of the push.
        day: chrono::NaiveDate,
        /// The day that is looked back to.
        on: chrono::NaiveDate,
    },
    /// Nothing of the strategy was pushed.
    #[error("nothing of {strategy} was pushed")]
    NotPushed {
        /// Its code.
        strategy: String,
    },
    /// A rule that the strategy declared can no longer be read.
    #[error("{part}: {error}")]
    Rule {
        /// Where it stands in the strategy's file: `success.rule`, `guard[1].rule`.
        part: String,
        /// What is wrong.
        error: Box<RuleError>,
    },
    /// The author of the version would judge his own work.
    #[error("{author} wrote it")]
    OwnWork {
        /// Who wrote it.
        author: String,
    },
    /// No verdict can be given.
    #[error("no verdict: {0:?}")]
    Standing(Standing),
    /// The verdict needs words, at most 4,000 characters.
    #[error("no words to the verdict")]
    Remark,
    /// Guards are broken, and it was not said that it is to be expanded all the same.
    #[error("broken guards: {names}")]
    Guards {
        /// Their names.
        names: String,
    },
    /// Other guards are broken than those that the yes has named.
    #[error("other broken guards: {names}")]
    GuardsMoved {
        /// Those that are broken now; none may be.
        names: String,
    },
    /// The yes names a guard that the strategy does not have.
    #[error("no guard {name}")]
    NoGuard {
        /// As it was named.
        name: String,
        /// Those that there are; there may be none.
        guards: String,
    },
    /// Nothing that was declared is measured, and it was not said that it is to be expanded or stopped all the same.
    #[error("nothing is measured: {0:?}")]
    Unmeasured(Standing),
    /// An arm is too small to show anything, and it was not said that it is to be expanded or stopped all the same.
    #[error("an arm has {customers} customers")]
    Size {
        /// How many are in the smaller one.
        customers: String,
    },
    /// The figures are not those of the push.
    #[error("other figures")]
    Figures,
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReviewError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { push } => {
                Message::new(msg!("push.unknown.push")).with("name", push.as_str())
            }
            Self::Later { push, day, on } => Message::new(msg!("review.later"))
                .with("push", push.as_str())
                .with("day", *day)
                .with("on", *on),
            Self::NotPushed { strategy } => {
                Message::new(msg!("review.not-pushed")).with("strategy", strategy.as_str())
            }
            Self::Rule { part, error } => Message::new(msg!("review.rule"))
                .with("part", part.as_str())
                .with("error", error.message()),
            Self::OwnWork { author } => {
                Message::new(msg!("review.own-work")).with("author", author.as_str())
            }
            Self::Standing(standing) => {
                Message::new(msg!("review.no-verdict")).with("reason", standing.clause())
            }
            Self::Remark => msg!("review.remark").into(),
            Self::Guards { names } => {
                Message::new(msg!("review.broken-guards")).with("names", names.as_str())
            }
            Self::NoGuard { name, guards } => {
                let key = if guards.is_empty() {
                    msg!("review.no-guards")
                } else {
                    msg!("review.no-guard")
                };
                let said = Message::new(key).with("name", clean(name).into_owned());
                if guards.is_empty() { said } else { said.with("guards", guards.as_str()) }
            }
            Self::GuardsMoved { names } if names.is_empty() => msg!("review.guards-mended").into(),
            Self::GuardsMoved { names } => {
                Message::new(msg!("review.guards-moved")).with("names", names.as_str())
            }
            Self::Unmeasured(standing) => {
                Message::new(msg!("review.unmeasured")).with("reason", standing.clause())
            }
            Self::Size { customers } => Message::new(msg!("review.size"))
                .with("customers", customers.as_str())
                .with("least", LEAST_ARM.to_string()),
            Self::Figures => msg!("review.figures-moved").into(),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for ReviewError {
    fn from(error: sqlx::Error) -> Self {
        if let Some(db) = error.as_database_error() {
            let pg = db.try_downcast_ref::<PgDatabaseError>();
            let detail =
                clean(pg.and_then(PgDatabaseError::detail).unwrap_or_default()).into_owned();
            match (db.code().as_deref(), db.constraint()) {
                (Some("BT003"), _) => return Self::Unknown { push: detail },
                (Some("BT501"), _) => {
                    let standing = Standing::from_code(db.message()).unwrap_or(Standing::Closed);
                    return Self::Standing(standing);
                }
                (Some("BT502"), _) => return Self::Figures,
                (Some("BT503"), _) => return Self::Guards { names: detail },
                (Some("BT504"), _) => {
                    let standing = Standing::from_code(db.message()).unwrap_or(Standing::NoSuccess);
                    return Self::Unmeasured(standing);
                }
                (Some("BT505"), _) => return Self::Size { customers: detail },
                (_, Some("review_not_by_author")) => {
                    return Self::OwnWork { author: String::new() };
                }
                (_, Some("review_remark")) => return Self::Remark,
                (_, Some("review_pkey")) => return Self::Standing(Standing::Closed),
                _ => {}
            }
        }
        Self::Store(Refusal::from(error).unexpected())
    }
}
