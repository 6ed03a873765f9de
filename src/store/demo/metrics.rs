//! Daily metrics of the sub-branches over eighteen months, and their targets.
//!
//! Everything is worked out backwards from the customers, so that at the bank's today each metric is the sum over
//! them. Month ends are drawn one from the next; days between follow the line with a little noise. In the branch
//! that lost, the last month follows the planted transfers day by day.

use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};

use super::Bank;
use super::events;
use super::rng::{Rng, Stream, mul_div};
use super::story;

/// One metric of the dictionary.
pub struct Metric {
    /// The word used in commands and formulas.
    pub code: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
    /// flow, stock or ratio.
    pub kind: &'static str,
    /// True for money.
    pub money: bool,
    /// How it is made of others.
    pub formula: Option<&'static str>,
}

macro_rules! metrics {
    ($($code:literal $kind:ident $money:literal $zh:literal $en:literal $formula:expr;)*) => {
        [$(Metric { code: $code, zh: $zh, en: $en, kind: stringify!($kind), money: $money, formula: $formula }),*]
    };
}

/// The dictionary, parents before their factors.
pub static METRICS: [Metric; 18] = metrics! {
    "aum" stock true "AUM" "AUM" Some("customers * aum_per_customer");
    "customers" stock false "客户数" "Customers" None;
    "aum_per_customer" ratio true "户均资产" "AUM per customer" None;
    "deposits" stock true "存款" "Deposits" Some("customers * deposits_per_customer");
    "deposits_per_customer" ratio true "户均存款" "Deposits per customer" None;
    "wealth" stock true "理财与基金" "Wealth products" Some("wealth_customers * wealth_per_customer");
    "wealth_customers" stock false "理财客户数" "Wealth customers" None;
    "wealth_per_customer" ratio true "户均理财" "Wealth per customer" None;
    "active_customers" stock false "动账客户数" "Active customers" Some("customers * active_rate");
    "active_rate" ratio false "动账率" "Active share" None;
    "new_customers" flow false "新增客户" "New customers" None;
    "app_rate" ratio false "手机银行活跃率" "App users' share" None;
    "payroll_rate" ratio false "代发客户占比" "Payroll customers' share" None;
    "deals" flow false "成交户数" "Deals" Some("reached * close_rate");
    "reached" flow false "有效触达" "Customers reached" Some("calls * reach_rate");
    "calls" flow false "联系户次" "Contacts made" None;
    "reach_rate" ratio false "触达率" "Reached of contacts" None;
    "close_rate" ratio false "成交率" "Deals of reached" None;
};

/// What the metrics mean: code, text, owner, and what of customers' records adds up to them.
pub static MEANINGS: [(&str, &str, &str, Option<&str>); 18] = [
    ("aum", "客户在本行的存款、理财、基金与保险余额之和，日终时点", "财富管理部", Some("holdings")),
    ("customers", "日终开户且未销户的客户数", "运营管理部", Some("customers")),
    ("aum_per_customer", "AUM 除以客户数，日终时点", "财富管理部", None),
    ("deposits", "活期与定期余额之和，日终时点", "计划财务部", None),
    ("deposits_per_customer", "存款除以客户数，日终时点", "计划财务部", None),
    ("wealth", "理财与基金余额之和，日终时点", "财富管理部", None),
    ("wealth_customers", "持有理财或基金的客户数，日终时点", "财富管理部", None),
    ("wealth_per_customer", "理财与基金余额除以持有客户数", "财富管理部", None),
    ("active_customers", "近三个月有主动动账的客户数，不含结息与扣费", "零售业务部", None),
    ("active_rate", "动账客户数除以客户数", "零售业务部", None),
    ("new_customers", "当日开立首个账户的客户数", "运营管理部", None),
    ("app_rate", "近 30 天登录过手机银行的客户占全部客户", "网络金融部", None),
    ("payroll_rate", "代发协议有效的客户占全部客户", "零售业务部", None),
    ("deals", "当日经客户经理联系而成交的客户数，以系统登记为准", "零售业务部", None),
    ("reached", "当日接通并完成沟通的客户数，空号与未接通不计", "零售业务部", None),
    ("calls", "当日客户经理联系客户的户次", "零售业务部", None),
    ("reach_rate", "有效触达除以联系户次", "零售业务部", None),
    ("close_rate", "成交户数除以有效触达", "零售业务部", None),
];

