//! What lists and screens show of a ledger: the tree's lines, and what is missing of a value.

use std::collections::HashMap;
use std::ops::Range;

use chrono::NaiveDate;

use super::Ledger;
use crate::domain::metric::{Ended, Kind, KpiRow, Quality, TargetPace};

impl Ledger {
    /// Which units' facts are older than the bank's newest ones of that day: a late unit says so by itself, too. Of a value that is taken over the days of a period the last
    /// fact says nothing of: there the days on which facts are missing tell it.
    #[must_use]
    pub fn quality(&self, metric: usize, day: usize, units: &Range<usize>) -> Quality {
        const NAMED: usize = 5;
        let bases = self.tree.bases(metric);
        let behind = |base: usize| {
            let newest = self.days[day].newest[base];
            let cells = self.cells(base, day, units).iter();
            cells.filter(move |cell| Some(cell.day) < newest).map(|cell| cell.unit)
        };
        let taken = &self.days[day].taken;
        let of_days = |base: &usize| taken.get(base).is_some_and(|taken| taken.start.is_some());
        let single = bases.iter().filter(|base| !of_days(base));
        let mut late: Vec<usize> = single.flat_map(|&base| behind(base)).collect();
        late.sort_unstable();
        late.dedup();
        let named = late.iter().take(NAMED).map(|&unit| self.places[unit].unit.code.clone());
        Quality {
            late: named.collect(),
            late_units: late.len(),
            units: self.leaves(metric, day, units).len(),
            ended: self.apart(metric, day),
            ..Quality::default()
        }
    }

    /// The last day of a metric's facts of its own, over the whole bank, that stand on a day.
    #[must_use]
    pub fn newest(&self, metric: usize, day: usize) -> Option<NaiveDate> {
        self.days[day].newest[metric]
    }

    /// The part of a formula that stands on an earlier day than another part, and on which: a quotient of two days is neither's.
    fn apart(&self, metric: usize, day: usize) -> Option<Ended> {
        let stands = |&base: &usize| {
            let taken = self.days[day].taken.get(&base);
            let of_days = taken.is_some_and(|taken| taken.start.is_some());
            self.tree.metric(base).kind != Kind::Flow && !of_days
        };
        let bases = self.tree.bases(metric);
        let newest = bases.iter().copied().filter(stands);
        let newest = newest.filter_map(|base| Some((self.newest(base, day)?, base)));
        let (first, last) = newest.fold((None, None), |(first, last), one| {
            (Some(first.map_or(one, |first| one.min(first))), last.max(Some(one.0)))
        });
        let (day, base) = first.filter(|first| Some(first.0) < last)?;
        let of = self.tree.metric(base);
        let (metric, zh, en) = (of.code.clone(), of.zh.clone(), of.en.clone());
        Some(Ended { metric, zh, en, day, go_on: false })
    }

    /// The tree with the values of one unit: day 0, compared with day 1 if there is one. `targets` by metric code.
    #[must_use]
    pub fn rows(&self, unit: usize, targets: &HashMap<String, TargetPace>) -> Vec<KpiRow> {
        let units = self.under(unit);
        let lines = self.tree.lines().into_iter();
        lines
            .map(|(at, depth, parent)| {
                let metric = self.tree.metric(at);
                let value = self.value(at, 0, &units);
                let days = self.parts_days(at, 0, &units).filter(|_| value.is_some());
                let previous = (self.days.len() > 1).then(|| self.value(at, 1, &units)).flatten();
                let before = previous.and_then(|_| self.parts_days(at, 1, &units));
                let mut target = targets.get(&metric.code).cloned();
                if let Some(target) = &mut target {
                    target.settle(value);
                }
                KpiRow {
                    metric: metric.code.clone(),
                    zh: metric.zh.clone(),
                    en: metric.en.clone(),
                    kind: metric.kind,
                    unit: metric.unit.clone(),
                    depth,
                    parent: parent.map(|parent| self.tree.metric(parent).code.clone()),
                    base: self.tree.base(at),
                    formula: metric.formula.clone(),
                    additive: self.tree.is_additive(at),
                    value,
                    day: days.map(|days| days.1),
                    oldest_day: days.map(|days| days.0),
                    previous,
                    previous_day: before.map(|days| days.1),
                    target,
                    against: Vec::new(),
                    quality: Quality::default(),
                    previous_quality: Quality::default(),
                }
            })
            .collect()
    }
}
