//! Which segment uses which, and in what order they are refreshed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::SegmentKind;

/// A segment among those it uses and that use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GraphNode {
    /// Its code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Its latest version, which is the one that uses.
    pub version: i32,
    /// Whether its members move.
    pub kind: SegmentKind,
    /// Whether its rule still fits the bank's dictionary; if not, what it uses is not known.
    pub readable: bool,
    /// Other segments that its rule names, in whatever version, by code.
    pub uses: Vec<String>,
    /// Those of them whose latest version is named, by code: it moves with them.
    #[serde(skip)]
    pub follows: Vec<String>,
    /// Versions that its rule names with their numbers; they do not move, and may be older ones of its own.
    pub pinned: Vec<Pinned>,
    /// Segments whose rules name it, by code.
    pub used_by: Vec<String>,
    /// Strategies whose latest version is for it, by code.
    pub strategies: Vec<String>,
}

/// A version of a segment that a rule names with its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Pinned {
    /// The segment.
    pub code: String,
    /// The version.
    pub version: i32,
}

impl GraphNode {
    /// All that its rule names: by code, and with the version where one is said.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let pinned = self.pinned.iter().map(|one| format!("{} v{}", one.code, one.version));
        self.follows.iter().cloned().chain(pinned).collect()
    }
}

/// Segments, each after those that it uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SegmentGraph {
    /// The segments in that order.
    pub segments: Vec<GraphNode>,
}

impl SegmentGraph {
    /// Puts `nodes` in order and fills in who is used by whom. What a node uses and nobody is, is left out.
    #[must_use]
    pub fn of(nodes: Vec<GraphNode>) -> Self {
        let known: BTreeSet<String> = nodes.iter().map(|node| node.code.clone()).collect();
        let mut used_by: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut open: BTreeMap<String, GraphNode> = BTreeMap::new();
        for mut node in nodes {
            let own = node.code.clone();
            node.uses.retain(|code| known.contains(code) && *code != own);
            node.follows.retain(|code| known.contains(code));
            node.pinned.retain(|one| known.contains(&one.code));
            sorted(&mut node.uses);
            sorted(&mut node.follows);
            sorted(&mut node.pinned);
            for code in &node.uses {
                used_by.entry(code.clone()).or_default().push(own.clone());
            }
            open.insert(node.code.clone(), node);
        }
        for (code, mut users) in used_by {
            users.sort();
            if let Some(node) = open.get_mut(&code) {
                node.used_by = users;
            }
        }
        let mut segments: Vec<GraphNode> = Vec::with_capacity(open.len());
        let mut done: BTreeSet<String> = BTreeSet::new();
        while !open.is_empty() {
            let is_done = |code: &str| done.contains(code);
            // Two may name older versions of one another: those wait for nobody. A cycle is refused where a rule is read; should
            // one stand all the same, its first code breaks it.
            let next = open
                .values()
                .find(|node| node.uses.iter().all(|code| is_done(code)))
                .or_else(|| {
                    open.values().find(|node| node.follows.iter().all(|code| is_done(code)))
                })
                .or_else(|| open.values().next())
                .map(|node| node.code.clone());
            let Some(node) = next.and_then(|code| open.remove(&code)) else { break };
            done.insert(node.code.clone());
            segments.push(node);
        }
        Self { segments }
    }

    /// The segment of a code.
    #[must_use]
    pub fn node(&self, code: &str) -> Option<&GraphNode> {
        self.segments.iter().find(|node| node.code == code)
    }

    /// The segment of `code` with all that it stands on and all that stand on it, in order.
    #[must_use]
    pub fn around(&self, code: &str) -> Self {
        let mut kept = self.reached(&[code], |node| &node.uses);
        kept.extend(self.reached(&[code], |node| &node.used_by));
        let of = |node: &&GraphNode| kept.contains(node.code.as_str());
        Self { segments: self.segments.iter().filter(of).cloned().collect() }
    }

    /// The codes to refresh for `wanted` (all, if none is named): they and what they stand on, used ones first.
    #[must_use]
    pub fn to_refresh(&self, wanted: &[String]) -> Vec<&GraphNode> {
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let kept = self.reached(&wanted, |node| &node.uses);
        let of = |node: &&GraphNode| wanted.is_empty() || kept.contains(node.code.as_str());
        self.segments.iter().filter(of).collect()
    }

