//! Rows as COPY reads them.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::money::Minor;

/// Bytes that are gathered before they are sent.
pub(super) const CHUNK: usize = 256 * 1024;

/// Rows in the text format of COPY.
#[derive(Debug)]
pub struct Line {
    pub(super) bytes: Vec<u8>,
}

impl Line {
    pub(super) fn new() -> Self {
        Self { bytes: Vec::with_capacity(CHUNK + 4096) }
    }

    /// A null.
    pub fn null(&mut self) -> &mut Self {
        self.bytes.extend_from_slice(b"\\N\t");
        self
    }

    /// A text.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.escaped(value);
        self.bytes.push(b'\t');
        self
    }

    /// Appends text so that COPY reads it back as it stands.
    pub(super) fn escaped(&mut self, value: &str) {
        let bytes = value.as_bytes();
        let mut from = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let escape = match byte {
                b'\\' => b"\\\\",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                b'\t' => b"\\t",
                _ => continue,
            };
            self.bytes.extend_from_slice(&bytes[from..at]);
            self.bytes.extend_from_slice(escape);
            from = at + 1;
        }
        self.bytes.extend_from_slice(&bytes[from..]);
    }

    /// A whole number; codes of ids too.
    pub fn int(&mut self, value: i64) -> &mut Self {
        self.plain(format_args!("{value}"))
    }

    /// Money.
    pub fn money(&mut self, value: Minor) -> &mut Self {
        self.int(value.0)
    }

    /// True or false.
    pub fn flag(&mut self, value: bool) -> &mut Self {
        self.plain(format_args!("{}", if value { "t" } else { "f" }))
    }

    /// A day.
    pub fn date(&mut self, value: NaiveDate) -> &mut Self {
        self.plain(format_args!("{value}"))
    }

    /// A moment.
    pub fn moment(&mut self, value: DateTime<Utc>) -> &mut Self {
        self.plain(format_args!("{}", value.format("%Y-%m-%d %H:%M:%S%.f+00")))
    }

    /// A number, as a plain decimal text.
    pub(super) fn number(&mut self, value: &str) -> &mut Self {
        self.plain(format_args!("{value}"))
    }

    /// A value, or null.
    pub fn opt<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T) -> &mut Self,
    ) -> &mut Self {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    pub(super) fn end(&mut self) {
        match self.bytes.last_mut() {
            Some(last) if *last == b'\t' => *last = b'\n',
            _ => self.bytes.push(b'\n'),
        }
    }

    fn plain(&mut self, value: std::fmt::Arguments<'_>) -> &mut Self {
        use std::io::Write as _;
        // Writing to memory cannot fail.
        let _ = self.bytes.write_fmt(value);
        self.bytes.push(b'\t');
        self
    }
}
