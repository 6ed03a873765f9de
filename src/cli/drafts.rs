//! Half-written forms of banks that are gone.
//!
//! The directory of an operator's drafts in a private bank says where that bank lies. Once the bank's own directory is not there
//! any more, while the one that it lay in is, nobody can open those forms again, and they are swept. One whose drafts say
//! nothing of a bank stays: on a server nobody can tell from here whether a bank is gone, and a disk that is not mounted is no
//! bank that is gone.
#![expect(
    clippy::disallowed_methods,
    reason = "the operator's own files are read and written here"
)]

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The file in it that names the bank's directory.
const OF: &str = "bank";

/// Writes into the directory of drafts `dir` that they are of the private bank in `data_dir`.
///
/// # Errors
/// That it cannot be written.
pub fn mark(dir: &Path, data_dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    std::fs::write(dir.join(OF), std::path::absolute(data_dir)?.as_os_str().as_encoded_bytes())
}

/// Sweeps the drafts under `all` of banks that are gone. What cannot be removed stays.
pub fn sweep(all: &Path) {
    let dirs = std::fs::read_dir(all).into_iter().flatten().flatten().map(|entry| entry.path());
    for dir in dirs.filter(|dir| is_dead(dir)) {
        if let Err(error) = std::fs::remove_dir_all(&dir) {
            tracing::warn!(dir = %dir.display(), %error, "drafts of a bank that is gone stay");
        }
    }
}

fn is_dead(dir: &Path) -> bool {
    let Ok(bank) = std::fs::read_to_string(dir.join(OF)).map(PathBuf::from) else { return false };
    let gone = bank.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    gone && bank.parent().is_some_and(Path::is_dir) && !is_held(dir)
}

/// A console that still runs holds the lock of its drafts.
fn is_held(dir: &Path) -> bool {
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut locks = files.filter(|path| path.extension().is_some_and(|end| end == "lock"));
    locks.any(|lock| File::open(lock).is_ok_and(|file| file.try_lock().is_err()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_of_a_bank_that_is_gone_are_swept_and_no_others() {
        let home = tempfile::tempdir().unwrap();
        let (all, banks) = (home.path().join("drafts"), home.path().join("banks"));
        std::fs::create_dir_all(banks.join("there")).unwrap();
        let lay = |name: &str, bank: Option<PathBuf>| {
            let dir = all.join(name);
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join("strategy-1.json"), "{}").unwrap();
            if let Some(bank) = bank {
                mark(&dir, &bank).unwrap();
            }
            dir
        };
        let swept = lay("a", Some(banks.join("gone")));
        let held = lay("b", Some(banks.join("gone")));
        let lock = File::create(held.join("7.lock")).unwrap();
        lock.try_lock().unwrap();
        let kept = [
            lay("c", Some(banks.join("there"))),
            lay("d", Some(home.path().join("not-mounted/bank"))),
            lay("e", None),
        ];
        sweep(&all);
        assert!(!swept.exists() && held.exists());
        assert!(kept.iter().all(|dir| dir.exists()), "{kept:?}");
        drop(lock);
        sweep(&all);
        assert!(!held.exists(), "its console has ended");
    }
}
