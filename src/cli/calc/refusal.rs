//! Why given numbers are not taken, with the place.

use crate::cli::Failure;
use crate::domain::message::Message;
use crate::msg;

/// A row as a person finds it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The line of the file, from 1.
    pub(super) line: u64,
    /// The column's name.
    pub(super) column: String,
}

/// What is wrong with a file or an argument.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{path}: {detail}")]
    Unreadable { path: String, detail: String },
    #[error("{path} is no file")]
    NotAFile { path: String },
    #[error("{path} is too large")]
    TooLarge { path: String },
    #[error("{path} is no text")]
    NotText { path: String },
    #[error("{path} has no header")]
    NoHeader { path: String },
    #[error("{path} has no rows")]
    NoRows { path: String },
    #[error("two columns {column}")]
    ColumnTwice { column: String },
    #[error("no column {column}")]
    NoColumn { column: String, found: String },
    #[error("no factor")]
    NoFactor,
    #[error("line {line} has {found} values, not {wanted}")]
    Fields { line: u64, found: usize, wanted: usize },
    #[error("{place:?} is empty")]
    Empty { place: Place },
    #[error("{place:?} is no number")]
    NotNumber { place: Place, text: String },
    #[error("{place:?} is negative")]
    Negative { place: Place, value: f64 },
    #[error("{place:?} is negative")]
    NegativeFactor { place: Place, value: f64 },
    #[error("line {line} repeats line {first}")]
    Twice { line: u64, first: u64, what: String },
    #[error("one period")]
    OnePeriod { period: String },
    #[error("{count} periods")]
    Periods { count: usize, periods: String },
    #[error("{count} periods, no chain")]
    Unchained { count: usize, periods: String },
    #[error("{place:?} is no arm")]
    NotArm { place: Place, text: String },
    #[error("{factor} outside a sum")]
    Single { factor: String },
    #[error("{item} stands in {period} alone")]
    InOne { line: u64, item: String, period: String },
    #[error("{text} is no share")]
    NotShare { text: String },
    #[error("{text} is no count")]
    NotCount { text: String },
    #[error("{text} is no plan")]
    NotPlan { text: String },
    #[error("{option} is no part")]
    NotPart { option: &'static str },
}

impl Refusal {
    /// The sentence for an operator.
    pub(super) fn message(&self) -> Message {
        match self {
            Self::Unreadable { .. }
            | Self::NotAFile { .. }
            | Self::TooLarge { .. }
            | Self::NotText { .. }
            | Self::NoHeader { .. }
            | Self::NoRows { .. }
            | Self::ColumnTwice { .. }
            | Self::NoColumn { .. }
            | Self::NoFactor => self.of_the_file(),
            Self::Fields { .. }
            | Self::Empty { .. }
            | Self::NotNumber { .. }
            | Self::Negative { .. }
            | Self::NegativeFactor { .. }
            | Self::Twice { .. }
            | Self::InOne { .. }
            | Self::NotArm { .. } => self.of_a_line(),
            Self::OnePeriod { period } => {
                Message::new(msg!("calc.one-period")).with("period", period.as_str())
            }
            Self::Periods { count, periods } => Message::new(msg!("calc.periods"))
                .with("count", *count)
                .with("periods", periods.as_str()),
            Self::Unchained { count, periods } => Message::new(msg!("calc.unchained"))
                .with("count", *count)
                .with("periods", periods.as_str()),
            Self::Single { factor } => {
                Message::new(msg!("calc.single")).with("factor", factor.as_str())
            }
            Self::NotShare { text } => {
                Message::new(msg!("calc.not-share")).with("text", text.as_str())
            }
            Self::NotCount { text } => {
                Message::new(msg!("calc.not-count")).with("text", text.as_str())
            }
            Self::NotPlan { text } => {
                Message::new(msg!("calc.not-plan")).with("text", text.as_str())
            }
            Self::NotPart { option } => Message::new(msg!("calc.not-part")).with("option", *option),
        }
    }

    fn of_the_file(&self) -> Message {
        match self {
            Self::Unreadable { path, detail } => Message::new(msg!("calc.unreadable"))
                .with("path", path.as_str())
                .with("detail", detail.as_str()),
            Self::NotAFile { path } => {
                Message::new(msg!("calc.not-a-file")).with("path", path.as_str())
            }
            Self::TooLarge { path } => {
                Message::new(msg!("calc.too-large")).with("path", path.as_str())
            }
            Self::NotText { path } => {
                Message::new(msg!("calc.not-text")).with("path", path.as_str())
            }
            Self::NoHeader { path } => {
                Message::new(msg!("calc.no-header")).with("path", path.as_str())
            }
            Self::NoRows { path } => Message::new(msg!("calc.no-rows")).with("path", path.as_str()),
            Self::ColumnTwice { column } => {
                Message::new(msg!("calc.column-twice")).with("column", column.as_str())
            }
            Self::NoColumn { column, found } => Message::new(msg!("calc.no-column"))
                .with("column", column.as_str())
                .with("found", found.as_str()),
            _ => Message::new(msg!("calc.no-factor")),
        }
    }

    fn of_a_line(&self) -> Message {
        let at = |message: Message, place: &Place| {
            message.with("line", line(place.line)).with("column", place.column.as_str())
        };
        match self {
            Self::Empty { place } => at(Message::new(msg!("calc.empty")), place),
            Self::NotNumber { place, text } => {
                at(Message::new(msg!("calc.not-number")), place).with("text", text.as_str())
            }
            Self::Negative { place, value } => {
                at(Message::new(msg!("calc.negative")), place).with("value", value.to_string())
            }
            Self::NegativeFactor { place, value } => {
                at(Message::new(msg!("calc.negative-factor")), place)
                    .with("value", value.to_string())
            }
            Self::NotArm { place, text } => {
                at(Message::new(msg!("calc.not-arm")), place).with("text", text.as_str())
            }
            Self::Twice { line: second, first, what } => Message::new(msg!("calc.twice"))
                .with("line", line(*second))
                .with("first", line(*first))
                .with("what", what.as_str()),
            Self::InOne { line: at, item, period } => Message::new(msg!("calc.in-one"))
                .with("line", line(*at))
                .with("item", item.as_str())
                .with("period", period.as_str()),
            Self::Fields { line: at, found, wanted } => Message::new(msg!("calc.fields"))
                .with("line", line(*at))
                .with("found", *found)
                .with("wanted", *wanted),
            other => other.of_the_file(),
        }
    }
}

/// A line's number is no quantity: it has no thousands separator.
fn line(number: u64) -> String {
    number.to_string()
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.message())
    }
}
