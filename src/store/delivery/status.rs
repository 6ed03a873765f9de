//! Where deliveries stand, and putting dead letters back.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::door;
use crate::domain::clean::clean;
use crate::domain::delivery::{Counts, DeadRow, Deliveries, Reason, Replay, Replayed, UnitRow};
use crate::domain::id::PushId;
use crate::domain::message::Message;
use crate::msg;
use crate::store::StoreError;
use crate::store::refusal::Refusal;

/// How many dead letters are listed at most, the oldest first.
const MOST_DEAD: i64 = 200;

/// Why nothing was put back.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no such push or dead letter.
    #[error("there is no {what} {name}")]
    Unknown {
        /// `push` or `dead`.
        what: String,
        /// Its number.
        name: String,
    },
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReplayError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { what, name } => {
                let key = match what.as_str() {
                    "push" => msg!("push.unknown.push"),
                    _ => msg!("delivery.unknown.dead"),
                };
                Message::new(key).with("name", name.as_str())
            }
            Self::Store(error) => error.message(),
        }
    }
}

/// Puts dead letters back, or a whole push, but for what was recalled.
///
/// # Errors
/// [`ReplayError::Unknown`], or any [`StoreError`].
pub async fn replay(db: &mut PgConnection, what: Replay) -> Result<Replayed, ReplayError> {
    let (dead, push) = match what {
        Replay::Dead(id) => (Some(id), None),
        Replay::Push(push) => (None, Some(push.0)),
        Replay::All => (None, None),
    };
    let put = sqlx::query_as!(
        Replayed,
        r#"select r.messages as "messages!", r.recalled as "recalled!" from baton.message_replay($1, $2) r"#,
        dead,
        push
    )
    .fetch_one(db)
    .await;
    put.map_err(|error| match error.into() {
        Refusal::Unknown { what, name } => ReplayError::Unknown { what, name },
        other => ReplayError::Store(other.unexpected()),
    })
}

/// Where deliveries stand: of one push, or of all; to who is held to a unit, of those below it.
///
/// # Errors
/// Any [`StoreError`].
pub async fn deliveries(
    db: &mut PgConnection,
    push: Option<PushId>,
) -> Result<Deliveries, StoreError> {
    let units = units(db, push).await?;
    let dead = dead(db, push).await?;
    let doors = door::list(db).await?;
    let oldest = sqlx::query_scalar!(
        "select min(o.made_at) from baton.outbox o where o.state <> 'dead' and ($1::bigint is null or o.push_id = $1)
             and ((select baton.scope()) is null or o.org_id in (select u.id from baton.scope_units() as u (id)))",
        push.map(|push| push.0)
    )
    .fetch_one(&mut *db)
    .await?;
    let worker_at = worker_at(db).await?;
    Ok(Deliveries { units, dead, doors, oldest, worker_at })
}

/// When a worker last looked for messages.
///
/// # Errors
/// Any [`StoreError`].
pub async fn worker_at(db: &mut PgConnection) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(sqlx::query_scalar!("select max(seen_at) from baton.worker_seen").fetch_one(db).await?)
}

/// Whether a worker runs, and is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerHealth {
    /// Minutes since one last looked; none if none ever did.
    pub minutes: Option<i64>,
    /// Messages wait, or an event rule is on.
    pub waiting: bool,
}

/// Whether a worker runs, by the server's clock.
///
/// # Errors
/// Any [`StoreError`].
pub async fn worker_health(db: &mut PgConnection) -> Result<WorkerHealth, StoreError> {
    let row = sqlx::query!(
        r#"select (extract(epoch from clock_timestamp() - max(w.seen_at)) / 60)::bigint as minutes,
                  (exists (select from baton.outbox o where o.state <> 'dead')
                   or exists (select from baton.moment m where m.state = 'on')) as "waiting!"
           from baton.worker_seen w"#
    )
    .fetch_one(db)
    .await?;
    Ok(WorkerHealth { minutes: row.minutes, waiting: row.waiting })
}

/// A door by which messages have failed, and none has left since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingDoor {
    /// Its code.
    pub door: String,
    /// For how many units.
    pub units: i64,
    /// Of how many of them the messages rest.
    pub resting: i64,
    /// Why the last message of one of them did not leave.
    pub reason: Reason,
}

