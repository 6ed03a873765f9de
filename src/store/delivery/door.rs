//! Doors: how messages leave for branch systems. Only the bank's administrators make one, for customers' records leave by it.

use sqlx::{Connection as _, PgConnection};

use crate::domain::clean::clean;
use crate::domain::delivery::{DoorKind, DoorRow};
use crate::domain::message::Message;
use crate::msg;
use crate::store::StoreError;
use crate::store::refusal::Refusal;

/// Why a door was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// There is no such unit, login or door.
    #[error("there is no {what} {name}")]
    Unknown {
        /// `org_unit`, `role` or `door`.
        what: String,
        /// Its name.
        name: String,
    },
    /// A code has letters, digits, `-` and `_`, 40 at most.
    #[error("not a code")]
    BadCode,
    /// A directory is named from the root on; an address is http or https and has no login and no query.
    #[error("not a whole path, or no address")]
    BadTarget,
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for DoorError {
    fn from(error: sqlx::Error) -> Self {
        match error.into() {
            Refusal::Unknown { what, name } => Self::Unknown { what, name },
            Refusal::Constraint(name) if name == "door_code" => Self::BadCode,
            Refusal::Constraint(name) if name == "door_target" => Self::BadTarget,
            other => Self::Store(other.unexpected()),
        }
    }
}

impl DoorError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { what, name } => {
                let key = match what.as_str() {
                    "org_unit" => msg!("push.unknown.unit"),
                    "role" => msg!("delivery.unknown.role"),
                    _ => msg!("delivery.unknown.door"),
                };
                Message::new(key).with("name", name.as_str())
            }
            Self::BadCode => msg!("delivery.door.bad-code").into(),
            Self::BadTarget => msg!("delivery.door.bad-target").into(),
            Self::Store(error) => error.message(),
        }
    }
}

/// Makes a door, or changes it; it then serves these units and those below them, or the whole bank if none is named. The
/// caller is a member of `baton_owner`.
///
/// # Errors
/// [`DoorError`] with the reason.
pub async fn put(
    owner: &mut PgConnection,
    code: &str,
    kind: DoorKind,
    target: &str,
    units: &[String],
) -> Result<(), DoorError> {
    let mut tx = owner.begin().await?;
    sqlx::raw_sql("set local role baton_owner").execute(&mut *tx).await?;
    sqlx::query!("select baton.door_put($1, $2, $3, $4)", code, kind.code(), target, units)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Opens or shuts a door; what would leave by one that is shut waits. The caller is a member of `baton_owner`.
///
/// # Errors
/// [`DoorError`] with the reason.
pub async fn set(owner: &mut PgConnection, code: &str, on: bool) -> Result<(), DoorError> {
    let mut tx = owner.begin().await?;
    sqlx::raw_sql("set local role baton_owner").execute(&mut *tx).await?;
    let state = if on { "on" } else { "off" };
    sqlx::query!("select baton.door_set($1, $2)", code, state).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// The doors, by code.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection) -> Result<Vec<DoorRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select d.code, d.kind, d.target, d.state = 'on' as "on!",
                  array(select u.code from baton.door_unit w join baton.org_unit u on u.id = w.org_id
                        where w.door = d.code order by u.code) as "units!"
           from baton.door d order by d.code"#
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().filter_map(|row| {
        Some(DoorRow {
            code: clean(&row.code).into_owned(),
            kind: DoorKind::from_code(&row.kind)?,
            target: clean(&row.target).into_owned(),
            on: row.on,
            units: row.units.iter().map(|code| clean(code).into_owned()).collect(),
        })
    });
    Ok(rows.collect())
}
