//! Benefits of which there are so many only: how many a list will need, held against how many there are and how many each
//! unit may give.
//!
//! Needed is the share of the treated whom the text's `expected_rate` expects to do it, rounded up; a text that expects
//! nothing needs one for everybody. The database reckons the same of all pushes of a strategy
//! (`baton.benefit_need`) and refuses a push that needs more than there are. What happened is never refused: a customer
//! for whom none was left is counted apart.

use chrono::{DateTime, Utc};

use super::message::{Arg, Message};
use super::push::{PlanOrder, control_of};
use super::strategy::StrategyText;
use super::strategy::body::Benefit;
use crate::msg;

/// How many of so many customers are expected to take it: rounded up, for half a benefit helps nobody.
#[must_use]
pub fn expected(customers: i64, expected_ppm: Option<u32>) -> i64 {
    let parts = i128::from(customers.max(0)) * i128::from(expected_ppm.unwrap_or(1_000_000));
    i64::try_from((parts + 999_999) / 1_000_000).unwrap_or(i64::MAX)
}

/// What a text limits, with so many customers in its segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supply {
    /// How many exist.
    pub stock: Option<i64>,
    /// How many each unit may give.
    pub quota: Option<i64>,
    /// How many the treated of the newest list are expected to take; none if the segment was never frozen.
    pub needed: Option<i64>,
}

impl Supply {
    /// Of a text; `None` if it limits nothing.
    #[must_use]
    pub fn of(text: &StrategyText, customers: Option<i64>) -> Option<Self> {
        let benefit = text.body.benefit.as_ref()?;
        let expects = text.body.budget.as_ref().and_then(|budget| budget.expected_ppm);
        let needed =
            customers.map(|all| expected(all - control_of(text.control_ppm, all), expects));
        let (stock, quota) = limits(benefit);
        (stock.is_some() || quota.is_some()).then_some(Self { stock, quota, needed })
    }

    /// More are expected to be taken than exist.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.stock.zip(self.needed).is_some_and(|(stock, needed)| needed > stock)
    }

    /// As a sentence: how many are needed and exist, and the quota.
    #[must_use]
    pub fn said(&self) -> Message {
        let key =
            if self.is_short() { msg!("benefit.supply-short") } else { msg!("benefit.supply") };
        Message::new(key)
            .with("needed", or_dash(self.needed))
            .with("stock", or_dash(self.stock))
            .with("quota", or_dash(self.quota))
    }
}

fn limits(benefit: &Benefit) -> (Option<i64>, Option<i64>) {
    (benefit.stock.map(i64::from), benefit.quota.map(i64::from))
}

fn or_dash(number: Option<i64>) -> Arg {
    number.map_or_else(|| "-".into(), Arg::from)
}

/// What a plan needs of its strategy's benefit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanBenefit {
    /// How many exist.
    pub stock: Option<i64>,
    /// How many each unit may give.
    pub quota: Option<i64>,
    /// How many were given.
    pub given: i64,
    /// How many the strategy needs with this plan.
    pub needed: i64,
    /// Expected share of the treated; none means all of them.
    pub expected_ppm: Option<u32>,
}

impl PlanBenefit {
    /// More are needed than exist: such a push is refused.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.stock.is_some_and(|stock| self.needed > stock)
    }

    /// The orders of which more is expected than their units may give.
    #[must_use]
    pub fn over<'o>(&self, orders: &'o [PlanOrder]) -> Vec<&'o PlanOrder> {
        let Some(quota) = self.quota else { return vec![] };
        orders.iter().filter(|o| expected(o.tasks, self.expected_ppm) > quota).collect()
    }

    /// The sentences for who is asked to push, each with whether something is wrong.
    #[must_use]
    pub fn said(&self, orders: &[PlanOrder]) -> Vec<(bool, Message)> {
        let mut said = vec![];
        if let Some(stock) = self.stock {
            let key =
                if self.is_short() { msg!("benefit.plan-short") } else { msg!("benefit.plan") };
            let told = Message::new(key)
                .with("needed", self.needed)
                .with("stock", stock)
                .with("given", self.given);
            said.push((self.is_short(), told));
        }
        if let Some(quota) = self.quota {
            let over = self.over(orders);
            let named: Vec<String> = over
                .iter()
                .take(6)
                .map(|o| format!("{} {}", o.org, expected(o.tasks, self.expected_ppm)))
                .chain((over.len() > 6).then(|| "..".to_owned()))
                .collect();
            let key =
                if over.is_empty() { msg!("benefit.quota") } else { msg!("benefit.quota-over") };
            let told = Message::new(key)
                .with("quota", quota)
                .with("units", over.len())
                .with("names", named.join(", "));
            said.push((!over.is_empty(), told));
        }
        said
    }
}

/// Why none was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Short {
    /// The unit has given all that it may.
    Quota,
    /// There are no more.
    Stock,
}