/// The doors that fail, those that rest first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn failing(db: &mut PgConnection) -> Result<Vec<FailingDoor>, StoreError> {
    let rows = sqlx::query!(
        r#"select b.door, count(*) as "units!", count(b.open_until) as "resting!",
                  (array_agg(b.reason order by b.open_until nulls last, b.failures desc))[1] as reason
           from baton.breaker b
           where b.failures > 0
               and ((select baton.scope()) is null or b.org_id in (select m.id from baton.scope_units() as m (id)))
           group by b.door order by count(b.open_until) desc, b.door"#
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| FailingDoor {
        door: clean(&row.door).into_owned(),
        units: row.units,
        resting: row.resting,
        reason: Reason::from_code(row.reason.as_deref().unwrap_or_default()),
    });
    Ok(rows.collect())
}

/// Units by door, of those that the operator sees: what waits, what is in hand, what was given up, what has left.
///
/// # Errors
/// Any [`StoreError`].
pub async fn units(
    db: &mut PgConnection,
    push: Option<PushId>,
) -> Result<Vec<UnitRow>, StoreError> {
    let rows = sqlx::query!(
        r#"with stands as (
               select o.door, o.org_id, count(*) filter (where o.state = 'ready') as ready,
                      count(*) filter (where o.state = 'leased') as leased,
                      count(*) filter (where o.state = 'dead') as dead, 0::numeric as delivered, 0::numeric as tasks
               from baton.outbox o where $1::bigint is null or o.push_id = $1 group by 1, 2
               union all
               select d.door, d.org_id, 0, 0, 0, sum(d.messages), sum(d.tasks)
               from baton.delivered d where $1::bigint is null or d.push_id = $1 group by 1, 2
           )
           select s.door as "door!", u.code as "org!", u.name as "name!", sum(s.ready)::bigint as "ready!", sum(s.leased)::bigint as "leased!",
                  sum(s.dead)::bigint as "dead!", sum(s.delivered)::bigint as "delivered!", sum(s.tasks)::bigint as "tasks!",
                  b.open_until as "open_until?", b.reason as "reason?"
           from stands s
           join baton.org_unit u on u.id = s.org_id
           left join baton.breaker b on b.door = s.door and b.org_id = s.org_id
           where (select baton.scope()) is null or s.org_id in (select m.id from baton.scope_units() as m (id))
           group by s.door, u.code, u.name, b.open_until, b.reason
           order by sum(s.dead) desc, b.open_until is null, b.reason is null, sum(s.ready) + sum(s.leased) desc, u.code, s.door"#,
        push.map(|push| push.0)
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| UnitRow {
        door: clean(&row.door).into_owned(),
        org: clean(&row.org).into_owned(),
        name: clean(&row.name).into_owned(),
        counts: Counts {
            ready: row.ready,
            leased: row.leased,
            dead: row.dead,
            delivered: row.delivered,
        },
        tasks: row.tasks,
        open_until: row.open_until,
        reason: row.reason.as_deref().map(Reason::from_code),
    });
    Ok(rows.collect())
}

async fn dead(db: &mut PgConnection, push: Option<PushId>) -> Result<Vec<DeadRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select o.id, o.key, o.push_id, u.code as org, o.door, o.tasks, o.tries, o.reason
           from baton.outbox o join baton.org_unit u on u.id = o.org_id
           where o.state = 'dead' and ($1::bigint is null or o.push_id = $1)
               and ((select baton.scope()) is null or o.org_id in (select m.id from baton.scope_units() as m (id)))
           order by o.id limit $2"#,
        push.map(|push| push.0),
        MOST_DEAD
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| DeadRow {
        id: row.id,
        key: clean(&row.key).into_owned(),
        push: row.push_id.map(PushId),
        org: clean(&row.org).into_owned(),
        door: clean(&row.door).into_owned(),
        tasks: row.tasks.into(),
        tries: row.tries,
        reason: Reason::from_code(row.reason.as_deref().unwrap_or_default()),
    });
    Ok(rows.collect())
}
