//! What a value is held against: the period before (环比), the same a year ago (同比), the year's beginning (较年初),
//! the plan (较计划); and over which days both are taken.
//!
//! A flow is summed over its period, which is the month or the year so far; a stock is that of the period's last day,
//! or the mean of its days, never a sum. Where a metric counts working days only, [`workdays`] says which
//! days those are.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::period::Period;
use super::remark::Remarks;
pub use super::taken::Taken;
use super::workdays::{self, Works};
use super::{Kind, Metric, Quality, Value, previous_day};
use crate::domain::message::{Key, Message};
use crate::msg;

/// What a value is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compare {
    /// The period before: 环比.
    #[default]
    Prev,
    /// The same period of the year before: 同比.
    Yoy,
    /// The beginning of the year: 较年初. A flow's year so far is held against that of the year before.
    Ytd,
    /// The plan: 较计划.
    Plan,
}

impl Compare {
    /// Those that are made of facts.
    pub const OF_FACTS: [Self; 3] = [Self::Prev, Self::Yoy, Self::Ytd];

    /// All of them.
    pub const ALL: [Self; 4] = [Self::Prev, Self::Yoy, Self::Ytd, Self::Plan];

    /// The next one; after the plan the first.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Prev => Self::Yoy,
            Self::Yoy => Self::Ytd,
            Self::Ytd => Self::Plan,
            Self::Plan => Self::Prev,
        }
    }

    /// Reads `prev`, `yoy`, `ytd` or `plan`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Prev, Self::Yoy, Self::Ytd, Self::Plan].into_iter().find(|one| one.word() == text)
    }

    /// The word of commands.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Prev => "prev",
            Self::Yoy => "yoy",
            Self::Ytd => "ytd",
            Self::Plan => "plan",
        }
    }

    /// The earlier day of a value that is of one day; the plan has none, so the day itself.
    #[must_use]
    pub fn day_before(self, on: NaiveDate) -> NaiveDate {
        match self {
            Self::Prev => previous_day(on),
            Self::Yoy => year_before(on),
            Self::Ytd => NaiveDate::from_ymd_opt(on.year() - 1, 12, 31).unwrap_or(on),
            Self::Plan => on,
        }
    }

    /// The first day of the period so far: of the month, or of the year.
    fn first(self, day: NaiveDate) -> NaiveDate {
        self.around(day).start
    }

    /// The whole month or year around a day.
    fn around(self, day: NaiveDate) -> Period {
        let year = |month, last| NaiveDate::from_ymd_opt(day.year(), month, last).unwrap_or(day);
        match self {
            Self::Ytd => Period { start: year(1, 1), end: year(12, 31) },
            _ => Period { start: day.with_day(1).unwrap_or(day), end: workdays::month_end(day) },
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Prev => msg!("kpi.compare.prev"),
            Self::Yoy => msg!("kpi.compare.yoy"),
            Self::Ytd => msg!("kpi.compare.ytd"),
            Self::Plan => msg!("kpi.compare.plan"),
        }
    }
}

/// A value and what it is held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Against {
    /// Against what.
    pub compare: Compare,
    /// Over which days the earlier one is taken.
    pub from: Option<Taken>,
    /// Over which days the later one is taken; none where that is the day asked for.
    pub to: Option<Taken>,
    /// The earlier value, or what the plan expects by now.
    pub before: Option<Value>,
    /// The later value.
    pub now: Option<Value>,
    /// The first day of the metric's facts, where the days of the earlier value begin before it: it is made of a part of them.
    pub facts_begin: Option<NaiveDate>,
    /// How the days of both differ.
    pub remarks: Remarks,
    /// What is missing of the earlier and of the later value.
    pub quality: (Quality, Quality),
}

impl Against {
    /// That the earlier value is made of a part of its days; nothing where it is whole.
    #[must_use]
    pub fn doubt(&self) -> Option<Message> {
        let (first, start) = (self.facts_begin?, self.from?.start?);
        Some(Message::new(msg!("kpi.over.begins")).with("first", first).with("start", start))
    }

