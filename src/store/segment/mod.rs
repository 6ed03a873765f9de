//! Segments: saved rules, what a rule counts, frozen and uploaded lists, and what one tells of its members.

mod axis;
mod decoding;
mod error;
pub mod explain;
pub mod export;
pub mod graph;
pub mod grid;
pub mod leaves;
pub mod moved;
pub mod now;
pub mod overlap;
pub mod portrait;
mod portrait_told;
mod reading;
pub mod snapshot;
mod suggested;
mod take;
pub mod upload;
mod upload_error;
pub mod version;
pub mod written;

pub use error::SegmentError;
pub use reading::{look, read};
pub use suggested::suggested;
pub use take::put;

use std::time::Duration;

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

use super::engine::{KeptLine, Line};
use super::{StoreError, attribute, bank, dynamic, line, mart};
use crate::domain::attribute::MartDay;
use crate::domain::clean::{clean, clean_lines};
use crate::domain::hash::ContentHash;
use crate::domain::id::SnapshotId;
use crate::domain::money::Minor;
use crate::domain::rule::{Rule, Vocabulary, has_comments, nearest_code};
use crate::domain::segment::{SegmentCount, SegmentKind, SegmentRow, SnapshotRow};

/// How long freezing, planning and pushing a list may take.
pub const LIST_LIMIT: Duration = Duration::from_mins(10);

/// A row of a query over the latest versions and their latest snapshots.
struct Row {
    code: String,
    version: i32,
    name: String,
    rule: String,
    author: String,
    owner: String,
    kind: String,
    note: Option<String>,
    source: Option<String>,
    snapshot: Option<i64>,
    customers: Option<i64>,
    hash: Option<Vec<u8>>,
    as_of: Option<NaiveDate>,
    aum: Option<i64>,
    ms: Option<i32>,
}

impl Row {
    fn into_domain(self) -> SegmentRow {
        let snapshot = match (self.snapshot, self.hash, self.as_of) {
            (Some(id), Some(hash), Some(as_of)) => Some(SnapshotRow {
                id: SnapshotId(id),
                customers: self.customers,
                hash: content_hash(&hash),
                as_of,
                aum: self.aum.map(Minor),
                ms: self.ms,
                refreshed: vec![],
            }),
            _ => None,
        };
        SegmentRow {
            code: clean(&self.code).into_owned(),
            name: clean(&self.name).into_owned(),
            version: self.version,
            rule: clean(&self.rule).into_owned(),
            author: clean(&self.author).into_owned(),
            owner: clean(&self.owner).into_owned(),
            kind: kind(&self.kind),
            note: self.note.map(|note| clean(&note).into_owned()),
            source: self.source.map(|source| clean_lines(&source).into_owned()),
            snapshot,
            broken: None,
        }
    }
}

/// A kind of the database, whose constraint knows no third.
fn kind(code: &str) -> SegmentKind {
    SegmentKind::from_code(code).unwrap_or(SegmentKind::Dynamic)
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
                  v.author as "author!", coalesce(o.owner, v.author) as "owner!", v.kind as "kind!",
                  v.note as "note?", v.source as "source?", s.id as "snapshot?",
                  case when (select baton.scope()) is null then s.customers end as "customers?",
                  s.hash as "hash?", s.as_of as "as_of?",
                  case when (select baton.scope()) is null then s.aum end as "aum?", s.ms as "ms?"
           from (select distinct on (code) * from baton.segment_version order by code, version desc) v
           left join baton.segment_owner o on o.code = v.code
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
        r#"select v.code, v.version, v.name, v.rule, v.author,
                  coalesce(o.owner, v.author) as "owner!", v.kind, v.note, v.source, s.id as "snapshot?",
                  case when (select baton.scope()) is null then s.customers end as "customers?",
                  s.hash as "hash?", s.as_of as "as_of?",
                  case when (select baton.scope()) is null then s.aum end as "aum?", s.ms as "ms?"
           from baton.segment_version v
           left join baton.segment_owner o on o.code = v.code
           left join lateral (select * from baton.snapshot f
                              where f.segment = v.code and f.version = v.version
                              order by f.id desc limit 1) s on true
           where v.code = $1 order by v.version desc limit 1"#,
        code
    )
    .fetch_optional(&mut *db)
    .await?;
    match row {
        Some(row) => Ok(row.into_domain()),
        None => Err(unknown(db, code).await),
    }
}

