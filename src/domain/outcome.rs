//! What came of a task, and how a row of an outcome file says it.

mod inbox;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::clean::is_blank;
use super::id::{CustomerId, PushId};
use super::message::{Arg, Key, Message};
use super::moment::{self, MomentFault};
use super::money::{Currency, Minor, MoneyError};
use super::step::Step;
use crate::msg;

pub use inbox::{InboxCount, InboxReason, InboxRow, InboxTaken};

/// An outcome (结果).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// 未接通
    NoAnswer,
    /// 拒绝
    Refused,
    /// 考虑
    Considering,
    /// 预约
    Appointment,
    /// 成交
    Sold,
    /// 空号
    BadNumber,
}

/// What became of a file's rows; `read` is the sum of `accepted`, `duplicate`, `unknown` and `rejected`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeReport {
    /// Rows of the file without its header.
    pub read: u64,
    /// Taken.
    pub accepted: u64,
    /// Stood already, or came earlier in the file.
    pub duplicate: u64,
    /// On no list of that push, or of no push.
    pub unknown: u64,
    /// Accepted ones after the order's deadline.
    pub late: u64,
    /// Accepted ones of the control group.
    pub contamination: u64,
    /// Tasks of which a sale and, then or later, a refusal or a bad number stand beside each other since these rows.
    pub contradictory: u64,
    /// Rows with a bad value, before their push, or without what must be shown.
    pub rejected: u64,
}

impl Outcome {
    /// Every outcome, from the least to the most.
    pub const ALL: [Self; 6] = [
        Self::BadNumber,
        Self::NoAnswer,
        Self::Refused,
        Self::Considering,
        Self::Appointment,
        Self::Sold,
    ];

    /// The word used in files, commands and the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoAnswer => "no_answer",
            Self::Refused => "refused",
            Self::Considering => "considering",
            Self::Appointment => "appointment",
            Self::Sold => "sold",
            Self::BadNumber => "bad_number",
        }
    }

    /// The bank's own word, accepted in files too.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::NoAnswer => "未接通",
            Self::Refused => "拒绝",
            Self::Considering => "考虑",
            Self::Appointment => "预约",
            Self::Sold => "成交",
            Self::BadNumber => "空号",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::NoAnswer => msg!("console.outcome.no-answer"),
            Self::Refused => msg!("console.outcome.refused"),
            Self::Considering => msg!("console.outcome.considering"),
            Self::Appointment => msg!("console.outcome.appointment"),
            Self::Sold => msg!("console.outcome.sold"),
            Self::BadNumber => msg!("console.outcome.bad-number"),
        }
    }

    /// How far it says that its customer has come; `baton.outcome_step` says the same.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            Self::NoAnswer | Self::BadNumber => Step::Contacted,
            Self::Refused => Step::Reached,
            Self::Considering | Self::Appointment => Step::Interested,
            Self::Sold => Step::Sold,
        }
    }

    /// True if somebody spoke with the customer: whom one has not reached one cannot ask.
    #[must_use]
    pub fn is_reached(self) -> bool {
        !matches!(self, Self::NoAnswer | Self::BadNumber)
    }

    /// The outcome of a word in either form.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.code() == word || o.zh() == word)
    }
}

/// The columns of an outcome file; they may come in any order. The last two need not be there: a system that numbers its
/// messages says which one a row is, so that it is taken once whatever it says.
pub const COLUMNS: [&str; 8] =
    ["push", "customer_id", "outcome", "at", "amount", "note", "source", "message_id"];

/// How many of [`COLUMNS`] every file has.
pub const NEEDED: usize = 6;

/// The longest name of a source and number of a message, in characters.
const MESSAGE_MAX: [usize; 2] = [64, 200];

/// The longest note, in characters.
pub const NOTE_MAX: usize = 2000;

