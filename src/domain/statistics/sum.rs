//! Sums that keep the digits which a running total loses.

/// The sum of `terms`, compensated: balances of twelve digits and effects of two stand in one column.
///
/// Source: Neumaier 1974, Zeitschrift für Angewandte Mathematik und Mechanik 54:39-51.
pub fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for term in terms {
        let next = total + term;
        lost +=
            if total.abs() >= term.abs() { (total - next) + term } else { (term - next) + total };
        total = next;
    }
    // Where the total has left the range of a float, what was lost is no number.
    if total.is_finite() { total + lost } else { total }
}

/// How many, as a number to reckon with.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no list has 9e15 customers")]
pub fn count(n: usize) -> f64 {
    n as f64
}

/// How many, as a number to reckon with.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a count beyond 9e15 loses its last digits only")]
pub fn whole(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_terms_are_not_lost_beside_large_ones() {
        assert_eq!(sum([1e16, 1.0, 1.0, -1e16]).to_bits(), 2.0_f64.to_bits());
        assert_eq!(sum([]).to_bits(), 0.0_f64.to_bits());
        assert!(sum([f64::MAX, f64::MAX]).is_infinite());
    }
}
