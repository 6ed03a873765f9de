//! The metric tree (指标树): what stands under what, and where each metric's values come from.

mod lent;
mod units;

use super::formula::{Formula, FormulaError};
use super::near::nearest;
use super::{Base, Kind, Metric};
use crate::domain::message::Message;
use crate::msg;

/// Metrics whose formulas have been checked: every name is known, units agree, nothing goes round in a circle.
///
/// Metrics are named by their position in [`Tree::metrics`].
#[derive(Clone, Debug)]
pub struct Tree {
    metrics: Vec<Metric>,
    /// By which values are computed: their parts are of the same days.
    formulas: Vec<Option<Terms>>,
    sources: Vec<Source>,
    /// The formulas as the bank wrote them.
    written: Vec<Option<Terms>>,
    /// Of the metrics behind those that the bank defined, the place of each one's own.
    lent: Vec<usize>,
}

/// A formula with positions in place of codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Terms {
    /// Factors.
    Product(Vec<usize>),
    /// Terms, and whether each is taken away.
    Sum(Vec<(usize, bool)>),
    /// Above and below.
    Quotient(usize, usize),
}

impl Terms {
    /// The metrics it names, in the order written.
    #[must_use]
    pub fn metrics(&self) -> Vec<usize> {
        match self {
            Self::Product(factors) => factors.clone(),
            Self::Sum(terms) => terms.iter().map(|term| term.0).collect(),
            Self::Quotient(above, below) => vec![*above, *below],
        }
    }
}

impl Terms {
    /// What the formula of `of` says of all its metrics alike: a formula and the same one solved for another metric say the same. Of a
    /// sum how often each counts with its sign, of a product and a quotient its power; the first stands with a sign of plus.
    fn identity(&self, of: usize) -> (bool, Vec<(usize, i32)>) {
        let (adds, mut counts) = match self {
            Self::Product(factors) => (false, factors.iter().map(|&at| (at, 1)).collect()),
            Self::Quotient(above, below) => (false, vec![(*above, 1), (*below, -1)]),
            Self::Sum(terms) => {
                (true, terms.iter().map(|&(at, minus)| (at, if minus { -1 } else { 1 })).collect())
            }
        };
        counts.push((of, -1));
        counts.sort_unstable();
        let mut all: Vec<(usize, i32)> = Vec::new();
        for (at, count) in counts {
            match all.last_mut().filter(|last| last.0 == at) {
                Some(last) => last.1 += count,
                None => all.push((at, count)),
            }
        }
        all.retain(|&(_, count)| count != 0);
        if all.first().is_some_and(|first| first.1 < 0) {
            for one in &mut all {
                one.1 = -one.1;
            }
        }
        (adds, all)
    }
}

/// Where a metric's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Facts of its own.
    Facts,
    /// Its own formula.
    Formula,
    /// The formula of the metric above it, solved for it.
    Solved(usize),
    /// Nothing yet.
    Nowhere,
}

/// Why metrics form no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A formula cannot be read.
    #[error("formula of {metric}: {error}")]
    Formula {
        /// Whose formula.
        metric: String,
        /// What is wrong.
        error: FormulaError,
    },
    /// A formula names a metric that is not defined.
    #[error("formula of {metric}: there is no metric {name}")]
    Unknown {
        /// Whose formula.
        metric: String,
        /// The name.
        name: String,
        /// The known code that is most like it.
        like: Option<String>,
    },
    /// A sum adds money to what is not money.
    #[error("formula of {metric}: {name} is in another unit")]
    Unit {
        /// Whose formula.
        metric: String,
        /// The term that does not fit.
        name: String,
    },
    /// A metric of money whose formula gives none.
    #[error("formula of {0}: it gives no money")]
    NoMoney(String),
    /// A metric that is no money and whose formula gives it.
    #[error("formula of {0}: it gives money")]
    Money(String),
    /// A formula makes a stock of a flow, or adds one to the other.
    #[error("formula of {metric}: {name} is of another kind")]
    Mixed {
        /// Whose formula.
        metric: String,
        /// The metric that does not fit.
        name: String,
    },
    /// Formulas that lead back to where they began.
    #[error("formulas go round in a circle: {}", .0.join(" -> "))]
    Cycle(Vec<String>),
}