/// A row of an outcome file, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeRow {
    /// Which push.
    pub push: PushId,
    /// Whose task.
    pub customer: CustomerId,
    /// What came of it.
    pub outcome: Outcome,
    /// When.
    pub at: DateTime<Utc>,
    /// How much, if anything was sold.
    pub amount: Option<Minor>,
    /// What the RM wrote.
    pub note: Option<String>,
    /// Who sent it and by which number, if it came as a message.
    pub message: Option<(String, String)>,
}

/// Why a row of an outcome file was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFault {
    /// A field is not UTF-8.
    NotUtf8,
    /// More or fewer fields than the header.
    FieldCount,
    /// A column that must be filled is empty.
    Empty,
    /// Not a whole number.
    NotWhole,
    /// Not one of the six outcomes.
    UnknownOutcome,
    /// Not an ISO date or time, or one that no clock has shown.
    Time(MomentFault),
    /// A day that has not come yet.
    Future,
    /// Not an amount in major units.
    Amount(MoneyError),
    /// The note is too long.
    NoteTooLong,
    /// A source without a message's number, or a number without a source.
    HalfMessage,
    /// A source or a number that has blanks or is too long.
    BadMessage,
    /// The same push, customer, time and outcome stand already, or came earlier in the file; or its message was taken.
    Duplicate,
    /// The customer is on no list of that push.
    UnknownTask,
    /// There is no such push.
    UnknownPush,
    /// A step of the strategy must be shown, and there is no note.
    NoEvidence,
    /// A day before the push.
    BeforePush,
    /// An amount below nothing.
    Negative,
}

impl RowFault {
    /// The fault of a verdict of the database's.
    #[must_use]
    pub fn of_verdict(verdict: &str) -> Self {
        match verdict {
            "unknown" => Self::UnknownTask,
            "unknown_push" => Self::UnknownPush,
            "no_evidence" => Self::NoEvidence,
            "before_push" => Self::BeforePush,
            "negative" => Self::Negative,
            "too_large" => Self::Amount(MoneyError::TooLarge),
            _ => Self::Duplicate,
        }
    }

    /// A row that is rejected for it is wrong in itself; of the others one is known already, or of nothing known.
    #[must_use]
    pub fn is_rejected(self) -> bool {
        !matches!(self, Self::Duplicate | Self::UnknownTask | Self::UnknownPush)
    }

    /// The column at fault, of what the database finds.
    #[must_use]
    pub fn column(self) -> Option<&'static str> {
        match self {
            Self::BeforePush => Some(COLUMNS[3]),
            Self::Negative | Self::Amount(_) => Some(COLUMNS[4]),
            _ => None,
        }
    }

    /// The sentence for the reject file.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::NotUtf8 => msg!("push.outcome.not-utf8").into(),
            Self::FieldCount => msg!("push.outcome.field-count").into(),
            Self::Empty => msg!("push.outcome.empty").into(),
            Self::NotWhole => msg!("push.outcome.not-whole").into(),
            Self::UnknownOutcome => {
                let word =
                    |o: Outcome| Arg::Label { zh: o.zh().to_owned(), en: o.code().to_owned() };
                let words = Message::list(Outcome::ALL.map(word));
                Message::new(msg!("push.outcome.unknown-outcome")).with("words", words)
            }
            Self::Time(MomentFault::NotAMoment) => msg!("push.outcome.not-a-time").into(),
            Self::Time(MomentFault::PassedOver) => msg!("push.outcome.passed-over").into(),
            Self::Future => msg!("push.outcome.future").into(),
            Self::Amount(MoneyError::NotANumber) => msg!("push.outcome.not-an-amount").into(),
            Self::Amount(MoneyError::TooManyDecimals(digits)) => {
                Message::new(msg!("push.outcome.too-many-decimals"))
                    .with("digits", u32::from(*digits))
            }
            Self::Amount(MoneyError::TooLarge) => msg!("push.outcome.too-large").into(),
            Self::NoteTooLong => {
                Message::new(msg!("push.outcome.note-too-long")).with("max", NOTE_MAX)
            }
            Self::HalfMessage => msg!("push.outcome.half-message").into(),
            Self::BadMessage => msg!("push.outcome.bad-message").into(),
            Self::Duplicate => msg!("push.outcome.duplicate").into(),
            Self::UnknownTask => msg!("push.outcome.unknown-task").into(),
            Self::UnknownPush => msg!("push.outcome.unknown-push").into(),
            Self::NoEvidence => msg!("push.outcome.no-evidence").into(),
            Self::BeforePush => msg!("push.outcome.before-push").into(),
            Self::Negative => msg!("push.outcome.negative").into(),
        }
    }
}

