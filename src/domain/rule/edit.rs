//! Editing a rule as a tree: what a picker and a few keys do to it, for people who do not write conditions.
//!
//! An edit gives a new tree in normal form, and where in it the edited part now stands. Whether the bank can mean the
//! new rule at all (`age > 5 and age < 3`) only [`Rule::parse`] says: a caller prints the tree and reads it again.

use super::edit_node::{Kind, Node, Piece};
use super::expr::{EventFilter, Expr, Leaf, Rule};
use super::inside::{Joint, Part, Path, Turn};
use super::print;

/// A row of the tree, as it is shown from top to bottom.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeRow {
    /// Where it is.
    pub path: Path,
    /// What it is.
    pub kind: TreeKind,
    /// As it is shown: of a condition its text, short of what the rows below it say.
    pub shown: String,
}

/// What a row of the tree is.
#[derive(Clone, Debug, PartialEq)]
pub enum TreeKind {
    /// `and` or `or`; its parts follow.
    Group(Joint),
    /// `not`; what it is about follows.
    Not,
    /// A condition: its place among [`Rule::leaves`], from 0, and its canonical text.
    Leaf(usize, String),
    /// A condition on a related customer or on an event, and its canonical text.
    Inner(String),
    /// The events of a sequence that come at that turn, and their canonical text.
    Events(Turn, String),
}

impl TreeKind {
    /// The canonical text of a condition.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Leaf(_, text) | Self::Inner(text) | Self::Events(_, text) => Some(text),
            Self::Group(_) | Self::Not => None,
        }
    }
}

impl Rule {
    /// The tree, row by row.
    #[must_use]
    pub fn rows(&self) -> Vec<TreeRow> {
        let mut rows = Vec::new();
        let mut leaves = 0;
        let mut open = vec![(Path::new(), Part::Customer(&self.expr), false)];
        while let Some((path, part, inner)) = open.pop() {
            let (kind, shown) = self.row(part, (inner, &mut leaves));
            let inner = inner || part.is_condition();
            let below = part.below().into_iter().rev();
            open.extend(below.map(|(at, part)| ([path.as_slice(), &[at]].concat(), part, inner)));
            rows.push(TreeRow { path, kind, shown });
        }
        rows
    }

    /// What a row is and shows. Rows and leaves are walked in one order, and so the leaves are counted.
    fn row(&self, part: Part<'_>, (inner, leaves): (bool, &mut usize)) -> (TreeKind, String) {
        let (kind, shown) = match part {
            Part::Customer(Expr::And(_)) | Part::Event(EventFilter::And(_), _) => {
                (TreeKind::Group(Joint::And), String::new())
            }
            Part::Customer(Expr::Or(_)) | Part::Event(EventFilter::Or(_), _) => {
                (TreeKind::Group(Joint::Or), String::new())
            }
            Part::Customer(Expr::Not(_)) | Part::Event(EventFilter::Not(_), _) => {
                (TreeKind::Not, String::new())
            }
            Part::Customer(leaf) => {
                let text = print::condition(leaf, self.currency);
                (TreeKind::Inner(text), print::folded(leaf, self.currency))
            }
            Part::Events(set, turn) => {
                let text = print::set(set, self.currency);
                (TreeKind::Events(turn, text), print::folded_set(set, self.currency))
            }
            Part::Event(filter, _) => {
                let text = print::filter(filter, self.currency);
                (TreeKind::Inner(text.clone()), text)
            }
        };
        match kind {
            TreeKind::Inner(text) if !inner => {
                *leaves += 1;
                (TreeKind::Leaf(*leaves - 1, text), shown)
            }
            kind => (kind, shown),
        }
    }

    /// Joins a condition to the part at `path`: into that group or the one it stands in if that joins so, else in a
    /// new group with it. `true` gives way. What is joined to the events of a sequence must hold for each of them. None
    /// where one condition is on an event and the other is not.
    #[must_use]
    pub fn joined(
        &self,
        path: &[usize],
        joint: Joint,
        new: impl Into<Piece>,
    ) -> Option<(Self, Path)> {
        let mut tree = Node::of_expr(self.expr.clone());
        let place = tree.at(path)?;
        let new = Node { marked: true, ..Node::of(new.into()) };
        if let Kind::Set(_, filter) = &mut place.kind {
            *filter = Some(Box::new(match filter.take() {
                Some(old) => Node::new(Kind::Group(joint, vec![*old, new])),
                None => new,
            }));
            return self.grown(tree);
        }
        let old = std::mem::replace(&mut place.kind, Kind::Group(joint, Vec::new()));
        if matches!(old, Kind::Leaf(Expr::Const(true), _)) {
            *place = new;
        } else {
            place.kind = Kind::Group(joint, vec![Node::new(old), new]);
        }
        self.grown(tree)
    }

    /// Another condition in the place of the part at `path`.
    #[must_use]
    pub fn replaced(&self, path: &[usize], new: impl Into<Piece>) -> Option<(Self, Path)> {
        let mut tree = Node::of_expr(self.expr.clone());
        *tree.at(path)? = Node { marked: true, ..Node::of(new.into()) };
        self.grown(tree)
    }

