//! Why a text is no rule, where in the text, and what may have been meant.

use super::column::Kind;
use crate::domain::attribute::AttributeType;
use crate::domain::clean::clean;
use crate::domain::message::{Arg, Key, Message};
use crate::msg;

/// A part of the text, in characters (not bytes, not cells), so that an editor can mark it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Counts from 1.
    pub line: usize,
    /// Characters from the line's start, from 1.
    pub column: usize,
    /// The first character, counted from the text's start, from 0.
    pub start: usize,
    /// The character after the last one; equal to `start` at the text's end.
    pub end: usize,
}

impl Place {
    /// The same part as byte offsets into `text`.
    #[must_use]
    pub fn bytes(&self, text: &str) -> std::ops::Range<usize> {
        let at = |chars: usize| text.char_indices().nth(chars).map_or(text.len(), |(byte, _)| byte);
        at(self.start)..at(self.end)
    }
}

/// What a name or value that is not known was probably meant to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// As it is written in a rule.
    pub text: String,
    /// What people call it, if that is more than the text.
    pub label: Option<Arg>,
}

/// What may stand on the other side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A plain number.
    Number,
    /// An amount in major units.
    Money,
    /// A day in quotes.
    Date,
    /// A known value in quotes.
    Category,
    /// true or false.
    Flag,
    /// A tier's code in quotes.
    Tier,
    /// A unit's code in quotes.
    Org,
    /// A staff code in quotes.
    Staff,
}

impl From<Kind> for Expected {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Plain(AttributeType::Flag) => Self::Flag,
            Kind::Plain(AttributeType::Category) => Self::Category,
            Kind::Plain(AttributeType::Number) => Self::Number,
            Kind::Plain(AttributeType::Money) => Self::Money,
            Kind::Plain(AttributeType::Date) => Self::Date,
            Kind::Tier => Self::Tier,
            Kind::Org => Self::Org,
            Kind::Staff => Self::Staff,
        }
    }
}

impl Expected {
    fn key(self) -> Key {
        match self {
            Self::Number => msg!("rule.expected.number"),
            Self::Money => msg!("rule.expected.money"),
            Self::Date => msg!("rule.expected.date"),
            Self::Category => msg!("rule.expected.category"),
            Self::Flag => msg!("rule.expected.flag"),
            Self::Tier => msg!("rule.expected.tier"),
            Self::Org => msg!("rule.expected.org"),
            Self::Staff => msg!("rule.expected.staff"),
        }
    }
}

/// A text that is no rule, and the first place where that shows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {reason:?}", place.line, place.column)]
pub struct RuleError {
    /// What is wrong.
    pub reason: Reason,
    /// Where.
    pub place: Place,
}

/// What is wrong with a rule's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is nothing but white space.
    Empty,
    /// More characters than a rule may have, as written or in canonical form.
    TooLong {
        /// How many it has.
        chars: usize,
    },
    /// Parentheses and `not` stand deeper in one another than a rule may have.
    TooDeep,
    /// A quote that is not closed.
    OpenQuote,
    /// A parenthesis that is not closed, or closes nothing.
    Parenthesis,
    /// Something stands where the grammar has no place for it; none at the end of the text.
    Syntax {
        /// The word or sign.
        found: Option<String>,
    },
    /// A full-width or typographic sign where the plain one is meant.
    Typographic {
        /// The sign.
        found: char,
        /// The plain one.
        plain: String,
    },
    /// SQL that rules do not have: functions, arithmetic, subselects, patterns, casts.
    Unsupported {
        /// The word or sign.
        found: String,
    },
    /// No such name.
    UnknownName {
        /// As written.
        name: String,
        /// What was probably meant.
        meant: Option<Box<Suggestion>>,
    },
    /// A column of customers that rules must not read.
    Private {
        /// As written.
        name: String,
    },
    /// A category, tier, unit or staff code that the bank does not have.
    UnknownValue {
        /// Whose value.
        name: String,
        /// As written.
        value: String,
        /// What was probably meant.
        meant: Option<Box<Suggestion>>,
    },
    /// A literal that cannot be compared with this name.
    WrongType {
        /// The name.
        name: String,
        /// What can.
        expected: Expected,
        /// The literal.
        found: String,
    },
    /// An operator that this name does not have, such as `<` for a category.
    WrongOperator {
        /// The name.
        name: String,
        /// The operator.
        operator: String,
        /// What the name is compared with.
        kind: Expected,
    },
    /// A name that is no flag stands as a condition by itself.
    NotAFlag {
        /// The name.
        name: String,
        /// What it is compared with.
        kind: Expected,
    },
    /// A literal stands where a condition is needed.
    NotACondition {
        /// The literal.
        found: String,
    },
    /// Neither side of a comparison is a name, or both are.
    NotOneName,
    /// Something compared with null, which is never true.
    UseIsNull {
        /// The name.
        name: String,
    },
    /// More digits than a number or an amount may have.
    OutOfRange {
        /// The literal.
        found: String,
    },
    /// An amount with more decimals than the currency.
    TooManyDecimals {
        /// The literal.
        found: String,
        /// How many the currency has.
        digits: u8,
    },
    /// No day of the calendar.
    BadDate {
        /// The literal.
        found: String,
    },
}

