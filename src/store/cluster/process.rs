//! Starting a server program, as the cluster's user.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::ClusterError;
use super::place::Owner;

/// How long a program may take.
const LIMIT: Duration = Duration::from_mins(2);

/// Variables with which a user's own setup would reach into the private cluster.
const FOREIGN: [&str; 12] = [
    "PGDATA",
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGUSER",
    "PGDATABASE",
    "PGOPTIONS",
    "PGTZ",
    "PGCLIENTENCODING",
    "PGDATESTYLE",
    "LC_MESSAGES",
    "LANGUAGE",
];

/// Runs `program` to its end and gives its output.
pub(super) async fn run(
    name: &'static str,
    program: &Path,
    args: &[&OsStr],
    owner: Option<Owner>,
) -> Result<String, ClusterError> {
    let mut command = Command::new(program);
    command.args(args).current_dir("/").env("LC_ALL", "C").kill_on_drop(false);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for variable in FOREIGN {
        command.env_remove(variable);
    }
    if let Some(owner) = owner {
        command.uid(owner.uid).gid(owner.gid);
    }
    let failed = |detail: String| ClusterError::ProgramFailed { program: name, detail };
    let output = tokio::time::timeout(LIMIT, command.output())
        .await
        .map_err(|_| failed("deadline".to_owned()))?
        .map_err(|error| failed(error.to_string()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let said = format!("{}\n{}", text(&output.stdout), text(&output.stderr));
    tracing::warn!(program = name, %said, "a server program failed");
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Err(failed(last.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_that_fails_is_told_by_its_last_words() {
        let args = ["-c", "echo first; echo last >&2; echo >&2; exit 3"].map(OsStr::new);
        let failed = run("sh", Path::new("/bin/sh"), &args, None).await;
        assert!(
            matches!(&failed, Err(ClusterError::ProgramFailed { program: "sh", detail }) if detail == "last"),
            "{failed:?}"
        );
        let gone = run("gone", Path::new("/nonexistent/gone"), &[], None).await;
        assert!(matches!(gone, Err(ClusterError::ProgramFailed { program: "gone", .. })));
    }
}
