//! Segments: saved rules, what a rule counts, and frozen lists.

use std::time::Duration;

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

use super::refusal::Refusal;
use super::{StoreError, attribute, dynamic, line};
use crate::domain::clean::clean;
use crate::domain::hash::ContentHash;
use crate::domain::id::SnapshotId;
use crate::domain::message::Message;
use crate::domain::rule::{Rule, RuleError};
use crate::domain::segment::{SegmentCount, SegmentRow, SnapshotRow};
use crate::msg;

/// How long freezing, planning and pushing a list may take.
pub const LIST_LIMIT: Duration = Duration::from_mins(10);

/// Why a segment's step was refused.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// There is no such segment.
    #[error("there is no segment {code}")]
    Unknown {
        /// Its code.
        code: String,
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
    /// The rule does not fit the bank's dictionary, any more.
    #[error("the rule of {code} does not read: {error:?}")]
    Rule {
        /// The segment.
        code: String,
        /// Why.
        error: Box<RuleError>,
    },
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SegmentError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { code } => {
                Message::new(msg!("segment.unknown")).with("code", code.as_str())
            }
            Self::NotACode { code } => {
                Message::new(msg!("segment.not-a-code")).with("code", clean(code).into_owned())
            }
            Self::Name => msg!("segment.name").into(),
            Self::Rule { code, error } => Message::new(msg!("segment.rule"))
                .with("code", code.as_str())
                .with("error", error.message()),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for SegmentError {
    fn from(error: sqlx::Error) -> Self {
        match error.into() {
            Refusal::Unknown { name, .. } => Self::Unknown { code: name },
            // Save looks first; these are for whoever comes by another way.
            Refusal::Constraint(name) if name == "segment_version_code" => {
                Self::NotACode { code: String::new() }
            }
            Refusal::Constraint(name) if name == "segment_version_name" => Self::Name,
            other => Self::Store(other.unexpected()),
        }
    }
}

/// A row of a query over the latest versions and their latest snapshots.
struct Row {
    code: String,
    version: i32,
    name: String,
    rule: String,
    author: String,
    snapshot: Option<i64>,
    customers: Option<i64>,
    hash: Option<Vec<u8>>,
    as_of: Option<NaiveDate>,
}

impl Row {
    fn into_domain(self) -> SegmentRow {
        let snapshot = match (self.snapshot, self.customers, self.hash, self.as_of) {
            (Some(id), Some(customers), Some(hash), Some(as_of)) => Some(SnapshotRow {
                id: SnapshotId(id),
                customers,
                hash: content_hash(&hash),
                as_of,
            }),
            _ => None,
        };
        SegmentRow {
            code: clean(&self.code).into_owned(),
            name: clean(&self.name).into_owned(),
            version: self.version,
            rule: clean(&self.rule).into_owned(),
            author: clean(&self.author).into_owned(),
            snapshot,
        }
    }
}

/// A hash of the database; one that is not 32 bytes long becomes zeros, which no content has.
pub(super) fn content_hash(bytes: &[u8]) -> ContentHash {
    ContentHash(bytes.try_into().unwrap_or_default())
}

/// The latest version of every segment, by code.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection) -> Result<Vec<SegmentRow>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select v.code as "code!", v.version as "version!", v.name as "name!", v.rule as "rule!",
                  v.author as "author!", s.id as "snapshot?", s.customers as "customers?",
                  s.hash as "hash?", s.as_of as "as_of?"
           from (select distinct on (code) * from baton.segment_version order by code, version desc) v
           left join lateral (select * from baton.snapshot f
                              where f.segment = v.code and f.version = v.version
                              order by f.id desc limit 1) s on true
           order by v.code"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::into_domain).collect())
}

