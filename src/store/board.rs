//! The process board of a push, from the counters that the writing functions keep (`migrations/0058_board.sql`): no task
//! and no outcome is read.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::StoreError;
use super::push::{PushError, Sought};
use crate::domain::board::{Board, DaySteps, Part, Steps, Terms};
use crate::domain::clean::clean;
use crate::domain::id::PushId;
use crate::domain::task::FeedbackReason;

/// Which splits are read besides the units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Splits {
    /// By RM.
    pub rm: bool,
    /// By day.
    pub day: bool,
}

impl Splits {
    /// All of them.
    pub const ALL: Self = Self { rm: true, day: true };
}

/// The board of a push as the caller may see it, judged.
///
/// # Errors
/// [`PushError::Unknown`] or any [`StoreError`].
pub async fn board(
    db: &mut PgConnection,
    push: PushId,
    splits: Splits,
) -> Result<Board, PushError> {
    let head = sqlx::query!(
        r#"select p.strategy, v.name, p.version, p.as_of, p.deadline, t.sign_by, t.contact_by,
                  clock_timestamp() > t.sign_by as "sign_due!", baton.today() > t.contact_by as "contact_due!"
           from baton.push p
           join baton.board t on t.push_id = p.id
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           where p.id = $1"#,
        push.0
    )
    .fetch_optional(&mut *db)
    .await?
    .ok_or_else(|| PushError::Unknown { what: Sought::Push, name: push.to_string() })?;
    let mut board = Board {
        push,
        strategy: clean(&head.strategy).into_owned(),
        name: clean(&head.name).into_owned(),
        version: head.version,
        as_of: head.as_of,
        deadline: head.deadline,
        terms: Terms {
            sign_by: head.sign_by,
            sign_due: head.sign_due,
            contact_by: head.contact_by,
            contact_due: head.contact_due,
        },
        whole: Part::default(),
        loss: None,
        by_org: by_org(db, push).await?,
        by_rm: Vec::new(),
        by_day: Vec::new(),
        feedback: feedback(db, push).await?,
    };
    if splits.rm {
        board.by_rm = by_rm(db, push).await?;
    }
    if splits.day {
        board.by_day = by_day(db, push, board.as_of).await?;
    }
    board.judge();
    Ok(board)
}

/// A row of counters, summed.
struct Row {
    code: Option<String>,
    name: Option<String>,
    org: Option<String>,
    signed_at: Option<DateTime<Utc>>,
    sign_by: DateTime<Utc>,
    issued: i64,
    contacted: i64,
    reached: i64,
    interested: i64,
    sold: i64,
    in_time: i64,
    contradictory: i64,
    contaminated: i64,
}

impl From<Row> for Part {
    fn from(row: Row) -> Self {
        let text = |text: Option<String>| clean(&text.unwrap_or_default()).into_owned();
        let signed = row.signed_at.map_or(0, |_| row.issued);
        let in_time = row.signed_at.is_some_and(|at| at <= row.sign_by);
        let Row { issued, contacted, reached, interested, sold, .. } = row;
        Self {
            code: text(row.code),
            name: text(row.name),
            org: text(row.org),
            steps: Steps([issued, signed, contacted, reached, interested, sold]),
            signed_in_time: if in_time { issued } else { 0 },
            contacted_in_time: row.in_time,
            contradictory: row.contradictory,
            contaminated: row.contaminated,
            gap: None,
        }
    }
}

async fn by_org(db: &mut PgConnection, push: PushId) -> Result<Vec<Part>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select u.code as "code?", u.name as "name?", null::text as org, o.signed_at as "signed_at?", t.sign_by, c.issued as "issued!",
                  c.contacted as "contacted!", c.reached as "reached!", c.interested as "interested!", c.sold as "sold!",
                  c.in_time as "in_time!", c.contradictory as "contradictory!", c.contaminated as "contaminated!"
           from (select k.org_id, sum(k.issued) as issued, sum(k.contacted) as contacted, sum(k.reached) as reached,
                     sum(k.interested) as interested, sum(k.sold) as sold, sum(k.in_time) as in_time,
                     sum(k.contradictory) as contradictory, sum(k.contaminated) as contaminated
                 from baton.board_count k where k.push_id = $1 group by k.org_id) c
           join baton.board t on t.push_id = $1
           join baton.org_unit u on u.id = c.org_id
           left join baton.branch_order o on o.push_id = $1 and o.org_id = c.org_id
           order by u.code"#,
        push.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Part::from).collect())
}