    /// Nothing is missing of either value, and nothing was restated.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.doubt().is_none() && self.quality.0.is_whole() && self.quality.1.is_whole()
    }

    /// What is missing of either value, each with its days.
    #[must_use]
    pub fn doubts(&self) -> Vec<Message> {
        let of = |taken: Option<Taken>, quality: &Quality| -> Vec<Message> {
            let said = quality.said().into_iter();
            let of = |said| match taken {
                Some(taken) => Message::new(msg!("kpi.quality.of"))
                    .with("metric", taken.said())
                    .with("said", said),
                None => said,
            };
            said.map(of).collect()
        };
        let (before, now) = &self.quality;
        let doubt = self.doubt().into_iter();
        doubt.chain(of(self.from, before)).chain(of(self.to, now)).collect()
    }

    /// The change from one to the other.
    #[must_use]
    pub fn change(&self) -> Option<Value> {
        Some(self.now?.since(self.before?))
    }

    /// The change as a share of the earlier value; none where that is nothing or negative.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let base = self.before?.as_f64();
        (base > 0.0).then(|| self.change().map(|change| change.as_f64() / base))?
    }
}

/// Serializes as a map by the words of commands.
///
/// # Errors
/// The serializer's own.
pub fn by_word<S: Serializer>(all: &[Against], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(all.iter().map(|one| (one.compare.word(), Shown(one))))
}

struct Shown<'a>(&'a Against);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let one = self.0;
        let mut map = serializer.serialize_map(None)?;
        let start = |taken: Option<Taken>| taken.and_then(|taken| taken.start);
        map.serialize_entry("from_start", &start(one.from))?;
        map.serialize_entry("from", &one.from.map(|taken| taken.end))?;
        map.serialize_entry("to_start", &start(one.to))?;
        map.serialize_entry("to", &one.to.map(|taken| taken.end))?;
        map.serialize_entry("before", &one.before)?;
        map.serialize_entry("now", &one.now)?;
        map.serialize_entry("change", &one.change())?;
        map.serialize_entry("share", &one.share())?;
        if let Some(first) = one.facts_begin {
            map.serialize_entry("facts_begin", &first)?;
        }
        if !one.remarks.is_empty() {
            map.serialize_entry("remarks", &one.remarks)?;
        }
        if !(one.quality.0.is_whole() && one.quality.1.is_whole()) {
            map.serialize_entry("before_quality", &one.quality.0)?;
            map.serialize_entry("now_quality", &one.quality.1)?;
        }
        map.end()
    }
}

/// A day of the year before; the last of a month is the last of that month.
#[must_use]
pub fn year_before(day: NaiveDate) -> NaiveDate {
    let before = day.checked_sub_months(Months::new(12)).unwrap_or(day);
    let next = day.checked_add_days(Days::new(1));
    match next.filter(|next| next.day() == 1).and_then(|n| n.checked_sub_months(Months::new(12))) {
        Some(first) => first.checked_sub_days(Days::new(1)).unwrap_or(before),
        None => before,
    }
}

/// The earlier and the later days that a metric is taken over when it is held against `compare` on a day; `works` says
/// of a day whether the bank works on it. The plan has no earlier days: the later ones are given twice.
#[must_use]
pub fn taken(metric: &Metric, compare: Compare, on: NaiveDate, works: Works<'_>) -> (Taken, Taken) {
    let of_period = metric.over_days();
    let end = stands_for(metric, on, works);
    let nominal = if metric.over.workdays { workdays::calendar_day(end, works) } else { on };
    let earlier = match compare {
        Compare::Ytd if of_period => year_before(nominal),
        other => other.day_before(nominal),
    };
    if !of_period {
        return (Taken::on(stands_for(metric, earlier, works)), Taken::on(end));
    }
    let (first, before) = (compare.first(end), compare.around(earlier));
    if !metric.over.workdays {
        let before = Taken { start: Some(before.start), end: earlier };
        return (before, Taken { start: Some(first), end });
    }
    let count = workdays::workdays(first, end, works);
    let now = Taken { start: Some(workdays::since(first, works)), end };
    (Taken::over(workdays::as_many(before, count, works)), now)
}

