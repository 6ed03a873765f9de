//! Attributes that stand in a table or view of the bank's own, used where it is.

use super::{Attribute, AttributeType, Class};
use crate::domain::message::Message;
use crate::msg;

/// What the dictionary is to say of a mart's column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Code, type, labels and place.
    pub attribute: Attribute,
    /// The column by which the mart says how fresh it is: the latest day or time in it.
    pub refreshed: Option<String>,
    /// In what a number is counted.
    pub unit: Option<String>,
    /// How sensitive it is.
    pub class: Option<Class>,
    /// The system it comes from.
    pub source: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How it is computed.
    pub definition: Option<String>,
}

/// Why a column cannot be an attribute, or not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapFault {
    /// The schema is Baton's or the server's own.
    Schema(String),
    /// The relation is called as those that imports fill.
    Name(String),
    /// There is no such table or view.
    NoRelation(String),
    /// The relation belongs to an operator of this bank.
    Operators(String),
    /// Without a column `customer_id` of type bigint; which type it has, empty if there is none.
    Customer(String),
    /// There is no such column.
    NoColumn(String),
    /// The column's type does not fit; which it has.
    Type(String),
    /// No such column of dates or times to say how fresh the mart is.
    Refreshed(String),
    /// This role may not read it.
    Right(String),
    /// The table has no unique key of `customer_id` alone.
    Key(String),
    /// The view has so many customers more than once.
    Twice(i64),
    /// The column is another attribute's already: its code.
    Place(String),
    /// The code is that of an imported attribute.
    Imported(String),
    /// The code stands with this type.
    OtherType(String),
    /// No bank has been imported.
    NoBank,
    /// The code cannot be used.
    Code(String),
    /// Somebody has locked it, and it was not waited for.
    Locked,
    /// Anything else that the server said: its SQLSTATE.
    Server(String),
}

impl MapFault {
    /// The fault of the database's word and its detail, clean.
    #[must_use]
    pub fn read(word: &str, detail: String) -> Self {
        match word {
            "schema" => Self::Schema(detail),
            "name" => Self::Name(detail),
            "relation" => Self::NoRelation(detail),
            "owner" => Self::Operators(detail),
            "customer" => Self::Customer(detail),
            "column" => Self::NoColumn(detail),
            "type" => Self::Type(detail),
            "refreshed" => Self::Refreshed(detail),
            "right" => Self::Right(detail),
            "key" => Self::Key(detail),
            "twice" => Self::Twice(detail.parse().unwrap_or_default()),
            "place" => Self::Place(detail),
            "imported" => Self::Imported(detail),
            "other_type" => Self::OtherType(detail),
            "bank" => Self::NoBank,
            other => Self::Server(other.to_owned()),
        }
    }

    /// The database's word for it; for a failure of the server, its SQLSTATE.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Schema(_) => "schema",
            Self::Name(_) => "name",
            Self::NoRelation(_) => "relation",
            Self::Operators(_) => "owner",
            Self::Customer(_) => "customer",
            Self::NoColumn(_) => "column",
            Self::Type(_) => "type",
            Self::Refreshed(_) => "refreshed",
            Self::Right(_) => "right",
            Self::Key(_) => "key",
            Self::Twice(_) => "twice",
            Self::Place(_) => "place",
            Self::Imported(_) => "imported",
            Self::OtherType(_) => "other_type",
            Self::NoBank => "bank",
            Self::Code(_) => "code",
            Self::Locked => "locked",
            Self::Server(code) => code,
        }
    }

    /// Whether a look at the mart says the same at once, so that it has passed where a look finds nothing.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::NoRelation(_)
                | Self::NoColumn(_)
                | Self::Customer(_)
                | Self::Type(_)
                | Self::Right(_)
                | Self::Locked
        )
    }

    /// The sentence for the operator; `attribute` is what was to be mapped.
    #[must_use]
    pub fn message(&self, attribute: &Attribute) -> Message {
        let relation = attribute.relation.to_string();
        let at = |key| Message::new(key).with("relation", relation.as_str());
        match self {
            Self::Schema(schema) => {
                Message::new(msg!("attribute.map.schema")).with("schema", schema.as_str())
            }
            Self::Name(name) => {
                Message::new(msg!("attribute.map.name")).with("name", name.as_str())
            }
            Self::NoRelation(_) => at(msg!("attribute.map.relation")),
            Self::Operators(owner) => {
                at(msg!("attribute.map.operators")).with("owner", owner.as_str())
            }
            Self::Customer(kind) if kind.is_empty() => at(msg!("attribute.map.no-customer")),
            Self::Customer(kind) => at(msg!("attribute.map.customer")).with("type", kind.as_str()),
            Self::NoColumn(column) => {
                at(msg!("attribute.map.column")).with("column", column.as_str())
            }
            Self::Type(kind) => Message::new(msg!("attribute.map.type"))
                .with("column", attribute.column.as_str())
                .with("has", kind.as_str())
                .with("type", attribute.kind.code())
                .with("takes", taken(attribute.kind)),
            Self::Refreshed(column) => {
                at(msg!("attribute.map.refreshed")).with("column", column.as_str())
            }
            Self::Right(role) => at(msg!("attribute.map.right"))
                .with("role", role.as_str())
                .with("schema", attribute.relation.schema.as_str()),
            Self::Key(_) => at(msg!("attribute.map.key")),
            Self::Twice(customers) => at(msg!("attribute.map.twice")).with("customers", *customers),
            Self::Place(code) => at(msg!("attribute.map.place"))
                .with("column", attribute.column.as_str())
                .with("code", code.as_str()),
            Self::Imported(code) => {
                Message::new(msg!("attribute.map.imported")).with("code", code.as_str())
            }
            Self::OtherType(kind) => Message::new(msg!("attribute.map.other-type"))
                .with("code", attribute.code.as_str())
                .with("type", kind.as_str()),
            Self::NoBank => msg!("cluster.no-bank").into(),
            Self::Code(code) => {
                Message::new(msg!("attribute.map.code")).with("code", code.as_str())
            }
            Self::Locked => at(msg!("cluster.locked-mart")),
            Self::Server(code) => at(msg!("attribute.map.server")).with("code", code.as_str()),
        }
    }
}

/// The column types that an attribute of this type can stand in.
fn taken(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Flag => "boolean",
        AttributeType::Category => "text, varchar",
        AttributeType::Number => "numeric, bigint, integer, smallint",
        AttributeType::Money => "bigint",
        AttributeType::Date => "date",
    }
}
