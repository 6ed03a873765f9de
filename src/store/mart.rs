//! The bank's own marts as they are now: which attributes of the dictionary cannot be read any more, and why. A mart is
//! another's to change, so one that has been changed must take away itself and nothing else.

use std::borrow::Borrow;
use std::time::Duration;

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

use super::built::Built;
use super::{StoreError, dynamic, line};
use crate::domain::attribute::{
    Attribute, AttributeRow, AttributeType, MapFault, MartDay, RelationName, Unread,
};
use crate::domain::clean::clean;
use crate::domain::rule::{Column, Rule, Vocabulary, written_name};

/// The mapped attributes that this login cannot read where the dictionary says that they stand, by code. It looks at the
/// catalogue, so it costs the same however large the marts are; what a view does when it is read is not known by it.
///
/// # Errors
/// Any [`StoreError`].
pub async fn unread(db: &mut PgConnection) -> Result<Vec<Unread>, StoreError> {
    let rows = sqlx::query!(
        r#"select d.code, d.type as kind, d.zh, d.en, d.schema_name, d.relation, d.column_name, f.word as "word!",
                  case f.word when 'column' then d.column_name when 'right' then 'baton_operator'
                       when 'type' then format_type(a.atttypid, null) when 'customer' then coalesce(format_type(k.atttypid, null), '')
                       else '' end as "detail!"
           from baton.attribute d
           left join (pg_class r join pg_namespace n on n.oid = r.relnamespace)
               on n.nspname = d.schema_name and r.relname = d.relation and r.relkind in ('r', 'p', 'v', 'm', 'f')
           left join pg_attribute k on k.attrelid = r.oid and k.attname = 'customer_id' and k.attnum > 0 and not k.attisdropped
           left join pg_attribute a on a.attrelid = r.oid and a.attname = d.column_name and a.attnum > 0 and not a.attisdropped
           cross join lateral (select case
               when r.oid is null then 'relation'
               when k.atttypid is distinct from 'bigint'::regtype then 'customer'
               when a.attnum is null then 'column'
               when not format_type(a.atttypid, null) = any (case d.type
                   when 'flag' then array['boolean'] when 'category' then array['text', 'character varying']
                   when 'number' then array['smallint', 'integer', 'bigint', 'numeric'] when 'money' then array['bigint']
                   else array['date'] end) then 'type'
               when not has_schema_privilege(n.oid, 'usage') or not has_column_privilege(r.oid, k.attnum, 'select')
                   or not has_column_privilege(r.oid, a.attnum, 'select') then 'right' end as word) f
           where d.schema_name <> 'baton' and f.word is not null order by d.code"#
    )
    .fetch_all(db)
    .await?;
    let unread = rows.into_iter().filter_map(|row| {
        Some(Unread {
            fault: MapFault::read(&row.word, clean(&row.detail).into_owned()),
            attribute: Attribute {
                kind: AttributeType::from_code(&row.kind)?,
                code: row.code,
                zh: clean(&row.zh).into_owned(),
                en: clean(&row.en).into_owned(),
                relation: RelationName { schema: row.schema_name, name: row.relation },
                column: row.column_name,
                mart_day: None,
            },
        })
    });
    Ok(unread.collect())
}

/// The same for whoever has the dictionary read already; nothing is asked where it has no mart.
///
/// # Errors
/// Any [`StoreError`].
pub async fn gone(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
) -> Result<Vec<Unread>, StoreError> {
    if vocabulary.attributes().iter().all(|one| one.relation.is_own()) {
        return Ok(Vec::new());
    }
    unread(db).await
}

/// Refuses a question that reads a column which is not what the dictionary says any more, also where SQL would still make
/// something of it: a flag that has become a text.
///
/// # Errors
/// [`StoreError::Mart`], or any other.
pub async fn check(db: &mut PgConnection, columns: &[&Column]) -> Result<(), StoreError> {
    let is_mart = |column: &&Column| column.attribute().is_some_and(|one| !one.relation.is_own());
    if !columns.iter().any(is_mart) {
        return Ok(());
    }
    let unread = unread(db).await?.into_iter();
    let mut read = unread.filter(|one| columns.iter().any(|c| c.code() == one.attribute.code));
    read.next().map_or(Ok(()), |one| Err(StoreError::Mart(Box::new(one))))
}

/// How long the marts may take to say of which day they are: a large one without an index on that column is read as a
/// whole for it. What the dictionary has stands in then.
const DAYS_LIMIT: Duration = Duration::from_secs(4);

/// Of which day these marts are at this second, in the place of what the dictionary has from its last measuring. To be asked
/// before the marts are read, so that an answer never says that it is fresher than it is.
///
/// # Errors
/// [`StoreError::Locked`] if somebody has locked one of them, or any other.
pub async fn days(db: &mut PgConnection, marts: Vec<MartDay>) -> Result<Vec<MartDay>, StoreError> {
    let days = days_of(db, &marts).await?;
    Ok(MartDay::told(marts, &days))
}