    fn reached<'a>(
        &'a self,
        from: &[&'a str],
        next: impl Fn(&'a GraphNode) -> &'a Vec<String>,
    ) -> BTreeSet<&'a str> {
        let mut open: Vec<&str> = from.to_vec();
        let mut seen = BTreeSet::new();
        while let Some(code) = open.pop() {
            if seen.insert(code)
                && let Some(node) = self.node(code)
            {
                open.extend(next(node).iter().map(String::as_str));
            }
        }
        seen
    }
}

fn sorted<T: Ord>(items: &mut Vec<T>) {
    items.sort();
    items.dedup();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn node(code: &str, uses: &[&str]) -> GraphNode {
        GraphNode {
            code: code.to_owned(),
            name: code.to_owned(),
            version: 1,
            kind: SegmentKind::Dynamic,
            readable: true,
            uses: uses.iter().map(|code| (*code).to_owned()).collect(),
            follows: uses.iter().map(|code| (*code).to_owned()).collect(),
            pinned: Vec::new(),
            used_by: Vec::new(),
            strategies: Vec::new(),
        }
    }

    fn codes<'a>(nodes: impl IntoIterator<Item = &'a GraphNode>) -> Vec<&'a str> {
        nodes.into_iter().map(|node| node.code.as_str()).collect()
    }

    #[test]
    fn what_is_used_comes_first() {
        let graph = SegmentGraph::of(vec![
            node("A", &["C", "B"]),
            node("B", &["C"]),
            node("C", &[]),
            node("D", &["X"]),
        ]);
        assert_eq!(codes(&graph.segments), ["C", "B", "A", "D"]);
        assert_eq!(graph.node("C").unwrap().used_by, ["A", "B"]);
        assert!(graph.node("D").unwrap().uses.is_empty(), "nobody is X");
        assert_eq!(codes(&graph.around("B").segments), ["C", "B", "A"]);
        assert_eq!(codes(graph.to_refresh(&["B".to_owned()])), ["C", "B"]);
        assert_eq!(codes(graph.to_refresh(&[])), ["C", "B", "A", "D"]);
    }

    #[test]
    fn a_cycle_ends() {
        let graph = SegmentGraph::of(vec![node("A", &["B"]), node("B", &["A"]), node("C", &["C"])]);
        assert_eq!(codes(&graph.segments), ["C", "A", "B"]);
        assert_eq!(codes(&graph.around("A").segments), ["A", "B"]);
    }

    #[test]
    fn versions_that_are_said_make_no_circle() {
        let pins = |code: &str, uses: &[&str], pinned: &[(&str, i32)]| {
            let of = |&(code, version): &(&str, i32)| Pinned { code: code.to_owned(), version };
            let mut made = node(code, uses);
            made.uses.extend(pinned.iter().map(|(code, _)| (*code).to_owned()));
            GraphNode { pinned: pinned.iter().map(of).collect(), ..made }
        };
        let graph = SegmentGraph::of(vec![
            pins("A", &["D"], &[("B", 1), ("A", 2)]),
            pins("B", &[], &[("A", 1)]),
            pins("C", &[], &[("D", 3)]),
            node("D", &[]),
        ]);
        assert_eq!(codes(&graph.segments), ["D", "C", "A", "B"]);
        let own = graph.node("A").unwrap();
        assert_eq!(own.names(), ["D", "A v2", "B v1"]);
        assert_eq!(
            own.used_by,
            ["B"],
            "what names an older version of itself is not used by itself"
        );
        assert_eq!(codes(graph.to_refresh(&["A".to_owned()])), ["D", "A", "B"]);
    }

    proptest! {
        #[test]
        fn each_stands_after_all_it_uses(edges in prop::collection::vec((0..9_usize, 0..9_usize), 0..30)) {
            let nodes = (0..9).map(|i| {
                let uses: Vec<String> = edges.iter().filter(|(a, b)| *a == i && b < a).map(|(_, b)| b.to_string()).collect();
                GraphNode { follows: uses.clone(), uses, ..node(&i.to_string(), &[]) }
            });
            let graph = SegmentGraph::of(nodes.collect());
            prop_assert_eq!(graph.segments.len(), 9);
            let place = |code: &str| graph.segments.iter().position(|n| n.code == code).unwrap();
            for node in &graph.segments {
                prop_assert!(node.uses.iter().all(|used| place(used) < place(&node.code)));
            }
        }
    }
}
