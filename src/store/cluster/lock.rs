//! One process at a time makes, starts, stops or sets up a cluster. The lock is the system's: it ends with the
//! process that holds it, however that dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::ClusterError;

/// How often a taken lock is tried again.
const AGAIN: Duration = Duration::from_millis(50);
/// How long to wait for another process that is making the cluster.
const LIMIT: Duration = Duration::from_mins(2);

/// Held while the cluster is changed.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock of `data_dir`.
    pub(super) async fn take(data_dir: &Path) -> Result<Self, ClusterError> {
        Self::take_within(LIMIT, data_dir).await
    }

    async fn take_within(limit: Duration, data_dir: &Path) -> Result<Self, ClusterError> {
        let path = data_dir.join("lock");
        let failed = |source| ClusterError::File { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(failed)?;
        let mut again = tokio::time::interval(AGAIN);
        let work = async {
            loop {
                again.tick().await;
                match file.try_lock() {
                    Ok(()) => return Ok(()),
                    Err(TryLockError::WouldBlock) => {}
                    Err(TryLockError::Error(source)) => return Err(failed(source)),
                }
            }
        };
        match tokio::time::timeout(limit, work).await {
            Ok(done) => done.map(|()| Self { _file: file }),
            Err(_) => Err(ClusterError::Busy(path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_for_another_for_too_long_is_told_so() {
        let dir = tempfile::tempdir().unwrap();
        let held = Lock::take(dir.path()).await.unwrap();
        let waited = Lock::take_within(Duration::from_millis(100), dir.path()).await;
        assert!(matches!(waited, Err(ClusterError::Busy(path)) if path == dir.path().join("lock")));
        drop(held);
        Lock::take(dir.path()).await.unwrap();
    }
}
