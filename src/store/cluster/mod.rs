//! The private cluster: a PostgreSQL that Baton makes and runs from the machine's own server programs.
//!
//! It speaks over a unix socket only, belongs to the OS user (as root: to `postgres`), and stays up until
//! `baton db down`. Any number of Baton processes share it; a file lock keeps two from making or starting it at
//! once. Whatever was killed, at whatever moment, the next command finds its way: a half-made cluster is made
//! anew, a stale pid file is passed over, and the setting up is repeated until it was once completed.
//!
//! It is one trust domain: its OS user may become any of its operators. Separation is real on a bank's server.

mod access;
mod error;
mod held;
mod lock;
mod making;
mod pidfile;
mod place;
mod process;
mod programs;
mod setup;
mod sweep;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

pub use error::ClusterError;
pub(crate) use error::held_down;
pub use place::{Home, Place};
pub use programs::{Programs, ProgramsError, Searched, find, postgres_user};

use super::Target;
use lock::Lock;
use making::Started;

/// The name of the bank's database in the private cluster.
pub const DATABASE: &str = "baton";
/// The superuser of the private cluster; only Baton's own setting up uses it.
pub const INTERNAL: &str = "baton_internal";
/// The login that migrates and makes operators in the private cluster.
pub const ADMIN: &str = "baton_admin";

/// How long making or starting the cluster may take, other processes' part included.
const UP_LIMIT: Duration = Duration::from_mins(3);

/// How long a server may take to come up, the leftovers of a killed one included.
const START_LIMIT: Duration = Duration::from_secs(100);
/// How often to look while it does.
const AGAIN: Duration = Duration::from_millis(200);

/// How a server looks from outside.
enum Look {
    /// It takes connections, or says why not this one.
    Answers,
    /// Its process is there and does not answer yet.
    Comes,
    /// It runs and cannot be reached any more.
    Lost,
    /// There is none.
    Gone,
}

/// The private cluster of one data directory.
#[derive(Clone, Debug)]
pub struct Cluster {
    place: Place,
}

/// What is known about the cluster without changing anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Missing, down or up.
    pub state: State,
    /// The major version its data were made with.
    pub major: Option<u32>,
    /// The server's process.
    pub pid: Option<i32>,
    /// Where its socket stands.
    pub run_dir: Option<PathBuf>,
}

/// Whether a cluster is there and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not been made.
    Missing,
    /// It is there and not running.
    Down,
    /// It is running.
    Up,
}

impl State {
    /// The word in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Down => "down",
            Self::Up => "up",
        }
    }
}

