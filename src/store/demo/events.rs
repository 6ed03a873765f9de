//! What happened to a customer in the last twelve months.

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveDateTime, NaiveTime};

use super::customers::Customer;
use super::rng::{Rng, Stream, mul_div};
use super::story;

/// What the story's transfers are marked with.
pub(super) const MOVED: &str = "转至他行本人账户";

/// The kinds of events of the bank.
pub const KINDS: [&str; 8] = [
    "salary_in",
    "transfer_out",
    "transfer_in",
    "purchase",
    "redeem",
    "login",
    "card_spend",
    "complaint",
];

/// One event, its time in the bank's time zone and its amount in fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Unique for the customer.
    pub reference: String,
    /// One of [`KINDS`].
    pub kind: &'static str,
    /// When.
    pub at: NaiveDateTime,
    /// How much, where it has an amount.
    pub amount: Option<i64>,
    /// A word on it.
    pub detail: Option<&'static str>,
}

/// Gathers one customer's events.
struct Diary<'a> {
    customer: &'a Customer,
    rng: Rng,
    first: NaiveDate,
    events: Vec<Event>,
}

impl Diary<'_> {
    fn add(
        &mut self,
        kind: &'static str,
        on: NaiveDate,
        amount: Option<i64>,
        detail: Option<&'static str>,
    ) {
        let hour = self.rng.weighted(&[
            (9, 5),
            (10, 6),
            (12, 5),
            (15, 5),
            (17, 3),
            (20, 6),
            (21, 4),
            (22, 2),
        ]);
        let seconds = u32::try_from(hour * 3600 + self.rng.below(3600)).unwrap_or(0);
        let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or_default();
        let reference = String::new();
        self.events.push(Event { reference, kind, at: on.and_time(time), amount, detail });
    }

    /// A day between the first one and today.
    fn some_day(&mut self) -> NaiveDate {
        let span = (story::as_of() - self.first).num_days();
        self.first + Days::new(self.rng.between(0, span).unsigned_abs())
    }

    /// About `percent` events in a hundred customers, on any days; amounts in whole yuan by share of assets in ppm.
    fn spread(
        &mut self,
        kind: &'static str,
        percent: i64,
        ppm: (i64, i64),
        details: &[&'static str],
    ) {
        let count = percent / 100 + i64::from(self.rng.chance(percent % 100 * 10_000));
        for _ in 0..count {
            let on = self.some_day();
            let share = self.rng.between(ppm.0, ppm.1);
            let amount = mul_div(self.customer.aum(), share, 1_000_000) / 100 * 100 + 5_000;
            let detail = (!details.is_empty()).then(|| *self.rng.pick(details));
            self.add(kind, on, (ppm.1 > 0).then_some(amount), detail);
        }
    }

    /// A month's pay on the tenth or the fifteenth.
    fn salaries(&mut self) {
        let payday = if self.customer.unit.is_multiple_of(2) { 10 } else { 15 };
        for month in 0..12 {
            let on = story::first_event() + Months::new(month);
            let on = on.with_day(payday).unwrap_or(on);
            if on >= self.first {
                let bonus = if on.month() == 1 { 2 } else { 1 };
                self.add("salary_in", on, Some(self.customer.salary * bonus), Some("代发工资"));
            }
        }
    }

    /// The story's moves: two to four transfers to other banks after the holiday, together exactly what was moved.
    fn moves(&mut self) {
        let parts = self.rng.between(2, 4);
        let mut left = self.customer.moved;
        for part in 0..parts {
            let last = part == parts - 1;
            let amount = if last { left } else { left / (parts - part) / 100 * 100 };
            left -= amount;
            let on = story::first_move() + Days::new(self.rng.between(0, 18).unsigned_abs());
            self.add("transfer_out", on, Some(amount), Some(MOVED));
        }
    }
}

/// The events of `customer`, the earliest first, none before the account was opened or after today.
#[must_use]
pub fn of(seed: u64, customer: &Customer) -> Vec<Event> {
    let index = customer.id.unsigned_abs();
    let mut diary = Diary {
        customer,
        rng: Rng::new(seed, Stream::Events, index),
        first: customer.opened_on.max(story::first_event()),
        events: Vec::new(),
    };
    if customer.payroll {
        diary.salaries();
    }
    if customer.app {
        diary.spread("login", 260, (0, 0), &[]);
    }
    if customer.active {
        diary.spread(
            "transfer_out",
            110,
            (2_000, 30_000),
            &["转至他行", "还贷", "支付平台", "亲友转账"],
        );
        diary.spread("transfer_in", 95, (2_000, 34_000), &["他行转入", "亲友转账", "经营收入"]);
        diary.spread(
            "card_spend",
            130,
            (500, 9_000),
            &["餐饮", "商超", "网购", "出行", "教育", "医疗"],
        );
    }
    if customer.wealth + customer.fund > 0 {
        diary.spread(
            "purchase",
            190,
            (20_000, 150_000),
            &["稳利 90 天", "添益 180 天", "货币基金", "债券基金"],
        );
        diary.spread("redeem", 120, (15_000, 120_000), &["到期", "提前赎回"]);
    }
    diary.spread(
        "complaint",
        2,
        (0, 0),
        &["排队时间长", "手机银行登录", "收费", "服务态度", "额度"],
    );
    if customer.moved > 0 {
        diary.moves();
    }
    let mut events = diary.events;
    events.sort_by_key(|event| event.at);
    for (number, event) in (1..).zip(&mut events) {
        event.reference = format!("{}-{number:03}", customer.id);
    }
    events
}
