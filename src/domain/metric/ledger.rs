//! The facts of a few days, and every value that follows from them: what a unit's metric is, whole where it can be.
//!
//! Units stand in the order of a walk down the tree, so everything under a unit is one range, and a metric's facts,
//! kept in the same order, are one slice of it. A question about a unit costs as much as there are facts under it.

mod lines;
mod places;

use std::collections::HashMap;
use std::ops::Range;

use chrono::NaiveDate;

use self::places::{Place, walking_order};
use super::Value;
use super::compare::Taken;
use super::error::KpiError;
use super::tree::{Source, Terms, Tree};
use crate::domain::bank::OrgUnit;
use crate::domain::id::OrgId;

/// What a fact says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Minor units, or a count.
    Value(i64),
    /// A ratio's two parts.
    Ratio {
        /// Above.
        numerator: i64,
        /// Below.
        denominator: i64,
    },
}

/// The fact that stands for a unit on the day asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The metric's position in the tree.
    pub metric: usize,
    /// The unit it stands on.
    pub org: OrgId,
    /// The day it is of: for a stock on or before the day asked for.
    pub day: NaiveDate,
    /// What it says.
    pub amount: Amount,
}

/// The same at a unit's position.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The unit's position.
    pub unit: usize,
    /// The day it is of.
    pub day: NaiveDate,
    /// What it says.
    pub amount: Amount,
}

/// The facts that stand on one day, by metric, in the order of the units.
#[derive(Clone, Debug)]
struct Standing {
    on: NaiveDate,
    /// Over which days each metric was taken, where that is not the day itself.
    taken: HashMap<usize, Taken>,
    cells: Vec<Vec<Cell>>,
    /// The latest day that any unit's fact of each metric is of.
    newest: Vec<Option<NaiveDate>>,
}

/// The metric tree, the units, and the facts of some days.
#[derive(Clone, Debug)]
pub struct Ledger {
    tree: Tree,
    scale: i64,
    places: Vec<Place>,
    positions: HashMap<OrgId, usize>,
    days: Vec<Standing>,
    spans: Vec<Option<(NaiveDate, NaiveDate)>>,
}

impl Ledger {
    /// Sets up the units and no facts yet. `scale` is the minor units of one major unit of the bank's money; `spans`
    /// the first and last day of each metric's facts.
    #[must_use]
    pub fn new(
        tree: Tree,
        scale: i64,
        units: Vec<OrgUnit>,
        spans: Vec<Option<(NaiveDate, NaiveDate)>>,
    ) -> Self {
        let places = walking_order(units);
        let positions = places.iter().enumerate().map(|(at, place)| (place.unit.id, at)).collect();
        Self { tree, scale, places, positions, days: Vec::new(), spans }
    }

    /// Adds a day: for each metric and unit the fact that stands on it. Its number is how many were added before.
    ///
    /// A fact on a unit that has units below counts as that unit's own part, unless a unit below has a later one of
    /// the same stock: then the unit was a leaf once, and its last fact is history.
    pub fn add_day(&mut self, on: NaiveDate, facts: &[Fact]) {
        self.add_period(on, HashMap::new(), facts);
    }

    /// The same, where metrics are of periods, or of other days than the one they are shown for.
    pub fn add_period(&mut self, on: NaiveDate, taken: HashMap<usize, Taken>, facts: &[Fact]) {
        let mut cells = vec![Vec::new(); self.tree.metrics().len()];
        for fact in facts {
            if let Some(unit) = self.position(fact.org) {
                cells[fact.metric].push(Cell { unit, day: fact.day, amount: fact.amount });
            }
        }
        self.add_cells(on, taken, cells);
    }

    /// The same, where the units' positions are known already; `cells` by metric, of each in any order.
    pub fn add_cells(
        &mut self,
        on: NaiveDate,
        taken: HashMap<usize, Taken>,
        mut cells: Vec<Vec<Cell>>,
    ) {
        for cells in &mut cells {
            cells.sort_by_key(|cell: &Cell| cell.unit);
            let superseded: Vec<usize> = (0..cells.len())
                .filter(|&at| {
                    let end = self.places[cells[at].unit].end;
                    let below = cells[at + 1..].iter().take_while(|cell| cell.unit < end);
                    below.map(|cell| cell.day).max().is_some_and(|day| day > cells[at].day)
                })
                .collect();
            for at in superseded.into_iter().rev() {
                cells.remove(at);
            }
        }
        cells.resize(self.tree.metrics().len(), Vec::new());
        let newest = |cells: &Vec<Cell>| cells.iter().map(|cell| cell.day).max();
        let newest = cells.iter().map(newest).collect();
        self.days.push(Standing { on, taken, cells, newest });
    }

