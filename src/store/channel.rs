//! The channel plans of live pushes, taken on by the worker (`migrations/0092_channels.sql`).

use sqlx::{Connection as _, PgConnection};

use super::segment::LIST_LIMIT;
use super::{StoreError, line};
use crate::domain::delivery::ChannelsGone;
use crate::domain::id::PushId;

/// Tasks that are looked at together.
const AT_ONCE: i32 = 20_000;

/// Takes on the tasks of one push that are due; none if nothing is left to look at. One transaction: all of it or nothing, and another
/// worker passes it by.
///
/// # Errors
/// [`StoreError::NotAllowed`], or any other [`StoreError`].
pub async fn round(db: &mut PgConnection) -> Result<Option<ChannelsGone>, StoreError> {
    let mut tx = db.begin().await?;
    line::allow(&mut tx, LIST_LIMIT).await?;
    let row = sqlx::query!("select push, looked, went from baton.channel_round($1)", AT_ONCE)
        .fetch_one(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(row.push.map(|push| ChannelsGone {
        push: PushId(push),
        looked: row.looked.unwrap_or_default(),
        went: row.went.unwrap_or_default(),
    }))
}
