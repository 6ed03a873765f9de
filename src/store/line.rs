//! The line to a server: what a session starts with, how long things may take, and how many connections there may be.
//!
//! sqlx 0.9 sets no TCP keepalive and no deadline on a call in flight: on a dead link it would wait for ever.
//! So every wait has an end on this side ([`within`]) as well as on the server (`statement_timeout`).

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use chrono::NaiveDate;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection as _, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{StoreError, Target};

/// How long a connection may take to come about.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long one statement may take on the server, unless [`allow`] says otherwise.
pub const STATEMENT_LIMIT: Duration = Duration::from_secs(30);
/// How long a command may wait for an answer that takes a few statements: each of them has an end on the server, and
/// this is the end where the server says nothing any more.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(45);
/// How long the server may take to hear that nobody waits for a query any more.
pub const CANCEL_LIMIT: Duration = Duration::from_secs(2);
/// How long an idle connection may take to say that it still stands.
pub(super) const ALIVE_LIMIT: Duration = Duration::from_secs(3);
/// Sessions per process and database; the third connection is kept for cancelling.
const SESSIONS: usize = 2;

/// What the handles of this process for one database share, so that a line that is opened again cannot hold more
/// connections than one that never broke.
#[derive(Debug)]
pub(super) struct Allowance {
    /// The right to a session.
    pub(super) sessions: Arc<Semaphore>,
    /// The connection over which queries are cancelled.
    pub(super) canceller: tokio::sync::Mutex<Option<Canceller>>,
}

/// The connection over which queries are cancelled, and whose it is: one may stop one's own only.
#[derive(Debug)]
pub(super) struct Canceller {
    /// Whose it is.
    pub(super) user: String,
    /// The connection.
    pub(super) connection: PgConnection,
}

static ALLOWANCES: LazyLock<Mutex<HashMap<String, Weak<Allowance>>>> =
    LazyLock::new(Mutex::default);

impl Allowance {
    /// Of the database of `target`.
    pub(super) fn of(target: &Target) -> Arc<Self> {
        let mut all = ALLOWANCES.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, allowance| allowance.strong_count() > 0);
        let key = format!("{} {}", target.place(), target.database());
        if let Some(known) = all.get(&key).and_then(Weak::upgrade) {
            return known;
        }
        let new = Arc::new(Self {
            sessions: Arc::new(Semaphore::new(SESSIONS)),
            canceller: tokio::sync::Mutex::default(),
        });
        all.insert(key, Arc::downgrade(&new));
        new
    }
}

/// A connection of its own, outside the pool, and the right to have it.
#[derive(Debug)]
pub struct Alone {
    connection: PgConnection,
    _permit: OwnedSemaphorePermit,
}

impl Alone {
    /// Opens one to `target`, within the limit for that; while both sessions of the process are in use it waits.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], or what the server said to the login.
    pub async fn open(target: &Target) -> Result<Self, StoreError> {
        Self::among(&Allowance::of(target), target, None).await
    }

    /// As [`open`](Self::open), in another database of the same server. It counts as one of `target`'s.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_in(target: &Target, database: &str) -> Result<Self, StoreError> {
        Self::among(&Allowance::of(target), &target.with_database(database), None).await
    }

    /// Opens one to `target` that counts in `allowance`.
    pub(super) async fn among(
        allowance: &Allowance,
        target: &Target,
        as_of: Option<NaiveDate>,
    ) -> Result<Self, StoreError> {
        let opened = async {
            let permit = allowance.sessions.clone().acquire_owned().await;
            // Never closed.
            let permit = permit.map_err(|_| StoreError::Deadline)?;
            Ok(Self { connection: connect(target, as_of).await?, _permit: permit })
        };
        within(CONNECT_LIMIT, Box::pin(opened)).await
    }

    /// Ends the connection, and waits until the server has heard it.
    ///
    /// # Errors
    /// Any [`StoreError`]; it is gone all the same.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.connection.close().await?)
    }
}

