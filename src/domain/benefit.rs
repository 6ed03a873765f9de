//! Benefits of which there are so many only: how many a list will need, held against how many there are and how many each
//! unit may give.
//!
//! Needed is the share of the treated whom the text's `expected_rate` expects to do it, rounded up; a text that expects
//! nothing needs one for everybody. The database reckons the same of all pushes of a strategy
//! (`baton.benefit_need`) and refuses a push that needs more than there are. What happened is never refused: a customer
//! for whom none was left is counted apart.

use chrono::{DateTime, Utc};

use super::draw::control_of;
use super::message::{Arg, Message};
use super::order::PlanOrder;
use super::strategy::StrategyText;
use super::strategy::body::Benefit;
use crate::msg;

/// How many of so many customers are expected to take it: rounded up, for half a benefit helps nobody.
#[must_use]
pub fn expected(customers: i64, expected_ppm: Option<u32>) -> i64 {
    let parts = i128::from(customers.max(0)) * i128::from(expected_ppm.unwrap_or(1_000_000));
    i64::try_from((parts + 999_999) / 1_000_000).unwrap_or(i64::MAX)
}

/// How many units may give.
///
/// A unit that is named shares its quota with those below it, down to the next that is named; every other unit has the
/// common quota for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Each unit that no quota is named for; none if these may give any number.
    pub each: Option<i64>,
    /// The units that are named, by code.
    pub named: Vec<(String, i64)>,
}

impl Quotas {
    /// Of a text.
    #[must_use]
    pub fn of(benefit: &Benefit) -> Self {
        let named = benefit.quotas.iter().map(|(unit, most)| (unit.clone(), i64::from(*most)));
        Self { each: benefit.quota.map(i64::from), named: named.collect() }
    }

    /// No unit is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.each.is_none() && self.named.is_empty()
    }

    /// `40 (B03 20, B04 10)`: each unit's, and those that are named.
    #[must_use]
    pub fn said(&self) -> Arg {
        if self.named.is_empty() {
            return or_dash(self.each);
        }
        let named = few(self.named.iter().map(|(unit, most)| format!("{unit} {most}")));
        let each = self.each.map_or_else(|| "-".to_owned(), |each| each.to_string());
        format!("{each} ({named})").into()
    }
}

/// The first six of these.
fn few(all: impl ExactSizeIterator<Item = String>) -> String {
    let more = (all.len() > 6).then(|| "..".to_owned());
    all.take(6).chain(more).collect::<Vec<_>>().join(", ")
}

/// What a text limits, with so many customers in its segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supply {
    /// How many exist.
    pub stock: Option<i64>,
    /// How many units may give.
    pub quotas: Quotas,
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
        let (stock, quotas) = (benefit.stock.map(i64::from), Quotas::of(benefit));
        (stock.is_some() || !quotas.is_empty()).then_some(Self { stock, quotas, needed })
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
            .with("quota", self.quotas.said())
    }
}

fn or_dash(number: Option<i64>) -> Arg {
    number.map_or_else(|| "-".into(), Arg::from)
}

/// A quota of which more is expected than it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// Whose it is: the unit's code.
    pub org: String,
    /// How many are expected to be needed of it.
    pub expected: i64,
    /// How many it has.
    pub quota: i64,
}

/// What a plan needs of its strategy's benefit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanBenefit {
    /// How many exist.
    pub stock: Option<i64>,
    /// How many units may give.
    pub quotas: Quotas,
    /// The orders' units that draw on a quota which is named, and whose that is, by code.
    pub draws: Vec<(String, String)>,
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

    /// What is expected of each quota that is drawn on, in the order of these orders.
    fn drawn(&self, orders: &[PlanOrder]) -> Vec<Over> {
        let mut drawn: Vec<(&str, i64)> = vec![];
        for order in orders {
            let named = self.draws.iter().find(|(unit, _)| *unit == order.org);
            let org = named.map_or(order.org.as_str(), |(_, whose)| whose);
            match drawn.iter_mut().find(|(known, _)| *known == org) {
                Some((_, tasks)) => *tasks += order.tasks,
                None => drawn.push((org, order.tasks)),
            }
        }
        let of = |(org, tasks): (&str, i64)| {
            let own = self.quotas.named.iter().find(|(unit, _)| unit == org).map(|(_, most)| *most);
            let quota = own.or(self.quotas.each)?;
            Some(Over { org: org.to_owned(), expected: expected(tasks, self.expected_ppm), quota })
        };
        drawn.into_iter().filter_map(of).collect()
    }

    /// What is expected of the quotas that are named, in the order of the text.
    #[must_use]
    pub fn named(&self, orders: &[PlanOrder]) -> Vec<Over> {
        let drawn = self.drawn(orders);
        let of = |(org, quota): &(String, i64)| {
            let expected = drawn.iter().find(|over| over.org == *org).map_or(0, |o| o.expected);
            Over { org: org.clone(), expected, quota: *quota }
        };
        self.quotas.named.iter().map(of).collect()
    }

    /// The quotas of which more is expected than they have.
    #[must_use]
    pub fn over(&self, orders: &[PlanOrder]) -> Vec<Over> {
        self.drawn(orders).into_iter().filter(|over| over.expected > over.quota).collect()
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
        if !self.quotas.is_empty() {
            let over = self.over(orders);
            let names = few(over.iter().map(|o| format!("{} {} > {}", o.org, o.expected, o.quota)));
            let key =
                if over.is_empty() { msg!("benefit.quota") } else { msg!("benefit.quota-over") };
            let told = Message::new(key)
                .with("quota", self.quotas.said())
                .with("units", over.len())
                .with("names", names);
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskBenefit {
    /// How many exist.
    pub stock: Option<i64>,
    /// How many were given in all.
    pub given: i64,
    /// How many may be given of the quota that the unit draws on.
    pub quota: Option<i64>,
    /// How many were.
    pub given_here: i64,
    /// Whose that quota is, by code; none if it is the unit's alone.
    pub drawn_on: Option<String>,
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
        let whose = |code: &String| Arg::from(code.as_str());
        let told = Message::new(key)
            .with("given", self.given)
            .with("stock", or_dash(self.stock))
            .with("whose", self.drawn_on.as_ref().map_or(msg!("benefit.your-unit").into(), whose))
            .with("here", self.given_here)
            .with("quota", or_dash(self.quota));
        (none, told)
    }
}

/// What one unit has given of a benefit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitBenefit {
    /// Its code.
    pub org: String,
    /// How many customers got theirs.
    pub given: i64,
    /// To how many none was left.
    pub short: i64,
    /// How many may be given of the quota that it draws on.
    pub quota: Option<i64>,
    /// Whose that quota is if it is not the unit's alone, by code, and how many all that draw on it have given; who sees a
    /// part of them only is not told.
    pub drawn_on: Option<(String, Option<i64>)>,
}

