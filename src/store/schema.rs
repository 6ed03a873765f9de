//! The schema's version: which migrations a database has, against those this program was built with.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::migrate::Migrator;

use crate::domain::message::Message;
use crate::msg;

use super::StoreError;
use super::line::{STATEMENT_LIMIT, within};

/// How long all migrations together may take.
const MIGRATE_LIMIT: Duration = Duration::from_mins(10);

/// The migrations, embedded. Their record stands in schema `baton`, readable by every operator.
///
/// They take no lock of their own: the number of sqlx's advisory lock can be worked out and held by any login, who would keep an
/// upgrade waiting for ever. Each migration and its record are one transaction, so of two programs that migrate at once one fails
/// at the record, and [`migrate`] goes on from where the other is.
static MIGRATIONS: Migrator = Migrator {
    table_name: Cow::Borrowed("baton.schema_version"),
    create_schemas: Cow::Borrowed(&[Cow::Borrowed("baton")]),
    locking: false,
    ..sqlx::migrate!()
};

/// How a database's schema differs from this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaGap {
    /// No schema of Baton at all.
    Missing,
    /// The database lacks migrations.
    Older {
        /// Its last migration.
        database: i64,
        /// This program's last migration.
        program: i64,
    },
    /// The database has migrations that this program does not know.
    Newer {
        /// Its last migration.
        database: i64,
        /// This program's last migration.
        program: i64,
    },
    /// The same number with another text: a build between releases.
    Different {
        /// The first migration whose text differs.
        version: i64,
    },
}

impl SchemaGap {
    /// The database's last migration, if it has any.
    #[must_use]
    pub fn database(&self) -> Option<i64> {
        match *self {
            Self::Missing => None,
            Self::Older { database, .. } | Self::Newer { database, .. } => Some(database),
            Self::Different { version } => Some(version),
        }
    }

    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match *self {
            Self::Missing => msg!("cluster.schema.missing").into(),
            Self::Older { database, program } => Message::new(msg!("cluster.schema.older"))
                .with("database", database)
                .with("program", program),
            Self::Newer { database, program } => Message::new(msg!("cluster.schema.newer"))
                .with("database", database)
                .with("program", program),
            Self::Different { version } => {
                Message::new(msg!("cluster.schema.different")).with("version", version)
            }
        }
    }
}

/// The number of this program's last migration.
#[must_use]
pub fn program_version() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().unwrap_or_default()
}

/// A word for exactly these migrations: their texts' checksums, folded. Names test templates.
#[must_use]
pub fn fingerprint() -> String {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    for migration in MIGRATIONS.iter() {
        hash.update(&migration.checksum);
    }
    hash.finalize().iter().take(6).fold(String::new(), |word, byte| format!("{word}{byte:02x}"))
}

/// Compares the database's migrations with this program's and changes nothing.
///
/// # Errors
/// [`StoreError::WrongVersion`] with the gap, or any other [`StoreError`].
pub async fn check(db: &mut PgConnection) -> Result<i64, StoreError> {
    let there: bool = sqlx::query_scalar("select to_regclass('baton.schema_version') is not null")
        .fetch_one(&mut *db)
        .await?;
    if !there {
        return Err(StoreError::WrongVersion(SchemaGap::Missing));
    }
    let applied: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "select version, checksum from baton.schema_version where success order by version",
    )
    .fetch_all(db)
    .await?;
    compare(&applied).map_err(StoreError::WrongVersion)
}

fn compare(applied: &[(i64, Vec<u8>)]) -> Result<i64, SchemaGap> {
    let program = program_version();
    let database = applied.last().map_or(0, |(version, _)| *version);
    if applied.is_empty() {
        return Err(SchemaGap::Missing);
    }
    if database > program {
        return Err(SchemaGap::Newer { database, program });
    }
    for migration in MIGRATIONS.iter() {
        match applied.iter().find(|(version, _)| *version == migration.version) {
            None => return Err(SchemaGap::Older { database, program }),
            Some((version, checksum)) if checksum[..] != *migration.checksum => {
                return Err(SchemaGap::Different { version: *version });
            }
            Some(_) => {}
        }
    }
    Ok(database)
}

/// Brings the schema to this program's version. The login must be a member of `baton_owner`; the objects
/// belong to that role, never to the login.
///
/// # Errors
/// [`StoreError::WrongVersion`] if an applied migration's text has changed, or any other [`StoreError`].
pub async fn migrate(db: &mut PgConnection) -> Result<i64, StoreError> {
    within(MIGRATE_LIMIT, async {
        sqlx::query("set role baton_owner").execute(&mut *db).await?;
        sqlx::query("set statement_timeout = 0").execute(&mut *db).await?;
        let done = run(db).await;
        sqlx::query("reset role").execute(&mut *db).await?;
        sqlx::query("reset statement_timeout").execute(&mut *db).await?;
        done
    })
    .await?;
    within(STATEMENT_LIMIT, check(db)).await
}

/// Applies what is missing; where it fails while another program moves the schema on, what is missing then.
async fn run(db: &mut PgConnection) -> Result<(), StoreError> {
    let mut before = applied(db).await?;
    loop {
        match MIGRATIONS.run_direct(None, &mut *db, false).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                let now = applied(db).await?;
                if now == before {
                    return Err(migrate_error(error));
                }
                before = now;
            }
        }
    }
}

/// How many migrations the database has.
async fn applied(db: &mut PgConnection) -> Result<i64, StoreError> {
    let there: bool = sqlx::query_scalar("select to_regclass('baton.schema_version') is not null")
        .fetch_one(&mut *db)
        .await?;
    if !there {
        return Ok(0);
    }
    Ok(sqlx::query_scalar("select count(*) from baton.schema_version").fetch_one(db).await?)
}

fn migrate_error(error: sqlx::migrate::MigrateError) -> StoreError {
    use sqlx::migrate::MigrateError as E;
    match error {
        E::VersionMismatch(version) => StoreError::WrongVersion(SchemaGap::Different { version }),
        E::VersionMissing(version) => StoreError::WrongVersion(SchemaGap::Newer {
            database: version,
            program: program_version(),
        }),
        E::Execute(error) => error.into(),
        E::ExecuteMigration(error, version) => {
            tracing::error!(version, %error, "a migration failed");
            error.into()
        }
        other => StoreError::Database(sqlx::Error::Migrate(Box::new(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied() -> Vec<(i64, Vec<u8>)> {
        MIGRATIONS.iter().map(|m| (m.version, m.checksum.to_vec())).collect()
    }

    #[test]
    fn the_same_migrations_are_the_same_version() {
        assert_eq!(compare(&applied()), Ok(program_version()));
    }

    #[test]
    fn a_database_without_the_last_migration_is_older() {
        let mut applied = applied();
        applied.pop();
        assert!(matches!(compare(&applied), Err(SchemaGap::Older { .. })));
    }

    #[test]
    fn a_database_with_one_more_migration_is_newer() {
        let mut applied = applied();
        applied.push((program_version() + 1, vec![]));
        assert!(matches!(compare(&applied), Err(SchemaGap::Newer { .. })));
    }

    #[test]
    fn a_migration_with_another_text_is_found() {
        let mut applied = applied();
        applied[0].1 = vec![0];
        assert_eq!(compare(&applied), Err(SchemaGap::Different { version: 1 }));
    }

    #[test]
    fn an_empty_record_is_no_schema() {
        assert_eq!(compare(&[]), Err(SchemaGap::Missing));
    }
}