/// The same by attribute, for an answer of which is not known yet which marts it will read.
///
/// # Errors
/// As [`days`].
pub async fn days_of(
    db: &mut PgConnection,
    marts: &[MartDay],
) -> Result<Vec<(String, Option<NaiveDate>)>, StoreError> {
    if marts.is_empty() {
        return Ok(Vec::new());
    }
    let codes: Vec<String> = marts.iter().flat_map(|mart| mart.attributes.clone()).collect();
    let mut step = db.begin().await?;
    line::allow(&mut step, DAYS_LIMIT).await?;
    let told = sqlx::query!(r#"select code as "code!", day from baton.mart_days($1)"#, &codes)
        .fetch_all(&mut *step)
        .await;
    step.rollback().await?;
    match told.map_err(StoreError::from) {
        Ok(rows) => Ok(rows.into_iter().map(|row| (row.code, row.day)).collect()),
        Err(StoreError::Deadline) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// How long a mart may take to show one row while the dictionary is looked at, and how many may take so long.
const GLANCE: Duration = Duration::from_secs(1);
const MOST_SLOW: usize = 3;

/// Says of each row how its mart is at this second: gone, changed, not to be read, locked. What the last measuring has heard
/// of it stays where only measuring hears it, such as a customer who stands there twice.
///
/// # Errors
/// Any [`StoreError`].
pub async fn look(db: &mut PgConnection, rows: &mut [AttributeRow]) -> Result<(), StoreError> {
    if rows.iter().all(|row| row.attribute.relation.is_own()) {
        return Ok(());
    }
    let (unread, mut slow) = (unread(db).await?, 0);
    let mut heard: Vec<(RelationName, Option<MapFault>)> = Vec::new();
    for row in rows.iter_mut().filter(|row| !row.attribute.relation.is_own()) {
        if let Some(one) = unread.iter().find(|one| one.attribute.code == row.attribute.code) {
            row.fault = Some(one.fault.clone());
            continue;
        }
        let known = heard.iter().find(|(relation, fault)| {
            // What the server said of one column of a view need not be so of the next.
            *relation == row.attribute.relation && !matches!(fault, Some(MapFault::Server(_)))
        });
        let fault = match known {
            Some((_, fault)) => fault.clone(),
            None if slow >= MOST_SLOW => None,
            None => {
                let heard_of_it = glanced(db, &row.attribute).await?;
                slow += usize::from(matches!(heard_of_it, Err(StoreError::Deadline)));
                let fault = heard_of_it
                    .err()
                    .and_then(|error| failed(&row.attribute, &error))
                    .map(|unread| unread.fault);
                heard.push((row.attribute.relation.clone(), fault.clone()));
                fault
            }
        };
        if fault.is_some() || row.fault.as_ref().is_some_and(MapFault::passes) {
            row.fault = fault;
        }
    }
    Ok(())
}

/// Reads one row of a mart, and waits neither for it nor for who has locked it; inside, what was heard.
async fn glanced(
    db: &mut PgConnection,
    attribute: &Attribute,
) -> Result<Result<(), StoreError>, StoreError> {
    let mut step = db.begin().await?;
    line::allow(&mut step, GLANCE).await?;
    sqlx::query("set local lock_timeout = '300ms'").execute(&mut *step).await?;
    let heard = one_row(&mut step, attribute).await;
    step.rollback().await?;
    Ok(heard)
}

/// Those of these attributes whose marts somebody has locked, each mart asked once and not waited for: for who has waited for
/// one of them already.
///
/// # Errors
/// Any [`StoreError`].
pub async fn locked(
    db: &mut PgConnection,
    attributes: &[Attribute],
) -> Result<Vec<Unread>, StoreError> {
    let mut heard: Vec<(&RelationName, bool)> = Vec::new();
    let mut found = Vec::new();
    for one in attributes.iter().filter(|one| !one.relation.is_own()) {
        let known = heard.iter().find(|(relation, _)| **relation == one.relation);
        let is_locked = if let Some((_, is_locked)) = known {
            *is_locked
        } else {
            let is_locked = is_locked(db, &one.relation).await?;
            heard.push((&one.relation, is_locked));
            is_locked
        };
        if is_locked {
            found.push(Unread { attribute: one.clone(), fault: MapFault::Locked });
        }
    }
    Ok(found)
}

/// How long a lock may last for a mart that is only looked at, because another one was waited for already.
pub(super) const GLIMPSE: &str = "20ms";

/// Whether somebody has locked it now.
async fn is_locked(db: &mut PgConnection, relation: &RelationName) -> Result<bool, StoreError> {
    let mut step = db.begin().await?;
    sqlx::query_scalar!(r#"select set_config('lock_timeout', $1, true) as "set!""#, GLIMPSE)
        .fetch_one(&mut *step)
        .await?;
    let mut built = Built::new("select 1 from ");
    built.relation(relation).words(" x limit 0");
    let told = dynamic::fetch_all(&mut step, &built).await;
    step.rollback().await?;
    Ok(matches!(told.map_err(StoreError::from), Err(StoreError::Locked { .. })))
}

/// Refuses a rule that reads a mart which somebody has locked, without waiting: for who has waited for it already.
///
/// # Errors
/// [`StoreError::Locked`], or any other.
pub async fn check_locks(db: &mut PgConnection, rule: &Rule) -> Result<(), StoreError> {
    let attributes: Vec<Attribute> =
        rule.reads().into_iter().filter_map(Column::attribute).cloned().collect();
    match locked(db, &attributes).await?.into_iter().next() {
        Some(one) => Err(StoreError::Locked { relation: one.attribute.relation.to_string() }),
        None => Ok(()),
    }
}

/// Takes those that cannot be read out of `attributes`, and gives them with their reasons.
///
/// # Errors
/// Any [`StoreError`].
pub async fn leave_out(
    db: &mut PgConnection,
    attributes: &mut Vec<impl Borrow<Attribute>>,
) -> Result<Vec<Unread>, StoreError> {
    if attributes.iter().all(|one| one.borrow().relation.is_own()) {
        return Ok(Vec::new());
    }
    let unread = unread(db).await?;
    attributes.retain(|one| !unread.iter().any(|gone| gone.attribute.code == one.borrow().code));
    Ok(unread)
}

/// Why a mart whose catalogue is in order could not be read after all: a view that may not read what it stands on, a
/// server that does not answer, somebody who has locked it.
#[must_use]
pub fn failed(attribute: &Attribute, error: &StoreError) -> Option<Unread> {
    if let StoreError::Locked { .. } = error {
        return Some(Unread { attribute: attribute.clone(), fault: MapFault::Locked });
    }
    let (StoreError::Database(error) | StoreError::NotPermitted(error)) = error else {
        return None;
    };
    let code = error.as_database_error()?.code()?.into_owned();
    Some(Unread { attribute: attribute.clone(), fault: MapFault::Server(code) })
}

/// Whether a failure can be a mart's: of names, rights, or of what was computed there.
pub(super) fn may_be(error: &StoreError) -> bool {
    matches!(error, StoreError::Database(error) | StoreError::NotPermitted(error)
        if error.as_database_error().is_some())
}

/// What a query over these rules has failed of: the attribute of a mart that cannot be read, if it is one; else the
/// failure as it is. The transaction in which it failed must have ended.
pub async fn blamed(db: &mut PgConnection, rules: &[&Rule], error: StoreError) -> StoreError {
    let columns: Vec<&Column> = rules.iter().flat_map(|rule| rule.reads()).collect();
    let texts: Vec<String> = rules.iter().map(|rule| rule.canonical()).collect();
    blamed_on(db, &columns, &texts, error).await
}

/// The same of a query that reads these columns, and those that these rules name.
pub async fn blamed_on(
    db: &mut PgConnection,
    columns: &[&Column],
    rules: &[String],
    error: StoreError,
) -> StoreError {
    if !may_be(&error) {
        return error;
    }
    match found(db, columns, rules).await {
        Ok(Some(unread)) => StoreError::Mart(Box::new(unread)),
        Ok(None) => error,
        Err(other) => {
            tracing::debug!(error = %other.for_log(), "the marts could not be looked at");
            error
        }
    }
}

async fn found(
    db: &mut PgConnection,
    columns: &[&Column],
    rules: &[String],
) -> Result<Option<Unread>, StoreError> {
    // What `related` asks of others stands in the text alone.
    let named = |code: &str| {
        columns.iter().any(|column| column.code() == code)
            || rules.iter().any(|text| text.contains(written_name(code).as_str()))
    };
    let by_catalogue = unread(db).await?.into_iter().find(|one| named(&one.attribute.code));
    if by_catalogue.is_some() {
        return Ok(by_catalogue);
    }
    for attribute in columns.iter().filter_map(|column| column.attribute()) {
        if !attribute.relation.is_own()
            && let Some(unread) = probed(db, attribute).await?
        {
            return Ok(Some(unread));
        }
    }
    Ok(None)
}

/// Reads one row of a mart, to hear what the server says.
async fn probed(
    db: &mut PgConnection,
    attribute: &Attribute,
) -> Result<Option<Unread>, StoreError> {
    let mut step = db.begin().await?;
    let heard = one_row(&mut step, attribute).await;
    step.rollback().await?;
    Ok(heard.err().and_then(|error| failed(attribute, &error)))
}

async fn one_row(db: &mut PgConnection, attribute: &Attribute) -> Result<(), StoreError> {
    let mut built = Built::new("select (x.");
    built.name(&attribute.column).words(")::text from ").relation(&attribute.relation);
    built.words(" x limit 1");
    dynamic::fetch_all(db, &built).await?;
    Ok(())
}
