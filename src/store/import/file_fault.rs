//! What can be wrong with a file, and on which line.

use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::msg;

use super::fields::RECORD_LIMIT;

/// A file that cannot be staged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line:?}: {fault:?}")]
pub struct FileError {
    /// Its path.
    pub file: String,
    /// The line, from 1, if one is at fault.
    pub line: Option<u64>,
    /// What is wrong.
    pub fault: FileFault,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// It is not there, or may not be read.
    Unreadable {
        /// The system's words.
        detail: String,
    },
    /// A device, a pipe or a directory.
    NotAFile,
    /// It has no line.
    Empty,
    /// Bytes that are no text in the encoding that the manifest names.
    Encoding {
        /// That encoding.
        encoding: &'static str,
    },
    /// A line that never ends.
    Endless,
    /// The file ends within quotes.
    OpenQuote,
    /// A zero byte.
    ZeroByte,
    /// A record with more or fewer fields than columns.
    Fields {
        /// Columns.
        expected: usize,
        /// Fields.
        found: usize,
    },
    /// A column without a name.
    NamelessColumn {
        /// Which, from 1.
        place: usize,
    },
    /// A column's name that is too long.
    LongColumn {
        /// The name.
        name: String,
    },
    /// Two columns of one name.
    ColumnTwice {
        /// The name.
        name: String,
    },
    /// More columns than a table can have.
    TooManyColumns,
}

impl FileError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let name = |key, name: &str| Message::new(key).with("name", clean(name).as_ref());
        let message = match &self.fault {
            FileFault::Unreadable { detail } => {
                Message::new(msg!("import.file.unreadable")).with("detail", detail.as_str())
            }
            FileFault::NotAFile => msg!("import.file.not-a-file").into(),
            FileFault::Empty => msg!("import.file.empty").into(),
            FileFault::Encoding { encoding } => {
                Message::new(msg!("import.file.encoding")).with("encoding", *encoding)
            }
            FileFault::Endless => {
                Message::new(msg!("import.file.endless")).with("limit", RECORD_LIMIT / 1024)
            }
            FileFault::OpenQuote => msg!("import.file.open-quote").into(),
            FileFault::ZeroByte => msg!("import.file.zero-byte").into(),
            FileFault::Fields { expected, found } => Message::new(msg!("import.file.fields"))
                .with("expected", *expected)
                .with("found", *found),
            FileFault::NamelessColumn { place } => {
                Message::new(msg!("import.file.nameless-column")).with("number", *place)
            }
            FileFault::LongColumn { name: column } => name(msg!("import.file.long-column"), column),
            FileFault::ColumnTwice { name: column } => {
                name(msg!("import.file.column-twice"), column)
            }
            FileFault::TooManyColumns => msg!("import.file.too-many-columns").into(),
        };
        let file = clean(&self.file);
        let place = match self.line {
            Some(line) => format!("{file}:{line}"),
            None => file.into_owned(),
        };
        message.with("place", place)
    }
}
