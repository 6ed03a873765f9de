//! Outcomes: what came of the tasks. A CSV file is copied into an intake and taken in by one step of the database's, all
//! in one transaction; messages of branch systems wait in an [`inbox`].
//!
//! Every row that is not taken is handed back with its reason, so that `read = accepted + duplicate + unknown +
//! rejected` can be checked line by line.

pub mod inbox;
mod intake;
mod rows;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use chrono::DateTime;
use chrono_tz::Tz;
use sqlx::{Connection as _, PgConnection};

use self::intake::Intake;
use self::rows::Rows;
use super::reject_file::RejectFile;
use super::segment::LIST_LIMIT;
use super::segment::written::Lines;
use super::{StoreError, bank, line, regular};
use crate::domain::clean::clean;
use crate::domain::id::PushId;
use crate::domain::message::Message;
use crate::domain::outcome::{COLUMNS, Days, NEEDED, OutcomeReport, RowFault};
use crate::msg;

/// Rows from one word of progress to the next.
const TOLD: u64 = 5000;

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The column at fault, if it is one.
    pub column: Option<&'static str>,
    /// What stands there, clean.
    pub value: String,
    /// Why.
    pub fault: RowFault,
}

/// The columns of an outcome file's reject file.
pub const REJECT_HEADER: [&str; 4] = ["line", "column", "value", "reason"];

impl Reject {
    /// Writes this row with the reason in the operator's words.
    ///
    /// # Errors
    /// As [`RejectFile::write`].
    pub fn write_to(&self, file: &mut RejectFile, reason: &str) -> std::io::Result<()> {
        let column = self.column.unwrap_or_default();
        file.write(&[&self.line.to_string(), column, &self.value, reason])
    }
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum OutcomeError {
    /// The header lacks a column.
    #[error("the header has no {column}")]
    MissingColumn {
        /// Which.
        column: &'static str,
    },
    /// The header has a column that an outcome does not have, or one twice.
    #[error("the header has {column}")]
    WrongColumn {
        /// Which, clean.
        column: String,
    },
    /// It is a device, a pipe or a directory.
    #[error("{file} is no file")]
    NotAFile {
        /// What was named, clean.
        file: String,
    },
    /// A line is longer than any row.
    #[error("a line is longer than any row")]
    LongLine,
    /// The file, or the reject file, failed.
    #[error("the file cannot be read: {0}")]
    File(String),
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OutcomeError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::MissingColumn { column } => Message::new(msg!("push.outcome.missing-column"))
                .with("column", *column)
                .with("columns", COLUMNS[..NEEDED].join(",")),
            Self::WrongColumn { column } => Message::new(msg!("push.outcome.wrong-column"))
                .with("column", column.as_str())
                .with("columns", COLUMNS[..NEEDED].join(",")),
            Self::NotAFile { file } => {
                Message::new(msg!("push.outcome.not-a-file")).with("file", file.as_str())
            }
            Self::LongLine => msg!("push.outcome.long-line").into(),
            Self::File(detail) => {
                Message::new(msg!("push.outcome.unreadable")).with("detail", detail.as_str())
            }
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for OutcomeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<std::io::Error> for OutcomeError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::FileTooLarge {
            return Self::LongLine;
        }
        Self::File(clean(&error.to_string()).into_owned())
    }
}

impl From<csv::Error> for OutcomeError {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            other => Self::File(clean(&format!("{other:?}")).into_owned()),
        }
    }
}

/// Opens a file of outcomes.
///
/// # Errors
/// [`OutcomeError::NotAFile`], or what the system says.
pub fn open(path: &Path) -> Result<File, OutcomeError> {
    let shown = || clean(&path.to_string_lossy()).into_owned();
    match regular::open(path) {
        Ok(Some(file)) => Ok(file),
        Ok(None) => Err(OutcomeError::NotAFile { file: shown() }),
        Err(error) => {
            Err(OutcomeError::File(format!("{}: {}", shown(), clean(&error.to_string()))))
        }
    }
}

