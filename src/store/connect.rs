//! Connections: at most three per process, each call under a deadline.
//!
//! sqlx 0.9 sets no TCP keepalive and no deadline on a call in flight: on a dead link it would wait for ever.
//! So every wait has an end on this side ([`Db::within`]) as well as on the server (`statement_timeout`), and a
//! query that nobody waits for any more is cancelled there ([`Db::cancel`]).

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, Postgres};

use super::cluster::{Cluster, ClusterError};
use super::{StoreError, Target};

/// How long a connection may take to come about.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long one statement may take on the server, unless [`allow`] says otherwise.
pub const STATEMENT_LIMIT: Duration = Duration::from_secs(30);
/// Connections per process.
const CONNECTIONS: u32 = 3;

/// One database, as one operator, with one day for today. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
    target: Target,
    as_of: Option<NaiveDate>,
    cluster: Option<Arc<Cluster>>,
}

/// The server's process behind a session, which can be told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backend(i32);

/// A connection borrowed from the pool.
#[derive(Debug)]
pub struct Session {
    connection: PoolConnection<Postgres>,
    backend: Backend,
}

impl Session {
    /// Who to cancel when nobody waits for this session any more.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }
}

impl Deref for Session {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Db {
    /// The database of `target`; nothing is connected yet, so that a console can paint first. Call within tokio.
    #[must_use]
    pub fn new(target: Target, as_of: Option<NaiveDate>) -> Self {
        let options = session_options(&target, as_of);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(CONNECT_LIMIT)
            .idle_timeout(Duration::from_mins(5))
            .connect_lazy_with(options);
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

    /// A connection of the pool.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], or what the server said to the login.
    pub async fn session(&self) -> Result<Session, StoreError> {
        self.wake().await?;
        // Boxed: callers hold this future across everything they do.
        self.within(
            CONNECT_LIMIT,
            Box::pin(async {
                let mut connection = self.pool.acquire().await?;
                let backend: i32 = sqlx::query_scalar("select pg_backend_pid()")
                    .fetch_one(&mut *connection)
                    .await?;
                Ok(Session { connection, backend: Backend(backend) })
            }),
        )
        .await
    }

    /// A connection of its own, outside the pool, that the caller closes: for work that leaves traces in a
    /// session (a manifest's SQL), or that needs another login.
    ///
    /// # Errors
    /// As [`session`](Self::session).
    pub async fn alone(&self) -> Result<PgConnection, StoreError> {
        let target = self.wake().await?;
        connect(&target, self.as_of).await
    }

    /// Starts the private cluster if it is down, and gives the target as it then is: a server that was started
    /// from another session has its socket elsewhere.
    async fn wake(&self) -> Result<Target, StoreError> {
        let Some(cluster) = &self.cluster else { return Ok(self.target.clone()) };
        cluster.up().await.map_err(|error| match error {
            ClusterError::Store(error) => error,
            other => StoreError::Unreachable { detail: other.to_string() },
        })?;
        let target = cluster.target(self.operator());
        if target.place() != self.target.place() {
            self.pool.set_connect_options(session_options(&target, self.as_of));
        }
        Ok(target)
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

    /// Tells the server that nobody waits for `backend`'s query any more. Goes over a connection of its own,
    /// since the pool's may all be busy with what is to be cancelled.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] or [`StoreError::Deadline`]; the statement's own deadline still ends it.
    pub async fn cancel(&self, backend: Backend) -> Result<(), StoreError> {
        let mut connection = self.alone().await?;
        within(CONNECT_LIMIT, async {
            sqlx::query("select pg_cancel_backend($1)")
                .bind(backend.0)
                .execute(&mut connection)
                .await?;
            connection.close().await?;
            Ok(())
        })
        .await
    }

    /// Closes every connection, within the limit for connecting.
    pub async fn close(&self) {
        if tokio::time::timeout(CONNECT_LIMIT, self.pool.close()).await.is_err() {
            tracing::warn!("connections were left open: the server did not answer");
        }
    }
}

/// One connection to `target`, outside any pool.
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
        ("statement_timeout", STATEMENT_LIMIT.as_millis().to_string()),
        ("idle_in_transaction_session_timeout", "300000".to_owned()),
    ]);
    match as_of {
        Some(day) => options.options([("baton.as_of", day.to_string())]),
        None => options,
    }
}