impl Short {
    /// The database's word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::Stock => "stock",
        }
    }

    /// Of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Quota, Self::Stock].into_iter().find(|short| short.code() == code)
    }
}

/// What one task may promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskBenefit {
    /// How many exist.
    pub stock: Option<i64>,
    /// How many were given in all.
    pub given: i64,
    /// How many the unit may give.
    pub quota: Option<i64>,
    /// How many it has given.
    pub given_here: i64,
    /// When the customer came to an outcome that gives it, and why he got none.
    pub came: Option<(DateTime<Utc>, Option<Short>)>,
}

impl TaskBenefit {
    /// Why the next customer of this unit would get none; none if there is one.
    #[must_use]
    pub fn used_up(&self) -> Option<Short> {
        if self.quota.is_some_and(|quota| self.given_here >= quota) {
            return Some(Short::Quota);
        }
        self.stock.is_some_and(|stock| self.given >= stock).then_some(Short::Stock)
    }

    /// The sentence for who has the task, and whether it says that there is none.
    #[must_use]
    pub fn said(&self) -> (bool, Message) {
        let (none, key) = match (self.came, self.used_up()) {
            (Some((_, None)), _) => (false, msg!("benefit.task-given")),
            (Some((_, Some(Short::Quota))), _) => (true, msg!("benefit.task-none-quota")),
            (Some((_, Some(Short::Stock))), _) => (true, msg!("benefit.task-none-stock")),
            (None, Some(Short::Quota)) => (true, msg!("benefit.task-used-up-quota")),
            (None, Some(Short::Stock)) => (true, msg!("benefit.task-used-up-stock")),
            (None, None) => (false, msg!("benefit.task-left")),
        };
        let told = Message::new(key)
            .with("given", self.given)
            .with("stock", or_dash(self.stock))
            .with("here", self.given_here)
            .with("quota", or_dash(self.quota));
        (none, told)
    }
}

/// What a push has given of its strategy's benefit; all pushes of the strategy together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushBenefit {
    /// How many exist.
    pub stock: Option<i64>,
    /// How many each unit may give.
    pub quota: Option<i64>,
    /// Who asks sees all units; else these are his own only, and no sum of all is told.
    pub whole: bool,
    /// By unit's code: how many it has given, and to how many none was left.
    pub units: Vec<(String, i64, i64)>,
}

impl PushBenefit {
    /// What one unit has given, and to how many none was left.
    #[must_use]
    pub fn of(&self, org: &str) -> (i64, i64) {
        let unit = self.units.iter().find(|(code, ..)| code == org);
        unit.map_or((0, 0), |(_, given, short)| (*given, *short))
    }

    /// All together.
    #[must_use]
    pub fn total(&self) -> Option<(i64, i64)> {
        let sum = |(given, short): (i64, i64), unit: &(String, i64, i64)| {
            (given + unit.1, short + unit.2)
        };
        self.whole.then(|| self.units.iter().fold((0, 0), sum))
    }

    /// The sentence for who watches the push; none for who sees a part of it.
    #[must_use]
    pub fn said(&self) -> Option<Message> {
        let (given, short) = self.total()?;
        let key = if short > 0 { msg!("benefit.push-short") } else { msg!("benefit.push") };
        let told = Message::new(key).with("given", given).with("stock", or_dash(self.stock));
        Some(told.with("short", short))
    }

    /// The same of one unit, and whether it has none left.
    #[must_use]
    pub fn said_of(&self, org: &str) -> (bool, Message) {
        let (given, short) = self.of(org);
        let key = if short > 0 { msg!("benefit.unit-short") } else { msg!("benefit.unit") };
        let told = Message::new(key)
            .with("given", given)
            .with("quota", or_dash(self.quota))
            .with("short", short);
        (self.quota.is_some_and(|quota| given >= quota), told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_benefit_is_a_whole_one() {
        assert_eq!(expected(10, Some(120_000)), 2, "1.2");
        assert_eq!(expected(100, Some(120_000)), 12);
        assert_eq!(expected(7, None), 7);
        assert_eq!(expected(0, Some(1)), 0);
        assert_eq!(expected(i64::MAX, Some(1_000_000)), i64::MAX);
    }

    #[test]
    fn the_quota_of_the_unit_is_used_up_before_the_stock() {
        let left = |given, given_here| TaskBenefit {
            stock: Some(10),
            given,
            quota: Some(3),
            given_here,
            came: None,
        };
        assert_eq!(left(9, 2).used_up(), None);
        assert_eq!(left(9, 3).used_up(), Some(Short::Quota));
        assert_eq!(left(10, 2).used_up(), Some(Short::Stock));
        let had = TaskBenefit { came: Some((DateTime::UNIX_EPOCH, None)), ..left(10, 3) };
        assert!(!had.said().0, "who has his is not told that there is none");
    }
}
