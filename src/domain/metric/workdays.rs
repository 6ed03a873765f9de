//! Working days: how a metric is taken whose definition counts those only. The rule stands here and nowhere else.
//!
//! - A day off reads like the working day before it.
//! - What came on days off belongs to the next working day, as a bank books it. So a period begins on the day after the last
//!   working day before it, and ends on its own last working day: no fact is in two periods, and none is in none.
//! - A period that is held against another has as many working days. Where the earlier month or year has fewer, it begins
//!   earlier; it never runs into the later one.
//!
//! A mean of days counts every day of such a period, each with what stood on it.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::period::Period;
use super::taken::Taken;

/// Whether the bank works on a day.
pub type Works<'a> = &'a dyn Fn(NaiveDate) -> bool;

/// As many days are looked back over for a working day.
const LOOKS_BACK: u64 = 15;

/// The last working day on or before a day; after a fortnight without one, the day itself.
#[must_use]
pub fn last_workday(day: NaiveDate, works: Works<'_>) -> NaiveDate {
    let mut back = (0..LOOKS_BACK).filter_map(|n| day.checked_sub_days(Days::new(n)));
    back.find(|&day| works(day)).unwrap_or(day)
}

/// How many working days there are from one day to another, both counted.
#[must_use]
pub fn workdays(first: NaiveDate, last: NaiveDate, works: Works<'_>) -> usize {
    first.iter_days().take_while(|&day| day <= last).filter(|&day| works(day)).count()
}

/// The first day whose facts belong to the first working day on or after `first`: the day after the working day before.
#[must_use]
pub fn since(first: NaiveDate, works: Works<'_>) -> NaiveDate {
    let before = first.checked_sub_days(Days::new(1)).unwrap_or(first);
    last_workday(before, works).checked_add_days(Days::new(1)).unwrap_or(first)
}

/// A single day of a flow: the working day that it stands for, with the days off before that.
#[must_use]
pub fn of_day(day: NaiveDate, works: Works<'_>) -> Taken {
    let end = last_workday(day, works);
    let start = since(end, works);
    Taken { start: (start < end).then_some(start), end }
}

/// The days whose facts are those of a period's working days; none where it has no working day.
#[must_use]
pub fn of_period(period: Period, works: Works<'_>) -> Option<Period> {
    let end = last_workday(period.end, works);
    let whole = end >= period.start && works(end);
    whole.then(|| Period { start: since(period.start, works), end })
}

/// The first `count` working days of an earlier month or year; where it has fewer, the last `count` up to its end.
#[must_use]
pub fn as_many(earlier: Period, count: usize, works: Works<'_>) -> Period {
    let count = count.max(1);
    let inside = earlier.start.iter_days().take_while(|day| *day <= earlier.end);
    if let Some(end) = inside.filter(|&day| works(day)).nth(count - 1) {
        return Period { start: since(earlier.start, works), end };
    }
    let end = last_workday(earlier.end, works);
    let most = count * 10 + 15;
    let back = (0..most).filter_map(|n| end.checked_sub_days(Days::new(n.try_into().ok()?)));
    let first = back.filter(|&day| works(day)).nth(count - 1).unwrap_or(earlier.start);
    Period { start: since(first, works), end }
}

/// The day as which a working day is looked for in another month or year: the month's end, where no working day follows in it.
#[must_use]
pub fn calendar_day(workday: NaiveDate, works: Works<'_>) -> NaiveDate {
    let ends = month_end(workday);
    let later = workday.checked_add_days(Days::new(1)).unwrap_or(workday);
    if workdays(later, ends, works) == 0 { ends } else { workday }
}

