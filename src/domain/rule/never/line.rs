//! Terms as sums: so many times each of some things, and a number.
//!
//! Bounds are kept between two things, so a comparison says something of them where no more is left of it than one thing, or
//! one less another as many times: `age * 2 > 10` says `age > 5`. What is divided is cut after six decimals, and so may be
//! off by that; a bound of it is as much wider.

use super::super::compare::CompareOp;
use super::super::evaluate::answers;
use super::super::number::Number;
use super::bounds::{Most, ONE, parts};
use super::facts::Fact;
use super::goal::Goal;
use super::names::ZERO;

/// How far a quotient may be from what it is cut of.
const CUT: i128 = ONE / 1_000_000;

/// So many times each of some things and a number, all of it divided by a whole number, and off by so much at most.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Each thing once, and none of them no times.
    things: Vec<(usize, i128)>,
    /// In the parts of bounds.
    by: i128,
    /// Above 0.
    over: i128,
    /// In the parts of bounds, before it is divided.
    off: i128,
}

impl Line {
    pub(super) fn constant(by: i128) -> Self {
        Self { things: Vec::new(), by, over: 1, off: 0 }
    }

    pub(super) fn thing(at: usize) -> Self {
        Self { things: vec![(at, 1)], by: 0, over: 1, off: 0 }
    }

    /// The same and so much more.
    pub(super) fn moved(self, by: i128) -> Self {
        Self { by: self.by.saturating_add(by), ..self }
    }

    /// The one thing that it is, and how much more; none if it is anything else.
    pub(super) fn alone(&self) -> Option<(usize, i128)> {
        match self.things.as_slice() {
            [(at, 1)] if self.over == 1 && self.off == 0 => Some((*at, self.by)),
            _ => None,
        }
    }

    /// The sum; none if it has more digits than bounds are kept with, as all of these.
    pub(super) fn plus(&self, other: &Self) -> Option<Self> {
        let (one, other) = (self.taken(other.over)?, other.taken(self.over)?);
        let mut things = one.things;
        for (at, times) in other.things {
            match things.iter_mut().find(|(known, _)| *known == at) {
                Some((_, known)) => *known = known.checked_add(times)?,
                None => things.push((at, times)),
            }
        }
        things.retain(|(_, times)| *times != 0);
        let (by, off) = (one.by.checked_add(other.by)?, one.off.checked_add(other.off)?);
        Some(Self { things, by, over: self.over.checked_mul(other.over)?, off })
    }

    pub(super) fn minus(&self, other: &Self) -> Option<Self> {
        self.plus(&other.taken(-1)?)
    }

    pub(super) fn times(&self, by: &Number) -> Option<Self> {
        let (number, part) = fraction(by)?;
        self.taken(number)?.divided(part)
    }

    /// What it is divided by a number that is not 0.
    pub(super) fn over(&self, by: &Number) -> Option<Self> {
        let (number, part) = fraction(by)?;
        if number == 0 {
            return None;
        }
        let mut line = self.taken(part.checked_mul(number.signum())?)?.divided(number.abs())?;
        line.off = line.off.checked_add(line.over.checked_mul(CUT)?)?;
        Some(line)
    }

    /// So many times, before it is divided.
    fn taken(&self, times: i128) -> Option<Self> {
        let things = self.things.iter().map(|(at, known)| Some((*at, known.checked_mul(times)?)));
        let mut things = things.collect::<Option<Vec<_>>>()?;
        things.retain(|(_, times)| *times != 0);
        let (by, off) = (self.by.checked_mul(times)?, self.off.checked_mul(times.checked_abs()?)?);
        Some(Self { things, by, over: self.over, off })
    }

    fn divided(self, by: i128) -> Option<Self> {
        Some(Self { over: self.over.checked_mul(by)?, ..self })
    }

    /// What must be for it to stand so to 0; none where bounds cannot say it.
    pub(super) fn stands(&self, op: CompareOp) -> Option<Goal> {
        let (x, y, times) = match *self.things.as_slice() {
            [] if self.off > 0 => return Some(Goal::ALWAYS),
            [] if answers(op, self.by.cmp(&0)) => return Some(Goal::ALWAYS),
            [] => return Some(Goal::NEVER),
            [(x, times)] => (x, ZERO, times),
            [(x, times), (y, less)] if times.checked_neg() == Some(less) => (x, y, times),
            _ => return None,
        };
        let (x, y) = if times > 0 { (x, y) } else { (y, x) };
        Some(self.between(op, x, y, times.checked_abs()?))
    }

    /// What must be of `x - y`, of which there are so many times.
    fn between(&self, op: CompareOp, x: usize, y: usize, times: i128) -> Goal {
        let exact = self.off == 0 && self.by % times == 0;
        let ends = [CompareOp::Lt, CompareOp::Le, CompareOp::Eq].contains(&op);
        let begins = [CompareOp::Gt, CompareOp::Ge, CompareOp::Eq].contains(&op);
        // What lies between two parts of bounds is below the next one.
        let beyond = self.off == 0
            && (!exact || !matches!(op, CompareOp::Le | CompareOp::Ge | CompareOp::Eq));
        let bound = |x, y, most: i128| {
            Goal::Fact(Fact::Bound(x, y, if beyond { Most::below(most) } else { Most::at(most) }))
        };
        let up = |of: i128| -(-of).div_euclid(times);
        let mut all = Vec::new();
        if ends {
            all.push(bound(x, y, up(self.off - self.by)));
        }
        if begins {
            all.push(bound(y, x, up(self.off + self.by)));
        }
        if op == CompareOp::Ne && exact {
            all.push(Goal::Fact(Fact::Apart(x, y, -self.by / times)));
        }
        Goal::All(all)
    }
}

/// A number as a whole one over another, which is above 0.
fn fraction(number: &Number) -> Option<(i128, i128)> {
    let number = parts(number)?;
    let (mut a, mut b) = (number.abs(), ONE);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    Some((number / a, ONE / a))
}
