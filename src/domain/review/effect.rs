//! What the figures of two arms say: the review's arithmetic, on counts and balances that are already there.

use super::{Cost, Effect, Limit, Method};
use crate::domain::money::Minor;
use crate::domain::statistics::Interval;
use crate::domain::statistics::cuped::{self, Cuped, Measured, cuped};
use crate::domain::statistics::joint::{Joint, Single};
use crate::domain::statistics::proportion::{Share, newcombe};
use crate::domain::statistics::reach::{self, Treated};
use crate::domain::statistics::size::power;
use crate::domain::statistics::sum::whole;
use crate::domain::statistics::welch::{self, Welch, welch};
use crate::domain::strategy::body::Budget;

/// With how much certainty the smallest effect is to show.
const POWER: f64 = 0.8;

/// The effect on the list: the treated arm's share of successes minus the control arm's.
#[must_use]
pub fn conversion(treated: Share, control: Share) -> Effect {
    Effect::of(newcombe(treated, control), Method::Newcombe)
}

/// The treated branches' mean minus that of the branches that were left alone, one figure for each branch whatever its size;
/// none where an arm has fewer than two branches or nothing varies.
///
/// Source: Hayes and Moulton 2017, Cluster Randomised Trials, chapter 10: the t-test on cluster summaries.
#[must_use]
pub fn between_branches(treated: &[f64], control: &[f64]) -> Option<Effect> {
    let got = welch(treated, control).ok()?;
    let found = Interval { estimate: got.difference, lower: got.lower, upper: got.upper };
    Some(Effect::of(found, Method::Branches))
}

/// The effect on those who were reached; none where nobody was. By the delta method, and where that would take a share for known
/// because next to nobody or next to everybody did it, by limits that still hold.
#[must_use]
pub fn on_the_reached(treated: Treated, control: Share) -> Option<Effect> {
    if reach::is_thin(treated, control) {
        return Some(Effect::of(reach::from_limits(treated, control)?, Method::Limits));
    }
    Some(Effect::of(reach::on_the_reached(treated, control)?, Method::Delta))
}

/// By how much the treated arm is above the control arm, relative to it; none where one has no success.
#[must_use]
pub fn lift(treated: Share, control: Share) -> Option<Effect> {
    Some(Effect::of(reach::lift(treated, control)?, Method::Katz))
}

/// The difference of the balances as they stand; none where nothing can be said of it.
#[must_use]
pub fn balance(treated: &[f64], control: &[f64]) -> Option<Effect> {
    Some(raw(welch(treated, control).ok()?))
}

/// The same from the sums of each arm.
#[must_use]
pub fn balance_of(treated: Single, control: Single) -> Option<Effect> {
    Some(raw(welch::of_sums(treated, control).ok()?))
}

fn raw(got: Welch) -> Effect {
    let found = Interval { estimate: got.difference, lower: got.lower, upper: got.upper };
    Effect::of(found, Method::Welch)
}

/// The difference of the balances, freed of what they were before; none where nothing can be said of it.
#[must_use]
pub fn adjusted_balance(treated: &[Measured], control: &[Measured]) -> Option<Effect> {
    Some(adjusted(cuped(treated, control).ok()?))
}

/// The same from the sums of each arm.
#[must_use]
pub fn adjusted_balance_of(treated: Joint, control: Joint) -> Option<Effect> {
    Some(adjusted(cuped::of_sums(treated, control).ok()?))
}

fn adjusted(got: Cuped) -> Effect {
    let found = Interval { estimate: got.adjusted, lower: got.lower, upper: got.upper };
    Effect::of(found, Method::Cuped)
}

