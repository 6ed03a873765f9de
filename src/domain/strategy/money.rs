//! What a strategy costs and what is expected of it, before anybody approves it.
//!
//! All of it is reckoned in whole numbers from the text and the size of its segment's newest snapshot, and rounded
//! once, at the end, half away from zero. The list itself is made by the plan and leaves some off, so these are the
//! most that can be; what the cap holds against is counted from the real lists when they are pushed.

use super::StrategyText;
use crate::domain::draw::control_of;
use crate::domain::money::Minor;

/// The figures of a strategy with a budget. What cannot be reckoned is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Customers of the newest snapshot; none if the segment was never frozen.
    pub customers: Option<i64>,
    /// Of these, the control group, as if it were drawn in one piece.
    pub control: Option<i64>,
    /// Who gets the benefit.
    pub treated: Option<i64>,
    /// Of one benefit; an assumption of the text.
    pub price: Option<Minor>,
    /// All benefits, one per treated customer.
    pub cost: Option<Minor>,
    /// The most that they may cost.
    pub cap: Option<Minor>,
    /// How many customers the cap pays for.
    pub paid_for: Option<i64>,
    /// Expected share of the treated who do it, in parts per million; an assumption of the text.
    pub expected_ppm: Option<u32>,
    /// Expected share of those who do it anyway; an assumption of the text.
    pub base_ppm: Option<u32>,
    /// What one who does it is worth; an assumption of the text.
    pub value: Option<Minor>,
    /// How many of the treated do it.
    pub conversions: Option<i64>,
    /// How many of them only because of the strategy.
    pub extra: Option<i64>,
    /// What these are worth.
    pub gain: Option<Minor>,
    /// What is left of that after the benefits.
    pub net: Option<Minor>,
}

impl Forecast {
    /// Of a text, with so many customers in its segment; `None` if it says nothing of money.
    #[must_use]
    pub fn of(text: &StrategyText, customers: Option<i64>) -> Option<Self> {
        let budget = text.body.budget.as_ref()?;
        let control = customers.map(|all| control_of(text.control_ppm, all));
        let treated = customers.zip(control).map(|(all, control)| all - control);
        let price = budget.benefit_cost;
        let cost = treated.zip(price).and_then(|(n, price)| product(n, price));
        let lift = budget.expected_ppm.zip(budget.base_ppm);
        let lift = lift.map(|(with, without)| i128::from(with) - i128::from(without));
        let share = |ppm: i128| treated.and_then(|n| per_million(i128::from(n) * ppm));
        let value = budget.return_per_conversion;
        let gain = treated.zip(lift).zip(value).and_then(|((n, lift), value)| {
            per_million(i128::from(n) * lift * i128::from(value.0)).map(Minor)
        });
        let net = gain.zip(cost).and_then(|(gain, cost)| gain.0.checked_sub(cost.0).map(Minor));
        let paid_for = budget.cap.zip(price).filter(|(_, price)| price.0 > 0);
        Some(Self {
            customers,
            control,
            treated,
            price,
            cost,
            cap: budget.cap,
            paid_for: paid_for.map(|(cap, price)| cap.0 / price.0),
            expected_ppm: budget.expected_ppm,
            base_ppm: budget.base_ppm,
            value,
            conversions: budget.expected_ppm.and_then(|ppm| share(ppm.into())),
            extra: lift.and_then(share),
            gain,
            net,
        })
    }

    /// The benefits of everybody on the list would cost more than they may.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.cost.zip(self.cap).is_some_and(|(cost, cap)| cost > cap)
    }
}

fn product(n: i64, price: Minor) -> Option<Minor> {
    n.checked_mul(price.0).map(Minor)
}

