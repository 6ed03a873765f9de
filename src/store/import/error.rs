//! What can be wrong with an import. Each has its own sentence, with the place where there is one.

use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

use super::file_fault::FileError;
use super::manifest_fault::ManifestError;
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::metric::error::KpiError;
use crate::msg;
use crate::store::StoreError;
use crate::store::kpi::KpiFailure;

/// Why an import did not happen. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Another import is under way in this database.
    #[error("another import is under way, begun by {by}")]
    Running {
        /// Whose it is, clean; empty while it is beginning or ending.
        by: String,
    },
    /// The session has no run; only a program that skips the beginning gets this.
    #[error("no import has begun in this session")]
    NotBegun,
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
    /// The attribute named as the risk level is none of the dictionary, or no category and no number.
    #[error("no risk level: {0}")]
    RiskLevel(String),
    /// An attribute that stands in a mart of the bank's own.
    #[error("attribute {0} is mapped")]
    AttributeMapped(String),
    /// A metric with facts that would be counted in another unit.
    #[error("metric {0} has facts in another unit")]
    MetricUnit(String),
    /// The shares of a tier's mix do not add up to one.
    #[error("the mix of a tier does not add up: {0}")]
    Mix(String),
    /// The metrics' formulas do not fit together.
    #[error(transparent)]
    Metrics(KpiError),
    /// Rows refer to something that is not there; only a program that loads without checking gets this.
    #[error("rows refer to an unknown {what}: {detail}")]
    Unknown {
        /// Which column.
        what: String,
        /// A value.
        detail: String,
    },
    /// Somebody read for so long that the new records could not be put in place: operators and their processes at the server, as far
    /// as they were still there.
    #[error("the records were in use for too long, by {0}")]
    InUse(String),
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file is wrong.
    #[error(transparent)]
    File(#[from] FileError),
    /// A load's query failed, a cast in it for example.
    #[error("load {load}: the query failed: {detail}")]
    Sql {
        /// The load.
        load: String,
        /// The SQLSTATE.
        code: String,
        /// Line and column in the query, if the server says so.
        place: Option<(usize, usize)>,
        /// The server's words: the query is the operator's own.
        detail: String,
    },
    /// A load's query reaches for something outside schema raw.
    #[error("load {load}: the query may read the staged files only: {detail}")]
    SqlReach {
        /// The load.
        load: String,
        /// The server's words.
        detail: String,
    },
    /// A load's SQL is not one query.
    #[error("load {load}: not one query")]
    SqlNotOneQuery {
        /// The load.
        load: String,
    },
    /// A load's query took too long.
    #[error("load {load}: the query took too long")]
    SqlDeadline {
        /// The load.
        load: String,
    },
    /// A result without a column that must be there.
    #[error("load {load}: no column {column}")]
    MissingColumn {
        /// The load.
        load: String,
        /// The column.
        column: &'static str,
    },
    /// A result with a column that goes nowhere.
    #[error("load {load}: column {column} goes nowhere")]
    UnknownColumn {
        /// The load.
        load: String,
        /// The column.
        column: String,
        /// Those that would.
        known: String,
        /// Whether it could be an attribute if it were declared.
        customer: bool,
    },
    /// A result with two columns of one name.
    #[error("load {load}: two columns {column}")]
    ColumnTwice {
        /// The load.
        load: String,
        /// The column.
        column: String,
    },
    /// More rows of a load were rejected than may be.
    #[error("load {load}: {rejected} of {read} rows rejected")]
    TooManyRejects {
        /// The load.
        load: String,
        /// Rows that were rejected.
        rejected: u64,
        /// All rows.
        read: u64,
    },
    /// The reject file cannot be written.
    #[error("the reject file cannot be written: {detail}")]
    RejectFile {
        /// The system's words.
        detail: String,
    },
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
                    db.try_downcast_ref::<PgDatabaseError>()
                        .and_then(PgDatabaseError::detail)
                        .map(|d| clean(d).into_owned())
                        .unwrap_or_default()
                };
                match db.code().as_deref() {
                    Some("BT101") => Self::Running { by: detail() },
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
                    Some("BT108") => Self::InUse(detail()),
                    Some("BT109") => Self::NotBegun,
                    Some("BT110") => Self::Mix(detail()),
                    Some("BT302") => Self::AttributeMapped(detail()),
                    _ => Self::Store(error),
                }
            }
            other => Self::Store(other),
        }
    }
}

