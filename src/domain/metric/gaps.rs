//! Days of a period on which facts are owed and missing: those that nobody delivered, and single units' on the others.
//!
//! A metric is owed every working day if it came on most of them in the months before, and on the other days likewise; one that
//! comes at the ends of months owes those and nothing in between. A unit owes its facts from its first one on. Which months tell it
//! are those before the last fact: one whose facts have stopped goes on owing them, however long ago that was. Where there are none before
//! the period, the first months of its facts tell it, from the first fact on.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike as _, Days, NaiveDate};

/// As many days back tell how a metric is delivered.
pub const LOOKS_BACK: u64 = 92;
/// Or the last of them alone, so that a hole that was filled since does not excuse the next.
const LATELY: u64 = 31;
/// A kind of day is owed if facts came on this part of its days.
const MOSTLY: f64 = 0.8;

/// As many units that lack facts are named.
pub const NAMED: usize = 3;

/// What is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Days without any fact.
    pub days: usize,
    /// Facts of single units on the days that have some.
    pub facts: usize,
    /// Of how many units these are.
    pub units: usize,
    /// The rows of those that lack the most of them, a few.
    pub whose: [Option<i32>; NAMED],
    /// The last day with facts, where some are owed after it.
    pub ended: Option<NaiveDate>,
    /// Facts stand after the period: they have not ended, a day of it was left out.
    pub go_on: bool,
}

/// The days of a metric on which facts stand, each with the number of a layout: which units have one.
pub type Delivered = HashMap<NaiveDate, i32>;

/// The units of each layout.
pub type Layouts = HashMap<i32, HashSet<i32>>;

/// Counts what is missing from `start` to `end`, both included.
#[must_use]
pub fn gaps(
    delivered: &Delivered,
    (start, end): (NaiveDate, NaiveDate),
    works: &dyn Fn(NaiveDate) -> bool,
    layouts: &Layouts,
    owing: &[(i32, NaiveDate)],
) -> Gaps {
    let Some((owed, begin)) = Owed::of((start, end), delivered, works) else {
        return Gaps::default();
    };
    let mut found = Gaps::default();
    let mut lack: HashMap<i32, usize> = HashMap::new();
    for day in begin.iter_days().take_while(|day| *day <= end) {
        if !owed.on(day, works) {
            continue;
        }
        let Some(layout) = delivered.get(&day) else {
            found.days += 1;
            continue;
        };
        let Some(there) = layouts.get(layout) else { continue };
        let due = owing.iter().filter(|(_, since)| *since <= day);
        for (unit, _) in due.filter(|(unit, _)| !there.contains(unit)) {
            *lack.entry(*unit).or_default() += 1;
        }
    }
    let mut lack: Vec<(i32, usize)> = lack.into_iter().collect();
    lack.sort_unstable_by_key(|&(unit, days)| (std::cmp::Reverse(days), unit));
    (found.facts, found.units) = (lack.iter().map(|(_, days)| days).sum(), lack.len());
    found.whose.iter_mut().zip(&lack).for_each(|(place, (unit, _))| *place = Some(*unit));
    let last = delivered.keys().copied().filter(|day| *day <= end).max();
    let stopped = |last: &NaiveDate| {
        let after = last.iter_days().skip(1).take_while(|day| *day <= end);
        after.into_iter().any(|day| owed.on(day, works))
    };
    found.ended = last.filter(stopped);
    found
}

/// On which days facts are owed.
struct Owed {
    workdays: bool,
    others: bool,
    monthly: bool,
}

impl Owed {
    /// As the facts came in the months before a period, or before they stopped; where none came before it, as the first of it came. And the
    /// day of the period from which on they are owed.
    fn of(
        (start, end): (NaiveDate, NaiveDate),
        delivered: &Delivered,
        works: &dyn Fn(NaiveDate) -> bool,
    ) -> Option<(Self, NaiveDate)> {
        let last = delivered.keys().copied().filter(|day| *day < start).max();
        let Some(until) = last.map(|last| last.succ_opt().unwrap_or(last)) else {
            let first = delivered.keys().copied().filter(|day| *day <= end).min()?;
            let on = |days| {
                let until = first.checked_add_days(Days::new(days)).map_or(end, |day| day.min(end));
                first.iter_days().take_while(move |day| *day <= until)
            };
            return Some((Self::as_came(&on(LOOKS_BACK), &on(LATELY), delivered, works), first));
        };
        let back = |days| {
            let first = until.checked_sub_days(Days::new(days));
            first.map(|first| first.iter_days().take_while(move |day| *day < until))
        };
        Some((Self::as_came(&back(LOOKS_BACK)?, &back(LATELY)?, delivered, works), start))
    }

    /// As they came on these days, or on the fewer of them.
    fn as_came(
        long: &(impl Iterator<Item = NaiveDate> + Clone),
        short: &(impl Iterator<Item = NaiveDate> + Clone),
        delivered: &Delivered,
        works: &dyn Fn(NaiveDate) -> bool,
    ) -> Self {
        let mostly = |of: &mut dyn Iterator<Item = NaiveDate>, working: bool| {
            let (mut days, mut came) = (0_u32, 0_u32);
            for day in of.filter(|day| works(*day) == working) {
                days += 1;
                came += u32::from(delivered.contains_key(&day));
            }
            days > 0 && f64::from(came) >= MOSTLY * f64::from(days)
        };
        let usual =
            |working| mostly(&mut long.clone(), working) || mostly(&mut short.clone(), working);
        let (workdays, others) = (usual(true), usual(false));
        let mut ends = long.clone().filter(|day| ends_month(*day)).peekable();
        let some = ends.peek().is_some();
        let monthly = !workdays && !others && some && ends.all(|day| delivered.contains_key(&day));
        Self { workdays, others, monthly }
    }