/// A fact: a value, or the two parts of a ratio. Money in fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Of a flow or a stock.
    Value(i64),
    /// Numerator and denominator.
    Ratio(i64, i64),
}

/// Metrics with facts of their own.
pub const FACTS: usize = 12;

/// A sub-branch's whole history, day by day from [`story::first_fact`] to today.
pub struct History {
    aum: Vec<i64>,
    wealth: Vec<i64>,
    customers: Vec<i64>,
    new: Vec<i64>,
    worked: Vec<Worked>,
    now: Now,
}

/// What the managers of a sub-branch did on a day.
#[derive(Clone, Copy, Default)]
struct Worked {
    calls: i64,
    reached: i64,
    deals: i64,
}

/// What the customers of a sub-branch add up to at the bank's today.
#[derive(Clone, Copy, Default)]
struct Now {
    aum: i64,
    wealth: i64,
    customers: i64,
    invest: i64,
    active: i64,
    app: i64,
    payroll: i64,
}

/// The months of the facts and the one before them: ends of months, first to last.
fn month_ends() -> Vec<NaiveDate> {
    let starts = (0..=18).map(|month| story::first_fact() + Months::new(month));
    starts.map(|first| first - Days::new(1)).collect()
}

/// The days of the facts, first to last.
pub fn days() -> impl Iterator<Item = NaiveDate> {
    story::first_fact().iter_days().take_while(|day| *day <= story::as_of())
}

/// Works out the history of every sub-branch.
#[must_use]
pub fn histories(bank: &Bank) -> Vec<History> {
    let leavers = leavers(bank);
    let mut nows = vec![Now::default(); bank.units.len()];
    let mut opened: Vec<Vec<NaiveDate>> = vec![Vec::new(); bank.units.len()];
    let mut moved: Vec<Vec<(NaiveDate, i64)>> = vec![Vec::new(); bank.units.len()];
    for customer in &bank.customers {
        let now = &mut nows[customer.unit];
        now.aum += customer.aum();
        now.wealth += customer.fund + customer.wealth;
        now.customers += 1;
        now.invest += i64::from(customer.fund + customer.wealth > 0);
        now.active += i64::from(customer.active);
        now.app += i64::from(customer.app);
        now.payroll += i64::from(customer.payroll);
        opened[customer.unit].push(customer.opened_on);
        if customer.moved > 0 {
            let story_part = events::of(bank.seed, customer);
            let parts = story_part.iter().rev().filter(|e| e.detail == Some(events::MOVED));
            moved[customer.unit].extend(parts.map(|e| (e.at.date(), e.amount.unwrap_or(0))));
        }
    }
    (0..bank.units.len())
        .map(|unit| {
            let (customers, new) = heads(nows[unit].customers, &opened[unit], &leavers[unit]);
            let aum = balances(bank, unit, nows[unit].aum, 0, &moved[unit]);
            let wealth = balances(bank, unit, nows[unit].wealth, 1, &[]);
            let worked = worked(bank, unit, &customers);
            History { aum, wealth, customers, new, worked, now: nows[unit] }
        })
        .collect()
}