/// The last day of a day's month.
#[must_use]
pub fn month_end(day: NaiveDate) -> NaiveDate {
    let next = day.with_day(1).and_then(|first| first.checked_add_months(Months::new(1)));
    next.and_then(|next| next.checked_sub_days(Days::new(1))).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::metric::compare::{Compare, on_day, taken, taken_over, to_date};
    use crate::domain::metric::definition::Over;
    use crate::domain::metric::{Kind, Metric};

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn metric(kind: Kind, average: bool) -> Metric {
        let (zh, en) = (String::new(), String::new());
        let over = Over { average, workdays: true };
        Metric { code: "m".into(), zh, en, kind, unit: None, formula: None, has_facts: true, over }
    }

    /// The weekdays of 2026 but for the first week of October, and a Saturday that is worked instead.
    fn of_2026(on: NaiveDate) -> bool {
        let holiday = (day(2026, 10, 1)..=day(2026, 10, 8)).contains(&on);
        (on.weekday().number_from_monday() < 6 && !holiday) || on == day(2026, 10, 10)
    }

    #[test]
    fn a_holiday_reads_like_the_working_day_before_it() {
        let flow = metric(Kind::Flow, false);
        let before = taken(&flow, Compare::Prev, day(2026, 9, 30), &of_2026);
        for on in 1..=8 {
            let on = day(2026, 10, on);
            assert_eq!(taken(&flow, Compare::Prev, on, &of_2026), before, "{on}");
            assert_eq!(on_day(&flow, on, &of_2026), on_day(&flow, day(2026, 9, 30), &of_2026));
        }
        assert_eq!(before.1, Taken { start: Some(day(2026, 9, 1)), end: day(2026, 9, 30) });
        // The first working day has what came in the holiday.
        let first = on_day(&flow, day(2026, 10, 9), &of_2026).unwrap();
        assert_eq!(first, Taken { start: Some(day(2026, 10, 1)), end: day(2026, 10, 9) });
    }

    #[test]
    fn an_earlier_month_with_fewer_working_days_begins_earlier() {
        // November 2026 has 21 working days, October 17 with its holiday and its Saturday.
        assert_eq!(workdays(day(2026, 10, 1), day(2026, 10, 31), &of_2026), 17);
        let flow = metric(Kind::Flow, false);
        let (before, now) = taken(&flow, Compare::Prev, day(2026, 11, 30), &of_2026);
        // Saturday 10-31 and Sunday 11-01 belong to Monday.
        assert_eq!(now, Taken { start: Some(day(2026, 10, 31)), end: day(2026, 11, 30) });
        assert_eq!(before, Taken { start: Some(day(2026, 9, 25)), end: day(2026, 10, 30) });
        assert_eq!(workdays(before.start.unwrap(), before.end, &of_2026), 21);
    }

    /// A calendar: each day is a day off or not, and no more than nine of them follow each other.
    fn calendars() -> impl Strategy<Value = Vec<bool>> {
        prop::collection::vec(prop::bool::weighted(0.6), 1200..1201).prop_map(|mut works| {
            let mut off = 0;
            for works in &mut works {
                off = if *works { 0 } else { off + 1 };
                if off > 9 {
                    (*works, off) = (true, 0);
                }
            }
            works
        })
    }

    fn works(calendar: &[bool]) -> impl Fn(NaiveDate) -> bool {
        let first = day(2024, 1, 1);
        move |on| {
            let at = usize::try_from((on - first).num_days()).ok();
            at.and_then(|at| calendar.get(at)).copied().unwrap_or(true)
        }
    }

    fn span(taken: Taken) -> (NaiveDate, NaiveDate) {
        (taken.start.unwrap_or(taken.end), taken.end)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn both_sides_have_as_many_working_days_and_share_none(calendar in calendars(), at in 500_u64..1150) {
            let works = works(&calendar);
            let on = day(2024, 1, 1).checked_add_days(Days::new(at)).unwrap();
            for (kind, average) in [(Kind::Flow, false), (Kind::Stock, true), (Kind::Ratio, true)] {
                let metric = metric(kind, average);
                for compare in Compare::OF_FACTS {
                    let (before, now) = taken(&metric, compare, on, &works);
                    let count = |taken| { let (start, end) = span(taken); workdays(start, end, &works) };
                    prop_assert_eq!(count(before), count(now), "{:?} {:?} {:?}", compare, before, now);
                    prop_assert!(works(before.end) && works(now.end));
                    prop_assert!(before.end < span(now).0, "{:?} {:?}", before, now);
                }
            }
        }

        #[test]
        fn every_fact_is_in_one_month_and_in_one_day(calendar in calendars()) {
            let works = works(&calendar);
            let flow = metric(Kind::Flow, false);
            let months: Vec<Taken> = (1..=12)
                .map(|month| {
                    let start = day(2025, month, 1);
                    taken_over(&flow, Period { start, end: month_end(start) }, &works).unwrap()
                })
                .collect();
            for pair in months.windows(2) {
                prop_assert_eq!(pair[0].end.succ_opt(), pair[1].start);
            }
            // The working days of a month are its days, and each has the days off before it.
            for (month, whole) in (1..=12).zip(&months) {
                let days = day(2025, month, 1).iter_days().take_while(|on| on.month() == month);
                let mut next = whole.start.unwrap();
                for on in days.filter(|&on| works(on)) {
                    let (start, end) = span(on_day(&flow, on, &works).unwrap());
                    prop_assert_eq!((start, end), (next, on));
                    let so_far = to_date(&flow, (day(2025, month, 1), month_end(on)), on, &works);
                    prop_assert_eq!(so_far, Taken { start: whole.start, end: on });
                    next = on.succ_opt().unwrap();
                }
                prop_assert_eq!(Some(next), whole.end.succ_opt());
            }
        }

        #[test]
        fn a_day_off_reads_like_the_working_day_before(calendar in calendars(), at in 500_u64..1150) {
            let works = works(&calendar);
            let on = day(2024, 1, 1).checked_add_days(Days::new(at)).unwrap();
            let workday = last_workday(on, &works);
            for (kind, average) in [(Kind::Flow, false), (Kind::Stock, false), (Kind::Stock, true)] {
                let metric = metric(kind, average);
                for compare in Compare::OF_FACTS {
                    prop_assert_eq!(taken(&metric, compare, on, &works), taken(&metric, compare, workday, &works));
                }
                prop_assert_eq!(on_day(&metric, on, &works), on_day(&metric, workday, &works));
            }
        }
    }
}
