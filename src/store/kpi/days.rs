//! Which days a question about a metric is of, and over which days each metric is taken for them.

use std::collections::HashMap;

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::asked::Asked;
use super::facts::Day;
use super::gaps::Periods;
use super::{KpiFailure, Opened, Workdays};
use crate::domain::decomposition::When;
use crate::domain::decomposition::over::{End, How, Over};
use crate::domain::metric::Kind;
use crate::domain::metric::compare::{self, Compare, Taken};
use crate::domain::metric::error::KpiError;
use crate::domain::metric::period::Period;

/// The days of a question, in order, and where they are periods how they are taken.
pub(super) struct Asking {
    /// The days; with those between if it is a chain.
    pub(super) days: Vec<Day>,
    /// The two periods.
    pub(super) over: Option<Over>,
}

/// The days of a question.
pub(super) fn of(opened: &Opened, metric: usize, asked: &Asked) -> Result<Asking, KpiFailure> {
    match asked.when {
        When::Days(from, to) => {
            let between = if asked.chain { month_ends(from, to) } else { Vec::new() };
            let days = std::iter::once(from).chain(between).chain([to]);
            Ok(Asking { days: days.map(Day::plain).collect(), over: None })
        }
        When::Periods(from, to) => {
            let works = &opened.works;
            let between =
                if asked.chain { from.steps_to(to).ok_or(KpiError::NoSteps)? } else { Vec::new() };
            let periods = std::iter::once(from).chain(between).chain([to]);
            let day = |period| Ok(over_period(opened, so_far(opened, period)?, works));
            let days: Result<Vec<Day>, KpiError> = periods.map(day).collect();
            Ok(Asking { days: days?, over: Some(over(opened, metric, (from, to), works)?) })
        }
        When::Compare(compare, on) => {
            let on = on.unwrap_or(opened.bank.today);
            let works = &opened.works;
            let (before, now) = compared(opened, compare, on, works);
            let nominal = opened.ledger.tree().metric(metric);
            let ends = compare::taken(nominal, compare, on, &|day| works.on(day));
            let over = begins_late(opened, metric, ends, works)?;
            let day = |end: Taken, taken| Day { on: end.end, taken };
            Ok(Asking { days: vec![day(ends.0, before), day(ends.1, now)], over })
        }
    }
}

/// A period as far as the bank's days have come.
fn so_far(opened: &Opened, period: Period) -> Result<Period, KpiError> {
    let today = opened.bank.today;
    if period.start > today {
        return Err(KpiError::Ahead { start: period.start, today });
    }
    Ok(Period { end: period.end.min(today), ..period })
}

/// Every metric over a period.
fn over_period(opened: &Opened, period: Period, works: &Workdays) -> Day {
    let metrics = opened.ledger.tree().metrics().iter().enumerate();
    let taken =
        metrics.map(|(at, metric)| (at, compare::taken_over(metric, period, &|day| works.on(day))));
    Day { on: period.end, taken: taken.collect() }
}

/// How a metric is taken over two periods.
fn over(
    opened: &Opened,
    metric: usize,
    (from, to): (Period, Period),
    works: &Workdays,
) -> Result<Over, KpiError> {
    let tree = opened.ledger.tree();
    let bases = tree.bases(metric);
    let mut taken: Vec<How> = bases.iter().map(|&base| How::of(tree.metric(base))).collect();
    taken.sort_unstable();
    taken.dedup();
    let workdays = bases.iter().any(|&base| tree.metric(base).over.workdays);
    // What stands on the last day alone is whole, whenever its facts begin.
    let of_days = taken.iter().any(|how| *how != How::End);
    let first = opened.ledger.span(metric).map(|span| span.0).filter(|_| of_days);
    let end = |period: Period| -> Result<End, KpiError> {
        let over = so_far(opened, period)?;
        Ok(End {
            start: over.start,
            end: over.end,
            days: over.days(),
            workdays: workdays
                .then(|| compare::workdays(over.start, over.end, &|day| works.on(day))),
            goes_on_until: (over.end < period.end).then_some(period.end),
            facts_begin: first.filter(|first| *first > over.start && *first <= over.end),
        })
    };
    Ok(Over { from: end(from)?, to: end(to)?, taken })
}

/// How a metric is taken over the two periods of a comparison, where its facts begin within one of them; it is known else.
fn begins_late(
    opened: &Opened,
    metric: usize,
    ends: (Taken, Taken),
    works: &Workdays,
) -> Result<Option<Over>, KpiError> {
    let (Some(before), Some(now)) = (ends.0.start, ends.1.start) else { return Ok(None) };
    let before = Period { start: before, end: ends.0.end };
    let now = Period { start: now, end: ends.1.end };
    let over = over(opened, metric, (before, now), works)?;
    let late = over.from.facts_begin.or(over.to.facts_begin);
    Ok(late.map(|_| over))
}

/// Over which days each metric is taken before and now.
pub(super) fn compared(
    opened: &Opened,
    compare: Compare,
    on: NaiveDate,
    works: &Workdays,
) -> (HashMap<usize, Taken>, HashMap<usize, Taken>) {
    let metrics = opened.ledger.tree().metrics().iter().enumerate();
    let both = metrics.map(|(at, metric)| {
        let (before, now) = compare::taken(metric, compare, on, &|day| works.on(day));
        ((at, before), (at, now))
    });
    both.unzip()
}

/// The days that the facts behind a metric were taken over for a day of the ledger; nothing of those that are of one day.
pub(super) fn taken(opened: &Opened, metric: usize, day: usize) -> Periods {
    let of = |base: usize| {
        let taken = opened.ledger.taken(base, day)?;
        Some((base, (taken.start?, taken.end)))
    };
    opened.ledger.tree().bases(metric).into_iter().filter_map(of).collect()
}

/// The ends of months after one day and before another.
fn month_ends(from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
    let first = from.with_day(1).unwrap_or(from);
    (1..)
        .map_while(|n| first.checked_add_months(Months::new(n)))
        .filter_map(|first| first.checked_sub_days(Days::new(1)))
        .skip_while(|&end| end <= from)
        .take_while(|&end| end < to)
        .collect()
}

/// Flows from the beginning of a period to a day.
pub(super) fn period_taken(
    opened: &Opened,
    start: NaiveDate,
    end: NaiveDate,
) -> HashMap<usize, Taken> {
    let metrics = opened.ledger.tree().metrics().iter().enumerate();
    let flows = metrics.filter(|(_, m)| m.kind == Kind::Flow);
    flows.map(|(at, _)| (at, Taken { start: Some(start), end })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_goes_over_the_ends_of_months() {
        let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d).unwrap();
        assert_eq!(month_ends(day(1, 31), day(4, 15)), [day(2, 28), day(3, 31)]);
        assert_eq!(month_ends(day(1, 15), day(3, 31)), [day(1, 31), day(2, 28)]);
        assert!(month_ends(day(1, 31), day(2, 28)).is_empty());
        assert!(month_ends(day(3, 1), day(2, 1)).is_empty());
    }
}
