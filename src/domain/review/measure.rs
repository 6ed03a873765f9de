//! From what was counted of the customers of frozen lists to a review's figures.
//!
//! The database counts: a list of a million customers costs as many rows here as it has units. What the counts cannot say is
//! not asked; that they say the same as the rows would is held by the tests in `measure_rows.rs`.

use std::collections::BTreeMap;

use super::effect;
use super::{
    ArmBalance, Arms, Balance, Branch, Cost, Effect, Execution, GuardRow, Part, Step, StepName,
};
use crate::domain::draw::control_of;
use crate::domain::id::OrgId;
use crate::domain::statistics::arms::Arm;
use crate::domain::statistics::exact::fisher;
use crate::domain::statistics::holm::holm;
use crate::domain::statistics::joint::{Joint, Single};
use crate::domain::statistics::proportion::Share;
use crate::domain::statistics::reach::Treated;
use crate::domain::statistics::srm::{Mismatch, mismatch};
use crate::domain::statistics::sum::whole;
use crate::domain::strategy::body::Budget;

/// What the bank's records say of the customers of one arm in one unit, counted. Whatever an outcome says, the arm stays the
/// one that was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The unit of the list.
    pub unit: OrgId,
    /// The arm as it was drawn.
    pub arm: Arm,
    /// Share of control of their push, in parts per million.
    pub control_ppm: i32,
    /// Each customer was drawn by himself, so that the share itself is what was planned.
    pub apart: bool,
    /// How many they are, and of how many each holds.
    pub tally: Tally,
}

/// How many customers, and of how many each holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Customers.
    pub n: u64,
    /// Their order is signed.
    pub signed: u64,
    /// Spoken to.
    pub reached: u64,
    /// By the deadline.
    pub on_time: u64,
    /// They want to think about it, come by, or have bought.
    pub interested: u64,
    /// Reported as sold.
    pub sold: u64,
    /// Contacted in the control group.
    pub contacted: u64,
    /// They did what was declared.
    pub converted: u64,
    /// They did it and were reached.
    pub both: u64,
    /// Of how many each guard struck.
    pub guards: Vec<u64>,
}

/// The balances of one arm, as sums.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Balances {
    /// After, of those of whom it is known.
    pub after: Single,
    /// Before and after, of those of whom both are.
    pub both: Joint,
    /// Of those who did what was declared and of whom both are known, those who hold less than before.
    pub left: Part,
}

impl Balances {
    /// These and those of other customers.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let left = Part { n: self.left.n + other.left.n, hit: self.left.hit + other.left.hit };
        Self { after: self.after.and(other.after), both: self.both.and(other.both), left }
    }
}

/// What was declared to be measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declared {
    /// There is a success rule.
    pub rule: bool,
    /// Names of the guard rails, and the most that each allows.
    pub guards: Vec<(String, u32)>,
    /// The strategy's prices.
    pub budget: Option<Budget>,
    /// Whole branches were drawn, and are compared.
    pub by_branch: bool,
}

/// All that follows from the counts.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields of a review")]
pub struct Figures {
    pub funnel: Vec<Step>,
    pub execution: Execution,
    pub arms: Arms,
    pub srm: Option<Mismatch>,
    pub itt: Option<Effect>,
    pub lift: Option<Effect>,
    pub reached: Option<Effect>,
    pub mde: Option<f64>,
    pub branches: Vec<Branch>,
    pub guards: Vec<GuardRow>,
    pub cost: Option<Cost>,
}

/// The sum over the cells of an arm.
fn number(cells: &[Cell], arm: Arm, of: impl Fn(&Tally) -> u64) -> u64 {
    cells.iter().filter(|cell| cell.arm == arm).map(|cell| of(&cell.tally)).sum()
}

/// So many of an arm for whom something holds.
fn part(cells: &[Cell], arm: Arm, of: impl Fn(&Tally) -> u64) -> Part {
    Part { n: number(cells, arm, |tally| tally.n), hit: number(cells, arm, of) }
}

fn both(one: Part, other: Part) -> Option<(Share, Share)> {
    Some((Share::new(one.hit, one.n).ok()?, Share::new(other.hit, other.n).ok()?))
}

