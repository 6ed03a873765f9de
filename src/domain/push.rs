//! Pushes (下发): plans, orders and how far they are.

use chrono::{DateTime, NaiveDate, Utc};

use super::id::{CustomerId, PlanId, PushId};

/// Where a customer stands in a strategy's draw: the first eight bytes of SHA-256 over the code in UTF-8, one zero
/// byte, the seed and the customer's id as eight bytes each (two's complement, highest byte first). The smallest of
/// an order go to the control group, ties by id. `baton.draw_key` in the database gives the same.
#[must_use]
pub fn draw_key(strategy: &str, seed: i64, customer: CustomerId) -> [u8; 8] {
    let mut bytes = strategy.as_bytes().to_vec();
    bytes.push(0);
    bytes.extend(seed.to_be_bytes());
    bytes.extend(customer.0.to_be_bytes());
    let hash = super::hash::ContentHash::of(&bytes).0;
    std::array::from_fn(|i| hash[i])
}

/// How many of an order's customers are left alone: the share in parts per million, rounded half up.
#[must_use]
pub fn control_of(ppm: i32, customers: i64) -> i64 {
    (2 * i64::from(ppm) * customers + 1_000_000) / 2_000_000
}

/// True for one of those whom no strategy may touch: the first four bytes of his place in a draw without a strategy are
/// below the share in parts per million. A share that grows keeps who is in it. `baton.holdout_below` gives the same bound.
#[must_use]
pub fn held_out(ppm: i32, seed: i64, customer: CustomerId) -> bool {
    let key = draw_key("", seed, customer);
    let place = u32::from_be_bytes(std::array::from_fn(|i| key[i]));
    i64::from(place) < (i64::from(ppm) << 32) / 1_000_000
}

/// A plan that was kept: exactly what `apply` will push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// Its number.
    pub plan: PlanId,
    /// Code of the strategy.
    pub strategy: String,
    /// Version of the strategy.
    pub version: i32,
    /// `treated + control`.
    pub customers: i64,
    /// Customers who get a task.
    pub treated: i64,
    /// Customers left alone.
    pub control: i64,
    /// Customers who are left off by reason, in the order of [`Reason`](super::exclusion::Reason); not part of `customers`.
    pub blocked: Vec<(String, i64)>,
    /// By unit, largest first.
    pub orders: Vec<PlanOrder>,
}

/// One unit's part of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanOrder {
    /// Code of the unit.
    pub org: String,
    /// Name of the unit.
    pub name: String,
    /// Customers who get a task.
    pub tasks: i64,
    /// Customers left alone.
    pub control: i64,
    /// How many RMs have a task.
    pub rms: i64,
}

/// What a push did; a repeated apply gives the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushDone {
    /// Its number.
    pub push: PushId,
    /// Tasks written.
    pub tasks: i64,
    /// Customers left alone.
    pub control: i64,
    /// Orders written.
    pub orders: i64,
    /// Milliseconds the transaction took, kept with the push.
    pub millis: i64,
}

/// A push, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushRow {
    /// Its number.
    pub push: PushId,
    /// Code of the strategy.
    pub strategy: String,
    /// The strategy's name.
    pub name: String,
    /// Version that was pushed.
    pub version: i32,
    /// True until as-of passes the deadline.
    pub live: bool,
    /// The bank's day of the push.
    pub as_of: NaiveDate,
    /// Last day of its orders.
    pub deadline: NaiveDate,
    /// Its orders, by unit code.
    pub orders: Vec<OrderRow>,
}

/// One order, with counts of its tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderRow {
    /// Code of the unit.
    pub org: String,
    /// Name of the unit.
    pub name: String,
    /// Tasks of the order.
    pub tasks: i64,
    /// Tasks without an outcome that closes them.
    pub open: i64,
    /// Tasks with one.
    pub done: i64,
    /// When the branch signed, by the server's clock.
    pub signed_at: Option<DateTime<Utc>>,
    /// Which operator signed.
    pub signed_by: Option<String>,
    /// Last day.
    pub deadline: NaiveDate,
    /// When what was open was taken back, by the server's clock.
    pub recalled_at: Option<DateTime<Utc>>,
    /// When the branch was last reminded.
    pub reminded_at: Option<DateTime<Utc>>,
    /// Nobody has signed within the bank's working hours for it.
    pub overdue: bool,
    /// Latest outcome of each task, counted; outcome's word and tasks.
    pub outcomes: Vec<(super::outcome::Outcome, i64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holdout_that_grows_keeps_who_is_in_it() {
        let held = |ppm| (0..20_000).map(CustomerId).filter(move |id| held_out(ppm, 3, *id));
        let (few, more): (Vec<_>, Vec<_>) = (held(50_000).collect(), held(80_000).collect());
        assert!(few.iter().all(|id| more.contains(id)));
        assert!((900..1_100).contains(&few.len()) && (1_500..1_700).contains(&more.len()));
        assert_eq!(held(0).count(), 0);
    }

    #[test]
    fn half_a_customer_is_rounded_up() {
        for (ppm, customers, control) in [
            (100_000, 4, 0),
            (100_000, 5, 1),
            (100_000, 14, 1),
            (100_000, 15, 2),
            (0, 1000, 0),
            (900_000, 1, 1),
            (333_333, 3, 1),
        ] {
            assert_eq!(control_of(ppm, customers), control, "{ppm} ppm of {customers}");
        }
    }
}