/// The days on which an outcome can have been.
#[derive(Clone, Debug)]
pub struct Days {
    /// The last one that has come, by the bank's day or the server's, whichever is later.
    pub last: NaiveDate,
    /// Of each push, the first.
    pub pushed: BTreeMap<PushId, NaiveDate>,
}

/// Reads a row whose fields stand in the order of [`COLUMNS`].
///
/// # Errors
/// The first fault, with the place of its column in [`COLUMNS`].
pub fn parse_row(
    fields: [&str; COLUMNS.len()],
    currency: Currency,
    zone: Tz,
    days: &Days,
) -> Result<OutcomeRow, (usize, RowFault)> {
    let fields = fields.map(str::trim);
    let needed =
        |i: usize| if fields[i].is_empty() { Err((i, RowFault::Empty)) } else { Ok(fields[i]) };
    let whole = |i: usize| {
        let digits = needed(i)?;
        digits.parse::<i64>().map_err(|_| (i, RowFault::NotWhole))
    };
    let (push, customer) = (PushId(whole(0)?), CustomerId(whole(1)?));
    let outcome = Outcome::from_word(needed(2)?).ok_or((2, RowFault::UnknownOutcome))?;
    let at = moment::parse(needed(3)?, zone).map_err(|fault| (3, RowFault::Time(fault)))?;
    let day = at.with_timezone(&zone).date_naive();
    if day > days.last {
        return Err((3, RowFault::Future));
    }
    if days.pushed.get(&push).is_some_and(|first| day < *first) {
        return Err((3, RowFault::BeforePush));
    }
    let amount = match fields[4] {
        "" => None,
        text => Some(currency.parse(text).map_err(|fault| (4, RowFault::Amount(fault)))?),
    };
    if let Some(amount) = amount {
        sold(amount).map_err(|fault| (4, fault))?;
    }
    let note = fields[5];
    if note.chars().count() > NOTE_MAX {
        return Err((5, RowFault::NoteTooLong));
    }
    // A zero byte is the one character that the database cannot keep.
    let note = (!is_blank(note)).then(|| note.replace('\0', "\u{fffd}"));
    let message = message(fields[6], fields[7])?;
    Ok(OutcomeRow { push, customer, outcome, at, amount, note, message })
}

/// Holds an amount against what one customer can have bought for.
///
/// # Errors
/// [`RowFault::Negative`], or [`MoneyError::TooLarge`] beyond [`Minor::MOST_OF_ONE`].
pub fn sold(amount: Minor) -> Result<(), RowFault> {
    match amount.0 {
        ..0 => Err(RowFault::Negative),
        minor if minor > Minor::MOST_OF_ONE => Err(RowFault::Amount(MoneyError::TooLarge)),
        _ => Ok(()),
    }
}

