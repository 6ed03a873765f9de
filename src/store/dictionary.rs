//! The attribute dictionary as people read it, and the bank's own marts in it.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::postgres::PgDatabaseError;
use sqlx::{Connection as _, PgConnection};

use super::{StoreError, attribute, connect, mart};
use crate::domain::attribute::{
    Attribute, AttributeRow, AttributeStats, AttributeType, Class, MapFault, Mapping, RelationName,
    Stat, TopValue, is_code, is_reserved,
};
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::rule::{Column, Rule, Vocabulary, nearest_code};
use crate::domain::strategy::script;
use crate::msg;

/// How long measuring may take.
pub const MEASURE_LIMIT: Duration = Duration::from_hours(1);

/// Why a step of the dictionary was refused.
#[derive(Debug, thiserror::Error)]
pub enum DictionaryError {
    /// There is no such attribute.
    #[error("there is no attribute {code}")]
    Unknown {
        /// Its code, clean.
        code: String,
        /// What was probably meant.
        guess: Option<String>,
    },
    /// It is imported, so there is no mapping to take back.
    #[error("{0} is not mapped")]
    NotMapped(String),
    /// Rules read it.
    #[error("{code} is read by {by:?}")]
    Used {
        /// Its code.
        code: String,
        /// By which segments, event rules and strategies.
        by: Vec<String>,
    },
    /// The column cannot be an attribute.
    #[error("{attribute:?} cannot be mapped: {fault:?}")]
    Map {
        /// What was to be mapped.
        attribute: Box<Attribute>,
        /// Why not.
        fault: MapFault,
    },
    /// An import or another step of the dictionary is under way.
    #[error("an import is under way, begun by {by}")]
    Importing {
        /// By whom, clean; empty where nobody says.
        by: String,
    },
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for DictionaryError {
    fn from(error: sqlx::Error) -> Self {
        let Some(db) = error.as_database_error() else { return Self::Store(error.into()) };
        let detail = db.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::detail);
        let detail = clean(detail.unwrap_or_default()).into_owned();
        match db.code().as_deref() {
            Some("BT003") => Self::Unknown { code: detail, guess: None },
            Some("BT101") => Self::Importing { by: detail },
            _ => Self::Store(error.into()),
        }
    }
}

impl DictionaryError {
    /// What the log may hold: never the server's words on a statement.
    #[must_use]
    pub fn for_log(&self) -> String {
        match self {
            Self::Store(error) => error.for_log(),
            other => other.to_string(),
        }
    }

    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { code, guess: None } => {
                Message::new(msg!("attribute.unknown")).with("code", code.as_str())
            }
            Self::Unknown { code, guess: Some(guess) } => Message::new(msg!("attribute.guess"))
                .with("code", code.as_str())
                .with("guess", guess.as_str()),
            Self::NotMapped(code) => {
                Message::new(msg!("attribute.not-mapped")).with("code", code.as_str())
            }
            Self::Used { code, by } => Message::new(msg!("attribute.used"))
                .with("code", code.as_str())
                .with("by", by.join(", ")),
            Self::Map { attribute, fault } => fault.message(attribute),
            Self::Importing { by } => {
                if by.is_empty() {
                    return msg!("attribute.busy").into();
                }
                Message::new(msg!("attribute.busy-by")).with("operator", by.as_str())
            }
            Self::Store(error) => error.message(),
        }
    }
}

/// The whole dictionary: attributes by code, then the columns that every customer has.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection) -> Result<Vec<AttributeRow>, StoreError> {
    let vocabulary = attribute::vocabulary(db).await?;
    list_of(db, &vocabulary).await
}

