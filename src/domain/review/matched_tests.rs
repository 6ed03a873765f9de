use proptest::prelude::*;

use super::*;

const AFTER: usize = 4;

/// Steele, Lea and Flood 2014, OOPSLA (splitmix64): seeded, so that a failure is the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let high = u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or(u32::MAX);
        (f64::from(high) + 0.5) / (f64::from(u32::MAX) + 1.0)
    }

    /// Standard normal (Box and Muller 1958).
    fn normal(&mut self) -> f64 {
        let (u, v) = (self.next(), self.next());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

/// A bank of units with levels and trends of their own, a season that all have, and an effect on those that were treated.
fn bank(dice: &mut Dice, treated: usize, others: usize, effect: f64, noise: f64) -> Vec<Series> {
    let season: Vec<f64> = (0..WEEKS_BEFORE + AFTER).map(|_| 0.02 * dice.normal()).collect();
    (0..treated + others)
        .map(|at| {
            let treated = at < treated;
            let (level, trend) = (10.0 + 0.5 * dice.normal(), 0.002 * dice.normal());
            let mut value = |week: usize| {
                let gift = if treated && week >= WEEKS_BEFORE { effect.ln_1p() } else { 0.0 };
                level + trend * count(week) + season[week] + noise * dice.normal() + gift
            };
            let before = (0..WEEKS_BEFORE).map(&mut value).collect();
            let after = (WEEKS_BEFORE..WEEKS_BEFORE + AFTER).map(&mut value).collect();
            let (org, class) = (format!("S{at:03}"), "subbranch".to_owned());
            Series { org, class, treated, before, after }
        })
        .collect()
}

#[test]
fn the_planted_effect_lies_within_the_interval() {
    const DRAWS: u64 = 400;
    for effect in [0.0, 0.05] {
        let held = (0..DRAWS)
            .filter(|seed| {
                let units = bank(&mut Dice(seed * 1_000_003 + 17), 15, 45, effect, 0.01);
                let found = compare("aum", &units).expect("there are pairs").effect;
                found.lower <= effect && effect <= found.upper
            })
            .count();
        // 95 % of 400 are 380; below 366 is a matter of one in a thousand.
        assert!(held >= 366, "+{effect}: {held} of {DRAWS}");
    }
}

#[test]
fn trends_that_parted_before_the_push_are_told() {
    let mut units = bank(&mut Dice(5), 12, 36, 0.0, 0.001);
    let found = compare("aum", &units).unwrap();
    assert!(found.parallel, "{found:?}");
    // The treated step upwards in the middle of the time before: level and slope stay what they were, the halves do not.
    for unit in units.iter_mut().filter(|unit| unit.treated) {
        for (week, step) in [(0, 0.002), (3, -0.014), (4, 0.014), (7, -0.002)] {
            unit.before[week] += step;
        }
    }
    let bent = compare("aum", &units).unwrap();
    assert!(!bent.parallel && bent.pre_trend.lower > 0.0, "{bent:?}");
}

#[test]
fn what_cannot_be_paired_is_refused() {
    let mut dice = Dice(9);
    let units = bank(&mut dice, 10, 0, 0.0, 0.01);
    assert_eq!(compare("aum", &units).unwrap_err(), NoMatch::NobodyLeft);
    let mut far = bank(&mut dice, 10, 10, 0.0, 0.01);
    for unit in far.iter_mut().filter(|unit| !unit.treated) {
        for value in unit.before.iter_mut().chain(&mut unit.after) {
            *value += 9.0;
        }
    }
    assert_eq!(compare("aum", &far).unwrap_err(), NoMatch::NobodyAlike);
    let mut other = bank(&mut dice, 10, 10, 0.0, 0.01);
    for unit in other.iter_mut().filter(|unit| unit.treated) {
        unit.class = "branch".into();
    }
    assert_eq!(compare("aum", &other).unwrap_err(), NoMatch::NobodyAlike, "of another class");
    let mut short = bank(&mut dice, 10, 10, 0.0, 0.01);
    for unit in &mut short {
        unit.after.clear();
    }
    assert_eq!(compare("aum", &short).unwrap_err(), NoMatch::NoHistory);
}

proptest! {
    #[test]
    fn without_noise_the_effect_comes_out_whatever_the_season(seed in any::<u64>(), effect in -0.3..0.3_f64) {
        // Twins: each treated unit has one that goes exactly alike.
        let mut units = bank(&mut Dice(seed), 6, 0, 0.0, 0.0);
        let twins: Vec<Series> = units
            .iter()
            .map(|unit| Series { org: format!("T{}", unit.org), treated: false, ..unit.clone() })
            .collect();
        for unit in &mut units {
            for value in &mut unit.after {
                *value += effect.ln_1p();
            }
        }
        units.extend(twins);
        let found = compare("aum", &units).unwrap();
        prop_assert!((found.effect.estimate - effect).abs() < 1e-9, "{found:?}");
        prop_assert!(found.pre_trend.estimate.abs() < 1e-9 && found.left_out == 0);
        for pair in &found.pairs {
            prop_assert_eq!(&pair.other, &format!("T{}", pair.org));
        }
        units.reverse();
        prop_assert_eq!(compare("aum", &units).unwrap(), found, "the order of units changes nothing");
    }
}
