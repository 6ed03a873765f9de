//! LMDI over a chain of periods: each step is split by itself, and the steps are added up.
//!
//! The chained answer and the direct one, first period to last, differ, though each adds up to the change: the chain
//! follows how the factors went, the direct step only where they ended. Whoever shows one says which.

use super::lmdi::{LmdiError, Row, log_mean_over, row_effects_exact};
use super::{Effect, Explanation, Share, Why, largest_first};
use crate::domain::statistics::sum::sum;
use crate::domain::statistics::twice::Twice;

/// A change and each factor's part in it, over one step or several.
#[derive(Clone, Debug, PartialEq)]
pub struct Chained {
    /// The value in the first period.
    pub from: f64,
    /// The value in the last period.
    pub to: f64,
    /// What the one is over the other, with the digits that are lost between two large numbers.
    pub change: f64,
    /// Each factor's part; they sum to the change.
    pub effects: Vec<f64>,
    /// Each factor's ratio; their product is `to / from`. None where that does not exist in every step.
    pub ratios: Option<Vec<f64>>,
    /// Each row's parts by factor.
    pub rows: Vec<Vec<f64>>,
}

/// Why there is no such split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A step has none.
    #[error("step {step}: {error}")]
    Step {
        /// Which step, from 0.
        step: usize,
        /// Why; it names the row and the factor.
        error: LmdiError,
    },
    /// The numbers are too large to reckon with.
    #[error("beyond the range of a number")]
    Overflow,
}

/// Splits each step and adds the steps up. Every step has the same rows and factors, in one order.
///
/// # Errors
/// [`ChainError`] names the step, the row and the factor.
pub fn chained(steps: &[Vec<Row>]) -> Result<Chained, ChainError> {
    let mut rows: Vec<Vec<Vec<Twice>>> = vec![Vec::new(); steps.first().map_or(0, Vec::len)];
    let mut logs: Option<Vec<Vec<f64>>> = Some(Vec::new());
    let (mut from, mut to, mut change) = (0.0, 0.0, Twice::default());
    for (step, now) in steps.iter().enumerate() {
        let effects = effects(now).map_err(|error| ChainError::Step { step, error })?;
        let (before, after) = totals(now);
        from = if step == 0 { before } else { from };
        to = after;
        let moved: Twice = now.iter().map(Row::change).sum();
        change = change + moved;
        let weight = log_mean_over(before, after, moved.float());
        let log: Vec<f64> =
            total(&effects).into_iter().map(|effect| effect.float() / weight).collect();
        logs = logs.filter(|_| weight > 0.0).map(|mut logs| {
            logs.push(log);
            logs
        });
        rows.iter_mut().zip(effects).for_each(|(row, effects)| row.push(effects));
    }
    let rows: Vec<Vec<Twice>> = rows.iter().map(|steps| total(steps)).collect();
    let effects = floats(total(&rows));
    let change = change.float();
    if ![from, to].iter().chain(&effects).all(|x| x.is_finite()) {
        return Err(ChainError::Overflow);
    }
    let ratios = logs.map(|logs| columns(&logs).into_iter().map(f64::exp).collect());
    let rows = rows.into_iter().map(floats).collect();
    Ok(Chained { from, to, change, effects, ratios, rows })
}

/// Each row's effects by factor.
fn effects(rows: &[Row]) -> Result<Vec<Vec<Twice>>, LmdiError> {
    let of = |(at, row): (usize, &Row)| row_effects_exact(row).map_err(|error| error.of_row(at));
    rows.iter().enumerate().map(of).collect()
}

fn totals(rows: &[Row]) -> (f64, f64) {
    (sum(rows.iter().map(|row| row.values().0)), sum(rows.iter().map(|row| row.values().1)))
}

/// The sum of each column.
fn total(lines: &[Vec<Twice>]) -> Vec<Twice> {
    let columns = lines.first().map_or(0, Vec::len);
    (0..columns).map(|column| lines.iter().map(|line| line[column]).sum()).collect()
}

/// The same of logarithms.
fn columns(lines: &[Vec<f64>]) -> Vec<f64> {
    let columns = lines.first().map_or(0, Vec::len);
    (0..columns).map(|column| sum(lines.iter().map(|line| line[column]))).collect()
}

fn floats(numbers: Vec<Twice>) -> Vec<f64> {
    numbers.into_iter().map(Twice::float).collect()
}

/// One answer of the answers to steps that follow each other: their parts added up by name.
#[must_use]
pub fn steps(first: Explanation, rest: Vec<Explanation>) -> Explanation {
    rest.into_iter().fold(first, |mut whole, step| {
        if step.why == Why::Signs {
            whole.why = Why::Signs;
        }
        whole.chained = true;
        whole.reversal |= step.reversal;
        (whole.to_date, whole.to_start, whole.to_day) = (step.to_date, step.to_start, step.to_day);
        whole.to = step.to;
        whole.quality.to = step.quality.to;
        whole.change = step.to.since(whole.from);
        whole.residual = whole.residual.plus(step.residual);
        for part in step.effects {
            match whole.effects.iter_mut().find(|known| known.name == part.name) {
                Some(known) => {
                    known.effect = known.effect.plus(part.effect);
                    known.to = part.to;
                    add_shares(&mut known.parts, part.parts);
                }
                None => whole.effects.push(Effect { from: None, ..part }),
            }
        }
        whole.totals = shares(&whole.effects);
        largest_first(&mut whole.effects);
        whole
    })
}

