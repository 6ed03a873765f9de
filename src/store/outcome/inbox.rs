//! Outcomes that branch systems write as messages (`baton.outcome_inbox`): the worker takes them in, and what it cannot
//! take in stays there with its reason and keeps nothing else waiting.

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection};

use crate::domain::clean::clean;
use crate::domain::outcome::{InboxCount, InboxReason, InboxRow, InboxTaken};
use crate::store::segment::LIST_LIMIT;
use crate::store::{StoreError, line};

/// Messages taken in by one transaction.
const AT_ONCE: i32 = 50_000;

/// Takes in every message that waits, some at a time, each lot in a transaction of its own.
///
/// # Errors
/// Any [`StoreError`]; what was taken in before stays so.
pub async fn take(db: &mut PgConnection) -> Result<InboxTaken, StoreError> {
    let mut sum = InboxTaken::default();
    loop {
        let mut tx = db.begin().await?;
        line::allow(&mut tx, LIST_LIMIT).await?;
        let lot = sqlx::query!(
            r#"select seen as "seen!", accepted as "accepted!", duplicate as "duplicate!", left_out as "left_out!"
               from baton.outcome_inbox_take($1)"#,
            AT_ONCE
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        sum.accepted += lot.accepted.unsigned_abs();
        sum.duplicate += lot.duplicate.unsigned_abs();
        sum.left_out += lot.left_out.unsigned_abs();
        if lot.seen < i64::from(AT_ONCE) {
            return Ok(sum);
        }
    }
}

/// How many messages wait or could not be taken in, by source.
///
/// # Errors
/// Any [`StoreError`].
pub async fn counts(db: &mut PgConnection) -> Result<Vec<InboxCount>, StoreError> {
    let rows = sqlx::query!(
        r#"select source as "source!", reason, messages as "messages!", oldest as "oldest!"
           from baton.outcome_inbox_counts()"#
    )
    .fetch_all(db)
    .await?;
    let count = |source: &str, reason: Option<&str>, messages, oldest: DateTime<Utc>| InboxCount {
        source: clean(source).into_owned(),
        reason: reason.map(InboxReason::of),
        messages,
        oldest,
    };
    Ok(rows
        .iter()
        .map(|row| count(&row.source, row.reason.as_deref(), row.messages, row.oldest))
        .collect())
}

/// Up to 100 messages that could not be taken in, the oldest first, after the first `skip`.
///
/// # Errors
/// [`StoreError::NotAllowed`] if this login may not import outcomes, or any other.
pub async fn left(db: &mut PgConnection, skip: i32) -> Result<Vec<InboxRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select source as "source!", message_id as "message!", push_id, customer_id, outcome, at,
                  received_at as "received_at!", sent_by as "sent_by!", reason as "reason!"
           from baton.outcome_inbox_left($1)"#,
        skip
    )
    .fetch_all(db)
    .await?;
    let text = |text: String| clean(&text).into_owned();
    Ok(rows
        .into_iter()
        .map(|row| InboxRow {
            source: text(row.source),
            message: text(row.message),
            push: row.push_id,
            customer: row.customer_id,
            outcome: row.outcome.map(text),
            at: row.at,
            received_at: row.received_at,
            sent_by: text(row.sent_by),
            reason: InboxReason::of(&row.reason),
        })
        .collect())
}

/// Has the worker try what could not be taken in once more; gives how many messages that are.
///
/// # Errors
/// [`StoreError::NotAllowed`] if this login may not import outcomes, or any other.
pub async fn retry(db: &mut PgConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(r#"select baton.outcome_inbox_retry() as "n!""#).fetch_one(db).await?)
}

/// Forgets the names of messages that were taken in longer ago than the bank keeps them; gives how many.
///
/// # Errors
/// [`StoreError::NotAllowed`] if this login may not, or any other.
pub async fn sweep(db: &mut PgConnection) -> Result<i32, StoreError> {
    Ok(sqlx::query_scalar!(r#"select baton.outcome_message_sweep() as "n!""#).fetch_one(db).await?)
}
