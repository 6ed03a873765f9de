//! What the demo bank has tried before: three strategies of earlier months, pushed by the functions that push anything, each
//! by the operator whose duty it is, with what came back and what the bank's own records say came of it.
//!
//! | strategy | pushed | what is planted |
//! |---|---|---|
//! | `ST-011` | 2026-06-08 | [`UPLIFT_PPM`] of the treated buy who would not have, and hold it for 90 days |
//! | `ST-012` | 2026-07-06 | nothing: it has no effect |
//! | `ST-013` | 2026-08-17 | nothing, and its control group is too small to show anything |
//!
//! Each went out at half past nine of its day, by the bank's clock, and was signed within the hours for it or two days later: branches
//! differ in that by a hash of their code, so that their score cards do. What came before it was written on the day before, submitted
//! and approved on the morning of its day, and the verdict is of the bank's day. (Audit rows have the server's clock, which nobody
//! turns back.)
//!
//! What came back is counted in the process metrics of its days (`calls`, `reached`, `deals`).
//!
//! Then the bank's score card is loaded, and what its branches were coached about (`coached`).
//!
//! Everything is one transaction of the private cluster's superuser, who is each operator in turn and turns the bank's day back
//! meanwhile: others see it all at once, with the day as it was. What is planted follows from hashes of push and customer, so
//! it is the same on every machine.

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

use super::coached;
pub use super::staged::PastError;
use super::staged::{APPROVER, AUTHOR, be, be_internal, be_owner, set_day};
use super::story::day;
use crate::domain::id::PushId;
use crate::domain::review::{Knowing, Verdict};
use crate::domain::rule::Rule;
use crate::domain::strategy::file;
use crate::store::plan::{Wave, plan};
use crate::store::push::{self};
use crate::store::review::{self};
use crate::store::segment::{self, SegmentError};
use crate::store::strategy::{self, StrategyError};
use crate::store::{StoreError, attribute};

/// How many of the treated of `ST-011` buy because of it, in parts per million.
pub const UPLIFT_PPM: i64 = 60_000;

/// Their outcomes on their way in, one push after another.
const INTAKE: &str = "00000000-0000-4000-8000-000000000011";

struct Past {
    file: &'static str,
    segment: &'static str,
    name: &'static str,
    rule: &'static str,
    day: NaiveDate,
    uplift_ppm: i64,
}

fn pasts() -> [Past; 3] {
    [
        Past {
            file: include_str!("../../../fixtures/demo/past/st-011.toml"),
            segment: "SG-FIRST",
            name: "代发 28-50",
            rule: "payroll and age between 28 and 50 and (org under 'B01' or org under 'B02' or org under 'B04')",
            day: day(2026, 6, 8),
            uplift_ppm: UPLIFT_PPM,
        },
        Past {
            file: include_str!("../../../fixtures/demo/past/st-012.toml"),
            segment: "SG-MATURE",
            name: "持有理财",
            rule: "wmp_balance > 0 and age >= 30 and (org under 'B05' or org under 'B06')",
            day: day(2026, 7, 6),
            uplift_ppm: 0,
        },
        Past {
            file: include_str!("../../../fixtures/demo/past/st-013.toml"),
            segment: "SG-SALON",
            name: "60 岁以上",
            rule: "age >= 60 and aum >= 200000 and org under 'B07'",
            day: day(2026, 8, 17),
            uplift_ppm: 0,
        },
    ]
}