impl From<KpiFailure> for ImportError {
    fn from(failure: KpiFailure) -> Self {
        match failure {
            KpiFailure::Kpi(error) => Self::Metrics(error),
            KpiFailure::Store(error) => error.into(),
            // Only questions of operators end so.
            other => StoreError::Database(sqlx::Error::Protocol(other.to_string())).into(),
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
    /// What went wrong with a load's query.
    pub(super) fn of_sql(error: sqlx::Error, load: &str, sql: &str) -> Self {
        let load = load.to_owned();
        let sqlx::Error::Database(ref db) = error else { return error.into() };
        let detail = clean(db.message()).into_owned();
        match db.code().as_deref() {
            Some("42501") => Self::SqlReach { load, detail },
            Some("42P11") => Self::SqlNotOneQuery { load },
            Some("57014") => Self::SqlDeadline { load },
            Some(code)
                if code.starts_with("BT") || code.starts_with("57P") || code.starts_with("08") =>
            {
                error.into()
            }
            code => {
                let code = code.unwrap_or("-").to_owned();
                let position = match db
                    .try_downcast_ref::<PgDatabaseError>()
                    .and_then(PgDatabaseError::position)
                {
                    Some(PgErrorPosition::Internal { position, query }) if query == sql => {
                        Some(position)
                    }
                    _ => None,
                };
                Self::Sql { load, code, place: position.map(|p| line_and_column(sql, p)), detail }
            }
        }
    }

    /// A reject file that cannot be written.
    #[expect(clippy::needless_pass_by_value, reason = "it is called by map_err")]
    pub(super) fn reject_file(error: std::io::Error) -> Self {
        Self::RejectFile { detail: error.to_string() }
    }

    /// What the log may hold: which load, what kind of fault and where, and nothing that a record could stand in.
    #[must_use]
    pub fn for_log(&self) -> String {
        match self {
            Self::Sql { load, code, place, .. } => {
                let (line, column) = place.unwrap_or_default();
                format!("load {load}: SQLSTATE {code} at {line}:{column}")
            }
            Self::SqlReach { load, .. } => format!("load {load}: SQLSTATE 42501"),
            Self::Unknown { what, .. } => format!("rows refer to an unknown {what}"),
            Self::File(_) => "a file is wrong".to_owned(),
            Self::Store(error) => error.for_log(),
            other => other.to_string(),
        }
    }

    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let say = |key, name, value: &str| Message::new(key).with(name, value);
        match self {
            Self::Running { by } if by.is_empty() => msg!("import.running").into(),
            Self::Running { by } => say(msg!("import.running-by"), "operator", by),
            Self::NotBegun => msg!("import.not-begun").into(),
            Self::OtherBank(bank) => say(msg!("import.other-bank"), "bank", bank),
            Self::Metrics(error) => error.message(),
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
            Self::RiskLevel(code) => say(msg!("import.risk-level"), "code", code),
            Self::AttributeMapped(code) => say(msg!("import.attribute-mapped"), "code", code),
            Self::MetricUnit(code) => say(msg!("import.metric-unit"), "code", code),
            Self::Mix(sum) => say(msg!("import.mix"), "sum", sum),
            Self::Unknown { what, detail } => {
                say(msg!("import.unknown"), "what", what).with("value", detail.as_str())
            }
            Self::InUse(by) if by.is_empty() => msg!("import.in-use").into(),
            Self::InUse(by) => say(msg!("import.in-use-by"), "by", by),
            Self::Manifest(error) => error.message(),
            Self::File(error) => error.message(),
            Self::Sql { load, place: Some((line, column)), detail, .. } => {
                say(msg!("import.sql.failed-at"), "load", load)
                    .with("line", *line)
                    .with("column", *column)
                    .with("detail", detail.as_str())
            }
            Self::Sql { load, place: None, detail, .. } => {
                say(msg!("import.sql.failed"), "load", load).with("detail", detail.as_str())
            }
            Self::SqlReach { load, detail } => {
                say(msg!("import.sql.reach"), "load", load).with("detail", detail.as_str())
            }
            Self::SqlNotOneQuery { load } => say(msg!("import.sql.not-one-query"), "load", load),
            Self::SqlDeadline { load } => say(msg!("import.sql.deadline"), "load", load),
            Self::MissingColumn { load, column } => {
                say(msg!("import.column.missing"), "load", load).with("column", *column)
            }
            Self::UnknownColumn { load, column, known, customer } => {
                let key = if *customer {
                    msg!("import.column.no-attribute")
                } else {
                    msg!("import.column.unknown")
                };
                say(key, "load", load)
                    .with("column", clean(column).as_ref())
                    .with("known", known.as_str())
            }
            Self::ColumnTwice { load, column } => say(msg!("import.column.twice"), "load", load)
                .with("column", clean(column).as_ref()),
            Self::TooManyRejects { load, rejected, read } => {
                say(msg!("import.too-many-rejects"), "load", load)
                    .with("rejected", *rejected)
                    .with("read", *read)
            }
            Self::RejectFile { detail } => say(msg!("import.reject-file"), "detail", detail),
            Self::Store(error) => error.message(),
        }
    }
}

/// The line and column of the `position`th character, all counted from 1.
fn line_and_column(text: &str, position: usize) -> (usize, usize) {
    let before: String = text.chars().take(position.saturating_sub(1)).collect();
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().unwrap_or_default().chars().count() + 1)
}
