//! Lists of customers as screens show them. Each page comes from an owner's function, which masks the names, keeps to the
//! operator's unit, ends a long list, and writes into the audit whose list was turned over.

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

use super::moment::MomentError;
use super::push::PushError;
use super::segment::SegmentError;
use super::{StoreError, export};
use crate::domain::clean::clean;
use crate::domain::event_rule::BacktestDay;
use crate::domain::id::{CustomerId, PlanId, PushId, SnapshotId};
use crate::domain::message::Message;
use crate::domain::money::Minor;
use crate::domain::people::{
    HitDays, MemberPage, MemberRow, Mover, People, PushPart, PushParts, Side,
};

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// Of a snapshot.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// Of a push.
    #[error(transparent)]
    Push(#[from] PushError),
    /// Of an event rule.
    #[error(transparent)]
    Moment(#[from] MomentError),
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PeopleError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Segment(error) => error.message(),
            Self::Push(error) => error.message(),
            Self::Moment(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// A row of each of the owner's functions.
struct Row {
    customer: i64,
    name: Option<String>,
    org: Option<String>,
    org_name: Option<String>,
    tier: Option<String>,
    aum: Option<i64>,
    note: Option<String>,
    total: i64,
}

impl Row {
    fn into_domain(self) -> MemberRow {
        let word = |text: String| clean(&text).into_owned();
        MemberRow {
            customer: CustomerId(self.customer),
            name: self.name.map(word),
            org: self.org.map(word).unwrap_or_default(),
            org_name: self.org_name.map(word).unwrap_or_default(),
            tier: self.tier.map(word),
            aum: self.aum.map(Minor),
            note: self.note.map(word),
        }
    }
}

/// A page of a list, after the first `skip`. The audit has it.
///
/// # Errors
/// [`PeopleError`]: there is no such snapshot, push, unit or event rule, or any [`StoreError`].
pub async fn page(
    db: &mut PgConnection,
    of: &People,
    skip: usize,
) -> Result<MemberPage, PeopleError> {
    let start = i32::try_from(skip).unwrap_or(i32::MAX);
    let rows = match of {
        People::Snapshot(id) => snapshot(db, *id, start).await?,
        People::Push { push, part, org } => {
            let part = part.as_ref().map(PushPart::code);
            members(db, *push, (part, org.as_deref()), start).await?
        }
        People::Plan { plan, part, org } => {
            let part = part.as_ref().map(PushPart::code);
            planned(db, *plan, (part, org.as_deref()), start).await?
        }
        People::Moves { before, after, side, org } => {
            moves(db, (*before, *after), (*side, org.as_deref()), start).await?
        }
        People::Hits { moment, day } => hits(db, moment, *day, start).await?,
    };
    let count = rows.first().map_or(0, |row| row.total);
    Ok(MemberPage { count, skip, rows: rows.into_iter().map(Row::into_domain).collect() })
}

/// A list for a file: all that stand after the first `skip`, as far as they may leave at once. The audit has it.
///
/// # Errors
/// As [`page`].
pub async fn whole(
    db: &mut PgConnection,
    of: &People,
    skip: usize,
) -> Result<MemberPage, PeopleError> {
    let mut tx = db.begin().await.map_err(StoreError::from)?;
    export::leaves(&mut tx).await?;
    let list = page(&mut tx, of, skip).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(list)
}

async fn snapshot(
    db: &mut PgConnection,
    id: SnapshotId,
    skip: i32,
) -> Result<Vec<Row>, SegmentError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select m.customer_id as "customer!", m.name, m.org, m.org_name, m.tier, m.aum, null as note,
                  s.total as "total!"
           from baton.snapshot_members($1, $2) m
           cross join (select case when baton.sees_all() then f.customers
                           else (select count(*) from baton.segment_member k where k.snapshot_id = f.id) end as total
                       from baton.snapshot f where f.id = $1) s"#,
        id.0,
        skip
    );
    Ok(rows.fetch_all(db).await?)
}

async fn members(
    db: &mut PgConnection,
    push: PushId,
    (part, org): (Option<&str>, Option<&str>),
    skip: i32,
) -> Result<Vec<Row>, PushError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select customer_id as "customer!", name, org, org_name, tier, aum, note, total as "total!"
           from baton.push_members($1, $2, $3, $4)"#,
        push.0,
        part,
        org,
        skip
    );
    Ok(rows.fetch_all(db).await?)
}

