//! Bounds between pairs of things: one less the other is at most so much. A circle of them that comes to less than nothing
//! is a contradiction (Bellman and Ford).

use std::cmp::Ordering;
use std::ops::Add;

use super::super::number::Number;

/// One of a unit (of a number, of a minor unit, of a day) in the parts that bounds are kept in.
pub(super) const ONE: i128 = 1_000_000_000;

/// The number in those parts; none if it has finer decimals or more digits than bounds are kept in.
pub(super) fn parts(number: &Number) -> Option<i128> {
    let (whole, decimals) = number.as_str().split_once('.').unwrap_or((number.as_str(), ""));
    if whole.trim_start_matches('-').len() > 20 || decimals.len() > 9 {
        return None;
    }
    format!("{whole}{decimals:0<9}").parse().ok()
}

/// The most that something is, and by how many bounds on the way that itself is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Most {
    pub(super) most: i128,
    pub(super) below: u32,
}

impl Most {
    /// At most.
    pub(super) fn at(most: i128) -> Self {
        Self { most, below: 0 }
    }

    /// Below.
    pub(super) fn below(most: i128) -> Self {
        Self { most, below: 1 }
    }

    /// The same of what is whole.
    pub(super) fn of_whole(self) -> Self {
        let down = self.most.div_euclid(ONE) * ONE;
        let itself = self.below > 0 && down == self.most;
        Self::at(if itself { down - ONE } else { down })
    }
}

impl Add for Most {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            most: self.most.saturating_add(other.most),
            below: self.below.saturating_add(other.below),
        }
    }
}

impl Ord for Most {
    fn cmp(&self, other: &Self) -> Ordering {
        self.most.cmp(&other.most).then(other.below.cmp(&self.below))
    }
}

impl PartialOrd for Most {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `x - y` is at most `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) most: Most,
}

impl Bound {
    fn turned(self) -> Self {
        Self { x: self.y, y: self.x, most: self.most }
    }
}

/// Whether a circle of bounds comes to less than nothing.
pub(super) fn contradict(nodes: usize, bounds: &[Bound]) -> bool {
    relax(vec![Some(Most::at(0)); nodes], bounds).is_none()
}

/// The most that each is above `of`; none where nothing says so. The bounds must not contradict one another.
pub(super) fn above(nodes: usize, bounds: &[Bound], of: usize) -> Vec<Option<Most>> {
    let mut start = vec![None; nodes];
    start[of] = Some(Most::at(0));
    relax(start, bounds).unwrap_or_else(|| vec![None; nodes])
}

/// The most that each is below `of`.
pub(super) fn beneath(nodes: usize, bounds: &[Bound], of: usize) -> Vec<Option<Most>> {
    let turned: Vec<Bound> = bounds.iter().map(|bound| bound.turned()).collect();
    above(nodes, &turned, of)
}

/// None if it has no end.
fn relax(mut far: Vec<Option<Most>>, bounds: &[Bound]) -> Option<Vec<Option<Most>>> {
    for _ in 0..=far.len() {
        let mut changed = false;
        for bound in bounds {
            let Some(from) = far[bound.y] else { continue };
            let reached = from + bound.most;
            if far[bound.x].is_none_or(|known| reached < known) {
                far[bound.x] = Some(reached);
                changed = true;
            }
        }
        if !changed {
            return Some(far);
        }
    }
    None
}
