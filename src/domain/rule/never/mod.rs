//! Whether conditions could be true together of any customer at all, whatever the records say.
//!
//! What must be for a condition to be true is written as [`Goal`]s: facts, all of them or any of them. Facts speak of what is
//! known or null, of bounds between numbers, amounts and days, of sets of values and of what stands for itself. The ways
//! to meet the goals are tried one after the other, and a way is given up where its facts contradict one another. Two
//! conditions say the same thing of one number where the language makes it so: a tier is a range of assets, what is missing
//! to one is its threshold less the assets, a window counts no more events than a longer one.
//!
//! It errs on one side only: what it calls impossible is so on every day and for all records that the schema lets in, and
//! what it cannot decide within its work it calls possible.

mod axioms;
mod bounds;
mod facts;
mod filter;
mod goal;
mod line;
mod names;
mod terms;
mod unknown;

use std::rc::Rc;

use axioms::Axioms;
use facts::Fact;
use goal::Goal;
use names::Names;

use super::expr::{EventFilter, Expr};
use crate::domain::id::OrgId;

/// Facts that one question may look at, so that it is answered while one types; about 20 ms.
const WORK: usize = 60_000;
/// The same for all questions of one judge.
const ALL_WORK: usize = 300_000;

/// What one question of whether a condition carries another may cost: there may be some in a rule.
const ENTAILS_WORK: usize = 10_000;

/// Judges conditions of one rule.
pub(super) struct Judge {
    names: Names,
    units: Rc<[OrgId]>,
    axioms: Option<Axioms>,
    left: usize,
}

/// A condition as a judge weighs it.
pub(super) struct Weighed(Goal);

impl Judge {
    /// `units` are all units that there are.
    pub(super) fn new(units: Rc<[OrgId]>) -> Self {
        Self { names: Names::new(units.clone()), units, axioms: None, left: ALL_WORK }
    }

    /// What must be for `expr` to be true.
    pub(super) fn weigh(&mut self, expr: &Expr) -> Weighed {
        Weighed(self.names.goal(expr, true))
    }

    /// Whether all of them could be true of one customer.
    pub(super) fn possible(&mut self, all: &[&Weighed]) -> bool {
        if self.axioms.as_ref().is_none_or(|axioms| axioms.nodes() != self.names.len()) {
            self.axioms = Some(Axioms::of(&self.names));
        }
        let Some(axioms) = &self.axioms else { return true };
        let mut left = self.left.min(WORK);
        let before = left;
        let mut search = Search { axioms, units: &self.units, left: &mut left };
        let possible = search.possible(Vec::new(), all.iter().map(|one| &one.0).collect(), vec![]);
        self.left -= before - left;
        possible
    }
}

/// Whether a customer could be that the condition is true of.
pub(super) fn could_be(expr: &Expr, units: &Rc<[OrgId]>) -> bool {
    let mut judge = Judge::new(units.clone());
    let weighed = judge.weigh(expr);
    judge.possible(&[&weighed])
}

/// Whether `other` is true of everyone whom `one` is true of, whatever is recorded of them.
fn entails(one: &Expr, other: &Expr, units: &Rc<[OrgId]>) -> bool {
    if one == other {
        return true;
    }
    let mut names = Names::new(units.clone());
    let goals = [names.goal(one, true), names.loosely(other, false)];
    let [a, b] = goals.map(Weighed);
    let mut judge = Judge { names, units: units.clone(), axioms: None, left: ENTAILS_WORK };
    !judge.possible(&[&a, &b])
}

/// Whether an event could be that the condition is true of.
fn could_happen(filter: &EventFilter) -> bool {
    let mut names = Names::new(Rc::from([]));
    let goal = names.filter(filter, filter::Wanted::True);
    let mut judge = Judge { names, units: Rc::from([]), axioms: None, left: ALL_WORK };
    judge.possible(&[&Weighed(goal)])
}

/// Whether `other` is true of every event that `one` is true of.
fn carries(one: Option<&EventFilter>, other: Option<&EventFilter>) -> bool {
    let Some(other) = other else { return true };
    let Some(one) = one else { return false };
    if one == other {
        return true;
    }
    let mut names = Names::new(Rc::from([]));
    let goals =
        [names.filter(one, filter::Wanted::True), names.filter(other, filter::Wanted::NotTrue)];
    let [a, b] = goals.map(Weighed);
    let mut judge = Judge { names, units: Rc::from([]), axioms: None, left: ALL_WORK };
    !judge.possible(&[&a, &b])
}

/// A walk through the ways to meet goals.
struct Search<'a> {
    axioms: &'a Axioms,
    units: &'a [OrgId],
    left: &'a mut usize,
}

impl Search<'_> {
    /// Whether a way is left, with what is so already, what must be so, and of what one of each must be so.
    fn possible<'g>(
        &mut self,
        mut so: Vec<&'g Fact>,
        mut open: Vec<&'g Goal>,
        mut choices: Vec<&'g [Goal]>,
    ) -> bool {
        while let Some(goal) = open.pop() {
            match goal {
                Goal::Fact(fact) => so.push(fact),
                Goal::All(goals) => open.extend(goals),
                Goal::Any(goals) => choices.push(goals),
            }
        }
        let Some(left) = self.left.checked_sub(so.len() + 8) else { return true };
        *self.left = left;
        if !facts::consistent(self.axioms, self.units, &so) {
            return false;
        }
        // The narrowest choice first: one of nothing ends the way.
        let narrowest = choices.iter().enumerate().min_by_key(|(_, goals)| goals.len());
        let Some((at, _)) = narrowest else { return true };
        let choice = choices.swap_remove(at);
        choice.iter().any(|goal| self.possible(so.clone(), vec![goal], choices.clone()))
    }
}
