//! Messages over HTTP as [Standard Webhooks](https://www.standardwebhooks.com) 1.0.0: where they may go, how they are
//! signed, and what an answer means.
//!
//! Whoever makes a door names an address; the worker's own configuration says which hosts it may speak to at all, and with
//! which secrets. So nobody who may write to the database can have customers' records sent to a host of his choice.

mod answer;
mod place;
mod signature;

use std::path::PathBuf;
use std::time::Duration;

pub use answer::{Refused, judged};
pub use place::{Endpoint, Network, NotAnAddress, Origin, Unplaced};
pub use signature::{Secret, SecretsError, secrets, signatures};

/// The shortest and the longest whole exchange that may be configured, in seconds: several at once must end well within a
/// lease.
pub const SECONDS: std::ops::RangeInclusive<u64> = 1..=60;

/// What the worker's configuration says of webhooks. None are sent unless a host is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhooks {
    /// The hosts that may be spoken to: exactly these, with their port.
    pub hosts: Vec<Origin>,
    /// Addresses that are not public (private, loopback, link-local ..) and may be spoken to all the same.
    pub networks: Vec<Network>,
    /// The directory with one file of secrets for each door, under the door's code.
    pub secrets: Option<PathBuf>,
    /// How long a connection may take, encryption included.
    pub connect: Duration,
    /// How long a whole exchange may take, connecting included.
    pub whole: Duration,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            networks: Vec::new(),
            secrets: None,
            connect: Duration::from_secs(5),
            whole: Duration::from_secs(15),
        }
    }
}
