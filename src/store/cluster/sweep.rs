//! Run directories of banks that are gone.
//!
//! A server that is stopped takes its socket away, one whose data directory was deleted under it does not. What it has left says
//! itself of which cluster it was: the lock beside the socket. Swept is what certainly serves nobody: of the same user, beside our
//! own run directory, of a cluster whose directory is not there, by a process that is no PostgreSQL any more. What cannot be read
//! stays.

use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::pidfile;
use super::place::{NO_LINK, Place, SOCKET};

/// So many characters of a data directory's hash end the name of a run directory.
const WORD: usize = 8;

/// Sweeps what clusters that are gone have left beside the run directory of this one. What cannot be removed stays.
pub(super) fn dead(place: &Place) {
    let own = place.run_dir.file_name().and_then(|name| name.to_str());
    let Some((parent, own)) = place.run_dir.parent().zip(own) else { return };
    let Some(prefix) = own.len().checked_sub(WORD).and_then(|at| own.get(..at)) else { return };
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let word = name.to_str().and_then(|name| name.strip_prefix(prefix));
        let is_word =
            |word: &str| word.len() == WORD && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if word.is_some_and(is_word) && name != own && is_dead(place, &entry.path()) {
            for file in [SOCKET.to_owned(), format!("{SOCKET}.lock")] {
                std::fs::remove_file(entry.path().join(file)).ok();
            }
            std::fs::remove_dir(entry.path()).ok();
        }
    }
}

/// Takes the run directory of a cluster that was stopped away, if nothing is in it: it is made anew when the cluster starts.
pub(super) fn own(place: &Place) {
    std::fs::remove_dir(&place.run_dir).ok();
}

fn is_dead(place: &Place, dir: &Path) -> bool {
    let own = |uid: u32| uid == place.uid || place.owner.is_some_and(|owner| owner.uid == uid);
    let ours = dir.symlink_metadata().is_ok_and(|meta| meta.is_dir() && own(meta.uid()));
    let Some((pid, cluster)) = ours.then(|| lock_of(dir)).flatten() else { return false };
    let gone =
        cluster.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
    gone && !pidfile::is_postgres(pid)
}

/// The process and the cluster's directory that the lock beside a socket names: its first two lines.
fn lock_of(dir: &Path) -> Option<(i32, PathBuf)> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.read(true).custom_flags(NO_LINK).open(dir.join(format!("{SOCKET}.lock")));
    let mut text = String::new();
    file.ok()?.take(8_192).read_to_string(&mut text).ok()?;
    let mut lines = text.lines();
    let (pid, cluster) = (lines.next()?.trim().parse().ok()?, PathBuf::from(lines.next()?.trim()));
    cluster.is_absolute().then_some((pid, cluster))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test lays files for it")]
mod tests {
    use super::super::Searched;
    use super::super::place::Home;
    use super::*;

    #[test]
    fn only_what_serves_nobody_is_swept() {
        let runtime = tempfile::tempdir().unwrap();
        let home = Home {
            data_dir: runtime.path().join("bank"),
            os_user: "li".to_owned(),
            uid: runtime.path().metadata().unwrap().uid(),
            runtime_dir: Some(runtime.path().to_owned()),
            searched: Searched::default(),
        };
        let mut place = Place::new(Home { uid: 1_000, ..home.clone() }, None).unwrap();
        place.uid = home.uid;
        let there = runtime.path().join("there");
        std::fs::create_dir(&there).unwrap();
        let lay = |name: &str, lock: Option<String>| {
            let dir = runtime.path().join(name);
            std::fs::create_dir_all(&dir).unwrap();
            if let Some(lock) = lock {
                std::fs::write(dir.join(format!("{SOCKET}.lock")), lock).unwrap();
                std::fs::write(dir.join(SOCKET), "").unwrap();
            }
            dir
        };
        let of = |pid: u32, cluster: &str| {
            Some(format!("{pid}\n{}\n1700000000\n5432\n", runtime.path().join(cluster).display()))
        };
        // No process has the largest number.
        let none = i32::MAX.unsigned_abs();
        let swept = lay("baton-0123abcd", of(none, "gone"));
        let kept = [
            lay("baton-1123abcd", of(none, "there")),
            lay("baton-2123abcd", None),
            lay("baton-3123abcd", Some("no lock".to_owned())),
            lay("baton-3123abcx", of(none, "gone")),
            lay("other-0123abcd", of(none, "gone")),
        ];
        dead(&place);
        assert!(!swept.exists());
        assert!(kept.iter().all(|dir| dir.exists()), "{kept:?}");
        // Of another user.
        let foreign = lay("baton-4123abcd", of(none, "gone"));
        dead(&Place { uid: place.uid + 1, ..place.clone() });
        assert!(foreign.exists());
    }
}
