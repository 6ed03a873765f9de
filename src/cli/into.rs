//! A command's table in a file: `--into FILE`, and what the console exports.
//!
//! The command runs as it always does and its table is kept in memory; then the audit is told what leaves the bank, and
//! only then is there a file. So a file that exists is one that the audit knows of. It is never written over another.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Parser as _;

use super::output::{Format, Kept, Written};
use super::{Cli, Command, Context, Failure};
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::msg;
use crate::store::Db;
use crate::store::export::{self, ExportError, Leaving};

/// Runs `command` and writes its table into `file`; gives how many rows that are.
///
/// The format is that of `--format` if it was said, else that of the file's ending: `.xlsx`, `.csv`, `.json`, `.md` for a report,
/// or `.txt` for the table as people read it. Any other would be a file that its own program does not open.
///
/// # Errors
/// [`Failure`]: of the command, of a command that has no table, of the audit, or of the file.
pub async fn run(command: Command, context: &Context, file: &Path) -> Result<usize, Failure> {
    let Some(what) = command.lists() else {
        return Err(Failure::usage(msg!("cli.into.no-table")));
    };
    // Before the work, so that nobody waits for a list that has no place.
    if file.exists() {
        return Err(taken(file));
    }
    let Some(format) = context.settings.wanted.or_else(|| Format::of_file(file)) else {
        let said = Message::new(msg!("cli.into.ending"));
        return Err(Failure::usage(
            said.with("path", clean(&file.display().to_string()).into_owned()),
        ));
    };
    let kept = Kept::default();
    let mut inner = context.clone();
    inner.output.format = format;
    inner.output.kept = Some(kept.clone());
    let of_bank = command.reads_the_bank();
    Box::pin(super::perform(command, &inner)).await?;
    let Some(result) = kept.take() else {
        return Err(Failure::usage(msg!("cli.into.no-table")));
    };
    if of_bank {
        note(context, what, &result, file).await?;
    }
    write_new(file, &result.bytes)?;
    Ok(result.rows)
}

/// What the console exports: the command that is the text twin of a screen, without the program's name. The operator, the
/// day and the language are those of `context`, the connections those of the console, `db`.
///
/// # Errors
/// As [`run`].
pub async fn twin(
    words: &[String],
    context: &Context,
    db: Db,
    file: &Path,
) -> Result<usize, Failure> {
    let words = std::iter::once("baton").chain(words.iter().map(String::as_str));
    let cli = Cli::try_parse_from(words).map_err(|error| {
        let detail = clean(error.to_string().lines().next().unwrap_or_default()).into_owned();
        Failure::usage(Message::new(msg!("cli.into.no-twin")).with("detail", detail))
    })?;
    let command = cli.command.ok_or_else(|| Failure::usage(msg!("cli.into.no-table")))?;
    let mut context = context.clone();
    context.settings.wanted = None;
    context.opened = Some(db);
    context.output.quiet = true;
    run(command, &context, file).await
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Store(error) => error.into(),
            too_many @ ExportError::TooMany { .. } => Self::refused(too_many.message()),
        }
    }
}

/// Tells the audit, which may refuse: too many rows at once.
async fn note(
    context: &Context,
    family: &str,
    result: &Written,
    file: &Path,
) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let leaving = Leaving { family, columns: &result.columns, rows: result.rows, file: &name };
    let noted = context.answer(export::note(&mut session, &leaving)).await;
    session.give_back().await;
    db.close().await;
    noted
}

/// Writes beside and renames, so that nobody finds half a table; refuses to write over anything.
fn write_new(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let unwritable = |error: std::io::Error| {
        Failure::refused(
            Message::new(msg!("cli.into.unwritable"))
                .with("path", clean(&file.display().to_string()).into_owned())
                .with("detail", error.to_string()),
        )
    };
    let beside = PathBuf::from(format!("{}.{}.part", file.display(), std::process::id()));
    // Customers may stand in it: it is its writer's alone, whatever the umask.
    let mut options = std::fs::OpenOptions::new();
    let written = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut out| out.write_all(bytes).and_then(|()| out.sync_all()))
        // Unlike a rename, a link never takes another file's place.
        .and_then(|()| std::fs::hard_link(&beside, file));
    // It has done its work, or is half of something.
    std::fs::remove_file(&beside).ok();
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(taken(file)),
        other => other.map_err(unwritable),
    }
}

fn taken(file: &Path) -> Failure {
    let path = clean(&file.display().to_string()).into_owned();
    Failure::refused(Message::new(msg!("cli.into.taken")).with("path", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test reads what it wrote")]
    fn a_file_is_whole_or_is_not_there_and_takes_no_other_s_place() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a.csv");
        write_new(&file, b"one\n").unwrap();
        let refused = write_new(&file, b"two\n").unwrap_err();
        assert_eq!(refused.message.key, msg!("cli.into.taken"));
        assert_eq!(std::fs::read(&file).unwrap(), b"one\n");
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "nobody else reads it");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "nothing is left beside");
        let nowhere = home.path().join("no/such/place.csv");
        assert_eq!(write_new(&nowhere, b"").unwrap_err().message.key, msg!("cli.into.unwritable"));
    }
}
