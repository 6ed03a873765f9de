//! Connections: at most three per process (two sessions and one to cancel over), each call under a deadline. A
//! connection [`alone`](Db::alone) is one of the two; only tests open one beside ([`connect`]), which `tests/house.rs`
//! holds.
//!
//! Every wait has an end on this side ([`Db::within`]) as well as on the server, and a query that nobody waits for any
//! more is cancelled there ([`Db::cancel`]).

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::{Notify, OwnedSemaphorePermit};

use super::cluster::{Cluster, ClusterError};
use super::engine::{KeptLine, Socket};
use super::line::{ALIVE_LIMIT, Allowance, Canceller};
use super::{StoreError, Target};

pub use super::line::{
    ANSWER_LIMIT, Alone, Bell, CANCEL_LIMIT, CONNECT_LIMIT, STATEMENT_LIMIT, allow, connect,
    server_version, within,
};

/// One database, as one operator, with one day for today. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Arc<Pool>,
    target: Target,
    as_of: Option<NaiveDate>,
    cluster: Option<Arc<Cluster>>,
    engine: Option<Arc<KeptLine>>,
    lent: bool,
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
        Self { pool, target, as_of, cluster: None, engine: None, lent: false }
    }

    /// The bank's database of the private cluster as `user`. The cluster is started whenever it is found down.
    #[must_use]
    pub fn private(cluster: Cluster, user: &str, as_of: Option<NaiveDate>) -> Self {
        let db = Self::new(cluster.target(user), as_of);
        Self { cluster: Some(Arc::new(cluster)), ..db }
    }

    /// The same database with a column engine that may answer for it.
    #[must_use]
    pub fn with_engine(self, socket: Socket) -> Self {
        Self { engine: Some(Arc::new(KeptLine::new(socket))), ..self }
    }

    /// The same connections for somebody else of this program, who may not close them.
    #[must_use]
    pub fn lend(&self) -> Self {
        Self { lent: true, ..self.clone() }
    }

    /// The line to the column engine, whether or not one runs.
    #[must_use]
    pub fn engine(&self) -> Option<&KeptLine> {
        self.engine.as_deref()
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
        Self {
            cluster: self.cluster.clone(),
            engine: self.engine.clone(),
            ..Self::new(self.target.clone(), as_of)
        }
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

    /// Another connection for whoever has [`alone`](Self::alone) already and reads over two: it counts as one with that.
    ///
    /// # Errors
    /// As [`session`](Self::session).
    pub async fn twin(&self, _of: &Alone) -> Result<PgConnection, StoreError> {
        let target = self.wake().await?;
        connect(&target, self.as_of).await
    }

    /// A connection that only listens on `channel`: one of the two.
    ///
    /// # Errors
    /// As [`session`](Self::session).
    pub async fn bell(&self, channel: &str) -> Result<Bell, StoreError> {
        let target = self.wake().await?;
        self.within(CONNECT_LIMIT, Bell::open(&self.pool.allowance, &target, channel)).await
    }

    async fn alone_at(&self, target: &Target) -> Result<Alone, StoreError> {
        let opened = async {
            self.close_idle().await;
            Alone::among(&self.pool.allowance, target, self.as_of).await
        };
        self.within(CONNECT_LIMIT, Box::pin(opened)).await
    }

    /// Starts the private cluster if it is down, and gives the target as it then is: a server that was started
    /// from another session has its socket elsewhere.
    async fn wake(&self) -> Result<Target, StoreError> {
        let Some(cluster) = &self.cluster else { return Ok(self.target.clone()) };
        cluster.up().await.map_err(|error| match error {
            ClusterError::Store(error) => error,
            ClusterError::HeldDown { since } => StoreError::HeldDown { since },
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

    /// Closes every connection that is not in use, within the limit for idle ones to answer; those that were lent stay.
    pub async fn close(&self) {
        if self.lent {
            return;
        }
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
