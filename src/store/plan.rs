//! Plans of pushes: a list is drawn and kept, and says of everybody who is left off why.

use sqlx::{Connection as _, PgConnection};

use super::engine::KeptLine;
use super::push::{PushError, Sought};
use super::segment::{Frozen, freeze_version, own_line};
use super::strategy::state_of;
use crate::domain::clean::clean;
use crate::domain::exclusion;
use crate::domain::id::{CustomerId, PlanId};
use crate::domain::push::{PlanOrder, PlanRow};

/// Freezes the members of the approved version's segment as of today, draws the arms, and keeps both as a plan.
/// Nothing reaches a branch. With several approved versions it is the latest. The caller's earlier plans of this strategy
/// that were not pushed are forgotten: this one takes their place.
///
/// # Errors
/// [`PushError::Unknown`], [`PushError::NotApproved`], [`PushError::EmptyList`], or any other [`PushError`].
pub async fn plan(
    db: &mut PgConnection,
    strategy: &str,
    engine: Option<&KeptLine>,
) -> Result<PlanRow, PushError> {
    let line = own_line(db, engine).await;
    // In a transaction of its own, because it keeps readers of lists waiting until it ends.
    sqlx::query_scalar!("select baton.push_plan_forget($1)", strategy).fetch_one(&mut *db).await?;
    let mut tx = db.begin().await?;
    let version = sqlx::query!(
        r#"select v.code, v.version, v.state, v.segment, v.segment_version, w.rule as "rule?"
           from baton.strategy_version v
           left join baton.segment_version w on w.code = v.segment and w.version = v.segment_version
           where v.code = $1 order by v.state = 'approved' desc, v.version desc limit 1"#,
        strategy
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| PushError::Unknown { what: Sought::Strategy, name: clean(strategy).into() })?;
    let (Some(segment_version), Some(rule), "approved") =
        (version.segment_version, version.rule.as_deref(), version.state.as_str())
    else {
        return Err(PushError::NotApproved {
            version: format!("{} v{}", clean(&version.code), version.version),
            state: state_of(&version.state),
        });
    };
    let frozen = Frozen { code: &version.segment, version: segment_version, rule };
    let snapshot = freeze_version(&mut tx, frozen, line).await?;
    let plan = sqlx::query_scalar!(
        r#"select baton.push_plan($1, $2, $3) as "plan!""#,
        version.code,
        version.version,
        snapshot.0
    )
    .fetch_one(&mut *tx)
    .await?;
    let row = planned(&mut tx, PlanId(plan)).await?;
    tx.commit().await?;
    Ok(row)
}

/// A plan that was kept.
///
/// # Errors
/// [`PushError::Unknown`] or any [`StoreError`].
pub async fn planned(db: &mut PgConnection, plan: PlanId) -> Result<PlanRow, PushError> {
    let head = sqlx::query!(
        r#"select p.strategy, p.version, p.customers, p.treated, p.control,
                  array_agg(b.blocked) filter (where b.blocked is not null) as "reasons?: Vec<String>",
                  array_agg(b.n) filter (where b.blocked is not null) as "counts?: Vec<i64>"
           from baton.push_plan p
           left join lateral (select m.blocked, count(*) as n from baton.plan_member m
                              where m.home = p.home and m.plan_id = p.id and m.blocked is not null
                              group by m.blocked order by m.blocked) b on true
           where p.id = $1 group by p.id"#,
        plan.0
    )
    .fetch_optional(&mut *db)
    .await?
    .ok_or_else(|| PushError::Unknown { what: Sought::Plan, name: plan.to_string() })?;
    let orders = sqlx::query!(
        r#"select u.code, u.name, o.tasks as "tasks!", o.control as "control!", o.rms as "rms!"
           from baton.plan_order($1) o join baton.org_unit u on u.id = o.org_id
           order by o.tasks desc, u.code"#,
        plan.0
    )
    .fetch_all(db)
    .await?;
    Ok(PlanRow {
        plan,
        strategy: clean(&head.strategy).into_owned(),
        version: head.version,
        customers: head.customers.into(),
        treated: head.treated.into(),
        control: head.control.into(),
        blocked: {
            let codes = head.reasons.unwrap_or_default();
            let mut reasons: Vec<_> =
                codes.into_iter().zip(head.counts.unwrap_or_default()).collect();
            exclusion::in_order(&mut reasons);
            reasons
        },
        orders: orders
            .into_iter()
            .map(|row| PlanOrder {
                org: clean(&row.code).into_owned(),
                name: clean(&row.name).into_owned(),
                tasks: row.tasks.into(),
                control: row.control.into(),
                rms: row.rms.into(),
            })
            .collect(),
    })
}

/// Leaves a customer off every list of `strategy` that is planned from now on and notes why; without a note he may be
/// listed again.
///
/// # Errors
/// [`PushError::Unknown`], or any [`StoreError`](super::StoreError).
pub async fn exclude(
    db: &mut PgConnection,
    strategy: &str,
    customer: CustomerId,
    note: Option<&str>,
) -> Result<(), PushError> {
    sqlx::query!("select baton.push_exclude($1, $2, $3)", strategy, customer.0, note)
        .execute(db)
        .await?;
    Ok(())
}
