//! What is known of one customer, as the evaluator asks for it.

use chrono::{DateTime, NaiveDate, Utc};

use super::column::Column;
use super::number::Number;
use crate::domain::id::{OrgId, StaffId};
use crate::domain::money::Minor;

/// What is known of a customer in one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A flag.
    Flag(bool),
    /// A number that is not money.
    Number(Number),
    /// An amount.
    Money(Minor),
    /// A day.
    Date(NaiveDate),
    /// A category's value.
    Category(String),
    /// A unit's row.
    Unit(OrgId),
    /// A member of staff's row.
    Staff(StaffId),
}

/// Something that happened to the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFact {
    /// When.
    pub at: DateTime<Utc>,
    /// With what amount.
    pub amount: Option<Minor>,
    /// What the record says besides.
    pub detail: Option<String>,
}

/// A row of what the customer holds: the balance of a product from that day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldingFact {
    /// The product's row.
    pub product: i16,
    /// The day from which on it is so.
    pub day: NaiveDate,
    /// The balance.
    pub amount: Minor,
}

/// A place on earth, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaceFact {
    /// North.
    pub lat: f64,
    /// East.
    pub lon: f64,
}

/// What is known of one customer. A source that keeps nothing of a kind leaves its method as it is.
pub trait Facts {
    /// The customer's value of a stored column (never age or tier), `None` for null.
    fn column(&self, column: &Column) -> Option<Fact>;

    /// All events of the kind in that row, in any order, those after as-of too.
    fn events(&self, _kind: i16) -> Vec<EventFact> {
        Vec::new()
    }

    /// The whole history of holdings, in any order.
    fn holdings(&self) -> Vec<HoldingFact> {
        Vec::new()
    }

    /// Whether the customer lets us speak over the channel, `None` if nothing is recorded.
    fn consent(&self, _channel: &str) -> Option<bool> {
        None
    }

    /// As-of of each push that had the customer in its treated arm.
    fn contacts(&self) -> Vec<NaiveDate> {
        Vec::new()
    }

    /// Whether the customer has an arm in a live push of the strategy.
    fn in_strategy(&self, _code: &str) -> bool {
        false
    }

    /// Whether the customer is on that upload of the list.
    fn in_list(&self, _code: &str, _upload: i32) -> bool {
        false
    }

    /// Whether the customer is in that snapshot.
    fn in_snapshot(&self, _id: i64) -> bool {
        false
    }

    /// The open customers to whom this one has a relation of the kind.
    fn related(&self, _kind: &str) -> Vec<&dyn Facts> {
        Vec::new()
    }

    /// Where the customer lives.
    fn place(&self) -> Option<PlaceFact> {
        None
    }

    /// Where a unit is.
    fn unit_place(&self, _unit: OrgId) -> Option<PlaceFact> {
        None
    }
}

/// Columns alone, told by a function.
#[derive(Clone, Copy, Debug)]
pub struct Columns<F>(pub F);

impl<F: Fn(&Column) -> Option<Fact>> Facts for Columns<F> {
    fn column(&self, column: &Column) -> Option<Fact> {
        (self.0)(column)
    }
}
