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
    /// The layout of these customers, who are put in their order: by unit as `order` has it (units that it does not
    /// name come last), then by number.
    pub fn of(customers: &mut Vec<(CustomerId, OrgId)>, order: &[OrgId]) -> Self {
        let mut rank: HashMap<OrgId, usize> =
            order.iter().enumerate().map(|(i, org)| (*org, i)).collect();
        let mut counts = vec![0_usize; order.len()];
        for (_, org) in customers.iter() {
            let next = counts.len();
            let at = *rank.entry(*org).or_insert(next);
            if at == next {
                counts.push(0);
            }
            counts[at] += 1;
        }
        // A bank's files are in the order of numbers already; the units are then taken in turn.
        if !customers.is_sorted_by_key(|(id, _)| *id) {
            customers.sort_unstable_by_key(|(id, _)| *id);
        }
        let mut start = 0;
        for count in &mut counts {
            (*count, start) = (start, start + *count);
        }
        let mut placed = vec![(CustomerId(0), OrgId(0)); customers.len()];
        for customer in customers.iter() {
            let next = &mut counts[rank[&customer.1]];
            placed[*next] = *customer;
            *next += 1;
        }
        *customers = placed;
        let mut layout = Self::default();
        layout.append(customers.iter().map(|(_, org)| *org));
        layout
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
    pub fn of(customers: impl Iterator<Item = CustomerId>) -> Self {
        Self::at(customers.enumerate().map(|(place, id)| (id, place as u32)).collect())
    }

    /// Of customers with their places.
    pub(super) fn at(mut customers: Vec<(CustomerId, u32)>) -> Self {
        let low = customers.iter().map(|(id, _)| id.0).min().unwrap_or_default();
        let high = customers.iter().map(|(id, _)| id.0).max().unwrap_or_default();
        let room = high.checked_sub(low).and_then(|room| usize::try_from(room).ok());
        if let Some(room) = room.filter(|room| *room < customers.len() * 4 + 1024) {
            let mut table = vec![u32::MAX; room + 1];
            for (id, place) in customers {
                table[(id.0 - low) as usize] = place;
            }
            return Self(Kind::Table(low, table));
        }
        customers.sort_unstable();
        Self(Kind::Sorted(customers))
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
