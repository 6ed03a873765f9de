//! Connections: at most three per process (two sessions and one to cancel over), each call under a deadline. A
//! connection [`alone`](Db::alone) is one of the two; only tests open one beside ([`connect`]), which `tests/house.rs`
//! holds.
//!
//! sqlx 0.9 sets no TCP keepalive and no deadline on a call in flight: on a dead link it would wait for ever.
//! So every wait has an end on this side ([`Db::within`]) as well as on the server (`statement_timeout`), and a
//! query that nobody waits for any more is cancelled there ([`Db::cancel`]).

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use chrono::NaiveDate;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::cluster::{Cluster, ClusterError};
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
const ALIVE_LIMIT: Duration = Duration::from_secs(3);
/// Sessions per process and database; the third connection is kept for cancelling.
const SESSIONS: usize = 2;

/// What all [`Db`]s of this process share for one database, so that a line that is opened again cannot hold more
/// connections than one that never broke.
#[derive(Debug)]
struct Allowance {
    sessions: Arc<Semaphore>,
    canceller: tokio::sync::Mutex<Option<Canceller>>,
}

/// The connection over which queries are cancelled, and whose it is: one may stop one's own only.
#[derive(Debug)]
struct Canceller {
    user: String,
    connection: PgConnection,
}

static ALLOWANCES: LazyLock<Mutex<HashMap<String, Weak<Allowance>>>> =
    LazyLock::new(Mutex::default);

impl Allowance {
    fn of(target: &Target) -> Arc<Self> {
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

/// One database, as one operator, with one day for today. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Arc<Pool>,
    target: Target,
    as_of: Option<NaiveDate>,
    cluster: Option<Arc<Cluster>>,
}

/// The connections that nobody uses now.
#[derive(Debug)]
struct Pool {
    allowance: Arc<Allowance>,
    idle: Mutex<Vec<Open>>,
    returned: Notify,
}

/// A connection, and the right to have it.
#[derive(Debug)]
struct Open {
    connection: PgConnection,
    backend: Backend,
    _permit: OwnedSemaphorePermit,
}

/// The server's process behind a session, which can be told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backend(i32);

/// A connection of its own, outside the pool, and the right to have it.
#[derive(Debug)]
pub struct Alone {
    connection: PgConnection,
    _permit: OwnedSemaphorePermit,
}

impl Alone {
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

/// A borrowed connection. Dropped, it is closed, and what its transaction did is undone; after
/// [`give_back`](Self::give_back) it is used again.
#[derive(Debug)]
pub struct Session {
    open: Open,
    pool: Arc<Pool>,
}

impl Session {
    /// Who to cancel when nobody waits for this session any more.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.open.backend
    }

    /// Keeps the connection for the next one who asks, once it is quiet; one that does not become quiet is closed.
    pub async fn give_back(mut self) {
        // The answer comes after whatever was left undone, such as the end of an abandoned transaction.
        if let Ok(Ok(())) = tokio::time::timeout(ALIVE_LIMIT, self.open.connection.ping()).await {
            let Self { open, pool } = self;
            pool.idle().push(open);
            pool.returned.notify_one();
        }
    }
}

impl Deref for Session {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.open.connection
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.open.connection
    }
}

impl Pool {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Open>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Open> {
        self.idle().pop()
    }
}

impl Db {
    /// The database of `target`; nothing is connected yet, so that a console can paint first.
    #[must_use]
    pub fn new(target: Target, as_of: Option<NaiveDate>) -> Self {
        let pool = Arc::new(Pool {
            allowance: Allowance::of(&target),
            idle: Mutex::default(),
            returned: Notify::new(),
        });
        Self { pool, target, as_of, cluster: None }
    }

    /// The bank's database of the private cluster as `user`. The cluster is started whenever it is found down.
    #[must_use]
    pub fn private(cluster: Cluster, user: &str, as_of: Option<NaiveDate>) -> Self {
        let db = Self::new(cluster.target(user), as_of);
        Self { cluster: Some(Arc::new(cluster)), ..db }
    }

    /// Who this is for the database.
    #[must_use]
    pub fn operator(&self) -> &str {
        self.target.user()
    }

    /// Which database.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The same database with another day for today.
    #[must_use]
    pub fn at(&self, as_of: Option<NaiveDate>) -> Self {
        Self { cluster: self.cluster.clone(), ..Self::new(self.target.clone(), as_of) }
    }

    /// A connection: one that stands idle, else a new one, else the first that is given back.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], or what the server said to the login.
    pub async fn session(&self) -> Result<Session, StoreError> {
        let target = self.wake().await?;
        // Boxed: callers hold this future across everything they do.
        self.within(CONNECT_LIMIT, Box::pin(self.borrow(target))).await
    }

