//! Why a file is not a strategy, and where in it.

use chrono::NaiveDate;

use crate::domain::attribute::Unread;
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::money::MoneyError;
use crate::domain::rule::RuleError;
use crate::domain::strategy::script::ScriptError;
use crate::domain::strategy::text::{Field, FieldError};
use crate::domain::toml_words;
use crate::msg;

/// Where in a file, counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Place {
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    pub(crate) fn message(self) -> Message {
        Message::new(msg!("strategy.file.place"))
            .with("line", self.line)
            .with("column", self.column)
    }
}

/// What is wrong with a key of the deeper parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartFault {
    /// It must be there.
    Missing,
    /// Nothing stands there, or spaces only.
    Empty,
    /// A control, bidi or invisible character.
    Hidden,
    /// More than one line.
    Lines,
    /// Not text in quotes.
    NotText,
    /// Not a whole number between these.
    NotWhole {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// Neither true nor false.
    NotAFlag,
    /// Not a day such as 2026-12-01, without quotes.
    NotADay,
    /// Not a list of texts.
    NotAList,
    /// Not a table: `[budget]`.
    NotATable,
    /// Not a list of tables: `[[wave]]`.
    NotTables,
    /// Not a share from 0 to 1 with at most six decimals.
    NotAShare,
    /// Not an amount of the bank's currency, or below zero.
    NotMoney(MoneyError),
    /// Not a code.
    NotACode,
    /// None of the words that may stand there.
    NotOneOf {
        /// Which may.
        words: &'static [&'static str],
    },
    /// The same a second time.
    Twice,
    /// More than there may be.
    TooMany {
        /// How many there may be.
        most: usize,
    },
    /// Exactly one of `day`, `date` and `after` with `days` must be there.
    When,
    /// The first wave is for everybody: there is no earlier one.
    FirstWave,
    /// Neither `stock` nor `quota`.
    NoLimit,
    /// A unit may give more than there are.
    AboveStock,
    /// The units that are named may give more together than there are.
    QuotasAboveStock,
    /// Neither `rule` nor `metric`.
    NoSuccess,
    /// Choices belong to the type `choice`, which has at least one.
    Choices,
    /// The bank has no such unit.
    NoUnit,
    /// No balance of a customer.
    NoMetric,
    /// No day of a customer's own, and no kind of event.
    NoAnchor,
}

impl PartFault {
    pub(super) fn message(&self) -> Message {
        let plain = match self {
            Self::NotWhole { least, most } => {
                return Message::new(msg!("strategy.part.not-whole"))
                    .with("least", *least)
                    .with("most", *most);
            }
            Self::NotOneOf { words } => {
                return Message::new(msg!("strategy.part.not-one-of"))
                    .with("words", words.join(", "));
            }
            Self::TooMany { most } => {
                return Message::new(msg!("strategy.part.too-many")).with("most", *most);
            }
            Self::NotMoney(MoneyError::TooManyDecimals(digits)) => {
                return Message::new(msg!("strategy.part.money-decimals"))
                    .with("digits", i64::from(*digits));
            }
            Self::NotMoney(MoneyError::NotANumber) => msg!("strategy.part.not-money"),
            Self::NotMoney(MoneyError::TooLarge) => msg!("strategy.part.money-too-large"),
            Self::Missing => msg!("strategy.part.missing"),
            Self::Empty => msg!("strategy.part.empty"),
            Self::Hidden => msg!("strategy.part.hidden"),
            Self::Lines => msg!("strategy.part.lines"),
            Self::NotText => msg!("strategy.part.not-text"),
            Self::NotAFlag => msg!("strategy.part.not-a-flag"),
            Self::NotADay => msg!("strategy.part.not-a-day"),
            Self::NotAList => msg!("strategy.part.not-a-list"),
            Self::NotATable => msg!("strategy.part.not-a-table"),
            Self::NotTables => msg!("strategy.part.not-tables"),
            Self::NotAShare => msg!("strategy.part.not-a-share"),
            Self::NotACode => msg!("strategy.part.not-a-code"),
            Self::Twice => msg!("strategy.part.twice"),
            Self::When => msg!("strategy.part.when"),
            Self::FirstWave => msg!("strategy.part.first-wave"),
            Self::NoLimit => msg!("strategy.part.no-limit"),
            Self::AboveStock => msg!("strategy.part.above-stock"),
            Self::QuotasAboveStock => msg!("strategy.part.quotas-above-stock"),
            Self::NoSuccess => msg!("strategy.part.no-success"),
            Self::Choices => msg!("strategy.part.choices"),
            Self::NoUnit => msg!("strategy.part.no-unit"),
            Self::NoMetric => msg!("strategy.part.no-metric"),
            Self::NoAnchor => msg!("strategy.part.no-anchor"),
        };
        plain.into()
    }
}