/// Which days a metric is of that is asked for on a day; none where that is the day itself.
#[must_use]
pub fn on_day(metric: &Metric, on: NaiveDate, works: Works<'_>) -> Option<Taken> {
    metric.over.workdays.then(|| match metric.kind {
        Kind::Flow => workdays::of_day(on, works),
        Kind::Stock | Kind::Ratio => Taken::on(workdays::last_workday(on, works)),
    })
}

/// Over which days a metric is taken of a period that has come as far as a day: as a plan's value so far.
#[must_use]
pub fn to_date(
    metric: &Metric,
    (first, last): (NaiveDate, NaiveDate),
    on: NaiveDate,
    works: Works<'_>,
) -> Taken {
    let end = stands_for(metric, on.min(last), works);
    match (metric.over_days(), metric.over.workdays) {
        (false, _) => Taken::on(end),
        (true, false) => Taken { start: Some(first), end },
        (true, true) => Taken { start: Some(workdays::since(first, works)), end: end.max(first) },
    }
}

/// The day as which a metric reads a day: the last working day, where its definition counts those only.
#[must_use]
pub fn stands_for(metric: &Metric, on: NaiveDate, works: Works<'_>) -> NaiveDate {
    if metric.over.workdays { workdays::last_workday(on, works) } else { on }
}

/// The days that a metric is taken over in a period that was asked for: all of them, or the mean of them, or the last, as its
/// definition asks; none where it counts working days only and the period has none.
#[must_use]
pub fn taken_over(metric: &Metric, period: Period, works: Works<'_>) -> Option<Taken> {
    match (metric.over_days(), metric.over.workdays) {
        (false, _) => Some(Taken::on(stands_for(metric, period.end, works))),
        (true, false) => Some(Taken::over(period)),
        (true, true) => workdays::of_period(period, works).map(Taken::over),
    }
}