impl TreeError {
    /// What to tell the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let of = |key, metric: &str| Message::new(key).with("metric", metric);
        match self {
            Self::Formula { metric, error } => {
                of(msg!("kpi.formula-of"), metric).with("error", error.message())
            }
            Self::Unknown { metric, name, like: None } => {
                of(msg!("kpi.formula-unknown"), metric).with("name", name.as_str())
            }
            Self::Unknown { metric, name, like: Some(like) } => {
                of(msg!("kpi.formula-unknown-like"), metric)
                    .with("name", name.as_str())
                    .with("like", like.as_str())
            }
            Self::Unit { metric, name } => {
                of(msg!("kpi.formula-unit"), metric).with("name", name.as_str())
            }
            Self::NoMoney(metric) => of(msg!("kpi.formula-no-money"), metric),
            Self::Money(metric) => of(msg!("kpi.formula-money"), metric),
            Self::Mixed { metric, name } => {
                of(msg!("kpi.formula-kind"), metric).with("name", name.as_str())
            }
            Self::Cycle(path) => {
                Message::new(msg!("kpi.formula-cycle")).with("path", path.join(" -> "))
            }
        }
    }
}

impl Tree {
    /// Ties `metrics` together by their formulas.
    ///
    /// A factor without facts of its own, of a metric that has them, is derived by solving the formula and is no
    /// edge for the check of cycles: so `aum = customers * aum_per_customer` may stand beside
    /// `aum_per_customer = aum / customers`. It is one where its own formula says something else: `income = cost - profit` beside
    /// `profit = income - cost` would make profit what is left after taking it away.
    ///
    /// # Errors
    /// [`TreeError`] names the metric and the place.
    pub fn new(metrics: Vec<Metric>) -> Result<Self, TreeError> {
        let mut formulas = Vec::with_capacity(metrics.len());
        for metric in &metrics {
            let terms = metric.formula.as_deref().map(|text| resolve(&metrics, metric, text));
            formulas.push(terms.transpose()?);
        }
        let sources = vec![Source::Nowhere; metrics.len()];
        let (written, lent) = (formulas.clone(), Vec::new());
        let mut tree = Self { metrics, formulas, sources, written, lent };
        tree.refuse_cycles()?;
        tree.find_sources();
        tree.lend();
        Ok(tree)
    }

    /// The metrics, in the bank's order; behind them those that are lent to formulas, which nobody is shown: see
    /// [`defined`](Self::defined).
    #[must_use]
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// The metric at a position.
    #[must_use]
    pub fn metric(&self, at: usize) -> &Metric {
        &self.metrics[at]
    }

