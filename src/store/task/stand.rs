//! What beside its outcomes a task has to say: whose referral it was, the channel at which it stands, and whether there is a benefit left for it.

use sqlx::PgConnection;

use crate::domain::benefit::{Short, TaskBenefit};
use crate::domain::clean::clean;
use crate::domain::id::{CustomerId, PushId};
use crate::domain::strategy::word::Channel;
use crate::domain::task::{Taken, TaskChannel};
use crate::store::StoreError;

/// The last referral of the task that was taken, for the unit that took it.
pub(super) async fn taken(
    db: &mut PgConnection,
    push: PushId,
    customer: CustomerId,
) -> Result<Option<Taken>, StoreError> {
    let row = sqlx::query!(
        r#"select coalesce(s.name, u.name) as "from!", f.credit
           from baton.referral f join baton.org_unit u on u.id = f.from_org_id left join baton.staff s on s.id = f.from_rm_id
           where f.push_id = $1 and f.customer_id = $2 and f.state = 'accepted' order by f.n desc limit 1"#,
        push.0,
        customer.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Taken { from: clean(&row.from).into_owned(), credit: row.credit }))
}

/// Where the task stands in the channel plan; none where its strategy has none.
pub(super) async fn channel(
    db: &mut PgConnection,
    push: PushId,
    customer: CustomerId,
) -> Result<Option<TaskChannel>, StoreError> {
    let row = sqlx::query!(
        r#"select place as "place!", channels as "channels!", channel as "channel!", since as "since!", until, next, stopped as "stopped!", open as "open!"
           from baton.task_channel_at($1, $2)"#,
        push.0,
        customer.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(|row| {
        Some(TaskChannel {
            place: row.place,
            channels: row.channels,
            channel: Channel::from_code(&row.channel)?,
            since: row.since,
            until: row.until,
            next: row.next.as_deref().and_then(Channel::from_code),
            stopped: row.stopped,
            open: row.open,
        })
    }))
}

/// What the task may promise; none where there is no limit.
pub(super) async fn benefit(
    db: &mut PgConnection,
    push: PushId,
    customer: CustomerId,
) -> Result<Option<TaskBenefit>, StoreError> {
    let row = sqlx::query!(
        r#"select stock, given as "given!", quota, given_here as "given_here!", whose, at, short from baton.task_benefit($1, $2)"#,
        push.0,
        customer.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| TaskBenefit {
        stock: row.stock,
        given: row.given,
        quota: row.quota,
        given_here: row.given_here,
        drawn_on: row.whose.as_deref().map(|whose| clean(whose).into_owned()),
        came: row.at.map(|at| (at, row.short.as_deref().and_then(Short::from_code))),
    }))
}
