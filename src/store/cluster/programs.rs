//! Finding PostgreSQL's server programs on this machine.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::domain::message::Message;
use crate::msg;

use super::process;

/// The oldest major version that will do.
const OLDEST: u32 = 15;

/// Where to look.
#[derive(Clone, Debug, Default)]
pub struct Searched {
    /// `PATH`.
    pub path: OsString,
    /// Look in this one directory and nowhere else.
    pub only: Option<PathBuf>,
}

/// The programs of one server installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// Where they are.
    pub bin: PathBuf,
    /// Their major version.
    pub major: u32,
}

/// Why there are no programs to use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramsError {
    /// None at all, or none that is new enough.
    #[error("no PostgreSQL server of version {OLDEST} or newer was found")]
    Missing {
        /// How this system installs one.
        system: System,
        /// The newest that was found.
        found: Option<u32>,
    },
    /// The cluster was made by another major version.
    #[error("the data need the programs of PostgreSQL {needed}")]
    OtherMajor {
        /// The version of the data.
        needed: u32,
    },
}

/// How a system installs programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// `apt-get`
    Debian,
    /// `dnf`
    Fedora,
    /// `brew`
    Homebrew,
    /// Something else.
    Other,
}

impl ProgramsError {
    /// The sentence for the operator, with the command for his system.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Missing { system, .. } => match system {
                System::Debian => msg!("cluster.missing.debian"),
                System::Fedora => msg!("cluster.missing.fedora"),
                System::Homebrew => msg!("cluster.missing.homebrew"),
                System::Other => msg!("cluster.missing.other"),
            }
            .into(),
            Self::OtherMajor { needed } => {
                Message::new(msg!("cluster.other-major")).with("needed", needed.to_string())
            }
        }
    }
}

/// Finds the newest programs, or those of exactly `major`.
///
/// # Errors
/// [`ProgramsError`] if there are none.
pub async fn find(searched: &Searched, major: Option<u32>) -> Result<Programs, ProgramsError> {
    let mut best: Option<Programs> = None;
    for bin in directories(searched).await {
        let Some(found) = version(&bin).await else { continue };
        if major == Some(found) {
            return Ok(Programs { bin, major: found });
        }
        if best.as_ref().is_none_or(|best| best.major < found) {
            best = Some(Programs { bin, major: found });
        }
    }
    match (major, best) {
        (Some(needed), Some(_)) => Err(ProgramsError::OtherMajor { needed }),
        (None, Some(best)) if best.major >= OLDEST => Ok(best),
        (_, best) => Err(ProgramsError::Missing {
            system: system(&searched.path),
            found: best.map(|b| b.major),
        }),
    }
}

/// The number and group of the OS user `postgres`, for root.
pub async fn postgres_user() -> Option<(u32, u32)> {
    let mut ids = Vec::new();
    for flag in ["-u", "-g"] {
        let args = [OsStr::new(flag), OsStr::new("postgres")];
        ids.push(process::run("id", Path::new("id"), &args, None).await.ok()?.parse().ok()?);
    }
    Some((*ids.first()?, *ids.get(1)?))
}

/// Every directory that may hold the programs, each once, in the order of preference among equals.
async fn directories(searched: &Searched) -> Vec<PathBuf> {
    if let Some(only) = &searched.only {
        return vec![only.clone()];
    }
    let mut found: Vec<PathBuf> = std::env::split_paths(&searched.path).collect();
    for (parent, prefix, tail) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
    ] {
        let Ok(entries) = std::fs::read_dir(parent) else { continue };
        let named =
            entries.flatten().filter(|e| e.file_name().to_string_lossy().starts_with(prefix));
        found.extend(named.map(|e| e.path().join(tail)));
    }
    let args = [OsStr::new("--bindir")];
    if let Ok(dir) = process::run("pg_config", Path::new("pg_config"), &args, None).await {
        found.push(PathBuf::from(dir));
    }
    let mut seen = Vec::new();
    for dir in found {
        // A directory of links (as /usr/local/bin may be) leads to where the programs really are.
        let Ok(real) = dir.join("initdb").canonicalize() else { continue };
        if let Some(bin) = real.parent().map(Path::to_path_buf)
            && !seen.contains(&bin)
            && bin.join("pg_ctl").is_file()
            && bin.join("postgres").is_file()
        {
            seen.push(bin);
        }
    }
    seen
}

async fn version(bin: &Path) -> Option<u32> {
    let args = [OsStr::new("--version")];
    let said = process::run("postgres", &bin.join("postgres"), &args, None).await.ok()?;
    major_of(&said)
}

/// The major version in `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`; a beta is `18beta1`.
fn major_of(said: &str) -> Option<u32> {
    let number = said.split_once("(PostgreSQL)")?.1.trim_start();
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn system(path: &OsStr) -> System {
    let has = |program: &str| std::env::split_paths(path).any(|dir| dir.join(program).is_file());
    if has("apt-get") {
        System::Debian
    } else if has("dnf") {
        System::Fedora
    } else if has("brew") {
        System::Homebrew
    } else {
        System::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_the_programs_write_them() {
        let debian = "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)";
        assert_eq!(major_of(debian), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_of("postgres: command not found"), None);
    }

    #[tokio::test]
    async fn an_empty_directory_has_no_server() {
        let dir = tempfile::tempdir().unwrap();
        let searched = Searched { path: OsString::new(), only: Some(dir.path().to_owned()) };
        let missing = ProgramsError::Missing { system: System::Other, found: None };
        assert_eq!(find(&searched, None).await, Err(missing));
    }
}