/// Why a file is not a strategy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrategyFileError {
    /// Not TOML.
    #[error("not TOML at {place:?}: {reason}")]
    Syntax {
        /// Where.
        place: Place,
        /// What the TOML reader says.
        reason: String,
    },
    /// A key that a strategy does not have.
    #[error("unknown key {key} at {place:?}")]
    UnknownKey {
        /// The key as it stands.
        key: String,
        /// Where.
        place: Place,
    },
    /// A key that must be there is not.
    #[error("{} is missing", field.key())]
    Missing {
        /// Which.
        field: Field,
    },
    /// A value of the wrong kind, or one that a strategy cannot have.
    #[error("{error} at {place:?}")]
    Field {
        /// Which field and what is wrong.
        error: FieldError,
        /// Where.
        place: Place,
    },
    /// Text was expected, or a table.
    #[error("{key} has the wrong type at {place:?}")]
    WrongType {
        /// The key.
        key: &'static str,
        /// Where.
        place: Place,
    },
    /// Something of the deeper parts.
    #[error("{key}: {fault:?} at {place:?}")]
    Part {
        /// Which: `wave[2].day`.
        key: String,
        /// What is wrong.
        fault: PartFault,
        /// Where.
        place: Place,
    },
    /// A rule in it that the bank's words do not read.
    #[error("{key}: {error} at {place:?}")]
    Rule {
        /// Which: `guard[1].rule`.
        key: String,
        /// What is wrong.
        error: Box<RuleError>,
        /// Where in the file.
        place: Place,
    },
    /// A rule, a balance, an anchor or a script in it that stands on a mart of the bank's own which cannot be read any more.
    #[error("{key}: {} cannot be read", unread.attribute.code)]
    Mart {
        /// Which: `guard[1].rule`.
        key: String,
        /// The attribute, and why.
        unread: Box<Unread>,
        /// Where in the file; none where it was no file that was read.
        place: Option<Place>,
    },
    /// A wave's day is past, and no wave was pushed for it.
    #[error("{key}: {day} is before {today}")]
    PastDay {
        /// Which: `wave[2].date`.
        key: String,
        /// The day.
        day: NaiveDate,
        /// The bank's day, or the one that it is looked at as of.
        today: NaiveDate,
        /// Where in the file; none where it was no file that was read.
        place: Option<Place>,
    },
    /// A script with a placeholder that nothing fills.
    #[error("{key}: {error:?} at {place:?}")]
    Script {
        /// Which: `offer.script`.
        key: String,
        /// What is wrong.
        error: Box<ScriptError>,
        /// Where in the file.
        place: Place,
    },
}

impl StrategyFileError {
    /// Where in the file; none for what is missing from all of it.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Missing { .. } => None,
            Self::Mart { place, .. } | Self::PastDay { place, .. } => *place,
            Self::Syntax { place, .. }
            | Self::UnknownKey { place, .. }
            | Self::Field { place, .. }
            | Self::WrongType { place, .. }
            | Self::Part { place, .. }
            | Self::Rule { place, .. }
            | Self::Script { place, .. } => Some(*place),
        }
    }

    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Syntax { place, reason } => Message::new(msg!("strategy.file.syntax"))
                .with("reason", toml_words::said(&clean(reason)))
                .with("place", place.message()),
            Self::UnknownKey { key, place } => Message::new(msg!("strategy.file.unknown-key"))
                .with("key", clean(key).into_owned())
                .with("place", place.message()),
            Self::Missing { field } if field.in_offer() => {
                Message::new(msg!("strategy.file.missing-in-offer")).with("field", field.key())
            }
            Self::Missing { field } => {
                Message::new(msg!("strategy.file.missing")).with("field", field.key())
            }
            Self::Field { error, place } => Message::new(msg!("strategy.file.field"))
                .with("error", error.message())
                .with("place", place.message()),
            Self::WrongType { key, place } => Message::new(msg!("strategy.file.wrong-type"))
                .with("key", *key)
                .with("place", place.message()),
            Self::Part { key, fault, place } => inside(key, fault.message(), *place),
            Self::Rule { key, error, place } => inside(key, error.reason.message(), *place),
            Self::Script { key, error, place } => inside(key, error.message(), *place),
            Self::PastDay { key, day, today, place } => {
                let said = Message::new(msg!("strategy.part.past-day"));
                let said = said.with("day", *day).with("today", *today);
                match place {
                    Some(place) => inside(key, said, *place),
                    None => Message::new(msg!("strategy.part-of"))
                        .with("key", clean(key).into_owned())
                        .with("error", said),
                }
            }
            Self::Mart { key, unread, place: Some(place) } => inside(key, unread.message(), *place),
            Self::Mart { key, unread, place: None } => cannot(key, unread.message()),
        }
    }
}

/// That the part of this key stands on what the bank cannot give any more. A script is filled, all else is asked.
pub(super) fn cannot(key: &str, why: Message) -> Message {
    let said = if key.ends_with("script") {
        msg!("strategy.broken-script")
    } else {
        msg!("strategy.broken")
    };
    Message::new(said).with("key", clean(key).into_owned()).with("why", why)
}

fn inside(key: &str, error: Message, place: Place) -> Message {
    Message::new(msg!("strategy.file.part"))
        .with("key", clean(key).into_owned())
        .with("error", error)
        .with("place", place.message())
}
