//! The periods that targets are written for, and that changes are asked for: `2026`, `2026-H2`, `2026-Q4`, `2026-11`,
//! `2026-11-20`, and for changes any days from one to another, `2026-11-01..2026-11-15`.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use serde::Serialize;

/// Days from a first to a last one, both of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Period {
    /// The first.
    pub start: NaiveDate,
    /// The last; never before the first.
    pub end: NaiveDate,
}

impl Period {
    /// Reads a month, quarter, half or whole year, or `FIRST..LAST`. None for any other text, a single day too: what stands on a
    /// day is no period of one day.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((first, last)) = text.split_once("..") {
            let (start, end) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            return (start <= end).then_some(Self { start, end });
        }
        if text.parse::<NaiveDate>().is_ok() {
            return None;
        }
        days(text).map(|(start, end)| Self { start, end })
    }

    /// How many days it has.
    #[must_use]
    pub fn days(self) -> i64 {
        (self.end - self.start).num_days() + 1
    }

    /// Its whole months; none where it begins or ends within one.
    fn months(self) -> Option<u32> {
        let next = self.end.checked_add_days(Days::new(1))?;
        let months = |day: NaiveDate| day.year() * 12 + i32::try_from(day.month()).unwrap_or(0);
        let whole = self.start.day() == 1 && next.day() == 1;
        whole.then(|| u32::try_from(months(next) - months(self.start)).ok())?
    }

    /// As it is written shortest: `2026-11`, `2026Q4`, `2026H2`, `2026`, else its first and last day.
    #[must_use]
    pub fn label(self) -> String {
        let (year, month) = (self.start.year(), self.start.month());
        match self.months() {
            Some(1) => format!("{year}-{month:02}"),
            Some(3) if month % 3 == 1 => format!("{year}Q{}", month / 3 + 1),
            Some(6) if month % 6 == 1 => format!("{year}H{}", month / 6 + 1),
            Some(12) if month == 1 => year.to_string(),
            _ => format!("{}..{}", self.start, self.end),
        }
    }

    /// The periods between this one and a later one, where both are as many whole months and follow each other without a gap: so
    /// a change can be followed step by step. None where they do not.
    #[must_use]
    pub fn steps_to(self, later: Self) -> Option<Vec<Self>> {
        let months = self.months().filter(|months| later.months() == Some(*months))?;
        let after = |period: Self| {
            let start = period.end.checked_add_days(Days::new(1))?;
            let end = start.checked_add_months(Months::new(months))?;
            Some(Self { start, end: end.checked_sub_days(Days::new(1))? })
        };
        let mut between = Vec::new();
        let mut next = after(self)?;
        while next.start < later.start {
            between.push(next);
            next = after(next)?;
        }
        (next == later).then_some(between)
    }
}

/// The first and last day of a period; the dash before Q and H may be missing. None for any other text.
#[must_use]
pub fn days(period: &str) -> Option<(NaiveDate, NaiveDate)> {
    let (year, rest) = period.trim().split_at_checked(4)?;
    if !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year: i32 = year.parse().ok()?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let span = |month: u32, months: u32| {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let last = first.checked_add_months(Months::new(months))?.checked_sub_days(Days::new(1))?;
        Some((first, last))
    };
    let number = |text: &str| -> Option<u32> {
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
    };
    let part = |text: &str, parts: u32| {
        let part = number(text).filter(|part| (1..=parts).contains(part))?;
        span((part - 1) * 12 / parts + 1, 12 / parts)
    };
    if rest.is_empty() {
        span(1, 12)
    } else if let Some(quarter) = rest.strip_prefix(['Q', 'q']) {
        part(quarter, 4)
    } else if let Some(half) = rest.strip_prefix(['H', 'h']) {
        part(half, 2)
    } else if let Some((month, day)) = rest.split_once('-') {
        let day = NaiveDate::from_ymd_opt(year, number(month)?, number(day)?)?;
        Some((day, day))
    } else {
        span(number(rest)?, 1)
    }
}

/// The shortest of some periods that `on` lies in, by its position.
#[must_use]
pub fn around<'a>(
    periods: impl IntoIterator<Item = &'a str>,
    on: NaiveDate,
) -> Option<(usize, NaiveDate)> {
    let spans = periods.into_iter().enumerate().filter_map(|(at, period)| {
        let (first, last) = days(period)?;
        (first <= on && on <= last).then_some((last - first, at, first))
    });
    spans.min().map(|(_, at, first)| (at, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_as_banks_write_them() {
        let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d).unwrap();
        for (period, first, last) in [
            ("2026", day(1, 1), day(12, 31)),
            ("2026-H2", day(7, 1), day(12, 31)),
            ("2026Q4", day(10, 1), day(12, 31)),
            ("2026-11", day(11, 1), day(11, 30)),
            ("202602", day(2, 1), day(2, 28)),
            ("2026-11-20", day(11, 20), day(11, 20)),
        ] {
            assert_eq!(days(period), Some((first, last)), "{period}");
        }
        for period in ["", "年", "2026-Q5", "2026-13", "2026-+1", "26-11", "2026-Q", "2026-11-31"]
        {
            assert_eq!(days(period), None, "{period}");
        }
    }

    #[test]
    fn a_period_of_a_change_is_written_as_it_is_read() {
        for text in [
            "2026",
            "2026H1",
            "2026Q4",
            "2026-11",
            "2026-11-01..2026-11-15",
            "2025-12-01..2026-01-31",
        ] {
            assert_eq!(Period::read(text).map(Period::label).as_deref(), Some(text));
        }
        assert_eq!(Period::read("2026-10-01..2026-12-31").unwrap().label(), "2026Q4");
        assert_eq!(Period::read("2026-02").unwrap().days(), 28);
        for text in ["", "2026-11-20", "2026-11-15..2026-11-01", "2026-11..2026-12", "2026-13"] {
            assert_eq!(Period::read(text), None, "{text}");
        }
    }

    #[test]
    fn steps_between_periods_are_as_long_and_leave_no_gap() {
        let of = |text: &str| Period::read(text).unwrap();
        let between = |from: &str, to: &str| {
            let steps = of(from).steps_to(of(to))?;
            Some(steps.into_iter().map(Period::label).collect::<Vec<_>>())
        };
        assert_eq!(between("2026-06", "2026-09").unwrap(), ["2026-07", "2026-08"]);
        assert_eq!(between("2025Q4", "2026Q2").unwrap(), ["2026Q1"]);
        assert_eq!(between("2025", "2026").unwrap(), [""; 0]);
        assert_eq!(between("2026-06", "2026Q4"), None, "another length");
        assert_eq!(between("2026-09", "2026-06"), None, "backwards");
        assert_eq!(between("2026-09", "2026-09"), None, "the same");
        assert_eq!(between("2026-01-01..2026-02-28", "2026-04-01..2026-05-31"), None, "a gap");
        assert_eq!(between("2026-06", "2026-07-01..2026-07-30"), None, "no whole month");
    }

    #[test]
    fn the_shortest_period_around_a_day_is_the_one_to_pace_against() {
        let on = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        let (at, first) = around(["2026", "2026-11", "2026-Q4", "2026-10"], on).unwrap();
        assert_eq!((at, first), (1, NaiveDate::from_ymd_opt(2026, 11, 1).unwrap()));
        assert_eq!(around(["2025"], on), None);
    }
}
