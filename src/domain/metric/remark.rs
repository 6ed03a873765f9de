//! What is to be known of two ends that are held against each other and are not alike: how long they are, whether both end a
//! month, and whether the calendar knows their years.

use chrono::{Datelike as _, NaiveDate};
use serde::Serialize;
use serde::ser::SerializeMap as _;

use super::taken::Taken;
use super::workdays::{self, Works};
use crate::domain::message::{Arg, Message};
use crate::msg;

/// From here on a day of a month is meant as its end by whoever compares it with the end of another.
const NEARLY_ENDS: u32 = 28;

/// How the two ends of a comparison differ. Nothing is said where they do not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Working days of the earlier and of the later period, where the metric counts those and they are not as many: by rule they
    /// are, but where a month has too few.
    pub workdays: Option<(usize, usize)>,
    /// Days of the earlier and of the later period, where they are not as many and the metric counts every day.
    pub days: Option<(i64, i64)>,
    /// The day that ends its month, and the one that does not.
    pub month_end: Option<(NaiveDate, NaiveDate)>,
    /// Years of which the calendar names no day off, where the metric counts working days.
    pub no_calendar: Vec<i32>,
}

impl Remarks {
    /// Of the days over which an earlier and a later value are taken; `counts` says that the metric counts working days only,
    /// `named` of a year whether the calendar names a day off in it.
    #[must_use]
    pub fn of(
        (from, to): (Taken, Taken),
        counts: bool,
        works: Works<'_>,
        named: &dyn Fn(i32) -> bool,
    ) -> Self {
        let length = |taken: Taken| {
            let start = taken.start?;
            Some(((taken.end - start).num_days() + 1, workdays::workdays(start, taken.end, works)))
        };
        let periods = length(from).zip(length(to));
        let first = from.start.unwrap_or(from.end).min(to.start.unwrap_or(to.end));
        let last = from.end.max(to.end);
        let years = first.year()..=last.year();
        // A year in between that neither end is of does not matter.
        let of_either = |year: &i32| {
            [from, to].iter().any(|taken| {
                (taken.start.unwrap_or(taken.end).year()..=taken.end.year()).contains(year)
            })
        };
        Self {
            workdays: periods
                .filter(|(from, to)| counts && from.1 != to.1)
                .map(|(from, to)| (from.1, to.1)),
            days: periods
                .filter(|(from, to)| !counts && from.0 != to.0)
                .map(|(from, to)| (from.0, to.0)),
            month_end: periods
                .is_none()
                .then(|| one_ends((from.end, to.end), counts, works))
                .flatten(),
            no_calendar: years.filter(of_either).filter(|&year| counts && !named(year)).collect(),
        }
    }

    /// Both ends are alike.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// In words.
    #[must_use]
    pub fn said(&self) -> Vec<Message> {
        let mut said = Vec::new();
        if let Some((from, to)) = self.workdays {
            said.push(Message::new(msg!("kpi.remark.workdays")).with("from", from).with("to", to));
        }
        if let Some((from, to)) = self.days {
            said.push(Message::new(msg!("kpi.remark.days")).with("from", from).with("to", to));
        }
        if let Some((end, other)) = self.month_end {
            let told = Message::new(msg!("kpi.remark.month-end")).with("end", end);
            said.push(told.with("other", other));
        }
        if !self.no_calendar.is_empty() {
            let years: Vec<String> = self.no_calendar.iter().map(i32::to_string).collect();
            let told = Message::new(msg!("kpi.remark.no-calendar"));
            said.push(told.with("years", Message::list(years.into_iter().map(Arg::from))));
        }
        said
    }
}

/// Of two single days near the ends of their months, the one that is the end and the one that is not.
fn one_ends(
    (from, to): (NaiveDate, NaiveDate),
    counts: bool,
    works: Works<'_>,
) -> Option<(NaiveDate, NaiveDate)> {
    let near = |day: NaiveDate| day.day() >= NEARLY_ENDS;
    let ends = |day: NaiveDate| {
        let end = if counts { workdays::calendar_day(day, works) } else { day };
        end == workdays::month_end(end)
    };
    match (ends(from), ends(to)) {
        (true, false) if near(to) => Some((from, to)),
        (false, true) if near(from) => Some((to, from)),
        _ => None,
    }
}

/// What commands give: only what is to be said.
impl Serialize for Remarks {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some((from, to)) = self.workdays {
            map.serialize_entry("workdays", &[from, to])?;
        }
        if let Some((from, to)) = self.days {
            map.serialize_entry("days", &[from, to])?;
        }
        if let Some((end, other)) = self.month_end {
            map.serialize_entry("month_end", &end)?;
            map.serialize_entry("no_month_end", &other)?;
        }
        if !self.no_calendar.is_empty() {
            map.serialize_entry("years_without_days_off", &self.no_calendar)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn works(day: NaiveDate) -> bool {
        day.weekday().number_from_monday() < 6
    }

    fn of(from: Taken, to: Taken, counts: bool) -> Remarks {
        Remarks::of((from, to), counts, &works, &|year| year != 2025)
    }

    fn since(start: NaiveDate, end: NaiveDate) -> Taken {
        Taken { start: Some(start), end }
    }

    #[test]
    fn periods_of_unequal_length_are_told() {
        let february = since(day(2026, 2, 1), day(2026, 2, 28));
        let march = since(day(2026, 3, 1), day(2026, 3, 31));
        assert_eq!(of(february, march, false).days, Some((28, 31)));
        let january = since(day(2026, 1, 1), day(2026, 1, 31));
        assert!(of(january, march, false).is_empty());
        let told = of(february, march, true);
        assert_eq!((told.days, told.workdays), (None, Some((20, 22))));
        let alike = of(
            since(day(2026, 3, 2), day(2026, 3, 6)),
            since(day(2026, 4, 6), day(2026, 4, 10)),
            true,
        );
        assert!(alike.is_empty(), "5 against 5 is nothing to be told: {alike:?}");
    }

    #[test]
    fn a_month_end_against_a_day_that_is_none_is_told() {
        let on = |y, m, d| Taken::on(day(y, m, d));
        let told = of(on(2026, 2, 28), on(2026, 3, 30), false);
        assert_eq!(told.month_end, Some((day(2026, 2, 28), day(2026, 3, 30))));
        assert!(of(on(2026, 2, 28), on(2026, 3, 31), false).is_empty());
        assert!(of(on(2026, 10, 20), on(2026, 11, 20), false).is_empty());
        assert!(of(on(2026, 10, 20), on(2026, 10, 31), false).is_empty(), "any two days");
        // Friday 30 October is the last working day of its month.
        assert!(of(on(2026, 9, 30), on(2026, 10, 30), true).month_end.is_none());
    }

    #[test]
    fn a_year_without_a_day_off_is_told_where_working_days_count() {
        let (before, now) = (Taken::on(day(2025, 11, 30)), Taken::on(day(2026, 11, 30)));
        assert_eq!(of(before, now, true).no_calendar, [2025]);
        assert!(of(before, now, false).no_calendar.is_empty());
        let far = Taken::on(day(2024, 11, 29));
        assert!(of(far, now, true).no_calendar.is_empty(), "2025 lies between");
    }
}
