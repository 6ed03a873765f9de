//! The generator's own random numbers: `SplitMix64`, one stream per purpose and row.
//!
//! Whole numbers only, so that every platform draws the same bank, and a stream of its own for each thing that
//! is drawn, so that a further attribute moves no name and no balance.
//!
//! Source: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators", OOPSLA; the constants are
//! those of the reference implementation.

/// What a stream is drawn for. The numbers are part of the bank: changing one changes every row drawn from it.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Staff = 1,
    Person = 2,
    Place = 3,
    Money = 4,
    Work = 5,
    Attributes = 6,
    Events = 7,
    Moves = 8,
    Months = 9,
    Days = 10,
    Leavers = 11,
    Holdings = 12,
    Consents = 13,
    Relations = 14,
    Places = 15,
    Process = 16,
}

/// One stream of `SplitMix64`.
pub(super) struct Rng(u64);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Rng {
    /// The stream of `stream` for row `index` under `seed`.
    pub(super) fn new(seed: u64, stream: Stream, index: u64) -> Self {
        Self(mix(
            mix(seed ^ GOLDEN.wrapping_mul(stream as u64)).wrapping_add(index.wrapping_mul(GOLDEN))
        ))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number in `0..n`; 0 if `n` is 0 or less.
    pub(super) fn below(&mut self, n: i64) -> i64 {
        let wide = u128::from(self.next()) * u128::from(n.max(0).unsigned_abs());
        i64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number in `low..=high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high - low + 1)
    }

    /// True `ppm` times in a million.
    pub(super) fn chance(&mut self, ppm: i64) -> bool {
        self.below(1_000_000) < ppm
    }

    /// One of `items`, which is not empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let at = self.below(i64::try_from(items.len()).unwrap_or(1));
        &items[usize::try_from(at).unwrap_or(0)]
    }

    /// One of `items` by its weight.
    pub(super) fn weighted<T: Copy>(&mut self, items: &[(T, i64)]) -> T {
        let mut left = self.below(items.iter().map(|(_, weight)| weight).sum());
        for (item, weight) in items {
            left -= weight;
            if left < 0 {
                return *item;
            }
        }
        items[items.len() - 1].0
    }

    /// A number like a standard normal one, in 65536ths: twelve uniform ones summed, so never beyond 6.
    pub(super) fn normal(&mut self) -> i64 {
        let mut sum = 0;
        for _ in 0..3 {
            let bits = self.next();
            for part in 0..4 {
                sum += i64::try_from((bits >> (16 * part)) & 0xFFFF).unwrap_or(0);
            }
        }
        sum - 6 * 65_536
    }
}

/// `value` times 2 to the power of `exponent` 65536ths, within 0.3 %.
///
/// The fraction's power is the parabola through 1 and 2, in whole numbers.
pub(super) fn times_power_of_two(value: i64, exponent: i64) -> i64 {
    let (whole, fraction) = (exponent.div_euclid(65_536), exponent.rem_euclid(65_536));
    let mantissa = 65_536 + fraction * (43_024 + ((22_512 * fraction) >> 16)) / 65_536;
    let scaled = i128::from(value) * i128::from(mantissa) / 65_536;
    let shifted = if whole >= 0 { scaled << whole.min(40) } else { scaled >> (-whole).min(60) };
    i64::try_from(shifted).unwrap_or(i64::MAX)
}

/// `value * numerator / denominator` without an overflow between, rounded towards minus infinity.
pub(super) fn mul_div(value: i64, numerator: i64, denominator: i64) -> i64 {
    let wide = i128::from(value) * i128::from(numerator);
    i64::try_from(wide.div_euclid(i128::from(denominator.max(1)))).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64() {
        let mut rng = Rng(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| rng.next()).collect();
        // The reference implementation's outputs for the seed 1234567.
        assert_eq!(
            first,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn powers_of_two_are_exact_at_whole_exponents_and_close_between() {
        assert_eq!(times_power_of_two(1000, 3 * 65_536), 8000);
        assert_eq!(times_power_of_two(1000, -65_536), 500);
        let root = times_power_of_two(1_000_000, 32_768);
        assert!((root - 1_414_214).abs() < 3_500, "{root}");
    }

    #[test]
    fn the_normal_has_mean_zero_and_variance_one() {
        let mut rng = Rng::new(1, Stream::Money, 0);
        let drawn: Vec<i64> = (0..20_000).map(|_| rng.normal()).collect();
        let mean = drawn.iter().sum::<i64>() / 20_000;
        let variance = drawn.iter().map(|x| x * x / 65_536).sum::<i64>() / 20_000;
        assert!(mean.abs() < 1_500, "{mean}");
        assert!((variance - 65_536).abs() < 2_500, "{variance}");
    }
}
