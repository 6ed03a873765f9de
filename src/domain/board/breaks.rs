//! Where the chain breaks (断点).
//!
//! A break is where a unit keeps fewer of its customers than its peers do: the step whose share falls most below the
//! median of the other units of the same push. Shares, so that a large unit is not blamed for its size; the median, so
//! that one outlier among the peers does not move it; and no word about units too small for a share to say anything.

use super::{Step, Steps};
use crate::domain::message::Message;
use crate::msg;

/// Where a unit keeps fewer customers than its peers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Break {
    /// At which step.
    pub step: Step,
    /// The share of the unit's own customers that came to it, 0 to 1.
    pub own: f64,
    /// The median of that share over the others.
    pub peers: f64,
    /// How many customers more would have come to it with the peers' share.
    pub missing: i64,
}

impl Break {
    /// The break in a sentence.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new(msg!("board.break"))
            .with("step", self.step.title())
            .with("own", percent(self.own))
            .with("peers", percent(self.peers))
            .with("missing", self.missing)
    }
}

/// A share from 0 to 1 in whole percent.
#[expect(clippy::cast_possible_truncation, reason = "a share is at most 1")]
fn percent(share: f64) -> i64 {
    (share * 100.0).round() as i64
}

/// A step of the whole push at which most customers are missing against what the units' peers keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// At which step.
    pub step: Step,
    /// How many customers are missing there, over all units below their peers.
    pub missing: i64,
    /// How many units those are.
    pub units: usize,
    /// The place of the unit that misses most.
    pub worst: usize,
}

/// Customers before a step from which on a share says something.
pub const LEAST_BASE: i64 = 10;

/// Other units with that many customers, from which on their median says something.
pub const LEAST_PEERS: usize = 3;

/// How far below the peers' median a share must be to be a break.
pub const LEAST_GAP: f64 = 0.05;

/// The breaks of units that are each other's peers, and of the whole. Steps that are not `due` are not judged: nobody is late
/// before the time has come.
#[must_use]
pub fn breaks(units: &[Steps], due: impl Fn(Step) -> bool) -> (Vec<Option<Break>>, Option<Loss>) {
    let mut found: Vec<Option<Break>> = vec![None; units.len()];
    let mut whole: Option<Loss> = None;
    for step in Step::ALL.into_iter().filter(|step| due(*step)) {
        let shares: Vec<Option<f64>> = units.iter().map(|unit| share(unit, step)).collect();
        let mut loss = Loss { step, missing: 0, units: 0, worst: 0 };
        let mut most = 0;
        for (at, (own, peers)) in shares.iter().zip(peers(&shares)).enumerate() {
            let (Some(own), Some(peers)) = (*own, peers) else { continue };
            let missing = lacking(&units[at], step, peers - own);
            if peers - own < LEAST_GAP || missing == 0 {
                continue;
            }
            loss.missing += missing;
            loss.units += 1;
            if missing > most {
                (most, loss.worst) = (missing, at);
            }
            // Of two equal falls the earlier one is the break: what comes after hangs on it.
            if found[at].is_none_or(|known| peers - own > known.peers - known.own) {
                found[at] = Some(Break { step, own, peers, missing });
            }
        }
        if loss.units > 0 && whole.is_none_or(|known| loss.missing > known.missing) {
            whole = Some(loss);
        }
    }
    (found, whole)
}

/// The share of a unit's customers that came to a step, if it has enough of them. More than all is all.
#[expect(clippy::cast_precision_loss, reason = "customers of a unit are far below 2^52")]
fn share(unit: &Steps, step: Step) -> Option<f64> {
    let (came, base) = unit.share(step)?;
    (base >= LEAST_BASE).then(|| (came as f64 / base as f64).min(1.0))
}

/// How many customers a fall of `gap` in the share of a step is, rounded.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "customers of a unit are far below 2^52, and a share of them is no more"
)]
fn lacking(unit: &Steps, step: Step, gap: f64) -> i64 {
    unit.share(step).map_or(0, |(_, base)| (gap.max(0.0) * base as f64).round() as i64)
}

