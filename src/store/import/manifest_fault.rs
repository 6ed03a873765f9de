//! What can be wrong in a manifest, and where.

use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::toml_words;
use crate::msg;

/// A place in a text file, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name as it was given.
    pub file: String,
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", clean(&self.file), self.line, self.column)
    }
}

/// A mistake in a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault:?}")]
pub struct ManifestError {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no TOML.
    Syntax {
        /// The parser's words.
        detail: String,
    },
    /// A key that means nothing here.
    UnknownKey {
        /// The key.
        key: String,
        /// Those that would.
        known: String,
    },
    /// A key that must be there.
    MissingKey {
        /// In which table; empty at the top.
        table: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A value of another kind.
    WrongType {
        /// The key.
        key: &'static str,
        /// What it must be.
        expected: Expected,
    },
    /// A value that cannot be.
    Value {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// Why not.
        fault: ValueFault,
    },
}

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A text in quotes.
    Text,
    /// A list of texts in quotes.
    Texts,
    /// A day.
    Date,
    /// true or false.
    Flag,
    /// An amount in major units.
    Amount,
    /// A table, `[name]`.
    Table,
    /// A list of tables, `[[name]]`.
    Tables,
}

/// Why a value cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFault {
    /// Nothing in it.
    Empty,
    /// No currency of ISO 4217.
    Currency,
    /// No time zone.
    Timezone,
    /// No encoding that is known.
    Encoding,
    /// Not one plain character.
    Delimiter,
    /// No plain name for a table.
    Name,
    /// A name that means something else.
    Reserved,
    /// A code that is too long or holds control characters.
    Code,
    /// No type of attributes.
    AttributeType,
    /// No class of sensitivity.
    Class,
    /// Labels of something that is no category.
    LabelsOfCategory,
    /// No place to load into.
    Destination,
    /// It was there before.
    Again,
    /// Another tier begins there too.
    SameBound,
}

impl ManifestError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let message = match &self.fault {
            Fault::Syntax { detail } => Message::new(msg!("import.manifest.syntax"))
                .with("detail", toml_words::said(&clean(detail))),
            Fault::UnknownKey { key, known } => Message::new(msg!("import.manifest.unknown-key"))
                .with("key", clean(key).as_ref())
                .with("known", known.as_str()),
            Fault::MissingKey { table: "", key } => {
                Message::new(msg!("import.manifest.missing-table")).with("key", *key)
            }
            Fault::MissingKey { table, key } => Message::new(msg!("import.manifest.missing-key"))
                .with("table", *table)
                .with("key", *key),
            Fault::WrongType { key, expected } => Message::new(msg!("import.manifest.wrong-type"))
                .with("key", *key)
                .with("expected", expected.message()),
            Fault::Value { key, value, fault } => {
                fault.message().with("key", *key).with("value", clean(value).as_ref())
            }
        };
        message.with("place", self.place.to_string())
    }
}

impl Expected {
    fn message(self) -> Message {
        match self {
            Self::Text => msg!("import.expected.text"),
            Self::Texts => msg!("import.expected.texts"),
            Self::Date => msg!("import.expected.date"),
            Self::Flag => msg!("import.expected.flag"),
            Self::Amount => msg!("import.expected.amount"),
            Self::Table => msg!("import.expected.table"),
            Self::Tables => msg!("import.expected.tables"),
        }
        .into()
    }
}

impl ValueFault {
    fn message(self) -> Message {
        match self {
            Self::Empty => msg!("import.value.empty"),
            Self::Currency => msg!("import.value.currency"),
            Self::Timezone => msg!("import.value.timezone"),
            Self::Encoding => msg!("import.value.encoding"),
            Self::Delimiter => msg!("import.value.delimiter"),
            Self::Name => msg!("import.value.name"),
            Self::Reserved => msg!("import.value.reserved"),
            Self::Code => msg!("import.value.code"),
            Self::AttributeType => msg!("import.value.attribute-type"),
            Self::Class => msg!("import.value.class"),
            Self::LabelsOfCategory => msg!("import.value.labels"),
            Self::Destination => msg!("import.value.destination"),
            Self::Again => msg!("import.value.again"),
            Self::SameBound => msg!("import.value.same-bound"),
        }
        .into()
    }
}
