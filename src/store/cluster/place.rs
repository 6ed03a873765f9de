//! Where the private cluster lies and whose it is.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown,
};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::domain::hash::ContentHash;

use super::{ClusterError, Searched};

/// The longest path of a socket that every system takes (macOS 103, Linux 107).
const SOCKET_PATH: usize = if cfg!(target_os = "macos") { 103 } else { 107 };
/// The name of the server's socket.
pub(super) const SOCKET: &str = ".s.PGSQL.5432";

/// A link is not followed, and a pipe not waited for.
pub(super) const NO_LINK: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits().cast_signed();
/// A directory, nothing else.
const DIRECTORY: i32 = OFlags::DIRECTORY.bits().cast_signed();

/// What the command line and the environment say about the OS user and his directories.
#[derive(Clone, Debug)]
pub struct Home {
    /// `--data-dir`, or its default.
    pub data_dir: PathBuf,
    /// The OS user's name.
    pub os_user: String,
    /// The OS user's number; 0 is root.
    pub uid: u32,
    /// `XDG_RUNTIME_DIR`, if it is there.
    pub runtime_dir: Option<PathBuf>,
    /// Where server programs are looked for.
    pub searched: Searched,
}

/// The OS user who owns the cluster's files and runs its server, where that is not the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// Where the private cluster lies and whose it is.
#[derive(Clone, Debug)]
pub struct Place {
    /// Baton's directory; the cluster is in `pg` below it.
    pub data_dir: PathBuf,
    /// Where the socket is put when the server is started from here.
    pub run_dir: PathBuf,
    /// The OS user who runs Baton.
    pub os_user: String,
    /// Where server programs are looked for.
    pub searched: Searched,
    pub(super) uid: u32,
    pub(super) owner: Option<Owner>,
}

impl Place {
    /// Decides on the place. `postgres` is the number and group of the OS user of that name, needed as root.
    ///
    /// # Errors
    /// [`ClusterError`] if the OS user has no name, or root has no `postgres`.
    pub fn new(home: Home, postgres: Option<(u32, u32)>) -> Result<Self, ClusterError> {
        if home.os_user.is_empty() {
            return Err(ClusterError::NoUserName);
        }
        let owner = match (home.uid, postgres) {
            (0, Some((uid, gid))) => Some(Owner { uid, gid }),
            (0, None) => return Err(ClusterError::NoPostgresUser),
            _ => None,
        };
        let data_dir = std::path::absolute(&home.data_dir)
            .map_err(|source| ClusterError::File { path: home.data_dir.clone(), source })?;
        let run_dir = run_dir(&data_dir, home.uid, home.runtime_dir.as_deref());
        let Home { os_user, uid, searched, .. } = home;
        Ok(Self { data_dir, run_dir, os_user, searched, uid, owner })
    }

    /// The cluster's own directory, the only thing that belongs to its user.
    #[must_use]
    pub fn pg(&self) -> PathBuf {
        self.data_dir.join("pg")
    }

    /// The name of the cluster's OS user.
    pub(super) fn owner_name(&self) -> &str {
        if self.owner.is_some() { "postgres" } else { &self.os_user }
    }

    /// Makes the data directory, and sees that the cluster's user can pass to it.
    pub(super) fn make_data_dir(&self) -> Result<(), ClusterError> {
        let mode = if self.owner.is_some() { 0o755 } else { 0o700 };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(&self.data_dir)
            .map_err(|source| ClusterError::File { path: self.data_dir.clone(), source })?;
        let Some(owner) = self.owner else { return Ok(()) };
        for dir in self.data_dir.ancestors() {
            let meta = std::fs::metadata(dir)
                .map_err(|source| ClusterError::File { path: dir.to_owned(), source })?;
            let passable = match (meta.uid() == owner.uid, meta.gid() == owner.gid) {
                (true, _) => 0o100,
                (_, true) => 0o010,
                _ => 0o001,
            };
            if meta.permissions().mode() & passable == 0 {
                let user = self.owner_name().to_owned();
                return Err(ClusterError::Impassable { path: dir.to_owned(), user });
            }
        }
        Ok(())
    }

