//! Findings: list them, note one, close one.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::StoreError;
use super::refusal::Refusal;
use crate::domain::clean::{clean, is_blank};
use crate::domain::decomposition::{By, Method};
use crate::domain::finding::seen::{Seen, Split};
use crate::domain::finding::{FindingRow, NewFinding, SizeUnit};
use crate::domain::message::Message;
use crate::domain::metric::compare::{Compare, Taken};
use crate::msg;

/// As many are listed at once.
const MOST: i64 = 500;

/// Why a finding's step was refused.
#[derive(Debug, thiserror::Error)]
pub enum FindingError {
    /// Something that it names is not there.
    #[error("there is no {what} {name}")]
    Unknown {
        /// What kind of thing: `metric`, `org_unit`, `operator`, `finding`.
        what: String,
        /// Its name.
        name: String,
    },
    /// It says nothing.
    #[error("a finding says what was seen")]
    Empty,
    /// It is closed without a word of what came of it.
    #[error("closing says what came of it")]
    Untold,
    /// It is closed already.
    #[error("finding {finding} is closed")]
    Closed {
        /// Its number.
        finding: i64,
    },
    /// Its period ends before it begins.
    #[error("the period ends before it begins")]
    Period,
    /// It is of a day that the bank has not come to.
    #[error("the bank's day is {as_of}")]
    ToCome {
        /// The bank's day.
        as_of: NaiveDate,
    },
    /// It is of a day before the first fact of its metric.
    #[error("the facts of {metric} begin on {first}")]
    BeforeFacts {
        /// The metric.
        metric: String,
        /// The first day of its facts.
        first: NaiveDate,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FindingError {
    /// What to tell the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let named = |key, name: &str| Message::new(key).with("name", name);
        match self {
            Self::Unknown { what, name } => match what.as_str() {
                "metric" => Message::new(msg!("kpi.unknown-metric")).with("metric", name.as_str()),
                "org_unit" => Message::new(msg!("kpi.unknown-org")).with("org", name.as_str()),
                "operator" => named(msg!("finding.unknown-operator"), name),
                _ => named(msg!("finding.unknown"), name),
            },
            Self::Empty => msg!("finding.empty").into(),
            Self::Untold => msg!("finding.untold").into(),
            Self::Closed { finding } => named(msg!("finding.closed-already"), &finding.to_string()),
            Self::Period => msg!("finding.period").into(),
            Self::ToCome { as_of } => Message::new(msg!("finding.to-come")).with("as-of", *as_of),
            Self::BeforeFacts { metric, first } => Message::new(msg!("finding.before-facts"))
                .with("metric", metric.as_str())
                .with("first", *first),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for FindingError {
    fn from(error: sqlx::Error) -> Self {
        match Refusal::from(error) {
            Refusal::Unknown { what, name } => Self::Unknown { what, name },
            Refusal::Constraint(name) if name == "finding_text" => Self::Empty,
            Refusal::Constraint(name) if name == "finding_period" || name == "finding_starts" => {
                Self::Period
            }
            other => Self::Store(other.unexpected()),
        }
    }
}

/// The findings that are open, or all, the newest first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection, all: bool) -> Result<Vec<FindingRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select f.id, f.source, f.moment, f.metric, u.code, u.name, f.rule, f.from_day, f.day, f.size, f.unit, f.text,
                  f.owner, f.state = 'open' as "open!", f.closing, f.compare, f.compared_on, f.from_start, f.to_start,
                  s.code as "at?", f.split_by, f.method, f.part, f.metric_version,
                  (select max(d.version) from baton.metric_definition d where d.metric = f.metric) as "newest?", w.codes as "codes?", w.names as "names?"
           from baton.finding f join baton.org_unit u on u.id = f.org_id
           left join baton.org_unit s on s.id = f.split_at
           left join lateral (select array_agg(a.code order by cardinality(a.path)) as codes,
                                     array_agg(a.name order by cardinality(a.path)) as names
                              from baton.org_unit a where a.id = any (case when s.id is null and f.compare is null and f.from_start is null and f.split_by is null
                                                     then u.path else s.path end) and a.parent_id is not null) w on true
           where $1 or f.state = 'open' order by f.day desc, f.id desc limit $2"#,
        all,
        MOST
    )
    .fetch_all(db)
    .await?;
    let word = |text: &str| clean(text).into_owned();
    let rows = rows.into_iter().map(|row| FindingRow {
        finding: row.id,
        source: row.source,
        moment: row.moment.as_deref().map(word),
        metric: row.metric.as_deref().map(word),
        org: word(&row.code),
        org_name: word(&row.name),
        rule: row.rule.as_deref().map(word),
        from: row.from_day,
        day: row.day,
        size: (row.unit != SizeUnit::Unmeasured.word()).then_some(row.size),
        unit: SizeUnit::parse(&row.unit),
        text: word(&row.text),
        owner: word(&row.owner),
        open: row.open,
        closing: row.closing.as_deref().map(word),
        metric_version: row.metric_version,
        defined_anew: row.newest.filter(|newest| row.metric_version.is_some_and(|of| of < *newest)),
        seen: seen(Columns {
            compare: row.compare.as_deref().and_then(Compare::parse).zip(row.compared_on),
            from: row.from_day.map(|end| Taken { start: row.from_start, end }),
            to: Taken { start: row.to_start, end: row.day },
            at: row.at.as_deref().map(word),
            by: row.split_by.as_deref().map(word),
            method: row.method,
            part: row.part.as_deref().map(word),
        }),
        way: {
            let (codes, names) = (row.codes.unwrap_or_default(), row.names.unwrap_or_default());
            codes.iter().zip(&names).map(|(code, name)| (word(code), word(name))).collect()
        },
    });
    Ok(rows.collect())
}

/// What the database keeps of the change that a finding was noted from.
struct Columns {
    compare: Option<(Compare, NaiveDate)>,
    from: Option<Taken>,
    to: Taken,
    at: Option<String>,
    by: Option<String>,
    method: Option<String>,
    part: Option<String>,
}

/// The change; none of a finding that has no earlier end, or was noted as days alone.
fn seen(kept: Columns) -> Option<Seen> {
    let from = kept.from?;
    let method = kept.method.as_deref().and_then(Method::asked);
    let split =
        kept.by.as_deref().and_then(By::parse).map(|by| Split { by, method, part: kept.part });
    let known =
        kept.compare.is_some() || from.start.is_some() || kept.at.is_some() || split.is_some();
    let (compare, to, at) = (kept.compare, kept.to, kept.at);
    known.then_some(Seen { compare, from, to, at, split })
}

/// Notes a finding, and gives it as it stands.
///
/// # Errors
/// [`FindingError`] with what it names that is not there, if its day has not come or lies before all facts, or any of the store.
pub async fn new(db: &mut PgConnection, new: &NewFinding) -> Result<FindingRow, FindingError> {
    let seen = new.seen.as_ref().and_then(|seen| serde_json::to_string(seen).ok());
    let id = sqlx::query_scalar!(
        r#"select baton.finding_new($1, coalesce($2, (select u.code from baton.org_unit u where u.parent_id is null
               and u.closed_on is null order by u.id limit 1)), $3, $4, $5, $6, $7, $8, $9, ($10::text)::jsonb) as "id!""#,
        new.metric,
        new.org,
        new.rule,
        new.from_day,
        new.day,
        if new.unit == SizeUnit::Unmeasured { 0 } else { new.size },
        new.unit.word(),
        new.text,
        new.owner,
        seen
    )
    .fetch_one(&mut *db)
    .await;
    let wall = |error: &sqlx::Error| {
        let database = error.as_database_error();
        database.and_then(sqlx::error::DatabaseError::constraint).map(str::to_owned)
    };
    match id {
        Err(error) if wall(&error).as_deref() == Some("finding_before_facts") => {
            let metric = new.metric.as_deref().unwrap_or_default();
            let first =
                sqlx::query_scalar!(r#"select baton.metric_first_day($1) as "day!""#, metric);
            let first = first.fetch_one(db).await?;
            Err(FindingError::BeforeFacts { metric: clean(metric).into_owned(), first })
        }
        Err(error) if wall(&error).as_deref() == Some("finding_to_come") => {
            let as_of = sqlx::query_scalar!(r#"select baton.bank_day() as "day!""#);
            Err(FindingError::ToCome { as_of: as_of.fetch_one(db).await? })
        }
        id => one(db, id?).await,
    }
}

/// Closes a finding with what came of it, and gives it as it stands.
///
/// # Errors
/// [`FindingError::Unknown`], [`FindingError::Untold`] without a word of what came of it, [`FindingError::Closed`] if it is, or any
/// of the store.
pub async fn close(
    db: &mut PgConnection,
    finding: i64,
    closing: &str,
) -> Result<FindingRow, FindingError> {
    if is_blank(closing) {
        return Err(FindingError::Untold);
    }
    if !one(db, finding).await?.open {
        return Err(FindingError::Closed { finding });
    }
    sqlx::query!("select baton.finding_close($1, $2)", finding, closing).execute(&mut *db).await?;
    one(db, finding).await
}

async fn one(db: &mut PgConnection, finding: i64) -> Result<FindingRow, FindingError> {
    let found = list(db, true).await?.into_iter().find(|row| row.finding == finding);
    let unknown = || FindingError::Unknown { what: "finding".into(), name: finding.to_string() };
    found.ok_or_else(unknown)
}
