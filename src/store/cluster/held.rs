//! The mark that `baton db down` leaves: whoever runs already leaves the server down.
//!
//! Without it the next look of an open console would undo what somebody has just done on purpose, in the middle of a copy
//! of the data directory, say. A program that is started later takes the mark away: its user wants the database.
#![expect(
    clippy::disallowed_methods,
    reason = "the cluster's own files are written here, and when this program began"
)]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::SystemTime;

use chrono::{DateTime, FixedOffset, Utc};
use chrono_tz::Tz;

use super::ClusterError;

/// The file of the data directory.
const MARK: &str = "held-down";

/// When this program first looked at its cluster, which is when it began.
static BEGAN: LazyLock<SystemTime> = LazyLock::new(SystemTime::now);

/// Notes when this program began.
pub(super) fn begin() {
    LazyLock::force(&BEGAN);
}

fn mark(data_dir: &Path) -> PathBuf {
    data_dir.join(MARK)
}

/// Since when the server is held down; none if it is not.
pub(super) fn since(data_dir: &Path) -> Option<DateTime<Utc>> {
    let at = std::fs::metadata(mark(data_dir)).and_then(|mark| mark.modified());
    at.ok().map(DateTime::from)
}

/// The same as the clock stood where the bank is; by UTC where the mark does not say.
fn since_there(data_dir: &Path) -> Option<DateTime<FixedOffset>> {
    let since = since(data_dir)?;
    let zone =
        std::fs::read_to_string(mark(data_dir)).ok().and_then(|zone| zone.trim().parse().ok());
    let zone: Tz = zone.unwrap_or(Tz::UTC);
    Some(since.with_timezone(&zone).fixed_offset())
}

/// Holds it down. The mark has the bank's zone, which nobody can ask for while the server is down.
pub(super) fn hold(data_dir: &Path, zone: Option<Tz>) -> Result<(), ClusterError> {
    let path = mark(data_dir);
    std::fs::write(&path, zone.map_or("", Tz::name))
        .map_err(|source| ClusterError::File { path, source })
}

/// Lets it come up again.
pub(super) fn release(data_dir: &Path) -> Result<(), ClusterError> {
    let path = mark(data_dir);
    match std::fs::remove_file(&path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(ClusterError::File { path, source })
        }
        _ => Ok(()),
    }
}

/// Refuses a program that began before the server was held down; one that began later takes the mark away.
pub(super) fn pass(data_dir: &Path) -> Result<(), ClusterError> {
    match since_there(data_dir) {
        None => Ok(()),
        Some(since) if since > DateTime::<Utc>::from(*BEGAN) => {
            Err(ClusterError::HeldDown { since })
        }
        Some(_) => release(data_dir),
    }
}
