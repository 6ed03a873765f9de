//! A part of a rule's tree under the knife, and the way back from it to the tree.
//!
//! What stands within a function is part of the same tree: the rule of a related customer, and what must hold for each
//! event. It is taken out of its function here and put back at the end, so that one set of edits serves all of it.

use super::expr::{EventFilter, EventSet, Expr, Leaf};
use super::inside::{Joint, Path, sets, sets_mut};

/// A condition that is put into a tree: on a customer, or on one event.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// On a customer, the rule's own or a related one.
    Customer(Expr),
    /// On one event.
    Event(EventFilter),
    /// Which events one of the two of a sequence is.
    Events(EventSet),
}

impl From<Expr> for Piece {
    fn from(expr: Expr) -> Self {
        Self::Customer(expr)
    }
}

impl From<EventSet> for Piece {
    fn from(set: EventSet) -> Self {
        Self::Events(set)
    }
}

impl From<EventFilter> for Piece {
    fn from(filter: EventFilter) -> Self {
        Self::Event(filter)
    }
}

/// A part of a tree. The mark is what the cursor stays on.
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) marked: bool,
}

pub(super) enum Kind {
    /// A condition, and what stands within its functions; in its place there is nothing of meaning any more.
    Leaf(Expr, Vec<Option<Node>>),
    /// A condition on an event.
    Event(EventFilter),
    /// One of the two of a sequence, and what must hold for its events.
    Set(EventSet, Option<Box<Node>>),
    Not(Box<Node>),
    Group(Joint, Vec<Node>),
}

