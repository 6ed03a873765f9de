//! Which value of a result goes where.

use std::collections::{HashMap, HashSet};

use super::destination::{Destination, NewAttribute, Type, type_of_attribute};
use super::error::ImportError;
use super::manifest::Load;
use crate::domain::attribute::AttributeType;

/// Where one column of a result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) name: String,
    pub(super) kind: Type,
    pub(super) required: bool,
}

/// The columns that results may have.
pub(super) struct Columns {
    attributes: HashMap<String, AttributeType>,
}

impl Columns {
    /// The dictionary as it stands, and what the manifest adds.
    pub(super) fn new(dictionary: Vec<(String, AttributeType)>, new: &[NewAttribute]) -> Self {
        let new = new.iter().map(|a| (a.code.clone(), a.kind));
        Self { attributes: dictionary.into_iter().chain(new).collect() }
    }

    /// Where the columns of a load's result go.
    ///
    /// # Errors
    /// [`ImportError::UnknownColumn`], [`ImportError::ColumnTwice`], [`ImportError::MissingColumn`].
    pub(super) fn slots(&self, load: &Load, names: &[String]) -> Result<Vec<Slot>, ImportError> {
        let fixed = load.into.columns();
        let mut seen = HashSet::new();
        let mut slots = Vec::with_capacity(names.len());
        for name in names {
            if !seen.insert(name.as_str()) {
                return Err(ImportError::ColumnTwice {
                    load: load.name.clone(),
                    column: name.clone(),
                });
            }
            let attribute = || {
                let kind =
                    self.attributes.get(name).filter(|_| load.into == Destination::Customer)?;
                Some(Slot { name: name.clone(), kind: type_of_attribute(*kind), required: false })
            };
            let slot = match fixed.iter().find(|column| column.name == name) {
                Some(column) => {
                    Some(Slot { name: name.clone(), kind: column.kind, required: column.required })
                }
                None => attribute(),
            };
            slots.push(slot.ok_or_else(|| ImportError::UnknownColumn {
                load: load.name.clone(),
                column: name.clone(),
                known: fixed.iter().map(|c| c.name).collect::<Vec<_>>().join(", "),
                customer: load.into == Destination::Customer,
            })?);
        }
        let missing = fixed
            .iter()
            .find(|c| load.into.must_be_there(c) && !seen.contains(c.name))
            .map(|c| c.name);
        let no_value = load.into == Destination::MetricFact
            && !seen.contains("value")
            && !(seen.contains("numerator") && seen.contains("denominator"));
        match missing.or(no_value.then_some("value")) {
            Some(column) => Err(ImportError::MissingColumn { load: load.name.clone(), column }),
            None => Ok(slots),
        }
    }
}
