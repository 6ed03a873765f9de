//! The bank's calendar: days that are not what their weekday says, and days on which nothing goes out.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};

use super::clean::clean;
use super::message::{Key, Message};
use crate::msg;

/// The most days that one row of a calendar may span.
const LONGEST: i64 = 366;

/// What a row of the calendar says of its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DayKind {
    /// Nobody works, whatever the weekday.
    Holiday,
    /// People work, though it is a weekend: a shifted working day (调休).
    Working,
    /// Nothing may be pushed.
    Blackout,
}

impl DayKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Holiday, Self::Working, Self::Blackout];

    /// Its word in files and in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Holiday => "holiday",
            Self::Working => "working",
            Self::Blackout => "blackout",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Holiday => msg!("calendar.kind.holiday"),
            Self::Working => msg!("calendar.kind.working"),
            Self::Blackout => msg!("calendar.kind.blackout"),
        }
    }
}

/// A row of a calendar file: `from,to,kind,name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// What they are.
    pub kind: DayKind,
    /// What they are called, or why nothing goes out.
    pub name: String,
}

/// Why a calendar file cannot be taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault:?}")]
pub struct CalendarError {
    /// The line of the file, the header is 1.
    pub line: u64,
    /// What is wrong there.
    pub fault: Fault,
}

/// What can be wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The first line does not name the four columns.
    Header,
    /// It has not four fields.
    Fields,
    /// That is no day.
    Day(String),
    /// That is no kind.
    Kind(String),
    /// The last day is before the first, or more than a year after it.
    Range,
    /// A blackout says no reason.
    NoReason,
    /// An earlier row says something of this day, too.
    Twice(NaiveDate),
    /// The file has no rows.
    Nothing,
}

impl CalendarError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let message = match &self.fault {
            Fault::Header => Message::new(msg!("calendar.fault.header")),
            Fault::Fields => Message::new(msg!("calendar.fault.fields")),
            Fault::Day(text) => {
                Message::new(msg!("calendar.fault.day")).with("value", text.as_str())
            }
            Fault::Kind(text) => {
                Message::new(msg!("calendar.fault.kind")).with("value", text.as_str())
            }
            Fault::Range => Message::new(msg!("calendar.fault.range")),
            Fault::NoReason => Message::new(msg!("calendar.fault.no-reason")),
            Fault::Twice(day) => Message::new(msg!("calendar.fault.twice")).with("day", *day),
            Fault::Nothing => Message::new(msg!("calendar.fault.nothing")),
        };
        message.with("line", self.line)
    }
}

/// Reads the rows of a calendar file, each with its line; the first is the header.
///
/// # Errors
/// [`CalendarError`] with the line of the first fault.
pub fn read<'a>(
    rows: impl IntoIterator<Item = (u64, Vec<&'a str>)>,
) -> Result<Vec<Entry>, CalendarError> {
    let mut rows = rows.into_iter();
    let header = rows.next().map(|(_, fields)| fields).unwrap_or_default();
    if header != ["from", "to", "kind", "name"] {
        return Err(CalendarError { line: 1, fault: Fault::Header });
    }
    let mut entries = Vec::new();
    let mut days: BTreeMap<NaiveDate, u64> = BTreeMap::new();
    for (line, fields) in rows {
        let entry = entry(&fields).map_err(|fault| CalendarError { line, fault })?;
        if entry.kind != DayKind::Blackout {
            for day in entry.from.iter_days().take_while(|day| *day <= entry.to) {
                if days.insert(day, line).is_some() {
                    return Err(CalendarError { line, fault: Fault::Twice(day) });
                }
            }
        }
        entries.push(entry);
    }
    if entries.is_empty() {
        return Err(CalendarError { line: 1, fault: Fault::Nothing });
    }
    Ok(entries)
}

fn entry(fields: &[&str]) -> Result<Entry, Fault> {
    let [from, to, kind, name] = fields else { return Err(Fault::Fields) };
    let day = |text: &str| {
        text.trim().parse::<NaiveDate>().map_err(|_| Fault::Day(clean(text).into_owned()))
    };
    let from = day(from)?;
    let to = if to.trim().is_empty() { from } else { day(to)? };
    let kind =
        DayKind::from_code(kind.trim()).ok_or_else(|| Fault::Kind(clean(kind).into_owned()))?;
    if !(0..=LONGEST).contains(&(to - from).num_days()) {
        return Err(Fault::Range);
    }
    let name = name.trim().to_owned();
    if kind == DayKind::Blackout && name.is_empty() {
        return Err(Fault::NoReason);
    }
    Ok(Entry { from, to, kind, name })
}

