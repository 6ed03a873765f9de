//! The words of a bank beyond its attributes: what the functions of rules name.

use std::collections::HashMap;

use super::expr::BalanceOf;
use super::number::Number;
use super::value::EventKindRef;

/// A kind of event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventWord {
    /// Its code.
    pub code: String,
    /// Its row.
    pub id: i16,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductWord {
    /// Its code.
    pub code: String,
    /// Its row.
    pub id: i16,
    /// Chinese name, clean.
    pub zh: String,
    /// English name, clean.
    pub en: String,
    /// Its asset class.
    pub class: Option<String>,
}

/// The share of an asset class that a customer of a tier should hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetWord {
    /// The tier.
    pub tier: String,
    /// The class.
    pub class: String,
    /// Between 0 and 1.
    pub share: Number,
}

/// A version of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentWord {
    /// The segment.
    pub code: String,
    /// The version.
    pub version: i32,
    /// What people call it, clean.
    pub name: String,
    /// Its rule as it is stored.
    pub rule: String,
}

/// A list that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListWord {
    /// The list.
    pub code: String,
    /// The upload.
    pub upload: i32,
}

/// A strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyWord {
    /// Its code.
    pub code: String,
    /// What people call it, clean.
    pub name: String,
}

/// A frozen list of a segment's members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotWord {
    /// Its number.
    pub id: i64,
    /// Its segment.
    pub segment: String,
}

/// All of them, in any order.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Kinds of events.
    pub events: Vec<EventWord>,
    /// Products.
    pub products: Vec<ProductWord>,
    /// Target mixes.
    pub targets: Vec<TargetWord>,
    /// Channels that consents are known for.
    pub channels: Vec<String>,
    /// Kinds of relations.
    pub relations: Vec<String>,
    /// Segments, every version that may be named.
    pub segments: Vec<SegmentWord>,
    /// Lists, every upload.
    pub lists: Vec<ListWord>,
    /// Strategies.
    pub strategies: Vec<StrategyWord>,
    /// Snapshots.
    pub snapshots: Vec<SnapshotWord>,
}

/// The words as they are looked up.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownWords {
    pub(super) all: Words,
    events: HashMap<String, i16>,
    products: HashMap<String, usize>,
    /// Products by class, each sorted.
    classes: HashMap<String, Vec<i16>>,
    /// Where in `all` a segment's versions are, the latest first.
    segments: HashMap<String, Vec<usize>>,
    /// The latest upload.
    lists: HashMap<String, i32>,
}

impl KnownWords {
    pub(super) fn new(mut all: Words) -> Self {
        all.events.sort_by(|a, b| a.code.cmp(&b.code));
        all.products.sort_by(|a, b| a.code.cmp(&b.code));
        all.segments.sort_by(|a, b| (&a.code, b.version).cmp(&(&b.code, a.version)));
        let mut known = Self::default();
        for event in &all.events {
            known.events.insert(event.code.clone(), event.id);
        }
        for (i, product) in all.products.iter().enumerate() {
            known.products.insert(product.code.clone(), i);
            if let Some(class) = &product.class {
                known.classes.entry(class.clone()).or_default().push(product.id);
            }
        }
        for target in &all.targets {
            known.classes.entry(target.class.clone()).or_default();
        }
        known.classes.values_mut().for_each(|products| products.sort_unstable());
        for (i, segment) in all.segments.iter().enumerate() {
            known.segments.entry(segment.code.clone()).or_default().push(i);
        }
        for list in &all.lists {
            let latest = known.lists.entry(list.code.clone()).or_insert(list.upload);
            *latest = list.upload.max(*latest);
        }
        Self { all, ..known }
    }

    pub(super) fn event(&self, code: &str) -> Option<EventKindRef> {
        self.events.get(code).map(|&id| EventKindRef { code: code.to_owned(), id })
    }

    /// What `code` names a balance of, `aum` apart.
    pub(super) fn balance(&self, code: &str) -> Option<BalanceOf> {
        let code = code.to_owned();
        if let Some(&at) = self.products.get(&code) {
            return Some(BalanceOf::Product { id: self.all.products[at].id, code });
        }
        let products = self.class(&code)?.to_vec();
        Some(BalanceOf::Class { code, products })
    }

    /// The products of an asset class.
    pub(super) fn class(&self, code: &str) -> Option<&[i16]> {
        self.classes.get(code).map(Vec::as_slice)
    }

    /// All asset classes, sorted.
    pub(super) fn classes(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.classes.keys().map(String::as_str).collect();
        all.sort_unstable();
        all
    }

    /// A version of a segment, the latest if none is named.
    pub(super) fn segment(&self, code: &str, version: Option<i32>) -> Option<&SegmentWord> {
        let all = self.segments.get(code)?.iter().map(|&i| &self.all.segments[i]);
        match version {
            None => all.into_iter().next(),
            Some(version) => all.into_iter().find(|segment| segment.version == version),
        }
    }

    /// An upload of a list, the latest if none is named.
    pub(super) fn list(&self, code: &str, upload: Option<i32>) -> Option<i32> {
        let latest = *self.lists.get(code)?;
        match upload {
            None => Some(latest),
            Some(upload) => self
                .all
                .lists
                .iter()
                .any(|list| list.code == code && list.upload == upload)
                .then_some(upload),
        }
    }
}
