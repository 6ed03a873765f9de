//! Moments: what they say, whether they run, and whom they have hit.

mod backtest;
mod error;
pub mod run;

pub use backtest::test;
pub use error::MomentError;

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::built::Built;
use super::near::{self, Coded as _};
use super::refusal::Refusal;
use super::segment::content_hash;
use super::{StoreError, attribute, mart};
use crate::domain::attribute::{MartDay, Unread};
use crate::domain::clean::{clean, clean_lines};
use crate::domain::code::{hides_characters, is_code};
use crate::domain::event_rule::{self, Action, Backtest, Hit, MomentRow, MomentText};
use crate::domain::id::CustomerId;
use crate::domain::rule::{Rule, has_comments, written_name};

/// A row of the query over the moments, their latest versions, back-tests and runs.
struct Row {
    code: String,
    version: i32,
    name: String,
    rule: String,
    hash: Vec<u8>,
    action: String,
    strategy: Option<String>,
    note: Option<String>,
    source: Option<String>,
    author: String,
    on_since: Option<NaiveDate>,
    tested_to: Option<NaiveDate>,
    per_day: Option<serde_json::Value>,
    customers: Option<i64>,
    ms: Option<i32>,
    last_run: Option<NaiveDate>,
    hits: i64,
    due: Option<NaiveDate>,
}

impl Row {
    fn into_domain(self) -> MomentRow {
        let test = match (self.tested_to, self.per_day, self.customers, self.ms) {
            (Some(as_of), Some(days), Some(customers), Some(ms)) => Some(Backtest {
                as_of,
                // Written by this house, and read by the database's own function before it was kept.
                days: serde_json::from_value(days).unwrap_or_default(),
                customers,
                ms: ms.into(),
                events_since: None,
            }),
            _ => None,
        };
        let word = |text: &str| clean(text).into_owned();
        MomentRow {
            code: word(&self.code),
            version: self.version,
            name: word(&self.name),
            rule: word(&self.rule),
            hash: content_hash(&self.hash),
            // The database's constraint knows no third.
            action: Action::from_code(&self.action).unwrap_or(Action::Finding),
            strategy: self.strategy.as_deref().map(word),
            note: self.note.as_deref().map(word),
            source: self.source.map(|source| clean_lines(&source).into_owned()),
            author: word(&self.author),
            on_since: self.on_since,
            test,
            last_run: self.last_run,
            hits: self.hits,
            due: self.due,
            marts: Vec::new(),
            broken: None,
        }
    }
}

/// Adds what the marts of the bank's own do to these: their days, and which moment cannot be run for them. Without one in the
/// dictionary, or where no rule can name one, it costs a query.
async fn stand(db: &mut PgConnection, rows: &mut [MomentRow]) -> Result<(), StoreError> {
    let attributes = attribute::list(db).await?;
    let mapped: Vec<String> = attributes
        .iter()
        .filter(|one| !one.relation.is_own())
        .map(|one| written_name(&one.code))
        .collect();
    // A segment's rule is named by its code alone.
    let may = |row: &MomentRow| {
        row.rule.contains("segment(") || mapped.iter().any(|code| row.rule.contains(code.as_str()))
    };
    if mapped.is_empty() || !rows.iter().any(may) {
        return Ok(());
    }
    let (vocabulary, unread) = (attribute::vocabulary(db).await?, mart::unread(db).await?);
    for row in &mut *rows {
        match Rule::parse_kept(&row.rule, &vocabulary, None) {
            Ok(rule) => {
                row.marts = rule.marts();
                let reads = rule.reads();
                let gone = unread
                    .iter()
                    .find(|one| reads.iter().any(|column| column.code() == one.attribute.code));
                row.broken = gone.map(Unread::message);
            }
            Err(error) => row.broken = Some(error.message()),
        }
    }
    let all = MartDay::merged(rows.iter().flat_map(|row| row.marts.clone()));
    let days = match mart::days_of(db, &all).await {
        // Each that reads it is said to wait for it, and the others stand as they are.
        Err(StoreError::Locked { relation }) => {
            let why = StoreError::Locked { relation: relation.clone() }.message();
            for row in &mut *rows {
                if row.marts.iter().any(|mart| mart.relation == relation) {
                    row.broken.get_or_insert_with(|| why.clone());
                }
            }
            Vec::new()
        }
        days => days?,
    };
    for row in rows {
        row.marts = MartDay::told(std::mem::take(&mut row.marts), &days);
    }
    Ok(())
}

