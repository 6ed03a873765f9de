//! What can go wrong with any call to the database, whatever the aggregate.

use chrono::{DateTime, FixedOffset, NaiveDate};
use sqlx::postgres::PgDatabaseError;

use crate::domain::attribute::Unread;
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::operator::Duty;
use crate::domain::task::TaskRefusal;
use crate::msg;

use super::schema::SchemaGap;

/// A failure that any call can have. Aggregates wrap it in their own enum.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The server does not answer, or the connection was lost.
    #[error("the database cannot be reached: {detail}")]
    Unreachable {
        /// What the system said; for the log and `doctor`.
        detail: String,
    },
    /// Somebody has stopped the private server since this program began.
    #[error("the private server is held down since {since}")]
    HeldDown {
        /// Since when.
        since: DateTime<FixedOffset>,
    },
    /// The call took longer than it may, and was given up here and on the server.
    #[error("the deadline has passed")]
    Deadline,
    /// The operator lacks a duty.
    #[error("the duty {} is needed", duty.code())]
    NotAllowed {
        /// The duty that is needed.
        duty: Duty,
    },
    /// A step that locks and then reads was called in a transaction that would not see what the lock waited for.
    #[error("the transaction is {level}")]
    Isolation {
        /// Its isolation level.
        level: String,
    },
    /// The operator has a unit and sees its customers only: what is of the whole bank is not his to make.
    #[error("held to the customers of {org}")]
    OwnUnit {
        /// His unit.
        org: String,
    },
    /// Lists have shown the operator as many customers as a day has.
    #[error("lists have shown {limit} customers within a day")]
    ListLimit {
        /// How many may be.
        limit: i64,
    },
    /// A task or an order is not the operator's, or stands elsewhere than the step needs.
    #[error("{0:?}")]
    Task(TaskRefusal),
    /// The operator's role has no right to this relation or function at all.
    #[error("the role may not do this: {0}")]
    NotPermitted(#[source] sqlx::Error),
    /// The server refused the login: it knows no such operator, or does not believe it.
    #[error("the login was refused: {detail}")]
    LoginRefused {
        /// What the server said; for the log and `doctor`.
        detail: String,
    },
    /// The server has no such database.
    #[error("there is no such database")]
    NoDatabase,
    /// The database's schema is not the one this program was built for.
    #[error("the schema is of another version: {0:?}")]
    WrongVersion(SchemaGap),
    /// The database is there, but no bank has been imported into it yet.
    #[error("no bank has been imported")]
    NoBank,
    /// The question is of a day before the bank's data: attributes are known of their own day only.
    #[error("the data are of {data}, later than {day}")]
    BeforeData {
        /// The day that was asked for.
        day: NaiveDate,
        /// The bank's own day.
        data: NaiveDate,
    },
    /// A sum is larger than an amount can be, so one of those in it cannot be right.
    #[error("a sum is too large")]
    TooLarge,
    /// A mart of the bank's own that the question reads has changed under its attribute.
    #[error("{} of {} cannot be read: {}", .0.attribute.code, .0.attribute.relation, .0.fault.word())]
    Mart(Box<Unread>),
    /// Somebody holds a lock on what the question reads, or waits for one.
    #[error("{relation} is locked")]
    Locked {
        /// Which relation; empty where the server does not say.
        relation: String,
    },
    /// Anything else; for the log.
    #[error("the database failed: {0}")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
                Self::Unreachable { detail: error.to_string() }
            }
            E::Database(ref db) => match db.code().as_deref() {
                Some("BT001") => match Duty::from_code(db.message()) {
                    Some(duty) => Self::NotAllowed { duty },
                    None => Self::NotPermitted(error),
                },
                Some("BT114") => Self::OwnUnit { org: detail(db.as_ref()) },
                Some("BT112") if db.message() == "list_limit" => {
                    Self::ListLimit { limit: detail(db.as_ref()).parse().unwrap_or_default() }
                }
                Some(code) if ("BT401"..="BT419").contains(&code) => Self::Task(TaskRefusal {
                    what: db.message().to_owned(),
                    detail: detail(db.as_ref()),
                }),
                Some("BT008") => Self::Isolation { level: detail(db.as_ref()) },
                Some("42501") => Self::NotPermitted(error),
                Some("55P03") => Self::Locked { relation: detail(db.as_ref()) },
                Some("57014") => Self::Deadline,
                Some("22003") => Self::TooLarge,
                Some("28000" | "28P01") => Self::LoginRefused { detail: db.message().to_owned() },
                Some("3D000") => Self::NoDatabase,
                Some(code)
                    if code.starts_with("08") || code.starts_with("57P") || code == "53300" =>
                {
                    Self::Unreachable { detail: db.message().to_owned() }
                }
                _ => Self::Database(error),
            },
            other => Self::Database(other),
        }
    }
}

