//! Proportions and their differences, with intervals that hold at the small counts a sub-branch has.

use super::Interval;
use super::sum::whole;
use super::tail::Z95;
use crate::domain::message::Message;
use crate::msg;

/// So many of so many: customers who did it, of all on the frozen list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    successes: u64,
    customers: u64,
}

/// Why a share is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProportionError {
    /// A share of nobody.
    #[error("a share of nobody")]
    NoCustomers,
    /// More successes than customers.
    #[error("{successes} of {customers}")]
    MoreThanAll {
        /// How many did it.
        successes: u64,
        /// Of how many.
        customers: u64,
    },
}

impl ProportionError {
    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::NoCustomers => Message::new(msg!("calc.proportion.nobody")),
            Self::MoreThanAll { successes, customers } => {
                Message::new(msg!("calc.proportion.more-than-all"))
                    .with("successes", *successes)
                    .with("customers", *customers)
            }
        }
    }
}

impl Share {
    /// `successes` of `customers`.
    ///
    /// # Errors
    /// [`ProportionError`] if there are no customers, or fewer than successes.
    pub fn new(successes: u64, customers: u64) -> Result<Self, ProportionError> {
        if customers == 0 {
            Err(ProportionError::NoCustomers)
        } else if successes > customers {
            Err(ProportionError::MoreThanAll { successes, customers })
        } else {
            Ok(Self { successes, customers })
        }
    }

    /// Successes and customers.
    #[must_use]
    pub fn counts(self) -> (u64, u64) {
        (self.successes, self.customers)
    }

    /// The proportion itself.
    #[must_use]
    pub fn value(self) -> f64 {
        whole(self.successes) / whole(self.customers)
    }
}

/// A proportion with Wilson's score interval at 95 %.
///
/// Sources: Wilson 1927, Journal of the American Statistical Association 22:209-212; Newcombe 1998, Statistics in
/// Medicine 17:857-872, method 3.
#[must_use]
pub fn wilson(share: Share) -> Interval {
    let (p, n) = (share.value(), whole(share.customers));
    let square = Z95 * Z95;
    let failures = whole(share.customers - share.successes) / n;
    let root = Z95 * (square + 4.0 * n * p * failures).sqrt();
    let (centre, scale) = (2.0 * n * p + square, 2.0 * (n + square));
    // None and all are limits of themselves, to the last digit.
    let lower = if share.successes == 0 { 0.0 } else { (centre - root) / scale };
    let upper = if share.successes == share.customers { 1.0 } else { (centre + root) / scale };
    Interval { estimate: p, lower: lower.max(0.0), upper: upper.min(1.0) }
}

/// The difference of two proportions, first minus second, with its 95 % interval: Newcombe's method 10.
///
/// Chosen over the textbook interval because it never leaves [-1, 1] and holds its level at small counts. With the
/// arms swapped it is the same interval with its signs turned.
///
/// Source: Newcombe 1998, Statistics in Medicine 17:873-890, table II.
#[must_use]
pub fn newcombe(first: Share, second: Share) -> Interval {
    let (a, b) = (wilson(first), wilson(second));
    let estimate = a.estimate - b.estimate;
    let lower = estimate - (a.estimate - a.lower).hypot(b.upper - b.estimate);
    let upper = estimate + (a.upper - a.estimate).hypot(b.estimate - b.lower);
    Interval { estimate, lower: lower.max(-1.0), upper: upper.min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(successes: u64, customers: u64) -> Share {
        Share::new(successes, customers).unwrap()
    }

    fn four_digits(got: Interval, lower: f64, upper: f64) {
        assert!((got.lower - lower).abs() <= 0.5e-4, "{got:?}, not {lower}");
        assert!((got.upper - upper).abs() <= 0.5e-4, "{got:?}, not {upper}");
    }

    #[test]
    fn the_published_wilson_intervals_are_reproduced() {
        // Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3
        four_digits(wilson(share(15, 148)), 0.0624, 0.1605);
        four_digits(wilson(share(0, 20)), 0.0, 0.1611);
        // The same method, recomputed
        four_digits(wilson(share(8, 10)), 0.4902, 0.9433);
        assert_eq!(wilson(share(0, 20)).lower.to_bits(), 0.0_f64.to_bits());
        assert_eq!(wilson(share(20, 20)).upper.to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn the_published_differences_are_reproduced() {
        // Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10
        for (a, b, lower, upper) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
        ] {
            four_digits(newcombe(share(a.0, a.1), share(b.0, b.1)), lower, upper);
        }
    }

    #[test]
    fn impossible_shares_are_refused() {
        assert_eq!(Share::new(0, 0), Err(ProportionError::NoCustomers));
        let more = ProportionError::MoreThanAll { successes: 9, customers: 8 };
        assert_eq!(Share::new(9, 8), Err(more));
        assert_eq!(more.message().args.len(), 2);
        assert_eq!(ProportionError::NoCustomers.message().args.len(), 0);
    }

    fn any_share() -> impl Strategy<Value = Share> {
        (1_u64..100_000).prop_flat_map(|n| (0..=n).prop_map(move |x| share(x, n)))
    }

    proptest! {
        #[test]
        fn newcombe_with_the_arms_swapped_turns_its_signs(a in any_share(), b in any_share()) {
            let (there, back) = (newcombe(a, b), newcombe(b, a));
            prop_assert!((there.lower + back.upper).abs() < 1e-12);
            prop_assert!((there.upper + back.lower).abs() < 1e-12);
            prop_assert!((there.estimate + back.estimate).abs() < 1e-12);
        }

        #[test]
        fn an_interval_holds_its_estimate_and_stays_possible(a in any_share(), b in any_share()) {
            let w = wilson(a);
            prop_assert!(0.0 <= w.lower && w.lower <= w.estimate && w.estimate <= w.upper && w.upper <= 1.0);
            let d = newcombe(a, b);
            prop_assert!(-1.0 <= d.lower && d.lower <= d.estimate && d.estimate <= d.upper && d.upper <= 1.0);
        }
    }
}
