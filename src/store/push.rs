//! Pushes: a plan draws and keeps a list, apply hands exactly that list to the branches, the branches sign.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{Connection as _, PgConnection};

use super::engine::KeptLine;
use super::refusal::Refusal;
use super::segment::{Frozen, LIST_LIMIT, SegmentError, freeze_version, own_line};
use super::strategy::{state_name, state_of};
use super::{StoreError, line};
use crate::domain::clean::clean;
use crate::domain::id::{PlanId, PushId};
use crate::domain::message::Message;
use crate::domain::outcome::Outcome;
use crate::domain::push::{OrderRow, PlanOrder, PlanRow, PushDone, PushRow};
use crate::domain::strategy::StrategyState;
use crate::msg;

/// How many pushes a list shows, the newest first.
const LISTED: i64 = 100;

/// Why a push's step was refused.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// There is no such strategy, plan, push, unit or order.
    #[error("there is no {what} {name}")]
    Unknown {
        /// What was looked for.
        what: Sought,
        /// Its name.
        name: String,
    },
    /// No version of the strategy is approved.
    #[error("{version} is {state:?}")]
    NotApproved {
        /// The latest version: `ST-014 v2`.
        version: String,
        /// Where it stands.
        state: StrategyState,
    },
    /// Nobody would get a task or be left alone.
    #[error("the list is empty")]
    EmptyList,
    /// Since the plan was made, customers of it were closed, blocked, or joined another live strategy.
    #[error("{customers} customers of the plan may not be pushed any more")]
    Overtaken {
        /// How many.
        customers: i64,
    },
    /// A branch signs for another unit.
    #[error("{org} is another unit's")]
    ForeignUnit {
        /// The unit that was named.
        org: String,
    },
    /// The segment's rule cannot be run.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// A strategy.
    Strategy,
    /// A plan, or a plan of that strategy.
    Plan,
    /// A push.
    Push,
    /// An org unit.
    Unit,
    /// A push's order for a unit.
    Order,
}

