//! Why there is no score card.

use crate::domain::message::Message;
use crate::domain::score::Of;
use crate::domain::score::file::CardError;
use crate::msg;
use crate::store::StoreError;
use crate::store::kpi::KpiFailure;
use crate::store::refusal::Refusal;

/// Why there is no score card.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The file is no card.
    #[error(transparent)]
    File(CardError),
    /// None was loaded yet.
    #[error("no card was loaded")]
    NoCard,
    /// The card has nothing of units, or of RMs.
    #[error("the card has no items of {of:?}")]
    NoItems {
        /// Which.
        of: Of,
    },
    /// No period.
    #[error("{period} is no period")]
    Period {
        /// As it was written.
        period: String,
    },
    /// The period has not begun.
    #[error("{period} has not begun")]
    Future {
        /// As it was written.
        period: String,
    },
    /// There is no such unit.
    #[error("there is no unit {org}")]
    UnknownOrg {
        /// Its code.
        org: String,
    },
    /// There is no such RM.
    #[error("there is no RM {rm}")]
    UnknownRm {
        /// The code.
        rm: String,
    },
    /// It is there, and not the caller's to see.
    #[error("{name} is not the caller's")]
    Foreign {
        /// The code.
        name: String,
    },
    /// The metrics could not be read.
    #[error(transparent)]
    Kpi(Box<KpiFailure>),
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ScoreError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let named = |key, name: &str| Message::new(key).with("name", name);
        match self {
            Self::File(error) => error.message(),
            Self::NoCard => msg!("score.no-card").into(),
            Self::NoItems { of: Of::Unit } => msg!("score.no-unit-items").into(),
            Self::NoItems { of: Of::Rm } => msg!("score.no-rm-items").into(),
            Self::Period { period } => named(msg!("score.no-period"), period),
            Self::Future { period } => named(msg!("score.future"), period),
            Self::UnknownOrg { org } => {
                Message::new(msg!("kpi.unknown-org")).with("org", org.as_str())
            }
            Self::UnknownRm { rm } => named(msg!("score.unknown-rm"), rm),
            Self::Foreign { name } => named(msg!("score.foreign"), name),
            Self::Kpi(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<KpiFailure> for ScoreError {
    fn from(error: KpiFailure) -> Self {
        match error {
            KpiFailure::Store(error) => Self::Store(error),
            other => Self::Kpi(Box::new(other)),
        }
    }
}

impl From<sqlx::Error> for ScoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(Refusal::from(error).unexpected())
    }
}
