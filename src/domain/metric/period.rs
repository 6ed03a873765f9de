//! The periods that targets are written for: `2026`, `2026-H2`, `2026-Q4`, `2026-11`, `2026-11-20`.

use chrono::{Days, Months, NaiveDate};

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
    fn the_shortest_period_around_a_day_is_the_one_to_pace_against() {
        let on = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        let (at, first) = around(["2026", "2026-11", "2026-Q4", "2026-10"], on).unwrap();
        assert_eq!((at, first), (1, NaiveDate::from_ymd_opt(2026, 11, 1).unwrap()));
        assert_eq!(around(["2025"], on), None);
    }
}