impl std::fmt::Display for Sought {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl PushError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { what, name } => {
                let key = match what {
                    Sought::Strategy => msg!("push.unknown.strategy"),
                    Sought::Plan => msg!("push.unknown.plan"),
                    Sought::Push => msg!("push.unknown.push"),
                    Sought::Unit => msg!("push.unknown.unit"),
                    Sought::Order => msg!("push.unknown.order"),
                };
                Message::new(key).with("name", name.as_str())
            }
            Self::NotApproved { version, state } => Message::new(msg!("push.not-approved"))
                .with("version", version.as_str())
                .with("state", state_name(*state)),
            Self::EmptyList => msg!("push.empty-list").into(),
            Self::Overtaken { customers } => {
                Message::new(msg!("push.overtaken")).with("customers", *customers)
            }
            Self::ForeignUnit { org } => {
                Message::new(msg!("push.foreign-unit")).with("org", org.as_str())
            }
            Self::Segment(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for PushError {
    fn from(error: sqlx::Error) -> Self {
        match error.into() {
            Refusal::Unknown { what, name } => {
                let what = match what.as_str() {
                    "strategy" => Sought::Strategy,
                    "plan" => Sought::Plan,
                    "org_unit" => Sought::Unit,
                    "order" => Sought::Order,
                    _ => Sought::Push,
                };
                Self::Unknown { what, name }
            }
            Refusal::State { state, version } => {
                Self::NotApproved { version, state: state_of(&state) }
            }
            Refusal::EmptyList => Self::EmptyList,
            Refusal::Overtaken { customers } => Self::Overtaken { customers },
            Refusal::ForeignUnit { org } => Self::ForeignUnit { org },
            other @ (Refusal::Moment { .. }
            | Refusal::Limit { .. }
            | Refusal::Constraint(_)
            | Refusal::Stale { .. }
            | Refusal::Other(_)) => Self::Store(other.unexpected()),
        }
    }
}

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
        blocked: head
            .reasons
            .unwrap_or_default()
            .into_iter()
            .zip(head.counts.unwrap_or_default())
            .collect(),
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

/// Pushes exactly the list of `plan`, all of it or nothing. Sent again, it gives the same answer.
///
/// # Errors
/// [`PushError::Unknown`], [`PushError::Overtaken`], or any other [`PushError`].
pub async fn apply(db: &mut PgConnection, plan: PlanId) -> Result<PushDone, PushError> {
    let mut tx = db.begin().await?;
    line::allow(&mut tx, LIST_LIMIT).await?;
    let push = sqlx::query_scalar!(r#"select baton.push_apply($1) as "push!""#, plan.0)
        .fetch_one(&mut *tx)
        .await?;
    let row = sqlx::query!(
        r#"select p.treated, p.control, p.millis,
                  (select count(*) from baton.branch_order o where o.push_id = p.id) as "orders!"
           from baton.push p where p.id = $1"#,
        push
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(PushDone {
        push: PushId(push),
        tasks: row.treated.into(),
        control: row.control.into(),
        orders: row.orders,
        millis: row.millis.into(),
    })
}

/// The newest pushes with their orders, newest first; what came of the tasks is counted as open and done only.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection) -> Result<Vec<PushRow>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select p.id, p.strategy, v.name as strategy_name, p.version, p.deadline >= baton.today() as "live!",
                  p.as_of, p.deadline, u.code as "org?", u.name as "org_name?", o.tasks as "tasks?",
                  o.open as "open?", o.done as "done?", o.signed_at, o.signed_by, null as "outcomes: Vec<String>",
                  null as "counts: Vec<i64>"
           from (select * from baton.push order by id desc limit $1) p
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           left join baton.branch_order o on o.push_id = p.id
           left join baton.org_unit u on u.id = o.org_id
           order by p.id desc, u.code"#,
        LISTED
    )
    .fetch_all(db)
    .await?;
    Ok(gather(rows))
}

/// One push with its orders, and the latest outcome of each task counted.
///
/// # Errors
/// [`PushError::Unknown`] or any [`StoreError`].
pub async fn status(db: &mut PgConnection, push: PushId) -> Result<PushRow, PushError> {
    let rows = sqlx::query_as!(
        Row,
        r#"with latest as (
               select distinct on (e.customer_id) e.org_id, e.outcome
               from baton.outcome e where e.push_id = $1 and not e.contamination
               order by e.customer_id, e.at desc, e.taken_at desc, e.outcome
           ), counted as (
               select org_id, array_agg(outcome order by outcome) as outcomes, array_agg(n order by outcome) as counts
               from (select org_id, outcome, count(*) as n from latest group by org_id, outcome) l group by org_id
           )
           select p.id, p.strategy, v.name as strategy_name, p.version, p.deadline >= baton.today() as "live!",
                  p.as_of, p.deadline, u.code as "org?", u.name as "org_name?", o.tasks as "tasks?",
                  o.open as "open?", o.done as "done?", o.signed_at, o.signed_by, c.outcomes as "outcomes: Vec<String>",
                  c.counts as "counts: Vec<i64>"
           from baton.push p
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           left join baton.branch_order o on o.push_id = p.id
           left join baton.org_unit u on u.id = o.org_id
           left join counted c on c.org_id = o.org_id
           where p.id = $1 order by u.code"#,
        push.0
    )
    .fetch_all(db)
    .await?;
    let unknown = || PushError::Unknown { what: Sought::Push, name: push.to_string() };
    gather(rows).pop().ok_or_else(unknown)
}

/// A push beside one of its orders.
struct Row {
    id: i64,
    strategy: String,
    strategy_name: String,
    version: i32,
    live: bool,
    as_of: NaiveDate,
    deadline: NaiveDate,
    org: Option<String>,
    org_name: Option<String>,
    tasks: Option<i32>,
    open: Option<i32>,
    done: Option<i32>,
    signed_at: Option<DateTime<Utc>>,
    signed_by: Option<String>,
    outcomes: Option<Vec<String>>,
    counts: Option<Vec<i64>>,
}

/// Rows of one push stand together; each becomes one push with its orders.
fn gather(rows: Vec<Row>) -> Vec<PushRow> {
    let mut pushes: Vec<PushRow> = Vec::new();
    for row in rows {
        if pushes.last().is_none_or(|push| push.push != PushId(row.id)) {
            pushes.push(PushRow {
                push: PushId(row.id),
                strategy: clean(&row.strategy).into_owned(),
                name: clean(&row.strategy_name).into_owned(),
                version: row.version,
                live: row.live,
                as_of: row.as_of,
                deadline: row.deadline,
                orders: Vec::new(),
            });
        }
        let (Some(push), Some(org)) = (pushes.last_mut(), row.org) else { continue };
        let outcomes =
            row.outcomes.unwrap_or_default().into_iter().zip(row.counts.unwrap_or_default());
        push.orders.push(OrderRow {
            org: clean(&org).into_owned(),
            name: clean(&row.org_name.unwrap_or_default()).into_owned(),
            tasks: row.tasks.unwrap_or_default().into(),
            open: row.open.unwrap_or_default().into(),
            done: row.done.unwrap_or_default().into(),
            signed_at: row.signed_at,
            signed_by: row.signed_by.map(|name| clean(&name).into_owned()),
            deadline: row.deadline,
            outcomes: outcomes
                .filter_map(|(word, n)| Some((Outcome::from_word(&word)?, n)))
                .collect(),
        });
    }
    pushes
}

/// Says for unit `org` that it has its order; the first word stays, and its time is given again.
///
/// # Errors
/// [`PushError::ForeignUnit`], [`PushError::Unknown`], or any [`StoreError`].
pub async fn sign(
    db: &mut PgConnection,
    push: PushId,
    org: &str,
) -> Result<DateTime<Utc>, PushError> {
    let signed = sqlx::query_scalar!(r#"select baton.push_sign($1, $2) as "at!""#, push.0, org)
        .fetch_one(db)
        .await?;
    Ok(signed)
}
