//! Pushes: a plan draws and keeps a list, apply hands exactly that list to the branches, the branches sign.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{Connection as _, PgConnection};

use super::refusal::Refusal;
use super::segment::{LIST_LIMIT, SegmentError};
use super::strategy::{state_name, state_of};
use super::walls::PushWall;
use super::{StoreError, breaks, delivery, line};
use crate::domain::benefit::{PushBenefit, Quotas, UnitBenefit};
use crate::domain::clean::clean;
use crate::domain::delivery::Counts;
use crate::domain::exclusion;
use crate::domain::hash::ContentHash;
use crate::domain::id::{PlanId, PushId};
use crate::domain::message::Message;
use crate::domain::outcome::Outcome;
use crate::domain::push::{OrderRow, PushDone, PushRow};
use crate::domain::strategy::StrategyState;
use crate::domain::strategy::body::Body;
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
    /// Since the plan was made, customers of it were closed, moved, or are to be left off by now.
    #[error("{customers} customers of the plan may not be pushed any more")]
    Overtaken {
        /// How many.
        customers: i64,
        /// Why, and how many each.
        reasons: Vec<(String, i64)>,
    },
    /// A wave is not due, the segment has moved since its approval, or the list is another than the one shown.
    #[error("{what}: {detail}")]
    List {
        /// Which, as the database says it.
        what: String,
        /// Its data.
        detail: String,
    },
    /// A branch signs for another unit.
    #[error("{org} is another unit's")]
    ForeignUnit {
        /// The unit that was named.
        org: String,
    },
    /// Who is left off by hand is left off for a reason that can be read.
    #[error("without a note")]
    NoNote,
    /// Something that a push must be true of does not hold: the calendar, the approvals, the budget.
    #[error(transparent)]
    Wall(#[from] PushWall),
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
    /// A wave of a version.
    Wave,
    /// A customer.
    Customer,
    /// A customer who was left off by hand.
    Exclusion,
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
                    Sought::Wave => msg!("push.unknown.wave"),
                    Sought::Customer => msg!("push.unknown.customer"),
                    Sought::Exclusion => msg!("push.unknown.exclusion"),
                    Sought::Order => msg!("push.unknown.order"),
                };
                Message::new(key).with("name", name.as_str())
            }
            Self::NotApproved { version, state } => Message::new(msg!("push.not-approved"))
                .with("version", version.as_str())
                .with("state", state_name(*state)),
            Self::EmptyList => msg!("push.empty-list").into(),
            Self::Overtaken { customers, reasons } => Message::new(msg!("push.overtaken"))
                .with("customers", *customers)
                .with("reasons", exclusion::said(reasons)),
            Self::List { what, detail } => of_list(what, detail),
            Self::ForeignUnit { org } => {
                Message::new(msg!("push.foreign-unit")).with("org", org.as_str())
            }
            Self::NoNote => msg!("push.no-note").into(),
            Self::Wall(wall) => wall.message(),
            Self::Segment(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// What a list is refused for, beside its customers.
fn of_list(what: &str, detail: &str) -> Message {
    let count = |at: usize| -> i64 {
        detail.split(' ').nth(at).and_then(|part| part.parse().ok()).unwrap_or_default()
    };
    let named = |key| Message::new(key).with("detail", detail);
    match what {
        "wave_first" => named(msg!("push.wave-first")),
        "wave_not_due" => named(msg!("push.wave-not-due")),
        "pilot_runs" => named(msg!("push.pilot-runs")),
        "no_baseline" => named(msg!("push.no-baseline")),
        "another_list" => named(msg!("push.another-list")),
        "wave_gone" => {
            let (wave, pushes) = detail.split_once('|').unwrap_or((detail, ""));
            Message::new(msg!("push.wave-gone")).with("wave", wave).with("pushes", pushes)
        }
        "replaced" => {
            let (plan, by) = detail.split_once('|').unwrap_or((detail, ""));
            Message::new(msg!("push.replaced")).with("plan", plan).with("by", by)
        }
        "other_design" => named(msg!("push.other-design")),
        _ => Message::new(msg!("push.drift"))
            .with("customers", count(0))
            .with("came", count(1))
            .with("gone", count(2)),
    }
}

impl From<sqlx::Error> for PushError {
    fn from(error: sqlx::Error) -> Self {
        Refusal::from(error).into()
    }
}

impl From<Refusal> for PushError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown { what, name } => {
                let what = match what.as_str() {
                    "strategy" => Sought::Strategy,
                    "plan" => Sought::Plan,
                    "org_unit" => Sought::Unit,
                    "wave" => Sought::Wave,
                    "customer" => Sought::Customer,
                    "exclusion" => Sought::Exclusion,
                    "order" => Sought::Order,
                    _ => Sought::Push,
                };
                Self::Unknown { what, name }
            }
            Refusal::State { state, version } => {
                Self::NotApproved { version, state: state_of(&state) }
            }
            Refusal::EmptyList => Self::EmptyList,
            Refusal::Overtaken { customers, reasons } => Self::Overtaken { customers, reasons },
            Refusal::List { what, detail } => Self::List { what, detail },
            Refusal::ForeignUnit { org } => Self::ForeignUnit { org },
            Refusal::Wall(wall) => Self::Wall(wall),
            Refusal::Constraint(name) if name == "strategy_exclusion_note" => Self::NoNote,
            other @ (Refusal::NoDelegation { .. }
            | Refusal::PausedBy { .. }
            | Refusal::Test { .. }
            | Refusal::Moment { .. }
            | Refusal::Limit { .. }
            | Refusal::Constraint(_)
            | Refusal::Stale { .. }
            | Refusal::Other(_)) => Self::Store(other.unexpected()),
        }
    }
}

