//! A rule's members on their way into a snapshot: from the column engine where one answers, else by SQL. Either way they
//! come as the operator may see them, and the database seals them.

use sqlx::{Connection as _, PgConnection};

use crate::domain::id::CustomerId;
use crate::domain::rule::Rule;
use crate::store::columns::{self, DataVersion};
use crate::store::engine::{Gap, Line, Members};
use crate::store::{StoreError, dynamic};

/// Why they did not come from the engine.
enum Lost {
    Gap(Gap),
    Store(StoreError),
}

impl From<Gap> for Lost {
    fn from(gap: Gap) -> Self {
        Self::Gap(gap)
    }
}

impl From<StoreError> for Lost {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for Lost {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Puts the members of `rule` into `intake` (a uuid) for `baton.snapshot_seal`. `line` was opened before the
/// transaction began: a ticket that is not committed is none.
pub(super) async fn take(
    tx: &mut PgConnection,
    intake: &str,
    rule: &Rule,
    line: Option<&mut Line>,
) -> Result<(), StoreError> {
    if let Some(line) = line {
        let mut step = tx.begin().await?;
        match from_columns(&mut step, intake, rule, line).await {
            Ok(count) => {
                step.commit().await?;
                tracing::debug!(count, "the members came from columns");
                return Ok(());
            }
            Err(lost) => {
                match lost {
                    Lost::Gap(gap) => tracing::debug!(%gap, "SQL finds the members"),
                    Lost::Store(error) => tracing::warn!(%error, "SQL finds the members"),
                }
                step.rollback().await?;
            }
        }
    }
    dynamic::take_members(tx, intake, rule).await?;
    Ok(())
}

async fn from_columns(
    tx: &mut PgConnection,
    intake: &str,
    rule: &Rule,
    line: &mut Line,
) -> Result<u64, Lost> {
    let members = line.members(rule).await?;
    let stands = columns::version(tx).await?;
    if !stands.is_some_and(|stands| is_of(&members, stands)) {
        return Err(Gap::Behind.into());
    }
    let (mut left, mut part) = (members.count, 0);
    while left > 0 {
        let some = line.some().await?;
        left = left.checked_sub(some.len() as u64).ok_or(Gap::Absent)?;
        put(tx, intake, part, &some).await?;
        part += 1;
    }
    Ok(members.count)
}

/// Puts some members into `intake` (a uuid) as its part of this number.
///
/// # Errors
/// Any [`StoreError`].
pub async fn put(
    db: &mut PgConnection,
    intake: &str,
    part: i32,
    members: &[CustomerId],
) -> Result<(), StoreError> {
    let ids: Vec<i64> = members.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into baton.member_part (intake, part, members) values ($1::text::uuid, $2, $3)",
        intake,
        part,
        &ids
    )
    .execute(db)
    .await?;
    Ok(())
}

fn is_of(members: &Members, stands: DataVersion) -> bool {
    members.load == stands.load && members.loaded_at == stands.loaded_at.timestamp_micros()
}