/// The name of a message, if the row has one.
fn message(source: &str, number: &str) -> Result<Option<(String, String)>, (usize, RowFault)> {
    match (source, number) {
        ("", "") => return Ok(None),
        ("", _) => return Err((6, RowFault::HalfMessage)),
        (_, "") => return Err((7, RowFault::HalfMessage)),
        _ => {}
    }
    for (at, (word, most)) in [source, number].into_iter().zip(MESSAGE_MAX).enumerate() {
        let blank = |c: char| c.is_whitespace() || c == '\0';
        if word.chars().count() > most || word.contains(blank) || is_blank(word) {
            return Err((6 + at, RowFault::BadMessage));
        }
    }
    Ok(Some((source.to_owned(), number.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_or_says_which_column_is_wrong() {
        let day = |d| NaiveDate::from_ymd_opt(1994, 4, d).unwrap();
        let days = Days { last: day(2), pushed: [(PushId(8), day(2))].into() };
        let read = |[push, customer, outcome, at, amount, note]: [&str; 6]| {
            let fields = [push, customer, outcome, at, amount, note, "", ""];
            let zone = chrono_tz::Europe::Prague;
            parse_row(fields, Currency::from_code("CZK").unwrap(), zone, &days)
        };
        let row = read(["3", " 17 ", "成交", "1994-04-02", "12.50", "ok"]).unwrap();
        assert_eq!(
            (row.push, row.customer, row.outcome),
            (PushId(3), CustomerId(17), Outcome::Sold)
        );
        assert_eq!(row.amount, Some(Minor(1250)));
        assert_eq!(read(["x", "1", "sold", "1994-04-02", "", ""]), Err((0, RowFault::NotWhole)));
        assert_eq!(read(["3", "", "sold", "1994-04-02", "", ""]), Err((1, RowFault::Empty)));
        assert_eq!(
            read(["3", "1", "SOLD", "1994-04-02", "", ""]),
            Err((2, RowFault::UnknownOutcome))
        );
        let time = |fault| Err((3, RowFault::Time(fault)));
        assert_eq!(read(["3", "1", "sold", "x", "", ""]), time(MomentFault::NotAMoment));
        let passed_over = "1994-03-27T02:30";
        assert_eq!(read(["3", "1", "sold", passed_over, "", ""]), time(MomentFault::PassedOver));
        // The last moment of the last day, and the first of the next, by the bank's clock.
        assert!(read(["3", "1", "sold", "1994-04-02T23:59:59", "", ""]).is_ok());
        for at in ["1994-04-03", "1994-04-02T22:00:00Z"] {
            assert_eq!(read(["3", "1", "sold", at, "", ""]), Err((3, RowFault::Future)), "{at}");
        }
        assert!(read(["8", "1", "sold", "1994-04-02T00:00:00", "0", ""]).is_ok());
        for at in ["1994-04-01T23:59:59", "0001-01-01", "-4712-01-01"] {
            let fault = read(["8", "1", "sold", at, "", ""]).unwrap_err().1;
            let before = matches!(fault, RowFault::BeforePush | RowFault::Time(_));
            assert!(before, "{at}: {fault:?}");
        }
        assert_eq!(
            read(["3", "1", "sold", "1994-04-02", "-0.01", ""]),
            Err((4, RowFault::Negative))
        );
        for amount in ["NaN", "inf", "1e5", "--1"] {
            let fault = read(["3", "1", "sold", "1994-04-02", amount, ""]);
            assert!(matches!(fault, Err((4, RowFault::Amount(_)))), "{amount}: {fault:?}");
        }
        assert!(matches!(
            read(["3", "1", "sold", "1994-04-02", "1.005", ""]),
            Err((4, RowFault::Amount(_)))
        ));
        let sent = |source, number| {
            let fields = ["3", "1", "sold", "1994-04-02", "", "", source, number];
            let zone = chrono_tz::Europe::Prague;
            parse_row(fields, Currency::from_code("CZK").unwrap(), zone, &days)
                .map(|row| row.message)
        };
        assert_eq!(sent("crm", "m-1"), Ok(Some(("crm".to_owned(), "m-1".to_owned()))));
        assert_eq!(sent("crm", ""), Err((7, RowFault::HalfMessage)));
        assert_eq!(sent("", "m-1"), Err((6, RowFault::HalfMessage)));
        assert_eq!(sent("c rm", "m-1"), Err((6, RowFault::BadMessage)));
        assert_eq!(sent("crm", &"1".repeat(201)), Err((7, RowFault::BadMessage)));
        let long = "长".repeat(NOTE_MAX + 1);
        assert_eq!(
            read(["3", "1", "sold", "1994-04-02", "", &long]),
            Err((5, RowFault::NoteTooLong))
        );
    }
}
