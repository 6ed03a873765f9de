//! Versions of a segment, and what changed between two of them.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::SegmentKind;
use crate::domain::rule::{Expr, Rule};

/// One version as the list of versions shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionRow {
    /// Counts from 1.
    pub version: i32,
    /// What people called it.
    pub name: String,
    /// The rule in canonical form.
    pub rule: String,
    /// Why it was written.
    pub note: Option<String>,
    /// Whether its members move.
    pub kind: SegmentKind,
    /// Who wrote it.
    pub author: String,
    /// When, by the server's clock.
    pub created_at: DateTime<Utc>,
    /// How many snapshots were taken of it.
    pub snapshots: i64,
}

/// A thing that was one and is now another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change<T> {
    /// Before.
    pub from: T,
    /// After.
    pub to: T,
}

impl<T: Clone + PartialEq> Change<T> {
    /// The change, if there is one.
    pub fn between(from: &T, to: &T) -> Option<Self> {
        (from != to).then(|| Self { from: from.clone(), to: to.clone() })
    }
}

/// What changed from one version to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionDiff {
    /// The segment.
    pub code: String,
    /// The version on the left.
    pub from: i32,
    /// The version on the right.
    pub to: i32,
    /// The name, if it changed.
    pub name: Option<Change<String>>,
    /// The note, if it changed.
    pub note: Option<Change<Option<String>>>,
    /// The kind, if it changed.
    pub kind: Option<Change<SegmentKind>>,
    /// Parts of the rule, in the order of the right one, those that are gone where they stood.
    pub parts: Vec<PartChange>,
}

/// One part of a rule, and whether both versions have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartChange {
    /// What became of it.
    pub change: PartFate,
    /// The part in canonical form.
    pub text: String,
}

/// What became of a part of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PartFate {
    /// Both versions have it.
    Kept,
    /// Only the right one has it.
    Added,
    /// Only the left one has it.
    Removed,
}

impl PartFate {
    /// The sign before a part in a diff.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Kept => " ",
            Self::Added => "+",
            Self::Removed => "-",
        }
    }
}

/// How a rule joins its top-level parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joined {
    And,
    Or,
    Alone,
}

impl VersionDiff {
    /// What changed; a rule that the dictionary does not read any more is one part, its text.
    #[must_use]
    pub fn of(
        code: &str,
        left: (&VersionRow, Option<&Rule>),
        right: (&VersionRow, Option<&Rule>),
    ) -> Self {
        Self {
            code: code.to_owned(),
            from: left.0.version,
            to: right.0.version,
            name: Change::between(&left.0.name, &right.0.name),
            note: Change::between(&left.0.note, &right.0.note),
            kind: Change::between(&left.0.kind, &right.0.kind),
            parts: compared(&parts(left.0, left.1), &parts(right.0, right.1)),
        }
    }

    /// Whether the rule changed.
    #[must_use]
    pub fn rule_changed(&self) -> bool {
        self.parts.iter().any(|part| part.change != PartFate::Kept)
    }
}

/// The parts that a rule joins at the top, as rules of their own, in canonical form.
#[must_use]
pub fn top_parts(rule: &Rule) -> Vec<String> {
    split(rule).1
}

fn split(rule: &Rule) -> (Joined, Vec<String>) {
    let texts = |parts: &[Expr]| {
        parts.iter().map(|part| Rule { expr: part.clone(), ..rule.clone() }.canonical()).collect()
    };
    match &rule.expr {
        Expr::And(parts) => (Joined::And, texts(parts)),
        Expr::Or(parts) => (Joined::Or, texts(parts)),
        _ => (Joined::Alone, vec![rule.canonical()]),
    }
}

fn parts(row: &VersionRow, rule: Option<&Rule>) -> (Joined, Vec<String>) {
    rule.map_or_else(|| (Joined::Alone, vec![row.rule.clone()]), split)
}

fn compared(left: &(Joined, Vec<String>), right: &(Joined, Vec<String>)) -> Vec<PartChange> {
    // `a and b` and `a or b` share no part: what `a` does in them is another thing.
    let alike = left.0 == right.0 || left.0 == Joined::Alone || right.0 == Joined::Alone;
    let in_right = |text: &String| alike && right.1.contains(text);
    let in_left = |text: &String| alike && left.1.contains(text);
    let part = |change, text: &String| PartChange { change, text: text.clone() };
    let mut merged = Vec::with_capacity(left.1.len() + right.1.len());
    let mut gone = left.1.iter().peekable();
    for text in &right.1 {
        while let Some(old) = gone.next_if(|old| !in_right(old)) {
            merged.push(part(PartFate::Removed, old));
        }
        gone.next_if(|old| *old == text);
        let change = if in_left(text) { PartFate::Kept } else { PartFate::Added };
        merged.push(part(change, text));
    }
    merged.extend(gone.filter(|old| !in_right(old)).map(|old| part(PartFate::Removed, old)));
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split_of(joined: Joined, parts: &[&str]) -> (Joined, Vec<String>) {
        (joined, parts.iter().map(|part| (*part).to_owned()).collect())
    }

    fn shown(left: &(Joined, Vec<String>), right: &(Joined, Vec<String>)) -> Vec<String> {
        compared(left, right).iter().map(|p| format!("{}{}", p.change.sign(), p.text)).collect()
    }

    #[test]
    fn what_is_gone_stands_where_it_stood() {
        let left = split_of(Joined::And, &["age > 30", "payroll", "aum > 5"]);
        let right = split_of(Joined::And, &["payroll", "aum > 9", "vip"]);
        assert_eq!(shown(&left, &right), ["-age > 30", " payroll", "-aum > 5", "+aum > 9", "+vip"]);
        assert_eq!(shown(&left, &left), [" age > 30", " payroll", " aum > 5"]);
    }

    #[test]
    fn a_part_joined_otherwise_is_another_part() {
        let (and, or) = (split_of(Joined::And, &["a", "b"]), split_of(Joined::Or, &["a", "b"]));
        assert_eq!(shown(&and, &or), ["-a", "-b", "+a", "+b"]);
        let alone = split_of(Joined::Alone, &["a"]);
        assert_eq!(shown(&alone, &and), [" a", "+b"]);
    }

    proptest! {
        #[test]
        fn every_part_of_both_sides_is_told_once(
            left in prop::collection::hash_set("[a-f]", 1..6),
            right in prop::collection::hash_set("[a-f]", 1..6),
        ) {
            let left = (Joined::And, left.into_iter().collect::<Vec<_>>());
            let right = (Joined::And, right.into_iter().collect::<Vec<_>>());
            let told = compared(&left, &right);
            let of = |fates: &[PartFate]| {
                let mut texts: Vec<&str> = told.iter().filter(|p| fates.contains(&p.change)).map(|p| p.text.as_str()).collect();
                texts.sort_unstable();
                texts
            };
            let sorted = |side: &(Joined, Vec<String>)| { let mut v = side.1.clone(); v.sort(); v };
            prop_assert_eq!(of(&[PartFate::Kept, PartFate::Removed]), sorted(&left));
            prop_assert_eq!(of(&[PartFate::Kept, PartFate::Added]), sorted(&right));
        }
    }
}
