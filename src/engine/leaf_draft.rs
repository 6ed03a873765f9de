//! What SQL says of one condition, being taken down.

use std::sync::Arc;

use super::bits::Bits;
use super::columns::Columns;
use super::layout::Places;
use super::reading::LeafSet;
use crate::domain::id::CustomerId;

/// The places of all customers, to take down what SQL says of them.
#[derive(Debug)]
pub struct LeafDrafts<'a> {
    columns: &'a Columns,
    places: Places,
}

impl<'a> LeafDrafts<'a> {
    /// For these columns.
    #[must_use]
    pub fn new(columns: &'a Columns) -> Self {
        Self { columns, places: columns.places() }
    }

    /// One condition, which so far is false for everybody.
    #[must_use]
    pub fn begin(&self) -> LeafDraft<'_> {
        let none = Bits::none(self.columns.rows());
        LeafDraft { drafts: self, holds: none.clone(), unknown: none }
    }
}

/// One condition.
#[derive(Debug)]
pub struct LeafDraft<'a> {
    drafts: &'a LeafDrafts<'a>,
    holds: Bits,
    unknown: Bits,
}

impl LeafDraft<'_> {
    /// It is true for this customer, or not known. Who is not in the columns is left out.
    pub fn put(&mut self, customer: CustomerId, holds: Option<bool>) {
        let Some(place) = self.drafts.places.find(customer) else { return };
        match holds {
            Some(holds) => self.holds.set(place, holds),
            None => self.unknown.set(place, true),
        }
    }

    /// The two sets: for all others who are there it is false.
    #[must_use]
    pub fn finish(self) -> LeafSet {
        let mut fails = self.drafts.columns.alive.clone();
        let said = self.holds.0.iter().zip(&self.unknown.0);
        for (word, (holds, unknown)) in fails.0.iter_mut().zip(said) {
            *word &= !holds & !unknown;
        }
        LeafSet { holds: Arc::new(self.holds), fails: Arc::new(fails) }
    }
}
