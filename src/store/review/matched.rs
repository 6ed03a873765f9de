//! The weekly values of a metric by unit, around a push, for holding branches against others that had none of it.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use sqlx::PgConnection;

use super::pushed::Pushed;
use crate::domain::clean::clean;
use crate::domain::review::matched::{Matched, NoMatch, Series, WEEKS_BEFORE, compare};
use crate::store::StoreError;

/// Weeks after the push that are looked at, at most.
const WEEKS_AFTER: u64 = 26;

/// Holds the units of these pushes against others; none where the declared balance is no metric with facts.
pub(super) async fn matched(
    db: &mut PgConnection,
    pushes: &[Pushed],
    to: NaiveDate,
) -> Result<Option<Result<Matched, NoMatch>>, StoreError> {
    let Some(first) = pushes.first() else { return Ok(None) };
    let success = pushes.last().and_then(|push| push.body.success.as_ref());
    let Some(metric) = success.and_then(|success| success.metric.as_deref()) else {
        return Ok(None);
    };
    let known = sqlx::query_scalar!(
        r#"select exists (select from baton.metric m where m.code = $1 and m.kind = 'stock'
               and exists (select from baton.fact_sheet s where s.metric = m.code)) as "known!""#,
        metric
    );
    if !known.fetch_one(&mut *db).await? {
        return Ok(None);
    }
    let days = weeks(first.day, to);
    let units = series(db, first, metric, &days).await?;
    Ok(Some(compare(&clean(metric), &units)))
}

/// Days a week apart: those before the push, the push day last, then those after it up to a day.
fn weeks(pushed: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
    let back =
        (0..WEEKS_BEFORE as u64).rev().filter_map(|n| pushed.checked_sub_days(Days::new(7 * n)));
    let after = (1..=WEEKS_AFTER).filter_map(|n| pushed.checked_add_days(Days::new(7 * n)));
    back.chain(after.take_while(|day| *day <= to)).collect()
}

/// Each unit with facts: the logarithms of its values, and whether any push of the strategy went to it up to the last day. A
/// value stands for the day if it is of the week before; a unit that lacks one has a gap, and is compared with nobody.
async fn series(
    db: &mut PgConnection,
    push: &Pushed,
    metric: &str,
    days: &[NaiveDate],
) -> Result<Vec<Series>, StoreError> {
    let rows = sqlx::query!(
        r#"select u.code, u.kind || coalesce('/' || u.class, '') as "class!", d.at as "at!", f.value as "value?",
                  exists (select from baton.branch_order o join baton.push p on p.id = o.push_id
                          where o.org_id = u.id and p.strategy = $3) as "treated!"
           from (select distinct k.org_id from baton.fact_unit k where k.metric = $1) k
           join baton.org_unit u on u.id = k.org_id and u.closed_on is null
           cross join unnest($2::date[]) with ordinality d (day, at)
           left join lateral (select f.value from baton.metric_fact f
                              where f.metric = $1 and f.org_id = u.id and f.day between d.day - 6 and d.day
                              order by f.day desc limit 1) f on true
           order by u.code, d.at"#,
        metric,
        days,
        push.strategy
    )
    .fetch_all(db)
    .await?;
    let mut units: BTreeMap<String, Series> = BTreeMap::new();
    for row in rows {
        let unit = units.entry(row.code.clone()).or_insert_with(|| Series {
            org: clean(&row.code).into_owned(),
            class: row.class,
            treated: row.treated,
            before: Vec::new(),
            after: Vec::new(),
        });
        let side = if usize::try_from(row.at).is_ok_and(|at| at <= WEEKS_BEFORE) {
            &mut unit.before
        } else {
            &mut unit.after
        };
        side.push(logarithm(row.value));
    }
    Ok(units.into_values().collect())
}

/// Nothing and less has none.
#[expect(
    clippy::cast_precision_loss,
    reason = "relative changes have no digits that a float lacks"
)]
fn logarithm(value: Option<i64>) -> f64 {
    value.filter(|value| *value > 0).map_or(f64::NAN, |value| (value as f64).ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_stand_around_the_push() {
        let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d).unwrap();
        let found = weeks(day(10, 31), day(11, 20));
        assert_eq!(found[..WEEKS_BEFORE].last(), Some(&day(10, 31)));
        assert_eq!(found[0], day(9, 12));
        assert_eq!(found[WEEKS_BEFORE..], [day(11, 7), day(11, 14)]);
    }
}
