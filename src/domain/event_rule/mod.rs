//! Event rules (moments, 关键时刻, MOT): a rule on fresh events, and what is done about the customers whom it hits.
//!
//! A moment **hits** a customer on day d if its rule holds for him as of d and did not hold as of the day before. So a
//! customer is hit when something happens, and not on every day on which it is still so. Events, holdings and all that
//! has a day are taken as of that day; attributes, which have none, are today's: one that changes makes no hit.

pub mod file;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::attribute::MartDay;
use super::delivery::{ChannelsGone, Delivered, Undelivered};
use super::hash::ContentHash;
use super::id::CustomerId;
use super::message::Message;
use super::outcome::InboxTaken;
use super::rule::{Rule, RuleError, Vocabulary};
use crate::msg;

/// How many days are back-tested where nobody says otherwise.
pub const USUAL_DAYS: u32 = 30;
/// How many days may be back-tested at most.
pub const MOST_DAYS: u32 = 366;

/// What is done about the customers of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// One finding for the day.
    Finding,
    /// They are candidates for a strategy.
    Candidate,
}

impl Action {
    /// The word of the database, of files and of commands.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Candidate => "candidate",
        }
    }

    /// The action of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Finding, Self::Candidate].into_iter().find(|action| action.code() == code)
    }
}

/// What a moment says, as its author wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MomentText {
    /// The bank-wide code, such as `MOT-OUT`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// The rule.
    pub rule: String,
    /// The word of an [`Action`].
    pub action: String,
    /// The strategy for which customers are candidates.
    pub strategy: Option<String>,
    /// Why it stands, whom to ask.
    pub note: Option<String>,
}

/// A moment's latest version, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MomentRow {
    /// The bank-wide code.
    pub code: String,
    /// Counts from 1.
    pub version: i32,
    /// What people call it.
    pub name: String,
    /// The rule in canonical form.
    pub rule: String,
    /// SHA-256 of the rule in canonical form.
    pub hash: ContentHash,
    /// What is done about whom it hits.
    pub action: Action,
    /// The strategy for which customers are candidates.
    pub strategy: Option<String>,
    /// Why it stands, whom to ask.
    pub note: Option<String>,
    /// The rule as it was typed, where it has comments.
    pub source: Option<String>,
    /// Who wrote this version, and answers for its findings.
    pub author: String,
    /// The bank's day on which it was switched on; none while it is off.
    pub on_since: Option<NaiveDate>,
    /// The latest back-test of exactly this text.
    pub test: Option<Backtest>,
    /// The last day that this version was run for.
    pub last_run: Option<NaiveDate>,
    /// Hits so far, of all versions.
    pub hits: i64,
    /// The day that it is on for and has not been run for since the last load; none if all is done.
    pub due: Option<NaiveDate>,
    /// The bank's own marts that its rule reads, each with its own day.
    pub marts: Vec<MartDay>,
    /// Why it cannot be run now: its rule does not read any more, or a mart of the bank's own does not.
    pub broken: Option<Message>,
}

/// One day of a back-test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestDay {
    /// Which.
    pub day: NaiveDate,
    /// Customers who would have been hit.
    pub hits: i64,
    /// Those of them who had an arm, treated or control, in a strategy that was live on that day.
    pub in_live_strategy: i64,
}

/// What a moment would have done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backtest {
    /// The last of its days.
    pub as_of: NaiveDate,
    /// The oldest first, with none left out.
    pub days: Vec<BacktestDay>,
    /// Customers over all days, each once.
    pub customers: i64,
    /// Milliseconds that the database took.
    pub ms: i64,
    /// The day from which on the bank has events, where on the first of these days, or on the one before it, with which it is compared,
    /// a window of the rule reaches before it.
    pub events_since: Option<NaiveDate>,
}

impl Backtest {
    /// The sentence where a window of its rule reaches before the bank's first event.
    #[must_use]
    pub fn events_known(&self) -> Option<Message> {
        let day = self.events_since?;
        Some(Message::new(msg!("moment.events-since")).with("day", day))
    }

    /// Hits over all days.
    #[must_use]
    pub fn hits(&self) -> i64 {
        self.days.iter().map(|day| day.hits).sum()
    }

    /// Those on customers of live strategies.
    #[must_use]
    pub fn in_live_strategy(&self) -> i64 {
        self.days.iter().map(|day| day.in_live_strategy).sum()
    }

    /// Hits of a day, in the mean, in tenths, rounded half up.
    #[must_use]
    pub fn tenths_per_day(&self) -> i64 {
        let days = i64::try_from(self.days.len()).unwrap_or(i64::MAX).max(1);
        (20 * self.hits() + days) / (2 * days)
    }

    /// The same as people write it: `12.4`.
    #[must_use]
    pub fn per_day(&self) -> String {
        let tenths = self.tenths_per_day();
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

/// A customer whom a moment has hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// The day.
    pub day: NaiveDate,
    /// Who.
    pub customer: CustomerId,
    /// The code of his unit on that day.
    pub org: String,
    /// The strategy for which he is a candidate.
    pub strategy: Option<String>,
    /// Whether he had an arm in a strategy that was live on that day.
    pub in_live_strategy: bool,
}

/// A moment was run for a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// Which.
    pub moment: String,
    /// Its version.
    pub version: i32,
    /// The day.
    pub day: NaiveDate,
    /// Hits that were not there before.
    pub new: i64,
}

