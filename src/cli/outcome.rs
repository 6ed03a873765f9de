//! `baton outcome import`: takes in what came of the tasks.
#![expect(
    clippy::disallowed_methods,
    reason = "an outcome file is read, and its reject file written, here"
)]

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use serde_json::json;

use super::{Context, Failure, Table};
use crate::domain::clean::clean;
use crate::domain::message::{Arg, Message};
use crate::msg;
use crate::store::outcome::{self, OutcomeError, OutcomeReport, Reject};
use crate::text::{self, Lang};

/// How long a whole file may take.
const FILE_LIMIT: Duration = Duration::from_hours(1);

/// What to do with outcomes.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Takes in a CSV file: `push,customer_id,outcome,at,amount,note`
    Import {
        /// The file
        file: PathBuf,
        /// Where the rows go that were not taken (default: beside the file)
        #[arg(long, value_name = "FILE")]
        rejects: Option<PathBuf>,
    },
}

impl From<OutcomeError> for Failure {
    fn from(error: OutcomeError) -> Self {
        match error {
            OutcomeError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs an `outcome` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let Args::Import { file, rejects } = args;
    let input = File::open(&file).map_err(|error| unreadable(&file, &error))?;
    let size = input.metadata().map(|m| m.len()).unwrap_or_default();
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let rejects = rejects.unwrap_or_else(|| {
        let mut name = file.clone().into_os_string();
        name.push(".rejects.csv");
        name.into()
    });
    let mut rejects = RejectFile { path: rejects, writer: None, lang: context.lang() };
    let bar = context.output.progress(size);
    let input = bar.wrap_read(input);
    let (mut on_reject, mut on_progress) = (|reject: &Reject| rejects.write(reject), |_| {});
    let import =
        outcome::import(&mut session, io::BufReader::new(input), &mut on_reject, &mut on_progress);
    let taken = db.within(FILE_LIMIT, import).await;
    bar.finish_and_clear();
    let report = match taken {
        Ok(report) => report,
        Err(error) => {
            rejects.discard();
            return Err(error.into());
        }
    };
    let written = rejects.finish().map_err(|error| unreadable(&rejects.path, &error))?;
    let path = written.then(|| rejects.path.display().to_string());
    let value = json!({
        "read": report.read,
        "accepted": report.accepted,
        "duplicate": report.duplicate,
        "unknown": report.unknown,
        "late": report.late,
        "rejected": report.rejected,
        "reject_file": path,
    });
    context.output.result(&value, || table(&report, path.as_deref()))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let detail = format!("{}: {error}", clean(&path.to_string_lossy()));
    Failure::refused(Message::new(msg!("push.outcome.unreadable")).with("detail", detail))
}

/// The reject file, made when the first row needs it.
struct RejectFile {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
    lang: Lang,
}

impl RejectFile {
    fn write(&mut self, reject: &Reject) -> io::Result<()> {
        let writer = if let Some(writer) = &mut self.writer {
            writer
        } else {
            let file = File::create(&self.path).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", self.path.display()))
            })?;
            let writer = self.writer.insert(csv::Writer::from_writer(file));
            writer.write_record(["line", "column", "value", "reason"])?;
            writer
        };
        let line = reject.line.to_string();
        let reason = text::render(&reject.fault.message(), self.lang);
        let column = reject.column.unwrap_or_default();
        Ok(writer.write_record([line.as_str(), column, &reject.value, &reason])?)
    }

    /// Writes what is left; true if there is a file.
    fn finish(&mut self) -> io::Result<bool> {
        match &mut self.writer {
            Some(writer) => writer.flush().map(|()| true),
            None => Ok(false),
        }
    }

    /// Takes the file away again: the run has failed and nothing of it stands.
    fn discard(&mut self) {
        if self.writer.take().is_some() {
            std::fs::remove_file(&self.path).ok();
        }
    }
}

fn table(report: &OutcomeReport, path: Option<&str>) -> Table {
    Table::facts([
        (msg!("push.outcome.fact.read"), Arg::from(report.read)),
        (msg!("push.outcome.fact.accepted"), report.accepted.into()),
        (msg!("push.outcome.fact.duplicate"), report.duplicate.into()),
        (msg!("push.outcome.fact.unknown"), report.unknown.into()),
        (msg!("push.outcome.fact.rejected"), report.rejected.into()),
        (msg!("push.outcome.fact.late"), report.late.into()),
        (msg!("push.outcome.fact.contamination"), report.contamination.into()),
        (msg!("push.outcome.fact.reject-file"), path.unwrap_or_default().into()),
    ])
}
