//! A CSV file as a header and lines of cells, with their places.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use super::refusal::{Place, Refusal};
use crate::domain::clean::clean;
use crate::domain::statistics::twice::Twice;
use crate::store::regular;

/// How large a file is at most, in bytes: all of it is held in memory.
const LARGEST: u64 = 256 << 20;

/// A file's header and lines, each as long as the header.
#[derive(Debug)]
pub(super) struct Sheet {
    columns: Vec<String>,
    pub(super) lines: Vec<Line>,
}

/// A line with its number in the file.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    cells: Vec<String>,
}

impl Sheet {
    /// Reads `path`, or stdin where it is `-`.
    pub(super) fn read(path: &Path) -> Result<Self, Refusal> {
        let shown = clean(&path.to_string_lossy()).into_owned();
        let unreadable = |error: std::io::Error| Refusal::Unreadable {
            path: shown.clone(),
            detail: error.to_string(),
        };
        let mut bytes = Vec::new();
        if path == Path::new("-") {
            std::io::stdin().lock().read_to_end(&mut bytes).map_err(unreadable)?;
        } else {
            let file = regular::open(path).map_err(unreadable)?;
            let mut file = file.ok_or_else(|| Refusal::NotAFile { path: shown.clone() })?;
            if file.metadata().map_err(unreadable)?.len() > LARGEST {
                return Err(Refusal::TooLarge { path: shown });
            }
            file.read_to_end(&mut bytes).map_err(unreadable)?;
        }
        Self::parse(&bytes, &shown)
    }

    /// Reads a file's bytes; `path` is only named.
    pub(super) fn parse(bytes: &[u8], path: &str) -> Result<Self, Refusal> {
        let text = decoded(bytes).ok_or_else(|| Refusal::NotText { path: path.to_owned() })?;
        let mut lines = lines(&text, path)?.into_iter();
        let header = lines.next().ok_or_else(|| Refusal::NoHeader { path: path.to_owned() })?.cells;
        let named = header.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        let columns: Vec<String> = header[..named].to_vec();
        for (at, column) in columns.iter().enumerate() {
            if columns[..at].iter().any(|earlier| earlier == column) {
                return Err(Refusal::ColumnTwice { column: column.clone() });
            }
        }
        let wanted = columns.len();
        let mut rows = Vec::new();
        for mut line in lines {
            // What a spreadsheet leaves behind the last column is nothing.
            while line.cells.len() > wanted && line.cells.last().is_some_and(String::is_empty) {
                line.cells.pop();
            }
            let found = line.cells.len();
            if found != wanted {
                return Err(Refusal::Fields { line: line.number, found, wanted });
            }
            rows.push(line);
        }
        if rows.is_empty() {
            return Err(Refusal::NoRows { path: path.to_owned() });
        }
        Ok(Self { columns, lines: rows })
    }

    /// Where the column of this name stands; capitals do not matter.
    pub(super) fn column(&self, name: &str) -> Result<usize, Refusal> {
        let exact = self.columns.iter().position(|column| column == name);
        let alike = || self.columns.iter().position(|column| column.eq_ignore_ascii_case(name));
        exact.or_else(alike).ok_or_else(|| Refusal::NoColumn {
            column: name.to_owned(),
            found: self.columns.join(", "),
        })
    }

    /// Every column besides those at `except`.
    pub(super) fn others(&self, except: &[usize]) -> Vec<usize> {
        (0..self.columns.len()).filter(|column| !except.contains(column)).collect()
    }

    /// The column's name.
    pub(super) fn name(&self, column: usize) -> &str {
        &self.columns[column]
    }

    /// A place for a refusal.
    pub(super) fn place(&self, line: &Line, column: usize) -> Place {
        Place { line: line.number, column: self.columns[column].clone() }
    }

    /// A word that must be there.
    pub(super) fn word<'a>(&self, line: &'a Line, column: usize) -> Result<&'a str, Refusal> {
        match line.cells[column].as_str() {
            "" => Err(Refusal::Empty { place: self.place(line, column) }),
            word => Ok(word),
        }
    }

    /// A number, or nothing.
    pub(super) fn number(&self, line: &Line, column: usize) -> Result<Option<f64>, Refusal> {
        let text = &line.cells[column];
        if text.is_empty() {
            return Ok(None);
        }
        number(text).map(Some).ok_or_else(|| Refusal::NotNumber {
            place: self.place(line, column),
            text: text.clone(),
        })
    }

    /// A number with all the digits that were written, or nothing.
    pub(super) fn digits(&self, line: &Line, column: usize) -> Result<Option<Twice>, Refusal> {
        let number = self.number(line, column)?;
        Ok(number.map(|number| Twice::read(&line.cells[column], number)))
    }

    /// A number that must be there.
    pub(super) fn must(&self, line: &Line, column: usize) -> Result<f64, Refusal> {
        self.number(line, column)?.ok_or_else(|| Refusal::Empty { place: self.place(line, column) })
    }

    /// A number that must be there and not be negative.
    pub(super) fn not_negative(&self, line: &Line, column: usize) -> Result<f64, Refusal> {
        let value = self.must(line, column)?;
        if value < 0.0 {
            return Err(Refusal::Negative { place: self.place(line, column), value });
        }
        Ok(value)
    }
}

/// A finite number in digits; words such as `inf` and `nan` are none, and neither is what overflows.
pub(super) fn number(text: &str) -> Option<f64> {
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    let value: f64 = text.bytes().all(plain).then(|| text.parse().ok())??;
    // Minus zero is zero.
    value.is_finite().then_some(value + 0.0)
}

/// Refuses what stands twice.
#[derive(Debug, Default)]
pub(super) struct Once(HashMap<(String, String), u64>);

impl Once {
    pub(super) fn check(&mut self, a: &str, b: &str, line: u64) -> Result<(), Refusal> {
        match self.0.insert((a.to_owned(), b.to_owned()), line) {
            Some(first) => Err(Refusal::Twice { line, first, what: format!("{a}, {b}") }),
            None => Ok(()),
        }
    }
}

/// UTF-8 with or without its mark, UTF-16 with it, else what Chinese spreadsheets write.
fn decoded(bytes: &[u8]) -> Option<String> {
    let (encoding, mark) = encoding_rs::Encoding::for_bom(bytes).unwrap_or_else(|| {
        let plain = std::str::from_utf8(bytes).is_ok();
        (if plain { encoding_rs::UTF_8 } else { encoding_rs::GB18030 }, 0)
    });
    let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..])?;
    (!text.contains('\0')).then(|| text.into_owned())
}

/// The lines that are not blank, their cells trimmed and clean.
fn lines(text: &str, path: &str) -> Result<Vec<Line>, Refusal> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| Refusal::Unreadable {
            path: path.to_owned(),
            detail: error.to_string(),
        })?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let number = record.position().map_or(0, |at| {
            // A record begins where the one before ended: the blank lines between belong to neither.
            let start = usize::try_from(at.byte()).unwrap_or(usize::MAX);
            let rest = text.as_bytes().get(start..).unwrap_or_default();
            let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
            at.line() + u64::try_from(blank.filter(|b| **b == b'\n').count()).unwrap_or(0)
        });
        let cells = record.iter().map(|cell| clean(cell).into_owned()).collect();
        lines.push(Line { number, cells });
    }
    Ok(lines)
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
mod tests;
