//! The records of a CSV file, each with the line on which it begins.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};

/// A file's bytes, and one more line feed: so every record ends with one, and its line can be told from where it ends.
type Bytes<R> = io::Chain<R, &'static [u8]>;

/// A file, record by record; empty lines are passed over.
pub(super) struct Records<R> {
    reader: csv::Reader<Bytes<R>>,
    record: ByteRecord,
}

impl<R: Read> Records<R> {
    /// The records of `file`, none read yet.
    pub(super) fn new(file: R, delimiter: u8) -> Self {
        // A line ends at its line feed alone; the carriage return of other systems is trimmed with the last field.
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(file.chain(&b"\n"[..]));
        Self { reader, record: ByteRecord::new() }
    }

    /// Goes to the next record that is not blank; false at the end.
    ///
    /// # Errors
    /// As the file's; [`reached`](Self::reached) says where.
    pub(super) fn advance(&mut self) -> csv::Result<bool> {
        while self.reader.read_byte_record(&mut self.record)? {
            let blank = self.record.len() == 1 && self.record[0].trim_ascii().is_empty();
            if !blank {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The record.
    pub(super) fn record(&self) -> &ByteRecord {
        &self.record
    }

    /// The line on which the record begins, from 1. The reader's own position of a record is the end of the one before,
    /// and so too low behind empty lines.
    pub(super) fn line(&self) -> u64 {
        let within = self.record.as_slice().iter().map(|b| u64::from(*b == b'\n')).sum::<u64>();
        self.reached().saturating_sub(1 + within)
    }

    /// How far the file has been read, in lines from 1.
    pub(super) fn reached(&self) -> u64 {
        self.reader.position().line()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_told_by_the_line_that_an_editor_shows() {
        let mut records =
            Records::new(&b"\xef\xbb\xbf\n\na,b\r\n\r\n  \n\"x\ny\",1\n\n\n\"\"\nz,2"[..], b',');
        let mut lines = Vec::new();
        while records.advance().unwrap() {
            lines.push((records.line(), records.record().len()));
        }
        assert_eq!(lines, [(3, 2), (6, 2), (11, 2)]);
    }
}