/// The same, for whom the vocabulary is at hand.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list_of(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
) -> Result<Vec<AttributeRow>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select d.code, d.type as kind, d.zh, d.en, d.schema_name, d.relation, d.column_name, d.unit, d.class, d.source,
                  d.owner, d.definition, d.refreshed_on, s.measured_at as "measured_at?", s.customers as "customers?",
                  s.known as "known?", s.not_numbers as "not_numbers?", s.distinct_values as "distinct_values?", v.low as "low?", s.middle, v.high as "high?",
                  v.top as "top?", s.fault, s.fault_detail
           from baton.attribute d left join baton.attribute_stat s on s.attribute = d.code
           left join baton.attribute_values() v on v.attribute = d.code
           order by d.code"#
    )
    .fetch_all(&mut *db)
    .await?;
    let fixed = sqlx::query_as!(
        Row,
        r#"select f.code, f.type as kind, f.zh, f.en, 'baton' as "schema_name!", 'customer' as "relation!",
                  f.column_name, null::text as unit, f.class, null::text as source, null::text as owner,
                  null::text as definition, (select b.as_of from baton.bank b) as refreshed_on,
                  f.measured_at as "measured_at?", f.customers as "customers?", f.known as "known?", null::bigint as not_numbers,
                  f.distinct_values as "distinct_values?", v.low as "low?", f.middle, v.high as "high?",
                  v.top as "top?", null::text as fault, null::text as fault_detail
           from baton.fixed_column f left join baton.attribute_values() v on v.attribute = f.code order by f.place"#
    )
    .fetch_all(&mut *db)
    .await?;
    let labels = sqlx::query!(
        r#"select attribute as "attribute!", value as "value!", zh as "zh!", en as "en!" from baton.category_value
           where zh is not null and en is not null
           union all select 'tier', t.code, t.zh, t.en from baton.tier t
           union all select 'org', u.code, u.name, u.name from baton.org_unit u"#
    )
    .fetch_all(&mut *db)
    .await?;
    let labels: Labels = labels
        .into_iter()
        .map(|row| {
            let words = (clean(&row.zh).into_owned(), clean(&row.en).into_owned());
            ((row.attribute, row.value), words)
        })
        .collect();
    let uses = [uses(db, vocabulary).await?, reads(db, vocabulary).await?];
    let rows = rows.into_iter().chain(fixed);
    let mut rows: Vec<_> = rows.filter_map(|row| row.into_domain(&labels, &uses)).collect();
    mart::look(db, &mut rows).await?;
    Ok(rows)
}

/// One row of the dictionary.
///
/// # Errors
/// [`DictionaryError::Unknown`], with what was probably meant, or any [`StoreError`].
pub async fn show(db: &mut PgConnection, code: &str) -> Result<AttributeRow, DictionaryError> {
    let vocabulary = attribute::vocabulary(db).await?;
    let all = list_of(db, &vocabulary).await?;
    let names = all.iter().flat_map(|row| {
        let attribute = &row.attribute;
        [&attribute.zh, &attribute.en].map(|name| (attribute.code.as_str(), name.as_str()))
    });
    let guess = nearest_code(code, names).map(str::to_owned);
    if let Some(row) = all.into_iter().find(|row| row.attribute.code == code) {
        return Ok(row);
    }
    Err(DictionaryError::Unknown { code: clean(code).into_owned(), guess })
}

/// Makes a column of a mart an attribute, or changes what the dictionary says of one that was made so.
///
/// # Errors
/// [`DictionaryError::Map`] with what does not fit, [`DictionaryError::Importing`], or any [`StoreError`].
pub async fn map(
    db: &mut PgConnection,
    mapping: &Mapping,
) -> Result<AttributeRow, DictionaryError> {
    let Attribute { code, kind, zh, en, relation, column, .. } = &mapping.attribute;
    let refused =
        |fault| DictionaryError::Map { attribute: Box::new(mapping.attribute.clone()), fault };
    if is_reserved(code) || !is_code(code) {
        return Err(refused(MapFault::Code(clean(code).into_owned())));
    }
    let given = serde_json::json!({
        "code": code, "type": kind.code(), "zh": zh, "en": en, "schema": relation.schema,
        "relation": relation.name, "column": column, "refreshed": mapping.refreshed,
        "unit": mapping.unit, "source": mapping.source, "owner": mapping.owner,
        "definition": mapping.definition, "class": mapping.class.map(Class::code),
    });
    let mut tx = db.begin().await?;
    connect::allow(&mut tx, MEASURE_LIMIT).await?;
    let mapped = sqlx::query!("select baton.attribute_map($1)", given).execute(&mut *tx).await;
    if let Err(error) = mapped {
        return Err(fault(&error).map_or_else(|| error.into(), refused));
    }
    tx.commit().await?;
    show(db, code).await
}