    fn on(&self, day: NaiveDate, works: &dyn Fn(NaiveDate) -> bool) -> bool {
        (if works(day) { self.workdays } else { self.others }) || self.monthly && ends_month(day)
    }
}

fn ends_month(day: NaiveDate) -> bool {
    day.succ_opt().is_some_and(|next| next.day() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, month, day).unwrap()
    }

    fn works(day: NaiveDate) -> bool {
        day.weekday().number_from_monday() < 6
    }

    fn count(delivered: &Delivered, owing: &[(i32, NaiveDate)]) -> Gaps {
        let layouts = HashMap::from([(1, HashSet::from([7, 8])), (2, HashSet::from([7]))]);
        gaps(delivered, (day(10, 1), day(10, 31)), &works, &layouts, owing)
    }

    fn daily(holds: impl Fn(NaiveDate) -> bool) -> Delivered {
        let days = day(6, 1).iter_days().take_while(|on| *on <= day(10, 31));
        days.filter(|on| holds(*on)).map(|on| (on, 1)).collect()
    }

    #[test]
    fn a_day_is_missing_where_days_like_it_have_facts() {
        assert_eq!(count(&daily(|_| true), &[]), Gaps::default());
        // A Thursday and a Saturday.
        let holes = daily(|on| on != day(10, 8) && on != day(10, 10));
        assert_eq!(count(&holes, &[]).days, 2);
        let holes = daily(|on| works(on) && on != day(10, 8));
        assert_eq!(count(&holes, &[]).days, 1, "nobody owes a Saturday here");
        assert_eq!(count(&daily(|on| on.day() == 30), &[]), Gaps::default(), "once a month");
        let monthly = |last: bool| daily(move |on| ends_month(on) && (last || on < day(10, 1)));
        assert_eq!(count(&monthly(true), &[]), Gaps::default());
        assert_eq!(count(&monthly(false), &[]).days, 1, "the end of October alone");
    }

    /// The bank's first year: nothing came before the period, so its own first months tell what is owed.
    #[test]
    fn a_hole_in_the_first_period_is_seen() {
        let first = |holds: &dyn Fn(NaiveDate) -> bool, end| {
            let days = day(1, 1).iter_days().take_while(|on| *on <= day(6, 30));
            let delivered: Delivered = days.filter(|on| holds(*on)).map(|on| (on, 1)).collect();
            let layouts = HashMap::from([(1, HashSet::from([7]))]);
            gaps(&delivered, (day(1, 1), end), &works, &layouts, &[(7, day(1, 1)), (8, day(6, 21))])
        };
        let hole = |on: NaiveDate| on != day(6, 10);
        assert_eq!(first(&hole, day(6, 9)), Gaps::default());
        let found = first(&hole, day(6, 10));
        assert_eq!((found.days, found.ended), (1, Some(day(6, 9))));
        let found = first(&hole, day(6, 30));
        assert_eq!((found.days, found.facts, found.ended), (1, 10, None));
        // What begins within the period is owed from there on, and what comes once a month on no other day.
        assert_eq!(first(&|on| on >= day(3, 10) && on != day(6, 10), day(6, 20)).days, 1);
        assert_eq!(first(&|on| ends_month(on), day(6, 20)), Gaps::default());
        assert_eq!(first(&|_| false, day(6, 20)), Gaps::default());
    }

    #[test]
    fn a_unit_owes_from_its_first_fact_on() {
        let mut delivered = daily(|_| true);
        delivered.insert(day(10, 5), 2);
        delivered.insert(day(10, 6), 2);
        let owing = |since| [(7, day(1, 1)), (8, since)];
        let facts =
            |facts| Gaps { facts, units: 1, whose: [Some(8), None, None], ..Gaps::default() };
        assert_eq!(count(&delivered, &owing(day(1, 1))), facts(2));
        assert_eq!(count(&delivered, &owing(day(10, 6))), facts(1));
        assert_eq!(count(&delivered, &owing(day(10, 7))), Gaps::default());
    }

    #[test]
    fn facts_that_stopped_stay_owed_however_long_ago() {
        for last in [day(10, 30), day(10, 12), day(9, 1), day(7, 31)] {
            let found = count(&daily(|on| on <= last), &[]);
            assert_eq!(found.ended, Some(last));
            assert!(found.days > 0, "{last}");
        }
        let workdays = daily(|on| works(on) && on <= day(10, 30));
        assert_eq!(count(&workdays, &[]).ended, None, "the 31st is a Saturday");
        let hole = daily(|on| on < day(8, 15) || (day(9, 1)..day(10, 20)).contains(&on));
        assert_eq!(count(&hole, &[]).ended, Some(day(10, 19)), "a hole before does not excuse it");
        let monthly = daily(|on| ends_month(on) && on < day(9, 1));
        assert_eq!(count(&monthly, &[]).ended, Some(day(8, 31)));
        let once = daily(|on| on == day(8, 12));
        assert_eq!(count(&once, &[]), Gaps::default(), "nobody said when the next comes");
    }
}