/// That there is no segment of the code, with the one that was probably meant: by its code or its name.
async fn unknown(db: &mut PgConnection, code: &str) -> SegmentError {
    let meant = meant(db, code).await;
    SegmentError::Unknown { code: clean(code).into_owned(), meant }
}

/// The segment that a code which there is none of was probably meant to be.
pub(super) async fn meant(db: &mut PgConnection, code: &str) -> Option<String> {
    let all = list(db).await.unwrap_or_default();
    let names = all.iter().map(|row| (row.code.as_str(), row.name.as_str()));
    nearest_code(code, names).map(str::to_owned)
}

/// What a segment is saved as, beside its rule.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// What people call it.
    pub name: &'a str,
    /// Why this version; without a note, a version that says the same is the same.
    pub note: Option<&'a str>,
    /// Whether its members move.
    pub kind: SegmentKind,
    /// The rule as it was typed. It is kept where it has comments, which the rule has not.
    pub source: Option<&'a str>,
    /// The version that it was made from, 0 for none: another one that stands there by now refuses it. Without a base it
    /// is written after whatever is there.
    pub base: Option<i32>,
}

impl<'a> Words<'a> {
    /// A dynamic segment of this name, without a note, written after whatever is there.
    #[must_use]
    pub fn named(name: &'a str) -> Self {
        Self { name, note: None, kind: SegmentKind::Dynamic, source: None, base: None }
    }
}

/// Saves a rule under a code, as the next version if it differs from what stands there.
///
/// # Errors
/// [`SegmentError::NotACode`], [`SegmentError::Name`], [`SegmentError::Note`], or any [`StoreError`].
pub async fn save(
    db: &mut PgConnection,
    code: &str,
    name: &str,
    rule: &Rule,
) -> Result<SegmentRow, SegmentError> {
    save_as(db, code, Words::named(name), rule).await
}

/// As [`save`], with a note and a kind.
///
/// # Errors
/// As [`save`], [`SegmentError::Rule`] where the rule comes round to this segment, and [`SegmentError::Stale`] where
/// another version stands there than the one that it was made from.
pub async fn save_as(
    db: &mut PgConnection,
    code: &str,
    words: Words<'_>,
    rule: &Rule,
) -> Result<SegmentRow, SegmentError> {
    use crate::domain::code::{NAME_MAX, NOTE_MAX, hides_characters, is_code};
    if !is_code(code) {
        return Err(SegmentError::NotACode { code: code.to_owned() });
    }
    let one_line = |text: &str| !hides_characters(text) && !text.contains(['\n', '\t']);
    let name = words.name.trim();
    if name.is_empty() || !one_line(name) {
        return Err(SegmentError::Name);
    }
    if name.chars().count() > NAME_MAX {
        return Err(SegmentError::NameLong);
    }
    let note = words.note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| !one_line(note)) {
        return Err(SegmentError::Note);
    }
    if note.is_some_and(|note| note.chars().count() > NOTE_MAX) {
        return Err(SegmentError::NoteLong);
    }
    let stands = sqlx::query_scalar!(
        "select code from baton.segment_version where lower(code) = lower($1) and code <> $1 limit 1",
        code
    );
    if let Some(stands) = stands.fetch_optional(&mut *db).await? {
        let stands = clean(&stands).into_owned();
        return Err(SegmentError::CodeCase { code: code.to_owned(), stands });
    }
    // One that names segments may come round to this one, which whoever read it did not need to know.
    if !rule.segments().is_empty() {
        let read = read(db, &rule.canonical(), code).await?;
        read.map_err(|error| SegmentError::of_rule(code, error))?;
    }
    // What counting refuses is not kept without a word.
    mart::check(db, &rule.reads()).await?;
    sqlx::query_scalar!(
        "select baton.segment_save($1, $2, $3, $4, $5, $6, $7)",
        code,
        name,
        rule.canonical(),
        note,
        words.kind.code(),
        words.base,
        words.source.filter(|source| has_comments(source))
    )
    .fetch_one(&mut *db)
    .await
    .map_err(|error| match SegmentError::from(error) {
        SegmentError::Stale { latest, .. } => {
            SegmentError::Stale { base: words.base.unwrap_or_default(), latest }
        }
        other => other,
    })?;
    show(db, code).await
}

