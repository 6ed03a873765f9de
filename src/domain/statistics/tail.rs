//! Tails and quantiles of the normal, chi-square and t distributions.
//!
//! A tail is never one minus a probability: that is zero from 1e-17 on, and a sample-ratio mismatch is found far
//! beyond it. The tail of the normal is libm's, which has every digit; statrs' has eleven.

use libm::erfc;
use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc_inv;

/// The normal quantile of a two-sided 95 % interval.
pub const Z95: f64 = 1.959_963_984_540_054;

/// P(Z > z) of the standard normal.
#[must_use]
pub fn normal(z: f64) -> f64 {
    0.5 * erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The z with P(Z <= z) = `p`, for 0 < p < 1.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p)
}

/// P(X > x) of a chi-square with one degree of freedom: both tails of a normal.
#[must_use]
pub fn chi_square_1(x: f64) -> f64 {
    erfc((0.5 * x).sqrt())
}

/// P(|T| > |t|) of Student's t with `df` degrees of freedom.
#[must_use]
pub fn t_two_sided(t: f64, df: f64) -> f64 {
    let square = t * t;
    if square.is_infinite() {
        0.0
    } else if square < 1.0 {
        // Near the middle the share within is the small number, and the one with all its digits.
        1.0 - beta_reg(0.5, 0.5 * df, square / (df + square))
    } else {
        beta_reg(0.5 * df, 0.5, df / (df + square))
    }
}

/// The t with P(|T| > t) = 5 %, for one degree of freedom or more.
#[must_use]
pub fn t_quantile_95(df: f64) -> f64 {
    // The quantile falls from 12.7 at one degree of freedom to the normal's; halving ends at its last digit.
    let (mut low, mut high) = (Z95 - 1e-9, 12.71);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if t_two_sided(middle, df) > 0.05 {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64) {
        assert!((got / want - 1.0).abs() < 1e-9, "{got} is not {want}");
    }

    #[test]
    fn the_normal_has_its_tabled_values() {
        // Abramowitz and Stegun 1964, tables 26.1, 26.2 and 26.5
        near(normal(1.0), 0.158_655_253_931_457_05);
        near(normal(0.0), 0.5);
        near(normal(-1.0), 0.841_344_746_068_543);
        near(normal(10.0), 7.619_853_024_160_527e-24);
        near(normal_quantile(0.9), 1.281_551_565_544_600_4);
        near(normal_quantile(0.975), Z95);
        near(normal_quantile(0.2), -0.841_621_233_572_914_3);
        assert!((normal(Z95) / 0.025 - 1.0).abs() < 1e-14);
        near(normal(37.0), 5.725_571_222_524_577e-300);
    }

    #[test]
    fn a_far_tail_is_not_zero() {
        assert!(chi_square_1(1400.0) > 1e-308);
        near(chi_square_1(3.841_458_820_694_124), 0.05);
    }

    #[test]
    fn students_t_has_its_closed_forms() {
        // One degree of freedom is Cauchy's: 1 - 2/pi atan t. Two: 1 - t / sqrt(2 + t^2).
        for t in [1e-6_f64, 0.3, 0.999, 1.0, 2.5, 40.0, 1e4] {
            let cauchy = 2.0 / std::f64::consts::PI * (1.0 / t).atan();
            near(t_two_sided(t, 1.0), cauchy);
            let root = (2.0 + t * t).sqrt();
            near(t_two_sided(t, 2.0), 2.0 / (root * (root + t)));
        }
        assert_eq!(t_two_sided(f64::INFINITY, 5.0).to_bits(), 0.0_f64.to_bits());
        near(t_two_sided(-2.5, 2.0), t_two_sided(2.5, 2.0));
    }

    #[test]
    fn the_quantiles_of_t_are_those_of_the_tables() {
        // Abramowitz and Stegun 1964, table 26.10, with the digits of R's qt(.975, df).
        for (df, want) in [
            (1.0, 12.706_204_736_174_7),
            (2.0, 4.302_652_729_911_28),
            (4.0, 2.776_445_105_198_05),
            (10.0, 2.228_138_851_964_94),
            (30.0, 2.042_272_456_301_24),
            (1000.0, 1.962_339_080_828_5),
        ] {
            near(t_quantile_95(df), want);
        }
    }

    #[test]
    fn with_many_degrees_of_freedom_t_is_normal() {
        // Fisher's expansion: t = z + (z^3 + z) / (4 df) + ...
        for df in [1e5, 1e6, 1e7, 1e8] {
            let want = Z95 + (Z95.powi(3) + Z95) / (4.0 * df);
            assert!((t_quantile_95(df) - want).abs() < 1e-7, "{df}: {}", t_quantile_95(df));
        }
    }
}
