//! Targets (目标): whether those of the parts add up to that of the whole, and what they were before.

use sqlx::PgConnection;

use super::KpiFailure;
use crate::domain::clean::clean;
use crate::domain::metric::Kind;
use crate::domain::metric::targets::{Gap, Version, broken_first, planned};

/// Every target of a unit whose units below have targets for the same period: what those add up to, those that do not add up first, else
/// in the order of the tree. A quotient's targets do not add up and are left out.
///
/// # Errors
/// [`KpiFailure`]
pub async fn check(db: &mut PgConnection) -> Result<Vec<Gap>, KpiFailure> {
    let rows = sqlx::query!(
        r#"select t.metric, t.period, u.code, t.value,
                  count(c.id) as "parts!", count(k.value) as "planned!", sum(k.value)::bigint as sum
           from baton.target t
           join baton.metric m on m.code = t.metric and m.kind <> 'ratio'
           join baton.org_unit u on u.id = t.org_id
           join baton.org_unit c on c.parent_id = u.id and c.closed_on is null
           left join baton.target k on k.metric = t.metric and k.period = t.period and k.org_id = c.id
           group by t.metric, m.ordinal, t.period, u.id, t.value
           -- What nobody below is planned for ends the cascade; where somebody farther below is, a step of it is missing.
           having count(k.value) > 0 or exists (
               select from baton.target f join baton.org_unit d on d.id = f.org_id
               where f.metric = t.metric and f.period = t.period and d.closed_on is null and d.id <> u.id and u.id = any (d.path))
           order by m.ordinal, t.period, u.path"#
    )
    .fetch_all(db)
    .await?;
    let gaps = rows.into_iter().map(|row| Gap {
        metric: clean(&row.metric).into_owned(),
        period: clean(&row.period).into_owned(),
        org: clean(&row.code).into_owned(),
        target: row.value,
        parts: row.sum.unwrap_or_default(),
        units: row.parts,
        planned: row.planned,
    });
    let mut gaps: Vec<Gap> = gaps.collect();
    broken_first(&mut gaps);
    Ok(gaps)
}

/// Every version of a metric's targets, by unit and period, the newest first.
///
/// # Errors
/// [`KpiFailure`]
pub async fn versions(
    db: &mut PgConnection,
    metric: &str,
    org: Option<&str>,
) -> Result<Vec<Version>, KpiFailure> {
    let rows = sqlx::query!(
        "select v.period, u.code, v.version, v.value, v.millionths, m.kind, v.written_by, v.written_at
         from baton.target_version v join baton.org_unit u on u.id = v.org_id join baton.metric m on m.code = v.metric
         where v.metric = $1 and ($2::text is null or u.code = $2)
         order by v.period desc, u.path, v.version desc limit 1000",
        metric,
        org
    )
    .fetch_all(db)
    .await?;
    let versions = rows.into_iter().map(|row| Version {
        period: clean(&row.period).into_owned(),
        org: clean(&row.code).into_owned(),
        version: row.version,
        value: planned(Kind::parse(&row.kind).unwrap_or(Kind::Stock), (row.value, row.millionths)),
        written_by: clean(&row.written_by).into_owned(),
        written_at: row.written_at,
    });
    Ok(versions.collect())
}
