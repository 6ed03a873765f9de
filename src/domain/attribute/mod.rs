//! Attributes (标签): one fact per customer, and the dictionary's row that says where it stands.

mod dictionary;
mod mapping;
mod mart;

pub use dictionary::{AttributeRow, AttributeStats, Class, STALE_AFTER_DAYS, Stat, TopValue};
pub use mapping::{MapFault, Mapping};
pub use mart::{MartDay, Unread};

use serde::Serialize;

use super::message::Key;
use crate::msg;

/// What kind of fact an attribute is, and so what a rule may ask of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AttributeType {
    /// Yes or no.
    Flag,
    /// One of a list of values.
    Category,
    /// A number that is not money.
    Number,
    /// An amount in the bank's currency.
    Money,
    /// A day.
    Date,
}

impl AttributeType {
    /// All types, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Flag, Self::Category, Self::Number, Self::Money, Self::Date];

    /// The word of the manifest and of the dictionary.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Category => "category",
            Self::Number => "number",
            Self::Money => "money",
            Self::Date => "date",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn name(self) -> Key {
        match self {
            Self::Flag => msg!("attribute.type.flag"),
            Self::Category => msg!("attribute.type.category"),
            Self::Number => msg!("attribute.type.number"),
            Self::Money => msg!("attribute.type.money"),
            Self::Date => msg!("attribute.type.date"),
        }
    }

    /// The type of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A row of the attribute dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name that rules use; may be Chinese.
    pub code: String,
    /// What kind of fact it is.
    pub kind: AttributeType,
    /// Chinese label, clean.
    pub zh: String,
    /// English label, clean.
    pub en: String,
    /// The customer-grain relation that has it: Baton's own, or one of the bank's marts.
    pub relation: RelationName,
    /// The column of that relation.
    pub column: String,
    /// The day that a mart gives its values; none for one that imports fill, whose day is the bank's, and where nobody
    /// says.
    pub mart_day: Option<chrono::NaiveDate>,
}

impl Attribute {
    /// Its value in SQL, of a row that the statement calls `row`. A number of the bank's own mart that is none (`NaN`,
    /// `Infinity`) is as unknown as a null: no rule could say it, and one less itself is not 0.
    #[must_use]
    pub fn of_row(&self, row: &str) -> String {
        let held = format!("{row}.{}", quoted(&self.column));
        if self.relation.is_own() || self.kind != AttributeType::Number {
            return held;
        }
        format!("(case when {held} - {held} = 0 then {held} end)")
    }
}

/// The longest code, in bytes: it is a column's name, and longer ones are cut there.
const CODE_LIMIT: usize = 63;

/// Whether an attribute can be called so: it is a column's name, and people read it.
#[must_use]
pub fn is_code(code: &str) -> bool {
    !code.trim().is_empty() && code.len() <= CODE_LIMIT && !code.chars().any(char::is_control)
}

/// The names that belong to every customer, and those of the days that come with as-of. An attribute of the same code cannot
/// be reached from a rule, so the import refuses such a code. Names and phone numbers of customers are no part of rules: a
/// condition on them would read out what no login may read.
pub const FIXED_NAMES: [&str; 15] = [
    "customer_id",
    "org",
    "rm",
    "name",
    "phone",
    "opened_on",
    "birth_date",
    "gender",
    "aum",
    "no_contact",
    "age",
    "tier",
    "today",
    "month_start",
    "year_start",
];

/// Whether a rule or a load uses this name for something else.
#[must_use]
pub fn is_reserved(code: &str) -> bool {
    let code = code.to_lowercase();
    FIXED_NAMES.contains(&code.as_str())
        || matches!(code.as_str(), "closed_on" | "org_id" | "rm_id" | "load" | "ordinal")
        || matches!(
            code.as_str(),
            "and" | "or" | "not" | "in" | "is" | "null" | "between" | "under" | "true" | "false"
        )
}

/// The schema of the relations that imports fill.
const OWN_SCHEMA: &str = "baton";

/// A relation by schema and name, each to the letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationName {
    /// Its schema.
    pub schema: String,
    /// Its name there.
    pub name: String,
}

impl RelationName {
    /// One of the relations that imports fill, such as `attr_1`.
    #[must_use]
    pub fn own(name: impl Into<String>) -> Self {
        Self { schema: OWN_SCHEMA.to_owned(), name: name.into() }
    }

    /// Whether imports fill it; else it is a table or view of the bank's, used where it stands.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.schema == OWN_SCHEMA
    }

    /// As SQL takes it to the letter.
    #[must_use]
    pub fn quoted(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.name))
    }
}

impl std::fmt::Display for RelationName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// An identifier of the dictionary as SQL takes it to the letter.
#[must_use]
pub fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