/// The latest version of one segment.
///
/// # Errors
/// [`SegmentError::Unknown`] or any [`StoreError`].
pub async fn show(db: &mut PgConnection, code: &str) -> Result<SegmentRow, SegmentError> {
    let row = sqlx::query_as!(
        Row,
        r#"select v.code, v.version, v.name, v.rule, v.author, s.id as "snapshot?",
                  s.customers as "customers?", s.hash as "hash?", s.as_of as "as_of?"
           from baton.segment_version v
           left join lateral (select * from baton.snapshot f
                              where f.segment = v.code and f.version = v.version
                              order by f.id desc limit 1) s on true
           where v.code = $1 order by v.version desc limit 1"#,
        code
    )
    .fetch_optional(db)
    .await?;
    let unknown = || SegmentError::Unknown { code: clean(code).into_owned() };
    row.map(Row::into_domain).ok_or_else(unknown)
}

/// Reads a rule against the bank's dictionary: the rule, or what is wrong with it and where.
///
/// # Errors
/// Any [`StoreError`].
pub async fn read(
    db: &mut PgConnection,
    text: &str,
) -> Result<Result<Rule, RuleError>, StoreError> {
    Ok(Rule::parse(text, &attribute::vocabulary(db).await?))
}

/// Saves a rule under a code, as the next version if it differs from what stands there.
///
/// # Errors
/// [`SegmentError::NotACode`], [`SegmentError::Name`], or any [`StoreError`].
pub async fn save(
    db: &mut PgConnection,
    code: &str,
    name: &str,
    rule: &Rule,
) -> Result<SegmentRow, SegmentError> {
    use crate::domain::code::{hides_characters, is_code};
    if !is_code(code) {
        return Err(SegmentError::NotACode { code: code.to_owned() });
    }
    let name = name.trim();
    if name.is_empty() || hides_characters(name) || name.contains(['\n', '\t']) {
        return Err(SegmentError::Name);
    }
    sqlx::query_scalar!("select baton.segment_save($1, $2, $3)", code, name, rule.canonical())
        .fetch_one(&mut *db)
        .await?;
    show(db, code).await
}

/// Counts a rule's members, in one query.
///
/// # Errors
/// Any [`StoreError`].
pub async fn count(
    db: &mut PgConnection,
    rule: &Rule,
    by_org: bool,
) -> Result<SegmentCount, StoreError> {
    Ok(dynamic::count_members(db, rule, by_org).await?)
}

/// Freezes the members of a segment's latest version, as of the session's day, and keeps their list.
///
/// # Errors
/// [`SegmentError::Unknown`], [`SegmentError::Rule`] if the dictionary has changed under the rule, or any [`StoreError`].
pub async fn freeze(db: &mut PgConnection, code: &str) -> Result<SnapshotRow, SegmentError> {
    let segment = show(db, code).await?;
    let mut tx = db.begin().await?;
    let id = freeze_version(&mut tx, &segment.code, segment.version, &segment.rule).await?;
    let row = sqlx::query!("select customers, hash, as_of from baton.snapshot where id = $1", id.0)
        .fetch_one(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(SnapshotRow {
        id,
        customers: row.customers,
        hash: content_hash(&row.hash),
        as_of: row.as_of,
    })
}

/// Freezes one version's members within the caller's transaction. The rule runs with the operator's own rights.
pub(super) async fn freeze_version(
    tx: &mut PgConnection,
    code: &str,
    version: i32,
    rule: &str,
) -> Result<SnapshotId, SegmentError> {
    let vocabulary = attribute::vocabulary(tx).await?;
    let rule = Rule::parse(rule, &vocabulary)
        .map_err(|error| SegmentError::Rule { code: code.to_owned(), error: Box::new(error) })?;
    line::allow(tx, LIST_LIMIT).await?;
    let intake = sqlx::query_scalar!(r#"select gen_random_uuid()::text as "intake!""#)
        .fetch_one(&mut *tx)
        .await?;
    dynamic::take_members(tx, &intake, &rule).await?;
    let id = sqlx::query_scalar!(
        r#"select baton.snapshot_seal($1::text::uuid, $2, $3) as "id!""#,
        intake,
        code,
        version
    )
    .fetch_one(&mut *tx)
    .await?;
    Ok(SnapshotId(id))
}
