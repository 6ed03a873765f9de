//! The environment, read once: who runs this, where his files belong, which language he reads.
#![expect(clippy::disallowed_methods, reason = "the environment is read once, here")]

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::store::cluster::Searched;

/// What the operating system says about this run.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The OS user's name; also the name of his own operator.
    pub user: String,
    /// The OS user's number.
    pub uid: u32,
    /// His home directory.
    pub home: PathBuf,
    /// Where programs are looked for.
    pub path: OsString,
    /// `BATON_POSTGRES_BIN`: look for server programs here and nowhere else.
    pub postgres_bin: Option<PathBuf>,
    /// `XDG_DATA_HOME`, or its default.
    pub data_home: PathBuf,
    /// `XDG_CONFIG_HOME`, or its default.
    pub config_home: PathBuf,
    /// `XDG_STATE_HOME`, or its default.
    pub state_home: PathBuf,
    /// `XDG_RUNTIME_DIR`, if it is set and there.
    pub runtime_dir: Option<PathBuf>,
    /// `CREDENTIALS_DIRECTORY`: where systemd puts what a service is to keep to itself.
    pub credentials: Option<PathBuf>,
    /// `LC_ALL`.
    pub lc_all: Option<String>,
    /// `LANG`.
    pub lang: Option<String>,
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// `NO_COLOR` is set to something.
    pub no_color: bool,
    /// `BATON_LOG`: what goes to the log.
    pub log: Option<String>,
}

/// Starts the program anew without `PGOPTIONS`, if it is set: Baton's sessions are as Baton makes them, and the driver
/// reads that variable by itself. Comes back only where there is nothing to do or it cannot be done.
///
/// # Errors
/// If the program could not be started anew.
pub fn without_foreign_options() -> std::io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    if env::var_os("PGOPTIONS").is_none() {
        return Ok(());
    }
    let mut again = std::process::Command::new(env::current_exe()?);
    Err(again.args(env::args_os().skip(1)).env_remove("PGOPTIONS").exec())
}

impl Surroundings {
    /// Reads the environment.
    #[must_use]
    pub fn read() -> Self {
        let home = directory("HOME").unwrap_or_else(|| PathBuf::from("/"));
        let under_home =
            |name: &str, default: &str| directory(name).unwrap_or_else(|| home.join(default));
        Self {
            user: whoami::username().unwrap_or_default(),
            uid: rustix::process::geteuid().as_raw(),
            data_home: under_home("XDG_DATA_HOME", ".local/share"),
            config_home: under_home("XDG_CONFIG_HOME", ".config"),
            state_home: under_home("XDG_STATE_HOME", ".local/state"),
            runtime_dir: directory("XDG_RUNTIME_DIR").filter(|dir| dir.is_dir()),
            path: env::var_os("PATH").unwrap_or_default(),
            postgres_bin: directory("BATON_POSTGRES_BIN"),
            credentials: directory("CREDENTIALS_DIRECTORY"),
            lc_all: env::var("LC_ALL").ok(),
            lang: env::var("LANG").ok(),
            term: env::var("TERM").ok(),
            colorterm: env::var("COLORTERM").ok(),
            no_color: env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
            log: env::var("BATON_LOG").ok(),
            home,
        }
    }

    /// True for the superuser.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// Where server programs are looked for.
    #[must_use]
    pub fn searched(&self) -> Searched {
        Searched { path: self.path.clone(), only: self.postgres_bin.clone() }
    }

    /// The config file.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config_home.join("baton/config.toml")
    }

    /// Where logs go.
    #[must_use]
    pub fn log_dir(&self) -> PathBuf {
        self.state_home.join("baton")
    }

    /// Where the private cluster lives unless `--data-dir` says otherwise.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        if self.is_root() { PathBuf::from("/var/lib/baton") } else { self.data_home.join("baton") }
    }
}

/// The command line, the program's name first.
#[must_use]
pub fn words() -> Vec<OsString> {
    env::args_os().collect()
}

/// A directory named by a variable; the XDG rules ignore a relative one.
fn directory(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|dir| dir.is_absolute())
}