    /// The position of a code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<usize> {
        self.metrics.iter().position(|metric| metric.code == code)
    }

    /// The known code most like `code`, for a question back.
    #[must_use]
    pub fn like(&self, code: &str) -> Option<&str> {
        like(&self.metrics, code)
    }

    /// The formula of a metric.
    #[must_use]
    pub fn formula(&self, at: usize) -> Option<&Terms> {
        self.formulas[at].as_ref()
    }

    /// Where a metric's values come from.
    #[must_use]
    pub fn source(&self, at: usize) -> Source {
        self.sources[at]
    }

    /// Whether a unit's value is the sum over the units below it. Quotients, and what is solved out of a product,
    /// are computed from sums instead.
    #[must_use]
    pub fn is_additive(&self, at: usize) -> bool {
        if self.metrics[at].kind == Kind::Ratio {
            return false;
        }
        let all = |terms: &[(usize, bool)]| {
            terms.iter().all(|&(term, _)| term == at || self.is_additive(term))
        };
        match self.sources[at] {
            Source::Facts => true,
            Source::Nowhere => false,
            Source::Formula => match &self.formulas[at] {
                Some(Terms::Product(_)) => true,
                Some(Terms::Sum(terms)) => all(terms),
                _ => false,
            },
            Source::Solved(parent) => match &self.formulas[parent] {
                Some(Terms::Sum(terms)) => self.is_additive(parent) && all(terms),
                _ => false,
            },
        }
    }

    /// The metrics with facts that a metric's value is computed from; itself, if it has facts.
    #[must_use]
    pub fn bases(&self, at: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open = vec![at];
        let mut seen = vec![false; self.metrics.len()];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            match self.sources[at] {
                Source::Facts => found.push(at),
                Source::Formula => open.extend(self.formulas[at].iter().flat_map(Terms::metrics)),
                Source::Solved(parent) => {
                    open.push(parent);
                    open.extend(self.formulas[parent].iter().flat_map(Terms::metrics));
                }
                Source::Nowhere => {}
            }
        }
        found.sort_unstable();
        found
    }

    /// What the value and the comparisons of a metric are made of: those of what it is computed from.
    #[must_use]
    pub fn base(&self, at: usize) -> Base {
        let bases = self.bases(at);
        let any = |holds: fn(&Metric) -> bool| bases.iter().any(|&base| holds(&self.metrics[base]));
        if any(|metric| metric.kind == Kind::Flow) {
            Base::ToDate
        } else if any(Metric::over_days) {
            Base::Mean
        } else {
            Base::End
        }
    }

    /// The tree as lines: metric, steps below its root, and the metric above. A factor of two metrics stands under
    /// both; a derived factor has nothing below it, because what it is derived from stands beside it.
    #[must_use]
    pub fn lines(&self) -> Vec<(usize, usize, Option<usize>)> {
        let mut is_below = vec![false; self.written.len()];
        for at in 0..self.written.len() {
            self.edges(at).into_iter().for_each(|below| is_below[below] = true);
            let derived = self.written[at].iter().flat_map(Terms::metrics);
            derived.filter(|&d| self.written[d].is_none()).for_each(|d| is_below[d] = true);
        }
        // A child that repeats its parent's formula the other way round: the one with facts is the parent.
        for at in 0..self.written.len() {
            for below in self.written[at].iter().flat_map(Terms::metrics) {
                let back = self.written[below].as_ref().is_some_and(|f| f.metrics().contains(&at));
                if back && self.is_derived_in(below, at) {
                    (is_below[at], is_below[below]) = (false, true);
                }
            }
        }
        let mut lines = Vec::new();
        for at in (0..self.written.len()).filter(|&at| !is_below[at]) {
            self.walk(at, None, 0, &mut lines);
        }
        lines
    }

    fn walk(
        &self,
        at: usize,
        parent: Option<usize>,
        depth: usize,
        lines: &mut Vec<(usize, usize, Option<usize>)>,
    ) {
        lines.push((at, depth, parent));
        if parent.is_some_and(|parent| self.is_no_edge(at, parent)) {
            return;
        }
        for below in self.written[at].iter().flat_map(Terms::metrics) {
            self.walk(below, Some(at), depth + 1, lines);
        }
    }

    /// Whether `factor` is solved out of the formula of `parent`.
    fn is_derived_in(&self, factor: usize, parent: usize) -> bool {
        self.metrics[parent].has_facts && !self.metrics[factor].has_facts
    }

    /// The same, and nothing else is said of it: it has no formula of its own, or one that is this very formula solved for it.
    fn is_no_edge(&self, factor: usize, parent: usize) -> bool {
        let of = |at: usize| self.written[at].as_ref().map(|terms| terms.identity(at));
        let own = of(factor);
        self.is_derived_in(factor, parent) && (own.is_none() || own == of(parent))
    }

    fn edges(&self, at: usize) -> Vec<usize> {
        let names = self.written[at].as_ref().map(Terms::metrics).unwrap_or_default();
        names.into_iter().filter(|&factor| !self.is_no_edge(factor, at)).collect()
    }

    fn refuse_cycles(&self) -> Result<(), TreeError> {
        let mut done = vec![false; self.metrics.len()];
        (0..self.metrics.len()).try_for_each(|at| self.descend(at, &mut Vec::new(), &mut done))
    }

    fn descend(
        &self,
        at: usize,
        path: &mut Vec<usize>,
        done: &mut [bool],
    ) -> Result<(), TreeError> {
        if let Some(start) = path.iter().position(|&seen| seen == at) {
            let circle = path[start..].iter().chain([&at]);
            return Err(TreeError::Cycle(circle.map(|&m| self.metrics[m].code.clone()).collect()));
        }
        if done[at] {
            return Ok(());
        }
        path.push(at);
        for below in self.edges(at) {
            self.descend(below, path, done)?;
        }
        path.pop();
        done[at] = true;
        Ok(())
    }

    /// Facts come first, then a metric's own formula, then the formula of a metric above it; each only from what is
    /// already known, so that no value can wait for itself.
    fn find_sources(&mut self) {
        let count = self.metrics.len();
        for (at, metric) in self.metrics.iter().enumerate() {
            if metric.has_facts {
                self.sources[at] = Source::Facts;
            }
        }
        loop {
            let known = |tree: &Self, at: usize| tree.sources[at] != Source::Nowhere;
            let by_formula = (0..count).filter(|&at| !known(self, at)).find_map(|at| {
                let terms = self.formulas[at].as_ref()?;
                terms
                    .metrics()
                    .iter()
                    .all(|&term| known(self, term))
                    .then_some((at, Source::Formula))
            });
            let by_solving = || {
                (0..count).filter(|&at| !known(self, at)).find_map(|at| {
                    let parent = (0..count).filter(|&p| known(self, p)).find(|&p| {
                        let terms =
                            self.formulas[p].as_ref().map(Terms::metrics).unwrap_or_default();
                        terms.contains(&at) && terms.iter().all(|&t| t == at || known(self, t))
                    })?;
                    Some((at, Source::Solved(parent)))
                })
            };
            let Some((at, source)) = by_formula.or_else(by_solving) else { return };
            self.sources[at] = source;
        }
    }
}

