//! Outcomes: what came of the tasks, taken from a CSV file in chunks within one transaction.
//!
//! Every row that is not taken is handed back with its reason, so that `read = accepted + duplicate + unknown +
//! rejected` can be checked line by line.

use std::io::Read;

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection};

use super::records::Records;
use super::reject_file::RejectFile;
use super::segment::LIST_LIMIT;
use super::{StoreError, bank, line};
use crate::domain::bank::Bank;
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::outcome::{COLUMNS, OutcomeReport, OutcomeRow, RowFault, parse_row};
use crate::msg;

/// Rows handed to the database at a time.
const CHUNK: usize = 5000;

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
                .with("columns", COLUMNS.join(",")),
            Self::WrongColumn { column } => Message::new(msg!("push.outcome.wrong-column"))
                .with("column", column.as_str())
                .with("columns", COLUMNS.join(",")),
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
        Self::File(clean(&error.to_string()).into_owned())
    }
}

impl From<csv::Error> for OutcomeError {
    fn from(error: csv::Error) -> Self {
        Self::File(clean(&error.to_string()).into_owned())
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
    let mut rows = Rows::open(file, bank)?;
    let mut report = OutcomeReport::default();
    let mut chunk = Chunk::default();
    while let Some((line, row)) = rows.next()? {
        report.read += 1;
        match row {
            Ok(row) => chunk.push(line, row),
            Err((column, value, fault)) => {
                report.rejected += 1;
                on_reject(&Reject { line, column, value, fault })?;
            }
        }
        if chunk.lines.len() >= CHUNK {
            chunk.take(&mut tx, &mut report, on_reject).await?;
            on_progress(report.read);
        }
    }
    chunk.take(&mut tx, &mut report, on_reject).await?;
    tx.commit().await?;
    on_progress(report.read);
    Ok(report)
}

type RowResult = Result<OutcomeRow, (Option<&'static str>, String, RowFault)>;

/// The rows of a file, checked one by one.
struct Rows<R> {
    records: Records<R>,
    /// Where each of [`COLUMNS`] stands in the file.
    places: [usize; COLUMNS.len()],
    fields: usize,
    bank: Bank,
}

impl<R: Read> Rows<R> {
    fn open(file: R, bank: Bank) -> Result<Self, OutcomeError> {
        let mut records = Records::new(file, b',');
        records.advance()?;
        let header = records.record();
        let mut names = Vec::with_capacity(header.len());
        for (i, name) in header.iter().enumerate() {
            let name = String::from_utf8_lossy(name);
            let name = if i == 0 { name.trim_start_matches('\u{feff}') } else { &name };
            let name = name.trim().trim_matches('"').to_lowercase();
            if !COLUMNS.contains(&name.as_str()) || names.contains(&name) {
                return Err(OutcomeError::WrongColumn { column: clean(&name).into_owned() });
            }
            names.push(name);
        }
        let mut places = [0; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            *place = names
                .iter()
                .position(|name| name == column)
                .ok_or(OutcomeError::MissingColumn { column })?;
        }
        Ok(Self { records, places, fields: names.len(), bank })
    }

    fn next(&mut self) -> Result<Option<(u64, RowResult)>, OutcomeError> {
        if !self.records.advance()? {
            return Ok(None);
        }
        Ok(Some((self.records.line(), self.row())))
    }

    fn row(&self) -> RowResult {
        let record = self.records.record();
        if record.len() != self.fields {
            return Err((None, record.len().to_string(), RowFault::FieldCount));
        }
        let mut fields = [""; COLUMNS.len()];
        for (i, field) in fields.iter_mut().enumerate() {
            let bytes = record.get(self.places[i]).unwrap_or_default();
            *field = std::str::from_utf8(bytes).map_err(|_| {
                let shown = shorten(&String::from_utf8_lossy(bytes));
                (Some(COLUMNS[i]), shown, RowFault::NotUtf8)
            })?;
        }
        parse_row(fields, self.bank.currency, self.bank.timezone)
            .map_err(|(i, fault)| (Some(COLUMNS[i]), shorten(fields[i]), fault))
    }
}

/// A value as the reject file shows it: clean, and no longer than a line.
fn shorten(value: &str) -> String {
    let start: String = value.chars().take(100).collect();
    clean(&start).into_owned()
}

/// Rows on their way to the database, column by column.
#[derive(Default)]
struct Chunk {
    lines: Vec<u64>,
    pushes: Vec<i64>,
    customers: Vec<i64>,
    times: Vec<DateTime<Utc>>,
    outcomes: Vec<String>,
    amounts: Vec<Option<i64>>,
    notes: Vec<Option<String>>,
}

impl Chunk {
    fn push(&mut self, line: u64, row: OutcomeRow) {
        self.lines.push(line);
        self.pushes.push(row.push.0);
        self.customers.push(row.customer.0);
        self.times.push(row.at);
        self.outcomes.push(row.outcome.code().to_owned());
        self.amounts.push(row.amount.map(|amount| amount.0));
        self.notes.push(row.note);
    }

    /// Hands the rows over (none, too: the database still checks who asks), adds what became of them to `report`, and is empty afterwards.
    async fn take(
        &mut self,
        tx: &mut PgConnection,
        report: &mut OutcomeReport,
        on_reject: &mut (dyn FnMut(&Reject) -> std::io::Result<()> + Send),
    ) -> Result<(), OutcomeError> {
        let chunk = std::mem::take(self);
        let verdicts = sqlx::query!(
            r#"select ordinal as "ordinal!", verdict as "verdict!", late as "late!",
                      contamination as "contamination!"
               from baton.outcome_take($1, $2, $3, $4, $5, $6)"#,
            &chunk.pushes,
            &chunk.customers,
            &chunk.times,
            &chunk.outcomes,
            &chunk.amounts as &[Option<i64>],
            &chunk.notes as &[Option<String>]
        )
        .fetch_all(tx)
        .await?;
        for row in verdicts {
            let i = usize::try_from(row.ordinal - 1).unwrap_or_default();
            let fault = match row.verdict.as_str() {
                "accepted" => {
                    report.accepted += 1;
                    report.late += u64::from(row.late);
                    report.contamination += u64::from(row.contamination);
                    continue;
                }
                "duplicate" => {
                    report.duplicate += 1;
                    RowFault::Duplicate
                }
                _ => {
                    report.unknown += 1;
                    RowFault::UnknownTask
                }
            };
            let value = format!(
                "{} {} {} {}",
                chunk.pushes[i],
                chunk.customers[i],
                chunk.times[i].to_rfc3339(),
                chunk.outcomes[i]
            );
            on_reject(&Reject { line: chunk.lines[i], column: None, value, fault })?;
        }
        Ok(())
    }
}
