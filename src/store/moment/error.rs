//! Why a moment's step was refused.

use chrono::NaiveDate;

use crate::domain::clean::clean;
use crate::domain::event_rule::{MOST_DAYS, NotAMoment};
use crate::domain::message::Message;
use crate::domain::rule::RuleError;
use crate::msg;
use crate::store::StoreError;
use crate::store::near;
use crate::store::refusal::Refusal;

/// Why a moment's step was refused.
#[derive(Debug, thiserror::Error)]
pub enum MomentError {
    /// There is no such moment.
    #[error("there is no moment {code}")]
    Unknown {
        /// Its code.
        code: String,
        /// The one that was probably meant.
        meant: Option<String>,
    },
    /// The code is not one word.
    #[error("{code} is no code")]
    NotACode {
        /// As given.
        code: String,
    },
    /// The name is empty, has several lines, or hides characters.
    #[error("the name is empty or hides characters")]
    Name,
    /// The note has several lines, or hides characters.
    #[error("the note hides characters")]
    Note,
    /// The action is none of the two.
    #[error("{action} is no action")]
    NoAction {
        /// As given.
        action: String,
    },
    /// Candidates need a strategy, and a finding takes none.
    #[error("the action does not go with the strategy")]
    Strategy,
    /// There is no such strategy.
    #[error("there is no strategy {code}")]
    UnknownStrategy {
        /// Its code.
        code: String,
        /// The one that was probably meant.
        meant: Option<String>,
    },
    /// Another version stands there than the one that it was made from.
    #[error("v{latest} stands there, not v{base}")]
    Stale {
        /// The version that it was made from, 0 for none.
        base: i32,
        /// The version that stands there.
        latest: i32,
    },
    /// The rule is none of a moment.
    #[error(transparent)]
    NotAMoment(#[from] NotAMoment),
    /// The rule does not fit the bank's dictionary any more.
    #[error("the rule of {code} does not read: {error:?}")]
    Rule {
        /// The moment.
        code: String,
        /// Why.
        error: Box<RuleError>,
    },
    /// No back-test, or too long a one.
    #[error("{days} days")]
    Days {
        /// As given.
        days: u32,
    },
    /// The bank's data end before the day that is asked for, so that its last days would count nobody for want of records.
    #[error("the data end on {data}, before {day}")]
    BeyondData {
        /// The day that was asked for.
        day: NaiveDate,
        /// The last day of which there are data.
        data: NaiveDate,
    },
    /// The bank's events begin after the first day that a back-test asks for, so that its first days would count nobody.
    #[error("the data begin on {since}, after {first}")]
    BeforeData {
        /// The day that was asked for.
        day: NaiveDate,
        /// How many days were to be back-tested, 0 where the day alone was asked for.
        days: u32,
        /// The first day that is needed: the one before those that are tested.
        first: NaiveDate,
        /// The first day of which there are data.
        since: NaiveDate,
        /// The last one.
        data: NaiveDate,
    },
    /// The bank has no events at all.
    #[error("there are no events")]
    NoEvents,
    /// Records were loaded, or another text was saved, while the moment was back-tested.
    #[error("{code} was overtaken")]
    Overtaken {
        /// Which.
        code: String,
    },
    /// It has no back-test of exactly the text that stands.
    #[error("{code} is not tested")]
    Untested {
        /// Which.
        code: String,
    },
    /// It was switched off, or given another text, while it ran.
    #[error("{code} is off")]
    Off {
        /// Which, with its version.
        code: String,
    },
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MomentError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let coded = |key, code: &str| Message::new(key).with("code", clean(code).into_owned());
        match self {
            Self::Unknown { code, meant: None } => coded(msg!("moment.unknown"), code),
            Self::Unknown { code, meant: Some(meant) } => {
                coded(msg!("moment.unknown-meant"), code).with("meant", meant.as_str())
            }
            Self::NotACode { code } => coded(msg!("segment.not-a-code"), code),
            Self::Name => msg!("segment.name").into(),
            Self::Note => msg!("moment.note").into(),
            Self::NoAction { action } => {
                Message::new(msg!("moment.no-action")).with("action", clean(action).into_owned())
            }
            Self::Strategy => msg!("moment.strategy").into(),
            Self::UnknownStrategy { code, meant } => {
                near::no_strategy(&clean(code), meant.as_deref())
            }
            Self::NotAMoment(NotAMoment::Rule(error)) => error.message(),
            Self::NotAMoment(NotAMoment::NoEvent) => msg!("moment.no-event").into(),
            Self::NotAMoment(NotAMoment::LooseSegment { code }) => {
                coded(msg!("moment.loose-segment"), code)
            }
            Self::Rule { code, error } => {
                coded(msg!("moment.rule"), code).with("error", error.message())
            }
            Self::Stale { base, latest } => {
                Message::new(msg!("strategy.stale")).with("base", *base).with("latest", *latest)
            }
            Self::Days { days } => {
                Message::new(msg!("moment.days")).with("days", *days).with("most", MOST_DAYS)
            }
            Self::BeyondData { day, data } => {
                Message::new(msg!("moment.beyond-data")).with("day", *day).with("data", *data)
            }
            Self::BeforeData { day, days: 0, since, data, .. } => {
                Message::new(msg!("moment.before-data-day"))
                    .with("day", *day)
                    .with("since", *since)
                    .with("data", *data)
            }
            Self::BeforeData { day, days, first, since, data } => {
                Message::new(msg!("moment.before-data"))
                    .with("day", *day)
                    .with("days", *days)
                    .with("first", *first)
                    .with("since", *since)
                    .with("data", *data)
            }
            Self::NoEvents => msg!("moment.no-events").into(),
            Self::Overtaken { code } => coded(msg!("moment.overtaken"), code),
            Self::Untested { code } => coded(msg!("moment.untested"), code),
            Self::Off { code } => coded(msg!("moment.off"), code),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for MomentError {
    fn from(error: sqlx::Error) -> Self {
        match error.into() {
            Refusal::Unknown { what, name } if what == "strategy" => {
                Self::UnknownStrategy { code: name, meant: None }
            }
            Refusal::Unknown { name, .. } => Self::Unknown { code: name, meant: None },
            Refusal::Stale { latest } => Self::Stale { base: 0, latest },
            Refusal::Moment { what, name } if what == "moment_off" => Self::Off { code: name },
            Refusal::Moment { name, .. } => Self::Overtaken { code: name },
            Refusal::Constraint(name) => match name.as_str() {
                "moment_candidate_names_its_strategy" => Self::Strategy,
                _ => Self::Store(Refusal::Constraint(name).unexpected()),
            },
            other => Self::Store(other.unexpected()),
        }
    }
}
