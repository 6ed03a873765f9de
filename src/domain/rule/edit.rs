//! Editing a rule as a tree: what a picker and a few keys do to it, for people who do not write conditions.
//!
//! An edit gives a new tree in normal form, and where in it the edited part now stands. Whether the bank can mean the
//! new rule at all (`age > 5 and age < 3`) only [`Rule::parse`] says: a caller prints the tree and reads it again.

use super::expr::{Expr, Rule};

/// The way from the top of a tree to a part of it: which part of each group, 0 below a `not`.
pub type Path = Vec<usize>;

/// How the parts of a group are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// All of them.
    And,
    /// Any of them.
    Or,
}

/// A row of the tree, as it is shown from top to bottom.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeRow {
    /// Where it is.
    pub path: Path,
    /// What it is.
    pub kind: TreeKind,
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
}

/// A part of a tree under the knife. The mark is what the cursor stays on.
struct Node {
    kind: Kind,
    marked: bool,
}

enum Kind {
    Leaf(Expr),
    Not(Box<Node>),
    Group(Joint, Vec<Node>),
}

impl Node {
    fn new(kind: Kind) -> Self {
        Self { kind, marked: false }
    }

    fn of(expr: Expr) -> Self {
        let group =
            |joint, parts: Vec<Expr>| Kind::Group(joint, parts.into_iter().map(Self::of).collect());
        Self::new(match expr {
            Expr::And(parts) => group(Joint::And, parts),
            Expr::Or(parts) => group(Joint::Or, parts),
            Expr::Not(inner) => Kind::Not(Box::new(Self::of(*inner))),
            leaf => Kind::Leaf(leaf),
        })
    }

    fn at(&mut self, path: &[usize]) -> Option<&mut Self> {
        let Some((&first, rest)) = path.split_first() else { return Some(self) };
        match &mut self.kind {
            Kind::Group(_, parts) => parts.get_mut(first)?.at(rest),
            Kind::Not(inner) if first == 0 => inner.at(rest),
            _ => None,
        }
    }

    /// The parts of the group at `path`, if it is one.
    fn group(&mut self, path: &[usize]) -> Option<&mut Vec<Self>> {
        match &mut self.at(path)?.kind {
            Kind::Group(_, parts) => Some(parts),
            _ => None,
        }
    }

    /// Flat, without groups of none or one and without doubled `not`; none if nothing is left. The mark of what is
    /// dissolved goes to what stands there instead.
    fn normal(self) -> Option<Self> {
        let marked = self.marked;
        let mut node = match self.kind {
            Kind::Leaf(expr) => Self::new(Kind::Leaf(expr)),
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
    fn mark(&self) -> Option<Path> {
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
            Kind::Leaf(_) => None,
            Kind::Not(inner) => below(0, inner),
            Kind::Group(_, parts) => {
                parts.iter().enumerate().find_map(|(at, part)| below(at, part))
            }
        }
    }

    fn into_expr(self) -> Expr {
        match self.kind {
            Kind::Leaf(expr) => expr,
            Kind::Not(inner) => Expr::Not(Box::new(inner.into_expr())),
            Kind::Group(joint, parts) => {
                let parts = parts.into_iter().map(Self::into_expr).collect();
                match joint {
                    Joint::And => Expr::And(parts),
                    Joint::Or => Expr::Or(parts),
                }
            }
        }
    }
}

impl Rule {
    /// The tree, row by row.
    #[must_use]
    pub fn rows(&self) -> Vec<TreeRow> {
        let mut texts = self.leaves().into_iter().map(|leaf| leaf.text).enumerate();
        let mut rows = Vec::new();
        let mut open = vec![(Path::new(), &self.expr)];
        while let Some((path, expr)) = open.pop() {
            let below = |at: usize| [path.as_slice(), &[at]].concat();
            let kind = match expr {
                Expr::Not(inner) => {
                    open.push((below(0), inner));
                    TreeKind::Not
                }
                Expr::And(parts) | Expr::Or(parts) => {
                    let parts = parts.iter().enumerate().rev();
                    open.extend(parts.map(|(at, part)| (below(at), part)));
                    let all = matches!(expr, Expr::And(_));
                    TreeKind::Group(if all { Joint::And } else { Joint::Or })
                }
                // Rows and leaves are walked in one order.
                _ => {
                    let leaf = texts.next();
                    leaf.map_or(TreeKind::Not, |(at, text)| TreeKind::Leaf(at, text))
                }
            };
            rows.push(TreeRow { path, kind });
        }
        rows
    }

