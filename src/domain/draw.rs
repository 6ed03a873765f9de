//! The draw: who of a list is left alone, so that what a strategy does can be told from what would have come anyway.

use super::hash::ContentHash;
use super::id::CustomerId;

/// Where a customer stands in a strategy's draw: the first eight bytes of SHA-256 over the code in UTF-8, one zero
/// byte, the seed and the customer's id as eight bytes each (two's complement, highest byte first). The smallest of
/// an order go to the control group, ties by id. `baton.draw_key` in the database gives the same.
#[must_use]
pub fn draw_key(strategy: &str, seed: i64, customer: CustomerId) -> [u8; 8] {
    let mut bytes = strategy.as_bytes().to_vec();
    bytes.push(0);
    bytes.extend(seed.to_be_bytes());
    bytes.extend(customer.0.to_be_bytes());
    let hash = ContentHash::of(&bytes).0;
    std::array::from_fn(|i| hash[i])
}

/// How many of an order's customers are left alone: the share in parts per million, rounded half up.
#[must_use]
pub fn control_of(ppm: i32, customers: i64) -> i64 {
    (2 * i64::from(ppm) * customers + 1_000_000) / 2_000_000
}

/// True if a customer who is drawn by himself is left alone: his place in the draw, as a number of 64 bits, is below the share of
/// 2^64, rounded down. Of a list of any length the share holds on average, and a customer's arm hangs on nobody else; orders of
/// one or two customers a day would round every share down to nobody. `baton.draw_below` gives the same bound.
///
/// `ppm` is the share in parts per million, below a million.
#[must_use]
pub fn apart(ppm: i32, key: [u8; 8]) -> bool {
    let bound = (u128::from(ppm.unsigned_abs()) << 64) / 1_000_000;
    u128::from(u64::from_be_bytes(key)) < bound
}

/// True for one of those whom no strategy may touch: the first four bytes of his place in a draw without a strategy are
/// below the share in parts per million. A share that grows keeps who is in it. `baton.holdout_below` gives the same bound.
#[must_use]
pub fn held_out(ppm: i32, seed: i64, customer: CustomerId) -> bool {
    let key = draw_key("", seed, customer);
    let place = u32::from_be_bytes(std::array::from_fn(|i| key[i]));
    i64::from(place) < (i64::from(ppm) << 32) / 1_000_000
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
