//! Which days a question about a metric is of, and over which days each metric is taken for them.

use std::collections::HashMap;

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::asked::Asked;
use super::facts::Day;
use super::gaps::Periods;
use super::{KpiFailure, Opened, Workdays};
use crate::domain::decomposition::over::{End, How, Over};
use crate::domain::decomposition::{Explanation, When};
use crate::domain::metric::Kind;
use crate::domain::metric::compare::{self, Compare, Taken};
use crate::domain::metric::error::KpiError;
use crate::domain::metric::period::Period;
use crate::domain::metric::remark::Remarks;
use crate::domain::metric::workdays;

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
            Ok(Asking { days: days.map(|on| single(opened, on)).collect(), over: None })
        }
        When::Periods(from, to) => {
            let works = &opened.works;
            let between =
                if asked.chain { from.steps_to(to).ok_or(KpiError::NoSteps)? } else { Vec::new() };
            let periods = std::iter::once(from).chain(between).chain([to]);
            let day = |period| over_period(opened, metric, so_far(opened, period)?);
            let days: Result<Vec<Day>, KpiError> = periods.map(day).collect();
            Ok(Asking { days: days?, over: Some(over(opened, metric, (from, to), works)?) })
        }
        When::Compare(compare, on) => {
            let on = on.unwrap_or(opened.bank.today);
            let works = &opened.works;
            let (before, now) = compared(opened, compare, on, works);
            let nominal = opened.ledger.tree().metric(metric);
            let ends = compare::taken(nominal, compare, on, &|day| works.on(day));
            let over = begins_late(opened, metric, compare, on)?;
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

/// A single day: each metric as of the day itself, or of the working day that it stands for.
pub(super) fn single(opened: &Opened, on: NaiveDate) -> Day {
    let metrics = opened.ledger.tree().metrics().iter().enumerate();
    let works = |day| opened.works.on(day);
    let taken = metrics.filter_map(|(at, of)| Some((at, compare::on_day(of, on, &works)?)));
    Day { on, taken: taken.collect() }
}

/// Every metric over a period; the one that is asked about must have days in it.
fn over_period(opened: &Opened, metric: usize, period: Period) -> Result<Day, KpiError> {
    let tree = opened.ledger.tree();
    let works = |day| opened.works.on(day);
    let over = |at: usize| Some((at, compare::taken_over(tree.metric(at), period, &works)?));
    let taken: HashMap<usize, Taken> = (0..tree.metrics().len()).filter_map(over).collect();
    if !tree.bases(metric).iter().all(|base| taken.contains_key(base)) {
        return Err(KpiError::NoWorkdays { start: period.start, end: period.end });
    }
    Ok(Day { on: period.end, taken })
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
    let base_of_days = bases.iter().copied().find(|&base| {
        let of = tree.metric(base);
        of.over.workdays && of.over_days()
    });
    // What stands on the last day alone is whole, whenever its facts begin.
    let of_days = taken.iter().any(|how| *how != How::End);
    let first = opened.ledger.span(metric).map(|span| span.0).filter(|_| of_days);
    let end = |period: Period| -> Result<End, KpiError> {
        let over = so_far(opened, period)?;
        // Where working days count, those of the period, with the days off whose facts belong to them.
        let counted = base_of_days.and_then(|base| {
            let taken = compare::taken_over(tree.metric(base), over, &|day| works.on(day))?;
            taken.start.map(|start| Period { start, end: taken.end })
        });
        let counted = counted.filter(|counted| *counted != over);
        Ok(End {
            start: over.start,
            end: over.end,
            days: counted.unwrap_or(over).days(),
            workdays: workdays
                .then(|| workdays::workdays(over.start, over.end, &|day| works.on(day))),
            counted,
            goes_on_until: (over.end < period.end).then_some(period.end),
            facts_begin: first.filter(|first| *first > over.start && *first <= over.end),
        })
    };
    Ok(Over { from: end(from)?, to: end(to)?, taken })
}

/// How a metric is taken over the two periods of a comparison, where its facts begin within one of them; it is known else. What is
/// computed has the periods of what it is computed from.
fn begins_late(
    opened: &Opened,
    metric: usize,
    compare: Compare,
    on: NaiveDate,
) -> Result<Option<Over>, KpiError> {
    let (tree, works) = (opened.ledger.tree(), &opened.works);
    let periods = |at: usize| {
        let (before, now) = compare::taken(tree.metric(at), compare, on, &|day| works.on(day));
        let period = |taken: Taken| Some(Period { start: taken.start?, end: taken.end });
        period(before).zip(period(now))
    };
    let mut made_of = std::iter::once(metric).chain(tree.bases(metric));
    let Some(ends) = made_of.find_map(periods) else { return Ok(None) };
    let over = over(opened, metric, ends, works)?;
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
    // Metrics that are taken alike have the same days: a year's working days are not counted for each.
    let mut known = HashMap::new();
    let both = metrics.map(|(at, metric)| {
        let alike = (metric.kind == Kind::Flow, metric.over);
        let (before, now) = *known
            .entry(alike)
            .or_insert_with(|| compare::taken(metric, compare, on, &|day| works.on(day)));
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

/// The first day of a metric's facts, where it lies within the days that the metric is taken over for a day of the ledger and is
/// not the first of them: the value is made of a part of its days.
pub(super) fn begins_within(opened: &Opened, metric: usize, day: usize) -> Option<NaiveDate> {
    let taken = opened.ledger.taken(metric, day)?;
    let first = opened.ledger.span(metric)?.0;
    (taken.start? < first && first <= taken.end).then_some(first)
}

/// How the days of two ends of a metric differ.
pub(super) fn remarks(opened: &Opened, metric: usize, ends: (Taken, Taken)) -> Remarks {
    let tree = opened.ledger.tree();
    let counts = tree.bases(metric).iter().any(|&base| tree.metric(base).over.workdays);
    let (works, named) = (|day| opened.works.on(day), |year| opened.works.names_days_off(year));
    Remarks::of(ends, counts, &works, &named)
}

/// The same of the two ends of an answer. How long two periods are that were asked for is said with them.
pub(super) fn remarks_of(opened: &Opened, metric: usize, answer: &Explanation) -> Remarks {
    let ends = (
        Taken { start: answer.from_start, end: answer.from_date },
        Taken { start: answer.to_start, end: answer.to_date },
    );
    let remarks = remarks(opened, metric, ends);
    if answer.over.is_some() { Remarks { workdays: None, days: None, ..remarks } } else { remarks }
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

/// What is made of days, from the beginning of a period as far as a day: flows, and means of days.
pub(super) fn period_taken(
    opened: &Opened,
    period: (NaiveDate, NaiveDate),
    on: NaiveDate,
) -> HashMap<usize, Taken> {
    let metrics = opened.ledger.tree().metrics().iter().enumerate();
    let works = |day| opened.works.on(day);
    metrics.map(|(at, of)| (at, compare::to_date(of, period, on, &works))).collect()
}

/// Whether a metric's value of a period is made of its days: because it is itself, or something that it is computed from.
pub(super) fn over_days(opened: &Opened, metric: usize) -> bool {
    let tree = opened.ledger.tree();
    tree.bases(metric).into_iter().any(|base| tree.metric(base).over_days())
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