impl History {
    /// The facts of day number `at`, each with its metric, by the metrics' codes.
    #[must_use]
    pub fn facts(&self, at: usize) -> [(&'static str, Reading); FACTS] {
        let (aum, customers) = (self.aum[at], self.customers[at]);
        let wealth = self.wealth[at].min(aum);
        let back = i64::try_from(self.aum.len() - 1 - at).unwrap_or(0);
        let share = |now: i64, ppm_a_year: i64| {
            let then = 1_000_000 - ppm_a_year * back / 365;
            mul_div(mul_div(customers, now, self.now.customers), then, 1_000_000)
        };
        let (value, worked) = (Reading::Value, self.worked[at]);
        [
            ("active_customers", value(share(self.now.active, 15_000))),
            ("app_rate", Reading::Ratio(share(self.now.app, 90_000), customers)),
            ("aum", value(aum)),
            ("calls", value(worked.calls)),
            ("customers", value(customers)),
            ("deals", value(worked.deals)),
            ("deposits", value(aum - wealth)),
            ("new_customers", value(self.new[at])),
            ("payroll_rate", Reading::Ratio(share(self.now.payroll, 10_000), customers)),
            ("reached", value(worked.reached)),
            ("wealth", value(wealth)),
            ("wealth_customers", value(share(self.now.invest, 40_000))),
        ]
    }
}

/// Customers at each day's end and those who came that day. `opened` are those who stayed; `left` says when others went, who had come
/// before and were counted until the day before.
fn heads(now: i64, opened: &[NaiveDate], left: &[NaiveDate]) -> (Vec<i64>, Vec<i64>) {
    let count = days().count();
    let (mut came, mut went) = (vec![0; count], vec![0; count]);
    let position = |on: &NaiveDate| usize::try_from((*on - story::first_fact()).num_days()).ok();
    for at in opened.iter().filter_map(position) {
        came[at] += 1;
    }
    for at in left.iter().filter_map(position) {
        went[at] += 1;
    }
    let mut customers = vec![now; count];
    for at in (1..count).rev() {
        customers[at - 1] = customers[at] - came[at] + went[at];
    }
    (customers, came)
}

/// The managers' work day by day: one customer in 150 is called on a working day, half as many on a Saturday, nobody on a Sunday. What came of each call is
/// drawn by itself: a share of the five calls of a day, rounded, would be no deal on any of them. What branches have reported of
/// pushes comes on top ([`past`](super::past)).
fn worked(bank: &Bank, unit: usize, customers: &[i64]) -> Vec<Worked> {
    days()
        .zip(customers)
        .map(|(on, &customers)| {
            let half = match on.weekday() {
                Weekday::Sun => return Worked::default(),
                Weekday::Sat => 2,
                _ => 1,
            };
            let day = u64::from(on.num_days_from_ce().unsigned_abs());
            let mut rng = Rng::new(bank.seed, Stream::Process, day * 128 + unit as u64);
            let calls = mul_div(customers, rng.between(5_600, 7_700), half * 1_000_000);
            let (reach, close) = (rng.between(540_000, 640_000), rng.between(40_000, 160_000));
            let mut of =
                |all: i64, share: i64| (0..all).map(|_| i64::from(rng.chance(share))).sum();
            let reached = of(calls, reach);
            Worked { calls, reached, deals: of(reached, close) }
        })
        .collect()
}

/// Days on which customers left, by sub-branch: as many as make each branch's count grow as planted.
pub(super) fn leavers(bank: &Bank) -> Vec<Vec<NaiveDate>> {
    let mut left = vec![Vec::new(); bank.units.len()];
    for (number, branch) in super::units::BRANCHES.iter().enumerate() {
        let members: Vec<usize> =
            (0..bank.units.len()).filter(|u| bank.units[*u].branch == branch.code).collect();
        let of_branch = || bank.customers.iter().filter(|c| members.contains(&c.unit));
        let mut count = i64::try_from(of_branch().count()).unwrap_or(0);
        let ends = month_ends();
        for month in (1..ends.len()).rev() {
            let (from, to) = (ends[month - 1], ends[month]);
            let came = of_branch().filter(|c| c.opened_on > from && c.opened_on <= to).count();
            let came = i64::try_from(came).unwrap_or(0);
            let mut rng = Rng::new(bank.seed, Stream::Leavers, (number * 100 + month) as u64);
            let planted = branch.code == story::BRANCH && month == ends.len() - 1;
            let ppm = if planted { story::BRANCH_CUSTOMERS_PPM } else { rng.between(500, 3_500) };
            // count_before * (1 + ppm) = count, so the growth is count * ppm / (1 + ppm), to the nearest.
            let growth = mul_div(2 * count, ppm, 1_000_000 + ppm).midpoint(1);
            let leaving = (came - growth).max(0);
            for one in 0..leaving {
                let unit = members[usize::try_from(one).unwrap_or(0) % members.len()];
                let span = (to - from).num_days();
                left[unit].push(from + Days::new(rng.between(1, span).unsigned_abs()));
            }
            count -= came - leaving;
        }
    }
    left
}

/// A balance's days, backwards from `now`. `kind` 0 is AUM, 1 what is invested.
fn balances(bank: &Bank, unit: usize, now: i64, kind: u64, moved: &[(NaiveDate, i64)]) -> Vec<i64> {
    let place = &bank.units[unit];
    let ends = month_ends();
    let last = ends.len() - 1;
    let mut at_end = vec![now; ends.len()];
    for month in (1..=last).rev() {
        let mut rng = Rng::new(bank.seed, Stream::Months, (unit * 64 + month) as u64 * 2 + kind);
        let ppm = match (month == last, place.lost(), kind) {
            (true, true, _) => 0,
            (true, false, 0) => place.last_month_ppm + rng.between(-1_400, 1_400),
            (_, _, 0) => rng.between(1_500, 7_500),
            _ => rng.between(500, 9_500),
        };
        at_end[month - 1] = mul_div(at_end[month], 1_000_000, 1_000_000 + ppm);
        if month == last && place.lost() {
            at_end[month - 1] += moved.iter().map(|(_, amount)| amount).sum::<i64>();
        }
    }
    let mut values = Vec::with_capacity(18 * 31);
    for month in 1..=last {
        let (from, to) = (ends[month - 1], ends[month]);
        let length = (to - from).num_days();
        for day in 1..=length {
            let on = from + Days::new(day.unsigned_abs());
            if month == last && place.lost() {
                let gone = moved.iter().filter(|(when, _)| *when <= on).map(|(_, amount)| amount);
                values.push(at_end[month - 1] - gone.sum::<i64>());
                continue;
            }
            let line = at_end[month - 1] + mul_div(at_end[month] - at_end[month - 1], day, length);
            let serial =
                u64::from(on.num_days_from_ce().unsigned_abs()) * 128 + unit as u64 * 2 + kind;
            let noise = Rng::new(bank.seed, Stream::Days, serial).between(-350, 350);
            let noise = if day == length { 0 } else { mul_div(line, noise, 1_000_000) };
            values.push(line + noise);
        }
    }
    values
}

/// What a sub-branch or branch should reach by the end of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Code of the metric.
    pub metric: &'static str,
    /// Code of the unit.
    pub org: String,
    /// The month, `2026-10`.
    pub period: String,
    /// In fen for money.
    pub value: i64,
}

