//! What the column engine asks SQL beside its columns: single conditions, and what must be known to keep the answers.

use futures_util::StreamExt as _;
use sqlx::{PgConnection, Row as _};

use super::built::Built;
use super::{StoreError, dynamic};
use crate::domain::attribute::RelationName;
use crate::domain::id::{CustomerId, OrgId};
use crate::domain::rule::Rule;

/// Gives, in any order, each customer for whom a rule is true, and with `None` each of whom it is not known.
///
/// # Errors
/// Any [`StoreError`].
pub async fn truth(
    db: &mut PgConnection,
    rule: &Rule,
    mut each: impl FnMut(CustomerId, Option<bool>),
) -> Result<(), StoreError> {
    let mut built = Built::new("select ");
    built.known(rule);
    let mut rows = dynamic::fetch(db, &built);
    while let Some(row) = rows.next().await {
        let row = row?;
        each(CustomerId(row.try_get(0)?), row.try_get(1)?);
    }
    Ok(())
}

/// Says how the pushes stand: another word after each that comes, and after each change of one.
///
/// # Errors
/// Any [`StoreError`].
pub async fn pushes(db: &mut PgConnection) -> Result<String, StoreError> {
    let stand = sqlx::query_scalar!(
        r#"select md5(count(*)::text || coalesce(string_agg(p::text, '' order by p.id), '')) as "stand!"
           from baton.push p"#
    );
    Ok(stand.fetch_one(db).await?)
}

/// Whether an operator may read a column of a mart of the bank's own, and reads there what everybody reads: no policy
/// and no view stands before it.
///
/// # Errors
/// Any [`StoreError`].
pub async fn may_read(
    db: &mut PgConnection,
    operator: &str,
    relation: &RelationName,
    column: &str,
) -> Result<bool, StoreError> {
    let may = sqlx::query_scalar!(
        r#"select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = $2 and c.relname = $3 and c.relkind in ('r', 'p', 'm') and not c.relrowsecurity
                   and has_schema_privilege($1, n.oid, 'usage')
                   and has_column_privilege($1, c.oid, $4, 'select')) as "may!""#,
        operator,
        relation.schema,
        relation.name,
        column
    );
    Ok(may.fetch_one(db).await?)
}

/// The units whose customers an operator sees now, sorted; none is all. Who is no operator any more sees nobody's.
///
/// # Errors
/// Any [`StoreError`].
pub async fn units_seen(
    db: &mut PgConnection,
    operator: &str,
) -> Result<Option<Vec<OrgId>>, StoreError> {
    let units = sqlx::query_scalar!("select baton.engine_scope($1)", operator);
    let units = units.fetch_one(db).await?;
    Ok(units.map(|units| units.into_iter().map(OrgId).collect()))
}
