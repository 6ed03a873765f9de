//! How unusual a value is beside others, by measures that a few wild ones do not move.

/// The middle of some values; of an even number, the mean of the two in the middle. None of none, or of what is no number.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    if values.is_empty() || values.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    Some(if sorted.len() % 2 == 1 {
        sorted[half]
    } else {
        f64::midpoint(sorted[half - 1], sorted[half])
    })
}

/// The robust z of `x` among `others`: 0.6745 (x - median) / MAD, where MAD is the median distance from the median.
/// None where half of the others are the same to the digit: then no distance is a measure.
///
/// Source: Iglewicz and Hoaglin 1993, "How to Detect and Handle Outliers", ASQC 16.
#[must_use]
pub fn robust_z(x: f64, others: &[f64]) -> Option<f64> {
    let middle = median(others)?;
    let distances: Vec<f64> = others.iter().map(|other| (other - middle).abs()).collect();
    let mad = median(&distances)?;
    (mad > 0.0 && x.is_finite()).then(|| 0.6745 * (x - middle) / mad)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_wild_values_of_ten_stand_out() {
        // By hand: the middle is (2.4 + 2.5) / 2, and the middle of the distances from it 0.15.
        let all = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3];
        assert!((median(&all).unwrap() - 2.45).abs() < 1e-12);
        assert!((robust_z(8.2, &all).unwrap() - 0.6745 * 5.75 / 0.15).abs() < 1e-6);
        assert!((robust_z(2.1, &all).unwrap() + 0.6745 * 0.35 / 0.15).abs() < 1e-6);
    }

    #[test]
    fn what_has_no_spread_has_no_score() {
        assert_eq!(robust_z(2.0, &[1.0, 1.0, 1.0, 5.0]), None);
        assert_eq!(robust_z(2.0, &[]), None);
        assert_eq!(median(&[1.0, f64::NAN]), None);
    }

    proptest! {
        #[test]
        fn moving_and_stretching_everything_changes_no_score(
            others in prop::collection::vec(-1e6..1e6_f64, 3..40), x in -1e6..1e6_f64, by in -1e6..1e6_f64, times in 0.1..10.0_f64,
        ) {
            let turned: Vec<f64> = others.iter().map(|other| other * times + by).collect();
            if let (Some(a), Some(b)) = (robust_z(x, &others), robust_z(x * times + by, &turned)) {
                prop_assert!((a - b).abs() <= 1e-6 * a.abs().max(1.0), "{a} and {b}");
            }
        }

        #[test]
        fn a_third_that_goes_wild_does_not_hide_an_outlier(wild in 1e6..1e12_f64) {
            let calm = (0..20).map(f64::from);
            let others: Vec<f64> = calm.chain(std::iter::repeat_n(wild, 9)).collect();
            prop_assert!(robust_z(wild, &others).unwrap() > 3.5);
        }
    }
}
