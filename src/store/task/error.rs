//! Why a step with a task or an order was not taken.

use crate::domain::message::Message;
use crate::msg;
use crate::store::StoreError;
use crate::store::customer::CustomerError;
use crate::store::refusal::Refusal;
use crate::store::strategy::StrategyError;

/// Why a task was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// There is no such push, task, unit, RM, order or referral.
    #[error("there is no {what} {name}")]
    Unknown {
        /// What was looked for, in the database's word.
        what: String,
        /// Its name.
        name: String,
    },
    /// Another unit's.
    #[error("{org} is another unit")]
    ForeignUnit {
        /// The unit.
        org: String,
    },
    /// The operator has opened as many tasks as a day has.
    #[error("{limit} tasks were opened within a day")]
    Limit {
        /// How many may be.
        limit: i64,
    },
    /// Any other failure, also what a task or an order stands against ([`StoreError::Task`]).
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TaskError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { what, name } => {
                let key = match what.as_str() {
                    "push" => msg!("push.unknown.push"),
                    "org_unit" => msg!("push.unknown.unit"),
                    "order" => msg!("push.unknown.order"),
                    "staff" => msg!("task.unknown.staff"),
                    "taker" => msg!("task.unknown.taker"),
                    "referral" => msg!("task.unknown.referral"),
                    "customer" => msg!("task.unknown.customer"),
                    "strategy" => msg!("push.unknown.strategy"),
                    _ => msg!("task.unknown.task"),
                };
                Message::new(key).with("name", name.as_str())
            }
            Self::ForeignUnit { org } => {
                Message::new(msg!("task.foreign-unit")).with("org", org.as_str())
            }
            Self::Limit { limit } => Message::new(msg!("task.limit")).with("limit", *limit),
            Self::Store(error) => error.message(),
        }
    }
}

impl TaskError {
    /// The same where a unit or an RM was asked for, whichever has the code: who has neither is told of both.
    #[must_use]
    pub fn of_either(self) -> Self {
        match self {
            Self::Unknown { what, name } if what == "staff" => {
                Self::Unknown { what: "taker".to_owned(), name }
            }
            other => other,
        }
    }
}

impl From<sqlx::Error> for TaskError {
    fn from(error: sqlx::Error) -> Self {
        match error.into() {
            Refusal::Unknown { what, name } => Self::Unknown { what, name },
            Refusal::ForeignUnit { org } => Self::ForeignUnit { org },
            Refusal::Limit { detail, .. } => {
                Self::Limit { limit: detail.parse().unwrap_or_default() }
            }
            other => Self::Store(other.unexpected()),
        }
    }
}

impl From<CustomerError> for TaskError {
    fn from(error: CustomerError) -> Self {
        match error {
            CustomerError::Unknown { customer } => {
                Self::Unknown { what: "customer".to_owned(), name: customer.to_string() }
            }
            CustomerError::Limit { limit } => Self::Limit { limit },
            CustomerError::Store(error) => Self::Store(error),
        }
    }
}

impl From<StrategyError> for TaskError {
    fn from(error: StrategyError) -> Self {
        match error {
            StrategyError::Store(error) => Self::Store(error),
            other => Self::Unknown { what: "strategy".to_owned(), name: other.to_string() },
        }
    }
}