async fn by_rm(db: &mut PgConnection, push: PushId) -> Result<Vec<Part>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select s.code as "code?", s.name as "name?", u.code as "org?", o.signed_at as "signed_at?", t.sign_by,
                  c.issued::bigint as "issued!", c.contacted::bigint as "contacted!", c.reached::bigint as "reached!",
                  c.interested::bigint as "interested!", c.sold::bigint as "sold!", c.in_time::bigint as "in_time!",
                  c.contradictory::bigint as "contradictory!", c.contaminated::bigint as "contaminated!"
           from baton.board_count c
           join baton.board t on t.push_id = c.push_id
           join baton.org_unit u on u.id = c.org_id
           left join baton.staff s on s.id = c.rm_id
           left join baton.branch_order o on o.push_id = c.push_id and o.org_id = c.org_id
           where c.push_id = $1 order by u.code, s.code nulls last"#,
        push.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Part::from).collect())
}

/// Issued on the day of the push, signed on the day by the server's clock in the bank's zone, and the rest on the bank's day of
/// the first outcome that says so.
async fn by_day(
    db: &mut PgConnection,
    push: PushId,
    as_of: NaiveDate,
) -> Result<Vec<DaySteps>, StoreError> {
    let rows = sqlx::query!(
        r#"select d.day as "day!", sum(d.issued)::bigint as "issued!", sum(d.signed)::bigint as "signed!",
                  sum(d.contacted)::bigint as "contacted!", sum(d.reached)::bigint as "reached!",
                  sum(d.interested)::bigint as "interested!", sum(d.sold)::bigint as "sold!"
           from (select k.day, 0 as issued, 0 as signed, k.contacted, k.reached, k.interested, k.sold
                 from baton.board_day k where k.push_id = $1
                 union all
                 select $2, c.issued, 0, 0, 0, 0, 0 from baton.board_count c where c.push_id = $1
                 union all
                 select (o.signed_at at time zone b.timezone)::date, 0, c.issued, 0, 0, 0, 0
                 from baton.board_count c
                 join baton.branch_order o on o.push_id = c.push_id and o.org_id = c.org_id and o.signed_at is not null
                 cross join baton.bank b where c.push_id = $1) d
           group by d.day
           having sum(abs(d.issued) + abs(d.signed) + abs(d.contacted) + abs(d.reached) + abs(d.interested) + abs(d.sold)) > 0
           order by d.day"#,
        push.0,
        as_of
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DaySteps {
            day: row.day,
            steps: Steps([
                row.issued,
                row.signed,
                row.contacted,
                row.reached,
                row.interested,
                row.sold,
            ]),
        })
        .collect())
}

/// What the units of the push have said, as far as the caller may read it.
async fn feedback(
    db: &mut PgConnection,
    push: PushId,
) -> Result<Vec<(FeedbackReason, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select f.reason, count(*) as "n!" from baton.feedback f where f.push_id = $1 group by f.reason order by 2 desc, 1"#,
        push.0
    )
    .fetch_all(db)
    .await?;
    let known = |word: &str| FeedbackReason::from_code(word).unwrap_or(FeedbackReason::Other);
    Ok(rows.into_iter().map(|row| (known(&row.reason), row.n)).collect())
}

/// A counter of a push that is not what a recount says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The unit's code.
    pub org: String,
    /// Which counter: its step, and the RM or the day if it is of one.
    pub what: String,
    /// What is kept.
    pub kept: i64,
    /// What a recount says.
    pub counted: i64,
}

/// Holds the kept counters of a push against its tasks and outcomes; empty if they agree.
///
/// # Errors
/// [`PushError::Unknown`] or any [`StoreError`].
pub async fn check(db: &mut PgConnection, push: PushId) -> Result<Vec<Difference>, PushError> {
    let rows = sqlx::query!(
        r#"select org as "org!", what as "what!", kept as "kept!", counted as "counted!" from baton.board_check($1)"#,
        push.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Difference {
            org: clean(&row.org).into_owned(),
            what: clean(&row.what).into_owned(),
            kept: row.kept,
            counted: row.counted,
        })
        .collect())
}

/// Counts a push's board and orders anew and keeps that.
///
/// # Errors
/// [`PushError::Unknown`], or [`StoreError::NotAllowed`] if this login may not import outcomes, or any other.
pub async fn mend(db: &mut PgConnection, push: PushId) -> Result<(), PushError> {
    sqlx::query!("select baton.board_mend($1)", push.0).execute(db).await?;
    Ok(())
}