impl Node {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, marked: false }
    }

    pub(super) fn of(piece: Piece) -> Self {
        match piece {
            Piece::Customer(expr) => Self::of_expr(expr),
            Piece::Event(filter) => Self::of_filter(filter),
            Piece::Events(set) => Self::of_set(set),
        }
    }

    pub(super) fn of_expr(expr: Expr) -> Self {
        let group = |joint, parts: Vec<Expr>| {
            Kind::Group(joint, parts.into_iter().map(Self::of_expr).collect())
        };
        Self::new(match expr {
            Expr::And(parts) => group(Joint::And, parts),
            Expr::Or(parts) => group(Joint::Or, parts),
            Expr::Not(inner) => Kind::Not(Box::new(Self::of_expr(*inner))),
            leaf => {
                let within = match &leaf {
                    Expr::Leaf(Leaf::Related { rule, .. }) => {
                        vec![Some(Self::of_expr((**rule).clone()))]
                    }
                    Expr::Leaf(Leaf::FollowedBy { first, then, .. }) => {
                        [first, then].map(|set| Some(Self::of_set(set.clone()))).into()
                    }
                    other => sets(other)
                        .into_iter()
                        .map(|set| set.filter.clone().map(Self::of_filter))
                        .collect(),
                };
                Kind::Leaf(leaf, within)
            }
        })
    }

    fn of_set(mut set: EventSet) -> Self {
        let filter = set.filter.take().map(|filter| Box::new(Self::of_filter(filter)));
        Self::new(Kind::Set(set, filter))
    }

    fn of_filter(filter: EventFilter) -> Self {
        let group = |joint, parts: Vec<EventFilter>| {
            Kind::Group(joint, parts.into_iter().map(Self::of_filter).collect())
        };
        Self::new(match filter {
            EventFilter::And(parts) => group(Joint::And, parts),
            EventFilter::Or(parts) => group(Joint::Or, parts),
            EventFilter::Not(inner) => Kind::Not(Box::new(Self::of_filter(*inner))),
            one => Kind::Event(one),
        })
    }

    pub(super) fn at(&mut self, path: &[usize]) -> Option<&mut Self> {
        let Some((&first, rest)) = path.split_first() else { return Some(self) };
        match &mut self.kind {
            Kind::Group(_, parts) => parts.get_mut(first)?.at(rest),
            Kind::Not(inner) if first == 0 => inner.at(rest),
            Kind::Leaf(_, within) => within.get_mut(first)?.as_mut()?.at(rest),
            Kind::Set(_, Some(filter)) if first == 0 => filter.at(rest),
            _ => None,
        }
    }

    /// The parts of the group at `path`, if it is one.
    pub(super) fn group(&mut self, path: &[usize]) -> Option<&mut Vec<Self>> {
        match &mut self.at(path)?.kind {
            Kind::Group(_, parts) => Some(parts),
            _ => None,
        }
    }

    /// Flat, without groups of none or one and without doubled `not`; none if nothing is left. The mark of what is
    /// dissolved goes to what stands there instead.
    pub(super) fn normal(self) -> Option<Self> {
        let marked = self.marked;
        let mut node = match self.kind {
            Kind::Event(filter) => Self::new(Kind::Event(filter)),
            Kind::Set(set, filter) => {
                let filter = filter.and_then(|filter| filter.normal()).map(Box::new);
                Self::new(Kind::Set(set, filter))
            }
            Kind::Leaf(expr, within) => {
                let within = within.into_iter().map(|part| part.and_then(Self::normal)).collect();
                Self::new(Kind::Leaf(expr, within))
            }
            Kind::Not(inner) => match inner.normal()? {
                Self { kind: Kind::Not(inner), marked } => {
                    Self { marked: marked || inner.marked, ..*inner }
                }
                inner => Self::new(Kind::Not(Box::new(inner))),
            },
            Kind::Group(joint, parts) => {
                let mut flat: Vec<Self> = Vec::with_capacity(parts.len());
                for part in parts.into_iter().filter_map(Self::normal) {
                    match part.kind {
                        Kind::Group(inner, mut parts) if inner == joint => {
                            if let Some(first) = parts.first_mut() {
                                first.marked |= part.marked;
                            }
                            flat.append(&mut parts);
                        }
                        kind => flat.push(Self { kind, marked: part.marked }),
                    }
                }
                if flat.len() <= 1 { flat.pop()? } else { Self::new(Kind::Group(joint, flat)) }
            }
        };
        node.marked |= marked;
        Some(node)
    }

    /// Where the first mark is, in reading order.
    pub(super) fn mark(&self) -> Option<Path> {
        if self.marked {
            return Some(Path::new());
        }
        let below = |at: usize, part: &Self| {
            part.mark().map(|mut path| {
                path.insert(0, at);
                path
            })
        };
        match &self.kind {
            Kind::Event(_) | Kind::Set(_, None) => None,
            Kind::Set(_, Some(filter)) => below(0, filter),
            Kind::Leaf(_, within) => {
                let mut parts = within.iter().enumerate();
                parts.find_map(|(at, part)| below(at, part.as_ref()?))
            }
            Kind::Not(inner) => below(0, inner),
            Kind::Group(_, parts) => {
                parts.iter().enumerate().find_map(|(at, part)| below(at, part))
            }
        }
    }

    /// The condition on a customer that it is; none if a part of it is one on an event, or the other way round.
    pub(super) fn into_expr(self) -> Option<Expr> {
        Some(match self.kind {
            Kind::Event(_) | Kind::Set(..) => return None,
            Kind::Leaf(mut expr, within) => {
                if let Expr::Leaf(Leaf::Related { rule, .. }) = &mut expr {
                    **rule = within.into_iter().next()??.into_expr()?;
                } else if let Expr::Leaf(Leaf::FollowedBy { first, then, .. }) = &mut expr {
                    for (set, part) in [first, then].into_iter().zip(within) {
                        *set = part?.into_set()?;
                    }
                } else {
                    for (set, part) in sets_mut(&mut expr).into_iter().zip(within) {
                        set.filter = match part {
                            Some(part) => Some(part.into_filter()?),
                            None => None,
                        };
                    }
                }
                expr
            }
            Kind::Not(inner) => Expr::Not(Box::new(inner.into_expr()?)),
            Kind::Group(joint, parts) => {
                let parts = parts.into_iter().map(Self::into_expr).collect::<Option<_>>()?;
                match joint {
                    Joint::And => Expr::And(parts),
                    Joint::Or => Expr::Or(parts),
                }
            }
        })
    }

    fn into_set(self) -> Option<EventSet> {
        let Kind::Set(mut set, filter) = self.kind else { return None };
        set.filter = match filter {
            Some(filter) => Some(filter.into_filter()?),
            None => None,
        };
        Some(set)
    }

    fn into_filter(self) -> Option<EventFilter> {
        Some(match self.kind {
            Kind::Leaf(..) | Kind::Set(..) => return None,
            Kind::Event(filter) => filter,
            Kind::Not(inner) => EventFilter::Not(Box::new(inner.into_filter()?)),
            Kind::Group(joint, parts) => {
                let parts = parts.into_iter().map(Self::into_filter).collect::<Option<_>>()?;
                match joint {
                    Joint::And => EventFilter::And(parts),
                    Joint::Or => EventFilter::Or(parts),
                }
            }
        })
    }
}
