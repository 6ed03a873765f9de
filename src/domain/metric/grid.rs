//! The heat grid (网点云图): units of one kind by metrics, each value coloured by how it stands among its peers.
//!
//! Peers are all units of the bank of the same kind and class, also those that are not shown: a small sub-branch is not held
//! against a large one, and one of a branch with two of its class is not ranked between the two. A unit without a class has
//! those of its kind without one; where a bank has no classes, that is everybody of the kind.
//!
//! Sizes are no merit: what adds up is held against its own earlier value, and a quotient is taken as it stands, so that a
//! large branch and a small one are measured alike. A unit whose earlier value is a small fraction of its peers' is
//! shown but not ranked: a few customers more are a large share there.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::compare::{Compare, Taken};
use super::ledger::Ledger;
use super::{Kind, Value};
use crate::domain::message::Key;
use crate::domain::statistics::robust::{median, robust_z};
use crate::msg;

/// A peer smaller than this part of the median is not ranked.
const SMALL: f64 = 0.1;

/// A metric of the grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeatMetric {
    /// The metric's code.
    pub metric: String,
    /// Chinese name.
    #[serde(skip)]
    pub zh: String,
    /// English name.
    #[serde(skip)]
    pub en: String,
    /// `money` for minor units.
    pub unit: Option<String>,
    /// How it behaves in time.
    pub kind: Kind,
    /// Over which days the earlier value is taken.
    pub from: Taken,
    /// Over which days the value is taken.
    pub to: Taken,
}

/// A unit's value of a metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct HeatCell {
    /// The value now.
    pub value: Option<Value>,
    /// The earlier value.
    pub before: Option<Value>,
    /// What is ranked: the change as a share of the earlier value, or a quotient as it stands.
    pub score: Option<f64>,
    /// The place among the peers that are ranked, from 1; as many as are tied have the best of their places.
    pub rank: Option<usize>,
    /// How many peers are ranked, itself among them.
    pub of: usize,
    /// From -2 (far below the peers) to 2 (far above).
    pub heat: i8,
    /// Too small to be ranked.
    pub small: bool,
    /// Facts of either value are missing or late, or were restated.
    pub incomplete: bool,
}

/// A unit with its values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeatRow {
    /// The unit's code.
    pub org: String,
    /// The unit's name.
    pub name: String,
    /// Its class among its kind.
    pub class: Option<String>,
    /// The unit above it.
    pub above: Option<String>,
    /// The way down to it: codes and names, itself last, without the whole bank.
    #[serde(skip)]
    pub way: Vec<(String, String)>,
    /// Its values, in the order of the metrics.
    pub cells: Vec<HeatCell>,
}

/// The grid.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Heat {
    /// The day.
    pub on: NaiveDate,
    /// What each value is held against.
    pub compare: Compare,
    /// The kind of the units.
    pub kind: String,
    /// Who a unit's peers are.
    pub peers: Peers,
    /// The unit above all of them.
    pub under: String,
    /// The metrics, in the bank's order.
    pub metrics: Vec<HeatMetric>,
    /// The units, in the order of the tree until they are sorted.
    pub rows: Vec<HeatRow>,
}

/// Who a unit's peers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Peers {
    /// Units of the same kind: none of them has a class.
    Kind,
    /// Units of the same kind and class.
    Class,
}

impl Peers {
    /// Who they are, in words.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Kind => msg!("kpi.grid.peers-kind"),
            Self::Class => msg!("kpi.grid.peers-class"),
        }
    }
}

impl Heat {
    /// Sorts by a metric's score, the lowest first, where one looks first, or the highest; units without one come last.
    pub fn sort_by(&mut self, metric: usize, highest_first: bool) {
        let score = |row: &HeatRow| row.cells.get(metric).and_then(|cell| cell.score);
        self.rows.sort_by(|a, b| match (score(a), score(b)) {
            (Some(a), Some(b)) if highest_first => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => std::cmp::Ordering::Equal,
        });
    }
}

/// Draws the grid of `metrics` for the units of `kind` under `unit`. The ledger's day 0 is now, day 1 before; `lacks` says of a unit
/// which of these metrics are made of a part of their facts.
#[must_use]
pub fn heat(
    ledger: &Ledger,
    unit: usize,
    kind: &str,
    metrics: &[usize],
    (on, compare): (NaiveDate, Compare),
    lacks: &dyn Fn(usize) -> Vec<bool>,
) -> Heat {
    let all = (0..ledger.units()).filter(|&unit| ledger.org(unit).kind == kind);
    let all = all.map(|unit| (unit, row(ledger, unit, metrics)));
    let (units, mut rows): (Vec<usize>, Vec<HeatRow>) =
        all.filter(|(_, row)| row.cells.iter().any(|cell| cell.value.is_some())).unzip();
    for at in 0..metrics.len() {
        rank_by_class(&mut rows, at);
    }
    let peers = if rows.iter().any(|row| row.class.is_some()) { Peers::Class } else { Peers::Kind };
    let under = ledger.under(unit);
    let shown = units.into_iter().zip(rows).filter(|(unit, _)| under.contains(unit));
    let doubted = |(unit, mut row): (usize, HeatRow)| {
        for (cell, lacks) in row.cells.iter_mut().zip(lacks(unit)) {
            cell.incomplete = lacks;
        }
        row
    };
    let rows = shown.map(doubted).collect();
    let metrics = metrics.iter().map(|&metric| {
        let taken = |day| ledger.taken(metric, day).unwrap_or(Taken::on(ledger.date(day)));
        let (from, to) = (taken(1), taken(0));
        let metric = ledger.tree().metric(metric);
        HeatMetric {
            from,
            to,
            metric: metric.code.clone(),
            zh: metric.zh.clone(),
            en: metric.en.clone(),
            unit: metric.unit.clone(),
            kind: metric.kind,
        }
    });
    Heat {
        on,
        compare,
        kind: kind.to_owned(),
        peers,
        under: ledger.org(unit).code.clone(),
        metrics: metrics.collect(),
        rows,
    }
}