impl StoreError {
    /// Whether there is no line to the database.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::HeldDown { .. })
    }

    /// Whether another question may be answered all the same: it is not the connection, nor a right that is missing for
    /// all of them.
    #[must_use]
    pub fn is_of_one_query(&self) -> bool {
        matches!(
            self,
            Self::Mart(_)
                | Self::Database(_)
                | Self::NotPermitted(_)
                | Self::Deadline
                | Self::Locked { .. }
                | Self::TooLarge
        )
    }

    /// What the log may hold: never the server's words on a statement, which may quote a customer's record.
    #[must_use]
    pub fn for_log(&self) -> String {
        match self {
            Self::NotPermitted(error) | Self::Database(error)
                if error.as_database_error().is_some() =>
            {
                format!("SQLSTATE {}", sqlstate(error))
            }
            other => other.to_string(),
        }
    }

    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unreachable { detail } => {
                Message::new(msg!("cluster.unreachable")).with("detail", detail.as_str())
            }
            Self::HeldDown { since } => super::cluster::held_down(*since),
            Self::Deadline => msg!("cluster.deadline").into(),
            Self::NotAllowed { duty } => {
                Message::new(msg!("cluster.not-allowed")).with("duty", duty.label())
            }
            Self::Isolation { level } => {
                Message::new(msg!("cluster.isolation")).with("level", level.as_str())
            }
            Self::OwnUnit { org } => {
                Message::new(msg!("cluster.own-unit")).with("org", org.as_str())
            }
            Self::ListLimit { limit } => {
                Message::new(msg!("segment.list-limit")).with("limit", *limit)
            }
            Self::Task(refusal) => refusal.message(),
            Self::NotPermitted(_) => msg!("cluster.not-permitted").into(),
            Self::LoginRefused { detail } => {
                Message::new(msg!("cluster.login-refused")).with("detail", detail.as_str())
            }
            Self::NoBank => msg!("cluster.no-bank").into(),
            Self::NoDatabase => msg!("cluster.no-database").into(),
            Self::TooLarge => msg!("cluster.too-large").into(),
            Self::BeforeData { day, data } => {
                Message::new(msg!("segment.before-its-data")).with("day", *day).with("data", *data)
            }
            Self::WrongVersion(gap) => gap.message(),
            Self::Mart(unread) => unread.message(),
            Self::Locked { relation } if relation.is_empty() => msg!("cluster.locked").into(),
            Self::Locked { relation } => {
                Message::new(msg!("cluster.locked-mart")).with("relation", relation.as_str())
            }
            Self::Database(error) => {
                Message::new(msg!("cluster.database-failed")).with("code", sqlstate(error))
            }
        }
    }
}

/// The detail of a server's error, clean.
fn detail(error: &dyn sqlx::error::DatabaseError) -> String {
    let detail = error.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::detail);
    clean(detail.unwrap_or_default()).into_owned()
}

/// The SQLSTATE of an error that came from the server, else a dash.
fn sqlstate(error: &sqlx::Error) -> String {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.map_or_else(|| "-".to_owned(), Into::into)
}
