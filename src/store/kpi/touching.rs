//! Which strategies touch the customers of a unit, or a group of them.

use sqlx::{PgConnection, Row as _};

use crate::domain::clean::clean;
use crate::domain::finding::Touch;
use crate::domain::rule::{Bind, Rule};
use crate::store::built::Built;
use crate::store::{StoreError, dynamic, mart};

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

/// Of them the pushes whose lists hold customers of whom a rule is true today, with how many of these: the newest first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn of_group(
    db: &mut PgConnection,
    org: Option<&str>,
    rule: &Rule,
) -> Result<Vec<Touch>, StoreError> {
    let mut built = Built::new("with g as materialized (select c.customer_id from ");
    built.members(rule).words(
        ") select p.id, p.strategy, p.version, v.name, p.as_of, p.deadline >= baton.today() as live,
                  count(*) filter (where m.arm = 'treated') as tasks, count(*) filter (where m.arm = 'control') as control
           from baton.push p
           join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.arm is not null
           join g on g.customer_id = m.customer_id
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version",
    );
    if let Some(org) = org {
        built.words(
            " join baton.org_unit u on u.id = m.org_id
              and u.path @> array[(select k.id from baton.org_unit k where k.code = ",
        );
        built.bind(Bind::Text(org.to_owned()), "text").words(")]");
    }
    built.words(" group by p.id, v.name order by p.id desc limit ").bind(Bind::Int(MOST), "bigint");
    let rows = match dynamic::fetch_all(db, &built).await {
        Ok(rows) => rows,
        Err(error) => return Err(mart::blamed(db, &[rule], error.into()).await),
    };
    let touch = |row: sqlx::postgres::PgRow| {
        let word = |column: &str| -> Result<String, sqlx::Error> {
            Ok(clean(row.try_get::<&str, _>(column)?).into_owned())
        };
        Ok(Touch {
            strategy: word("strategy")?,
            version: row.try_get("version")?,
            name: word("name")?,
            push: row.try_get("id")?,
            pushed_on: row.try_get("as_of")?,
            customers: row.try_get("tasks")?,
            control: row.try_get("control")?,
            live: row.try_get("live")?,
        })
    };
    rows.into_iter().map(touch).collect()
}
