//! What a running server has written about itself into `postmaster.pid`.
#![expect(clippy::disallowed_methods, reason = "the cluster's own files are read here")]

use std::path::{Path, PathBuf};

use super::place::SOCKET;

/// A server that says that it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) pid: i32,
    pub(super) run_dir: PathBuf,
    status: String,
}

impl Server {
    /// True once it takes connections.
    pub(super) fn is_ready(&self) -> bool {
        self.status == "ready"
    }

    /// Its socket.
    pub(super) fn socket(&self) -> PathBuf {
        self.run_dir.join(SOCKET)
    }

    /// True if its process lives and is a PostgreSQL: after a crash the number may be another program's.
    pub(super) fn is_running(&self) -> bool {
        is_postgres(self.pid)
    }
}

/// Reads the pid file of the cluster in `pg`; a half-written one is none.
pub(super) fn read(pg: &Path) -> Option<Server> {
    parse(&std::fs::read_to_string(pg.join("postmaster.pid")).ok()?)
}

/// Its lines: pid, data directory, start, port, socket directory, listen address, shared memory, status.
fn parse(text: &str) -> Option<Server> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let run_dir = lines.get(4).filter(|dir| dir.starts_with('/'))?;
    Some(Server {
        pid: lines.first()?.parse().ok()?,
        run_dir: PathBuf::from(run_dir),
        status: lines.get(7).copied().unwrap_or_default().to_owned(),
    })
}

/// Removes the lock files, in the cluster and beside its socket, whose process is not a PostgreSQL any more. The
/// server would pass over a dead number by itself, but not over one that was given to another program, nor over
/// one that nobody has waited for.
pub(super) fn remove_stale(pg: &Path, run_dir: &Path) {
    let lock = run_dir.join(format!("{SOCKET}.lock"));
    for file in [pg.join("postmaster.pid"), lock] {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let pid = text.lines().next().and_then(|line| line.trim().parse().ok());
        if pid.is_none_or(|pid| !is_postgres(pid)) {
            std::fs::remove_file(&file).ok();
        }
    }
}

/// True if the process lives and is a PostgreSQL.
pub(super) fn is_postgres(pid: i32) -> bool {
    let Some(number) = rustix::process::Pid::from_raw(pid) else { return false };
    let alive = match rustix::process::test_kill_process(number) {
        Ok(()) => true,
        Err(error) => error == rustix::io::Errno::PERM,
    };
    alive
        && match std::fs::read(format!("/proc/{pid}/cmdline")) {
            Ok(line) => String::from_utf8_lossy(&line).contains("postgres"),
            Err(_) => !Path::new("/proc/self").exists(),
        }
}

/// The major version of the data in `pg`, if a cluster is there.
pub(super) fn major(pg: &Path) -> Option<u32> {
    std::fs::read_to_string(pg.join("PG_VERSION")).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_tells_the_socket_and_the_state() {
        let text =
            "4711\n/var/lib/baton/pg\n1700000000\n5432\n/run/baton-1\n\n  123  4\nready   \n";
        let server = parse(text).unwrap();
        assert_eq!((server.pid, server.is_ready()), (4711, true));
        assert_eq!(server.socket(), Path::new("/run/baton-1/.s.PGSQL.5432"));
    }

    #[test]
    fn a_half_written_pid_file_is_none() {
        assert_eq!(parse("4711\n/var/lib/baton/pg\n"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn a_process_of_another_program_is_not_the_server() {
        let server = Server {
            pid: i32::try_from(std::process::id()).unwrap(),
            run_dir: PathBuf::from("/x"),
            status: "ready".to_owned(),
        };
        assert!(!server.is_running());
    }
}