    /// Where a unit stands.
    #[must_use]
    pub fn position(&self, org: OrgId) -> Option<usize> {
        self.positions.get(&org).copied()
    }

    /// The metrics.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// How many days were added.
    #[must_use]
    pub fn days(&self) -> usize {
        self.days.len()
    }

    /// Over which days a metric was taken for a day, where that is not the day itself: as its bases were.
    #[must_use]
    pub fn taken(&self, metric: usize, day: usize) -> Option<Taken> {
        let taken = &self.days[day].taken;
        self.tree.bases(metric).iter().find_map(|base| taken.get(base).copied())
    }

    /// The date of a day by its number.
    #[must_use]
    pub fn date(&self, day: usize) -> NaiveDate {
        self.days[day].on
    }

    /// The first and last day of the facts that a metric is computed from, over the whole bank.
    #[must_use]
    pub fn span(&self, metric: usize) -> Option<(NaiveDate, NaiveDate)> {
        let spans = self.tree.bases(metric).into_iter().map(|base| self.spans[base]);
        // The value exists from the day on which the last of its bases begins.
        spans.reduce(|a, b| a.zip(b).map(|(a, b)| (a.0.max(b.0), a.1.max(b.1))))?
    }

    /// The position of a metric's code.
    ///
    /// # Errors
    /// [`KpiError::UnknownMetric`] with the code most like it.
    pub fn metric(&self, code: &str) -> Result<usize, KpiError> {
        self.tree.find(code).ok_or_else(|| KpiError::UnknownMetric {
            code: code.to_owned(),
            like: self.tree.like(code).map(str::to_owned),
        })
    }

    /// The position of a unit's code, or of the root.
    ///
    /// # Errors
    /// [`KpiError::UnknownOrg`]
    pub fn unit(&self, code: Option<&str>) -> Result<usize, KpiError> {
        let found = self.places.iter().position(|place| match code {
            Some(code) => place.unit.code == code,
            None => place.unit.parent.is_none(),
        });
        found.ok_or_else(|| KpiError::UnknownOrg(code.unwrap_or_default().to_owned()))
    }

    /// How many units there are; they stand at the positions from 0 on.
    #[must_use]
    pub fn units(&self) -> usize {
        self.places.len()
    }

    /// The unit right above; none above the root.
    #[must_use]
    pub fn above(&self, unit: usize) -> Option<usize> {
        (0..unit).rev().find(|&above| self.places[above].end > unit)
    }

    /// The way down to a unit: codes and names, itself last, without the root.
    #[must_use]
    pub fn way(&self, unit: usize) -> Vec<(String, String)> {
        let up = std::iter::successors(Some(unit), |&unit| self.above(unit));
        let named = |unit: usize| (self.org(unit).code.clone(), self.org(unit).name.clone());
        let mut way: Vec<_> = up.filter(|&unit| self.above(unit).is_some()).map(named).collect();
        way.reverse();
        way
    }

    /// The unit at a position.
    #[must_use]
    pub fn org(&self, unit: usize) -> &OrgUnit {
        &self.places[unit].unit
    }

    /// A unit with all below it.
    #[must_use]
    pub fn under(&self, unit: usize) -> Range<usize> {
        unit..self.places[unit].end
    }

    /// The units right below.
    #[must_use]
    pub fn children(&self, unit: usize) -> Vec<usize> {
        let mut at = unit + 1;
        let mut found = Vec::new();
        while at < self.places[unit].end {
            found.push(at);
            at = self.places[at].end;
        }
        found
    }

    fn cells(&self, metric: usize, day: usize, units: &Range<usize>) -> &[Cell] {
        let cells = &self.days[day].cells[metric];
        let place = |unit: usize| cells.partition_point(|cell| cell.unit < unit);
        &cells[place(units.start)..place(units.end)]
    }

    /// Whether any fact that the metric is computed from stands under these units.
    #[must_use]
    pub fn has_facts(&self, metric: usize, day: usize, units: &Range<usize>) -> bool {
        self.tree.bases(metric).iter().any(|&base| !self.cells(base, day, units).is_empty())
    }

    /// The facts of a metric of its own behind a value: each with its unit and the day that it is of.
    pub fn behind(
        &self,
        metric: usize,
        day: usize,
        units: &Range<usize>,
    ) -> impl Iterator<Item = (OrgId, NaiveDate)> {
        let cells = self.cells(metric, day, units).iter();
        cells.map(|cell| (self.places[cell.unit].unit.id, cell.day))
    }