/// How much of a period has passed on a day, in millionths: by days, or by working days where the metric asks for it.
#[must_use]
pub fn passed_ppm(
    (first, last): (NaiveDate, NaiveDate),
    on: NaiveDate,
    workdays_only: bool,
    works: Works<'_>,
) -> i64 {
    let every = |_: NaiveDate| true;
    let count = |to| workdays::workdays(first, to, if workdays_only { works } else { &every });
    let (so_far, all) = (count(on.min(last)), count(last));
    let ppm = so_far * 1_000_000 / all.max(1);
    i64::try_from(ppm).unwrap_or(1_000_000)
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;
    use crate::domain::metric::definition::Over;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn metric(kind: Kind, over: Over) -> Metric {
        let (zh, en) = (String::new(), String::new());
        Metric { code: "m".into(), zh, en, kind, unit: None, formula: None, has_facts: true, over }
    }

    fn weekdays(day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
    }

    fn spans(metric: &Metric, compare: Compare, on: NaiveDate) -> (Taken, Taken) {
        taken(metric, compare, on, &weekdays)
    }

    #[test]
    fn a_stock_is_held_against_one_day() {
        let stock = metric(Kind::Stock, Over::default());
        let on = day(2026, 10, 31);
        let one = |compare| spans(&stock, compare, on);
        assert_eq!(one(Compare::Prev), (Taken::on(day(2026, 9, 30)), Taken::on(on)));
        assert_eq!(one(Compare::Yoy), (Taken::on(day(2025, 10, 31)), Taken::on(on)));
        assert_eq!(one(Compare::Ytd), (Taken::on(day(2025, 12, 31)), Taken::on(on)));
    }

    #[test]
    fn a_flow_is_held_against_as_long_a_period() {
        let flow = metric(Kind::Flow, Over::default());
        let on = day(2026, 3, 20);
        let since = |start, end| Taken { start: Some(start), end };
        let one = |compare| spans(&flow, compare, on);
        let month = since(day(2026, 3, 1), on);
        assert_eq!(one(Compare::Prev), (since(day(2026, 2, 1), day(2026, 2, 20)), month));
        assert_eq!(one(Compare::Yoy), (since(day(2025, 3, 1), day(2025, 3, 20)), month));
        let year = since(day(2026, 1, 1), on);
        assert_eq!(one(Compare::Ytd), (since(day(2025, 1, 1), day(2025, 3, 20)), year));
        let mean = metric(Kind::Stock, Over { average: true, workdays: false });
        assert_eq!(spans(&mean, Compare::Prev, on).1, month);
    }

    #[test]
    fn a_year_before_the_end_of_february_is_its_end() {
        assert_eq!(year_before(day(2024, 2, 29)), day(2023, 2, 28));
        assert_eq!(year_before(day(2025, 2, 28)), day(2024, 2, 29));
        assert_eq!(year_before(day(2026, 3, 15)), day(2025, 3, 15));
    }

    #[test]
    fn working_days_are_as_many_before_as_now() {
        // 2026-10-31 is a Saturday: a stock is that of Friday, and of Wednesday 09-30.
        let over = Over { average: false, workdays: true };
        let on = day(2026, 10, 31);
        let (before, now) = spans(&metric(Kind::Stock, over), Compare::Prev, on);
        assert_eq!((before.end, now.end), (day(2026, 9, 30), day(2026, 10, 30)));
        // October 2026 has 22 weekdays, and so many have passed in September on its last day.
        let (before, now) = spans(&metric(Kind::Flow, over), Compare::Prev, on);
        assert_eq!((now.start, now.end), (Some(day(2026, 10, 1)), day(2026, 10, 30)));
        assert_eq!((before.start, before.end), (Some(day(2026, 9, 1)), day(2026, 9, 30)));
        let (before, _) = spans(&metric(Kind::Flow, over), Compare::Prev, day(2026, 10, 9));
        assert_eq!(before.end, day(2026, 9, 9), "seven of them");
    }

    #[test]
    fn a_period_is_a_flow_s_sum_and_a_stock_s_end_or_mean() {
        // Saturday 2026-10-31 ends the month.
        let october = Period::read("2026-10").unwrap();
        let over = |kind, average, workdays| {
            taken_over(&metric(kind, Over { average, workdays }), october, &weekdays).unwrap()
        };
        let (first, last, friday) = (day(2026, 10, 1), day(2026, 10, 31), day(2026, 10, 30));
        let since = |end| Taken { start: Some(first), end };
        assert_eq!(over(Kind::Flow, false, false), since(last));
        assert_eq!(
            over(Kind::Flow, false, true),
            since(friday),
            "a Saturday's amounts are Monday's"
        );
        assert_eq!(over(Kind::Stock, false, false), Taken::on(last));
        assert_eq!(over(Kind::Ratio, false, true), Taken::on(friday));
        assert_eq!(over(Kind::Stock, true, true), since(friday));
        let weekend = Period { start: last, end: last };
        let of = |kind| metric(kind, Over { average: false, workdays: true });
        let stands = taken_over(&of(Kind::Stock), weekend, &weekdays);
        assert_eq!(stands, Some(Taken::on(friday)), "as on the working day before");
        assert_eq!(taken_over(&of(Kind::Flow), weekend, &weekdays), None, "none in it");
    }

    #[test]
    fn what_has_passed_of_a_period_is_counted_in_its_days() {
        let november = (day(2026, 11, 1), day(2026, 11, 30));
        let passed = |on, only| passed_ppm(november, on, only, &weekdays);
        assert_eq!(passed(day(2026, 11, 15), false), 500_000);
        assert_eq!(passed(day(2026, 12, 24), false), 1_000_000);
        assert_eq!(passed(day(2026, 11, 1), true), 0, "a Sunday");
        assert_eq!(passed(day(2026, 11, 13), true), 476_190, "ten of twenty-one");
    }
}