    async fn borrow(&self, target: Target) -> Result<Session, StoreError> {
        let pool = self.pool.clone();
        loop {
            while let Some(mut open) = pool.take() {
                let alive = tokio::time::timeout(ALIVE_LIMIT, open.connection.ping()).await;
                if matches!(alive, Ok(Ok(()))) {
                    return Ok(Session { open, pool });
                }
            }
            let permit = tokio::select! {
                permit = pool.allowance.sessions.clone().acquire_owned() => permit,
                () = pool.returned.notified() => continue,
            };
            // Never closed.
            let Ok(permit) = permit else { return Err(StoreError::Deadline) };
            let mut connection = connect(&target, self.as_of).await?;
            let backend: i32 =
                sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut connection).await?;
            let open = Open { connection, backend: Backend(backend), _permit: permit };
            return Ok(Session { open, pool });
        }
    }

    /// A connection of its own, outside the pool: for work that leaves traces in a session (a manifest's SQL), or that
    /// needs another login. What stands idle is closed for it; while both sessions are in use it waits for one.
    ///
    /// # Errors
    /// As [`session`](Self::session).
    pub async fn alone(&self) -> Result<Alone, StoreError> {
        let target = self.wake().await?;
        self.alone_at(&target).await
    }

    /// As [`alone`](Self::alone), in another database of the same server. It counts as one of this database's.
    ///
    /// # Errors
    /// As [`session`](Self::session).
    pub async fn alone_in(&self, database: &str) -> Result<Alone, StoreError> {
        let target = self.wake().await?;
        self.alone_at(&target.with_database(database)).await
    }

    async fn alone_at(&self, target: &Target) -> Result<Alone, StoreError> {
        let opened = async {
            self.close_idle().await;
            let permit = self.pool.allowance.sessions.clone().acquire_owned().await;
            // Never closed.
            let permit = permit.map_err(|_| StoreError::Deadline)?;
            Ok(Alone { connection: connect(target, self.as_of).await?, _permit: permit })
        };
        self.within(CONNECT_LIMIT, Box::pin(opened)).await
    }

    /// Starts the private cluster if it is down, and gives the target as it then is: a server that was started
    /// from another session has its socket elsewhere.
    async fn wake(&self) -> Result<Target, StoreError> {
        let Some(cluster) = &self.cluster else { return Ok(self.target.clone()) };
        cluster.up().await.map_err(|error| match error {
            ClusterError::Store(error) => error,
            other => StoreError::Unreachable { detail: other.to_string() },
        })?;
        Ok(cluster.target(self.operator()))
    }

    /// Waits for `work`, but not longer than `limit`. The work is dropped then; its statement ends on the
    /// server by `statement_timeout` or by [`cancel`](Self::cancel).
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError::Deadline`].
    pub async fn within<T, E: From<StoreError>>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        within(limit, work).await
    }

    /// Tells the server that nobody waits for `backend`'s query any more. Does nothing to a session that waits in
    /// its transaction for its next statement: that one is ended by [`terminate`](Self::terminate).
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] or [`StoreError::Deadline`]; the statement's own deadline still ends it.
    pub async fn cancel(&self, backend: Backend) -> Result<(), StoreError> {
        self.stop("select pg_cancel_backend($1)", backend).await
    }

    /// Ends `backend` with its transaction, and waits until it is gone.
    ///
    /// # Errors
    /// As [`cancel`](Self::cancel).
    pub async fn terminate(&self, backend: Backend) -> Result<(), StoreError> {
        self.stop("select pg_terminate_backend($1, 1000)", backend).await
    }

    /// Over a connection that is kept for this, since the sessions may all be busy with what is to be stopped.
    async fn stop(&self, how: &'static str, backend: Backend) -> Result<(), StoreError> {
        within(CANCEL_LIMIT, async {
            let mut kept = self.pool.allowance.canceller.lock().await;
            let known = kept.take().filter(|kept| kept.user == self.operator());
            let mut canceller = match known {
                Some(canceller) => canceller,
                None => Canceller {
                    user: self.operator().to_owned(),
                    connection: connect(&self.wake().await?, None).await?,
                },
            };
            // A connection that failed, or was given up in the middle, is not kept.
            sqlx::query(how).bind(backend.0).execute(&mut canceller.connection).await?;
            *kept = Some(canceller);
            Ok(())
        })
        .await
    }

    /// Closes every connection that is not in use, within the limit for idle ones to answer.
    pub async fn close(&self) {
        self.close_idle().await;
        if let Some(kept) = self.pool.allowance.canceller.lock().await.take() {
            farewell(kept.connection).await;
        }
    }

    async fn close_idle(&self) {
        let idle = std::mem::take(&mut *self.pool.idle());
        for open in idle {
            farewell(open.connection).await;
        }
    }
}

/// Ends a connection, but does not wait for ever for a server that says nothing.
async fn farewell(connection: PgConnection) {
    if tokio::time::timeout(ALIVE_LIMIT, connection.close()).await.is_err() {
        tracing::warn!("a connection was left open: the server did not answer");
    }
}

/// One connection to `target`, outside any pool and not counted. Baton itself goes by [`Db`].
///
/// # Errors
/// As [`Db::session`].
pub async fn connect(
    target: &Target,
    as_of: Option<NaiveDate>,
) -> Result<PgConnection, StoreError> {
    let options = session_options(target, as_of);
    let connected = Box::pin(PgConnection::connect_with(&options));
    within(CONNECT_LIMIT, async { Ok(connected.await?) }).await
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
    ]);
    // Always said: `PGOPTIONS` of the environment comes before, and moves no bank's day.
    options.options([("baton.as_of", as_of.map_or_else(String::new, |day| day.to_string()))])
}