/// Pushes exactly the list of `plan`, all of it or nothing. Sent again, it gives the same answer. With the hash of the list
/// that was shown, another list is refused.
///
/// # Errors
/// [`PushError::Unknown`], [`PushError::Overtaken`], or any other [`PushError`].
pub async fn apply(
    db: &mut PgConnection,
    plan: PlanId,
    list: Option<ContentHash>,
) -> Result<PushDone, PushError> {
    match applied(db, plan, list).await {
        Err(PushError::Wall(wall)) => Err(PushError::Wall(wall.with_currency(db).await)),
        done => done,
    }
}

async fn applied(
    db: &mut PgConnection,
    plan: PlanId,
    list: Option<ContentHash>,
) -> Result<PushDone, PushError> {
    let mut tx = db.begin().await?;
    line::allow(&mut tx, LIST_LIMIT).await?;
    let push = sqlx::query_scalar!(
        r#"select baton.push_apply($1, $2) as "push!""#,
        plan.0,
        list.as_ref().map(|list| &list.0[..])
    )
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
                  p.as_of, p.deadline, p.wave, u.code as "org?", u.name as "org_name?", o.tasks as "tasks?",
                  o.open as "open?", o.done as "done?", o.signed_at, o.signed_by, o.deadline as "due?", o.recalled_at, o.reminded_at,
                  o.signed_at is null and o.recalled_at is null and o.open > 0 and p.sign_by < clock_timestamp() as overdue, null as "outcomes: Vec<String>",
                  null as "counts: Vec<i64>"
           from (select k.*, baton.sign_by(k.pushed_at) as sign_by from baton.push k
                 where baton.scope() is null or exists (select from baton.branch_order b where b.push_id = k.id)
                 order by id desc limit $1) p
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           left join baton.branch_order o on o.push_id = p.id
           left join baton.org_unit u on u.id = o.org_id
           order by p.id desc, u.code"#,
        LISTED
    )
    .fetch_all(&mut *db)
    .await?;
    let mut pushes = gather(rows);
    let live: Vec<PushId> = pushes.iter().filter(|push| push.live).map(|push| push.push).collect();
    let broken = breaks::broken(db, &live).await?;
    for push in &mut pushes {
        push.broken = broken.get(&push.push).copied();
    }
    Ok(pushes)
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
                  p.as_of, p.deadline, p.wave, u.code as "org?", u.name as "org_name?", o.tasks as "tasks?",
                  o.open as "open?", o.done as "done?", o.signed_at, o.signed_by, o.deadline as "due?", o.recalled_at, o.reminded_at,
                  o.signed_at is null and o.recalled_at is null and o.open > 0 and p.sign_by < clock_timestamp() as overdue, c.outcomes as "outcomes: Vec<String>",
                  c.counts as "counts: Vec<i64>"
           from (select k.*, baton.sign_by(k.pushed_at) as sign_by from baton.push k where k.id = $1) p
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           left join baton.branch_order o on o.push_id = p.id
           left join baton.org_unit u on u.id = o.org_id
           left join counted c on c.org_id = o.org_id
           where p.id = $1 order by u.code"#,
        push.0
    )
    .fetch_all(&mut *db)
    .await?;
    let unknown = || PushError::Unknown { what: Sought::Push, name: push.to_string() };
    let mut row = gather(rows).pop().ok_or_else(unknown)?;
    for order in &mut row.orders {
        order.delivery = Some(Counts::default());
    }
    row.benefit = benefit(db, push).await?;
    for unit in delivery::status::units(db, Some(push)).await? {
        let order = row.orders.iter_mut().find(|order| order.org == unit.org);
        if let Some(delivery) = order.and_then(|order| order.delivery.as_mut()) {
            *delivery += unit.counts;
        }
    }
    Ok(row)
}

/// What was given of a push's benefit, if there are so many only.
async fn benefit(db: &mut PgConnection, push: PushId) -> Result<Option<PushBenefit>, StoreError> {
    let limits = sqlx::query!(
        r#"select v.body, baton.sees_all() as "whole!" from baton.push p
         join baton.strategy_version v on v.code = p.strategy and v.version = p.version
         where p.id = $1 and v.benefit_limited"#,
        push.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(limits) = limits else { return Ok(None) };
    let Some(text) = Body::read(&limits.body).and_then(|body| body.benefit) else {
        return Ok(None);
    };
    let units = sqlx::query!(
        r#"select org as "org!", given as "given!", short as "short!", quota, whose, all_given
           from baton.push_benefits($1) order by 1"#,
        push.0
    )
    .fetch_all(db)
    .await?;
    let word = |text: &str| clean(text).into_owned();
    let units = units.into_iter().map(|row| UnitBenefit {
        org: word(&row.org),
        given: row.given,
        short: row.short,
        quota: row.quota,
        drawn_on: row.whose.as_deref().map(|whose| (word(whose), row.all_given)),
    });
    Ok(Some(PushBenefit {
        stock: text.stock.map(i64::from),
        quotas: Quotas::of(&text),
        whole: limits.whole,
        units: units.collect(),
    }))
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
    wave: i32,
    org: Option<String>,
    org_name: Option<String>,
    tasks: Option<i32>,
    open: Option<i32>,
    done: Option<i32>,
    signed_at: Option<DateTime<Utc>>,
    signed_by: Option<String>,
    due: Option<NaiveDate>,
    recalled_at: Option<DateTime<Utc>>,
    reminded_at: Option<DateTime<Utc>>,
    overdue: Option<bool>,
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
                wave: row.wave,
                broken: None,
                benefit: None,
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
            deadline: row.due.unwrap_or(row.deadline),
            recalled_at: row.recalled_at,
            reminded_at: row.reminded_at,
            overdue: row.overdue == Some(true),
            delivery: None,
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