/// Plants the past in the demo bank, all or nothing. `db` is the private cluster's superuser; the demo's operators are there.
/// Nothing is done where nobody has every duty, who signs and takes results in.
///
/// # Errors
/// [`PastError`] with the step that failed.
pub async fn plant(db: &mut PgConnection) -> Result<(), PastError> {
    let mut tx = db.begin().await?;
    let everyone = sqlx::query_scalar!(
        "select name from baton.operator where org_id is null and duties @> array['loader', 'branch', 'strategist'] order by name limit 1"
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(everyone) = everyone else { return Ok(()) };
    let bank = sqlx::query_scalar!("select as_of from baton.bank").fetch_one(&mut *tx).await?;
    let mut pushes = Vec::new();
    for past in pasts() {
        let push = pushed(&mut tx, &past).await?;
        outcomes(&mut tx, &everyone, push, past.uplift_ppm).await?;
        pushes.push(push);
    }
    be_owner(&mut tx).await?;
    worked(&mut tx).await?;
    set_day(&mut tx, bank).await?;
    if let Some(first) = pushes.first() {
        be(&mut tx, APPROVER).await?;
        let words = "六月在三家分行试行有效，加息券成本低于额外收益；扩大到全行，对照组保留一成。";
        review::close(&mut tx, *first, Verdict::Expand, words, &Knowing::default()).await?;
    }
    coached::plant(&mut tx, bank).await?;
    be_internal(&mut tx).await?;
    dated(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

async fn pushed(tx: &mut PgConnection, past: &Past) -> Result<PushId, PastError> {
    be_owner(tx).await?;
    set_day(tx, past.day).await?;
    be(tx, AUTHOR).await?;
    let words = attribute::vocabulary(tx).await?;
    let rule = Rule::parse(past.rule, &words)
        .map_err(|error| SegmentError::of_rule(past.segment, error))?;
    segment::save(tx, past.segment, past.name, &rule).await?;
    let text = file::read(past.file, words.bank().currency)
        .map_err(StrategyError::File)?
        .check(&words)
        .map_err(StrategyError::File)?;
    strategy::new_draft(tx, &words, &text, None).await?;
    let submitted = strategy::submit(tx, &text.code).await?;
    if let Some(hash) = submitted.hash {
        be(tx, APPROVER).await?;
        strategy::approve(tx, &text.code, hash, None).await?;
    }
    be(tx, AUTHOR).await?;
    let plan = plan(tx, &text.code, Wave::Number(1), None).await?;
    Ok(push::apply(tx, plan.plan, None).await?.push)
}

/// Who buys because of it, what the branches did, and what they reported.
async fn outcomes(
    tx: &mut PgConnection,
    everyone: &str,
    push: PushId,
    uplift_ppm: i64,
) -> Result<(), StoreError> {
    be_owner(tx).await?;
    went_out(tx, push).await?;
    bought(tx, push, uplift_ppm).await?;
    be(tx, everyone).await?;
    // One branch in sixteen never signs.
    sqlx::query!(
        r#"select baton.push_sign(o.push_id, u.code) as "at!"
           from baton.branch_order o join baton.org_unit u on u.id = o.org_id
           where o.push_id = $1 and get_byte(sha256(convert_to(u.code || o.push_id, 'UTF8')), 0) >= 16 order by u.code"#,
        push.0
    )
    .fetch_all(&mut *tx)
    .await?;
    be_owner(tx).await?;
    signed(tx, push).await?;
    be(tx, everyone).await?;
    // Of a hundred tasks about a quarter is not reached; whoever bought because of it mostly says so.
    sqlx::query!(
        r#"with heard as (
               select m.customer_id, greatest(p.as_of + 1 + get_byte(d.h, 1) % 12, (o.signed_at at time zone 'Asia/Shanghai')::date) as day,
                   get_byte(d.h, 0) % 100 as luck,
                   exists (select from baton.event e where e.customer_id = m.customer_id and e.ref = 'past-' || p.id) as bought
               from baton.push p
               join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.arm = 'treated'
               join baton.branch_order o on o.push_id = p.id and o.org_id = m.org_id and o.signed_at is not null
               cross join lateral (select sha256(int8send(p.id) || int8send(m.customer_id) || 'heard') as h) d
               where p.id = $1
           ), said as (
               select h.customer_id, (h.day + time '15:20') at time zone 'Asia/Shanghai' as at,
                   case when h.bought and h.luck < 85 then 'sold' when h.luck < 18 then 'no_answer' when h.luck < 21 then 'bad_number'
                        when h.luck < 58 then 'refused' when h.luck < 86 then 'considering' when h.luck < 95 then 'appointment'
                        else 'sold' end as outcome
               from heard h where h.bought or h.luck < 97
           )
           insert into baton.outcome_intake (intake, ordinal, push_id, customer_id, outcome, at)
           select $2::text::uuid, row_number() over (order by s.customer_id), $1, s.customer_id, s.outcome, s.at from said s"#,
        push.0,
        INTAKE
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(r#"select (baton.outcome_take($1::text::uuid)).accepted as "taken!""#, INTAKE)
        .fetch_one(tx)
        .await?;
    Ok(())
}

/// What was written and given has the demo's days. These rows are never changed, so the tables' own guards stand aside for it: only the
/// superuser of a private cluster can do that.
async fn dated(tx: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("set local session_replication_role = replica").execute(&mut *tx).await?;
    sqlx::query!(
        "update baton.strategy_version v set created_at = (p.as_of - 1 + time '15:10') at time zone b.timezone,
             submitted_at = (p.as_of - 1 + time '16:40') at time zone b.timezone
         from baton.push p, baton.bank b where p.strategy = v.code and p.version = v.version"
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update baton.approval a set approved_at = (p.as_of + time '08:50') at time zone b.timezone
         from baton.push p, baton.bank b where p.strategy = a.strategy and p.version = a.version"
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update baton.approval_given a set given_at = (p.as_of + time '08:50') at time zone b.timezone
         from baton.push p, baton.bank b where p.strategy = a.strategy and p.version = a.version"
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update baton.snapshot f set taken_at = (f.as_of + time '08:40') at time zone b.timezone from baton.bank b"
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update baton.review r set closed_at = (r.as_of + time '16:20') at time zone b.timezone from baton.bank b"
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query("set local session_replication_role = origin").execute(tx).await?;
    Ok(())
}

/// The push left on its own day, and the hours to sign its orders run from there.
async fn went_out(tx: &mut PgConnection, push: PushId) -> Result<(), StoreError> {
    sqlx::query!(
        "update baton.push p set pushed_at = (p.as_of + time '09:30') at time zone b.timezone from baton.bank b where p.id = $1",
        push.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update baton.board t set sign_by = baton.sign_by(p.pushed_at) from baton.push p where p.id = t.push_id and p.id = $1",
        push.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// When the orders were signed: mostly on the same day, else two days later, when the hours for it are over. One branch in three is
/// seldom late, one now and then, one often.
async fn signed(tx: &mut PgConnection, push: PushId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"update baton.branch_order o
           set signed_at = case when get_byte(d.h, 0) % 100 < (array[5, 20, 45])[1 + get_byte(d.of_branch, 0) % 3]
                   then p.pushed_at + interval '2 days' else p.pushed_at end + make_interval(mins => 10 + get_byte(d.h, 1))
           from baton.push p, baton.org_unit u
           cross join lateral (select sha256(convert_to('signed ' || u.code || $1::bigint, 'UTF8')) as h,
                                   sha256(convert_to('signs ' || left(u.code, 3), 'UTF8')) as of_branch) d
           where p.id = $1 and o.push_id = p.id and u.id = o.org_id and o.signed_at is not null"#,
        push.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The process metrics of the days on which something came back: who was called, was reached and bought of a push is counted in them, as
/// the branches' systems would have told. The facts that are there are of what they did besides.
async fn worked(tx: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        "with came as (
             select m.metric, e.org_id, (e.at at time zone b.timezone)::date as day, count(*) as n
             from baton.outcome e cross join baton.bank b
             cross join lateral (values ('calls', true), ('reached', e.outcome not in ('no_answer', 'bad_number')),
                 ('deals', e.outcome = 'sold')) m (metric, counts)
             where m.counts and not e.contamination group by 1, 2, 3
         )
         update baton.metric_fact f set value = f.value + c.n
         from came c where f.metric = c.metric and f.org_id = c.org_id and f.day = c.day"
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "select baton.sheets_make(array_agg(k.metric), array_agg(k.day))
         from (select distinct m.metric, (e.at at time zone b.timezone)::date as day
               from baton.outcome e cross join baton.bank b
               cross join (values ('calls'), ('reached'), ('deals')) m (metric)) k having count(*) > 0"
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The events and balances of those who buy because of it: of the treated who would not have bought in the thirty days after
/// the push, the first by a hash, as many as the share says of all treated. What they buy comes from another bank, and who holds
/// the product already buys without being seen to hold more.
async fn bought(tx: &mut PgConnection, push: PushId, uplift_ppm: i64) -> Result<(), StoreError> {
    sqlx::query!(
        r#"insert into baton.event (customer_id, at, kind, ref, org_id, amount, detail)
           select w.customer_id, (w.day + time '10:30') at time zone w.timezone, w.kind, 'past-' || w.id, w.org_id, 5000000, '稳利 90 天'
           from (select m.customer_id, m.org_id, b.timezone, k.id as kind, p.id, p.treated,
                     p.as_of + 3 + get_byte(d.h, 0) % 19 as day, row_number() over (order by d.h) as place
                 from baton.push p
                 cross join baton.bank b
                 join baton.event_kind k on k.code = 'purchase'
                 join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.arm = 'treated'
                 cross join lateral (select sha256(int8send(p.id) || int8send(m.customer_id) || 'bought') as h) d
                 where p.id = $1 and not exists (
                     select from baton.event e where e.customer_id = m.customer_id and e.kind = k.id
                         and (e.at at time zone b.timezone)::date between p.as_of + 1 and p.as_of + 30)) w
           where w.place * 1000000 <= $2::bigint * w.treated"#,
        push.0,
        uplift_ppm
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"insert into baton.holding (customer_id, amount, day, until, org_id, product)
           select e.customer_id, s.amount, s.day, s.until, e.org_id, d.id
           from baton.event e
           join baton.product d on d.code = 'wmp_90'
           cross join lateral (select (e.at at time zone 'Asia/Shanghai')::date as day) o
           cross join lateral (values (e.amount, o.day, o.day + 90), (0, o.day + 90, 'infinity'::date)) s (amount, day, until)
           where e.ref = 'past-' || $1::bigint
               and not exists (select from baton.holding h where h.customer_id = e.customer_id and h.product = d.id)"#,
        push.0
    )
    .execute(tx)
    .await?;
    Ok(())
}
