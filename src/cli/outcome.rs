//! `baton outcome import`: takes in what came of the tasks.
#![expect(clippy::disallowed_methods, reason = "an outcome file is read here")]

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use serde_json::json;

use super::{Context, Failure, Table};
use crate::domain::clean::clean;
use crate::domain::message::{Arg, Message};
use crate::domain::outcome::OutcomeReport;
use crate::msg;
use crate::store::outcome::{self, OutcomeError, Reject};
use crate::store::reject_file::RejectFile;
use crate::text;

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
    let mut rejects = match rejects {
        Some(path) => RejectFile::at(path, &outcome::REJECT_HEADER),
        None => RejectFile::beside(&file, &outcome::REJECT_HEADER),
    };
    let lang = context.lang();
    let mut on_reject = |reject: &Reject| {
        reject.write_to(&mut rejects, &text::render(&reject.fault.message(), lang))
    };
    let bar = context.output.progress(size);
    let input = bar.wrap_read(input);
    let input = io::BufReader::new(input);
    let mut on_progress = |_| {};
    let import = outcome::import(&mut session, input, &mut on_reject, &mut on_progress);
    let taken = db.within(FILE_LIMIT, Box::pin(import)).await;
    bar.finish_and_clear();
    let report = match taken {
        Ok(report) => report,
        Err(error) => {
            rejects.discard();
            return Err(error.into());
        }
    };
    let path = rejects.finish().map_err(OutcomeError::from)?;
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
