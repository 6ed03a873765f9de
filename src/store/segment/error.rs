//! Why a segment's step was refused.

use crate::domain::clean::clean;
use crate::domain::code::{NAME_MAX, NOTE_MAX};
use crate::domain::id::CustomerId;
use crate::domain::message::Message;
use crate::domain::rule::RuleError;
use crate::domain::segment::{grid, overlap};
use crate::msg;
use crate::store::StoreError;
use crate::store::refusal::Refusal;

/// Why a segment's step was refused.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// There is no such segment.
    #[error("there is no segment {code}")]
    Unknown {
        /// Its code.
        code: String,
        /// The one that was probably meant.
        meant: Option<String>,
    },
    /// The segment has no such version.
    #[error("{code} has no version {version}")]
    NoVersion {
        /// The segment.
        code: String,
        /// The version.
        version: i32,
    },
    /// There is no such snapshot.
    #[error("there is no snapshot {snapshot}")]
    NoSnapshot {
        /// Its number, as given.
        snapshot: String,
    },
    /// A segment's code differs from this one in capitals only.
    #[error("{code} is {stands} but for capitals")]
    CodeCase {
        /// As given.
        code: String,
        /// The segment that stands.
        stands: String,
    },
    /// The name is longer than names are.
    #[error("the name is too long")]
    NameLong,
    /// The note is longer than notes are.
    #[error("the note is too long")]
    NoteLong,
    /// There is no such customer among those whom the operator sees.
    #[error("there is no customer {customer}")]
    NoCustomer {
        /// The number.
        customer: CustomerId,
    },
    /// The operator has looked at as many single customers as a day has.
    #[error("{limit} customers were looked at within a day")]
    LookLimit {
        /// How many may be.
        limit: i64,
    },
    /// Frozen for a day that the data are past.
    #[error("the data are of a later day than the snapshot's")]
    BeforeData,
    /// Nobody of that name may answer for a segment.
    #[error("{name} is no strategist")]
    NoStrategist {
        /// As given.
        name: String,
    },
    /// The code is not one word.
    #[error("{code} is no code")]
    NotACode {
        /// As given.
        code: String,
    },
    /// The name is empty or hides characters.
    #[error("the name is empty or hides characters")]
    Name,
    /// The note has several lines or hides characters.
    #[error("the note has several lines or hides characters")]
    Note,
    /// The rule does not fit the bank's dictionary, any more.
    #[error("the rule of {code} does not read: {error:?}")]
    Rule {
        /// The segment.
        code: String,
        /// Why.
        error: Box<RuleError>,
    },
    /// Another version stands there than the one that it was made from.
    #[error("v{latest} stands there, not v{base}")]
    Stale {
        /// The version that it was made from, 0 for none.
        base: i32,
        /// The version that stands there.
        latest: i32,
    },
    /// The snapshot has more members than may be exported at once.
    #[error("{customers} customers, and {limit} may be exported")]
    ExportLimit {
        /// Members.
        customers: i64,
        /// How many may be.
        limit: i64,
    },
    /// More segments than can be laid over one another.
    #[error("{count} segments to overlap")]
    TooManyToOverlap {
        /// How many were asked for.
        count: usize,
    },
    /// What a list is keyed by is neither a column nor an attribute.
    #[error("{key} is no key")]
    NoKey {
        /// As given.
        key: String,
    },
    /// An attribute of this type tells no customer from another.
    #[error("{key} is a {kind}")]
    KeyType {
        /// The attribute.
        key: String,
        /// Its type.
        kind: String,
    },
    /// More axes than a grid has, or none.
    #[error("{count} axes")]
    Axes {
        /// How many were asked for.
        count: usize,
    },
    /// An axis names nothing that the dictionary knows.
    #[error("the axis does not read: {0:?}")]
    Axis(Box<RuleError>),
    /// The same attribute twice.
    #[error("{name} twice")]
    AxisTwice {
        /// The attribute.
        name: String,
    },
    /// Values that are not ordered take no thresholds.
    #[error("{name} takes no thresholds")]
    NoThresholds {
        /// The attribute.
        name: String,
    },
    /// A threshold is not a value of its attribute.
    #[error("{threshold} is no threshold of {name}")]
    Threshold {
        /// The attribute.
        name: String,
        /// As given.
        threshold: String,
    },
    /// Thresholds do not rise.
    #[error("the thresholds of {name} do not rise")]
    ThresholdOrder {
        /// The attribute.
        name: String,
    },
    /// What has no sum is to be summed.
    #[error("{name} has no sum")]
    NoSum {
        /// The attribute.
        name: String,
    },
    /// The axes make more cells than an answer has.
    #[error("{cells} cells")]
    TooManyCells {
        /// How many there would be, at least.
        cells: usize,
    },
    /// The grid has no such cell, or nobody is in it.
    #[error("there is no cell {cell}")]
    NoCell {
        /// As given.
        cell: String,
    },
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SegmentError {
    /// What is wrong with a segment's rule.
    #[must_use]
    pub fn of_rule(code: &str, error: RuleError) -> Self {
        Self::Rule { code: code.to_owned(), error: Box::new(error) }
    }

    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { code, meant: None } => {
                Message::new(msg!("segment.unknown")).with("code", code.as_str())
            }
            Self::Unknown { code, meant: Some(meant) } => {
                Message::new(msg!("segment.unknown-meant"))
                    .with("code", code.as_str())
                    .with("meant", meant.as_str())
            }
            Self::NoVersion { code, version } => Message::new(msg!("segment.no-version"))
                .with("code", code.as_str())
                .with("version", *version),
            Self::NoSnapshot { snapshot } => {
                Message::new(msg!("segment.no-snapshot")).with("snapshot", snapshot.as_str())
            }
            Self::NoCustomer { customer } => {
                Message::new(msg!("segment.no-customer")).with("customer", customer.to_string())
            }
            Self::LookLimit { limit } => Message::new(msg!("customer.limit")).with("limit", *limit),
            Self::BeforeData => msg!("segment.before-data").into(),
            Self::NoStrategist { name } => {
                Message::new(msg!("segment.no-strategist")).with("name", name.as_str())
            }
            Self::NotACode { code } => {
                Message::new(msg!("segment.not-a-code")).with("code", clean(code).into_owned())
            }
            Self::CodeCase { code, stands } => Message::new(msg!("segment.code-case"))
                .with("code", code.as_str())
                .with("stands", stands.as_str()),
            Self::NameLong => Message::new(msg!("segment.name-long")).with("most", NAME_MAX),
            Self::NoteLong => Message::new(msg!("segment.note-long")).with("most", NOTE_MAX),
            Self::Name => msg!("segment.name").into(),
            Self::Note => msg!("segment.note").into(),
            Self::Rule { code, error } => Message::new(msg!("segment.rule"))
                .with("code", code.as_str())
                .with("error", error.message()),
            Self::ExportLimit { customers, limit } => Message::new(msg!("segment.export-limit"))
                .with("customers", *customers)
                .with("limit", *limit),
            Self::Stale { base, latest } => {
                Message::new(msg!("strategy.stale")).with("base", *base).with("latest", *latest)
            }
            Self::Store(error) => error.message(),
            other => other.of_analysis(),
        }
    }

    /// The sentences of lists, overlaps and grids.
    fn of_analysis(&self) -> Message {
        let named = |key, name: &str| Message::new(key).with("name", clean(name).into_owned());
        match self {
            Self::TooManyToOverlap { count } => Message::new(msg!("segment.overlap.too-many"))
                .with("count", *count)
                .with("most", overlap::MOST),
            Self::NoKey { key } => Message::new(msg!("segment.upload.no-key"))
                .with("key", clean(key).into_owned())
                .with("keys", "customer_id, phone"),
            Self::KeyType { key, kind } => Message::new(msg!("segment.upload.key-type"))
                .with("key", clean(key).into_owned())
                .with("kind", kind.as_str()),
            Self::Axes { count } => Message::new(msg!("segment.grid.axes"))
                .with("count", *count)
                .with("most", grid::MOST_AXES),
            Self::Axis(error) => error.message(),
            Self::AxisTwice { name } => named(msg!("segment.grid.twice"), name),
            Self::NoThresholds { name } => named(msg!("segment.grid.no-thresholds"), name),
            Self::Threshold { name, threshold } => named(msg!("segment.grid.threshold"), name)
                .with("threshold", clean(threshold).into_owned()),
            Self::ThresholdOrder { name } => named(msg!("segment.grid.threshold-order"), name),
            Self::NoSum { name } => named(msg!("segment.grid.no-sum"), name),
            Self::TooManyCells { cells } => Message::new(msg!("segment.grid.too-many"))
                .with("cells", *cells)
                .with("most", grid::MOST_CELLS),
            Self::NoCell { cell } => {
                Message::new(msg!("segment.grid.no-cell")).with("cell", clean(cell).into_owned())
            }
            other => Message::new(msg!("segment.unknown")).with("code", other.to_string()),
        }
    }
}