    /// Without the part at `path`; none if nothing is left. A relation goes with the last that is asked of the related
    /// customer; a function stays without its condition on events.
    #[must_use]
    pub fn removed(&self, path: &[usize]) -> Option<(Self, Path)> {
        let (&last, above) = path.split_last()?;
        let mut tree = Node::of_expr(self.expr.clone());
        if let Some(parts) = tree.group(above) {
            if last >= parts.len() {
                return None;
            }
            parts.remove(last);
            // The cursor stays where it was, or goes to what is the last now.
            let next = last.min(parts.len().saturating_sub(1));
            if let Some(next) = parts.get_mut(next) {
                next.marked = true;
            }
            return self.grown(tree);
        }
        let place = tree.at(above)?;
        match &mut place.kind {
            // A sequence goes with either of its events, as a relation goes with what it asks.
            Kind::Leaf(Expr::Leaf(Leaf::Related { .. } | Leaf::FollowedBy { .. }), _) => {}
            Kind::Leaf(_, within) => {
                *within.get_mut(last)? = None;
                place.marked = true;
                return self.grown(tree);
            }
            Kind::Set(_, filter) => {
                *filter = None;
                place.marked = true;
                return self.grown(tree);
            }
            _ => {}
        }
        // What a `not` is about goes with it.
        self.removed(above)
    }

    /// `not` before the part at `path`, or gone from there.
    #[must_use]
    pub fn negated(&self, path: &[usize]) -> Option<(Self, Path)> {
        let mut tree = Node::of_expr(self.expr.clone());
        let place = tree.at(path)?;
        let old = std::mem::replace(&mut place.kind, Kind::Group(Joint::And, Vec::new()));
        place.kind = Kind::Not(Box::new(Node::new(old)));
        place.marked = true;
        self.grown(tree)
    }

    /// Where the group is that the part at `path` is, holds as what a `not` is about, or stands in; not one outside of
    /// the function that it stands in.
    #[must_use]
    pub fn group_of(&self, path: &[usize]) -> Option<Path> {
        let mut within = path.to_vec();
        while self.at(&within).is_some_and(Part::is_not) {
            within.push(0);
        }
        if self.at(&within).is_some_and(Part::is_group) {
            return Some(within);
        }
        let above = (0..path.len()).rev().map(|end| &path[..end]);
        let inside = above.take_while(|path| !self.at(path).is_some_and(Part::is_condition));
        inside.into_iter().find(|path| self.at(path).is_some_and(Part::is_group)).map(<[_]>::to_vec)
    }

    /// `and` for `or` in the group of the part at `path`, and the other way round.
    #[must_use]
    pub fn flipped(&self, path: &[usize]) -> Option<(Self, Path)> {
        let mut tree = Node::of_expr(self.expr.clone());
        let group = self.group_of(path)?;
        let place = tree.at(&group)?;
        if let Kind::Group(joint, _) = &mut place.kind {
            *joint = match joint {
                Joint::And => Joint::Or,
                Joint::Or => Joint::And,
            };
        }
        tree.at(path)?.marked = true;
        self.grown(tree)
    }

    /// The part at `path` one place up or down: past its neighbour, into a neighbour that is a group, or at the end of
    /// its group out of it. None where there is nowhere to go: nothing leaves the function that it stands in.
    #[must_use]
    pub fn moved(&self, path: &[usize], down: bool) -> Option<(Self, Path)> {
        let (&last, above) = path.split_last()?;
        let mut tree = Node::of_expr(self.expr.clone());
        let Some(parts) = tree.group(above) else {
            // What a `not` is about moves with it; what stands alone in a function has nowhere to go.
            return if self.at(above)?.is_not() { self.moved(above, down) } else { None };
        };
        let neighbour = if down { last.checked_add(1) } else { last.checked_sub(1) };
        let neighbour = neighbour.filter(|at| *at < parts.len());
        if last >= parts.len() {
            return None;
        }
        let mut part = parts.remove(last);
        part.marked = true;
        if let Some(at) = neighbour {
            let place = if down { last } else { at };
            match &mut parts[place].kind {
                Kind::Group(_, inner) => inner.insert(if down { 0 } else { inner.len() }, part),
                _ => parts.insert(at, part),
            }
            return self.grown(tree);
        }
        // Out of the group: to the nearest group above, beside what leads here.
        let mut way = above;
        while let Some((&at, higher)) = way.split_last() {
            if self.at(higher)?.is_condition() {
                return None;
            }
            if let Some(parts) = tree.group(higher) {
                parts.insert(if down { at + 1 } else { at }, part);
                return self.grown(tree);
            }
            way = higher;
        }
        None
    }

    fn grown(&self, tree: Node) -> Option<(Self, Path)> {
        let tree = tree.normal()?;
        let path = tree.mark().unwrap_or_default();
        Some((self.of(&tree.into_expr()?), path))
    }
}
