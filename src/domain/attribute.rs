//! Attributes (标签): one fact per customer, and the dictionary's row that says where it stands.

use serde::Serialize;

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
    /// The customer-grain relation of schema `baton` that has it, such as `attr_1`.
    pub relation: String,
    /// The column of that relation.
    pub column: String,
}