/// Adds to each back-test from when on events are known, where its rule asks for earlier ones.
async fn know(db: &mut PgConnection, rows: &mut [MomentRow]) -> Result<(), StoreError> {
    if rows.iter().all(|row| row.test.is_none()) {
        return Ok(());
    }
    let vocabulary = attribute::vocabulary(db).await?;
    for row in rows {
        if let Some(test) = &mut row.test {
            test.events_since = backtest::known_since(db, &row.rule, &vocabulary, test).await?;
        }
    }
    Ok(())
}

/// Every moment, by code; or the one of this code.
async fn rows(db: &mut PgConnection, code: Option<&str>) -> Result<Vec<MomentRow>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select m.code, m.version, v.name, v.rule, v.hash, v.action, v.strategy, v.note, v.source, v.author, m.on_since,
                  t.as_of as "tested_to?", t.per_day as "per_day?", t.customers as "customers?", t.ms as "ms?",
                  (select max(r.day) from baton.moment_run r where r.code = m.code and r.version = m.version) as last_run,
                  (select count(*) from baton.moment_hit h where h.code = m.code) as "hits!",
                  (select baton.today() from (select max(i.id) as load from baton.import_run i) i
                   where m.state = 'on' and i.load is not null and not exists (
                       select from baton.moment_run r where r.code = m.code and r.version = m.version
                           and r.day = baton.today() and r.load_id >= i.load)) as due
           from baton.moment m
           join baton.moment_version v on v.code = m.code and v.version = m.version
           left join baton.moment_test t on t.id = baton.moment_test_of(m.code, m.version, m.hash)
           where $1::text is null or m.code = $1
           order by m.code"#,
        code
    )
    .fetch_all(&mut *db)
    .await?;
    let mut rows: Vec<MomentRow> = rows.into_iter().map(Row::into_domain).collect();
    stand(db, &mut rows).await?;
    know(db, &mut rows).await?;
    Ok(rows)
}

/// Every moment, by code.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection) -> Result<Vec<MomentRow>, StoreError> {
    rows(db, None).await
}

/// One moment.
///
/// # Errors
/// [`MomentError::Unknown`] or any [`StoreError`].
pub async fn show(db: &mut PgConnection, code: &str) -> Result<MomentRow, MomentError> {
    if let Some(row) = rows(db, Some(code)).await?.pop() {
        return Ok(row);
    }
    let code = clean(code).into_owned();
    Err(MomentError::Unknown { code, meant: None }.with_meant(db).await)
}

/// The codes and names of all moments.
///
/// # Errors
/// Any [`StoreError`].
pub(super) async fn names(db: &mut PgConnection) -> Result<Vec<(String, String)>, StoreError> {
    let rows = sqlx::query!(
        "select m.code, v.name from baton.moment m
         join baton.moment_version v on v.code = m.code and v.version = m.version order by m.code"
    )
    .fetch_all(db)
    .await?;
    let word = |text: &str| clean(text).into_owned();
    Ok(rows.iter().map(|row| (word(&row.code), word(&row.name))).collect())
}

/// What a moment said in one of its versions; nothing if it has no such version.
///
/// # Errors
/// Any [`StoreError`].
pub async fn said(
    db: &mut PgConnection,
    code: &str,
    version: i32,
) -> Result<Option<MomentText>, StoreError> {
    let row = sqlx::query!(
        "select name, rule, action, strategy, note from baton.moment_version
         where code = $1 and version = $2",
        code,
        version
    )
    .fetch_optional(db)
    .await?;
    let word = |text: &str| clean(text).into_owned();
    Ok(row.map(|row| MomentText {
        code: word(code),
        name: word(&row.name),
        rule: word(&row.rule),
        action: word(&row.action),
        strategy: row.strategy.as_deref().map(word),
        note: row.note.as_deref().map(word),
    }))
}

