//! The queue of messages as a worker sees it: claim under a lease, send, say how it went (`migrations/0040_delivery.sql`).
//!
//! Whatever is said of a message names the lease under which it is held. Who has slept past it is refused
//! ([`DeliveryError::LeaseLost`]): another may have the message now.

pub mod door;
pub mod status;

use std::time::Duration;

use serde_json::Value;
use sqlx::{Connection as _, PgConnection};

use super::segment::LIST_LIMIT;
use super::{StoreError, line};
use crate::domain::clean::clean;
use crate::domain::delivery::{DoorKind, Envelope, Reason, backoff};
use crate::domain::webhook::Refused;

/// The channel on which a push says that it has messages.
pub const CHANNEL: &str = "baton_delivery";

/// Why a step of delivery was refused.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The lease has run out, or another worker has some of these messages.
    #[error("the lease of {messages} messages is lost")]
    LeaseLost {
        /// Of how many.
        messages: i64,
    },
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for DeliveryError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::postgres::PgDatabaseError;
        let refused = error.as_database_error().filter(|db| db.code().as_deref() == Some("BT440"));
        let detail = refused
            .and_then(|db| db.try_downcast_ref::<PgDatabaseError>())
            .map(|db| db.detail().unwrap_or_default().parse().unwrap_or_default());
        match detail {
            Some(messages) => Self::LeaseLost { messages },
            None => Self::Store(error.into()),
        }
    }
}

impl DeliveryError {
    /// Why the database would not take messages; none if it was not the messages' fault.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        let Self::Store(StoreError::Database(error)) = self else { return None };
        let code = error.as_database_error()?.code()?;
        Some(Reason::Database(code.into_owned()))
    }
}

/// What a worker has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The number that whatever is said of them must name.
    pub lease: i64,
    /// The messages, in the order of their making.
    pub messages: Vec<Envelope>,
}

/// Claims up to `most` messages that are due; nothing if there is none.
///
/// # Errors
/// [`StoreError::NotAllowed`], or any other [`StoreError`].
pub async fn claim(
    db: &mut PgConnection,
    most: i32,
    lease: Duration,
) -> Result<Option<Claimed>, StoreError> {
    let rows = sqlx::query!(
        r#"select lease as "lease!", id as "id!", key as "key!", door as "door!", door_kind as "door_kind!", target as "target!",
                  tasks as "tasks!", tries as "tries!"
           from baton.message_claim($1, $2)"#,
        most,
        seconds(lease)
    )
    .fetch_all(db)
    .await?;
    let Some(lease) = rows.first().map(|row| row.lease) else { return Ok(None) };
    let messages = rows.into_iter().filter_map(|row| {
        Some(Envelope {
            id: row.id,
            key: clean(&row.key).into_owned(),
            door: clean(&row.door).into_owned(),
            kind: DoorKind::from_code(&row.door_kind)?,
            target: row.target,
            tasks: row.tasks.into(),
            tries: u32::try_from(row.tries).unwrap_or_default(),
        })
    });
    Ok(Some(Claimed { lease, messages: messages.collect() }))
}

fn seconds(lease: Duration) -> i32 {
    i32::try_from(lease.as_secs()).unwrap_or(i32::MAX)
}

fn millis(wait: Duration) -> i64 {
    i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
}

fn ids(messages: &[Envelope]) -> Vec<i64> {
    messages.iter().map(|message| message.id).collect()
}