    /// Makes the run directory for the socket. It may be in a place where anyone can write, so that one which
    /// somebody else has put there is refused.
    pub(super) fn make_run_dir(&self) -> Result<(), ClusterError> {
        let path = &self.run_dir;
        let file = |source| ClusterError::File { path: path.clone(), source };
        let mode = if self.owner.is_some() { 0o755 } else { 0o700 };
        match std::fs::DirBuilder::new().mode(mode).create(path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(file(error));
            }
            _ => {}
        }
        // Held open from here: what was looked at is what is given away.
        let dir = open_dir(path).map_err(|error| match error.raw_os_error() {
            Some(number)
                if number == Errno::LOOP.raw_os_error()
                    || number == Errno::NOTDIR.raw_os_error() =>
            {
                ClusterError::ForeignRunDir(path.clone())
            }
            _ => file(error),
        })?;
        let meta = dir.metadata().map_err(file)?;
        let owner_uid = self.owner.map_or(self.uid, |owner| owner.uid);
        if !meta.is_dir() || (meta.uid() != self.uid && meta.uid() != owner_uid) {
            return Err(ClusterError::ForeignRunDir(path.clone()));
        }
        if let Some(owner) = self.owner {
            fchown(&dir, Some(owner.uid), Some(owner.gid)).map_err(file)?;
        }
        Ok(())
    }

    /// Gives a directory to the cluster's user; what its path has become meanwhile is of no account.
    pub(super) fn give_dir_to_owner(&self, path: &Path) -> Result<(), ClusterError> {
        let Some(owner) = self.owner else { return Ok(()) };
        open_dir(path)
            .and_then(|dir| fchown(&dir, Some(owner.uid), Some(owner.gid)))
            .map_err(|source| ClusterError::File { path: path.to_owned(), source })
    }

    /// Takes a file of the cluster away.
    pub(super) fn remove(&self, name: &str) -> Result<(), ClusterError> {
        let path = self.pg().join(name);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(ClusterError::File { path, source })
            }
            _ => Ok(()),
        }
    }

    /// Writes a file of the cluster whole or not at all. As root that happens in a directory of the cluster's user:
    /// the file is always a new one, no link is followed, and what is given away is the open file.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), ClusterError> {
        use std::io::Write as _;
        let path = self.pg().join(name);
        let new_name = format!("{name}.new");
        let new = self.pg().join(&new_name);
        let file = |source| ClusterError::File { path: path.clone(), source };
        self.remove(&new_name)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).custom_flags(NO_LINK);
        let mut out = options.open(&new).map_err(file)?;
        if let Some(owner) = self.owner {
            fchown(&out, Some(owner.uid), Some(owner.gid)).map_err(file)?;
        }
        out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(file)?;
        std::fs::rename(&new, &path).map_err(file)
    }
}

/// Adds to the end of a file that the cluster's user made in `dir`. As root that user's directory is foreign
/// ground: a link to somewhere else is not followed.
pub(super) fn append(path: &Path, text: &str) -> Result<(), ClusterError> {
    use std::io::Write as _;
    let file = |source| ClusterError::File { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    let mut out = options.append(true).custom_flags(NO_LINK).open(path).map_err(file)?;
    let meta = out.metadata().map_err(file)?;
    if !meta.is_file() || meta.nlink() != 1 {
        return Err(file(std::io::ErrorKind::InvalidInput.into()));
    }
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(file)
}

/// Opens a directory, and nothing that only leads to one.
fn open_dir(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).custom_flags(NO_LINK | DIRECTORY).open(path)
}

