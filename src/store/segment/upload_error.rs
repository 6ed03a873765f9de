//! Why a list was not taken.

use std::io;

use super::SegmentError;
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::msg;
use crate::store::StoreError;

/// The longest line of a list, in bytes. A file that has none is no list, and would be held in memory as one line.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// Why a list was not taken; nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// What the list is to be keyed by is neither a column of a customer nor an attribute.
    #[error("{key} is no key")]
    NoKey {
        /// As given, clean.
        key: String,
        /// What can be one.
        keys: Vec<String>,
    },
    /// The heading has no such column.
    #[error("the file has no column {column}")]
    MissingColumn {
        /// Which was looked for.
        column: String,
        /// Which there are, clean.
        columns: String,
    },
    /// There is nothing in the file.
    #[error("the file has no line with a key")]
    Empty,
    /// Bytes that its encoding does not have.
    #[error("the file is not {encoding}, near line {line}")]
    Encoding {
        /// Which it should have been.
        encoding: &'static str,
        /// Where.
        line: u64,
    },
    /// A key longer than any key is.
    #[error("the key in line {line} is too long")]
    LongKey {
        /// Where.
        line: u64,
    },
    /// What is read is no file, so it may never end.
    #[error("{file} is no file")]
    NotAFile {
        /// As given, clean.
        file: String,
    },
    /// A line longer than any line of a list is.
    #[error("a line is too long")]
    LongLine,
    /// No key is a customer's.
    #[error("none of {read} keys is a customer's")]
    Nobody {
        /// How many there were.
        read: i64,
    },
    /// The file failed.
    #[error("the file cannot be read: {0}")]
    File(String),
    /// The file of the lines that gave no customer failed.
    #[error("the rejects cannot be written: {0}")]
    Rejects(String),
    /// The segment of that code is a rule, which the list would put an end to.
    #[error("{code} is no list: {rule}")]
    NotAList {
        /// The segment.
        code: String,
        /// Its rule.
        rule: String,
    },
    /// The segment's step was refused.
    #[error(transparent)]
    Segment(#[from] SegmentError),
}

impl UploadError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::NoKey { key, keys } => Message::new(msg!("segment.upload.no-key"))
                .with("key", key.as_str())
                .with("keys", keys.join(", ")),
            Self::MissingColumn { column, columns } => {
                Message::new(msg!("segment.upload.missing-column"))
                    .with("column", column.as_str())
                    .with("columns", columns.as_str())
            }
            Self::Empty => msg!("segment.upload.empty").into(),
            Self::Encoding { encoding, line } => Message::new(msg!("segment.upload.encoding"))
                .with("encoding", *encoding)
                .with("line", *line),
            Self::LongKey { line } => {
                Message::new(msg!("segment.upload.long-key")).with("line", *line)
            }
            Self::NotAFile { file } => {
                Message::new(msg!("segment.upload.not-a-file")).with("file", file.as_str())
            }
            Self::LongLine => {
                Message::new(msg!("segment.upload.long-line")).with("most", LONGEST_LINE)
            }
            Self::Nobody { read } => {
                Message::new(msg!("segment.upload.nobody")).with("read", *read)
            }
            Self::File(detail) => {
                Message::new(msg!("segment.upload.unreadable")).with("detail", detail.as_str())
            }
            Self::Rejects(detail) => Message::new(msg!("segment.upload.rejects-unwritable"))
                .with("detail", detail.as_str()),
            Self::NotAList { code, rule } => Message::new(msg!("segment.upload.not-a-list"))
                .with("code", code.as_str())
                .with("rule", rule.as_str()),
            Self::Segment(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for UploadError {
    fn from(error: sqlx::Error) -> Self {
        Self::Segment(error.into())
    }
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        Self::Segment(error.into())
    }
}

impl UploadError {
    /// The reject file failed.
    #[must_use]
    pub fn rejects(error: &io::Error) -> Self {
        Self::Rejects(clean(&error.to_string()).into_owned())
    }
}

impl From<io::Error> for UploadError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::FileTooLarge {
            return Self::LongLine;
        }
        Self::File(clean(&error.to_string()).into_owned())
    }
}