/// For each the median of the others, where there are enough of them.
fn peers(shares: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<usize> = (0..shares.len()).filter(|at| shares[*at].is_some()).collect();
    let value = |at: usize| shares[at].unwrap_or_default();
    order.sort_by(|a, b| value(*a).total_cmp(&value(*b)));
    let mut medians = vec![None; shares.len()];
    let others = order.len().saturating_sub(1);
    if others < LEAST_PEERS {
        return medians;
    }
    for (rank, at) in order.iter().enumerate() {
        // The n-th of the others is the n-th of all, or the next one from this unit's own place on.
        let nth = |n: usize| value(order[n + usize::from(n >= rank)]);
        medians[*at] = Some(f64::midpoint(nth((others - 1) / 2), nth(others / 2)));
    }
    medians
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unit(issued: i64, signed: bool, rest: [i64; 4]) -> Steps {
        let [contacted, reached, interested, sold] = rest;
        Steps([issued, if signed { issued } else { 0 }, contacted, reached, interested, sold])
    }

    fn always(_: Step) -> bool {
        true
    }

    #[test]
    fn a_unit_breaks_where_it_falls_most_below_the_median_of_the_others() {
        let like_others = unit(100, true, [80, 40, 20, 10]);
        let silent = unit(100, true, [80, 16, 8, 4]);
        let units = [like_others, like_others, silent, like_others, like_others];
        let (found, whole) = breaks(&units, always);
        assert_eq!(found[0], None);
        let gap = found[2].unwrap();
        assert_eq!((gap.step, gap.missing), (Step::Reached, 24));
        assert!((gap.own - 0.2).abs() < 1e-12 && (gap.peers - 0.5).abs() < 1e-12);
        assert_eq!(whole, Some(Loss { step: Step::Reached, missing: 24, units: 1, worst: 2 }));
    }

    #[test]
    fn an_unsigned_unit_breaks_at_signing_and_only_when_that_is_due() {
        let signed = unit(50, true, [40, 20, 10, 5]);
        let unsigned = unit(50, false, [40, 20, 10, 5]);
        let units = [signed, signed, unsigned, signed];
        let (found, _) = breaks(&units, always);
        assert_eq!(found[2].map(|gap| gap.step), Some(Step::Signed));
        let (found, whole) = breaks(&units, |step| step != Step::Signed);
        assert_eq!((found[2], whole), (None, None), "nobody is late before the time has come");
    }

    #[test]
    fn few_customers_or_few_peers_say_nothing() {
        let usual = unit(100, true, [80, 40, 20, 10]);
        let few = unit(9, true, [0, 0, 0, 0]);
        assert_eq!(breaks(&[usual, usual, usual, few], always).0[3], None);
        let silent = unit(100, true, [0, 0, 0, 0]);
        assert_eq!(breaks(&[usual, usual, silent], always).0[2], None);
        assert!(breaks(&[usual, usual, usual, silent], always).0[3].is_some());
        assert_eq!(breaks(&[], always), (vec![], None));
    }

    #[test]
    fn of_equal_falls_the_earlier_step_is_the_break() {
        let usual = unit(100, true, [80, 40, 20, 10]);
        let twice = unit(100, true, [40, 4, 2, 1]);
        let (found, _) = breaks(&[usual, usual, usual, twice], always);
        // 80 to 40 % and 50 to 10 %.
        assert_eq!(found[3].map(|gap| gap.step), Some(Step::Contacted));
    }

    fn steps() -> impl Strategy<Value = Steps> {
        (0_i64..400, any::<bool>(), [0.0..1.0_f64, 0.0..1.0, 0.0..1.0, 0.0..1.0]).prop_map(
            |(issued, signed, shares)| {
                let mut left = issued;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_precision_loss,
                    reason = "small numbers"
                )]
                let rest = shares.map(|share| {
                    left = (left as f64 * share) as i64;
                    left
                });
                unit(issued, signed, rest)
            },
        )
    }

    /// The median of all but one, the plain way.
    fn plain(units: &[Steps], without: usize, step: Step) -> Option<f64> {
        let mut others: Vec<f64> = units
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != without)
            .filter_map(|(_, unit)| share(unit, step))
            .collect();
        others.sort_by(f64::total_cmp);
        let n = others.len();
        (n >= LEAST_PEERS).then(|| f64::midpoint(others[(n - 1) / 2], others[n / 2]))
    }

    proptest! {
        #[test]
        fn no_step_falls_further_below_the_peers_than_the_break(units in prop::collection::vec(steps(), 0..12)) {
            let (found, whole) = breaks(&units, always);
            for (at, unit) in units.iter().enumerate() {
                let falls = Step::ALL.into_iter().filter_map(|step| {
                    Some(plain(&units, at, step)? - share(unit, step)?)
                });
                let most = falls.fold(0.0, f64::max);
                match found[at] {
                    Some(gap) => {
                        prop_assert!(gap.peers - gap.own >= most - 1e-12);
                        prop_assert!(gap.missing > 0 && gap.missing <= unit.at(Step::Issued));
                        prop_assert!((plain(&units, at, gap.step).unwrap() - gap.peers).abs() < 1e-12);
                    }
                    None => prop_assert!(most < LEAST_GAP + 1e-12),
                }
            }
            prop_assert_eq!(whole.is_some(), found.iter().any(Option::is_some));
        }

        #[test]
        fn the_order_of_units_changes_no_break(units in prop::collection::vec(steps(), 4..12)) {
            let (found, _) = breaks(&units, always);
            let turned: Vec<Steps> = units.iter().rev().copied().collect();
            let (mut other, _) = breaks(&turned, always);
            other.reverse();
            prop_assert_eq!(found, other);
        }
    }
}
