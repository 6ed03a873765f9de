//! The effect on those who were reached, and how much more often it is than without.
//!
//! Nobody of the control group could be reached, so the whole effect on the list came from those who were: what the list
//! gained, divided by the share that was reached. It says nothing of those whom nobody reaches.

use super::Interval;
use super::proportion::{Share, wilson};
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

impl Treated {
    /// The share of successes; none of nobody.
    fn done(self) -> Option<Share> {
        Share::new(self.converted, self.n).ok()
    }

    /// The correlation of being reached and doing it, over these customers; 0 where one of the two never varies.
    fn correlation(self) -> f64 {
        let n = whole(self.n);
        let (reach, done) = (whole(self.reached) / n, whole(self.converted) / n);
        let spread = (reach * (1.0 - reach) * done * (1.0 - done)).sqrt();
        let together = whole(self.both) / n - done * reach;
        if spread > 0.0 { (together / spread).clamp(-1.0, 1.0) } else { 0.0 }
    }
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

/// Where an arm has fewer successes or failures than this, the delta method's variance says too little: at none it is 0, as if
/// that share were known.
const FEW: u64 = 5;

/// The delta method takes a share of so few successes or failures for better known than it is.
#[must_use]
pub fn is_thin(treated: Treated, control: Share) -> bool {
    let thin = |(x, n): (u64, u64)| x.min(n - x) < FEW;
    thin(control.counts()) || treated.done().is_none_or(|done| thin(done.counts()))
}

/// The same ratio with limits that hold where an arm has next to no success, or next to nothing else; none where nobody was
/// reached.
///
/// The limits are those effects t for which `done - t reach - control` can just be 0. The interval of that sum is put together from
/// Wilson's of the three shares (MOVER), the two of the treated arm with their correlation: so a control group of 0 in 20 still
/// counts as one of which up to a sixth could have done it. Beyond -1 and 1 there is no effect on a share.
///
/// Sources: Zou and Donner 2008, Statistics in Medicine 27:1693-1702 (limits of a sum from those of its parts); Zou 2007,
/// Psychological Methods 12:399-413 (where parts are correlated); Donner and Zou 2012, Statistical Methods in Medical Research
/// 21:347-359 (a ratio as the root of such a limit, as Fieller 1954 does with normal ones).
#[must_use]
pub fn from_limits(treated: Treated, control: Share) -> Option<Interval> {
    let reach = Share::new(treated.reached, treated.n).ok().filter(|reach| reach.value() > 0.0)?;
    let [done, reach, other] = [treated.done()?, reach, control].map(wilson);
    let together = treated.correlation();
    // How far the sum can be from what was measured, downwards or upwards, at an effect of t.
    let far = |t: f64, (a, b, c): (f64, f64, f64)| {
        (a * a + (t * b).powi(2) - 2.0 * together * a * t * b + c * c).max(0.0).sqrt()
    };
    let (below, above) =
        (|of: Interval| of.estimate - of.lower, |of: Interval| of.upper - of.estimate);
    let sum = |t: f64| done.estimate - t * reach.estimate - other.estimate;
    let reached = |t: f64, up: bool| if up == (t < 0.0) { above(reach) } else { below(reach) };
    let low = |t: f64| sum(t) - far(t, (below(done), reached(t, false), above(other)));
    let high = |t: f64| sum(t) + far(t, (above(done), reached(t, true), below(other)));
    let estimate = (done.estimate - other.estimate) / reach.estimate;
    let lower = edge(estimate, estimate.min(-1.0), |t| low(t) <= 0.0);
    let upper = edge(estimate, estimate.max(1.0), |t| high(t) >= 0.0);
    Some(Interval { estimate, lower, upper })
}

/// The farthest place from `inside` towards `end` at which it still `holds`, by halving; it holds at `inside`.
fn edge(inside: f64, end: f64, holds: impl Fn(f64) -> bool) -> f64 {
    if holds(end) {
        return end;
    }
    let (mut near, mut away) = (inside, end);
    // Sixty halvings of a width of two are the last digit of a float.
    for _ in 0..60 {
        let middle = f64::midpoint(near, away);
        if holds(middle) { near = middle } else { away = middle }
    }
    near
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
    fn where_nobody_of_the_control_group_did_it_the_limits_are_not_those_of_a_known_zero() {
        let treated = Treated { n: 306, reached: 214, converted: 21, both: 21 };
        let none = share(0, 34);
        assert!(is_thin(treated, none) && is_thin(treated, share(34, 34)));
        assert!(!is_thin(treated, share(5, 34)) && is_thin(treated, share(30, 34)));
        let (delta, limits) =
            (on_the_reached(treated, none).unwrap(), from_limits(treated, none).unwrap());
        assert!((delta.estimate - limits.estimate).abs() < 1e-12);
        // Of 34 up to 10.15 % could have done it (Wilson, 0 of 34), which is what the delta method leaves out.
        let unknown = wilson(none).upper / (214.0 / 306.0);
        assert!(limits.lower < delta.lower - 0.5 * unknown, "{limits:?} within {delta:?}");
        assert!(limits.lower > delta.lower - 1.1 * unknown, "{limits:?} far beyond {delta:?}");
    }

    #[test]
    fn with_many_of_each_both_methods_say_the_same_and_with_everybody_reached_it_is_newcombe_s() {
        let treated = Treated { n: 9000, reached: 6500, converted: 1100, both: 900 };
        let control = share(80, 1000);
        let (delta, limits) =
            (on_the_reached(treated, control).unwrap(), from_limits(treated, control).unwrap());
        assert!((delta.lower - limits.lower).abs() < 0.003, "{delta:?} {limits:?}");
        assert!((delta.upper - limits.upper).abs() < 0.003, "{delta:?} {limits:?}");
        // Published: Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10, 5/56 against 0/29. Reach is of all, and
        // its own limit is Wilson's of 56 in 56, so that the ratio is a little wider.
        let all = Treated { n: 56, reached: 56, converted: 5, both: 5 };
        let got = from_limits(all, share(0, 29)).unwrap();
        assert!((-0.0386..-0.038_05).contains(&got.lower), "{got:?}");
        assert!((0.192_55..0.1946).contains(&got.upper), "{got:?}");
    }

    #[test]
    fn impossible_effects_are_not_between_the_limits() {
        let one = Treated { n: 20, reached: 1, converted: 1, both: 1 };
        let got = from_limits(one, share(0, 20)).unwrap();
        assert!(
            (got.estimate - 1.0).abs() < 1e-12 && got.upper <= 1.0 && got.lower >= -1.0,
            "{got:?}"
        );
        assert!(from_limits(Treated { reached: 0, both: 0, ..one }, share(0, 20)).is_none());
    }

    /// How many of `draws` seeded pushes have the planted effect on the reached between the limits of the method that is taken for them,
    /// and how many would by the delta method alone.
    fn held(draws: u64, (n, m): (u64, u64), (reach, base, effect): (f64, f64, f64)) -> (u64, u64) {
        let mut state = 7_u64;
        // Steele, Lea and Flood 2014, OOPSLA (splitmix64).
        let mut toss = |p: f64| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            whole((z ^ (z >> 31)) >> 11) / whole(1 << 53) < p
        };
        let (mut taken, mut delta) = (0, 0);
        for _ in 0..draws {
            let mut treated = Treated { n, reached: 0, converted: 0, both: 0 };
            for _ in 0..n {
                let reached = toss(reach);
                let done = toss(if reached { base + effect } else { base });
                treated.reached += u64::from(reached);
                treated.converted += u64::from(done);
                treated.both += u64::from(reached && done);
            }
            let control = share((0..m).filter(|_| toss(base)).count() as u64, m);
            let holds = |of: Interval| u64::from(of.lower <= effect && effect <= of.upper);
            let thin = on_the_reached(treated, control).unwrap();
            delta += holds(thin);
            taken += if is_thin(treated, control) {
                holds(from_limits(treated, control).unwrap())
            } else {
                holds(thin)
            };
        }
        (taken, delta)
    }

    #[test]
    fn a_control_group_of_next_to_nobody_does_not_make_the_interval_too_narrow() {
        // Ten left alone of a hundred, one in ten does it anyway: every third time 0 of 10. Then a control group of 34, of whom one in
        // fifty does. 930 of 1,000 as the slow tests have it; the delta method holds about 80 in 100.
        for (arms, of) in [((90, 10), (0.7, 0.1, 0.2)), ((306, 34), (0.6, 0.02, 0.05))] {
            let (taken, delta) = held(400, arms, of);
            assert!(taken >= 372 && delta < 350, "{arms:?}: {taken} and by delta {delta} of 400");
        }
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