/// Takes a mapped attribute out of the dictionary; the mart stays as it is. One that rules read stays, unless it is to
/// go by `force`.
///
/// # Errors
/// [`DictionaryError::Unknown`], [`DictionaryError::NotMapped`], [`DictionaryError::Used`],
/// [`DictionaryError::Importing`], or any [`StoreError`].
pub async fn unmap(db: &mut PgConnection, code: &str, force: bool) -> Result<(), DictionaryError> {
    let row = show(db, code).await?;
    if row.attribute.relation.is_own() {
        return Err(DictionaryError::NotMapped(code.to_owned()));
    }
    if !row.is_unused() && !force {
        let by = row.used_by.into_iter().chain(row.read_by).collect();
        return Err(DictionaryError::Used { code: code.to_owned(), by });
    }
    sqlx::query!("select baton.attribute_unmap($1)", code).execute(db).await?;
    Ok(())
}

/// Measures every attribute anew; gives how many relations were read, and how many could not be.
///
/// # Errors
/// [`DictionaryError::Importing`] or any [`StoreError`].
pub async fn refresh(db: &mut PgConnection) -> Result<(i64, i64), DictionaryError> {
    let mut tx = db.begin().await?;
    connect::allow(&mut tx, MEASURE_LIMIT).await?;
    let done = sqlx::query!(
        r#"select relations as "relations!", failed as "failed!" from baton.attribute_refresh()"#
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok((done.relations, done.failed))
}

fn fault(error: &sqlx::Error) -> Option<MapFault> {
    let db = error.as_database_error()?;
    let pg = db.try_downcast_ref::<PgDatabaseError>()?;
    let detail = clean(pg.detail().unwrap_or_default()).into_owned();
    (pg.code() == "BT301").then(|| MapFault::read(pg.message(), detail))
}

/// (attribute, value) to (Chinese, English).
type Labels = HashMap<(String, String), (String, String)>;

/// Which segments' latest rules read which attribute. A rule that does not fit the dictionary any more reads none.
async fn uses(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
) -> Result<HashMap<String, Vec<String>>, StoreError> {
    let rules = sqlx::query!(
        "select distinct on (code) code, rule from baton.segment_version order by code, version desc"
    )
    .fetch_all(db)
    .await?;
    let mut uses: HashMap<String, Vec<String>> = HashMap::new();
    for row in rules {
        let Ok(rule) = Rule::parse_kept(&row.rule, vocabulary, None) else { continue };
        for column in rule.reads() {
            let segments = uses.entry(column.code().to_owned()).or_default();
            segments.push(clean(&row.code).into_owned());
        }
    }
    Ok(uses)
}

/// Which event rules, and strategies that may still be pushed, read which attribute, by rules and by placeholders of scripts.
async fn reads(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
) -> Result<HashMap<String, Vec<String>>, StoreError> {
    let texts = sqlx::query!(
        r#"with strategies as materialized (
               select s.code, s.script, s.body::jsonb as body from baton.strategy_row s
               where s.state <> 'archived' and (s.latest or s.state in ('submitted', 'approved', 'live', 'paused')))
           select code as "code!", rule, script from (
               (select distinct on (v.code) v.code, v.rule, null as script from baton.moment_version v order by v.code, v.version desc)
               union all select s.code, null, s.script from strategies s
               union all select s.code, r #>> '{}', null from strategies s, jsonb_path_query(s.body, '$.**.rule') r
               union all select s.code, null, r #>> '{}' from strategies s, jsonb_path_query(s.body, '$.**.script') r) t
           order by code"#
    )
    .fetch_all(db)
    .await?;
    let mut reads: HashMap<String, Vec<String>> = HashMap::new();
    for row in texts {
        let rule = row.rule.map(|rule| Rule::parse_kept(&rule, vocabulary, None));
        let columns = rule.iter().flatten().flat_map(Rule::reads).map(Column::code);
        let script = row.script.unwrap_or_default();
        for name in columns.chain(script::slots(&script)) {
            let codes = reads.entry(name.to_owned()).or_default();
            let code = clean(&row.code).into_owned();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }
    Ok(reads)
}

/// A row of the query of [`list_of`].
struct Row {
    code: String,
    kind: String,
    zh: String,
    en: String,
    schema_name: String,
    relation: String,
    column_name: String,
    unit: Option<String>,
    class: Option<String>,
    source: Option<String>,
    owner: Option<String>,
    definition: Option<String>,
    refreshed_on: Option<chrono::NaiveDate>,
    measured_at: Option<chrono::DateTime<chrono::Utc>>,
    customers: Option<i64>,
    known: Option<i64>,
    not_numbers: Option<i64>,
    distinct_values: Option<i64>,
    low: Option<String>,
    middle: Option<String>,
    high: Option<String>,
    top: Option<serde_json::Value>,
    fault: Option<String>,
    fault_detail: Option<String>,
}

impl Row {
    fn into_domain(
        self,
        labels: &Labels,
        [uses, reads]: &[HashMap<String, Vec<String>>; 2],
    ) -> Option<AttributeRow> {
        let kind = AttributeType::from_code(&self.kind)?;
        let text = |text: &Option<String>| text.as_deref().map(|t| clean(t).into_owned());
        Some(AttributeRow {
            stats: self.stats(kind, labels),
            unit: text(&self.unit),
            class: self.class.as_deref().and_then(Class::from_code),
            source: text(&self.source),
            owner: text(&self.owner),
            definition: text(&self.definition),
            refreshed_on: self.refreshed_on,
            fault: self
                .fault
                .as_deref()
                .map(|word| MapFault::read(word, text(&self.fault_detail).unwrap_or_default())),
            used_by: uses.get(&self.code).cloned().unwrap_or_default(),
            read_by: reads.get(&self.code).cloned().unwrap_or_default(),
            attribute: Attribute {
                mart_day: self.refreshed_on.filter(|_| self.schema_name != "baton"),
                kind,
                zh: clean(&self.zh).into_owned(),
                en: clean(&self.en).into_owned(),
                relation: RelationName { schema: self.schema_name, name: self.relation },
                column: self.column_name,
                code: self.code,
            },
        })
    }

    fn stats(&self, kind: AttributeType, labels: &Labels) -> Option<AttributeStats> {
        let stat = |text: &Option<String>| Stat::read(kind, text.as_deref()?);
        let top = self.top.as_ref().and_then(serde_json::Value::as_array);
        let top = top.into_iter().flatten().filter_map(|pair| {
            let value = pair.get(0)?.as_str()?;
            let label = labels.get(&(self.code.clone(), value.to_owned())).cloned();
            let value = clean(value).into_owned();
            Some(TopValue { value, label, customers: pair.get(1)?.as_i64()? })
        });
        Some(AttributeStats {
            measured_at: self.measured_at?,
            customers: self.customers?,
            known: self.known?,
            not_numbers: self.not_numbers.unwrap_or_default(),
            distinct: self.distinct_values?,
            min: stat(&self.low),
            median: stat(&self.middle),
            max: stat(&self.high),
            top: top.collect(),
        })
    }
}
