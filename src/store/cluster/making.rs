//! Making the cluster's files, and starting and stopping its server.
#![expect(clippy::disallowed_methods, reason = "the cluster's own files are read here")]

use std::ffi::OsStr;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use super::place::append;
use super::{ClusterError, INTERNAL, Place, Programs, access, pidfile, process};

/// What Baton wants of its server. Durability is on: a push that was confirmed is there after a crash. The log
/// holds no statements and no details, since those hold customers' records.
const SETTINGS: &str = "\
listen_addresses = ''
port = 5432
fsync = on
full_page_writes = on
synchronous_commit = on
max_connections = 100
shared_buffers = '256MB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
max_wal_size = '2GB'
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_error_verbosity = terse
log_min_error_statement = panic
log_line_prefix = '%m [%p] %a '
";

/// True if the cluster's files are there. They come by one rename, so that they are whole.
pub(super) fn is_made(pg: &Path) -> bool {
    pidfile::major(pg).is_some()
}

/// Makes the cluster beside its place and renames it there, so that a kill leaves nothing half-made.
pub(super) async fn make(place: &Place, programs: &Programs) -> Result<(), ClusterError> {
    let new = place.data_dir.join("pg.new");
    let file = |source| ClusterError::File { path: new.clone(), source };
    match std::fs::remove_dir_all(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(file(error)),
        _ => {}
    }
    DirBuilder::new().mode(0o700).create(&new).map_err(file)?;
    place.give_dir_to_owner(&new)?;
    let user = format!("--username={INTERNAL}");
    let locale = if cfg!(target_os = "linux") { "--locale=C.UTF-8" } else { "--no-locale" };
    let options = ["--encoding=UTF8", "--data-checksums", "--auth=reject", "--no-instructions"];
    let mut args: Vec<&OsStr> = options.iter().map(OsStr::new).collect();
    args.extend([OsStr::new(&user), OsStr::new(locale), OsStr::new("-D"), new.as_os_str()]);
    process::run("initdb", &programs.bin.join("initdb"), &args, place.owner).await?;
    append(&new.join("postgresql.conf"), "\ninclude 'baton.conf'\n")?;
    std::fs::rename(&new, place.pg()).map_err(file)
}

/// Writes what the server is started with: its settings, its socket's place, who may be whom.
pub(super) fn configure(place: &Place) -> Result<(), ClusterError> {
    let run = place.run_dir.display().to_string().replace('\'', "''");
    place.write("baton.conf", &format!("{SETTINGS}unix_socket_directories = '{run}'\n"))?;
    access::write(place, &[])
}

/// What came of starting the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Started {
    /// It takes connections.
    Up,
    /// Another one, or what a killed one has left, is in the way.
    Held,
}

/// Starts the server and waits until it takes connections.
pub(super) async fn start(place: &Place, programs: &Programs) -> Result<Started, ClusterError> {
    let pg = place.pg();
    let log = pg.join("server.log");
    let args = ["start", "-w", "-s", "-t", "90", "-D"].map(OsStr::new);
    let args = [&args[..], &[pg.as_os_str(), OsStr::new("-l"), log.as_os_str()]].concat();
    pidfile::remove_stale(&pg, &place.run_dir);
    std::fs::remove_file(&log).ok();
    let started = process::run("pg_ctl", &programs.bin.join("pg_ctl"), &args, place.owner).await;
    let Err(error) = started else { return Ok(Started::Up) };
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    // The processes of a server that was killed go a moment after it.
    if said.contains("shared memory block") || said.contains("lock file") {
        return Ok(Started::Held);
    }
    Err(with_reason(error, &said))
}

/// Stops the server and waits until it is gone.
pub(super) async fn stop(place: &Place, programs: &Programs) -> Result<(), ClusterError> {
    let pg = place.pg();
    let args = ["stop", "-w", "-s", "-t", "90", "-m", "fast", "-D"].map(OsStr::new);
    let args = [&args[..], &[pg.as_os_str()]].concat();
    process::run("pg_ctl", &programs.bin.join("pg_ctl"), &args, place.owner).await.map(drop)
}

/// `pg_ctl` only says that it failed; the server's own last words say why.
fn with_reason(error: ClusterError, said: &str) -> ClusterError {
    let fatal = said.lines().rev().find_map(|line| line.split_once("FATAL:"));
    match fatal {
        Some((_, reason)) => {
            ClusterError::ProgramFailed { program: "postgres", detail: reason.trim().to_owned() }
        }
        None => error,
    }
}