    /// The units among these on which a fact stands that the metric is computed from.
    #[must_use]
    pub fn leaves(&self, metric: usize, day: usize, units: &Range<usize>) -> Vec<usize> {
        let bases = self.tree.bases(metric);
        let cells = bases.iter().flat_map(|&base| self.cells(base, day, units));
        let mut leaves: Vec<usize> = cells.map(|cell| cell.unit).collect();
        leaves.sort_unstable();
        leaves.dedup();
        leaves
    }

    /// The earliest and latest day of the facts behind a value.
    #[must_use]
    pub fn fact_days(
        &self,
        metric: usize,
        day: usize,
        units: &Range<usize>,
    ) -> Option<(NaiveDate, NaiveDate)> {
        let bases = self.tree.bases(metric);
        let days =
            bases.iter().flat_map(|&base| self.cells(base, day, units)).map(|c| (c.day, c.day));
        days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The same, where the later is that of the part of a formula whose facts end first: a quotient is no newer than its older part.
    #[must_use]
    pub fn parts_days(
        &self,
        metric: usize,
        day: usize,
        units: &Range<usize>,
    ) -> Option<(NaiveDate, NaiveDate)> {
        let bases = self.tree.bases(metric).into_iter();
        let days = bases.filter_map(|base| {
            let days = self.cells(base, day, units).iter().map(|cell| (cell.day, cell.day));
            days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        });
        days.reduce(|a, b| (a.0.min(b.0), a.1.min(b.1)))
    }

    /// A metric's value over some units on a day; a quotient of money is rounded to the minor unit, once and last.
    #[must_use]
    pub fn value(&self, metric: usize, day: usize, units: &Range<usize>) -> Option<Value> {
        if self.tree.is_additive(metric) {
            self.whole(metric, day, units).map(Value::Whole)
        } else {
            let number = self.number(metric, day, units)?;
            let value = Value::Number(number * self.scale_of(metric));
            let money = self.tree.metric(metric).is_money();
            Some(if money { Value::Whole(value.rounded()) } else { value })
        }
    }

    /// Minor units in one of the units that formulas are written in: money is major there.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a currency has at most 10^4 minor units")]
    pub fn scale_of(&self, metric: usize) -> f64 {
        if self.tree.metric(metric).is_money() { self.scale as f64 } else { 1.0 }
    }

    /// The value of an additive metric: a sum, to the unit.
    #[must_use]
    pub fn whole(&self, metric: usize, day: usize, units: &Range<usize>) -> Option<i64> {
        match self.tree.source(metric) {
            Source::Facts => {
                let cells = self.cells(metric, day, units).iter();
                let values = cells.filter_map(|cell| match cell.amount {
                    Amount::Value(value) => Some(value.into()),
                    Amount::Ratio { .. } => None,
                });
                fitting(added(values)?)
            }
            Source::Formula => match self.tree.formula(metric)? {
                Terms::Sum(terms) => fitting(self.sum(terms, day, units)?),
                Terms::Product(factors) => {
                    let leaves = self.leaves(metric, day, units).into_iter();
                    let products = leaves.filter_map(|leaf| {
                        let leaf = leaf..leaf + 1;
                        let product = factors.iter().map(|&f| self.number(f, day, &leaf));
                        let product = product.product::<Option<f64>>()? * self.scale_of(metric);
                        Some(Value::Number(product).rounded().into())
                    });
                    fitting(added(products)?)
                }
                Terms::Quotient(..) => None,
            },
            Source::Solved(parent) => match self.tree.formula(parent)? {
                Terms::Sum(terms) => {
                    let rest: Vec<_> = terms.iter().copied().filter(|t| t.0 != metric).collect();
                    let minus = terms.contains(&(metric, true));
                    let left = i128::from(self.whole(parent, day, units)?)
                        - self.sum(&rest, day, units).unwrap_or(0);
                    fitting(if minus { -left } else { left })
                }
                _ => None,
            },
            Source::Nowhere => None,
        }
    }

    /// A sum with signs; a term that has no facts there adds nothing.
    fn sum(&self, terms: &[(usize, bool)], day: usize, units: &Range<usize>) -> Option<i128> {
        added(terms.iter().filter_map(|&(term, minus)| {
            let value = i128::from(self.whole(term, day, units)?);
            Some(if minus { -value } else { value })
        }))
    }

    /// The value as formulas count: money in major units; a quotient from the sums of its parts.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "quotients are numbers; what must add up is whole"
    )]
    pub fn number(&self, metric: usize, day: usize, units: &Range<usize>) -> Option<f64> {
        if self.tree.is_additive(metric) {
            return self.whole(metric, day, units).map(|v| v as f64 / self.scale_of(metric));
        }
        let number = |metric| self.number(metric, day, units);
        let over = |above: f64, below: f64| (below != 0.0).then(|| above / below);
        match self.tree.source(metric) {
            Source::Facts => self.ratio(metric, day, units),
            Source::Formula => match self.tree.formula(metric)? {
                Terms::Product(factors) => factors.iter().map(|&f| number(f)).product(),
                Terms::Quotient(above, below) => over(number(*above)?, number(*below)?),
                Terms::Sum(terms) => {
                    let signed = terms.iter().map(|&(t, minus)| {
                        number(t).map(|value| if minus { -value } else { value })
                    });
                    signed.sum()
                }
            },
            Source::Solved(parent) => match self.tree.formula(parent)? {
                Terms::Product(factors) => {
                    let rest = factors.iter().filter(|&&f| f != metric).map(|&f| number(f));
                    over(number(parent)?, rest.product::<Option<f64>>()?)
                }
                Terms::Quotient(above, below) if *above == metric => {
                    Some(number(parent)? * number(*below)?)
                }
                Terms::Quotient(above, _) => over(number(*above)?, number(parent)?),
                Terms::Sum(terms) => {
                    let rest = terms.iter().filter(|t| t.0 != metric).map(|&(t, minus)| {
                        number(t).map(|value| if minus { -value } else { value })
                    });
                    let left = number(parent)? - rest.sum::<Option<f64>>()?;
                    Some(if terms.contains(&(metric, true)) { -left } else { left })
                }
            },
            Source::Nowhere => None,
        }
    }

    /// Numerators over denominators, summed apart. A ratio that was delivered as one value is known where one
    /// unit has it, and nowhere above: averages are not averaged.
    #[expect(clippy::cast_precision_loss, reason = "a quotient is a number")]
    fn ratio(&self, metric: usize, day: usize, units: &Range<usize>) -> Option<f64> {
        let cells = self.cells(metric, day, units);
        if let [Cell { amount: Amount::Value(value), .. }] = cells {
            return Some(*value as f64 / self.scale_of(metric));
        }
        let mut sums = (0_i64, 0_i64);
        for cell in cells {
            let Amount::Ratio { numerator, denominator } = cell.amount else { return None };
            sums = (sums.0.saturating_add(numerator), sums.1.saturating_add(denominator));
        }
        (sums.1 != 0).then(|| sums.0 as f64 / sums.1 as f64 / self.scale_of(metric))
    }

    /// A quotient's two parts over some units, as formulas count; none where it is no quotient of two sums, or has
    /// no facts there.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the parts of a quotient are numbers")]
    pub fn fraction(&self, metric: usize, day: usize, units: &Range<usize>) -> Option<(f64, f64)> {
        let two =
            |above, below| Some((self.number(above, day, units)?, self.number(below, day, units)?));
        match self.tree.source(metric) {
            Source::Facts => {
                let cells = self.cells(metric, day, units);
                let mut sums = (0_i64, 0_i64);
                for cell in cells {
                    let Amount::Ratio { numerator, denominator } = cell.amount else { return None };
                    sums = (sums.0.saturating_add(numerator), sums.1.saturating_add(denominator));
                }
                let scale = self.scale_of(metric);
                (!cells.is_empty()).then(|| (sums.0 as f64 / scale, sums.1 as f64))
            }
            Source::Formula => match self.tree.formula(metric)? {
                Terms::Quotient(above, below) => two(*above, *below),
                _ => None,
            },
            Source::Solved(parent) => match self.tree.formula(parent)? {
                Terms::Product(factors) => match factors.as_slice() {
                    [one, other] => two(parent, if *one == metric { *other } else { *one }),
                    _ => None,
                },
                _ => None,
            },
            Source::Nowhere => None,
        }
    }
}

/// `value` over `target`.
#[must_use]
pub fn share(value: Value, target: Value) -> Option<f64> {
    (target.as_f64() != 0.0).then(|| value.as_f64() / target.as_f64())
}

/// Values together; none of none.
fn added(values: impl Iterator<Item = i128>) -> Option<i128> {
    values.reduce(|sum, value| sum + value)
}

/// A sum as a value; one that is larger than values can be is not known rather than wrong.
fn fitting(sum: i128) -> Option<i64> {
    i64::try_from(sum).ok()
}
