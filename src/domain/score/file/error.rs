//! Why a file is not a score card, and where in it.

use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::score::Points;
use crate::domain::strategy::file::Place;
use crate::domain::toml_words;
use crate::msg;

/// What is wrong with a key, said as what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It must be there.
    Missing,
    /// No such key here; these may stand here.
    Unknown {
        /// Which.
        known: &'static [&'static str],
    },
    /// Not text in quotes.
    NotText,
    /// Nothing, or spaces only.
    Empty,
    /// More than one line, or a character that is not seen.
    Hidden,
    /// Longer than 60 characters.
    TooLong,
    /// Not a code.
    NotACode,
    /// None of the words that may stand there.
    NotOneOf {
        /// Which may.
        words: &'static [&'static str],
    },
    /// Not a number between these with at most so many decimals.
    NotBetween {
        /// The least.
        least: String,
        /// The most.
        most: String,
        /// How many decimals.
        decimals: usize,
    },
    /// Not a list of tables: `[[unit]]`.
    NotTables,
    /// More than there may be.
    TooMany {
        /// How many there may be.
        most: usize,
    },
    /// The same a second time.
    Twice,
    /// The target must lie above the floor.
    NotAbove,
    /// Less is better here: the target must lie below the floor.
    NotBelow,
    /// A band must begin below the one before it.
    BandOrder,
    /// The last band must begin at 0.
    LastBand,
    /// At least one `[[unit]]` or `[[rm]]` is needed.
    NoItems,
    /// The bank has no such metric.
    NoMetric,
    /// A quotient's plan is no amount.
    Quotient,
}

impl Fault {
    fn message(&self) -> Message {
        let key = match self {
            Self::Unknown { known } => {
                let said = Message::new(msg!("score.fault.unknown"));
                return said.with("known", known.join(", "));
            }
            Self::NotOneOf { words } => {
                let said = Message::new(msg!("score.fault.not-one-of"));
                return said.with("words", words.join(", "));
            }
            Self::NotBetween { least, most, decimals } => {
                return Message::new(msg!("score.fault.not-between"))
                    .with("least", least.as_str())
                    .with("most", most.as_str())
                    .with("decimals", *decimals);
            }
            Self::TooMany { most } => {
                return Message::new(msg!("score.fault.too-many")).with("most", *most);
            }
            Self::Missing => msg!("score.fault.missing"),
            Self::NotText => msg!("score.fault.not-text"),
            Self::Empty => msg!("score.fault.empty"),
            Self::Hidden => msg!("score.fault.hidden"),
            Self::TooLong => msg!("score.fault.too-long"),
            Self::NotACode => msg!("score.fault.not-a-code"),
            Self::NotTables => msg!("score.fault.not-tables"),
            Self::Twice => msg!("score.fault.twice"),
            Self::NotAbove => msg!("score.fault.not-above"),
            Self::NotBelow => msg!("score.fault.not-below"),
            Self::BandOrder => msg!("score.fault.band-order"),
            Self::LastBand => msg!("score.fault.last-band"),
            Self::NoItems => msg!("score.fault.no-items"),
            Self::NoMetric => msg!("score.fault.no-metric"),
            Self::Quotient => msg!("score.fault.quotient"),
        };
        key.into()
    }
}

/// Why a file is not a score card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Not TOML.
    #[error("not TOML at {place:?}: {reason}")]
    Syntax {
        /// Where.
        place: Place,
        /// What the TOML reader says.
        reason: String,
    },
    /// Longer than a card may be.
    #[error("longer than {most} characters")]
    TooLong {
        /// How many characters it may have.
        most: usize,
    },
    /// Something of one key.
    #[error("{key}: {fault:?} at {place:?}")]
    Key {
        /// Which: `unit[2].target`.
        key: String,
        /// What was expected.
        fault: Fault,
        /// Where.
        place: Place,
    },
    /// The weights of a list are not 100 together.
    #[error("the weights of {list} are {sum} at {place:?}")]
    Weights {
        /// `[[unit]]` or `[[rm]]`.
        list: String,
        /// What they are.
        sum: Points,
        /// Where the last one stands.
        place: Place,
    },
}

impl CardError {
    /// Where in the file.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::TooLong { .. } => None,
            Self::Syntax { place, .. } | Self::Key { place, .. } | Self::Weights { place, .. } => {
                Some(*place)
            }
        }
    }

    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Syntax { place, reason } => Message::new(msg!("score.file.syntax"))
                .with("reason", toml_words::said(&clean(reason)))
                .with("place", place.message()),
            Self::TooLong { most } => Message::new(msg!("score.file.too-long")).with("most", *most),
            Self::Key { key, fault, place } => Message::new(msg!("score.file.key"))
                .with("key", clean(key).into_owned())
                .with("fault", fault.message())
                .with("place", place.message()),
            Self::Weights { list, sum, place } => Message::new(msg!("score.file.weights"))
                .with("list", list.as_str())
                .with("sum", sum.to_string())
                .with("place", place.message()),
        }
    }
}
