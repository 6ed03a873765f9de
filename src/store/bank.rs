//! The bank of the database: who it is, its day, its units, its tiers.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::StoreError;
use crate::domain::bank::{Bank, OrgUnit, Tier};
use crate::domain::clean::clean;
use crate::domain::id::OrgId;
use crate::domain::money::{Currency, Minor};
use crate::domain::rule::Rule;
use crate::domain::segment::Scope;

/// The bank, with today as the session counts it.
///
/// # Errors
/// [`StoreError::NoBank`] if nothing has been imported yet, or any other [`StoreError`].
pub async fn bank(db: &mut PgConnection) -> Result<Bank, StoreError> {
    let row = sqlx::query!(
        r#"select name, currency, timezone, baton.today() as "as_of!" from baton.bank"#
    )
    .fetch_optional(db)
    .await?
    .ok_or(StoreError::NoBank)?;
    let unreadable = |what: &str| StoreError::Database(sqlx::Error::Decode(what.into()));
    Ok(Bank {
        name: clean(&row.name).into_owned(),
        as_of: row.as_of,
        currency: Currency::from_code(&row.currency).ok_or_else(|| unreadable("currency"))?,
        timezone: row.timezone.parse().map_err(|_| unreadable("timezone"))?,
    })
}

/// The number of the last import, also of one that brought the same day again; nothing before the first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn last_import(db: &mut PgConnection) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar!("select max(id) from baton.import_run").fetch_one(db).await?)
}

/// A number that changes when somebody saves a segment, an event rule or a strategy, so that lists on a screen can follow.
///
/// # Errors
/// Any [`StoreError`].
pub async fn writings(db: &mut PgConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select (select count(*) from baton.segment_version) + (select count(*) from baton.moment_version)
               + (select count(*) from baton.strategy_version) as "n!""#
    )
    .fetch_one(db)
    .await?)
}

/// The units that are not closed, each after the one above it; with `closed` those that are, too.
///
/// # Errors
/// Any [`StoreError`].
pub async fn units(db: &mut PgConnection, closed: bool) -> Result<Vec<OrgUnit>, StoreError> {
    let rows = sqlx::query!(
        r#"select id, code, name, kind, class, parent_id, cardinality(path) as "steps!"
           from baton.org_unit where $1 or closed_on is null order by path"#,
        closed
    )
    .fetch_all(db)
    .await?;
    let units = rows.into_iter().map(|row| OrgUnit {
        id: OrgId(row.id),
        code: clean(&row.code).into_owned(),
        name: clean(&row.name).into_owned(),
        kind: row.kind,
        class: row.class.map(|class| clean(&class).into_owned()).filter(|class| !class.is_empty()),
        parent: row.parent_id.map(OrgId),
        depth: usize::try_from(row.steps - 1).unwrap_or_default(),
    });
    Ok(units.collect())
}

/// The tiers, lowest first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn tiers(db: &mut PgConnection) -> Result<Vec<Tier>, StoreError> {
    let rows = sqlx::query!(
        "select code, zh, en, from_minor from baton.tier order by from_minor nulls first"
    )
    .fetch_all(db)
    .await?;
    let tiers = rows.into_iter().map(|row| Tier {
        code: clean(&row.code).into_owned(),
        zh: clean(&row.zh).into_owned(),
        en: clean(&row.en).into_owned(),
        from: row.from_minor.map(Minor),
    });
    Ok(tiers.collect())
}

/// To whose customers the operator is held; none if he sees all.
///
/// # Errors
/// Any [`StoreError`].
pub async fn scope(db: &mut PgConnection) -> Result<Option<Scope>, StoreError> {
    let row = sqlx::query!(
        r#"select coalesce(s.code, u.code) as "code!", coalesce(s.name, u.name) as "name!", s.id is not null as "own!"
           from baton.org_unit u left join baton.staff s on s.id = baton.own_staff() where u.code = baton.scope()"#
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Scope {
        code: clean(&row.code).into_owned(),
        name: clean(&row.name).into_owned(),
        own: row.own,
    }))
}

/// The bank's day of its first event of any kind, from which on there are records; none without an event.
///
/// # Errors
/// Any [`StoreError`].
pub async fn events_since(db: &mut PgConnection) -> Result<Option<NaiveDate>, StoreError> {
    Ok(sqlx::query_scalar!("select baton.events_since()").fetch_one(db).await?)
}

/// The same where a window of events of this rule reaches before it; none where all of them are known.
///
/// # Errors
/// Any [`StoreError`].
pub async fn events_cut(
    db: &mut PgConnection,
    rule: &Rule,
) -> Result<Option<NaiveDate>, StoreError> {
    let Some(reach) = rule.events_reach() else { return Ok(None) };
    Ok(events_since(db).await?.filter(|since| reach < *since))
}