/// Gives a segment to another strategist, who answers for it from now on.
///
/// # Errors
/// [`SegmentError::Unknown`], [`SegmentError::NoStrategist`], or any [`StoreError`].
pub async fn give(
    db: &mut PgConnection,
    code: &str,
    owner: &str,
) -> Result<SegmentRow, SegmentError> {
    sqlx::query!("select baton.segment_give($1, $2)", code, owner).execute(&mut *db).await?;
    show(db, code).await
}

/// The rule whose members are those of a segment's latest version, read against the bank's dictionary as of today.
///
/// # Errors
/// [`SegmentError::Unknown`], [`SegmentError::Rule`], or any [`StoreError`].
pub async fn rule_of(
    db: &mut PgConnection,
    code: &str,
) -> Result<(SegmentRow, Rule, Vocabulary), SegmentError> {
    let row = show(db, code).await?;
    let vocabulary = attribute::vocabulary(db).await?;
    let rule = members_of(&row, &vocabulary)?;
    Ok((row, rule, vocabulary))
}

/// The rule whose members are those of a segment: its own, or `snapshot(...)` once it is frozen.
fn members_of(row: &SegmentRow, vocabulary: &Vocabulary) -> Result<Rule, SegmentError> {
    let last = row.snapshot.as_ref().filter(|_| row.kind == SegmentKind::Frozen);
    let frozen = last.map(|last| format!("snapshot({})", last.id));
    let text = frozen.as_deref().unwrap_or(&row.rule);
    Rule::parse_kept(text, vocabulary, Some(&row.code))
        .map_err(|error| SegmentError::of_rule(&row.code, error))
}

/// Refuses a day before the bank's own: attributes, balances and tiers are known of that one only, and would be today's
/// under an earlier day's name. A later day is planning ahead.
///
/// # Errors
/// [`StoreError::BeforeData`], or any other.
pub async fn of_its_data(db: &mut PgConnection) -> Result<(), StoreError> {
    match day_and_data(db).await? {
        (day, Some(data)) if day < data => Err(StoreError::BeforeData { day, data }),
        _ => Ok(()),
    }
}

