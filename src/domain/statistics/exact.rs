//! Fisher's exact test of two proportions: at the counts of one sub-branch, where no normal curve holds.

use statrs::function::gamma::ln_gamma;

use super::proportion::Share;
use super::sum::{sum, whole};

/// The probability of these counts or less likely ones, with the same customers and the same successes in all, if both
/// proportions are one (two-sided).
///
/// Source: Fisher 1935, The Design of Experiments, chapter 2; two-sided as R's `fisher.test`, which counts what is at most
/// as likely as what was seen, within 1e-7 of it.
#[must_use]
pub fn fisher(first: Share, second: Share) -> f64 {
    let ((seen, n), (other, m)) = (first.counts(), second.counts());
    let all = seen + other;
    let choose = |n: u64, k: u64| {
        ln_gamma(whole(n) + 1.0) - ln_gamma(whole(k) + 1.0) - ln_gamma(whole(n - k) + 1.0)
    };
    let whole_table = choose(n + m, all);
    let likely = |k: u64| choose(n, k) + choose(m, all - k) - whole_table;
    let limit = likely(seen) + 1e-7;
    let tables = all.saturating_sub(m)..=all.min(n);
    sum(tables.map(likely).filter(|ln| *ln <= limit).map(f64::exp)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(first: (u64, u64), second: (u64, u64)) -> f64 {
        let share = |(x, n)| Share::new(x, n).unwrap();
        fisher(share(first), share(second))
    }

    #[test]
    fn published_tables_are_reproduced() {
        // R, ?fisher.test: the tea taster, two-sided, and the convictions of like-sex twins (Fisher 1970)
        assert!((p((3, 4), (1, 4)) - 0.485_714_3).abs() <= 0.5e-7);
        assert!((p((2, 17), (10, 13)) - 0.000_536_7).abs() <= 0.5e-6);
        assert!((p((0, 30), (0, 5)) - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_arms_and_success_and_failure_may_change_places(
            n in 1..40_u64, m in 1..40_u64, x in 0..40_u64, y in 0..40_u64
        ) {
            let (x, y) = (x % (n + 1), y % (m + 1));
            let there = p((x, n), (y, m));
            prop_assert!((0.0..=1.0).contains(&there));
            prop_assert!((there - p((y, m), (x, n))).abs() < 1e-9);
            prop_assert!((there - p((n - x, n), (m - y, m))).abs() < 1e-9);
        }
    }
}
