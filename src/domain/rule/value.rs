//! Literals of rules, and the words of the bank that a rule names, each with its row.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::number::Number;
use crate::domain::id::{OrgId, StaffId};
use crate::domain::money::Minor;

/// A literal of the right type for its term.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// For numbers.
    Number(Number),
    /// For amounts.
    Money(Minor),
    /// For days.
    Date(Day),
    /// A category's value, as the dictionary has it.
    Category(String),
    /// A tier.
    Tier(TierRange),
    /// An org unit.
    Unit(UnitRef),
    /// A member of staff, by code and row.
    Staff(String, StaffId),
}

/// A tier and the amounts that make it: from (included) up to below (excluded).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierRange {
    /// Its code.
    pub code: String,
    /// None for the lowest.
    pub from: Option<Minor>,
    /// None for the highest.
    pub below: Option<Minor>,
}

/// An org unit by code and row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRef {
    /// The bank's code.
    pub code: String,
    /// Its row.
    pub id: OrgId,
}

/// A kind of event by code and row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventKindRef {
    /// The bank's code.
    pub code: String,
    /// Its row.
    pub id: i16,
}

/// A day of a rule: the day itself, and how it was written. Two rules that are written alike are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day, resolved against as-of.
    pub day: NaiveDate,
    /// How it was written, which is what is stored: a relative day moves with as-of.
    pub written: Written,
}

impl Day {
    /// A day of the calendar.
    #[must_use]
    pub fn fixed(day: NaiveDate) -> Self {
        Self { day, written: Written::Fixed }
    }

    /// A day that moves with `as_of`, `None` beyond the calendar.
    #[must_use]
    pub fn relative(anchor: Anchor, interval: Interval, as_of: NaiveDate) -> Option<Self> {
        let day = interval.added_to(anchor.day(as_of)?)?;
        Some(Self { day, written: Written::Relative { anchor, interval } })
    }
}

/// How a day was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// `'1950-01-31'`
    Fixed,
    /// `today - 90`, `month_start - interval '1 month'`
    Relative {
        /// Where it starts.
        anchor: Anchor,
        /// What is added; parts may be negative. Months are added before days.
        interval: Interval,
    },
}

/// A day that comes with as-of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// As-of itself.
    Today,
    /// The first day of its month.
    MonthStart,
    /// The first day of its year.
    YearStart,
}

impl Anchor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Today, Self::MonthStart, Self::YearStart];

    /// The name that rules use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::MonthStart => "month_start",
            Self::YearStart => "year_start",
        }
    }

    fn day(self, as_of: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Today => Some(as_of),
            Self::MonthStart => as_of.with_day(1),
            Self::YearStart => NaiveDate::from_ymd_opt(as_of.year(), 1, 1),
        }
    }
}

/// A span of the calendar. A window never has a negative part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Months, of which twelve are a year.
    pub months: i32,
    /// Days, of which seven are a week.
    pub days: i32,
}

impl Interval {
    /// `day` moved by the months (to the month's last day where the day is missing) and then by the days; `None`
    /// beyond the years that both sides know.
    #[must_use]
    pub fn added_to(self, day: NaiveDate) -> Option<NaiveDate> {
        let months = Months::new(self.months.unsigned_abs());
        let day = if self.months < 0 {
            day.checked_sub_months(months)
        } else {
            day.checked_add_months(months)
        }?;
        let days = Days::new(u64::from(self.days.unsigned_abs()));
        let day =
            if self.days < 0 { day.checked_sub_days(days) } else { day.checked_add_days(days) }?;
        // Postgres has no year 0, and five digits are no day of a bank.
        (1..10_000).contains(&day.year()).then_some(day)
    }

    /// `day` as it was this interval earlier.
    #[must_use]
    pub fn before(self, day: NaiveDate) -> Option<NaiveDate> {
        Self { months: -self.months, days: -self.days }.added_to(day)
    }
}