/// What each share comes to over all parts.
#[must_use]
pub fn shares(effects: &[Effect]) -> Vec<Share> {
    let mut sums = Vec::new();
    for effect in effects {
        add_shares(&mut sums, effect.parts.clone());
    }
    sums
}

fn add_shares(sums: &mut Vec<Share>, shares: Vec<Share>) {
    for share in shares {
        match sums.iter_mut().find(|sum| sum.name == share.name) {
            Some(sum) => sum.effect = sum.effect.plus(share.effect),
            None => sums.push(share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lmdi;
    use super::*;
    use proptest::prelude::*;

    fn near(got: &[f64], want: &[f64]) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() <= 1e-8 * want.abs(), "{got} is not {want}");
        }
    }

    fn years() -> [Vec<Row>; 2] {
        // Ang 2005's example as package LMDIR 0.1.14 prints it.
        let step = |from: [[f64; 3]; 2], to: [[f64; 3]; 2]| {
            from.iter().zip(&to).map(|(from, to)| Row::new(from, to)).collect::<Vec<_>>()
        };
        let y71 = [[1.0, 10.0, 2.0], [4.0, 5.0, 3.0]];
        let y72 = [[4.0, 5.0, 3.0], [5.0, 6.0, 4.0]];
        let y73 = [[8.0, 2.0, 4.0], [5.0, 7.0, 5.0]];
        [step(y71, y72), step(y72, y73)]
    }

    #[test]
    fn one_step_is_the_direct_answer() {
        let [first, _] = years();
        let got = chained(std::slice::from_ref(&first)).unwrap();
        near(&[got.from, got.to], &[80.0, 180.0]);
        near(&got.effects, &lmdi::additive(&first).unwrap());
        near(&got.ratios.unwrap(), &lmdi::multiplicative(&first).unwrap().unwrap());
        near(&got.rows[0], &[50.474_380_29, -25.237_190_14, 14.762_809_86]);
    }

    #[test]
    fn steps_are_added_up_and_their_ratios_multiplied() {
        // LMDIR 0.1.14, the sums and products of its two steps
        let got = chained(&years()).unwrap();
        near(&[got.from, got.to], &[80.0, 239.0]);
        near(
            &got.effects,
            &[69.790_065_98 + 42.960_214_67, -9.455_125_793 - 34.319_026_56, 90.023_871_71],
        );
        let ratios = got.ratios.unwrap();
        near(
            &ratios,
            &[
                1.761_117_821 * 1.229_284_572,
                0.926_191_306 * 0.847_970_248,
                1.379_410_116 * 1.273_773_912,
            ],
        );
        near(&[ratios.iter().product()], &[239.0 / 80.0]);
    }

    #[test]
    fn a_step_from_nothing_has_effects_but_no_ratios() {
        let opened = vec![Row::new(&[0.0, 2.0], &[3.0, 2.0])];
        let grew = vec![Row::new(&[3.0, 2.0], &[4.0, 2.0])];
        let got = chained(&[opened, grew]).unwrap();
        near(&got.effects[..1], &[8.0]);
        assert_eq!(got.ratios, None);
    }

    #[test]
    fn what_has_no_split_is_named_by_step() {
        let good = vec![Row::new(&[1.0], &[2.0])];
        let bad = vec![Row::new(&[2.0], &[-1.0])];
        let error = LmdiError::Negative { row: 0, factor: 0 };
        assert_eq!(chained(&[good.clone(), bad]), Err(ChainError::Step { step: 1, error }));
        let ragged = vec![Row::of(vec![Some(1.0)], vec![])];
        let error = LmdiError::Factors { row: 0 };
        assert_eq!(chained(&[ragged]), Err(ChainError::Step { step: 0, error }));
        let far = vec![Row::new(&[1e200, 1e200], &[1.0, 1.0])];
        assert_eq!(chained(&[far]), Err(ChainError::Overflow));
    }

    proptest! {
        #[test]
        fn a_chain_adds_up_to_its_ends(values in prop::collection::vec(prop::collection::vec(0.0..1e4_f64, 6), 2..6)) {
            let side = |v: &[f64], row: usize| v[row * 3..row * 3 + 3].to_vec();
            let steps: Vec<Vec<Row>> = values.windows(2).map(|w| {
                (0..2).map(|row| Row::new(&side(&w[0], row), &side(&w[1], row))).collect()
            }).collect();
            let got = chained(&steps).unwrap();
            let scale: f64 = got.effects.iter().map(|x| x.abs()).sum::<f64>() + got.from + got.to;
            prop_assert!((sum(got.effects.iter().copied()) - (got.to - got.from)).abs() <= 1e-9 * scale);
            // A period that stands twice adds a step in which nothing moves.
            let mut twice = steps.clone();
            let still = steps[0].iter().map(|r| Row::of(r.from.clone(), r.from.clone())).collect();
            twice.insert(0, still);
            let again = chained(&twice).unwrap();
            for (a, b) in got.effects.iter().zip(&again.effects) {
                prop_assert!((a - b).abs() <= 1e-9 * scale);
            }
        }
    }
}
