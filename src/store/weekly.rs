//! What a week's report says.

use chrono::{Days, NaiveDate};
use sqlx::PgConnection;

use super::kpi::{self, KpiFailure, SheetAsked};
use super::{StoreError, bank};
use crate::domain::clean::clean;
use crate::domain::id::PushId;
use crate::domain::message::Message;
use crate::domain::metric::{Kind, Value};
use crate::domain::money::Minor;
use crate::domain::review::Verdict;
use crate::domain::weekly::{
    AlertLine, FindingLine, MetricLine, NotBegun, PushLine, ReviewLine, Span, Week,
};

/// Why a week is not told.
#[derive(Debug, thiserror::Error)]
pub enum WeeklyError {
    /// Nothing of it has happened.
    #[error(transparent)]
    NotBegun(#[from] NotBegun),
    /// A metric cannot be reckoned.
    #[error(transparent)]
    Kpi(KpiFailure),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<KpiFailure> for WeeklyError {
    fn from(error: KpiFailure) -> Self {
        match error {
            KpiFailure::Store(error) => Self::Store(error),
            other => Self::Kpi(other),
        }
    }
}

impl WeeklyError {
    /// What to tell the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::NotBegun(error) => error.message(),
            Self::Kpi(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// The week of `day`; of the bank's day if none is named.
///
/// # Errors
/// [`WeeklyError`]: it has not begun, a metric cannot be reckoned, or any of the store.
pub async fn week(db: &mut PgConnection, day: Option<NaiveDate>) -> Result<Week, WeeklyError> {
    let bank = bank::bank(db).await?;
    let span = Span::of(day.unwrap_or(bank.as_of));
    let until = span.until(bank.as_of)?;
    Ok(Week {
        span,
        until,
        bank: bank.name,
        metrics: metrics(db, Span { to: until, ..span }).await?,
        alerts: alerts(db, span).await?,
        pushes: pushes(db, span).await?,
        findings: findings(db, span).await?,
        reviews: reviews(db, span).await?,
    })
}

/// The heads of the metric trees over the whole bank, on the last of these days against the same day a week before; what flows, over
/// these days against as many of the week before.
async fn metrics(db: &mut PgConnection, so_far: Span) -> Result<Vec<MetricLine>, WeeklyError> {
    let before = so_far.to.checked_sub_days(Days::new(7));
    let asked = SheetAsked { on: Some(so_far.to), since: before, ..SheetAsked::default() };
    let sheet = kpi::sheet(db, &asked).await?;
    let heads = sheet.rows.into_iter().filter(|row| row.depth == 0);
    let mut lines: Vec<MetricLine> = heads
        .map(|row| MetricLine {
            money: row.is_money(),
            flow: row.kind == Kind::Flow,
            metric: row.metric,
            zh: row.zh,
            en: row.en,
            value: row.value,
            before: row.previous,
            quality: row.quality,
            previous_quality: row.previous_quality,
        })
        .collect();
    let flows: Vec<String> =
        lines.iter().filter(|line| line.flow).map(|line| line.metric.clone()).collect();
    let sums = sqlx::query!(
        r#"select f.metric, sum(f.value) filter (where f.day >= $2)::bigint as now,
                  sum(f.value) filter (where f.day between $2::date - 7 and $3::date - 7)::bigint as before
           from baton.metric_fact f where f.metric = any($1) and f.day between $2::date - 7 and $3 group by f.metric"#,
        &flows,
        so_far.from,
        so_far.to
    )
    .fetch_all(&mut *db)
    .await
    .map_err(StoreError::from)?;
    for line in lines.iter_mut().filter(|line| line.flow) {
        let sum = sums.iter().find(|sum| sum.metric == line.metric);
        line.value = sum.and_then(|sum| sum.now).map(Value::Whole);
        line.before = sum.and_then(|sum| sum.before).map(Value::Whole);
    }
    doubts(db, &mut lines, &flows, so_far).await?;
    for line in &mut lines {
        line.zh = word(&line.zh);
        line.en = word(&line.en);
    }
    Ok(lines)
}

/// Says of what flows what its days lack: the sheet's word is of a single day, and these are sums of many.
async fn doubts(
    db: &mut PgConnection,
    lines: &mut [MetricLine],
    flows: &[String],
    so_far: Span,
) -> Result<(), WeeklyError> {
    if flows.is_empty() {
        return Ok(());
    }
    let back = |day: NaiveDate| day.checked_sub_days(Days::new(7)).unwrap_or(day);
    let spans = [(back(so_far.from), back(so_far.to)), (so_far.from, so_far.to)];
    let mut told = kpi::spans::quality(db, flows, spans).await?;
    for line in lines.iter_mut().filter(|line| line.flow) {
        if let Some([before, now]) = told.remove(&line.metric) {
            (line.previous_quality, line.quality) = (before, now);
        }
    }
    Ok(())
}

/// The alerts that were raised for a day of the week, each by the last of them.
async fn alerts(db: &mut PgConnection, span: Span) -> Result<Vec<AlertLine>, StoreError> {
    let rows = sqlx::query!(
        r#"select a.code, a.name, a.metric, m.zh, m.en, a.owner, r.day as "day!", r.hits::bigint as "hits!",
                  array(select u.name from baton.alert_hit h join baton.org_unit u on u.id = h.org_id
                        where h.alert = a.code and h.day = r.day order by abs(h.score - a.bound) desc, u.code limit 5) as "units!"
           from baton.alert a
           join baton.metric m on m.code = a.metric
           cross join lateral (select k.day, k.hits from baton.alert_run k
                               where k.alert = a.code and k.day between $1 and $2
                               order by k.day desc, k.load_id desc limit 1) r
           where r.hits > 0 order by a.code"#,
        span.from,
        span.to
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| AlertLine {
        alert: word(&row.code),
        name: word(&row.name),
        metric: word(&row.metric),
        metric_names: (word(&row.zh), word(&row.en)),
        day: row.day,
        hits: row.hits,
        units: row.units.iter().map(|name| word(name)).collect(),
        owner: word(&row.owner),
    });
    Ok(rows.collect())
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
        r#"select f.day, f.text, f.owner, f.state = 'open' as "open!", u.name as org, f.metric, m.zh as "zh?", m.en as "en?",
                  s.code as "strategy?", s.name as "strategy_name?"
           from baton.finding f
           join baton.org_unit u on u.id = f.org_id
           left join baton.metric m on m.code = f.metric
           left join lateral (select v.code, v.name from baton.strategy_version v
                              where f.source = 'operator' and f.metric is null and v.code = split_part(f.text, ' ', 1)
                              order by v.version desc limit 1) s on true
           where f.day between $1 and $2 order by f.day, f.id"#,
        span.from,
        span.to
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| FindingLine {
        day: row.day,
        org: word(&row.org),
        metric: row
            .metric
            .zip(row.zh)
            .zip(row.en)
            .map(|((code, zh), en)| (word(&code), word(&zh), word(&en))),
        strategy: row
            .strategy
            .zip(row.strategy_name)
            .map(|(code, name)| (word(&code), word(&name))),
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
           where r.as_of between $1 and $2 or r.push_id is null and d.due <= $2 and baton.review_standing(d.id) <> 'closed'
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