impl Cluster {
    /// The cluster of a place; nothing is made yet.
    #[must_use]
    pub fn new(place: Place) -> Self {
        held::begin();
        Self { place }
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The OS user's own operator.
    #[must_use]
    pub fn own_operator(&self) -> String {
        access::operator_of(&self.place.os_user)
    }

    /// The bank's database as `user`, wherever the server's socket now stands. Connects to nothing.
    #[must_use]
    pub fn target(&self, user: &str) -> Target {
        let run = pidfile::read(&self.place.pg()).map(|server| server.run_dir);
        Target::private(&run.unwrap_or_else(|| self.place.run_dir.clone()), DATABASE, user)
    }

    /// What is there.
    #[must_use]
    pub fn status(&self) -> Status {
        let pg = self.place.pg();
        let major = pidfile::major(&pg);
        let server = pidfile::read(&pg).filter(pidfile::Server::is_running);
        let state = match (&server, major) {
            (Some(_), _) => State::Up,
            (None, Some(_)) => State::Down,
            (None, None) => State::Missing,
        };
        Status {
            state,
            major,
            pid: server.as_ref().map(|s| s.pid),
            run_dir: server.map(|s| s.run_dir),
        }
    }

    /// Makes the cluster if it is missing, starts it if it is down, sets it up if that was never completed.
    /// Quick when it already runs.
    ///
    /// # Errors
    /// [`ClusterError`] with the reason, of which a missing server is the commonest; [`ClusterError::HeldDown`] if somebody has
    /// stopped the server since this program began.
    pub async fn up(&self) -> Result<(), ClusterError> {
        held::pass(&self.place.data_dir)?;
        if self.looks_up() { Ok(()) } else { self.revive().await }
    }

    /// As [`up`](Self::up), without trusting the look of things: called when a connection has failed.
    ///
    /// # Errors
    /// As [`up`](Self::up).
    pub async fn revive(&self) -> Result<(), ClusterError> {
        // Boxed: it is hardly ever needed, and every command's future would carry it.
        let work = Box::pin(async {
            self.place.make_data_dir()?;
            let _lock = Lock::take(&self.place.data_dir).await?;
            sweep::dead(&self.place);
            if !making::is_made(&self.place.pg()) {
                let programs = self.programs(None).await?;
                making::make(&self.place, &programs).await?;
            }
            self.start().await?;
            if !setup::is_complete(&self.place) {
                setup::complete(self).await?;
            }
            Ok(())
        });
        super::line::within(UP_LIMIT, work).await
    }

    /// Since when the server is held down by [`down`](Self::down); none if it is not.
    #[must_use]
    pub fn held_since(&self) -> Option<DateTime<Utc>> {
        held::since(&self.place.data_dir)
    }

    /// Stops the server and holds it down: programs that run already do not start it again. Open transactions are rolled
    /// back. Says whether it was running.
    ///
    /// # Errors
    /// [`ClusterError`] if it cannot be stopped.
    pub async fn down(&self) -> Result<bool, ClusterError> {
        sweep::dead(&self.place);
        if self.status().state == State::Missing {
            return Ok(false);
        }
        let _lock = Lock::take(&self.place.data_dir).await?;
        let running = self.status().state == State::Up;
        let zone = if running { setup::zone(self).await } else { None };
        // Before it stops: whoever loses his connection looks at once.
        held::hold(&self.place.data_dir, zone)?;
        if running && let Err(error) = self.stop().await {
            held::release(&self.place.data_dir)?;
            return Err(error);
        }
        sweep::own(&self.place);
        Ok(running)
    }

    /// Drops the bank's database and makes an empty one. Operators stay as logins, not as operators of the bank.
    ///
    /// # Errors
    /// [`ClusterError`] if the server refuses.
    pub async fn reset(&self) -> Result<(), ClusterError> {
        self.up().await?;
        let _lock = Lock::take(&self.place.data_dir).await?;
        super::line::within(UP_LIMIT, setup::reset(self)).await
    }

    /// Makes `new` a login that the cluster's OS users may become, and an operator of the bank.
    /// Returns after a connection as `new` has succeeded.
    ///
    /// # Errors
    /// [`ClusterError`] if the name cannot be an operator's, the unit or RM is unknown, or the server refuses.
    pub async fn add_operator(
        &self,
        new: &crate::domain::operator::Operator,
    ) -> Result<(), ClusterError> {
        let _lock = Lock::take(&self.place.data_dir).await?;
        super::line::within(UP_LIMIT, setup::add_operator(self, new)).await
    }

    /// True if everything looks as it does when the server runs and was set up.
    fn looks_up(&self) -> bool {
        let server = pidfile::read(&self.place.pg());
        setup::is_complete(&self.place)
            && server.is_some_and(|s| s.is_ready() && s.is_running() && s.socket().exists())
    }

    /// The server programs that the cluster is or would be run with.
    ///
    /// # Errors
    /// [`ClusterError::Programs`] if there are none that fit.
    pub async fn server_programs(&self) -> Result<Programs, ClusterError> {
        self.programs(pidfile::major(&self.place.pg())).await
    }

    async fn programs(&self, major: Option<u32>) -> Result<Programs, ClusterError> {
        Ok(find(&self.place.searched, major).await?)
    }

    /// Starts the server unless it runs and can be reached. One that is coming up, or is picking itself up after one of
    /// its processes has died, is waited for: started beside it, another would only meet its lock.
    async fn start(&self) -> Result<(), ClusterError> {
        let pg = self.place.pg();
        let mut again = tokio::time::interval(AGAIN);
        let work = async {
            loop {
                again.tick().await;
                match self.look().await {
                    Look::Answers => return Ok(()),
                    Look::Comes => continue,
                    // Something swept the run directory; nobody can reach this server any more.
                    Look::Lost => self.stop().await?,
                    Look::Gone => {}
                }
                self.place.make_run_dir()?;
                let programs = self.programs(pidfile::major(&pg)).await?;
                making::configure(&self.place)?;
                if making::start(&self.place, &programs).await? == Started::Up {
                    return Ok(());
                }
            }
        };
        match tokio::time::timeout(START_LIMIT, work).await {
            Ok(done) => done,
            Err(_) => Err(ClusterError::Busy(pg)),
        }
    }

    /// How the server looks from outside.
    async fn look(&self) -> Look {
        let server = pidfile::read(&self.place.pg()).filter(pidfile::Server::is_running);
        let Some(server) = server else { return Look::Gone };
        if !server.socket().exists() {
            return if server.is_ready() { Look::Lost } else { Look::Comes };
        }
        let target = Target::private(&server.run_dir, "postgres", INTERNAL);
        if super::line::answers(&target).await { Look::Answers } else { Look::Comes }
    }

    async fn stop(&self) -> Result<(), ClusterError> {
        let programs = self.programs(pidfile::major(&self.place.pg())).await?;
        making::stop(&self.place, &programs).await
    }
}
