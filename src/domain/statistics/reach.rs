//! The effect on those who were reached, and how much more often it is than without.
//!
//! Nobody of the control group could be reached, so the whole effect on the list came from those who were: what the list
//! gained, divided by the share that was reached. It says nothing of those whom nobody reaches.

use super::Interval;
use super::proportion::Share;
use super::sum::whole;
use super::tail::Z95;

/// The treated arm, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Treated {
    /// Customers.
    pub n: u64,
    /// Those who were reached.
    pub reached: u64,
    /// Those who did it.
    pub converted: u64,
    /// Those who were reached and did it.
    pub both: u64,
}

/// The difference of the arms divided by the share that was reached, with its 95 % interval by the delta method; none where
/// nobody was reached. The two are measured on the same customers, so their covariance counts.
///
/// Source: Angrist, Imbens and Rubin 1996, Journal of the American Statistical Association 91:444-455; Casella and Berger
/// 2002, Statistical Inference, section 5.5.4 (the variance of a ratio).
#[must_use]
pub fn on_the_reached(treated: Treated, control: Share) -> Option<Interval> {
    if treated.reached == 0 || treated.n == 0 {
        return None;
    }
    let n = whole(treated.n);
    let (reach, done) = (whole(treated.reached) / n, whole(treated.converted) / n);
    let (other, others) = (control.value(), whole(control.counts().1));
    let effect = done - other;
    let of_effect = done * (1.0 - done) / n + other * (1.0 - other) / others;
    let of_reach = reach * (1.0 - reach) / n;
    let together = (whole(treated.both) / n - done * reach) / n;
    let ratio = effect / reach;
    let variance =
        (of_effect + ratio * ratio * of_reach - 2.0 * ratio * together) / (reach * reach);
    let half = Z95 * variance.max(0.0).sqrt();
    Some(Interval { estimate: ratio, lower: ratio - half, upper: ratio + half })
}

/// By how much the first proportion is above the second, relative to it, with its 95 % interval; none where one is zero, of
/// which there is no logarithm.
///
/// Source: Katz, Baptista, Azen and Pike 1978, Biometrics 34:469-474, method C.
#[must_use]
pub fn lift(first: Share, second: Share) -> Option<Interval> {
    let ((x, n), (y, m)) = (first.counts(), second.counts());
    if x == 0 || y == 0 {
        return None;
    }
    let ratio = first.value() / second.value();
    let part = |x: u64, n: u64| 1.0 / whole(x) - 1.0 / whole(n);
    let half = Z95 * (part(x, n) + part(y, m)).sqrt();
    let limit = |half: f64| (ratio.ln() + half).exp() - 1.0;
    Some(Interval { estimate: ratio - 1.0, lower: limit(-half), upper: limit(half) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(x: u64, n: u64) -> Share {
        Share::new(x, n).unwrap()
    }

    #[test]
    fn where_everybody_is_reached_it_is_the_effect_itself() {
        let treated = Treated { n: 70, reached: 70, converted: 56, both: 56 };
        let got = on_the_reached(treated, share(48, 80)).unwrap();
        let se = (0.8 * 0.2 / 70.0 + 0.6 * 0.4 / 80.0_f64).sqrt();
        assert!((got.estimate - 0.2).abs() < 1e-12 && (got.upper - 0.2 - Z95 * se).abs() < 1e-12);
        let half = Treated { reached: 35, both: 28, ..treated };
        let got = on_the_reached(half, share(48, 80)).unwrap();
        assert!((got.estimate - 0.4).abs() < 1e-12, "half of them carry all of it: {got:?}");
        assert!(on_the_reached(Treated { reached: 0, both: 0, ..treated }, share(1, 2)).is_none());
    }

    /// A thousandth more of each count, by hand: the interval is that of a linear function.
    #[test]
    fn the_interval_is_that_of_the_delta_method() {
        let treated = Treated { n: 1000, reached: 400, converted: 120, both: 90 };
        let got = on_the_reached(treated, share(24, 300)).unwrap();
        // By hand: effect .04, reach .4, ratio .1; var .12*.88/1000 + .08*.92/300 = 3.509333e-4, of reach 2.4e-4,
        // covariance (.09 - .048)/1000 = 4.2e-5.
        let variance: f64 = (3.509_333_333e-4 + 0.01 * 2.4e-4 - 0.2 * 4.2e-5) / 0.16;
        assert!((got.estimate - 0.1).abs() < 1e-12);
        assert!((got.lower - (0.1 - Z95 * variance.sqrt())).abs() < 1e-9, "{got:?}");
    }

    #[test]
    fn a_relative_risk_of_the_textbook_is_reproduced() {
        // Physicians' Health Study, aspirin 104/11037 and placebo 189/11034 heart attacks: 0.55, 0.43 to 0.70
        // (Agresti 2013, Categorical Data Analysis, section 2.1.4, gives placebo over aspirin 1.82, 1.43 to 2.30)
        let got = lift(share(189, 11_034), share(104, 11_037)).unwrap();
        assert!((got.estimate + 1.0 - 1.82).abs() <= 0.5e-2, "{got:?}");
        assert!(
            (got.lower + 1.0 - 1.43).abs() <= 0.5e-2 && (got.upper + 1.0 - 2.30).abs() <= 0.6e-2,
            "{got:?}"
        );
        assert!(lift(share(0, 5), share(1, 5)).is_none());
    }
}
