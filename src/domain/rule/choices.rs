//! What can be chosen of a vocabulary: its columns, and the values that a column can have.

use super::called::Called;
use super::column::{Column, Kind};
use super::vocabulary::Vocabulary;
use crate::domain::attribute::AttributeType;

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As the bank writes it: a column's code, or a value as it stands in the records.
    pub code: String,
    /// What people call it.
    pub called: Called,
}

impl Vocabulary {
    /// Every column that rules may name: the customer's own, then the dictionary's.
    #[must_use]
    pub fn columns(&self) -> Vec<Column> {
        let attributes = self.attributes().iter().cloned().map(Column::Attribute);
        Column::FIXED.into_iter().chain(attributes).collect()
    }

    /// The values that a column can have, none if they are not to be listed: categories by value, tiers from the
    /// lowest, units from the top, staff by code.
    #[must_use]
    pub fn choices(&self, column: &Column) -> Vec<Choice> {
        let choice =
            |code: &str| Choice { code: code.to_owned(), called: self.value_called(column, code) };
        match column.kind() {
            Kind::Tier => self.tiers().iter().map(|tier| choice(&tier.code)).collect(),
            Kind::Org => self.units().iter().map(|unit| choice(&unit.code)).collect(),
            Kind::Staff => {
                let staff =
                    |code: &str| Choice { code: code.to_owned(), called: self.staff_called(code) };
                self.staff_codes().map(staff).collect()
            }
            Kind::Plain(AttributeType::Category) => {
                let mut all: Vec<&str> = self.values(column).collect();
                all.sort_unstable();
                all.into_iter().map(choice).collect()
            }
            Kind::Plain(_) => Vec::new(),
        }
    }
}
