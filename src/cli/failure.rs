//! How a command ends when it does not succeed.

use crate::domain::message::Message;
use crate::store::cluster::ClusterError;
use crate::store::operator::OperatorError;
use crate::store::{StoreError, TargetError};

use super::config::ConfigError;

/// The exit code of a command that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Refused or failed, with a reason.
    Refused,
    /// Wrong usage.
    Usage,
}

impl Exit {
    /// The number for the shell.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
        }
    }
}

/// A sentence for stderr and an exit code.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What to say.
    pub message: Message,
    /// How to leave.
    pub exit: Exit,
}

impl Failure {
    /// The command was refused or failed.
    #[must_use]
    pub fn refused(message: impl Into<Message>) -> Self {
        Self { message: message.into(), exit: Exit::Refused }
    }

    /// The command was written wrongly.
    #[must_use]
    pub fn usage(message: impl Into<Message>) -> Self {
        Self { message: message.into(), exit: Exit::Usage }
    }
}

impl From<Message> for Failure {
    fn from(message: Message) -> Self {
        Self::refused(message)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::warn!(reason = error.for_log(), "a command failed");
        Self::refused(error.message())
    }
}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        let reason = match &error {
            ClusterError::Store(error) => error.for_log(),
            other => other.to_string(),
        };
        tracing::warn!(reason, "the private cluster failed");
        Self::refused(error.message())
    }
}

impl From<OperatorError> for Failure {
    fn from(error: OperatorError) -> Self {
        Self::refused(error.message())
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        Self::refused(error.message())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.message())
    }
}
