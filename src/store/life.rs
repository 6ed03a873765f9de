//! The life of a strategy beyond its texts: sent back, delegated, paused and resumed.

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

use super::strategy::{StrategyError, show};
use super::{StoreError, near};
use crate::domain::clean::clean;
use crate::domain::hash::ContentHash;
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::life::Delegation;

/// Sends the submitted version back to its author, if `hash` is still its text; `stands_for` says in whose name, if not
/// in one's own.
///
/// # Errors
/// [`StrategyError::TextChanged`], [`StrategyError::State`], [`StrategyError::Life`], or any other [`StrategyError`].
pub async fn send_back(
    db: &mut PgConnection,
    code: &str,
    hash: ContentHash,
    comment: &str,
    stands_for: Option<&str>,
) -> Result<StrategyRow, StrategyError> {
    let done = sqlx::query_scalar!(
        r#"select baton.strategy_send_back($1, $2, $3, $4) as "version!""#,
        code,
        &hash.0[..],
        comment,
        stands_for
    )
    .fetch_one(&mut *db)
    .await;
    let version = near::done::<_, StrategyError>(db, done).await?;
    show(db, code, Some(version)).await
}

/// Stops a strategy: nothing of it is planned, pushed or delivered until it is resumed.
///
/// # Errors
/// [`StrategyError::State`] if nothing of it is approved or live, [`StrategyError::Life`] without a reason, or any other
/// [`StrategyError`].
pub async fn pause(
    db: &mut PgConnection,
    code: &str,
    reason: &str,
) -> Result<StrategyRow, StrategyError> {
    let done =
        sqlx::query!("select baton.strategy_pause($1, $2)", code, reason).execute(&mut *db).await;
    near::done::<_, StrategyError>(db, done).await?;
    touched(db, code).await
}

/// Lets a paused strategy go on.
///
/// # Errors
/// [`StrategyError::Life`] if it is not paused or without a reason, or any other [`StrategyError`].
pub async fn resume(
    db: &mut PgConnection,
    code: &str,
    reason: &str,
) -> Result<StrategyRow, StrategyError> {
    let done =
        sqlx::query!("select baton.strategy_resume($1, $2)", code, reason).execute(&mut *db).await;
    near::done::<_, StrategyError>(db, done).await?;
    touched(db, code).await
}

/// The version that a pause is about: the latest that is paused, live or approved, else the latest.
async fn touched(db: &mut PgConnection, code: &str) -> Result<StrategyRow, StrategyError> {
    let version = sqlx::query_scalar!(
        r#"select version as "version!" from baton.strategy_row where code = $1
           order by state in ('paused', 'live', 'approved') desc, version desc limit 1"#,
        code
    )
    .fetch_optional(&mut *db)
    .await?;
    show(db, code, version).await
}

/// The kill switch: stops every strategy that is approved or live, and gives how many.
///
/// # Errors
/// [`StrategyError::Life`] without a reason, or any other [`StrategyError`].
pub async fn pause_all(db: &mut PgConnection, reason: &str) -> Result<i32, StrategyError> {
    Ok(sqlx::query_scalar!(r#"select baton.strategy_pause_all($1) as "n!""#, reason)
        .fetch_one(db)
        .await?)
}

/// Lets all go on that the operator may let go on, and gives how many.
///
/// # Errors
/// [`StrategyError::Life`] without a reason, or any other [`StrategyError`].
pub async fn resume_all(db: &mut PgConnection, reason: &str) -> Result<i32, StrategyError> {
    Ok(sqlx::query_scalar!(r#"select baton.strategy_resume_all($1) as "n!""#, reason)
        .fetch_one(db)
        .await?)
}

/// Lets `delegate` approve in the caller's name from one day to another.
///
/// # Errors
/// [`StrategyError::Life`] with the reason, or any other [`StrategyError`].
pub async fn delegate(
    db: &mut PgConnection,
    delegate: &str,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Delegation, StrategyError> {
    let made =
        sqlx::query_scalar!(r#"select baton.delegate($1, $2, $3) as "id!""#, delegate, from, to)
            .fetch_one(&mut *db)
            .await?;
    Ok(delegation(db, made).await?)
}

/// The same for an approver who is away already. The caller is a member of `baton_owner`.
///
/// # Errors
/// As [`delegate`].
pub async fn delegate_for(
    owner: &mut PgConnection,
    delegator: &str,
    delegate: &str,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Delegation, StrategyError> {
    let mut tx = owner.begin().await?;
    sqlx::raw_sql("set local role baton_owner").execute(&mut *tx).await?;
    let made = sqlx::query_scalar!(
        r#"select baton.delegate_for($1, $2, $3, $4) as "id!""#,
        delegator,
        delegate,
        from,
        to
    )
    .fetch_one(&mut *tx)
    .await?;
    let made = delegation(&mut tx, made).await?;
    tx.commit().await?;
    Ok(made)
}

/// Ends a delegation of the caller's before its last day.
///
/// # Errors
/// [`StrategyError::Life`] if he has none of that number, or any other [`StrategyError`].
pub async fn end_delegation(db: &mut PgConnection, id: i64) -> Result<(), StrategyError> {
    sqlx::query!("select baton.delegation_end($1)", id).execute(db).await?;
    Ok(())
}

/// Every delegation, the newest first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn delegations(db: &mut PgConnection) -> Result<Vec<Delegation>, StoreError> {
    read(db, None).await
}

/// One that is there.
async fn delegation(db: &mut PgConnection, id: i64) -> Result<Delegation, StoreError> {
    let found = read(db, Some(id)).await?.pop();
    found.ok_or(StoreError::Database(sqlx::Error::RowNotFound))
}

async fn read(db: &mut PgConnection, id: Option<i64>) -> Result<Vec<Delegation>, StoreError> {
    let rows = sqlx::query!(
        r#"select d.id, d.delegator, d.delegate, d.from_day, d.to_day, d.ended_at is not null as "ended!",
                  d.ended_at is null and baton.clock_day() between d.from_day and d.to_day as "now!"
           from baton.delegation d where d.id = $1 or $1::bigint is null order by d.id desc limit 500"#,
        id
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| Delegation {
        id: row.id,
        delegator: clean(&row.delegator).into_owned(),
        delegate: clean(&row.delegate).into_owned(),
        from: row.from_day,
        to: row.to_day,
        now: row.now,
        ended: row.ended,
    });
    Ok(rows.collect())
}

/// The operators in whose names the caller may approve today.
///
/// # Errors
/// Any [`StoreError`].
pub async fn stands_for(db: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let names = sqlx::query_scalar!(
        r#"select distinct d.delegator from baton.delegation d
           where d.delegate = session_user and baton.delegation_now(d.delegator, d.delegate) is not null order by 1"#
    )
    .fetch_all(db)
    .await?;
    Ok(names.iter().map(|name| clean(name).into_owned()).collect())
}

/// Says which person a login is; without one, nobody but itself. The caller is a member of `baton_owner`.
///
/// # Errors
/// [`StrategyError::Life`] if there is no such operator, or any other [`StrategyError`].
pub async fn set_person(
    owner: &mut PgConnection,
    name: &str,
    person: Option<&str>,
) -> Result<(), StrategyError> {
    let mut tx = owner.begin().await?;
    sqlx::raw_sql("set local role baton_owner").execute(&mut *tx).await?;
    sqlx::query!("select baton.operator_person($1, $2)", name, person).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
