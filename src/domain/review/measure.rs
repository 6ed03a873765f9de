//! From the customers of frozen lists to a review's figures.

use std::collections::BTreeMap;

use super::effect;
use super::{
    ArmBalance, Arms, Balance, Branch, Cost, Effect, Execution, GuardRow, Part, Step, StepName,
};
use crate::domain::id::OrgId;
use crate::domain::push::control_of;
use crate::domain::statistics::arms::Arm;
use crate::domain::statistics::cuped::Measured;
use crate::domain::statistics::exact::fisher;
use crate::domain::statistics::holm::holm;
use crate::domain::statistics::proportion::Share;
use crate::domain::statistics::reach::Treated;
use crate::domain::statistics::srm::{Mismatch, mismatch};
use crate::domain::statistics::sum::{count, sum, whole};
use crate::domain::strategy::body::Budget;

/// One customer of a frozen list, and what the bank's records say of him. Whatever an outcome says, the arm stays the one that
/// was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "columns of a row")]
pub struct Member {
    /// The unit of the list.
    pub unit: OrgId,
    /// The arm as it was drawn.
    pub arm: Arm,
    /// Share of control of his push, in parts per million.
    pub control_ppm: i32,
    /// His order is signed.
    pub signed: bool,
    /// He was spoken to.
    pub reached: bool,
    /// By the deadline.
    pub on_time: bool,
    /// He wants to think about it, come by, or has bought.
    pub interested: bool,
    /// Reported as sold.
    pub sold: bool,
    /// Contacted in the control group.
    pub contacted: bool,
    /// He did what was declared.
    pub converted: bool,
    /// Bit `i`: guard `i` struck him.
    pub guards: u64,
    /// The balance in the month before the push.
    pub before: Option<f64>,
    /// The balance after.
    pub after: Option<f64>,
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
}

/// All that follows from the members.
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

fn number(members: &[Member], holds: impl Fn(&Member) -> bool) -> u64 {
    members.iter().map(|member| u64::from(holds(member))).sum()
}

fn treated(member: &Member) -> bool {
    member.arm == Arm::Treated
}

/// So many of an arm for whom something holds.
fn part(members: &[Member], arm: Arm, holds: impl Fn(&Member) -> bool) -> Part {
    let of_arm = |member: &Member| member.arm == arm;
    Part {
        n: number(members, of_arm),
        hit: number(members, |member| of_arm(member) && holds(member)),
    }
}

fn both(one: Part, other: Part) -> Option<(Share, Share)> {
    Some((Share::new(one.hit, one.n).ok()?, Share::new(other.hit, other.n).ok()?))
}

