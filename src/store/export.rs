//! Tables that leave the bank as files.

use sqlx::PgConnection;

use super::StoreError;
use super::refusal::Refusal;
use crate::domain::message::Message;
use crate::msg;

/// A table that is about to become a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving<'a> {
    /// The family of commands that lists it.
    pub family: &'a str,
    /// Its columns, as csv names them.
    pub columns: &'a [String],
    /// How many rows it has.
    pub rows: usize,
    /// The file's name, without where it lies.
    pub file: &'a str,
}

/// Why a table may not leave.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// More rows than may leave at once.
    #[error("{rows} rows")]
    TooMany {
        /// How many it has.
        rows: usize,
        /// Its rows and how many are allowed, as the database said it.
        limit: String,
    },
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ExportError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::TooMany { rows, limit } => Message::new(msg!("cli.into.too-many"))
                .with("rows", i64::try_from(*rows).unwrap_or(i64::MAX))
                .with("limit", limit.as_str()),
            Self::Store(error) => error.message(),
        }
    }
}

/// Says of the transaction that what it lists goes into a file: a list is then read whole, as far as it may leave at once.
///
/// # Errors
/// Any [`StoreError`].
pub async fn leaves(tx: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("select set_config('baton.leaves', 'on', true)").fetch_one(tx).await?;
    Ok(())
}

/// Refuses a list of `rows` that was `read` as far as it may leave at once, rather than a part of it.
///
/// # Errors
/// [`ExportError::TooMany`], or any [`StoreError`].
pub async fn whole(db: &mut PgConnection, read: usize, rows: usize) -> Result<(), ExportError> {
    if read >= rows {
        return Ok(());
    }
    let limit = sqlx::query_scalar!(r#"select baton.export_limit() as "limit!""#)
        .fetch_one(db)
        .await
        .map_err(StoreError::from)?;
    // Of a list that is longer than what was read, the rest may be of units that the operator does not see.
    if read >= usize::try_from(limit).unwrap_or_default() {
        return Err(ExportError::TooMany { rows, limit: limit.to_string() });
    }
    Ok(())
}

/// Tells the audit that a table leaves the bank.
///
/// # Errors
/// [`ExportError::TooMany`], or any [`StoreError`].
pub async fn note(db: &mut PgConnection, leaving: &Leaving<'_>) -> Result<(), ExportError> {
    let rows = i64::try_from(leaving.rows).unwrap_or(i64::MAX);
    let noted = sqlx::query!(
        "select baton.table_exported($1, $2, $3, $4)",
        leaving.family,
        leaving.columns,
        rows,
        leaving.file
    )
    .fetch_one(db)
    .await;
    match noted.map_err(Refusal::from) {
        Ok(_) => Ok(()),
        Err(Refusal::Limit { detail, .. }) => {
            let limit = detail.rsplit(' ').next().unwrap_or_default().to_owned();
            Err(ExportError::TooMany { rows: leaving.rows, limit })
        }
        Err(other) => Err(other.unexpected().into()),
    }
}
