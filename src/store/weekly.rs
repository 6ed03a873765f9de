//! What a week's report says.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::{StoreError, bank};
use crate::domain::clean::clean;
use crate::domain::id::PushId;
use crate::domain::money::Minor;
use crate::domain::review::Verdict;
use crate::domain::weekly::{FindingLine, PushLine, ReviewLine, Span, Week};

/// The week of `day`; of the bank's day if none is named.
///
/// # Errors
/// Any [`StoreError`].
pub async fn week(db: &mut PgConnection, day: Option<NaiveDate>) -> Result<Week, StoreError> {
    let bank = bank::bank(db).await?;
    let span = Span::of(day.unwrap_or(bank.as_of));
    Ok(Week {
        span,
        bank: bank.name,
        pushes: pushes(db, span).await?,
        findings: findings(db, span).await?,
        reviews: reviews(db, span).await?,
    })
}

fn word(text: &str) -> String {
    clean(text).into_owned()
}

/// Pushes whose orders ran in the week, with what came back of their tasks in it; the control group's is left out.
async fn pushes(db: &mut PgConnection, span: Span) -> Result<Vec<PushLine>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.id, p.strategy, p.version, v.name, p.as_of, p.deadline, p.treated, o.orders as "orders!",
                  o.signed as "signed!", h.heard as "heard!", h.reached as "reached!", h.sold as "sold!",
                  h.amount as "amount!"
           from baton.push p
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           cross join lateral (select count(*) as orders, count(b.signed_at) as signed
                               from baton.branch_order b where b.push_id = p.id) o
           cross join lateral (
               select count(distinct e.customer_id) as heard,
                   count(distinct e.customer_id) filter (where e.outcome not in ('no_answer', 'bad_number')) as reached,
                   count(distinct e.customer_id) filter (where e.outcome = 'sold') as sold,
                   coalesce(sum(e.amount) filter (where e.outcome = 'sold'), 0)::bigint as amount
               from baton.outcome e cross join baton.bank b
               where e.push_id = p.id and not e.contamination
                   and (e.at at time zone b.timezone)::date between $1 and $2) h
           where p.as_of <= $2 and p.deadline >= $1 order by p.id"#,
        span.from,
        span.to
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| PushLine {
        push: PushId(row.id),
        strategy: word(&row.strategy),
        version: row.version,
        name: word(&row.name),
        pushed_on: row.as_of,
        deadline: row.deadline,
        orders: row.orders,
        signed: row.signed,
        tasks: row.treated.into(),
        heard: row.heard,
        reached: row.reached,
        sold: row.sold,
        amount: Minor(row.amount),
    });
    Ok(rows.collect())
}

async fn findings(db: &mut PgConnection, span: Span) -> Result<Vec<FindingLine>, StoreError> {
    let rows = sqlx::query!(
        r#"select f.day, f.text, f.owner, f.state = 'open' as "open!" from baton.finding f
           where f.day between $1 and $2 order by f.day, f.id"#,
        span.from,
        span.to
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| FindingLine {
        day: row.day,
        text: word(&row.text),
        owner: word(&row.owner),
        open: row.open,
    });
    Ok(rows.collect())
}

/// Reviews that were closed in the week, by the bank's own day, and those whose day has come by its end and that are open.
async fn reviews(db: &mut PgConnection, span: Span) -> Result<Vec<ReviewLine>, StoreError> {
    let rows = sqlx::query!(
        r#"select d.id, d.strategy, d.name, d.due as "due!", r.verdict as "verdict?", r.uplift_ppm as "uplift_ppm?"
           from (select p.id, p.strategy, v.name, coalesce(p.as_of + v.review_days, p.deadline + 1) as due
                 from baton.push p
                 join baton.strategy_version v on v.code = p.strategy and v.version = p.version) d
           left join baton.review r on r.push_id = d.id
           where r.as_of between $1 and $2 or r.push_id is null and d.due <= $2
           order by r.verdict is not null, d.due, d.id limit 100"#,
        span.from,
        span.to
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| ReviewLine {
        push: PushId(row.id),
        strategy: word(&row.strategy),
        name: word(&row.name),
        due: row.due,
        verdict: row.verdict.as_deref().and_then(Verdict::from_code),
        uplift_ppm: row.uplift_ppm,
    });
    Ok(rows.collect())
}