/// What a worker has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A moment was run for a day.
    Ran(Ran),
    /// A moment could not be run; the others were.
    Failed {
        /// Which.
        moment: String,
        /// Why.
        why: Message,
    },
    /// Messages have left.
    Delivered(Delivered),
    /// Messages could not leave; they will be tried again, or are dead.
    Undelivered(Undelivered),
    /// Outcomes that branch systems have sent were taken in.
    Inbox(InboxTaken),
    /// Tasks went on to another channel of their plan.
    Channels(ChannelsGone),
    /// The database could not be asked; it will be again.
    Lost(Message),
    /// The database answers again.
    Back,
}

/// Why a rule is no rule of a moment.
#[derive(Debug, thiserror::Error)]
pub enum NotAMoment {
    /// It does not read.
    #[error("{0}")]
    Rule(Box<RuleError>),
    /// It asks for no event, so nothing could be fresh.
    #[error("no event")]
    NoEvent,
    /// It stands on whatever version of a segment is the latest, so that what runs would not be what was tested.
    #[error("{code} without a version")]
    LooseSegment {
        /// The segment.
        code: String,
    },
}

/// Reads the rule of a moment as of the vocabulary's day.
///
/// # Errors
/// [`NotAMoment`].
pub fn read(text: &str, vocabulary: &Vocabulary) -> Result<Rule, NotAMoment> {
    moment_of(Rule::parse(text, vocabulary))
}

/// The same of one that stands there as `kept`: it was judged when it was written, and that it finds nobody by now refuses no
/// text that says the same.
///
/// # Errors
/// [`NotAMoment`].
pub fn read_again(text: &str, kept: &str, vocabulary: &Vocabulary) -> Result<Rule, NotAMoment> {
    let judged = Rule::parse(text, vocabulary);
    let nobody = judged.as_ref().is_err_and(|error| error.reason.is_nobody());
    match Rule::parse_kept(text, vocabulary, None) {
        Ok(rule) if nobody && rule.canonical() == kept => moment_of(Ok(rule)),
        _ => moment_of(judged),
    }
}

fn moment_of(rule: Result<Rule, RuleError>) -> Result<Rule, NotAMoment> {
    let rule = rule.map_err(|error| NotAMoment::Rule(Box::new(error)))?;
    if !rule.reads_events() {
        return Err(NotAMoment::NoEvent);
    }
    match rule.loose_segment() {
        Some(code) => Err(NotAMoment::LooseSegment { code: code.to_owned() }),
        None => Ok(rule),
    }
}

/// The same rule as of a day and as of the day before, between which it may begin to hold.
///
/// # Errors
/// [`RuleError`] if the dictionary has changed under the rule.
pub fn edge(
    text: &str,
    vocabulary: &Vocabulary,
    day: NaiveDate,
) -> Result<(Rule, Rule), Box<RuleError>> {
    let on = |day| Rule::parse_kept(text, &vocabulary.on(day), None).map_err(Box::new);
    Ok((on(day)?, on(before(day))?))
}

/// The day before; the first day that there is has itself before it.
#[must_use]
pub fn before(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(1)).unwrap_or(day)
}

/// The `days` days up to `last`, the oldest first.
pub fn days_up_to(last: NaiveDate, days: u32) -> impl Iterator<Item = NaiveDate> {
    (0..days).rev().filter_map(move |back| last.checked_sub_days(Days::new(u64::from(back))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, d).unwrap()
    }

    fn test(hits: &[i64]) -> Backtest {
        let days = (1..).zip(hits).map(|(d, &hits)| BacktestDay {
            day: day(d),
            hits,
            in_live_strategy: hits / 2,
        });
        Backtest { as_of: day(9), days: days.collect(), customers: 0, ms: 0, events_since: None }
    }

    #[test]
    fn the_mean_is_rounded_once() {
        assert_eq!(test(&[1, 1, 0]).per_day(), "0.7");
        assert_eq!(
            test(&[0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).per_day(),
            "0.1"
        );
        assert_eq!(test(&[10, 15]).per_day(), "12.5");
        assert_eq!((test(&[]).per_day().as_str(), test(&[3, 5]).in_live_strategy()), ("0.0", 3));
    }

    #[test]
    fn days_are_counted_back_from_the_last() {
        let days: Vec<_> = days_up_to(day(3), 5).collect();
        assert_eq!(days.first(), NaiveDate::from_ymd_opt(2026, 9, 29).as_ref());
        assert_eq!((days.len(), days.last()), (5, Some(&day(3))));
        assert_eq!(before(day(1)), NaiveDate::from_ymd_opt(2026, 9, 30).unwrap());
    }

    #[test]
    fn an_action_reads_back_its_word() {
        for action in [Action::Finding, Action::Candidate] {
            assert_eq!(Action::from_code(action.code()), Some(action));
        }
        assert_eq!(Action::from_code("Finding"), None);
    }
}
