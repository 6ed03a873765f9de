//! Why the private cluster cannot be had.

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset};

use crate::domain::message::Message;
use crate::msg;
use crate::store::StoreError;
use crate::store::operator::OperatorError;

use super::ProgramsError;

/// Why the private cluster cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The machine has no server programs, or none that fit.
    #[error(transparent)]
    Programs(#[from] ProgramsError),
    /// As root the cluster runs as `postgres`, and there is no such user.
    #[error("there is no OS user postgres")]
    NoPostgresUser,
    /// The OS user has no name, so that the server cannot know him.
    #[error("the OS user has no name")]
    NoUserName,
    /// The run directory belongs to somebody else.
    #[error("the run directory belongs to another user: {0}")]
    ForeignRunDir(PathBuf),
    /// The cluster's user cannot pass a directory above its data.
    #[error("{user} cannot pass {path}")]
    Impassable {
        /// The directory.
        path: PathBuf,
        /// The cluster's OS user.
        user: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A server program failed.
    #[error("{program} failed: {detail}")]
    ProgramFailed {
        /// Which.
        program: &'static str,
        /// Its last words, clean.
        detail: String,
    },
    /// Another Baton has been making the cluster for too long.
    #[error("another process holds {0}")]
    Busy(PathBuf),
    /// Somebody has stopped the server since this program began, and it stays down until somebody starts it.
    #[error("held down since {since}")]
    HeldDown {
        /// Since when.
        since: DateTime<FixedOffset>,
    },
    /// The operator cannot be made.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// The database failed or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ClusterError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// That the server is held down, since when, and how it is started again.
pub(crate) fn held_down(since: DateTime<FixedOffset>) -> Message {
    // Where the bank is; what has no offset may as well not be known there.
    let form =
        if since.offset().local_minus_utc() == 0 { "%Y-%m-%d %H:%M UTC" } else { "%Y-%m-%d %H:%M" };
    let since = since.format(form).to_string();
    Message::new(msg!("cluster.held-down")).with("since", since)
}

impl ClusterError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Programs(error) => error.message(),
            Self::NoPostgresUser => msg!("cluster.no-postgres-user").into(),
            Self::NoUserName => msg!("cluster.no-user-name").into(),
            Self::ForeignRunDir(path) => Message::new(msg!("cluster.foreign-run-dir"))
                .with("path", path.display().to_string()),
            Self::Impassable { path, user } => Message::new(msg!("cluster.impassable"))
                .with("path", path.display().to_string())
                .with("user", user.as_str()),
            Self::File { path, source } => Message::new(msg!("cluster.file"))
                .with("path", path.display().to_string())
                .with("detail", source.to_string()),
            Self::ProgramFailed { program, detail } => Message::new(msg!("cluster.program-failed"))
                .with("program", *program)
                .with("detail", detail.as_str()),
            Self::Busy(path) => {
                Message::new(msg!("cluster.busy")).with("path", path.display().to_string())
            }
            Self::HeldDown { since } => held_down(*since),
            Self::Operator(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}
