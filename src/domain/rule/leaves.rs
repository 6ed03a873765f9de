//! The parts of a rule, for those who show, count or explain it part by part.

use super::column::Column;
use super::expr::{Expr, Leaf, Rule, Term};
use super::print;
use crate::domain::attribute::MartDay;

/// One condition of a rule that holds no other: `and`, `or` and `not` are opened, a referenced segment is one.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleLeaf<'a> {
    /// As the canonical form has it.
    pub text: String,
    /// The condition.
    pub expr: &'a Expr,
    /// What it compares, whose value explains it; none for a function that is a condition itself.
    pub term: Option<&'a Term>,
}

impl Rule {
    /// The conditions that hold no other, in reading order.
    #[must_use]
    pub fn leaves(&self) -> Vec<RuleLeaf<'_>> {
        let mut found = Vec::new();
        let mut open = vec![&self.expr];
        while let Some(expr) = open.pop() {
            match expr {
                Expr::Not(inner) => open.push(inner),
                Expr::And(parts) | Expr::Or(parts) => open.extend(parts.iter().rev()),
                leaf => found.push(RuleLeaf {
                    text: print::condition(leaf, self.currency),
                    expr: leaf,
                    term: compared(leaf),
                }),
            }
        }
        found
    }

    /// As [`leaves`](Self::leaves), and behind each segment that is named those of its own rule, one deeper; `most` of
    /// them before the rest stay closed.
    #[must_use]
    pub fn opened(&self, most: usize) -> Vec<(usize, RuleLeaf<'_>)> {
        let mut found = Vec::new();
        let mut open = vec![(0, &self.expr)];
        while let Some((depth, expr)) = open.pop() {
            match expr {
                Expr::Not(inner) => open.push((depth, inner)),
                Expr::And(parts) | Expr::Or(parts) => {
                    open.extend(parts.iter().rev().map(|part| (depth, part)));
                }
                leaf => {
                    let text = print::condition(leaf, self.currency);
                    found.push((depth, RuleLeaf { text, expr: leaf, term: compared(leaf) }));
                    if let Expr::Leaf(Leaf::Segment { rule, .. }) = leaf
                        && found.len() + open.len() < most
                    {
                        open.push((depth + 1, rule));
                    }
                }
            }
        }
        found
    }

    /// A rule of one condition of this one, such as a leaf.
    #[must_use]
    pub fn of(&self, expr: &Expr) -> Self {
        Self { expr: expr.clone(), ..self.bare() }
    }

    /// How many parts stand beside one another under the topmost `and`; 1 where there is none.
    #[must_use]
    pub fn parts(&self) -> &[Expr] {
        match &self.expr {
            Expr::And(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }

    /// The rule without the part of that number, `None` if it has no such part; `true` if it has no other.
    #[must_use]
    pub fn without_leaf(&self, part: usize) -> Option<Self> {
        let mut parts = self.parts().to_vec();
        if part >= parts.len() {
            return None;
        }
        parts.remove(part);
        let expr = match parts.len() {
            0 => Expr::Const(true),
            1 => parts.remove(0),
            _ => Expr::And(parts),
        };
        Some(Self { expr, ..self.bare() })
    }

    fn bare(&self) -> Self {
        Self {
            expr: Expr::Const(true),
            as_of: self.as_of,
            currency: self.currency,
            timezone: self.timezone,
        }
    }

    /// Every column that is read to answer, each once, in reading order; those of referenced segments too, those of
    /// related customers not.
    #[must_use]
    pub fn columns(&self) -> Vec<&Column> {
        let mut found = Vec::new();
        columns(&self.expr, &mut found);
        found
    }

    /// As [`columns`](Self::columns), and those that are read of related customers: everything that must be there for an
    /// answer.
    #[must_use]
    pub fn reads(&self) -> Vec<&Column> {
        let mut found = self.columns();
        let mut related = Vec::new();
        walk(&self.expr, &mut |part| {
            if let Part::Expr(Expr::Leaf(Leaf::Related { rule, .. })) = part {
                related.push(rule.as_ref());
            }
        });
        // A relation of a relation cannot be asked for.
        for rule in related {
            columns(rule, &mut found);
        }
        found
    }

    /// The bank's own marts among what it reads, also of related customers, each with its own day.
    #[must_use]
    pub fn marts(&self) -> Vec<MartDay> {
        MartDay::of(self.reads().into_iter().filter_map(Column::attribute))
    }

    /// The segments that the rule names itself, with their versions, each once, in reading order; also inside
    /// `related(...)`.
    #[must_use]
    pub fn segments(&self) -> Vec<(&str, Option<i32>)> {
        let mut found = Vec::new();
        let mut open = vec![&self.expr];
        while let Some(expr) = open.pop() {
            match expr {
                Expr::Not(inner) | Expr::Leaf(Leaf::Related { rule: inner, .. }) => {
                    open.push(inner);
                }
                Expr::And(parts) | Expr::Or(parts) => open.extend(parts.iter().rev()),
                Expr::Leaf(Leaf::Segment { code, version, .. })
                    if !found.contains(&(code.as_str(), *version)) =>
                {
                    found.push((code.as_str(), *version));
                }
                _ => {}
            }
        }
        found
    }
}

impl Rule {
    /// Whether the rule asks for an event of the customer himself; those of referenced segments count.
    #[must_use]
    pub fn reads_events(&self) -> bool {
        let mut found = false;
        walk(&self.expr, &mut |part| found |= is_of_events(&part));
        found
    }

    /// The same, and of related customers.
    #[must_use]
    pub fn asks_events(&self) -> bool {
        self.any(&is_of_events)
    }

    /// Whether the rule asks for what is held, of the customer himself or of related ones; what referenced segments ask counts.
    #[must_use]
    pub fn reads_holdings(&self) -> bool {
        self.any(&|part| {
            matches!(
                part,
                Part::Expr(Expr::Leaf(
                    Leaf::Falling { .. } | Leaf::TierMoved { .. } | Leaf::Holds { .. }
                )) | Part::Term(
                    Term::Balance { .. }
                        | Term::Change { .. }
                        | Term::ProductCount
                        | Term::Drift { .. }
                )
            )
        })
    }

    /// The attributes that imports fill among what it reads, by code, and whether it reads anything else that stands in customers'
    /// records and changes (balance, tier, manager).
    #[must_use]
    pub fn reads_records(&self) -> (Vec<&str>, bool) {
        let read = self.reads();
        let own = read.iter().filter_map(|column| column.attribute());
        let own = own.filter(|one| one.relation.is_own()).map(|one| one.code.as_str()).collect();
        let fixed = |column: &&&Column| {
            matches!(column, Column::Rm | Column::Aum | Column::NoContact | Column::Tier)
        };
        (own, read.iter().any(|column| fixed(&column)))
    }

    fn any(&self, holds: &dyn Fn(&Part<'_>) -> bool) -> bool {
        let (mut found, mut open) = (false, vec![&self.expr]);
        while let Some(expr) = open.pop() {
            walk(expr, &mut |part| {
                found |= holds(&part);
                if let Part::Expr(Expr::Leaf(Leaf::Related { rule, .. })) = part {
                    open.push(rule);
                }
            });
        }
        found
    }

    /// The first segment that the rule, or a segment in it, names without its version.
    #[must_use]
    pub fn loose_segment(&self) -> Option<&str> {
        let mut open = vec![&self.expr];
        while let Some(expr) = open.pop() {
            match expr {
                Expr::Leaf(Leaf::Segment { code, version: None, .. }) => return Some(code),
                Expr::Not(inner)
                | Expr::Leaf(
                    Leaf::Related { rule: inner, .. } | Leaf::Segment { rule: inner, .. },
                ) => open.push(inner),
                Expr::And(parts) | Expr::Or(parts) => open.extend(parts.iter().rev()),
                _ => {}
            }
        }
        None
    }
}

/// Whether a condition or a term asks for events.
fn is_of_events(part: &Part<'_>) -> bool {
    matches!(
        part,
        Part::Expr(Expr::Leaf(Leaf::FollowedBy { .. }))
            | Part::Term(
                Term::Events { .. }
                    | Term::SumEvents { .. }
                    | Term::FirstEvent { .. }
                    | Term::LastEvent { .. }
            )
    )
}

/// Adds the columns that a condition reads of its customer, each once.
fn columns<'a>(expr: &'a Expr, found: &mut Vec<&'a Column>) {
    walk(expr, &mut |part| {
        let column = match part {
            Part::Expr(Expr::Flag(column) | Expr::Like { column, .. })
            | Part::Term(Term::Column(column)) => column,
            Part::Expr(Expr::Under { .. }) => &Column::Org,
            Part::Term(Term::NearTier { .. } | Term::Drift { .. }) => &Column::Aum,
            _ => return,
        };
        if !found.contains(&column) {
            found.push(column);
        }
    });
}

fn compared(expr: &Expr) -> Option<&Term> {
    match expr {
        Expr::Compare { left: term, .. }
        | Expr::Between { term, .. }
        | Expr::In { term, .. }
        | Expr::IsNull { term, .. } => Some(term),
        _ => None,
    }
}

/// A piece of a tree.
enum Part<'a> {
    Expr(&'a Expr),
    Term(&'a Term),
}

/// Visits every condition and term about the customer, in reading order.
fn walk<'a>(expr: &'a Expr, visit: &mut impl FnMut(Part<'a>)) {
    visit(Part::Expr(expr));
    match expr {
        Expr::Compare { left, right, .. } => {
            walk_term(left, visit);
            walk_term(right, visit);
        }
        Expr::Between { term, .. } | Expr::In { term, .. } | Expr::IsNull { term, .. } => {
            walk_term(term, visit);
        }
        Expr::Not(inner) | Expr::Leaf(Leaf::Segment { rule: inner, .. }) => walk(inner, visit),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| walk(part, visit)),
        Expr::Const(_) | Expr::Flag(_) | Expr::Like { .. } | Expr::Under { .. } | Expr::Leaf(_) => {
        }
    }
}

fn walk_term<'a>(term: &'a Term, visit: &mut impl FnMut(Part<'a>)) {
    visit(Part::Term(term));
    if let Term::Arith { left, right, .. } = term {
        walk_term(left, visit);
        walk_term(right, visit);
    }
}
