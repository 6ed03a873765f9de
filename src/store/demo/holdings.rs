//! What each customer holds and how it came there: balances of products over the eighteen months of the metrics.
//!
//! Worked out backwards from the bank's today, on which a customer's holdings add up to the AUM: the steps before are
//! drawn one from the next. The planted story shows here too: who moved money out has the balance of before until the
//! first transfer, and one row less by each transfer since. A product that was sold off ends with an amount of 0.

use chrono::{Days, NaiveDate};

use super::customers::Customer;
use super::events;
use super::rng::{Rng, Stream, mul_div};
use super::story;

/// One product of the bank.
pub struct Product {
    /// The word used in rules.
    pub code: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
    /// Asset class.
    pub class: &'static str,
    /// From 1, cautious, to 5.
    pub risk: i64,
    /// How often its balance changes, in ppm a month.
    moves_ppm: i64,
    /// How many of its holders bought it within the eighteen months, in ppm.
    new_ppm: i64,
}

macro_rules! products {
    ($($code:literal $class:literal $risk:literal $zh:literal $en:literal $moves:literal $new:literal;)*) => {
        [$(Product { code: $code, zh: $zh, en: $en, class: $class, risk: $risk, moves_ppm: $moves, new_ppm: $new }),*]
    };
}

/// The products. Insurance counts among the wealth products through which the bank sells it.
pub static PRODUCTS: [Product; 8] = products! {
    "demand" "cash" 1 "活期存款" "Demand deposit" 260_000 0;
    "time" "fixed" 1 "定期存款" "Time deposit" 60_000 250_000;
    "money_fund" "cash" 1 "货币基金" "Money fund" 180_000 300_000;
    "bond_fund" "fixed" 2 "债券基金" "Bond fund" 90_000 300_000;
    "fund" "equity" 4 "偏股基金" "Equity fund" 120_000 350_000;
    "wmp_90" "fixed" 2 "稳利 90 天" "Wenli 90 days" 120_000 400_000;
    "wmp_180" "fixed" 3 "添益 180 天" "Tianyi 180 days" 80_000 400_000;
    "annuity" "insurance" 2 "年金保险" "Annuity" 10_000 300_000;
};

/// Positions in [`PRODUCTS`].
const DEMAND: usize = 0;
const TIME: usize = 1;
const FUNDS: [usize; 3] = [2, 3, 4];
const WEALTH: [usize; 2] = [5, 6];
const ANNUITY: usize = 7;

/// The mix that a tier should hold: tier, class, share in ppm.
pub const TIER_TARGETS: [(&str, &str, i64); 16] = [
    ("basic", "cash", 450_000),
    ("basic", "fixed", 400_000),
    ("basic", "equity", 50_000),
    ("basic", "insurance", 100_000),
    ("mass", "cash", 250_000),
    ("mass", "fixed", 500_000),
    ("mass", "equity", 130_000),
    ("mass", "insurance", 120_000),
    ("gold", "cash", 150_000),
    ("gold", "fixed", 450_000),
    ("gold", "equity", 250_000),
    ("gold", "insurance", 150_000),
    ("private", "cash", 100_000),
    ("private", "fixed", 400_000),
    ("private", "equity", 350_000),
    ("private", "insurance", 150_000),
];

/// A balance from its day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Position in [`PRODUCTS`].
    pub product: usize,
    /// The first day of the balance.
    pub day: NaiveDate,
    /// In fen; 0 where the product is held no more.
    pub amount: i64,
}

/// The balances of `customer` over time, by product and day.
#[must_use]
pub fn of(seed: u64, customer: &Customer) -> Vec<Holding> {
    let mut rng = Rng::new(seed, Stream::Holdings, customer.id.unsigned_abs());
    let from = customer.opened_on.max(story::first_fact());
    let mut rows = Vec::new();
    let now = now(&mut rng, customer);
    for (product, amount) in now.into_iter().enumerate() {
        if product == DEMAND {
            path(&mut rng, product, amount + customer.moved, from, customer.moved > 0, &mut rows);
            moves(seed, customer, amount, &mut rows);
        } else if amount > 0 {
            path(&mut rng, product, amount, from, customer.moved > 0, &mut rows);
        } else if rng.chance(12_000) {
            sold(&mut rng, product, customer.aum(), from, &mut rows);
        }
    }
    rows
}