impl Deref for Alone {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Alone {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

/// A connection that only listens on a channel, and the right to have it.
#[derive(Debug)]
pub struct Bell {
    listener: PgListener,
    _permit: OwnedSemaphorePermit,
}

impl Bell {
    /// Listens on `channel`, within the limit for connections; while both sessions of the process are in use it waits.
    pub(super) async fn open(
        allowance: &Allowance,
        target: &Target,
        channel: &str,
    ) -> Result<Self, StoreError> {
        let opened = async {
            let permit = allowance.sessions.clone().acquire_owned().await;
            // Never closed.
            let permit = permit.map_err(|_| StoreError::Deadline)?;
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .max_lifetime(None)
                .idle_timeout(None)
                .connect_lazy_with(session_options(target, None));
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.listen(channel).await?;
            Ok(Self { listener, _permit: permit })
        };
        within(CONNECT_LIMIT, Box::pin(opened)).await
    }

    /// Waits until something is said on the channel. False if the connection is lost: what was said meanwhile is not
    /// heard, so that the caller looks for himself and opens another one.
    pub async fn rings(&mut self) -> bool {
        matches!(self.listener.try_recv().await, Ok(Some(_)))
    }
}

/// One connection to `target`, outside any pool and not counted. Baton itself goes by [`Db`](super::Db).
///
/// # Errors
/// As [`Db::session`](super::Db::session).
pub async fn connect(
    target: &Target,
    as_of: Option<NaiveDate>,
) -> Result<PgConnection, StoreError> {
    let options = session_options(target, as_of);
    let connected = Box::pin(PgConnection::connect_with(&options));
    within(CONNECT_LIMIT, async { Ok(connected.await?) }).await
}

/// True if a server answers there, if only to say that it has no room or knows no such login; false while it says that it
/// is not ready, or nobody is there.
pub(super) async fn answers(target: &Target) -> bool {
    let options = session_options(target, None);
    let connected = Box::pin(PgConnection::connect_with(&options));
    match tokio::time::timeout(CONNECT_LIMIT, connected).await {
        Ok(Ok(connection)) => {
            connection.close().await.ok();
            true
        }
        // 57P03: starting up, recovering, or going down.
        Ok(Err(sqlx::Error::Database(said))) => said.code().as_deref() != Some("57P03"),
        Ok(Err(_)) | Err(_) => false,
    }
}

/// The server's version, such as `15.14`.
///
/// # Errors
/// Any [`StoreError`].
pub async fn server_version(db: &mut PgConnection) -> Result<String, StoreError> {
    let version: String = sqlx::query_scalar("show server_version").fetch_one(db).await?;
    Ok(version.split(' ').next().unwrap_or_default().to_owned())
}

/// Lets the statements of the running transaction take up to `limit` each.
///
/// # Errors
/// Any [`StoreError`].
pub async fn allow(transaction: &mut PgConnection, limit: Duration) -> Result<(), StoreError> {
    sqlx::query("select set_config('statement_timeout', $1, true)")
        .bind(limit.as_millis().to_string())
        .execute(transaction)
        .await?;
    Ok(())
}

/// Waits for `work`, but not longer than `limit`.
///
/// # Errors
/// Those of `work`, and [`StoreError::Deadline`].
pub async fn within<T, E: From<StoreError>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(StoreError::Deadline.into()),
    }
}

/// What stands in the start of every session. Names longer than 63 bytes are cut by the server.
fn session_options(target: &Target, as_of: Option<NaiveDate>) -> PgConnectOptions {
    let options = target.options().application_name(&format!("baton {}", target.user())).options([
        ("search_path", "baton,pg_temp".to_owned()),
        // What locks and then reads is right only there, and the functions refuse anything else.
        ("default_transaction_isolation", "read committed".to_owned()),
        ("statement_timeout", STATEMENT_LIMIT.as_millis().to_string()),
        ("idle_in_transaction_session_timeout", "300000".to_owned()),
        // Of a program that is gone without a word, such as a dropped export: nothing goes on for it.
        ("client_connection_check_interval", "1000".to_owned()),
        // A rule asks much of few rows: compiling its expressions takes longer than it saves.
        ("jit", "off".to_owned()),
    ]);
    // Always said: `PGOPTIONS` of the environment comes before, and moves no bank's day.
    options.options([("baton.as_of", as_of.map_or_else(String::new, |day| day.to_string()))])
}