/// The smallest effect upwards that arms of `n` and `m` customers show four times in five, where `base` do it anyway; none
/// where even all of them doing it would not show.
#[must_use]
pub fn smallest(base: f64, n: u64, m: u64) -> Option<f64> {
    let shows = |effect: f64| {
        power(base + effect, base, whole(n), whole(m)).is_ok_and(|power| power >= POWER)
    };
    let (mut low, mut high) = (0.0, 1.0 - base);
    if !shows(high) {
        return None;
    }
    // Halving to a millionth: a thousandth of a percentage point is more than anybody reads.
    while high - low > 1e-6 {
        let middle = f64::midpoint(low, high);
        if shows(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// What the conversions beyond those that would have come anyway cost and brought. A benefit is counted for each treated
/// customer who did it, since nobody can tell which of them would have done it without.
#[must_use]
pub fn cost(itt: Effect, treated: Share, budget: &Budget) -> Cost {
    let (converted, n) = treated.counts();
    let times = |share: f64| share * whole(n);
    let extra = Effect {
        estimate: times(itt.estimate),
        lower: times(itt.lower),
        upper: times(itt.upper),
        method: itt.method,
    };
    let given = given(converted, budget);
    let per_extra = given.benefits.filter(|_| extra.estimate > 0.0);
    Cost {
        extra: Some(extra),
        per_extra: per_extra.and_then(|cost| scaled(cost, 1.0 / extra.estimate)),
        brought: budget.return_per_conversion.and_then(|each| scaled(each, extra.estimate)),
        ..given
    }
}

/// What the benefits cost where `converted` of the treated did it, and the most that they may: all that can be told without a control
/// group.
#[must_use]
pub fn given(converted: u64, budget: &Budget) -> Cost {
    let benefits = budget.benefit_cost.and_then(|each| {
        i64::try_from(converted).ok().and_then(|n| each.0.checked_mul(n)).map(Minor)
    });
    let limit = Some(budget.cap.map_or(Limit::NoneSet, Limit::AtMost));
    Cost { extra: None, benefits, limit, per_extra: None, brought: None }
}

/// An amount times a number that is an estimate, to the next minor unit.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "an estimate has no digits that a float lacks, and what leaves an amount's range is refused"
)]
fn scaled(amount: Minor, by: f64) -> Option<Minor> {
    let value = (amount.0 as f64 * by).round();
    (value.abs() < 9.0e18).then_some(Minor(value as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::statistics::size::sample_size;

    fn share(x: u64, n: u64) -> Share {
        Share::new(x, n).unwrap()
    }

    #[test]
    fn the_smallest_effect_is_the_one_that_the_size_was_planned_for() {
        // R, ?power.prop.test: .50 against .75 takes 76.7 each for a power of .90, and fewer for .80
        let n = sample_size(0.75, 0.5, 0.8, 1.0).unwrap().n1.ceil();
        assert!((n - 58.0).abs() < 0.5, "{n}");
        let found = smallest(0.5, 58, 58).unwrap();
        assert!((found - 0.25).abs() < 0.002, "{found}");
        assert!(smallest(0.5, 58, 1).is_none(), "one customer shows nothing");
        assert!(smallest(0.05, 9000, 1000).unwrap() < smallest(0.05, 900, 100).unwrap());
    }

    #[test]
    fn cost_and_benefit_are_of_what_came_beyond() {
        let (treated, control) = (share(56, 70), share(48, 80));
        let budget = Budget {
            benefit_cost: Some(Minor(500)),
            return_per_conversion: Some(Minor(3000)),
            ..Budget::default()
        };
        let got = cost(conversion(treated, control), treated, &budget);
        // 20 points of 70 are 14 more; 56 benefits of 5.00 are 280.00, 20.00 for each of the 14.
        assert!((got.extra.unwrap().estimate - 14.0).abs() < 1e-9, "{got:?}");
        assert_eq!((got.benefits, got.per_extra), (Some(Minor(28_000)), Some(Minor(2_000))));
        assert_eq!(got.brought, Some(Minor(42_000)));
        assert_eq!(got.limit, Some(Limit::NoneSet));
        let capped = Budget { cap: Some(Minor(30_000)), ..budget.clone() };
        let capped = cost(conversion(treated, control), treated, &capped);
        assert_eq!(capped.limit, Some(Limit::AtMost(Minor(30_000))));
        let worse = cost(conversion(share(1, 70), control), share(1, 70), &budget);
        assert_eq!(worse.per_extra, None, "nothing came beyond, so there is no price of it");
        assert!(worse.brought.is_some_and(|brought| brought.0 < 0));
    }
}