/// The figures of all `cells`; `branch` says the code and name under which a unit is shown.
#[must_use]
pub fn figures(
    cells: &[Cell],
    declared: &Declared,
    branch: impl Fn(OrgId) -> (String, String),
) -> Figures {
    let of_treated = |of: fn(&Tally) -> u64| number(cells, Arm::Treated, of);
    let n = of_treated(|t| t.n);
    let control_n = number(cells, Arm::Control, |t| t.n);
    let reached = of_treated(|t| t.reached);
    let mut arms = Arms::default();
    arms.treated.n = n;
    arms.treated.reached = reached;
    arms.control.n = control_n;
    arms.control.contacted = number(cells, Arm::Control, |t| t.contacted);
    let mut found = Figures {
        funnel: funnel(cells),
        execution: Execution {
            tasks: n,
            reached,
            on_time: of_treated(|t| t.on_time),
            ..Execution::default()
        },
        srm: if declared.by_branch { None } else { split(cells) },
        guards: guards(cells, declared),
        arms,
        itt: None,
        lift: None,
        reached: None,
        mde: None,
        branches: Vec::new(),
        cost: None,
    };
    if !declared.rule {
        return found;
    }
    let hits =
        (part(cells, Arm::Treated, |t| t.converted), part(cells, Arm::Control, |t| t.converted));
    found.arms.treated.converted = Some(hits.0.hit);
    found.arms.control.converted = Some(hits.1.hit);
    if control_n == 0 && !declared.by_branch {
        found.cost = declared.budget.as_ref().map(|budget| effect::given(hits.0.hit, budget));
    }
    let Some((one, other)) = both(hits.0, hits.1) else { return found };
    found.branches = branches(cells, declared.by_branch, branch);
    if declared.by_branch {
        let units = Units::of(cells);
        found.itt = effect::between_branches(&units.treated, &units.control);
        return found;
    }
    let itt = effect::conversion(one, other);
    let counted = Treated { n, reached, converted: hits.0.hit, both: of_treated(|t| t.both) };
    found.itt = Some(itt);
    found.lift = effect::lift(one, other);
    found.reached = effect::on_the_reached(counted, other);
    found.mde = effect::smallest(other.value(), n, control_n);
    found.cost = declared.budget.as_ref().map(|budget| effect::cost(itt, one, budget));
    found
}

fn funnel(cells: &[Cell]) -> Vec<Step> {
    let listed = cells.iter().map(|cell| cell.tally.n).sum();
    let of =
        |step, of: fn(&Tally) -> u64| Step { step, customers: number(cells, Arm::Treated, of) };
    vec![
        Step { step: StepName::Listed, customers: listed },
        of(StepName::Treated, |t| t.n),
        of(StepName::Signed, |t| t.signed),
        of(StepName::Reached, |t| t.reached),
        of(StepName::Interested, |t| t.interested),
        of(StepName::Sold, |t| t.sold),
    ]
}

/// The arms against the draw: in each unit as many are left alone as the share says, rounded half up; of those who were drawn each
/// by himself the share, whatever the units. None where that is nobody, or everybody.
fn split(cells: &[Cell]) -> Option<Mismatch> {
    let mut units: BTreeMap<(OrgId, i32, bool), u64> = BTreeMap::new();
    for cell in cells {
        *units.entry((cell.unit, cell.control_ppm, cell.apart)).or_default() += cell.tally.n;
    }
    let of = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let within = units.iter().filter(|((.., apart), _)| !apart);
    let within: i64 = within.map(|((_, ppm, _), n)| control_of(*ppm, of(*n))).sum();
    let alone = units.iter().filter(|((.., apart), _)| *apart);
    let alone: f64 =
        alone.map(|((_, ppm, _), n)| whole(*n) * whole(ppm.unsigned_abs().into()) / 1e6).sum();
    let control = number(cells, Arm::Control, |t| t.n);
    let n = number(cells, Arm::Treated, |t| t.n);
    let planned = whole(within.unsigned_abs()) + alone;
    mismatch((n, control), (whole(n + control) - planned, planned)).ok()
}

/// One share for each unit of the draw, by its arm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Units {
    /// Of those with tasks.
    pub treated: Vec<f64>,
    /// Of those that were left alone.
    pub control: Vec<f64>,
}

