//! Many comparisons at once: of twenty branches without any effect one would show one.

/// The probabilities as they stand after Holm's correction, in the order in which they came: one of them below 5 % is wrong
/// in 5 % of all families, however many there are in it.
///
/// Source: Holm 1979, Scandinavian Journal of Statistics 6:65-70.
#[must_use]
pub fn holm(found: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|a, b| found[*a].total_cmp(&found[*b]));
    let mut corrected = vec![1.0; found.len()];
    let (mut largest, mut left) = (0.0_f64, super::sum::count(found.len()));
    for at in order {
        largest = largest.max((left * found[at]).min(1.0));
        corrected[at] = largest;
        left -= 1.0;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_taken_times_all_and_none_overtakes_another() {
        // R, p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
        let got = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (got, want) in got.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((got - want).abs() < 1e-12, "{got} is not {want}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
