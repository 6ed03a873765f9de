//! What keeps the lists' storage small: old plans are forgotten, the lists of ended pushes merged (`migrations/0022_push.sql`).

use sqlx::{Connection as _, PgConnection};

use super::segment::LIST_LIMIT;
use super::{StoreError, line};

/// Forgets plans that waited a week for their push, drops what was left, and merges the lists of ended pushes until
/// there is nothing to gain. Gives how many plans and homes that were.
///
/// # Errors
/// Any [`StoreError`]; what was done before stays done.
pub async fn keep_lists(db: &mut PgConnection) -> Result<i32, StoreError> {
    let mut kept =
        sqlx::query_scalar!(r#"select baton.push_sweep() as "n!""#).fetch_one(&mut *db).await?;
    loop {
        let mut tx = db.begin().await?;
        line::allow(&mut tx, LIST_LIMIT).await?;
        let merged = sqlx::query_scalar!(r#"select baton.push_archive() as "n!""#)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        if merged == 0 {
            return Ok(kept);
        }
        kept += merged;
    }
}
