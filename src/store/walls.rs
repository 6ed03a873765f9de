//! What the walls of a strategy's life and of its pushes say: which rule does not hold, as data.

use sqlx::PgConnection;

use super::bank;
use crate::domain::clean::clean;
use crate::domain::message::{Arg, Message};
use crate::domain::money::{Currency, Minor};
use crate::msg;

/// Why a step in a strategy's life was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum LifeError {
    /// The approver, or the one in whose name he speaks, has written a version of it.
    Writer {
        /// Who could approve it.
        may: Vec<String>,
    },
    /// The other level was given by the same person, or in his name.
    SamePerson {
        /// Who could approve it.
        may: Vec<String>,
    },
    /// Who would send it back, or the one in whose name, has written a version of it.
    OwnText,
    /// Nobody of that name has delegated to the caller for today.
    NoDelegation {
        /// In whose name it was tried.
        name: String,
    },
    /// A budget is named, and no price that it could be reckoned by.
    NoPrice {
        /// Which version.
        version: String,
    },
    /// A comment or a reason must say something, and not more than 2,000 characters.
    NoReason,
    /// The strategy is not paused.
    NotPaused {
        /// Its code.
        code: String,
    },
    /// Another has paused it, and the caller is no approver.
    PausedBy {
        /// Who.
        name: String,
        /// The strategy's code.
        code: String,
    },
    /// There is no such operator, or he is no approver.
    NoOperator {
        /// The name.
        name: String,
    },
    /// Nobody delegates to himself, under whatever login.
    ToHimself,
    /// The last day is before the first, or more than a year after it.
    Days,
    /// The last day is past.
    Past,
    /// The operator has no such delegation that still holds.
    NotDelegated,
}

impl LifeError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let among = |some: Message, none: Message, may: &[String]| {
            if may.is_empty() { none } else { some.with("approvers", may.join(", ")) }
        };
        match self {
            Self::Writer { may } => {
                among(msg!("life.writer").into(), msg!("life.writer-nobody").into(), may)
            }
            Self::SamePerson { may } => {
                among(msg!("life.same-person").into(), msg!("life.same-person-nobody").into(), may)
            }
            Self::NoDelegation { name } => {
                Message::new(msg!("life.no-delegation")).with("name", name.as_str())
            }
            Self::NoPrice { version } => {
                Message::new(msg!("life.no-price")).with("version", version.as_str())
            }
            Self::NoReason => msg!("life.no-reason").into(),
            Self::NotPaused { code } => {
                Message::new(msg!("life.not-paused")).with("code", code.as_str())
            }
            Self::PausedBy { name, code } => Message::new(msg!("life.paused-by"))
                .with("name", name.as_str())
                .with("code", code.as_str()),
            Self::NoOperator { name } => {
                Message::new(msg!("life.no-operator")).with("name", name.as_str())
            }
            Self::ToHimself => msg!("life.to-himself").into(),
            Self::OwnText => msg!("life.own-text").into(),
            Self::Days => msg!("life.days").into(),
            Self::Past => msg!("life.past").into(),
            Self::NotDelegated => msg!("life.not-delegated").into(),
        }
    }

    /// What a constraint of these tables holds.
    pub(super) fn of_constraint(name: &str) -> Option<Self> {
        Some(match name {
            "approval_not_by_writer" => Self::Writer { may: Vec::new() },
            "approval_by_another_person" => Self::SamePerson { may: Vec::new() },
            "approval_by_delegation" => Self::NoDelegation { name: String::new() },
            "send_back_comment" | "pause_reason" | "resume_reason" => Self::NoReason,
            "delegation_to_another" => Self::ToHimself,
            "delegation_range" => Self::Days,
            "delegation_past" => Self::Past,
            "send_back_not_by_writer" => Self::OwnText,
            _ => return None,
        })
    }
}

/// What a push is not true of any more, or never was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum PushWall {
    /// Nothing goes out today.
    Blackout {
        /// Why.
        reason: String,
    },
    /// Its list is so large, or its budget, that one more must approve it.
    Levels {
        /// Which version.
        version: String,
    },
    /// A budget is named, and no price.
    NoPrice {
        /// Which version.
        version: String,
    },
    /// Of those who wrote and approved it, two are one person by now.
    OnePerson {
        /// The strategy and its version.
        version: String,
        /// The two logins.
        logins: String,
    },
    /// The benefits would cost more than they may.
    Cap {
        /// The most that they may.
        cap: Minor,
        /// What they would, with all pushes of the strategy.
        cost: Minor,
        /// The bank's money.
        currency: Currency,
    },
    /// More benefits would be needed than there are.
    Stock {
        /// How many exist.
        stock: i64,
        /// How many would be needed, with all pushes of the strategy.
        needed: i64,
        /// How many were given.
        given: i64,
    },
}

impl PushWall {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Blackout { reason } => {
                Message::new(msg!("life.blackout")).with("reason", reason.as_str())
            }
            Self::Levels { version } => {
                Message::new(msg!("life.levels")).with("version", version.as_str())
            }
            Self::OnePerson { version, logins } => Message::new(msg!("life.one-person"))
                .with("version", version.as_str())
                .with("logins", logins.as_str()),
            Self::NoPrice { version } => {
                Message::new(msg!("life.no-price")).with("version", version.as_str())
            }
            Self::Cap { cap, cost, currency } => Message::new(msg!("life.cap"))
                .with("cap", Arg::Money(*cap, *currency))
                .with("cost", Arg::Money(*cost, *currency)),
            Self::Stock { stock, needed, given } => Message::new(msg!("life.stock"))
                .with("stock", *stock)
                .with("needed", *needed)
                .with("given", *given),
        }
    }

    /// What `BT203` to `BT207` and `BT214` say; `None` for another code.
    pub(super) fn of(code: &str, message: &str, detail: &str) -> Option<Self> {
        let version = || clean(detail).into_owned();
        let word = |at: usize| -> i64 {
            detail.split(' ').nth(at).and_then(|part| part.parse().ok()).unwrap_or_default()
        };
        let amount = |text: &str| Minor(text.parse().unwrap_or(i64::MAX));
        Some(match code {
            "BT203" => Self::Blackout { reason: version() },
            "BT204" => Self::Levels { version: version() },
            "BT205" => Self::NoPrice { version: version() },
            "BT207" => Self::OnePerson { version: version(), logins: clean(message).into_owned() },
            // Whoever tells it knows the bank's money; see `with_currency`.
            "BT206" => {
                Self::Cap { cap: amount(message), cost: amount(detail), currency: Currency::CNY }
            }
            "BT214" => Self::Stock {
                stock: message.parse().unwrap_or_default(),
                needed: word(0),
                given: word(1),
            },
            _ => return None,
        })
    }

    /// The same, its amounts in the bank's own money.
    pub(super) async fn with_currency(self, db: &mut PgConnection) -> Self {
        match (self, bank::bank(db).await) {
            (Self::Cap { cap, cost, .. }, Ok(bank)) => {
                Self::Cap { cap, cost, currency: bank.currency }
            }
            (wall, _) => wall,
        }
    }
}

impl LifeError {
    /// What is missing, where the owner's functions of a strategy's life say so.
    pub(super) fn of_missing(what: &str, name: &str) -> Option<Self> {
        let name = name.to_owned();
        Some(match what {
            "operator" | "approver" => Self::NoOperator { name },
            "delegation" => Self::NotDelegated,
            "pause" => Self::NotPaused { code: name },
            _ => return None,
        })
    }
}
