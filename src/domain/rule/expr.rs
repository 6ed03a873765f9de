//! A rule as a tree in which every name and value is resolved.
//!
//! A tree is in normal form: `and` and `or` are flat and have at least two parts, a literal stands on the right,
//! a flag compared with true or false is the flag itself. So two texts that differ only in spelling are one tree.

use std::sync::Arc;

use chrono::NaiveDate;

use super::number::Number;
use crate::domain::attribute::{Attribute, AttributeType};
use crate::domain::id::{OrgId, StaffId};
use crate::domain::money::{Currency, Minor};

/// A checked rule, with what it needs beside its tree to be printed and compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The condition.
    pub expr: Expr,
    /// The day that `age` counts to.
    pub as_of: NaiveDate,
    /// The currency of amounts.
    pub currency: Currency,
}

/// A condition. Null is unknown, as in SQL.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `true` or `false`.
    Const(bool),
    /// A flag by itself.
    Flag(Column),
    /// `aum >= 300000`.
    Compare {
        /// What is compared.
        column: Column,
        /// How.
        op: CompareOp,
        /// With what.
        value: Value,
    },
    /// `age between 30 and 45`, both ends included.
    Between {
        /// What is compared.
        column: Column,
        /// `not between`.
        negated: bool,
        /// The lower end.
        low: Value,
        /// The upper end.
        high: Value,
    },
    /// `tier in ('gold', 'private')`.
    In {
        /// What is compared.
        column: Column,
        /// `not in`.
        negated: bool,
        /// At least one.
        values: Vec<Value>,
    },
    /// `aum is null`.
    IsNull {
        /// What may be missing.
        column: Column,
        /// `is not null`.
        negated: bool,
    },
    /// `org under 'B03'`: the unit and all below it.
    Under {
        /// `not under`.
        negated: bool,
        /// The top unit.
        unit: UnitRef,
        /// Its row and those of all units below, sorted.
        subtree: Vec<OrgId>,
    },
    /// `not`.
    Not(Box<Expr>),
    /// All of at least two.
    And(Vec<Expr>),
    /// Any of at least two.
    Or(Vec<Expr>),
}

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

/// What may be compared with a column.
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

    /// What may be compared with it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::CustomerId | Self::Age => Kind::Plain(AttributeType::Number),
            Self::Org => Kind::Org,
            Self::Rm => Kind::Staff,
            Self::OpenedOn | Self::BirthDate => Kind::Plain(AttributeType::Date),
            Self::Gender => Kind::Plain(AttributeType::Category),
            Self::Aum => Kind::Plain(AttributeType::Money),
            Self::NoContact => Kind::Plain(AttributeType::Flag),
            Self::Tier => Kind::Tier,
            Self::Attribute(attribute) => Kind::Plain(attribute.kind),
        }
    }
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `=`
    Eq,
    /// `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl CompareOp {
    /// As SQL writes it.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    /// The operator that says the same with the sides exchanged.
    #[must_use]
    pub fn flipped(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            same => same,
        }
    }

    /// Whether it asks for more than equality.
    #[must_use]
    pub fn is_order(self) -> bool {
        !matches!(self, Self::Eq | Self::Ne)
    }
}

/// A literal of the right type for its column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// For numbers.
    Number(Number),
    /// For amounts.
    Money(Minor),
    /// For days.
    Date(NaiveDate),
    /// A category's value, as the dictionary has it.
    Category(String),
    /// A tier.
    Tier(TierRange),
    /// An org unit.
    Unit(UnitRef),
    /// A member of staff, by code and row.
    Staff(String, StaffId),
}

/// A tier and the amounts that make it: from (included) up to below (excluded).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierRange {
    /// Its code.
    pub code: String,
    /// None for the lowest.
    pub from: Option<Minor>,
    /// None for the highest.
    pub below: Option<Minor>,
}

/// An org unit by code and row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRef {
    /// The bank's code.
    pub code: String,
    /// Its row.
    pub id: OrgId,
}