impl RuleError {
    /// The sentence for an operator, with the place.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new(msg!("rule.at"))
            .with("what", self.reason.message())
            .with("line", self.place.line)
            .with("column", self.place.column)
    }
}

impl Reason {
    /// The sentence for an operator, without the place.
    #[must_use]
    pub fn message(&self) -> Message {
        let new = Message::new;
        match self {
            Self::Empty => new(msg!("rule.empty")),
            Self::TooLong { chars } => {
                new(msg!("rule.too-long")).with("chars", *chars).with("max", super::MAX_CHARS)
            }
            Self::TooDeep => new(msg!("rule.too-deep")).with("max", super::MAX_DEPTH),
            Self::OpenQuote => new(msg!("rule.open-quote")),
            Self::Parenthesis => new(msg!("rule.parenthesis")),
            Self::Syntax { found: Some(found) } => {
                new(msg!("rule.syntax")).with("found", shown(found))
            }
            Self::Syntax { found: None } => new(msg!("rule.syntax-end")),
            Self::Typographic { found, plain } => new(msg!("rule.typographic"))
                .with("found", shown(&found.to_string()))
                .with("plain", plain.as_str()),
            Self::Unsupported { found } => {
                new(msg!("rule.unsupported")).with("found", shown(found))
            }
            Self::UnknownName { name, meant } => meant_or(
                meant.as_deref(),
                msg!("rule.unknown-name-meant"),
                msg!("rule.unknown-name"),
            )
            .with("name", shown(name)),
            Self::Private { name } => new(msg!("rule.private")).with("name", shown(name)),
            Self::UnknownValue { name, value, meant } => meant_or(
                meant.as_deref(),
                msg!("rule.unknown-value-meant"),
                msg!("rule.unknown-value"),
            )
            .with("name", shown(name))
            .with("value", shown(value)),
            Self::WrongType { name, expected, found } => new(msg!("rule.wrong-type"))
                .with("name", shown(name))
                .with("expected", expected.key())
                .with("found", shown(found)),
            Self::WrongOperator { name, operator, kind } => new(msg!("rule.wrong-operator"))
                .with("name", shown(name))
                .with("operator", shown(operator))
                .with("expected", kind.key()),
            Self::NotAFlag { name, kind } => {
                new(msg!("rule.not-a-flag")).with("name", shown(name)).with("expected", kind.key())
            }
            Self::NotACondition { found } => {
                new(msg!("rule.not-a-condition")).with("found", shown(found))
            }
            Self::NotOneName => new(msg!("rule.not-one-name")),
            Self::UseIsNull { name } => new(msg!("rule.use-is-null")).with("name", shown(name)),
            Self::OutOfRange { found } => {
                new(msg!("rule.out-of-range")).with("found", shown(found))
            }
            Self::TooManyDecimals { found, digits } => new(msg!("rule.too-many-decimals"))
                .with("found", shown(found))
                .with("digits", u16::from(*digits)),
            Self::BadDate { found } => new(msg!("rule.bad-date")).with("found", shown(found)),
        }
    }
}

/// Text of an operator or of the bank as a sentence may hold it: clean, and not so long that it hides the rest.
fn shown(text: &str) -> Arg {
    const LONGEST: usize = 60;
    let text = clean(text);
    if text.chars().count() <= LONGEST {
        return Arg::Text(text.into_owned());
    }
    Arg::Text(text.chars().take(LONGEST).chain("..".chars()).collect())
}

fn meant_or(meant: Option<&Suggestion>, with: Key, without: Key) -> Message {
    match meant {
        Some(meant) => Message::new(with).with("meant", meant.arg()),
        None => Message::new(without),
    }
}

impl Suggestion {
    /// `age`（年龄）, or the text alone where it has no name besides.
    fn arg(&self) -> Arg {
        match &self.label {
            None => shown(&self.text),
            Some(label) => Arg::Message(
                Message::new(msg!("rule.suggestion"))
                    .with("text", shown(&self.text))
                    .with("label", label.clone()),
            ),
        }
    }
}