/// The session's day, and the bank's own, up to which it has data.
pub(in crate::store) async fn day_and_data(
    db: &mut PgConnection,
) -> Result<(NaiveDate, Option<NaiveDate>), StoreError> {
    let days = sqlx::query!(r#"select baton.today() as "day!", baton.bank_day() as data"#)
        .fetch_one(db)
        .await?;
    Ok((days.day, days.data))
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
    of_its_data(db).await?;
    let refreshed = mart::days(db, rule.marts()).await?;
    match dynamic::count_members(db, rule, by_org).await {
        Ok(count) => {
            let events_since = bank::events_cut(db, rule).await?;
            Ok(SegmentCount { refreshed, events_since, ..count })
        }
        Err(error) => Err(mart::blamed(db, &[rule], error).await),
    }
}

/// Freezes the members of a segment's latest version, as of the session's day, and keeps their list.
///
/// # Errors
/// [`SegmentError::Unknown`], [`SegmentError::Rule`] if the dictionary has changed under the rule, or any [`StoreError`].
pub async fn freeze(
    db: &mut PgConnection,
    code: &str,
    engine: Option<&KeptLine>,
) -> Result<SnapshotRow, SegmentError> {
    let segment = show(db, code).await?;
    match frozen(db, &segment, engine).await {
        Err(SegmentError::Store(error)) => {
            let vocabulary = attribute::vocabulary(db).await?;
            match Rule::parse_kept(&segment.rule, &vocabulary, Some(code)) {
                Ok(rule) => Err(mart::blamed(db, &[&rule], error).await.into()),
                Err(_) => Err(error.into()),
            }
        }
        done => done,
    }
}

async fn frozen(
    db: &mut PgConnection,
    segment: &SegmentRow,
    engine: Option<&KeptLine>,
) -> Result<SnapshotRow, SegmentError> {
    let line = own_line(db, engine).await;
    let mut tx = db.begin().await?;
    let of = Frozen { code: &segment.code, version: segment.version, rule: &segment.rule };
    let (id, refreshed) = freeze_version(&mut tx, of, line).await?;
    let row = sqlx::query!(
        "select customers, hash, as_of, aum, ms from baton.snapshot where id = $1",
        id.0
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(SnapshotRow {
        id,
        customers: Some(row.customers),
        hash: content_hash(&row.hash),
        as_of: row.as_of,
        aum: row.aum.map(Minor),
        ms: row.ms,
        refreshed,
    })
}

/// A line to the engine, if one runs, for a transaction that begins after this.
pub(super) async fn own_line(db: &mut PgConnection, engine: Option<&KeptLine>) -> Option<Line> {
    engine?.own(db).await
}

/// The version of a segment that is frozen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frozen<'a> {
    /// The segment.
    pub(super) code: &'a str,
    /// Its version.
    pub(super) version: i32,
    /// The rule of that.
    pub(super) rule: &'a str,
}

/// Puts the members of a rule where one of the owner's functions takes them, in the caller's transaction, and says where.
/// The rule runs with the operator's own rights.
pub(super) async fn gather(
    tx: &mut PgConnection,
    rule: &Rule,
    mut line: Option<Line>,
) -> Result<String, SegmentError> {
    line::allow(tx, LIST_LIMIT).await?;
    let intake = sqlx::query_scalar!(r#"select gen_random_uuid()::text as "intake!""#)
        .fetch_one(&mut *tx)
        .await?;
    take::take(tx, &intake, rule, line.as_mut()).await?;
    Ok(intake)
}

/// Freezes one version's members within the caller's transaction. The rule runs with the operator's own rights; that
/// of a frozen version runs once, and later freezes take the same customers again. Gives the marts of the bank's own that
/// were read, too.
pub(super) async fn freeze_version(
    tx: &mut PgConnection,
    of: Frozen<'_>,
    mut line: Option<Line>,
) -> Result<(SnapshotId, Vec<MartDay>), SegmentError> {
    let Frozen { code, version, rule } = of;
    line::allow(tx, LIST_LIMIT).await?;
    let intake = sqlx::query_scalar!(r#"select gen_random_uuid()::text as "intake!""#)
        .fetch_one(&mut *tx)
        .await?;
    let again = snapshot::take_again(tx, &intake, code, version).await?;
    let mut read = Vec::new();
    if !again {
        let vocabulary = attribute::vocabulary(tx).await?;
        // Of an older version, what it names may name the latest one of this segment: that is another text, and no circle.
        let rule = Rule::parse_kept(rule, &vocabulary, None)
            .map_err(|error| SegmentError::of_rule(code, error))?;
        read = mart::days(tx, rule.marts()).await?;
        take::take(tx, &intake, &rule, line.as_mut()).await?;
    }
    let id = sqlx::query_scalar!(
        r#"select baton.snapshot_seal($1::text::uuid, $2, $3) as "id!""#,
        intake,
        code,
        version
    )
    .fetch_one(&mut *tx)
    .await?;
    Ok((SnapshotId(id), read))
}
