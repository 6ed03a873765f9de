//! The columns that a rule may name, and what may be compared with each.

use std::sync::Arc;

use crate::domain::attribute::{Attribute, AttributeType};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// The bank's number of the customer.
    CustomerId,
    /// The customer's own unit.
    Org,
    /// The relationship manager.
    Rm,
    /// When the customer came.
    OpenedOn,
    /// Birthday.
    BirthDate,
    /// F or M.
    Gender,
    /// Assets under management.
    Aum,
    /// Wants no contact.
    NoContact,
    /// Full years at as-of.
    Age,
    /// The level by AUM.
    Tier,
    /// An attribute of the dictionary.
    Attribute(Arc<Attribute>),
}

/// What may be compared with a column, or with any other term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An attribute's type, or a fixed column that is like one.
    Plain(AttributeType),
    /// A tier's code.
    Tier,
    /// A unit's code.
    Org,
    /// A staff code.
    Staff,
}

impl Kind {
    /// A plain number.
    pub const NUMBER: Self = Self::Plain(AttributeType::Number);
    /// An amount.
    pub const MONEY: Self = Self::Plain(AttributeType::Money);
    /// A day.
    pub const DATE: Self = Self::Plain(AttributeType::Date);

    /// Whether values have an order that rules may ask for.
    #[must_use]
    pub fn is_ordered(self) -> bool {
        self.is_computed() || self == Self::Tier
    }

    /// Whether it may stand in arithmetic, and beside another term.
    #[must_use]
    pub fn is_computed(self) -> bool {
        matches!(self, Self::NUMBER | Self::MONEY | Self::DATE)
    }
}

impl Column {
    /// The name as rules write it.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::CustomerId => "customer_id",
            Self::Org => "org",
            Self::Rm => "rm",
            Self::OpenedOn => "opened_on",
            Self::BirthDate => "birth_date",
            Self::Gender => "gender",
            Self::Aum => "aum",
            Self::NoContact => "no_contact",
            Self::Age => "age",
            Self::Tier => "tier",
            Self::Attribute(attribute) => &attribute.code,
        }
    }

    /// The attribute, if it is one of the dictionary's.
    #[must_use]
    pub fn attribute(&self) -> Option<&Attribute> {
        match self {
            Self::Attribute(attribute) => Some(attribute),
            _ => None,
        }
    }

    /// What may be compared with it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::CustomerId | Self::Age => Kind::NUMBER,
            Self::Org => Kind::Org,
            Self::Rm => Kind::Staff,
            Self::OpenedOn | Self::BirthDate => Kind::DATE,
            Self::Gender => Kind::Plain(AttributeType::Category),
            Self::Aum => Kind::MONEY,
            Self::NoContact => Kind::Plain(AttributeType::Flag),
            Self::Tier => Kind::Tier,
            Self::Attribute(attribute) => Kind::Plain(attribute.kind),
        }
    }
}