/// Saves a moment, as the next version if it differs from what stands there. A new version is off. `base` is the version
/// that it was made from, 0 for none: another one that stands there by now refuses it; without a base it is written after
/// whatever is there.
///
/// # Errors
/// [`MomentError`] with what is wrong with the text, [`MomentError::Stale`], or any [`StoreError`].
pub async fn save(
    db: &mut PgConnection,
    text: &MomentText,
    base: Option<i32>,
) -> Result<MomentRow, MomentError> {
    if !is_code(&text.code) {
        return Err(MomentError::NotACode { code: text.code.clone() });
    }
    let name = text.name.trim();
    if name.is_empty() || hides_characters(name) || name.contains(['\n', '\t']) {
        return Err(MomentError::Name);
    }
    let action = Action::from_code(&text.action)
        .ok_or_else(|| MomentError::NoAction { action: text.action.clone() })?;
    if (action == Action::Candidate) != text.strategy.is_some() {
        return Err(MomentError::Strategy);
    }
    let note = text.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| hides_characters(note) || note.contains(['\n', '\t'])) {
        return Err(MomentError::Note);
    }
    let stands = sqlx::query_scalar!(
        "select v.rule from baton.moment m
         join baton.moment_version v on v.code = m.code and v.version = m.version where m.code = $1",
        text.code
    );
    let stands = stands.fetch_optional(&mut *db).await?.unwrap_or_default();
    let rule = event_rule::read_again(&text.rule, &stands, &attribute::vocabulary(db).await?)?;
    // What a back-test refuses is not kept without a word.
    mart::check(db, &rule.reads()).await?;
    let saved = sqlx::query_scalar!(
        "select baton.moment_save($1, $2, $3, $4, $5, $6, $7, $8)",
        text.code,
        name,
        rule.canonical(),
        action.code(),
        text.strategy,
        note,
        base,
        Some(text.rule.as_str()).filter(|rule| has_comments(rule))
    )
    .fetch_one(&mut *db)
    .await
    .map_err(|error| match MomentError::from(error) {
        MomentError::Stale { latest, .. } => {
            MomentError::Stale { base: base.unwrap_or_default(), latest }
        }
        other => other,
    });
    if let Err(error) = saved {
        return Err(error.with_meant(db).await);
    }
    show(db, &text.code).await
}

/// Switches a moment on.
///
/// # Errors
/// [`MomentError::Unknown`], [`MomentError::BeyondData`] on a day after the bank's own, [`MomentError::BeforeData`] on one
/// before its first event, [`MomentError::NoEvents`], [`MomentError::Untested`], or any [`StoreError`].
pub async fn enable(db: &mut PgConnection, code: &str) -> Result<MomentRow, MomentError> {
    backtest::has_data(db, 0).await?;
    let done = sqlx::query!("select baton.moment_enable($1)", code).execute(&mut *db).await;
    let done = done.map_err(|error| match Refusal::from(error) {
        Refusal::Constraint(name) if name == "moment_on_is_tested" => {
            MomentError::Untested { code: clean(code).into_owned() }
        }
        Refusal::Unknown { name, .. } => MomentError::Unknown { code: name, meant: None },
        other => MomentError::Store(other.unexpected()),
    });
    if let Err(error) = done {
        return Err(error.with_meant(db).await);
    }
    show(db, code).await
}

/// Switches a moment off.
///
/// # Errors
/// [`MomentError::Unknown`] or any [`StoreError`].
pub async fn disable(db: &mut PgConnection, code: &str) -> Result<MomentRow, MomentError> {
    let done = sqlx::query!("select baton.moment_disable($1)", code).execute(&mut *db).await;
    near::done::<_, MomentError>(db, done).await?;
    show(db, code).await
}

/// Whom a moment has hit in the last `days` days, the newest first, 500 at most. The audit has it.
///
/// # Errors
/// [`MomentError::Unknown`], or any [`StoreError`].
pub async fn hits(db: &mut PgConnection, code: &str, days: u32) -> Result<Vec<Hit>, MomentError> {
    show(db, code).await?;
    let rows = sqlx::query!(
        r#"select day as "day!", customer_id as "customer!", org as "org!", strategy, in_live as "in_live!"
           from baton.moment_hits($1, baton.today() - $2::int)"#,
        code,
        i32::try_from(days).unwrap_or(i32::MAX)
    )
    .fetch_all(db)
    .await?;
    let hits = rows.into_iter().map(|row| Hit {
        day: row.day,
        customer: CustomerId(row.customer),
        org: clean(&row.org).into_owned(),
        strategy: row.strategy.map(|code| clean(&code).into_owned()),
        in_live_strategy: row.in_live,
    });
    Ok(hits.collect())
}

/// The customers whom a moment has hit in the last `days` days, each once, to make a list of and not to be shown.
///
/// # Errors
/// Any [`StoreError`].
pub async fn hit_customers(
    db: &mut PgConnection,
    code: &str,
    days: u32,
) -> Result<Vec<CustomerId>, StoreError> {
    let customers = sqlx::query_scalar!(
        "select distinct customer_id from baton.moment_hit
         where code = $1 and day <= baton.today() and day > baton.today() - $2::int order by 1",
        code,
        i32::try_from(days).unwrap_or(i32::MAX)
    )
    .fetch_all(db)
    .await?;
    Ok(customers.into_iter().map(CustomerId).collect())
}

/// Adds the customers for whom `rule` holds and `before` did not: a relation `h`, to stand behind `from`.
fn fresh<'a>(built: &'a mut Built, rule: &Rule, before: &Rule) -> &'a mut Built {
    built
        .words("(select c.customer_id from ")
        .members(rule)
        .words(") h where not exists (select from (select c.customer_id from ")
        .members(before)
        .words(") p where p.customer_id = h.customer_id)")
}