/// Puts messages into the inbox and finishes them, in one transaction.
///
/// # Errors
/// [`DeliveryError::LeaseLost`], or any [`StoreError`]; nothing has happened then.
pub async fn into_inbox(
    db: &mut PgConnection,
    lease: i64,
    messages: &[Envelope],
) -> Result<(), DeliveryError> {
    let mut tx = db.begin().await?;
    line::allow(&mut tx, LIST_LIMIT).await?;
    sqlx::query!("select baton.message_inbox($1, $2)", lease, &ids(messages))
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The texts of messages, in their order, for a door outside the database.
///
/// # Errors
/// [`DeliveryError::LeaseLost`], or any [`StoreError`].
pub async fn texts(
    db: &mut PgConnection,
    lease: i64,
    messages: &[Envelope],
) -> Result<Vec<Value>, DeliveryError> {
    let rows = sqlx::query!(
        r#"select id as "id!", body::text as "body!" from baton.message_texts($1, $2)"#,
        lease,
        &ids(messages)
    )
    .fetch_all(db)
    .await?;
    let text = |message: &Envelope| {
        let row = rows.iter().find(|row| row.id == message.id);
        row.and_then(|row| serde_json::from_str(&row.body).ok()).unwrap_or_default()
    };
    Ok(messages.iter().map(text).collect())
}

/// Says that these have left.
///
/// # Errors
/// [`DeliveryError::LeaseLost`], or any [`StoreError`]: they are sent again then, under the same names.
pub async fn done(
    db: &mut PgConnection,
    lease: i64,
    messages: &[Envelope],
) -> Result<(), DeliveryError> {
    sqlx::query!("select baton.message_done($1, $2)", lease, &ids(messages)).execute(db).await?;
    Ok(())
}

/// Says that these could not leave, and why. `seed` draws when each is tried again, not before the system wants to be asked.
///
/// # Errors
/// [`DeliveryError::LeaseLost`], or any [`StoreError`].
pub async fn failed(
    db: &mut PgConnection,
    lease: i64,
    messages: &[Envelope],
    why: &Refused,
    seed: u64,
) -> Result<(), DeliveryError> {
    let rest = why.after.unwrap_or_default();
    let wait =
        |message: &Envelope| backoff(message.tries, seed ^ message.id.unsigned_abs()).max(rest);
    let waits: Vec<i64> = messages.iter().map(|message| millis(wait(message))).collect();
    sqlx::query!(
        "select baton.message_refused($1, $2, $3, $4, $5, $6)",
        lease,
        &ids(messages),
        why.reason.code(),
        &waits,
        why.reason.is_final(),
        millis(rest)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives these back without a try, to be looked at again after `wait`; those behind an open breaker wait with the others.
///
/// # Errors
/// Any [`StoreError`]; the lease runs out by itself then.
pub async fn untried(
    db: &mut PgConnection,
    lease: i64,
    messages: &[Envelope],
    wait: Duration,
) -> Result<i32, StoreError> {
    let given = sqlx::query_scalar!(
        r#"select baton.message_untried($1, $2, $3) as "n!""#,
        lease,
        &ids(messages),
        millis(wait)
    );
    Ok(given.fetch_one(db).await?)
}

/// Says that the worker is alive and wants more time; gives of how many messages it still has the lease.
///
/// # Errors
/// Any [`StoreError`].
pub async fn renew(db: &mut PgConnection, lease: i64, more: Duration) -> Result<i32, StoreError> {
    Ok(sqlx::query_scalar!(r#"select baton.message_renew($1, $2) as "n!""#, lease, seconds(more))
        .fetch_one(db)
        .await?)
}

/// Gives back what was claimed and not tried.
///
/// # Errors
/// Any [`StoreError`]; the lease runs out by itself then.
pub async fn release(db: &mut PgConnection, lease: i64) -> Result<i32, StoreError> {
    Ok(sqlx::query_scalar!(r#"select baton.message_release($1) as "n!""#, lease)
        .fetch_one(db)
        .await?)
}

/// How long until a message is due; none if nothing waits.
///
/// # Errors
/// Any [`StoreError`].
pub async fn due(db: &mut PgConnection) -> Result<Option<Duration>, StoreError> {
    let millis = sqlx::query_scalar!("select baton.message_due()").fetch_one(db).await?;
    Ok(millis.map(|millis| Duration::from_millis(millis.unsigned_abs())))
}

/// Forgets workers that are gone and texts that were taken a week ago.
///
/// # Errors
/// Any [`StoreError`].
pub async fn sweep(db: &mut PgConnection) -> Result<i32, StoreError> {
    Ok(sqlx::query_scalar!(r#"select baton.delivery_sweep() as "n!""#).fetch_one(db).await?)
}