/// Targets of AUM and customers for the last twelve months, for sub-branches and as their sums for branches and the
/// head office: a little above what was reached a year before grew to.
#[must_use]
pub fn targets(bank: &Bank, histories: &[History]) -> Vec<Target> {
    let mut targets = Vec::new();
    let days: Vec<NaiveDate> = days().collect();
    for end in month_ends().into_iter().skip(7) {
        let period = end.format("%Y-%m").to_string();
        let at = days.iter().position(|day| *day == end).unwrap_or(days.len() - 1);
        for metric in ["aum", "customers"] {
            let mut sums: Vec<(&str, i64)> = vec![(super::units::HEAD_OFFICE, 0)];
            for (number, (place, history)) in bank.units.iter().zip(histories).enumerate() {
                let reached = if metric == "aum" { history.aum[at] } else { history.customers[at] };
                let mut rng =
                    Rng::new(bank.seed, Stream::Months, (number * 1000 + at) as u64 + (1 << 32));
                let wanted = mul_div(reached, rng.between(995_000, 1_030_000), 1_000_000);
                let wanted = if metric == "aum" { wanted / 1_000_000 * 1_000_000 } else { wanted };
                if sums.last().is_none_or(|(code, _)| *code != place.branch) {
                    sums.push((place.branch, 0));
                }
                sums[0].1 += wanted;
                if let Some((_, sum)) = sums.last_mut() {
                    *sum += wanted;
                }
                targets.push(Target {
                    metric,
                    org: place.code.clone(),
                    period: period.clone(),
                    value: wanted,
                });
            }
            let sums = sums.into_iter().map(|(org, value)| Target {
                metric,
                org: org.to_owned(),
                period: period.clone(),
                value,
            });
            targets.extend(sums);
        }
    }
    targets
}