fn row(ledger: &Ledger, unit: usize, metrics: &[usize]) -> HeatRow {
    let units = ledger.under(unit);
    let cell = |&metric: &usize| {
        let value = |day| ledger.value(metric, day, &units);
        let (value, before) = (value(0), value(1));
        let score = if ledger.tree().is_additive(metric) {
            value.zip(before).and_then(|(now, before)| {
                let base = before.as_f64();
                (base > 0.0).then(|| now.since(before).as_f64() / base)
            })
        } else {
            value.map(Value::as_f64)
        };
        HeatCell { value, before, score, ..HeatCell::default() }
    };
    let org = ledger.org(unit);
    HeatRow {
        org: org.code.clone(),
        name: org.name.clone(),
        class: org.class.clone(),
        above: ledger.above(unit).map(|above| ledger.org(above).name.clone()),
        way: ledger.way(unit),
        cells: metrics.iter().map(cell).collect(),
    }
}

/// Ranks one metric within each class.
fn rank_by_class(rows: &mut [HeatRow], at: usize) {
    let mut by_class: BTreeMap<Option<String>, Vec<&mut HeatRow>> = BTreeMap::new();
    for row in rows {
        by_class.entry(row.class.clone()).or_default().push(row);
    }
    for mut peers in by_class.into_values() {
        rank(&mut peers, at);
    }
}

/// Ranks one metric over peers, and says how far each stands from the others.
fn rank(rows: &mut [&mut HeatRow], at: usize) {
    let sizes: Vec<f64> =
        rows.iter().filter_map(|row| row.cells[at].before).map(|v| v.as_f64().abs()).collect();
    let least = median(&sizes).unwrap_or(0.0) * SMALL;
    for row in rows.iter_mut() {
        let cell = &mut row.cells[at];
        cell.small = cell.before.is_some_and(|before| before.as_f64().abs() < least);
    }
    let ranked = |cell: &HeatCell| cell.score.filter(|_| !cell.small);
    let scores: Vec<f64> = rows.iter().filter_map(|row| ranked(&row.cells[at])).collect();
    for row in rows.iter_mut() {
        let cell = &mut row.cells[at];
        cell.of = scores.len();
        let Some(score) = ranked(cell) else { continue };
        cell.rank = Some(1 + scores.iter().filter(|other| **other > score).count());
        cell.heat = level(robust_z(score, &scores));
    }
}

/// One step at 1, two at 2 robust distances.
fn level(z: Option<f64>) -> i8 {
    match z {
        Some(z) if z <= -2.0 => -2,
        Some(z) if z <= -1.0 => -1,
        Some(z) if z >= 2.0 => 2,
        Some(z) if z >= 1.0 => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[(i64, i64)]) -> Vec<HeatRow> {
        let row = |(at, &(before, now)): (usize, &(i64, i64))| {
            let (value, before) = (Some(Value::Whole(now)), Some(Value::Whole(before)));
            let score = before.map(|b| value.map_or(0.0, |v| v.since(b).as_f64() / b.as_f64()));
            let cell = HeatCell { value, before, score, ..HeatCell::default() };
            let (org, name) = (format!("S{at}"), String::new());
            HeatRow { org, name, class: None, above: None, way: vec![], cells: vec![cell] }
        };
        values.iter().enumerate().map(row).collect()
    }

    #[test]
    fn size_is_no_merit_and_a_tiny_unit_is_not_ranked() {
        // The large one grew by 1 %, the middle one by 3 %, the tiny one doubled.
        let mut all =
            rows(&[(1_000_000, 1_010_000), (50_000, 51_500), (100, 200), (60_000, 60_000)]);
        rank_by_class(&mut all, 0);
        let ranks: Vec<_> = all.iter().map(|row| row.cells[0].rank).collect();
        assert_eq!(ranks, [Some(2), Some(1), None, Some(3)]);
        assert!(all[2].cells[0].small);
    }

    #[test]
    fn a_unit_is_held_against_its_own_class() {
        // Two large ones that grew, two small ones that fell, and one without a class.
        let mut all = rows(&[
            (1_000_000, 1_050_000),
            (1_000_000, 1_040_000),
            (10_000, 9_500),
            (10_000, 9_600),
            (10_000, 10_000),
        ]);
        for (at, class) in [(0, "A"), (1, "A"), (2, "C"), (3, "C")] {
            all[at].class = Some(class.to_owned());
        }
        rank_by_class(&mut all, 0);
        let ranks: Vec<_> = all
            .iter()
            .map(|row| (row.cells[0].rank, row.cells[0].of, row.cells[0].small))
            .collect();
        let ranked = |rank, of| (Some(rank), of, false);
        assert_eq!(ranks, [ranked(1, 2), ranked(2, 2), ranked(2, 2), ranked(1, 2), ranked(1, 1)]);
    }

    #[test]
    fn who_fell_alone_is_far_below_the_others() {
        let calm = (0..11).map(|n| (100_000, 100_000 + n * 100));
        let mut all = rows(&calm.chain([(100_000, 90_000)]).collect::<Vec<_>>());
        rank_by_class(&mut all, 0);
        assert_eq!(all[11].cells[0].heat, -2);
        assert_eq!(all[5].cells[0].heat, 0);
        assert_eq!((all[11].cells[0].rank, all[10].cells[0].rank), (Some(12), Some(1)));
    }
}
