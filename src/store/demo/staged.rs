//! In whose name the past is made, and on which day: the transaction is each operator in turn.

use chrono::NaiveDate;
use sqlx::PgConnection;

use crate::domain::message::Message;
use crate::store::StoreError;
use crate::store::coaching::CoachingError;
use crate::store::push::PushError;
use crate::store::review::ReviewError;
use crate::store::score::ScoreError;
use crate::store::segment::SegmentError;
use crate::store::strategy::StrategyError;

/// Who writes.
pub(super) const AUTHOR: &str = "li.strategist";
/// Who approves.
pub(super) const APPROVER: &str = "wang.approver";

/// Why the past could not be planted. None of it is there then.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// A segment.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// A strategy.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// A push.
    #[error(transparent)]
    Push(#[from] PushError),
    /// A review.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The coaching log.
    #[error(transparent)]
    Coaching(#[from] CoachingError),
    /// The score card.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PastError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Segment(error) => error.message(),
            Self::Strategy(error) => error.message(),
            Self::Push(error) => error.message(),
            Self::Review(error) => error.message(),
            Self::Coaching(error) => error.message(),
            Self::Score(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for PastError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// From here on the transaction is this operator's.
pub(super) async fn be(tx: &mut PgConnection, operator: &str) -> Result<(), StoreError> {
    sqlx::query_scalar!("select set_config('session_authorization', $1, true)", operator)
        .fetch_one(tx)
        .await?;
    Ok(())
}

pub(super) async fn be_internal(tx: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("set local session authorization default").execute(tx).await?;
    Ok(())
}

pub(super) async fn be_owner(tx: &mut PgConnection) -> Result<(), StoreError> {
    be_internal(tx).await?;
    sqlx::query("set local role baton_owner").execute(tx).await?;
    Ok(())
}

pub(super) async fn set_day(tx: &mut PgConnection, day: NaiveDate) -> Result<(), StoreError> {
    sqlx::query!("update baton.bank set as_of = $1", day).execute(tx).await?;
    Ok(())
}
