//! The rows of an outcome file, checked one by one.

use std::io::Read;

use super::OutcomeError;
use crate::domain::bank::Bank;
use crate::domain::clean::clean;
use crate::domain::outcome::{COLUMNS, Days, NEEDED, OutcomeRow, RowFault, parse_row};
use crate::store::records::Records;

/// A row, or the column at fault, what stands there and why it is not taken.
pub(super) type RowResult = Result<OutcomeRow, (Option<&'static str>, String, RowFault)>;

/// The rows of a file.
pub(super) struct Rows<R> {
    records: Records<R>,
    /// Where each of [`COLUMNS`] stands in the file; nowhere only one that need not be there.
    places: [Option<usize>; COLUMNS.len()],
    fields: usize,
    bank: Bank,
    days: Days,
}

impl<R: Read> Rows<R> {
    /// Reads the header. `days` are those on which outcomes can have been.
    ///
    /// # Errors
    /// [`OutcomeError`] of the header or of the file.
    pub(super) fn open(file: R, bank: Bank, days: Days) -> Result<Self, OutcomeError> {
        let mut records = Records::new(file, b',');
        records.advance()?;
        let header = records.record();
        let mut names = Vec::with_capacity(header.len());
        for (i, name) in header.iter().enumerate() {
            let name = String::from_utf8_lossy(name);
            let name = if i == 0 { name.trim_start_matches('\u{feff}') } else { &name };
            let name = name.trim().trim_matches('"').to_lowercase();
            if !COLUMNS.contains(&name.as_str()) || names.contains(&name) {
                return Err(OutcomeError::WrongColumn { column: named(&name) });
            }
            names.push(name);
        }
        let places = COLUMNS.map(|column| names.iter().position(|name| name == column));
        if let Some(missing) = places[..NEEDED].iter().position(Option::is_none) {
            return Err(OutcomeError::MissingColumn { column: COLUMNS[missing] });
        }
        Ok(Self { records, places, fields: names.len(), bank, days })
    }

    /// The next row with its line in the file, from 1; none at the end.
    ///
    /// # Errors
    /// [`OutcomeError::File`].
    pub(super) fn next(&mut self) -> Result<Option<(u64, RowResult)>, OutcomeError> {
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
            let bytes = self.places[i].and_then(|at| record.get(at)).unwrap_or_default();
            *field = std::str::from_utf8(bytes).map_err(|_| {
                let shown = shorten(&String::from_utf8_lossy(bytes));
                (Some(COLUMNS[i]), shown, RowFault::NotUtf8)
            })?;
        }
        parse_row(fields, self.bank.currency, self.bank.timezone, &self.days)
            .map_err(|(i, fault)| (Some(COLUMNS[i]), shorten(fields[i]), fault))
    }
}

/// A column's name as an error tells it: clean, and cut where it is longer than any that is meant.
fn named(name: &str) -> String {
    let start: String = name.chars().take(40).collect();
    let more = if start.len() < name.len() { "..." } else { "" };
    format!("{}{more}", clean(&start))
}

/// A value as the reject file shows it: clean, and no longer than a line.
fn shorten(value: &str) -> String {
    let start: String = value.chars().take(100).collect();
    clean(&start).into_owned()
}