impl Units {
    /// The share of each unit's customers who did what was declared. A unit has the arm of most of them: one who moved there
    /// between two pushes has brought his own, says nothing of the unit, and is left out.
    #[must_use]
    pub fn of(cells: &[Cell]) -> Self {
        let mut units: BTreeMap<OrgId, [Part; 2]> = BTreeMap::new();
        for cell in cells {
            let part =
                &mut units.entry(cell.unit).or_default()[usize::from(cell.arm == Arm::Control)];
            part.n += cell.tally.n;
            part.hit += cell.tally.converted;
        }
        let mut found = Self::default();
        for [one, other] in units.into_values() {
            let (part, of) = if one.n >= other.n {
                (one, &mut found.treated)
            } else {
                (other, &mut found.control)
            };
            if part.n > 0 {
                of.push(whole(part.hit) / whole(part.n));
            }
        }
        found
    }
}

/// Branch by branch; where whole branches were drawn there are no two arms in one, and so no effect and no chance of it.
fn branches(
    cells: &[Cell],
    by_branch: bool,
    branch: impl Fn(OrgId) -> (String, String),
) -> Vec<Branch> {
    let mut units: BTreeMap<OrgId, [Part; 2]> = BTreeMap::new();
    for cell in cells {
        let [one, other] = units.entry(cell.unit).or_default();
        let part = if cell.arm == Arm::Treated { one } else { other };
        part.n += cell.tally.n;
        part.hit += cell.tally.converted;
    }
    let mut rows: BTreeMap<(String, String), [Part; 2]> = BTreeMap::new();
    for (unit, parts) in units {
        let row = rows.entry(branch(unit)).or_default();
        for (sum, part) in row.iter_mut().zip(parts) {
            sum.n += part.n;
            sum.hit += part.hit;
        }
    }
    let mut rows: Vec<Branch> = rows
        .into_iter()
        .map(|((org, name), [treated, control])| {
            let shares = if by_branch { None } else { both(treated, control) };
            let itt = shares.map(|(one, other)| effect::conversion(one, other));
            let p = shares.map(|(one, other)| fisher(one, other));
            Branch { org, name, treated, control, itt, p, p_holm: None }
        })
        .collect();
    let found: Vec<f64> = rows.iter().filter_map(|row| row.p).collect();
    let mut corrected = holm(&found).into_iter();
    for row in rows.iter_mut().filter(|row| row.p.is_some()) {
        row.p_holm = corrected.next();
    }
    rows
}

fn guards(cells: &[Cell], declared: &Declared) -> Vec<GuardRow> {
    let row = |(at, (name, at_most_ppm)): (usize, &(String, u32))| {
        let struck = |tally: &Tally| tally.guards.get(at).copied().unwrap_or_default();
        let treated = part(cells, Arm::Treated, struck);
        let control = part(cells, Arm::Control, struck);
        let shares = if declared.by_branch { None } else { both(treated, control) };
        let difference = shares.map(|(one, other)| effect::conversion(one, other));
        let most = u128::from(*at_most_ppm) * u128::from(treated.n);
        let broken = u128::from(treated.hit) * 1_000_000 > most;
        GuardRow {
            name: name.clone(),
            treated,
            control,
            at_most_ppm: *at_most_ppm,
            difference,
            broken,
            unknown: false,
        }
    };
    declared.guards.iter().enumerate().map(row).collect()
}

/// The declared balance in both arms. Who lacks a balance after is left out; who lacks one before, of the adjusted one.
#[must_use]
pub fn balance(
    treated: Balances,
    control: Balances,
    (metric, money): (String, bool),
    on: chrono::NaiveDate,
) -> Balance {
    Balance {
        metric,
        money,
        on,
        wanted: None,
        treated: arm_balance(treated),
        control: arm_balance(control),
        raw: effect::balance_of(treated.after, control.after),
        cuped: effect::adjusted_balance_of(treated.both, control.both),
    }
}

fn arm_balance(of: Balances) -> ArmBalance {
    ArmBalance {
        n: of.after.n,
        before: (of.both.n > 0).then_some(of.both.pre),
        after: (of.after.n > 0).then_some(of.after.mean),
        left: (of.left.n > 0).then_some(of.left),
    }
}

#[cfg(test)]
#[path = "measure_rows.rs"]
pub(crate) mod rows;