/// Takes a file's outcomes, all within one transaction; `on_reject` hears of each row that is not taken, and
/// `on_progress` how many rows have been read.
///
/// # Errors
/// [`OutcomeError`]; nothing has been taken then.
pub async fn import(
    db: &mut PgConnection,
    file: impl Read + Send,
    on_reject: &mut (dyn FnMut(&Reject) -> std::io::Result<()> + Send),
    on_progress: &mut (dyn FnMut(u64) + Send),
) -> Result<OutcomeReport, OutcomeError> {
    let mut tx = db.begin().await?;
    line::allow(&mut tx, LIST_LIMIT).await?;
    let bank = bank::bank(&mut tx).await?;
    let zone = bank.timezone;
    let days = days(&mut tx).await?;
    let mut rows = Rows::open(Lines::new(file), bank, days)?;
    let mut report = OutcomeReport::default();
    let intake: String = sqlx::query_scalar!(r#"select gen_random_uuid()::text as "id!""#)
        .fetch_one(&mut *tx)
        .await?;
    let mut given = Intake::begin(&mut tx, &intake).await?;
    while let Some((line, row)) = rows.next()? {
        report.read += 1;
        match row {
            Ok(row) => given.put(line, &row).await?,
            Err((column, value, fault)) => {
                report.rejected += 1;
                on_reject(&Reject { line, column, value, fault })?;
            }
        }
        if report.read.is_multiple_of(TOLD) {
            on_progress(report.read);
        }
    }
    given.finish().await?;
    take(&mut tx, (&intake, zone), &mut report, on_reject).await?;
    tx.commit().await?;
    on_progress(report.read);
    Ok(report)
}

/// On which days outcomes can have been. The database holds to it, too, for rows that come in while a push is made.
async fn days(db: &mut PgConnection) -> Result<Days, sqlx::Error> {
    let last =
        sqlx::query_scalar!(r#"select greatest(baton.bank_day(), baton.clock_day()) as "day!""#)
            .fetch_one(&mut *db)
            .await?;
    let pushes = sqlx::query!("select id, as_of from baton.push").fetch_all(db).await?;
    Ok(Days { last, pushed: pushes.into_iter().map(|p| (PushId(p.id), p.as_of)).collect() })
}

/// Has the database take in what was given, and adds what became of it to `report`.
async fn take(
    tx: &mut PgConnection,
    (intake, zone): (&str, Tz),
    report: &mut OutcomeReport,
    on_reject: &mut (dyn FnMut(&Reject) -> std::io::Result<()> + Send),
) -> Result<(), OutcomeError> {
    let taken = sqlx::query!(
        r#"select accepted as "accepted!", duplicate as "duplicate!", unknown as "unknown!", late as "late!",
                  contamination as "contamination!", contradictory as "contradictory!",
                  coalesce(ordinals, '{}') as "ordinals!", coalesce(verdicts, '{}') as "verdicts!",
                  coalesce(tells, '{}') as "tells!"
           from baton.outcome_take($1::text::uuid)"#,
        intake
    )
    .fetch_one(tx)
    .await?;
    let n = |count: i64| count.unsigned_abs();
    report.accepted = n(taken.accepted);
    report.duplicate = n(taken.duplicate);
    report.unknown = n(taken.unknown);
    report.late = n(taken.late);
    report.contamination = n(taken.contamination);
    report.contradictory = n(taken.contradictory);
    let left = taken.ordinals.into_iter().zip(taken.verdicts).zip(taken.tells);
    for ((line, verdict), value) in left {
        let fault = RowFault::of_verdict(&verdict);
        report.rejected += u64::from(fault.is_rejected());
        on_reject(&Reject {
            line: n(line),
            column: fault.column(),
            value: local(&value, zone),
            fault,
        })?;
    }
    Ok(())
}

/// What the database tells of a row, `PUSH CUSTOMER TIME OUTCOME`, with the time as the bank's clocks had it.
fn local(tell: &str, zone: Tz) -> String {
    let word = |word: &str| match DateTime::parse_from_rfc3339(word) {
        Ok(at) => at.with_timezone(&zone).to_rfc3339(),
        Err(_) => word.to_owned(),
    };
    tell.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reject_says_the_time_of_the_bank() {
        let told = local("12 700 2026-10-31T17:30:00+00:00 sold", chrono_tz::Asia::Shanghai);
        assert_eq!(told, "12 700 2026-11-01T01:30:00+08:00 sold");
    }
}