/// What the calendar says of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarDay {
    /// Which.
    pub day: NaiveDate,
    /// People work.
    pub working: bool,
    /// A holiday or a shifted working day, with its name.
    pub named: Option<(DayKind, String)>,
    /// Why nothing may be pushed.
    pub blackout: Option<String>,
}

/// The first days of a month and of the next one; `None` beyond the end of the calendar.
#[must_use]
pub fn month(day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let first = day.with_day(1)?;
    Some((first, first.checked_add_months(Months::new(1))?))
}

/// The days from `first` up to and without `end`, as these rows of the calendar make them. Earlier rows win.
#[must_use]
pub fn days(first: NaiveDate, end: NaiveDate, entries: &[Entry]) -> Vec<CalendarDay> {
    let on = |day: NaiveDate, blackout: bool| {
        entries.iter().find(move |entry| {
            (entry.from..=entry.to).contains(&day) && (entry.kind == DayKind::Blackout) == blackout
        })
    };
    let one = |day: NaiveDate| {
        let named = on(day, false).map(|entry| (entry.kind, entry.name.clone()));
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let working = named.as_ref().map_or(!weekend, |(kind, _)| *kind == DayKind::Working);
        CalendarDay { day, working, named, blackout: on(day, true).map(|entry| entry.name.clone()) }
    };
    first.iter_days().take_while(|day| *day < end).map(one).collect()
}

/// The Monday of that day's week.
#[must_use]
pub fn monday(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())).unwrap_or(day)
}

/// What people call the weekday of that day.
#[must_use]
pub fn weekday(day: NaiveDate) -> Key {
    match day.weekday() {
        Weekday::Mon => msg!("calendar.weekday.mon"),
        Weekday::Tue => msg!("calendar.weekday.tue"),
        Weekday::Wed => msg!("calendar.weekday.wed"),
        Weekday::Thu => msg!("calendar.weekday.thu"),
        Weekday::Fri => msg!("calendar.weekday.fri"),
        Weekday::Sat => msg!("calendar.weekday.sat"),
        Weekday::Sun => msg!("calendar.weekday.sun"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rows(text: &str) -> Result<Vec<Entry>, CalendarError> {
        read((1..).zip(text.lines().map(|line| line.split(',').collect())))
    }

    #[test]
    fn the_example_of_china_is_read_and_its_shifted_days_are_worked() {
        let text = include_str!("../../fixtures/calendar/china-2026.csv");
        let entries = rows(text).unwrap();
        let february = days(day("2026-02-01"), day("2026-03-01"), &entries);
        let working = february.iter().filter(|day| day.working).count();
        assert_eq!(
            working, 16,
            "28 days, 8 of weekends, 6 weekdays of the festival, 2 made up for"
        );
        assert!(february[13].working && february[27].working, "Saturdays that are worked");
        let december = days(day("2026-12-01"), day("2027-01-01"), &entries);
        assert_eq!(december.iter().filter(|day| day.blackout.is_some()).count(), 8);
    }

    #[test]
    fn every_fault_has_its_line() {
        let head = "from,to,kind,name\n";
        for (text, line, fault) in [
            ("day,kind\n", 1, Fault::Header),
            (head, 1, Fault::Nothing),
            ("from,to,kind,name\n2026-01-01,holiday\n", 2, Fault::Fields),
            ("from,to,kind,name\n2026-13-01,,holiday,x\n", 2, Fault::Day("2026-13-01".into())),
            ("from,to,kind,name\n2026-01-01,,feast,x\n", 2, Fault::Kind("feast".into())),
            ("from,to,kind,name\n2026-01-02,2026-01-01,holiday,x\n", 2, Fault::Range),
            ("from,to,kind,name\n2026-01-01,2027-02-01,blackout,x\n", 2, Fault::Range),
            ("from,to,kind,name\n2026-01-01,,blackout,\n", 2, Fault::NoReason),
            (
                "from,to,kind,name\n2026-01-01,2026-01-03,holiday,x\n2026-01-03,,working,y\n",
                3,
                Fault::Twice(day("2026-01-03")),
            ),
        ] {
            assert_eq!(rows(text), Err(CalendarError { line, fault }), "{text}");
        }
        assert_eq!(
            rows("from,to,kind,name\n2026-01-01,,holiday,x\n").unwrap()[0].to,
            day("2026-01-01")
        );
    }

    #[test]
    fn a_week_begins_on_monday() {
        assert_eq!(monday(day("2026-11-29")), day("2026-11-23"));
        assert_eq!(monday(day("2026-11-23")), day("2026-11-23"));
    }
}