/// What a push has given of its strategy's benefit; all pushes of the strategy together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushBenefit {
    /// How many exist.
    pub stock: Option<i64>,
    /// How many units may give.
    pub quotas: Quotas,
    /// Who asks sees all units; else these are his own only, and no sum of all is told.
    pub whole: bool,
    /// Those that have orders or have given any.
    pub units: Vec<UnitBenefit>,
}

impl PushBenefit {
    /// What one unit has given, and to how many none was left.
    #[must_use]
    pub fn of(&self, org: &str) -> (i64, i64) {
        self.unit(org).map_or((0, 0), |unit| (unit.given, unit.short))
    }

    /// The unit of that code.
    #[must_use]
    pub fn unit(&self, org: &str) -> Option<&UnitBenefit> {
        self.units.iter().find(|unit| unit.org == org)
    }

    /// All together.
    #[must_use]
    pub fn total(&self) -> Option<(i64, i64)> {
        let sum = |(given, short): (i64, i64), unit: &UnitBenefit| {
            (given + unit.given, short + unit.short)
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
        let unit = self.unit(org);
        let quota = unit.and_then(|unit| unit.quota);
        let shared = unit.and_then(|unit| unit.drawn_on.as_ref());
        let key = match (shared.is_some(), short > 0) {
            (false, false) => msg!("benefit.unit"),
            (false, true) => msg!("benefit.unit-short"),
            (true, false) => msg!("benefit.unit-of"),
            (true, true) => msg!("benefit.unit-of-short"),
        };
        let told = Message::new(key)
            .with("given", given)
            .with("quota", or_dash(quota))
            .with("short", short)
            .with("whose", shared.map_or("", |(code, _)| code.as_str()))
            .with("all", or_dash(shared.and_then(|(_, all)| *all)));
        let all = shared.map_or(Some(given), |(_, all)| *all);
        (all.zip(quota).is_some_and(|(all, quota)| all >= quota), told)
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
            drawn_on: None,
            came: None,
        };
        assert_eq!(left(9, 2).used_up(), None);
        assert_eq!(left(9, 3).used_up(), Some(Short::Quota));
        assert_eq!(left(10, 2).used_up(), Some(Short::Stock));
        let had = TaskBenefit { came: Some((DateTime::UNIX_EPOCH, None)), ..left(10, 3) };
        assert!(!had.said().0, "who has his is not told that there is none");
    }

    #[test]
    fn units_that_draw_on_one_quota_are_held_to_it_together() {
        let order = |org: &str, tasks| PlanOrder {
            org: org.to_owned(),
            name: String::new(),
            tasks,
            control: 0,
            rms: 0,
            nobody: 0,
            most: 0,
            capacity: None,
        };
        let orders = [order("S1", 60), order("S2", 50), order("S3", 30), order("S4", 10)];
        let plan = PlanBenefit {
            stock: None,
            quotas: Quotas { each: Some(2), named: vec![("B1".into(), 10), ("S4".into(), 1)] },
            draws: [("S1", "B1"), ("S2", "B1"), ("S4", "S4")]
                .map(|(a, b)| (a.into(), b.into()))
                .into(),
            given: 0,
            needed: 15,
            expected_ppm: Some(100_000),
        };
        let over = |org: &str, expected, quota| Over { org: org.into(), expected, quota };
        assert_eq!(plan.over(&orders), [over("B1", 11, 10), over("S3", 3, 2)]);
        assert_eq!(plan.named(&orders), [over("B1", 11, 10), over("S4", 1, 1)]);
        let (wrong, said) = plan.said(&orders).remove(0);
        assert!(wrong);
        let arg = |name| said.args.iter().find(|(key, _)| *key == name).map(|(_, arg)| arg.clone());
        assert_eq!(arg("names"), Some("B1 11 > 10, S3 3 > 2".into()));
        assert_eq!(arg("quota"), Some("2 (B1 10, S4 1)".into()));
    }
}
