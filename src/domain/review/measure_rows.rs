//! The review's arithmetic customer by customer, which the counts of the database must equal.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::statistics::cuped::{Measured, cuped};
use crate::domain::statistics::welch::welch;

/// One customer of a frozen list, and what the bank's records say of him.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "columns of a row")]
pub(crate) struct Member {
    pub(crate) unit: OrgId,
    pub(crate) arm: Arm,
    pub(crate) control_ppm: i32,
    pub(crate) apart: bool,
    pub(crate) signed: bool,
    pub(crate) reached: bool,
    pub(crate) on_time: bool,
    pub(crate) interested: bool,
    pub(crate) sold: bool,
    pub(crate) contacted: bool,
    pub(crate) converted: bool,
    /// Bit `i`: guard `i` struck him.
    pub(crate) guards: u64,
    pub(crate) before: Option<f64>,
    pub(crate) after: Option<f64>,
}

/// What is counted of these customers.
pub(crate) fn tally(members: &[Member]) -> Vec<Cell> {
    let mut cells: BTreeMap<(OrgId, bool, i32, bool), Tally> = BTreeMap::new();
    for member in members {
        let key = (member.unit, member.arm == Arm::Control, member.control_ppm, member.apart);
        let tally = cells.entry(key).or_default();
        tally.guards.resize(64, 0);
        let mut add = |to: fn(&mut Tally) -> &mut u64, holds: bool| *to(tally) += u64::from(holds);
        add(|t| &mut t.n, true);
        add(|t| &mut t.signed, member.signed);
        add(|t| &mut t.reached, member.reached);
        add(|t| &mut t.on_time, member.on_time);
        add(|t| &mut t.interested, member.interested);
        add(|t| &mut t.sold, member.sold);
        add(|t| &mut t.contacted, member.contacted);
        add(|t| &mut t.converted, member.converted);
        add(|t| &mut t.both, member.converted && member.reached);
        for (at, guard) in tally.guards.iter_mut().enumerate() {
            *guard += (member.guards >> at) & 1;
        }
    }
    let cell = |((unit, control, control_ppm, apart), tally)| {
        let arm = if control { Arm::Control } else { Arm::Treated };
        Cell { unit, arm, control_ppm, apart, tally }
    };
    cells.into_iter().map(cell).collect()
}

/// Sums of an arm's rows, as the database makes them: each part by itself, then together.
fn sums(rows: &[(Option<f64>, f64)], parts: usize) -> Balances {
    let one = |rows: &[(Option<f64>, f64)]| {
        rows.iter().fold(Balances::default(), |sum, &(before, after)| {
            let single = Single { n: 1, mean: after, squares: 0.0 };
            let joint = before.map_or_else(Joint::default, |pre| Joint {
                n: 1,
                pre,
                post: after,
                ..Joint::default()
            });
            sum.and(Balances { after: single, both: joint, left: Part::default() })
        })
    };
    let size = rows.len().div_ceil(parts).max(1);
    rows.chunks(size).map(one).fold(Balances::default(), Balances::and)
}

fn arm() -> impl Strategy<Value = Vec<(Option<f64>, f64)>> {
    let money = || 0.0..1e9_f64;
    prop::collection::vec((prop::option::weighted(0.9, money()), money()), 3..60)
}

fn near(got: f64, want: f64, scale: f64) -> bool {
    (got - want).abs() <= 1e-9 * scale.abs().max(want.abs())
}

proptest! {
    #[test]
    fn sums_give_what_the_rows_give(treated in arm(), control in arm(), parts in 1_usize..5) {
        let (a, b) = (sums(&treated, parts), sums(&control, parts));
        let after = |rows: &[(Option<f64>, f64)]| rows.iter().map(|row| row.1).collect::<Vec<_>>();
        let rows = welch(&after(&treated), &after(&control)).unwrap();
        let found = crate::domain::statistics::welch::of_sums(a.after, b.after).unwrap();
        prop_assert!(near(found.difference, rows.difference, 1e9), "{found:?} {rows:?}");
        prop_assert!(near(found.se, rows.se, 1e3) && near(found.df, rows.df, 1.0));
        let both = |rows: &[(Option<f64>, f64)]| -> Vec<Measured> {
            rows.iter().filter_map(|row| Some(Measured { pre: row.0?, post: row.1 })).collect()
        };
        let rows = cuped(&both(&treated), &both(&control));
        let found = crate::domain::statistics::cuped::of_sums(a.both, b.both);
        match (rows, found) {
            (Ok(rows), Ok(found)) => {
                prop_assert!(near(found.theta, rows.theta, 1.0), "{found:?} {rows:?}");
                prop_assert!(near(found.adjusted, rows.adjusted, 1e9) && near(found.se, rows.se, 1e6));
            }
            (rows, found) => prop_assert_eq!(rows.err(), found.err()),
        }
    }
}

#[test]
fn what_does_not_vary_is_seen_not_to() {
    let same: Vec<(Option<f64>, f64)> = vec![(Some(0.1), 0.3); 7];
    let (a, b) = (sums(&same, 3), sums(&same, 2));
    let raw = crate::domain::statistics::welch::of_sums(a.after, b.after);
    assert_eq!(raw, Err(crate::domain::statistics::arms::ArmsError::NoVariance));
    let adjusted = crate::domain::statistics::cuped::of_sums(a.both, b.both);
    assert_eq!(adjusted, Err(crate::domain::statistics::arms::ArmsError::NoCovariate));
}
