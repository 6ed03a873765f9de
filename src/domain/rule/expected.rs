//! What may stand somewhere in a rule: for the functions that name it, and for the reasons that miss it.

use super::column::Kind;
use crate::domain::attribute::AttributeType;

/// What may stand on the other side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A plain number.
    Number,
    /// An amount in major units.
    Money,
    /// A day in quotes.
    Date,
    /// A known value in quotes.
    Category,
    /// true or false.
    Flag,
    /// A tier's code in quotes.
    Tier,
    /// A unit's code in quotes.
    Org,
    /// A staff code in quotes.
    Staff,
    /// `interval '30 days'`
    Interval,
    /// An interval of whole months.
    Months,
    /// A whole number.
    Whole,
    /// A part of a hundred.
    Percent,
    /// A distance.
    Kilometres,
    /// Something of the bank's in quotes.
    Word(Word),
    /// A condition on the event.
    Filter,
    /// Any text in quotes.
    Text,
    /// A kind of event in quotes, or `events(...)`.
    EventSet,
}

/// What the functions of rules name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A kind of event.
    Event,
    /// A product or an asset class.
    Product,
    /// An asset class.
    Class,
    /// A channel.
    Channel,
    /// A kind of relation.
    Relation,
    /// A segment.
    Segment,
    /// An uploaded list.
    List,
    /// A strategy.
    Strategy,
    /// A snapshot.
    Snapshot,
}

impl From<Kind> for Expected {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Plain(AttributeType::Flag) => Self::Flag,
            Kind::Plain(AttributeType::Category) => Self::Category,
            Kind::Plain(AttributeType::Number) => Self::Number,
            Kind::Plain(AttributeType::Money) => Self::Money,
            Kind::Plain(AttributeType::Date) => Self::Date,
            Kind::Tier => Self::Tier,
            Kind::Org => Self::Org,
            Kind::Staff => Self::Staff,
        }
    }
}