async fn planned(
    db: &mut PgConnection,
    plan: PlanId,
    (part, org): (Option<&str>, Option<&str>),
    skip: i32,
) -> Result<Vec<Row>, PushError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select customer_id as "customer!", name, org, org_name, tier, aum, note, total as "total!"
           from baton.plan_members($1, $2, $3, $4)"#,
        plan.0,
        part,
        org,
        skip
    );
    Ok(rows.fetch_all(db).await?)
}

async fn moves(
    db: &mut PgConnection,
    (before, after): (SnapshotId, SnapshotId),
    (side, org): (Side, Option<&str>),
    skip: i32,
) -> Result<Vec<Row>, SegmentError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select customer_id as "customer!", name, org, org_name, tier, aum, null as note, total as "total!"
           from baton.snapshot_moved($1, $2, $3, $4, $5)"#,
        before.0,
        after.0,
        side.code(),
        org,
        skip
    );
    Ok(rows.fetch_all(db).await?)
}

async fn hits(
    db: &mut PgConnection,
    moment: &str,
    day: Option<NaiveDate>,
    skip: i32,
) -> Result<Vec<Row>, MomentError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select customer_id as "customer!", name, org, org_name, tier, aum, note, total as "total!"
           from baton.moment_members($1, $2, $3)"#,
        moment,
        day,
        skip
    );
    Ok(rows.fetch_all(db).await?)
}

/// A push's customers by where they stand: those whom the operator may see.
///
/// # Errors
/// [`PushError::Unknown`] or any [`StoreError`].
pub async fn push_parts(db: &mut PgConnection, push: PushId) -> Result<PushParts, PushError> {
    let rows = sqlx::query!(
        r#"select part as "part!", customers as "customers!" from baton.push_parts($1)"#,
        push.0
    )
    .fetch_all(db)
    .await?;
    let parts = rows.into_iter().map(|row| (PushPart::from_code(&clean(&row.part)), row.customers));
    Ok(PushParts { push, parts: parts.collect() })
}

/// The customers of a plan by where they stand: those whom the operator may see.
///
/// # Errors
/// [`PushError::Unknown`] or any [`StoreError`].
pub async fn plan_parts(
    db: &mut PgConnection,
    plan: PlanId,
) -> Result<Vec<(PushPart, i64)>, PushError> {
    let rows = sqlx::query!(
        r#"select part as "part!", customers as "customers!" from baton.plan_parts($1)"#,
        plan.0
    )
    .fetch_all(db)
    .await?;
    let parts = rows.into_iter().map(|row| (PushPart::from_code(&clean(&row.part)), row.customers));
    Ok(parts.collect())
}

/// What came and went between two snapshots by unit, those that changed most first.
///
/// # Errors
/// [`SegmentError::NoSnapshot`] or any [`StoreError`].
pub async fn movers(
    db: &mut PgConnection,
    before: SnapshotId,
    after: SnapshotId,
) -> Result<Vec<Mover>, SegmentError> {
    let rows = sqlx::query!(
        r#"select org as "org!", org_name as "name!", came as "came!", gone as "gone!", stayed as "stayed!"
           from baton.snapshot_movers($1, $2)"#,
        before.0,
        after.0
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| Mover {
        org: clean(&row.org).into_owned(),
        name: clean(&row.name).into_owned(),
        came: row.came,
        left: row.gone,
        stayed: row.stayed,
    });
    Ok(rows.collect())
}

/// The days on which an event rule has hit somebody, the latest first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn hit_days(db: &mut PgConnection, moment: &str) -> Result<HitDays, StoreError> {
    let rows = sqlx::query!(
        r#"select h.day, count(*) as "hits!", count(*) filter (where h.in_live) as "live!"
           from baton.moment_hit h where h.code = $1 and h.day <= baton.today()
           group by h.day order by h.day desc"#,
        moment
    )
    .fetch_all(db)
    .await?;
    let days = rows.into_iter().map(|row| BacktestDay {
        day: row.day,
        hits: row.hits,
        in_live_strategy: row.live,
    });
    Ok(HitDays { days: days.collect() })
}
