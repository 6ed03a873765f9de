//! Running moments that are on, as a worker does: one day of one moment in one transaction.

use sqlx::{Connection as _, PgConnection};

use super::{MomentError, fresh};
use crate::domain::clean::clean;
use crate::domain::event_rule::{Ran, edge};
use crate::domain::operator::Duty;
use crate::domain::rule::Bind;
use crate::store::built::Built;
use crate::store::segment::LIST_LIMIT;
use crate::store::{StoreError, attribute, dynamic, line, mart};

/// Says whether this login may run moments, before there is one to run.
///
/// # Errors
/// [`StoreError::NotAllowed`], or any other [`StoreError`].
pub async fn allowed(db: &mut PgConnection) -> Result<(), StoreError> {
    let duty = Duty::Loader;
    let may = sqlx::query_scalar!(r#"select baton.has_duty($1) as "may!""#, duty.code())
        .fetch_one(db)
        .await?;
    if may { Ok(()) } else { Err(StoreError::NotAllowed { duty }) }
}

/// The moments that are on, by code.
///
/// # Errors
/// Any [`StoreError`].
pub async fn enabled(db: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!("select code from baton.moment where state = 'on' order by code")
        .fetch_all(db)
        .await?)
}

/// Runs a moment for the next day that it has not been run for since the last load; nothing if there is none, or if
/// another worker has it. All of the day is kept, or nothing.
///
/// # Errors
/// [`MomentError::Rule`] if the dictionary has changed under the rule, [`MomentError::Off`], or any [`StoreError`].
pub async fn next(db: &mut PgConnection, code: &str) -> Result<Option<Ran>, MomentError> {
    let mut tx = db.begin().await?;
    line::allow(&mut tx, LIST_LIMIT).await?;
    let claimed = sqlx::query!(
        r#"select version as "version!", rule as "rule!", day as "day!", load_id as "load_id!",
                  gen_random_uuid()::text as "intake!"
           from baton.moment_claim($1)"#,
        code
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(claimed) = claimed else { return Ok(None) };
    let vocabulary = attribute::vocabulary(&mut tx).await?;
    let (rule, before) = edge(&claimed.rule, &vocabulary, claimed.day)
        .map_err(|error| MomentError::Rule { code: clean(code).into_owned(), error })?;
    // A mart that somebody has locked is named, and the other rules go on.
    mart::days(&mut tx, rule.marts()).await?;
    let mut built = Built::new("insert into baton.member_intake (intake, customer_id) select ");
    built.bind(Bind::Text(claimed.intake.clone()), "text::uuid").words(", h.customer_id from ");
    fresh(&mut built, &rule, &before);
    if let Err(error) = dynamic::fetch_all(&mut tx, &built).await {
        tx.rollback().await?;
        return Err(mart::blamed(db, &[&rule], error.into()).await.into());
    }
    let new = sqlx::query_scalar!(
        r#"select baton.moment_take($1, $2, $3, $4, $5::text::uuid) as "new!""#,
        code,
        claimed.version,
        claimed.day,
        claimed.load_id,
        claimed.intake
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    let moment = clean(code).into_owned();
    Ok(Some(Ran { moment, version: claimed.version, day: claimed.day, new }))
}