/// A short directory, the same for every process of the user and data directory. A server that was started from
/// a session with other directories tells its own in its pid file.
fn run_dir(data_dir: &Path, uid: u32, runtime_dir: Option<&Path>) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    let hash = ContentHash::of(data_dir.as_os_str().as_bytes()).to_string();
    let word = &hash[..8];
    let in_tmp = PathBuf::from(format!("/tmp/baton-{uid}-{word}"));
    match (uid, runtime_dir) {
        (0, _) if Path::new("/run").is_dir() => PathBuf::from(format!("/run/baton-{word}")),
        (0, _) | (_, None) => in_tmp,
        (_, Some(dir)) => {
            let dir = dir.join(format!("baton-{word}"));
            if dir.join(SOCKET).as_os_str().len() <= SOCKET_PATH { dir } else { in_tmp }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(uid: u32, runtime_dir: Option<&str>) -> Home {
        Home {
            data_dir: PathBuf::from("/home/li/.local/share/baton"),
            os_user: "li".to_owned(),
            uid,
            runtime_dir: runtime_dir.map(PathBuf::from),
            searched: Searched::default(),
        }
    }

    #[test]
    fn a_user_with_a_runtime_directory_has_his_socket_there() {
        let place = Place::new(home(1000, Some("/run/user/1000")), None).unwrap();
        assert!(place.run_dir.starts_with("/run/user/1000"), "{place:?}");
    }

    #[test]
    fn a_runtime_directory_with_a_long_path_is_passed_over() {
        let long = format!("/run/{}", "x".repeat(100));
        let place = Place::new(home(1000, Some(&long)), None).unwrap();
        assert!(place.run_dir.starts_with("/tmp"), "{place:?}");
    }

    #[test]
    fn a_users_longest_number_leaves_room_for_the_socket() {
        let long = format!("/run/{}", "x".repeat(100));
        for (uid, runtime, postgres) in
            [(u32::MAX, None, None), (u32::MAX, Some(long.as_str()), None), (0, None, Some((1, 1)))]
        {
            let place = Place::new(home(uid, runtime), postgres).unwrap();
            assert!(place.run_dir.join(SOCKET).as_os_str().len() <= SOCKET_PATH, "{place:?}");
        }
    }

    #[test]
    fn a_user_without_a_name_is_refused() {
        let nameless = Home { os_user: String::new(), ..home(1000, None) };
        assert!(matches!(Place::new(nameless, None), Err(ClusterError::NoUserName)));
    }

    #[test]
    fn a_run_directory_that_is_somebody_elses_or_a_link_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let own = std::fs::metadata(dir.path()).unwrap().uid();
        let place = |run_dir: PathBuf, uid| Place {
            run_dir,
            uid,
            ..Place::new(home(1000, None), None).unwrap()
        };
        let there = dir.path().join("there");
        place(there.clone(), own).make_run_dir().unwrap();
        let foreign = place(there.clone(), own + 1).make_run_dir();
        assert!(matches!(foreign, Err(ClusterError::ForeignRunDir(path)) if path == there));
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&there, &link).unwrap();
        let led = place(link, own).make_run_dir();
        assert!(matches!(led, Err(ClusterError::ForeignRunDir(_))), "{led:?}");
    }

    #[test]
    fn a_directory_that_the_clusters_user_cannot_pass_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let stranger = Owner { uid: u32::MAX - 1, gid: u32::MAX - 1 };
        let place = Place {
            data_dir: dir.path().join("d"),
            owner: Some(stranger),
            ..Place::new(home(1000, None), None).unwrap()
        };
        let closed = place.make_data_dir();
        assert!(
            matches!(&closed, Err(ClusterError::Impassable { path, .. }) if path == dir.path()),
            "{closed:?}"
        );
    }

    #[test]
    fn two_data_directories_have_two_sockets() {
        let one = Place::new(home(1000, None), None).unwrap();
        let other = Home { data_dir: PathBuf::from("/elsewhere"), ..home(1000, None) };
        assert_ne!(one.run_dir, Place::new(other, None).unwrap().run_dir);
    }

    #[test]
    fn root_needs_the_user_postgres() {
        assert!(matches!(Place::new(home(0, None), None), Err(ClusterError::NoPostgresUser)));
        let place = Place::new(home(0, None), Some((101, 104))).unwrap();
        assert_eq!(place.owner_name(), "postgres");
    }
}