fn resolve(metrics: &[Metric], of: &Metric, text: &str) -> Result<Terms, TreeError> {
    let formula = Formula::parse(&of.code, text)
        .map_err(|error| TreeError::Formula { metric: of.code.clone(), error })?;
    let find = |name: &str| {
        metrics.iter().position(|metric| metric.code == name).ok_or_else(|| TreeError::Unknown {
            metric: of.code.clone(),
            name: name.to_owned(),
            like: like(metrics, name).map(str::to_owned),
        })
    };
    Ok(match &formula {
        Formula::Product(factors) => {
            Terms::Product(factors.iter().map(|name| find(name)).collect::<Result<_, _>>()?)
        }
        Formula::Quotient(above, below) => Terms::Quotient(find(above)?, find(below)?),
        Formula::Sum(terms) => {
            let mut found = Vec::with_capacity(terms.len());
            for term in terms {
                let at = find(&term.metric)?;
                if metrics[at].is_money() != of.is_money() {
                    let (metric, name) = (of.code.clone(), term.metric.clone());
                    return Err(TreeError::Unit { metric, name });
                }
                found.push((at, term.minus));
            }
            Terms::Sum(found)
        }
    })
}

/// The code most like `name`.
fn like<'a>(metrics: &'a [Metric], name: &str) -> Option<&'a str> {
    nearest(metrics.iter().map(|metric| metric.code.as_str()), name)
}

#[cfg(test)]
mod tests;
