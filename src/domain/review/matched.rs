//! Difference in differences with matched branches, where nobody was left alone: quasi-experimental.
//!
//! Each unit of the push is paired with one that had none of it, of the same kind and class, that stood as high before the push and moved
//! alike. What its metric did from before to after, less what its partner's did, is one difference; the effect is their mean,
//! with the t interval of the pairs. Metrics are taken as logarithms, so that a difference is a relative change whatever the size
//! of a unit.
//!
//! Nobody has drawn who is in which arm, so it holds only if the two would have gone on alike. What can be looked at is whether
//! they did before: the same difference between the two halves of the time before the push should be nothing.
//!
//! Sources: Card and Krueger 1994, American Economic Review 84:772 (difference in differences); Heckman, Ichimura and Todd 1997,
//! Review of Economic Studies 64:605 (with matching); Stuart 2010, Statistical Science 25:1 (pairs without replacement, calipers).

use serde::{Deserialize, Serialize};

use super::{Effect, Method};
use crate::domain::statistics::Interval;
use crate::domain::statistics::sum::{count, sum};
use crate::domain::statistics::tail::{t_quantile_95, t_two_sided};

/// Weeks before the push that are looked at; half of them are held against the other half.
pub const WEEKS_BEFORE: usize = 8;
/// A partner is no farther away than this many standard deviations of level and trend together.
pub const CALIPER: f64 = 1.0;
/// Fewer pairs say nothing.
pub const LEAST_PAIRS: usize = 3;
/// The time before is told to differ below this chance.
const UNLIKELY: f64 = 0.05;

/// A unit's metric: the logarithms of its values, a week apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The unit's code.
    pub org: String,
    /// Its kind and class: only units that are alike in these are paired.
    pub class: String,
    /// It was on the list.
    pub treated: bool,
    /// Before the push, the earliest first.
    pub before: Vec<f64>,
    /// After it.
    pub after: Vec<f64>,
}

/// Two units that were paired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The unit of the push.
    pub org: String,
    /// The one that had none of it.
    pub other: String,
    /// How far apart they were before, in standard deviations.
    pub distance: f64,
    /// What the first did more than the second, as a relative change.
    pub difference: f64,
}

/// What matched branches say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matched {
    /// Always `quasi-experimental`: it is no proof.
    pub design: Design,
    /// The metric.
    pub metric: String,
    /// The pairs, the closest first.
    pub pairs: Vec<Pair>,
    /// Units of the push for which nobody was close enough.
    pub left_out: u64,
    /// Units that had none of it, to choose from.
    pub candidates: u64,
    /// Weeks before and after.
    pub weeks: (u64, u64),
    /// The effect, as a relative change of the metric.
    pub effect: Effect,
    /// The same difference between the two halves of the time before; it should be nothing.
    pub pre_trend: Effect,
    /// The chance of such a difference before the push, if the pairs had moved alike.
    pub pre_trend_p: f64,
    /// Nothing speaks against the pairs having moved alike.
    pub parallel: bool,
}

/// By which design an effect was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Design {
    /// Nobody has drawn the arms.
    #[serde(rename = "quasi-experimental")]
    QuasiExperimental,
}

/// Why there is no comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoMatch {
    /// The metric has no values of enough weeks before and after.
    NoHistory,
    /// Every unit had the push.
    NobodyLeft,
    /// Too few of the others were like those that had it.
    NobodyAlike,
}

/// Pairs the units and compares.
///
/// # Errors
/// [`NoMatch`]
pub fn compare(metric: &str, units: &[Series]) -> Result<Matched, NoMatch> {
    let whole = |unit: &&Series| {
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        unit.before.len() == WEEKS_BEFORE && finite(&unit.before) && finite(&unit.after)
    };
    let mut known: Vec<&Series> = units.iter().filter(whole).collect();
    known.sort_by(|a, b| a.org.cmp(&b.org));
    let weeks = known.iter().map(|unit| unit.after.len()).max().unwrap_or(0);
    let known: Vec<&Series> = known.into_iter().filter(|unit| unit.after.len() == weeks).collect();
    let treated: Vec<&Series> = known.iter().copied().filter(|unit| unit.treated).collect();
    let others: Vec<&Series> = known.iter().copied().filter(|unit| !unit.treated).collect();
    if weeks == 0 || treated.is_empty() {
        return Err(NoMatch::NoHistory);
    }
    if others.is_empty() {
        return Err(NoMatch::NobodyLeft);
    }
    let pairs = pairs(&treated, &others);
    if pairs.len() < LEAST_PAIRS {
        return Err(NoMatch::NobodyAlike);
    }
    let moved = |unit: &Series| mean(&unit.after) - mean(&unit.before);
    let earlier = |unit: &Series| {
        let (first, second) = unit.before.split_at(WEEKS_BEFORE / 2);
        mean(second) - mean(first)
    };
    let apart = |of: &dyn Fn(&Series) -> f64| -> Vec<f64> {
        pairs.iter().map(|(one, other, _)| of(one) - of(other)).collect()
    };
    let (effects, before) = (apart(&moved), apart(&earlier));
    let (pre_trend, pre_trend_p) = paired(&before);
    let told = pairs.iter().zip(&effects).map(|((one, other, distance), effect)| Pair {
        org: one.org.clone(),
        other: other.org.clone(),
        distance: *distance,
        difference: effect.exp_m1(),
    });
    Ok(Matched {
        design: Design::QuasiExperimental,
        metric: metric.to_owned(),
        pairs: told.collect(),
        left_out: (treated.len() - pairs.len()) as u64,
        candidates: others.len() as u64,
        weeks: (WEEKS_BEFORE as u64, weeks as u64),
        effect: paired(&effects).0,
        pre_trend,
        pre_trend_p,
        parallel: pre_trend_p >= UNLIKELY,
    })
}