/// So many millionths as a whole number, half away from zero; none if it does not fit.
fn per_million(parts: i128) -> Option<i64> {
    let half = if parts < 0 { -500_000 } else { 500_000 };
    i64::try_from((parts + half) / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::strategy::body::{Body, Budget};

    fn text(control_ppm: i32, budget: Budget) -> StrategyText {
        let body = Body { budget: Some(budget), ..Body::default() };
        StrategyText { control_ppm, body, ..StrategyText::default() }
    }

    fn winback() -> Budget {
        Budget {
            cap: Some(Minor(12_000_000)),
            benefit_cost: Some(Minor(3_000)),
            expected_ppm: Some(120_000),
            base_ppm: Some(70_000),
            return_per_conversion: Some(Minor(40_000)),
        }
    }

    #[test]
    fn a_strategy_is_reckoned_by_hand() {
        let forecast = Forecast::of(&text(100_000, winback()), Some(2_005)).unwrap();
        assert_eq!(
            (forecast.control, forecast.treated),
            (Some(201), Some(1_804)),
            "200.5 is rounded up"
        );
        assert_eq!(forecast.cost, Some(Minor(5_412_000)));
        assert_eq!(forecast.paid_for, Some(4_000));
        assert_eq!(forecast.conversions, Some(216), "216.48");
        assert_eq!(forecast.extra, Some(90), "90.2");
        assert_eq!(forecast.gain, Some(Minor(3_608_000)), "90.2 x 400.00, not 90 x 400.00");
        assert_eq!(forecast.net, Some(Minor(-1_804_000)));
        assert!(!forecast.is_over());
    }

    #[test]
    fn what_nobody_said_is_not_made_up() {
        assert_eq!(Forecast::of(&StrategyText::default(), Some(10)), None);
        let none = Forecast::of(&text(0, winback()), None).unwrap();
        assert_eq!((none.cost, none.gain, none.paid_for), (None, None, Some(4_000)));
        let free =
            Budget { benefit_cost: Some(Minor(0)), cap: Some(Minor(0)), ..Budget::default() };
        let free = Forecast::of(&text(0, free), Some(9)).unwrap();
        assert_eq!((free.cost, free.paid_for, free.is_over()), (Some(Minor(0)), None, false));
        let dear = Budget { benefit_cost: Some(Minor(i64::MAX)), ..Budget::default() };
        assert_eq!(
            Forecast::of(&text(0, dear), Some(2)).unwrap().cost,
            None,
            "more than an amount can be"
        );
    }

    fn budgets() -> impl Strategy<Value = Budget> {
        let share = 0..=1_000_000_u32;
        (0..10_000_000_i64, 0..1_000_000_i64, share.clone(), share, 0..10_000_000_i64).prop_map(
            |(cap, price, expected, base, value)| Budget {
                cap: Some(Minor(cap)),
                benefit_cost: Some(Minor(price)),
                expected_ppm: Some(expected),
                base_ppm: Some(base),
                return_per_conversion: Some(Minor(value)),
            },
        )
    }

    proptest! {
        #[test]
        fn the_cap_and_the_number_it_pays_for_say_the_same(budget in budgets(), n in 0..100_000_i64, ppm in 0..=900_000) {
            let forecast = Forecast::of(&text(ppm, budget), Some(n)).unwrap();
            prop_assert_eq!(forecast.control.unwrap() + forecast.treated.unwrap(), n);
            if let Some(paid_for) = forecast.paid_for {
                prop_assert_eq!(forecast.is_over(), forecast.treated.unwrap() > paid_for);
            }
        }

        /// Within half a unit of the exact value, on either side of zero.
        #[test]
        fn figures_are_rounded_once(budget in budgets(), n in 0..100_000_i64) {
            let forecast = Forecast::of(&text(0, budget.clone()), Some(n)).unwrap();
            let lift = i128::from(budget.expected_ppm.unwrap()) - i128::from(budget.base_ppm.unwrap());
            let near = |shown: i64, exact: i128| (i128::from(shown) * 1_000_000 - exact).abs() <= 500_000;
            prop_assert!(near(forecast.extra.unwrap(), i128::from(n) * lift));
            let value = i128::from(budget.return_per_conversion.unwrap().0);
            prop_assert!(near(forecast.gain.unwrap().0, i128::from(n) * lift * value));
            prop_assert_eq!(forecast.net.unwrap().0, forecast.gain.unwrap().0 - forecast.cost.unwrap().0);
        }
    }
}
