//! What a formula is made of is taken over the same days as the formula.
//!
//! Deposits as the mean of a month over the customers of its last day would be a number of two times, and a split into the two
//! factors would use it. So a metric that is of other days than the formula that names it is lent to it: a second metric of
//! the same name and facts, taken as the formula is, that no list shows. A formula with a mean of days in it is a mean
//! over means; one with a metric of working days has all its parts of working days.
//!
//! Whoever has facts of its own keeps its own days, and its factors follow it.

use std::collections::HashMap;

use super::{Source, Terms, Tree};
use crate::domain::metric::definition::Over;

impl Tree {
    /// The metrics that the bank defined, in its order; those that are lent stand behind them.
    #[must_use]
    pub fn defined(&self) -> &[super::Metric] {
        &self.metrics[..self.written.len()]
    }

    /// The metric that the bank defined in the place of one that is lent; of any other, itself.
    #[must_use]
    pub fn origin(&self, at: usize) -> usize {
        at.checked_sub(self.written.len()).map_or(at, |lent| self.lent[lent])
    }

    /// Gives every formula parts of its own days.
    pub(super) fn lend(&mut self) {
        let count = self.metrics.len();
        let over: Vec<Over> = (0..count).map(|at| self.over(at)).collect();
        let mut known = HashMap::new();
        for at in 0..count {
            self.formulas[at] = self.written[at].clone().map(|terms| {
                terms.renamed(&mut |term| self.lent_to((term, over[at]), &over, &mut known))
            });
        }
    }

    /// How the days of a metric's values are taken: by its own definition if it has facts; solved out of a formula, as that one; and
    /// by a formula of its own, as whatever it is made of asks for.
    fn over(&self, at: usize) -> Over {
        match self.sources[at] {
            Source::Facts | Source::Nowhere => self.metrics[at].over,
            Source::Solved(parent) => self.over(parent),
            Source::Formula => {
                let terms = self.written[at].iter().flat_map(Terms::metrics);
                terms.map(|term| self.over(term)).fold(Over::default(), |all, one| Over {
                    average: all.average || one.average,
                    workdays: all.workdays || one.workdays,
                })
            }
        }
    }

    /// The metric to stand for another where that is asked for: itself where it is taken so already.
    fn lent_to(
        &mut self,
        (at, wanted): (usize, Over),
        over: &[Over],
        known: &mut HashMap<(usize, Over), usize>,
    ) -> usize {
        if over[at] == wanted || self.sources[at] == Source::Nowhere {
            return at;
        }
        if let Some(&lent) = known.get(&(at, wanted)) {
            return lent;
        }
        let lent = self.metrics.len();
        known.insert((at, wanted), lent);
        let metric = super::Metric { over: wanted, ..self.metrics[at].clone() };
        self.metrics.push(metric);
        self.formulas.push(None);
        self.sources.push(self.sources[at]);
        self.lent.push(at);
        let terms = self.written[at].clone();
        self.formulas[lent] =
            terms.map(|terms| terms.renamed(&mut |term| self.lent_to((term, wanted), over, known)));
        if let Source::Solved(parent) = self.sources[at] {
            self.sources[lent] = Source::Solved(self.lent_to((parent, wanted), over, known));
        }
        lent
    }
}

impl Terms {
    fn renamed(self, name: &mut dyn FnMut(usize) -> usize) -> Self {
        match self {
            Self::Product(factors) => Self::Product(factors.into_iter().map(name).collect()),
            Self::Sum(terms) => {
                Self::Sum(terms.into_iter().map(|(term, minus)| (name(term), minus)).collect())
            }
            Self::Quotient(above, below) => Self::Quotient(name(above), name(below)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::{Kind, Metric};

    fn metric(code: &str, formula: &str, over: Option<Over>) -> Metric {
        let (zh, en) = (String::new(), String::new());
        let formula = (!formula.is_empty()).then(|| formula.to_owned());
        let (has_facts, over) = (over.is_some(), over.unwrap_or_default());
        Metric {
            code: code.into(),
            zh,
            en,
            kind: Kind::Stock,
            unit: None,
            formula,
            has_facts,
            over,
        }
    }

    const END: Over = Over { average: false, workdays: false };
    const MEAN: Over = Over { average: true, workdays: false };

    /// How each of what a metric is computed from is taken.
    fn bases(tree: &Tree, code: &str) -> Vec<(String, bool)> {
        let bases = tree.bases(tree.find(code).unwrap()).into_iter();
        bases.map(|at| (tree.metric(at).code.clone(), tree.metric(at).over.average)).collect()
    }

    fn two(all: [(&str, bool); 2]) -> Vec<(String, bool)> {
        all.map(|(code, mean)| (code.to_owned(), mean)).into()
    }

    #[test]
    fn a_mean_of_days_is_divided_by_a_mean_of_the_same_days() {
        let tree = Tree::new(vec![
            metric("customers", "", Some(END)),
            metric("deposits", "customers * per", Some(MEAN)),
            metric("per", "", None),
            metric("aum", "customers * each", Some(END)),
            metric("each", "", None),
        ])
        .unwrap();
        assert_eq!(bases(&tree, "per"), two([("deposits", true), ("customers", true)]));
        assert_eq!(bases(&tree, "each"), two([("customers", false), ("aum", false)]));
        assert_eq!(bases(&tree, "customers"), [("customers".to_owned(), false)]);
        assert_eq!(tree.defined().len(), 5);
        let factors = tree.formula(1).unwrap().metrics();
        assert!(tree.metric(factors[0]).over.average, "the factor that a split shows");
        assert_eq!((tree.origin(factors[0]), factors[1]), (0, 2));
        assert!(tree.lines().iter().all(|line| line.0 < 5), "what is lent is not shown");
    }

    #[test]
    fn factors_follow_whoever_has_facts() {
        let tree = Tree::new(vec![
            metric("customers", "", Some(MEAN)),
            metric("aum", "customers * each", Some(END)),
            metric("each", "aum / customers", None),
        ])
        .unwrap();
        assert_eq!(bases(&tree, "each"), two([("customers", true), ("aum", true)]));
        let factors = tree.formula(1).unwrap().metrics();
        let of = |at: usize| {
            tree.bases(at).into_iter().map(|at| tree.metric(at).over.average).collect::<Vec<_>>()
        };
        assert_eq!(of(factors[0]), [false]);
        assert_eq!(of(factors[1]), [false, false], "each as aum has it: of the same one day");
    }

    #[test]
    fn working_days_go_through_a_formula() {
        let workdays = Over { average: false, workdays: true };
        let tree = Tree::new(vec![
            metric("all", "a + b", None),
            metric("a", "", Some(workdays)),
            metric("b", "c + d", None),
            metric("c", "", Some(END)),
            metric("d", "", Some(END)),
        ])
        .unwrap();
        let of = |code: &str| {
            let bases = tree.bases(tree.find(code).unwrap()).into_iter();
            bases.map(|at| tree.metric(at).over.workdays).collect::<Vec<_>>()
        };
        assert_eq!(of("all"), [true; 3]);
        assert_eq!(of("b"), [false; 2]);
    }
}