impl From<sqlx::Error> for SegmentError {
    fn from(error: sqlx::Error) -> Self {
        match error.into() {
            Refusal::Unknown { what, name } => match what.as_str() {
                "snapshot" => Self::NoSnapshot { snapshot: name },
                "operator" => Self::NoStrategist { name },
                "customer" => {
                    Self::NoCustomer { customer: CustomerId(name.parse().unwrap_or_default()) }
                }
                "key" => Self::NoKey { key: name },
                _ => Self::Unknown { code: name, meant: None },
            },
            Refusal::Limit { what, detail } if what == "export_limit" => {
                let (customers, limit) = detail.split_once(' ').unwrap_or_default();
                let number = |text: &str| text.parse().unwrap_or_default();
                Self::ExportLimit { customers: number(customers), limit: number(limit) }
            }
            Refusal::Stale { latest } => Self::Stale { base: 0, latest },
            Refusal::Limit { what, detail } if what == "card_limit" => {
                Self::LookLimit { limit: detail.parse().unwrap_or_default() }
            }
            Refusal::Limit { what, detail } => Self::KeyType { key: detail, kind: what },
            // Save looks first; these are for whoever comes by another way.
            Refusal::Constraint(name) if name == "segment_version_code" => {
                Self::NotACode { code: String::new() }
            }
            Refusal::Constraint(name) if name == "segment_version_name" => Self::Name,
            Refusal::Constraint(name) if name == "segment_version_name_length" => Self::NameLong,
            Refusal::Constraint(name) if name == "snapshot_not_before_its_data" => Self::BeforeData,
            other => Self::Store(other.unexpected()),
        }
    }
}
