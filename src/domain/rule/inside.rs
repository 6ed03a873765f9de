//! What stands within a condition: the rule of a related customer, and what must hold for each event of a set.
//!
//! The way to a part of a tree goes through them: below a condition stand its sets of events by number, in reading
//! order and those without a condition counted, or the one rule of a relation. The two sets of a sequence stand there
//! themselves, so that each can be given a window and a condition; what must hold for its events stands below each.

use super::expr::{EventFilter, EventSet, Expr, Leaf, Rule, Term};
use super::print;

/// The way from the top of a tree to a part of it: which part of each group, 0 below a `not` and below a relation, the
/// number of a set of events below a condition that names some.
pub type Path = Vec<usize>;

/// How the parts of a group are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// All of them.
    And,
    /// Any of them.
    Or,
}

/// Of what a part of a tree is a condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Of {
    /// A customer.
    #[default]
    Customer,
    /// A customer related to him.
    Related,
    /// One event.
    Event,
    /// Which events one of the two of a sequence is.
    Sequence(Turn),
}

/// Which of the two of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// What came first.
    First,
    /// What came after.
    Then,
}

impl Turn {
    /// The number of its argument.
    #[must_use]
    pub fn number(self) -> usize {
        match self {
            Self::First => 0,
            Self::Then => 1,
        }
    }
}

/// A part of a tree as it is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part<'a> {
    /// A condition on a customer, the rule's own or a related one.
    Customer(&'a Expr),
    /// A condition on an event of that set.
    Event(&'a EventFilter, &'a EventSet),
    /// The events of a sequence that come at that turn.
    Events(&'a EventSet, Turn),
}

impl<'a> Part<'a> {
    /// What stands below it, each with the number that leads there.
    #[must_use]
    pub fn below(self) -> Vec<(usize, Self)> {
        let customer = |parts: &'a [Expr]| parts.iter().map(Self::Customer).enumerate().collect();
        match self {
            Self::Customer(Expr::And(parts) | Expr::Or(parts)) => customer(parts),
            Self::Customer(Expr::Not(inner) | Expr::Leaf(Leaf::Related { rule: inner, .. })) => {
                vec![(0, Self::Customer(inner))]
            }
            Self::Customer(Expr::Leaf(Leaf::FollowedBy { first, then, .. })) => {
                vec![(0, Self::Events(first, Turn::First)), (1, Self::Events(then, Turn::Then))]
            }
            Self::Events(set, _) => {
                set.filter.iter().map(|filter| (0, Self::Event(filter, set))).collect()
            }
            Self::Customer(leaf) => {
                let all = sets(leaf).into_iter().enumerate();
                all.filter_map(|(at, set)| Some((at, Self::Event(set.filter.as_ref()?, set))))
                    .collect()
            }
            Self::Event(EventFilter::And(parts) | EventFilter::Or(parts), set) => {
                parts.iter().map(|part| Self::Event(part, set)).enumerate().collect()
            }
            Self::Event(EventFilter::Not(inner), set) => vec![(0, Self::Event(inner, set))],
            Self::Event(..) => Vec::new(),
        }
    }

    /// `and` or `or`.
    #[must_use]
    pub fn is_group(self) -> bool {
        matches!(
            self,
            Self::Customer(Expr::And(_) | Expr::Or(_))
                | Self::Event(EventFilter::And(_) | EventFilter::Or(_), _)
        )
    }

    /// `not`.
    #[must_use]
    pub fn is_not(self) -> bool {
        matches!(self, Self::Customer(Expr::Not(_)) | Self::Event(EventFilter::Not(_), _))
    }

    /// A condition that is neither a group nor a `not`.
    #[must_use]
    pub fn is_condition(self) -> bool {
        !self.is_group() && !self.is_not()
    }
}

impl Rule {
    /// The part of the tree at `path`.
    #[must_use]
    pub fn at(&self, path: &[usize]) -> Option<Part<'_>> {
        path.iter().try_fold(Part::Customer(&self.expr), |part, at| {
            part.below().into_iter().find(|(number, _)| number == at).map(|(_, part)| part)
        })
    }

    /// The condition on a customer at `path`.
    #[must_use]
    pub fn part(&self, path: &[usize]) -> Option<&Expr> {
        match self.at(path)? {
            Part::Customer(expr) => Some(expr),
            Part::Event(..) | Part::Events(..) => None,
        }
    }

    /// The part at `path` as rules write it.
    #[must_use]
    pub fn written(&self, path: &[usize]) -> Option<String> {
        Some(match self.at(path)? {
            Part::Customer(expr) => print::condition(expr, self.currency),
            Part::Event(filter, _) => print::filter(filter, self.currency),
            Part::Events(set, _) => print::set(set, self.currency),
        })
    }

    /// Of what the part at `path` is a condition.
    #[must_use]
    pub fn of_what(&self, path: &[usize]) -> Of {
        let above = (0..path.len()).filter_map(|end| self.at(&path[..end]));
        let related = |part| matches!(part, Part::Customer(Expr::Leaf(Leaf::Related { .. })));
        match self.at(path) {
            Some(Part::Event(..)) => Of::Event,
            Some(Part::Events(_, turn)) => Of::Sequence(turn),
            _ if above.into_iter().any(related) => Of::Related,
            _ => Of::Customer,
        }
    }
}

/// The sets of events that a condition names, in reading order.
pub(super) fn sets(expr: &Expr) -> Vec<&EventSet> {
    let mut found = Vec::new();
    match expr {
        Expr::Leaf(Leaf::FollowedBy { first, then, .. }) => found.extend([first, then]),
        Expr::Compare { left, right, .. } => {
            term(left, &mut found);
            term(right, &mut found);
        }
        Expr::Between { term: of, .. }
        | Expr::In { term: of, .. }
        | Expr::IsNull { term: of, .. } => term(of, &mut found),
        _ => {}
    }
    found
}

fn term<'a>(of: &'a Term, found: &mut Vec<&'a EventSet>) {
    match of {
        Term::Events { events }
        | Term::SumEvents { events }
        | Term::FirstEvent { events }
        | Term::LastEvent { events } => found.push(events),
        Term::Arith { left, right, .. } => {
            term(left, found);
            term(right, found);
        }
        _ => {}
    }
}

/// The same to be changed.
pub(super) fn sets_mut(expr: &mut Expr) -> Vec<&mut EventSet> {
    let mut found = Vec::new();
    match expr {
        Expr::Leaf(Leaf::FollowedBy { first, then, .. }) => found.extend([first, then]),
        Expr::Compare { left, right, .. } => {
            term_mut(left, &mut found);
            term_mut(right, &mut found);
        }
        Expr::Between { term: of, .. }
        | Expr::In { term: of, .. }
        | Expr::IsNull { term: of, .. } => term_mut(of, &mut found),
        _ => {}
    }
    found
}

fn term_mut<'a>(of: &'a mut Term, found: &mut Vec<&'a mut EventSet>) {
    match of {
        Term::Events { events }
        | Term::SumEvents { events }
        | Term::FirstEvent { events }
        | Term::LastEvent { events } => found.push(events),
        Term::Arith { left, right, .. } => {
            term_mut(left, found);
            term_mut(right, found);
        }
        _ => {}
    }
}
