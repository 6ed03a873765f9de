//! Rounding parts so that they still add up to the whole, by largest remainder.
//!
//! Every part is rounded down, and the units that are then missing go one each to the parts that lost most.
//! No part ends further than one unit from where it was, and the sum is the total to the unit.

/// Rounds `parts` to whole numbers that sum to `total`, in the order given.
///
/// Where two parts lost equally much the earlier one is served first, so a caller who wants the answer not to depend
/// on the order gives the parts in an order of their own, such as by code. Turning every sign turns the answer's signs.
#[must_use]
pub fn to_total(parts: &[f64], total: i64) -> Vec<i64> {
    if parts.is_empty() {
        return Vec::new();
    }
    let falls = match total.signum() {
        0 => parts.iter().find(|&&part| part != 0.0).is_some_and(|&part| part < 0.0),
        sign => sign < 0,
    };
    let turn = |x: f64| if falls { -x } else { x };
    let turned: Vec<f64> = parts.iter().map(|&part| turn(part)).collect();
    let whole = if falls { -i128::from(total) } else { i128::from(total) };

    #[expect(
        clippy::cast_possible_truncation,
        reason = "`as` saturates at 38 digits, beyond any balance"
    )]
    let mut rounded: Vec<i128> = turned.iter().map(|part| part.floor() as i128).collect();
    let missing = whole - rounded.iter().sum::<i128>();
    // The parts of a float may be off by more than one unit each when the numbers are beyond its digits.
    let (each, over) = (missing.div_euclid(len(parts)), missing.rem_euclid(len(parts)));
    let mut by_loss: Vec<usize> = (0..parts.len()).collect();
    let loss = |at: usize| turned[at] - turned[at].floor();
    by_loss.sort_by(|&a, &b| loss(b).total_cmp(&loss(a)).then(a.cmp(&b)));
    for (rank, at) in by_loss.into_iter().enumerate() {
        rounded[at] += each + i128::from(i128::try_from(rank).is_ok_and(|rank| rank < over));
    }
    rounded
        .into_iter()
        .map(|part| {
            let part = if falls { -part } else { part };
            i64::try_from(part).unwrap_or(if part < 0 { i64::MIN } else { i64::MAX })
        })
        .collect()
}

fn len(parts: &[f64]) -> i128 {
    i128::try_from(parts.len()).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_parts_that_lost_most_are_served_first() {
        // The rows of Ang 2005's example, 1971 to 1972, as whole numbers.
        assert_eq!(to_total(&[50.474_380_29, -25.237_190_14, 14.762_809_86], 40), [50, -25, 15]);
        assert_eq!(to_total(&[19.315_685_69, 15.782_064_35, 24.902_249_96], 60), [19, 16, 25]);
        assert_eq!(to_total(&[2.5, 2.5], 5), [3, 2]);
        assert_eq!(to_total(&[-2.5, -2.5], -5), [-3, -2]);
        assert_eq!(to_total(&[2.5, -2.5], 0), [3, -3]);
        assert_eq!(to_total(&[], 0), Vec::<i64>::new());
    }

    proptest! {
        #[test]
        fn rounded_parts_are_the_whole(parts in prop::collection::vec(-1e12..1e12_f64, 1..9)) {
            #[expect(clippy::cast_possible_truncation, reason = "within range")]
            let total = parts.iter().sum::<f64>().round() as i64;
            let rounded = to_total(&parts, total);
            prop_assert_eq!(rounded.iter().sum::<i64>(), total);
            for (part, rounded) in parts.iter().zip(&rounded) {
                #[expect(clippy::cast_precision_loss, reason = "within range")]
                let moved = (part - *rounded as f64).abs();
                prop_assert!(moved <= 1.001, "{} went to {}", part, rounded);
            }
            let turned: Vec<f64> = parts.iter().map(|part| -part).collect();
            let back: Vec<i64> = to_total(&turned, -total).iter().map(|part| -part).collect();
            prop_assert_eq!(rounded, back);
        }

        #[test]
        fn any_total_is_met_even_beyond_a_floats_digits(parts in prop::collection::vec(-9e18..9e18_f64, 1..4), total in -1_000_000_i64..1_000_000) {
            let sum: i128 = to_total(&parts, total).iter().map(|&p| i128::from(p)).sum();
            // Saturated parts cannot add up; all others do.
            if to_total(&parts, total).iter().all(|&p| p != i64::MAX && p != i64::MIN) {
                prop_assert_eq!(sum, i128::from(total));
            }
        }
    }
}