/// What is held today, by product; together exactly the AUM.
fn now(rng: &mut Rng, customer: &Customer) -> [i64; 8] {
    let mut now = [0; 8];
    now[DEMAND] = customer.demand;
    now[TIME] = customer.time;
    split(rng, customer.fund, &FUNDS, &mut now);
    let insured = if customer.wealth > 0 && rng.chance(260_000) {
        mul_div(customer.wealth, rng.between(10, 60), 100)
    } else {
        0
    };
    now[ANNUITY] = insured;
    split(rng, customer.wealth - insured, &WEALTH, &mut now);
    now
}

/// Puts `amount` into one of `products`, or into two of them.
fn split(rng: &mut Rng, amount: i64, products: &[usize], now: &mut [i64; 8]) {
    let (one, other) = (*rng.pick(products), *rng.pick(products));
    let part = mul_div(amount, rng.between(20, 80), 100);
    now[one] += part;
    now[other] += amount - part;
}

/// A product's balances up to `amount`, which is today's. Nothing changes in the story's month but for a few, and
/// never by much, so that the branch that lost stands out; and nothing at all if the customer is `still`.
fn path(
    rng: &mut Rng,
    product: usize,
    amount: i64,
    from: NaiveDate,
    still: bool,
    rows: &mut Vec<Holding>,
) {
    if amount == 0 {
        return;
    }
    let kind = &PRODUCTS[product];
    let mut first = from;
    if rng.chance(kind.new_ppm) {
        first = some_day(rng, from, story::before().max(from));
    }
    let (begin, mut amount) = (rows.len(), amount);
    let mut end = story::as_of();
    while end > first {
        let month = if end == story::as_of() { story::before() } else { end - Days::new(30) };
        let (day, next) =
            (some_day(rng, month.max(first) + Days::new(1), end), rng.between(-26, 20));
        let (chance, percent) = if end == story::as_of() {
            (if still { 0 } else { kind.moves_ppm / 3 }, next / 6)
        } else {
            (kind.moves_ppm, next)
        };
        if rng.chance(chance) && percent != 0 {
            rows.push(Holding { product, day, amount });
            amount = mul_div(amount, 100 + percent, 100).max(1);
        }
        end = month;
    }
    rows.push(Holding { product, day: first, amount });
    rows[begin..].reverse();
}

/// The demand deposit's balances since the story's first transfer, down to `amount`.
fn moves(seed: u64, customer: &Customer, amount: i64, rows: &mut Vec<Holding>) {
    if customer.moved == 0 {
        return;
    }
    let mut left = amount + customer.moved;
    let begin = rows.len();
    for event in events::of(seed, customer) {
        if event.detail == Some(events::MOVED) {
            left -= event.amount.unwrap_or(0);
            let day = event.at.date();
            match rows[begin..].last_mut() {
                Some(last) if last.day == day => last.amount = left,
                _ => rows.push(Holding { product: DEMAND, day, amount: left }),
            }
        }
    }
}

/// A product that was held for a while and is no more.
fn sold(rng: &mut Rng, product: usize, aum: i64, from: NaiveDate, rows: &mut Vec<Holding>) {
    let day = some_day(rng, from, story::before().max(from));
    let over = some_day(rng, day, story::before().max(day));
    let amount = mul_div(aum, rng.between(2, 30), 100);
    if over > day && amount > 0 {
        rows.push(Holding { product, day, amount });
        rows.push(Holding { product, day: over, amount: 0 });
    }
}

fn some_day(rng: &mut Rng, from: NaiveDate, to: NaiveDate) -> NaiveDate {
    from + Days::new(rng.between(0, (to - from).num_days().max(0)).unsigned_abs())
}
