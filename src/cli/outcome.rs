//! `baton outcome import`: takes in what came of the tasks.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, Failure, Table};
use crate::domain::message::{Arg, Message};
use crate::domain::outcome::{InboxReason, InboxRow, OutcomeReport};
use crate::msg;
use crate::store::bank;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::outcome::{self, OutcomeError, Reject, inbox};
use crate::store::reject_file::RejectFile;
use crate::text::{self, number};

/// How long a whole file may take.
const FILE_LIMIT: Duration = Duration::from_hours(1);

/// What to do with outcomes.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Takes in a CSV file: `push,customer_id,outcome,at,amount,note`, and `source,message_id` if it has messages
    Import {
        /// The file
        file: PathBuf,
        /// Where the rows go that were not taken (default: beside the file)
        #[arg(long, value_name = "FILE")]
        rejects: Option<PathBuf>,
    },
    /// Shows what branch systems have sent: how much waits, and what could not be taken in and why
    Inbox {
        /// Has the worker try what could not be taken in once more
        #[arg(long)]
        retry: bool,
        /// Lists the messages that could not be taken in, 100 after the first so many
        #[arg(long, value_name = "SKIP", num_args = 0..=1, default_missing_value = "0", conflicts_with = "retry")]
        left: Option<i32>,
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
    match args {
        Args::Import { file, rejects } => import(file, rejects, context).await,
        Args::Inbox { retry, left } => inbox(retry, left, context).await,
    }
}

async fn import(file: PathBuf, rejects: Option<PathBuf>, context: &Context) -> Result<(), Failure> {
    let input = outcome::open(&file)?;
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
        "contamination": report.contamination,
        "contradictory": report.contradictory,
        "rejected": report.rejected,
        "reject_file": path,
    });
    context.output.result(&value, || table(&report, path.as_deref()))
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
        (msg!("push.outcome.fact.contradictory"), report.contradictory.into()),
        (msg!("push.outcome.fact.reject-file"), path.unwrap_or_default().into()),
    ])
}

async fn inbox(retry: bool, left: Option<i32>, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    if let Some(skip) = left {
        let asked = inbox::left(&mut session, skip);
        let rows = db.within(STATEMENT_LIMIT, Box::pin(asked)).await?;
        let zone = bank::bank(&mut session).await?.timezone;
        let shown: Vec<Value> = rows.iter().map(left_json).collect();
        return context.output.result(&shown, || left_table(&rows, zone));
    }
    if retry {
        let asked = inbox::retry(&mut session);
        let messages = db.within(STATEMENT_LIMIT, Box::pin(asked)).await?;
        context.output.say(Message::new(msg!("board.inbox.retried")).with("messages", messages));
    }
    let asked = inbox::counts(&mut session);
    let rows = db.within(STATEMENT_LIMIT, Box::pin(asked)).await?;
    let zone = bank::bank(&mut session).await?.timezone;
    let shown: Vec<Value> = rows
        .iter()
        .map(|row| {
            let reason = row.reason.map(InboxReason::code);
            json!({ "source": row.source, "reason": reason, "messages": row.messages, "oldest": row.oldest })
        })
        .collect();
    context.output.result(&shown, || {
        let mut table = Table::new([
            ("source", msg!("board.inbox.source")),
            ("reason", msg!("board.inbox.reason")),
            ("messages", msg!("board.inbox.messages")),
            ("oldest", msg!("board.inbox.oldest")),
        ]);
        for row in &rows {
            table.row([
                row.source.as_str().into(),
                row.reason.map_or(msg!("board.inbox.waiting"), InboxReason::title).into(),
                row.messages.into(),
                local(row.oldest, zone).into(),
            ]);
        }
        table
    })
}

/// To the minute, as the bank's own clocks show it.
fn local(at: DateTime<Utc>, zone: Tz) -> String {
    number::moment(&at.with_timezone(&zone))
}

fn left_json(row: &InboxRow) -> Value {
    json!({
        "source": row.source,
        "message_id": row.message,
        "reason": row.reason.code(),
        "push": row.push,
        "customer_id": row.customer,
        "outcome": row.outcome,
        "at": row.at,
        "received_at": row.received_at,
        "sent_by": row.sent_by,
    })
}

fn left_table(rows: &[InboxRow], zone: Tz) -> Table {
    let mut table = Table::new([
        ("source", msg!("board.inbox.source")),
        ("message_id", msg!("board.inbox.message")),
        ("reason", msg!("board.inbox.reason")),
        ("push", msg!("push.fact.push")),
        ("customer_id", msg!("board.inbox.customer")),
        ("outcome", msg!("board.inbox.outcome")),
        ("at", msg!("board.inbox.at")),
        ("received_at", msg!("board.inbox.received")),
        ("sent_by", msg!("board.inbox.sent-by")),
    ]);
    let number = |value: Option<i64>| value.map(|n| n.to_string()).unwrap_or_default();
    for row in rows {
        table.row([
            row.source.as_str().into(),
            row.message.as_str().into(),
            row.reason.title().into(),
            number(row.push).into(),
            number(row.customer).into(),
            row.outcome.as_deref().unwrap_or_default().into(),
            row.at.map(|at| local(at, zone)).unwrap_or_default().into(),
            local(row.received_at, zone).into(),
            row.sent_by.as_str().into(),
        ]);
    }
    table
}
