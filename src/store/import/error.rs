//! What can be wrong with an import. Each has its own sentence, with the place where there is one.

use crate::domain::message::Message;
use crate::msg;
use crate::store::StoreError;

/// Why an import did not happen. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Another import is under way in this database.
    #[error("another import is under way")]
    Running,
    /// The database holds another bank.
    #[error("the database holds the bank {0}")]
    OtherBank(String),
    /// The bank's records stand in another currency.
    #[error("the bank's records are in {0}")]
    OtherCurrency(String),
    /// The units are not one tree.
    #[error("the units are no tree: {fault:?} {detail}")]
    Tree {
        /// What is wrong.
        fault: TreeFault,
        /// Which units.
        detail: String,
    },
    /// An attribute that stands with another type.
    #[error("attribute {0} has another type")]
    AttributeType(String),
    /// A metric with facts that would be counted in another unit.
    #[error("metric {0} has facts in another unit")]
    MetricUnit(String),
    /// Rows refer to something that is not there; only a program that loads without checking gets this.
    #[error("rows refer to an unknown {what}: {detail}")]
    Unknown {
        /// Which column.
        what: String,
        /// A value.
        detail: String,
    },
    /// A console read for so long that the new records could not be put in place.
    #[error("the records were in use for too long")]
    InUse,
    /// Anything that any call can have.
    #[error(transparent)]
    Store(StoreError),
}

/// What keeps units from being a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeFault {
    /// No unit without a parent.
    NoRoot,
    /// More than one.
    ManyRoots,
    /// A parent that did not come.
    UnknownParent,
    /// A unit that is above itself.
    Cycle,
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(sqlx::Error::Database(ref db)) => {
                let detail = || {
                    db.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
                        .and_then(sqlx::postgres::PgDatabaseError::detail)
                        .map(|d| crate::domain::clean::clean(d).into_owned())
                        .unwrap_or_default()
                };
                match db.code().as_deref() {
                    Some("BT101") => Self::Running,
                    Some("BT102") => Self::OtherBank(detail()),
                    Some("BT103") => Self::OtherCurrency(detail()),
                    Some("BT104") => {
                        Self::Tree { fault: TreeFault::of(db.message()), detail: detail() }
                    }
                    Some("BT105") => Self::AttributeType(detail()),
                    Some("BT106") => {
                        Self::Unknown { what: db.message().to_owned(), detail: detail() }
                    }
                    Some("BT107") => Self::MetricUnit(detail()),
                    Some("55P03") => Self::InUse,
                    _ => Self::Store(error),
                }
            }
            other => Self::Store(other),
        }
    }
}

impl From<sqlx::Error> for ImportError {
    fn from(error: sqlx::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl TreeFault {
    fn of(word: &str) -> Self {
        match word {
            "no_root" => Self::NoRoot,
            "many_roots" => Self::ManyRoots,
            "unknown_parent" => Self::UnknownParent,
            _ => Self::Cycle,
        }
    }
}

impl ImportError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let say = |key, name, value: &str| Message::new(key).with(name, value);
        match self {
            Self::Running => msg!("import.running").into(),
            Self::OtherBank(bank) => say(msg!("import.other-bank"), "bank", bank),
            Self::OtherCurrency(currency) => {
                say(msg!("import.other-currency"), "currency", currency)
            }
            Self::Tree { fault, detail } => {
                let key = match fault {
                    TreeFault::NoRoot => return msg!("import.tree.no-root").into(),
                    TreeFault::ManyRoots => msg!("import.tree.many-roots"),
                    TreeFault::UnknownParent => msg!("import.tree.unknown-parent"),
                    TreeFault::Cycle => msg!("import.tree.cycle"),
                };
                say(key, "units", detail)
            }
            Self::AttributeType(code) => say(msg!("import.attribute-type"), "code", code),
            Self::MetricUnit(code) => say(msg!("import.metric-unit"), "code", code),
            Self::Unknown { what, detail } => {
                say(msg!("import.unknown"), "what", what).with("value", detail.as_str())
            }
            Self::InUse => msg!("import.in-use").into(),
            Self::Store(error) => error.message(),
        }
    }
}