/// The figures of `members`; `branch` says the code and name under which a unit is shown.
#[must_use]
pub fn figures(
    members: &[Member],
    declared: &Declared,
    branch: impl Fn(OrgId) -> (String, String),
) -> Figures {
    let n = number(members, treated);
    let control_n = number(members, |member| !treated(member));
    let of_treated = |holds: fn(&Member) -> bool| number(members, |m| treated(m) && holds(m));
    let reached = of_treated(|m| m.reached);
    let mut arms = Arms::default();
    arms.treated.n = n;
    arms.treated.reached = reached;
    arms.control.n = control_n;
    arms.control.contacted = number(members, |m| !treated(m) && m.contacted);
    let mut found = Figures {
        funnel: funnel(members),
        execution: Execution {
            tasks: n,
            reached,
            on_time: of_treated(|m| m.on_time),
            ..Execution::default()
        },
        srm: split(members),
        guards: guards(members, &declared.guards),
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
    let hits = (
        part(members, Arm::Treated, |m| m.converted),
        part(members, Arm::Control, |m| m.converted),
    );
    found.arms.treated.converted = Some(hits.0.hit);
    found.arms.control.converted = Some(hits.1.hit);
    let Some((one, other)) = both(hits.0, hits.1) else { return found };
    let itt = effect::conversion(one, other);
    let counted = Treated {
        n,
        reached,
        converted: hits.0.hit,
        both: of_treated(|m| m.reached && m.converted),
    };
    found.itt = Some(itt);
    found.lift = effect::lift(one, other);
    found.reached = effect::on_the_reached(counted, other);
    found.mde = effect::smallest(other.value(), n, control_n);
    found.branches = branches(members, branch);
    found.cost = declared.budget.as_ref().map(|budget| effect::cost(itt, one, budget));
    found
}

fn funnel(members: &[Member]) -> Vec<Step> {
    let of = |step, holds: fn(&Member) -> bool| Step {
        step,
        customers: number(members, |m| step == StepName::Listed || (treated(m) && holds(m))),
    };
    vec![
        of(StepName::Listed, |_| true),
        of(StepName::Treated, |_| true),
        of(StepName::Signed, |m| m.signed),
        of(StepName::Reached, |m| m.reached),
        of(StepName::Interested, |m| m.interested),
        of(StepName::Sold, |m| m.sold),
    ]
}

/// The arms against the draw: in each unit as many are left alone as the share says, rounded half up. None where that is
/// nobody, or everybody.
fn split(members: &[Member]) -> Option<Mismatch> {
    let mut units: BTreeMap<(OrgId, i32), i64> = BTreeMap::new();
    for member in members {
        *units.entry((member.unit, member.control_ppm)).or_default() += 1;
    }
    let planned: i64 = units.iter().map(|((_, ppm), n)| control_of(*ppm, *n)).sum();
    let control = number(members, |m| !treated(m));
    let n = number(members, treated);
    let planned = whole(planned.unsigned_abs());
    mismatch((n, control), (whole(n + control) - planned, planned)).ok()
}

fn branches(members: &[Member], branch: impl Fn(OrgId) -> (String, String)) -> Vec<Branch> {
    let mut units: BTreeMap<OrgId, [Part; 2]> = BTreeMap::new();
    for member in members {
        let [one, other] = units.entry(member.unit).or_default();
        let part = if treated(member) { one } else { other };
        part.n += 1;
        part.hit += u64::from(member.converted);
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
            let shares = both(treated, control);
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

fn guards(members: &[Member], declared: &[(String, u32)]) -> Vec<GuardRow> {
    let row = |(at, (name, at_most_ppm)): (usize, &(String, u32))| {
        let struck = |member: &Member| (member.guards >> at) & 1 == 1;
        let treated = part(members, Arm::Treated, struck);
        let control = part(members, Arm::Control, struck);
        let difference = both(treated, control).map(|(one, other)| effect::conversion(one, other));
        let most = u128::from(*at_most_ppm) * u128::from(treated.n);
        let broken = u128::from(treated.hit) * 1_000_000 > most;
        GuardRow {
            name: name.clone(),
            treated,
            control,
            at_most_ppm: *at_most_ppm,
            difference,
            broken,
        }
    };
    declared.iter().enumerate().map(row).collect()
}

/// The declared balance in both arms. Who lacks a balance after is left out; who lacks one before, of the adjusted one.
#[must_use]
pub fn balance(members: &[Member], metric: String, money: bool, on: chrono::NaiveDate) -> Balance {
    let of = |arm: Arm| -> Vec<(Option<f64>, f64, bool)> {
        let rows = members.iter().filter(|member| member.arm == arm);
        rows.filter_map(|m| m.after.map(|after| (m.before, after, m.converted))).collect()
    };
    let (one, other) = (of(Arm::Treated), of(Arm::Control));
    let after =
        |rows: &[(Option<f64>, f64, bool)]| rows.iter().map(|row| row.1).collect::<Vec<_>>();
    let known = |rows: &[(Option<f64>, f64, bool)]| -> Vec<Measured> {
        rows.iter().filter_map(|row| Some(Measured { pre: row.0?, post: row.1 })).collect()
    };
    Balance {
        metric,
        money,
        on,
        treated: arm_balance(&one),
        control: arm_balance(&other),
        raw: effect::balance(&after(&one), &after(&other)),
        cuped: effect::adjusted_balance(&known(&one), &known(&other)),
    }
}

fn arm_balance(rows: &[(Option<f64>, f64, bool)]) -> ArmBalance {
    let mean = |values: Vec<f64>| {
        (!values.is_empty()).then(|| sum(values.iter().copied()) / count(values.len()))
    };
    let mut left = None;
    for (before, after, converted) in rows {
        let (true, Some(before)) = (*converted, before) else { continue };
        let part: &mut Part = left.get_or_insert_default();
        part.n += 1;
        part.hit += u64::from(after < before);
    }
    ArmBalance {
        n: rows.len() as u64,
        before: mean(rows.iter().filter_map(|row| row.0).collect()),
        after: mean(rows.iter().map(|row| row.1).collect()),
        left,
    }
}
