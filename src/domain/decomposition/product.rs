//! The product of factors, the same in whatever order they stand.
//!
//! Multiplied as they stand, 1e200 * 1e200 * 1e-200 is beyond all numbers and 1e200 * 1e-200 * 1e200 is not. So the powers
//! of two are added up apart from the digits, and the digits are multiplied from the smallest to the largest.

/// Bits of a double's fraction, and what its exponent is over that of 1.
const FRACTION: u32 = 52;
const BIAS: i64 = 1023;

/// The product of these; 1 of none. It is infinite or nothing only where the product is beyond what a double holds.
#[must_use]
pub fn product(factors: impl IntoIterator<Item = f64>) -> f64 {
    let factors: Vec<f64> = factors.into_iter().collect();
    if factors.iter().any(|x| !x.is_finite()) {
        return factors.iter().product();
    }
    if factors.contains(&0.0) {
        return 0.0;
    }
    let (mut digits, powers): (Vec<f64>, Vec<i64>) = factors.into_iter().map(apart).unzip();
    digits.sort_by(|a, b| a.abs().total_cmp(&b.abs()).then_with(|| a.total_cmp(b)));
    let (mut product, mut power) = (1.0, powers.iter().sum::<i64>());
    for digit in digits {
        let (rest, more) = apart(product * digit);
        (product, power) = (rest, power + more);
    }
    // In steps that doubles have: what is less than the least normal number is rounded once, in the last of them.
    while power > BIAS {
        if !product.is_finite() {
            return product;
        }
        (product, power) = (product * two_to(BIAS), power - BIAS);
    }
    if power < 1 - BIAS {
        let rest = (power + BIAS - 1).max(-2 * i64::from(FRACTION));
        return product * two_to(1 - BIAS) * two_to(rest);
    }
    product * two_to(power)
}

/// A number above or below nothing as one from 1 to 2, with its sign, and a power of two.
fn apart(x: f64) -> (f64, i64) {
    let exponent = |x: f64| i64::try_from(x.to_bits() >> FRACTION & 0x7ff).unwrap_or_default();
    // What is less than the least normal number has no exponent of its own.
    let (x, lifted) = if exponent(x) == 0 { (x * two_to(64), 64) } else { (x, 0) };
    let power = exponent(x) - BIAS;
    let kept = x.to_bits() & !(0x7ff << FRACTION);
    (f64::from_bits(kept | 0x3ff << FRACTION), power - lifted)
}

/// Two to a power between those of the least and the largest normal number.
fn two_to(power: i64) -> f64 {
    f64::from_bits(u64::try_from(power + BIAS).unwrap_or_default() << FRACTION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_of_numbers_are_the_product_s_and_not_those_of_a_step() {
        for (factors, wanted) in [
            (vec![1e200, 1e200, 1e-200], 1e200),
            (vec![1e-200, 1e-200, 1e200], 1e-200),
            (vec![5e-324, 1e300, 1e20], 5e-324 * 1e300 * 1e20),
            (vec![1e200, 1e200], f64::INFINITY),
            (vec![1e-200, 1e-200], 0.0),
            (vec![1e200, 1e200, 0.0], 0.0),
            (vec![0.5, 5e-324, 2.0], 5e-324),
            (vec![f64::MAX, 1.0], f64::MAX),
            (vec![f64::MIN_POSITIVE, 0.5], f64::MIN_POSITIVE / 2.0),
            (vec![-2.0, 3.0], -6.0),
            (vec![], 1.0),
        ] {
            let found = product(factors.clone());
            let near = (found - wanted).abs() <= wanted.abs() * 1e-15;
            assert!(found.to_bits() == wanted.to_bits() || near, "{factors:?}: {found:e}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_same_in_every_order(
            all in prop::collection::vec((-308.0..308.0_f64).prop_map(|x| 10.0_f64.powf(x)), 1..7),
            turn in 0_usize..7,
        ) {
            let mut turned = all.clone();
            turned.rotate_left(turn % all.len());
            prop_assert_eq!(product(all.clone()).to_bits(), product(turned.clone()).to_bits());
            turned.reverse();
            prop_assert_eq!(product(all.clone()).to_bits(), product(turned).to_bits());
            let logarithm: f64 = all.iter().map(|x| x.log10()).sum();
            if logarithm.abs() < 300.0 {
                prop_assert!((product(all).log10() - logarithm).abs() < 1e-9);
            }
        }
    }
}
