//! Why a strategy's step was refused, and what an operator is told of it.

use super::{state_name, state_of};
use crate::domain::message::Message;
use crate::domain::strategy::StrategyState;
use crate::domain::strategy::file::StrategyFileError;
use crate::domain::strategy::text::{Fault, Field, FieldError};
use crate::msg;
use crate::store::StoreError;
use crate::store::near;
use crate::store::refusal::Refusal;
use crate::store::walls::LifeError;

/// Why a strategy's step was refused.
#[derive(Debug, thiserror::Error)]
pub enum StrategyError {
    /// There is no such strategy.
    #[error("there is no strategy {code}")]
    Unknown {
        /// Its code.
        code: String,
        /// The one that was probably meant.
        meant: Option<String>,
    },
    /// A rule of it cannot be asked any more, or a script not filled; why.
    #[error("a rule of it cannot be asked any more")]
    Broken(Message),
    /// The strategy has no version of that number.
    #[error("{code} has no version {version}; its versions are 1 to {last}")]
    UnknownVersion {
        /// The strategy's code.
        code: String,
        /// What was asked for.
        version: i32,
        /// Its latest version; the first is 1.
        last: i32,
    },
    /// The text names a segment that nobody has saved.
    #[error("there is no segment {code}")]
    UnknownSegment {
        /// The segment's code.
        code: String,
        /// The one that was probably meant.
        meant: Option<String>,
    },
    /// The text names a unit, by this code, that the bank does not have.
    #[error("there is no unit {0}")]
    NoUnit(String),
    /// A field cannot be so.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// Something in it cannot be so, or the bank has no such thing.
    #[error(transparent)]
    File(#[from] StrategyFileError),
    /// Somebody has written a later version than the one that this text was made from. Nothing was written.
    #[error("v{latest} stands there, not v{base}")]
    Stale {
        /// The version that it was made from.
        base: i32,
        /// The version that stands there, 0 for none.
        latest: i32,
    },
    /// The version stands elsewhere than the step needs.
    #[error("{version} is {state:?}")]
    State {
        /// Which version: `ST-014 v2`.
        version: String,
        /// Where it stands.
        state: StrategyState,
    },
    /// The approver wrote this version.
    #[error("the approver wrote this version")]
    OwnWork {
        /// Who could approve it.
        approvers: Vec<String>,
    },
    /// The hash is not that of the text that stands there.
    #[error("the text has changed")]
    TextChanged,
    /// Who may not approve, delegate, pause, or says no reason.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StrategyError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Broken(reason) => reason.clone(),
            Self::Unknown { code, meant } => near::no_strategy(code, meant.as_deref()),
            Self::UnknownVersion { code, version, last } => {
                Message::new(msg!("strategy.unknown-version"))
                    .with("code", code.as_str())
                    .with("version", version.to_string())
                    .with("last", last.to_string())
            }
            Self::UnknownSegment { code, meant: None } => {
                Message::new(msg!("strategy.unknown-segment")).with("code", code.as_str())
            }
            Self::UnknownSegment { code, meant: Some(meant) } => {
                Message::new(msg!("strategy.unknown-segment-meant"))
                    .with("code", code.as_str())
                    .with("meant", meant.as_str())
            }
            Self::NoUnit(org) => Message::new(msg!("strategy.no-unit")).with("org", org.as_str()),
            Self::Field(error) => error.message(),
            Self::File(error) => error.message(),
            Self::Stale { base, latest } => {
                Message::new(msg!("strategy.stale")).with("base", *base).with("latest", *latest)
            }
            Self::State { version, state } => Message::new(msg!("strategy.wrong-state"))
                .with("version", version.as_str())
                .with("state", state_name(*state)),
            Self::OwnWork { approvers } if approvers.is_empty() => {
                msg!("strategy.own-work-nobody").into()
            }
            Self::OwnWork { approvers } => {
                Message::new(msg!("strategy.own-work")).with("approvers", approvers.join(", "))
            }
            Self::TextChanged => msg!("strategy.text-changed").into(),
            Self::Life(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for StrategyError {
    fn from(error: sqlx::Error) -> Self {
        Refusal::from(error).into()
    }
}

impl From<Refusal> for StrategyError {
    fn from(refusal: Refusal) -> Self {
        if let Some(error) = refusal.life() {
            return Self::Life(error);
        }
        match refusal {
            Refusal::Unknown { what, name } if what == "segment" => {
                Self::UnknownSegment { code: name, meant: None }
            }
            Refusal::Unknown { what, name } if what == "org_unit" => Self::NoUnit(name),
            Refusal::Unknown { name, .. } => Self::Unknown { code: name, meant: None },
            Refusal::Stale { latest } => Self::Stale { base: 0, latest },
            Refusal::State { state, version } => Self::State { version, state: state_of(&state) },
            Refusal::Constraint(name) if name == "approval_not_by_author" => {
                Self::OwnWork { approvers: Vec::new() }
            }
            Refusal::Constraint(name) if name == "approval_names_current_text" => Self::TextChanged,
            Refusal::Constraint(name) => match field_of(&name) {
                Some(field) => Self::Field(field),
                None => Self::Store(Refusal::Constraint(name).unexpected()),
            },
            other => Self::Store(other.unexpected()),
        }
    }
}

/// The field that a constraint holds. The text is read before it is sent; these are for whoever comes by another way.
fn field_of(constraint: &str) -> Option<FieldError> {
    let (field, fault) = match constraint {
        "strategy_version_code" => (Field::Code, Fault::NotACode),
        "strategy_version_name" => (Field::Name, Fault::Empty),
        "strategy_version_name_length" => (Field::Name, Fault::TooLong),
        "strategy_version_product" => (Field::Product, Fault::Empty),
        "strategy_version_script" => (Field::Script, Fault::Empty),
        "deadline_days_range" => (Field::DeadlineDays, Fault::DaysRange),
        "control_share_range" => (Field::ControlShare, Fault::ShareRange),
        _ => return None,
    };
    Some(FieldError { field, fault })
}
