//! Where each customer stands: in the order of the tree of units, so that a unit and all below it are a few ranges.
//!
//! Customers that come or move later stand behind all others, again in the order of units, until the next build.

use std::collections::HashMap;

use crate::domain::id::{CustomerId, OrgId};

/// Customers of one unit that stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Whose.
    pub org: OrgId,
    /// The first one's place.
    pub start: usize,
    /// The place behind the last one.
    pub end: usize,
}

/// The places of all customers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Side by side from 0 on.
    pub(super) spans: Vec<Span>,
}

/// More customers than this have no place: the caller answers by SQL.
pub const MOST: usize = 1 << 31;

impl Layout {
    /// The layout of these customers, and the place of each: by unit as `order` has it (units that it does not name come
    /// last), then by number.
    #[must_use]
    pub fn of(customers: &[(CustomerId, OrgId)], order: &[OrgId]) -> (Self, Vec<u32>) {
        let mut rank: HashMap<OrgId, usize> =
            order.iter().enumerate().map(|(i, org)| (*org, i)).collect();
        let mut counts = vec![0_usize; order.len()];
        let mut orgs = order.to_vec();
        for (_, org) in customers {
            let next = counts.len();
            let at = *rank.entry(*org).or_insert(next);
            if at == next {
                counts.push(0);
                orgs.push(*org);
            }
            counts[at] += 1;
        }
        let mut layout = Self::default();
        let mut start = 0;
        for (count, org) in counts.iter_mut().zip(orgs) {
            let end = start + *count;
            if *count > 0 {
                layout.spans.push(Span { org, start, end });
            }
            (*count, start) = (start, end);
        }
        let mut placed = vec![0; customers.len()];
        let mut put = |row: usize| {
            let next = &mut counts[rank[&customers[row].1]];
            placed[row] = *next as u32;
            *next += 1;
        };
        // A bank's rows mostly come in the order of numbers; the units are then taken in turn.
        if customers.is_sorted_by_key(|(id, _)| *id) {
            for row in 0..customers.len() {
                put(row);
            }
        } else {
            let mut sorted: Vec<u32> = (0..customers.len() as u32).collect();
            sorted.sort_unstable_by_key(|row| customers[*row as usize].0);
            for row in sorted {
                put(row as usize);
            }
        }
        (layout, placed)
    }

    /// Puts customers behind all others.
    pub(super) fn append(&mut self, orgs: impl Iterator<Item = OrgId>) {
        let first = self.spans.len();
        for org in orgs {
            let place = self.rows();
            match self.spans[first..].last_mut() {
                Some(last) if last.org == org => last.end += 1,
                _ => self.spans.push(Span { org, start: place, end: place + 1 }),
            }
        }
    }

    /// How many places there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.spans.last().map_or(0, |last| last.end)
    }

    /// The places of the customers of these units (sorted), as ranges in order.
    pub(super) fn ranges(&self, orgs: &[OrgId], inside: bool) -> Vec<(usize, usize)> {
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for span in &self.spans {
            if orgs.binary_search(&span.org).is_ok() != inside {
                continue;
            }
            match ranges.last_mut() {
                Some(last) if last.1 == span.start => last.1 = span.end,
                _ => ranges.push((span.start, span.end)),
            }
        }
        ranges
    }
}

/// From a customer's number to the place.
#[derive(Clone, Debug)]
pub struct Places(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// Numbers that lie close: a table from the lowest on; `u32::MAX` is nobody.
    Table(i64, Vec<u32>),
    /// Any others, sorted.
    Sorted(Vec<(CustomerId, u32)>),
}

impl Places {
    /// Of customers in the order of their places.
    #[must_use]
    pub fn of(customers: impl Iterator<Item = CustomerId> + Clone) -> Self {
        Self::at(customers.enumerate().map(|(place, id)| (id, place as u32)))
    }

    /// Of customers with their places.
    #[must_use]
    pub fn at(customers: impl Iterator<Item = (CustomerId, u32)> + Clone) -> Self {
        let (mut low, mut high, mut count) = (i64::MAX, i64::MIN, 0);
        for (id, _) in customers.clone() {
            (low, high, count) = (low.min(id.0), high.max(id.0), count + 1);
        }
        let room = high.checked_sub(low).and_then(|room| usize::try_from(room).ok());
        if let Some(room) = room.filter(|room| *room < count * 4 + 1024) {
            let mut table = vec![u32::MAX; room + 1];
            for (id, place) in customers {
                table[(id.0 - low) as usize] = place;
            }
            return Self(Kind::Table(low, table));
        }
        let mut sorted: Vec<(CustomerId, u32)> = customers.collect();
        sorted.sort_unstable();
        Self(Kind::Sorted(sorted))
    }

    /// The place of one customer.
    #[must_use]
    pub fn find(&self, id: CustomerId) -> Option<usize> {
        match &self.0 {
            Kind::Table(low, table) => {
                let at = usize::try_from(id.0.checked_sub(*low)?).ok()?;
                table.get(at).filter(|place| **place != u32::MAX).map(|place| *place as usize)
            }
            Kind::Sorted(sorted) => {
                let at = sorted.binary_search_by_key(&id, |(known, _)| *known).ok()?;
                Some(sorted[at].1 as usize)
            }
        }
    }
}
