//! What came of a task, and how a row of an outcome file says it.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::id::{CustomerId, PushId};
use super::message::Message;
use super::money::{Currency, Minor, MoneyError};
use crate::msg;

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

    /// The outcome of a word in either form.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.code() == word || o.zh() == word)
    }
}

/// The columns of an outcome file; they may come in any order.
pub const COLUMNS: [&str; 6] = ["push", "customer_id", "outcome", "at", "amount", "note"];

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
    /// Not an ISO date or time.
    NotATime,
    /// Not an amount in major units.
    Amount(MoneyError),
    /// The note is too long.
    NoteTooLong,
    /// The same push, customer, time and outcome stand already, or came earlier in the file.
    Duplicate,
    /// The customer is on no list of that push.
    UnknownTask,
}

impl RowFault {
    /// The sentence for the reject file.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::NotUtf8 => msg!("push.outcome.not-utf8").into(),
            Self::FieldCount => msg!("push.outcome.field-count").into(),
            Self::Empty => msg!("push.outcome.empty").into(),
            Self::NotWhole => msg!("push.outcome.not-whole").into(),
            Self::UnknownOutcome => {
                let words: Vec<&str> = Outcome::ALL.iter().map(|o| o.code()).collect();
                Message::new(msg!("push.outcome.unknown-outcome")).with("words", words.join(", "))
            }
            Self::NotATime => msg!("push.outcome.not-a-time").into(),
            Self::Amount(MoneyError::NotANumber) => msg!("push.outcome.not-an-amount").into(),
            Self::Amount(MoneyError::TooManyDecimals(digits)) => {
                Message::new(msg!("push.outcome.too-many-decimals"))
                    .with("digits", u32::from(*digits))
            }
            Self::Amount(MoneyError::TooLarge) => msg!("push.outcome.too-large").into(),
            Self::NoteTooLong => {
                Message::new(msg!("push.outcome.note-too-long")).with("max", NOTE_MAX)
            }
            Self::Duplicate => msg!("push.outcome.duplicate").into(),
            Self::UnknownTask => msg!("push.outcome.unknown-task").into(),
        }
    }
}

/// Reads a row whose fields stand in the order of [`COLUMNS`].
///
/// # Errors
/// The first fault, with the place of its column in [`COLUMNS`].
pub fn parse_row(
    fields: [&str; 6],
    currency: Currency,
    zone: Tz,
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
    let at = parse_at(needed(3)?, zone).ok_or((3, RowFault::NotATime))?;
    let amount = match fields[4] {
        "" => None,
        text => Some(currency.parse(text).map_err(|fault| (4, RowFault::Amount(fault)))?),
    };
    let note = fields[5];
    if note.chars().count() > NOTE_MAX {
        return Err((5, RowFault::NoteTooLong));
    }
    // A zero byte is the one character that the database cannot keep.
    let note = (!note.is_empty()).then(|| note.replace('\0', "\u{fffd}"));
    Ok(OutcomeRow { push, customer, outcome, at, amount, note })
}

/// Reads an ISO date (its midnight) or time; without an offset it is the bank's. An hour that a change of clocks
/// left out or has twice counts as the earlier one.
#[must_use]
pub fn parse_at(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return in_range(at.with_timezone(&Utc));
    }
    for format in [
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f%#z",
        "%Y-%m-%dT%H:%M%#z",
        "%Y-%m-%d %H:%M%#z",
    ] {
        if let Ok(at) = DateTime::parse_from_str(text, format) {
            return in_range(at.with_timezone(&Utc));
        }
    }
    let formats =
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let local = NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN));
    let local = local
        .ok()
        .or_else(|| formats.iter().find_map(|f| NaiveDateTime::parse_from_str(text, f).ok()))?;
    let mut wanted = local;
    // Clocks jump by an hour or less; one that still finds nothing after a day is no zone at all.
    for _ in 0..48 {
        match zone.from_local_datetime(&wanted) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
                return in_range(at.with_timezone(&Utc));
            }
            LocalResult::None => {
                wanted = wanted.checked_add_signed(chrono::TimeDelta::minutes(30))?;
            }
        }
    }
    None
}

/// Times that a person could have written: the database keeps fewer years than the calendar has.
fn in_range(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    use chrono::Datelike as _;
    (1900..=9999).contains(&at.year()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<String> {
        parse_at(text, chrono_tz::Europe::Prague).map(|at| at.to_rfc3339())
    }

    #[test]
    fn a_time_without_an_offset_is_the_banks() {
        for (text, utc) in [
            ("1994-04-01", "1994-03-31T22:00:00+00:00"),
            ("1994-01-01", "1993-12-31T23:00:00+00:00"),
            ("1994-04-01T10:30", "1994-04-01T08:30:00+00:00"),
            ("1994-04-01 10:30:15", "1994-04-01T08:30:15+00:00"),
            ("1994-04-01T10:30:15Z", "1994-04-01T10:30:15+00:00"),
            ("1994-04-01 10:30+08:00", "1994-04-01T02:30:00+00:00"),
            ("1994-04-01T10:30:15.5+0800", "1994-04-01T02:30:15.500+00:00"),
        ] {
            assert_eq!(at(text).as_deref(), Some(utc), "{text}");
        }
        for text in [
            "",
            "soon",
            "1994-02-30",
            "01.04.1994",
            "1994-04-01T25:00",
            "99999-01-01",
            "0001-01-01",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn an_hour_that_the_clocks_left_out_counts_as_the_next() {
        assert_eq!(at("1994-03-27T02:30").as_deref(), Some("1994-03-27T01:00:00+00:00"));
    }

    #[test]
    fn a_row_is_read_or_says_which_column_is_wrong() {
        let read = |fields| {
            parse_row(fields, Currency::from_code("CZK").unwrap(), chrono_tz::Europe::Prague)
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
        assert_eq!(read(["3", "1", "sold", "x", "", ""]), Err((3, RowFault::NotATime)));
        assert!(matches!(
            read(["3", "1", "sold", "1994-04-02", "1.005", ""]),
            Err((4, RowFault::Amount(_)))
        ));
        let long = "长".repeat(NOTE_MAX + 1);
        assert_eq!(
            read(["3", "1", "sold", "1994-04-02", "", &long]),
            Err((5, RowFault::NoteTooLong))
        );
    }
}