    /// The part at `path`.
    #[must_use]
    pub fn part(&self, path: &[usize]) -> Option<&Expr> {
        path.iter().try_fold(&self.expr, |expr, &at| match expr {
            Expr::And(parts) | Expr::Or(parts) => parts.get(at),
            Expr::Not(inner) if at == 0 => Some(inner.as_ref()),
            _ => None,
        })
    }

    /// Joins a condition to the part at `path`: into that group or the one it stands in if that joins so, else in a
    /// new group with it. A rule that says only `true` gives way.
    #[must_use]
    pub fn joined(&self, path: &[usize], joint: Joint, new: Expr) -> Option<(Self, Path)> {
        if self.expr == Expr::Const(true) {
            return Some((self.of(&new), Path::new()));
        }
        let mut tree = Node::of(self.expr.clone());
        let place = tree.at(path)?;
        let old = std::mem::replace(&mut place.kind, Kind::Group(joint, Vec::new()));
        let new = Node { kind: Node::of(new).kind, marked: true };
        place.kind = Kind::Group(joint, vec![Node::new(old), new]);
        self.grown(tree)
    }

    /// Another condition in the place of the part at `path`.
    #[must_use]
    pub fn replaced(&self, path: &[usize], new: Expr) -> Option<(Self, Path)> {
        let mut tree = Node::of(self.expr.clone());
        *tree.at(path)? = Node { kind: Node::of(new).kind, marked: true };
        self.grown(tree)
    }

    /// Without the part at `path`; none if nothing is left.
    #[must_use]
    pub fn removed(&self, path: &[usize]) -> Option<(Self, Path)> {
        let (&last, above) = path.split_last()?;
        let mut tree = Node::of(self.expr.clone());
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
        // What a `not` is about goes with it.
        self.removed(above)
    }

    /// `not` before the part at `path`, or gone from there.
    #[must_use]
    pub fn negated(&self, path: &[usize]) -> Option<(Self, Path)> {
        let mut tree = Node::of(self.expr.clone());
        let place = tree.at(path)?;
        let old = std::mem::replace(&mut place.kind, Kind::Group(Joint::And, Vec::new()));
        place.kind = Kind::Not(Box::new(Node::new(old)));
        place.marked = true;
        self.grown(tree)
    }

    /// Where the group is that the part at `path` is, holds as what a `not` is about, or stands in.
    #[must_use]
    pub fn group_of(&self, path: &[usize]) -> Option<Path> {
        let is_group = |path: &[usize]| matches!(self.part(path), Some(Expr::And(_) | Expr::Or(_)));
        let mut within = path.to_vec();
        while let Some(Expr::Not(_)) = self.part(&within) {
            within.push(0);
        }
        if is_group(&within) {
            return Some(within);
        }
        let above = (0..=path.len()).rev().map(|end| &path[..end]);
        above.into_iter().find(|path| is_group(path)).map(<[usize]>::to_vec)
    }

    /// `and` for `or` in the group of the part at `path`, and the other way round.
    #[must_use]
    pub fn flipped(&self, path: &[usize]) -> Option<(Self, Path)> {
        let mut tree = Node::of(self.expr.clone());
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
    /// its group out of it. None where there is nowhere to go.
    #[must_use]
    pub fn moved(&self, path: &[usize], down: bool) -> Option<(Self, Path)> {
        let (&last, above) = path.split_last()?;
        let mut tree = Node::of(self.expr.clone());
        let Some(parts) = tree.group(above) else {
            // What a `not` is about moves with it.
            return self.moved(above, down);
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
        Some((self.of(&tree.into_expr()), path))
    }
}
