//! Which strategies touch the customers of a unit.

use sqlx::PgConnection;

use crate::domain::clean::clean;
use crate::domain::finding::Touch;
use crate::store::StoreError;

/// As many pushes are listed.
const MOST: i64 = 100;

/// The pushes with orders for a unit (none: the bank), or for units below it, the newest first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn touching(db: &mut PgConnection, org: Option<&str>) -> Result<Vec<Touch>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.id, p.strategy, p.version, v.name, p.as_of, p.deadline >= baton.today() as "live!",
                  sum(o.tasks)::bigint as "tasks!", sum(o.control)::bigint as "control!"
           from baton.push p
           join baton.branch_order o on o.push_id = p.id
           join baton.org_unit u on u.id = o.org_id
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           where $1::text is null or u.path @> array[(select k.id from baton.org_unit k where k.code = $1)]
           group by p.id, v.name order by p.id desc limit $2"#,
        org,
        MOST
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| Touch {
        strategy: clean(&row.strategy).into_owned(),
        version: row.version,
        name: clean(&row.name).into_owned(),
        push: row.id,
        pushed_on: row.as_of,
        customers: row.tasks,
        control: row.control,
        live: row.live,
    });
    Ok(rows.collect())
}