fn mean(values: &[f64]) -> f64 {
    sum(values.iter().copied()) / count(values.len())
}

/// The mean of differences of logarithms as a relative change, with the t interval of the pairs, and its chance if there were none.
fn paired(differences: &[f64]) -> (Effect, f64) {
    let (n, middle) = (count(differences.len()), mean(differences));
    let variance = sum(differences.iter().map(|x| (x - middle).powi(2))) / (n - 1.0);
    let se = (variance / n).sqrt();
    let half = t_quantile_95(n - 1.0) * se;
    let p = if se > 0.0 {
        t_two_sided(middle / se, n - 1.0)
    } else if middle == 0.0 {
        1.0
    } else {
        0.0
    };
    let (estimate, lower, upper) =
        (middle.exp_m1(), (middle - half).exp_m1(), (middle + half).exp_m1());
    (Effect::of(Interval { estimate, lower, upper }, Method::MatchedDifference), p)
}

/// Level and trend of the time before: the mean, and the least squares slope a week.
fn shape(unit: &Series) -> (f64, f64) {
    let middle = (count(WEEKS_BEFORE) - 1.0) / 2.0;
    let level = mean(&unit.before);
    let weeks = || (0..WEEKS_BEFORE).map(|week| count(week) - middle);
    let product = sum(weeks().zip(&unit.before).map(|(week, value)| week * (value - level)));
    (level, product / sum(weeks().map(|week| week * week)))
}

/// Pairs without replacement, the closest first; ties by code, so that the order of units changes nothing.
fn pairs<'a>(treated: &[&'a Series], others: &[&'a Series]) -> Vec<(&'a Series, &'a Series, f64)> {
    let shapes = |units: &[&Series]| units.iter().map(|unit| shape(unit)).collect::<Vec<_>>();
    let (ours, theirs) = (shapes(treated), shapes(others));
    let all = || ours.iter().chain(&theirs);
    let levels = spread(&all().map(|shape| shape.0).collect::<Vec<_>>());
    let trends = spread(&all().map(|shape| shape.1).collect::<Vec<_>>());
    let mut near: Vec<(f64, usize, usize)> = Vec::new();
    for (at, one) in treated.iter().enumerate() {
        for (of, other) in others.iter().enumerate().filter(|(_, other)| other.class == one.class) {
            let level = (ours[at].0 - theirs[of].0) / levels;
            let trend = (ours[at].1 - theirs[of].1) / trends;
            let distance = level.hypot(trend);
            if distance <= CALIPER && one.org != other.org {
                near.push((distance, at, of));
            }
        }
    }
    near.sort_by(|a, b| {
        let name = |pair: &(f64, usize, usize)| (&treated[pair.1].org, &others[pair.2].org);
        a.0.total_cmp(&b.0).then_with(|| name(a).cmp(&name(b)))
    });
    let (mut mine, mut taken) = (vec![false; treated.len()], vec![false; others.len()]);
    let mut chosen = Vec::new();
    for (distance, at, of) in near {
        if !mine[at] && !taken[of] {
            (mine[at], taken[of]) = (true, true);
            chosen.push((treated[at], others[of], distance));
        }
    }
    chosen
}

/// The standard deviation; 1 where nothing varies, so that it divides nothing away.
fn spread(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares = sum(values.iter().map(|x| (x - middle).powi(2)));
    let deviation = (squares / (count(values.len()) - 1.0).max(1.0)).sqrt();
    if deviation > 0.0 { deviation } else { 1.0 }
}

#[cfg(test)]
#[path = "matched_tests.rs"]
mod tests;
