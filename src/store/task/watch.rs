//! What the mid-office does with orders that are out, and what everybody is told.

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

use super::{TaskError, word};
use crate::domain::id::PushId;
use crate::domain::task::notice::{Notice, Told};
use crate::store::StoreError;
use crate::store::line;
use crate::store::segment::LIST_LIMIT;

/// How many notices are shown at most.
const NOTICES: i64 = 50;

/// Takes back what is not done, of one unit or of all; gives how many tasks.
///
/// # Errors
/// [`TaskError`].
pub async fn recall(
    db: &mut PgConnection,
    push: PushId,
    org: Option<&str>,
) -> Result<i64, TaskError> {
    let mut tx = db.begin().await?;
    line::allow(&mut tx, LIST_LIMIT).await?;
    let tasks = sqlx::query_scalar!(r#"select baton.push_recall($1, $2) as "n!""#, push.0, org)
        .fetch_one(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(tasks)
}

/// Gives back what was recalled today.
///
/// # Errors
/// [`TaskError`].
pub async fn undo_recall(
    db: &mut PgConnection,
    push: PushId,
    org: Option<&str>,
) -> Result<i64, TaskError> {
    let mut tx = db.begin().await?;
    line::allow(&mut tx, LIST_LIMIT).await?;
    let tasks =
        sqlx::query_scalar!(r#"select baton.push_recall_undo($1, $2) as "n!""#, push.0, org)
            .fetch_one(&mut *tx)
            .await?;
    tx.commit().await?;
    Ok(tasks)
}

/// Reminds the units with open tasks: how many now, and how many had been today.
///
/// # Errors
/// [`TaskError`].
pub async fn remind(db: &mut PgConnection, push: PushId) -> Result<(i64, i64), TaskError> {
    let row = sqlx::query!(
        r#"select reminded as "reminded!", before as "before!" from baton.push_remind($1)"#,
        push.0
    )
    .fetch_one(db)
    .await?;
    Ok((row.reminded, row.before))
}

/// Gives the orders a later last day; gives how many.
///
/// # Errors
/// [`TaskError`].
pub async fn extend(
    db: &mut PgConnection,
    push: PushId,
    until: NaiveDate,
) -> Result<i64, TaskError> {
    Ok(sqlx::query_scalar!(r#"select baton.push_extend($1, $2) as "n!""#, push.0, until)
        .fetch_one(db)
        .await?)
}

/// How many open tasks [`reassign`] would give.
///
/// # Errors
/// [`TaskError`].
pub async fn would_reassign(
    db: &mut PgConnection,
    push: PushId,
    from: Option<&str>,
    to: &str,
) -> Result<i64, TaskError> {
    let asked = sqlx::query_scalar!(
        r#"select baton.push_reassign_count($1, $2, $3) as "n!""#,
        push.0,
        from,
        to
    );
    Ok(asked.fetch_one(db).await?)
}

/// Gives the open tasks of one RM, or those that nobody of the unit has, to another of his unit; gives how many.
///
/// # Errors
/// [`TaskError`].
pub async fn reassign(
    db: &mut PgConnection,
    push: PushId,
    from: Option<&str>,
    to: &str,
) -> Result<i64, TaskError> {
    Ok(sqlx::query_scalar!(r#"select baton.push_reassign($1, $2, $3) as "n!""#, push.0, from, to)
        .fetch_one(db)
        .await?)
}

/// What the operator was told and has not read, the latest first: his unit's, or his own as an RM or by name. Of offers only those
/// that wait for an answer.
///
/// # Errors
/// Any [`StoreError`].
pub async fn notices(db: &mut PgConnection) -> Result<Vec<Notice>, StoreError> {
    let rows = sqlx::query!(
        r#"select n.push_id, v.name, n.key, s.waiting as "count!", n.day
           from baton.notice n join baton.operator o on o.name = session_user
           join baton.push p on p.id = n.push_id
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           cross join lateral (select case when n.key = 'offered'
               then least(n.count, baton.offers_waiting(n.push_id, n.org_id, n.staff_id)) else n.count end as waiting) s
           where n.read_at is null and s.waiting > 0
               and (n.operator = session_user or n.org_id = o.org_id and n.staff_id is not distinct from o.staff_id)
           order by n.at desc, n.id desc limit $1"#,
        NOTICES
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().filter_map(|row| {
        Some(Notice {
            push: PushId(row.push_id),
            name: word(&row.name),
            told: Told::from_code(&row.key)?,
            count: row.count,
            day: row.day,
        })
    });
    Ok(rows.collect())
}

/// The operator has read what he was told of a push.
///
/// # Errors
/// Any [`StoreError`].
pub async fn read(db: &mut PgConnection, push: PushId) -> Result<(), StoreError> {
    sqlx::query!("select baton.notice_read($1)", push.0).fetch_one(db).await?;
    Ok(())
}
