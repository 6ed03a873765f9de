//! What the bank has decided for all strategies: read by everybody, set by its administrators.

use sqlx::{Connection as _, PgConnection};

use super::StoreError;
use super::refusal::Refusal;
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::policy::PolicyRow;
use crate::msg;

/// Why a policy was not set.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// There is no policy of that word.
    #[error("there is no policy {0}")]
    Unknown(String),
    /// Its number cannot be so.
    #[error("{key} is out of its range")]
    Range {
        /// Which.
        key: String,
    },
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PolicyError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown(key) => Message::new(msg!("policy.unknown")).with("key", key.as_str()),
            Self::Range { key } => Message::new(msg!("policy.range")).with("key", key.as_str()),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for PolicyError {
    fn from(error: sqlx::Error) -> Self {
        match error.into() {
            Refusal::Unknown { name, .. } => Self::Unknown(name),
            Refusal::Constraint(name) if name == "policy_range" => {
                Self::Range { key: String::new() }
            }
            other => Self::Store(other.unexpected()),
        }
    }
}

/// Every policy, by its word.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection) -> Result<Vec<PolicyRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.key, p.value, p.low, p.high, p.set_by, baton.bank_time(p.set_at) as "set_at!"
           from baton.policy p order by p.key"#
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| PolicyRow {
        key: clean(&row.key).into_owned(),
        value: row.value,
        low: row.low,
        high: row.high,
        set_by: clean(&row.set_by).into_owned(),
        set_at: row.set_at,
    });
    Ok(rows.collect())
}

/// Sets one; without a number the bank sets no limit. The caller is a member of `baton_owner`.
///
/// # Errors
/// [`PolicyError`] with the reason.
pub async fn set(
    owner: &mut PgConnection,
    key: &str,
    value: Option<i64>,
) -> Result<(), PolicyError> {
    let mut tx = owner.begin().await?;
    sqlx::raw_sql("set local role baton_owner").execute(&mut *tx).await?;
    sqlx::query!("select baton.policy_set($1, $2)", key, value).execute(&mut *tx).await.map_err(
        |error| match PolicyError::from(error) {
            PolicyError::Range { .. } => PolicyError::Range { key: clean(key).into_owned() },
            other => other,
        },
    )?;
    tx.commit().await?;
    Ok(())
}
