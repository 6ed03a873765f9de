//! What a moment would have done: its rule asked as of each of the last days.

use std::collections::HashSet;

use chrono::{Days, NaiveDate};
use sqlx::{Connection as _, PgConnection, Row as _};

use super::{MomentError, fresh, show};
use crate::domain::event_rule::{Backtest, BacktestDay, MOST_DAYS, MomentRow, before, days_up_to};
use crate::domain::rule::{Bind, Rule, Vocabulary};
use crate::store::built::Built;
use crate::store::segment::{LIST_LIMIT, day_and_data};
use crate::store::{StoreError, attribute, bank, dynamic, line, mart};

/// What one day gave.
struct Day {
    told: BacktestDay,
    customers: Vec<i64>,
    ms: i64,
}

/// Back-tests a moment over the last `days` days, and keeps it: only what was kept lets a moment be switched on. `progress`
/// hears the days that are done.
///
/// # Errors
/// [`MomentError::Unknown`], [`MomentError::Days`], [`MomentError::BeyondData`], [`MomentError::BeforeData`], [`MomentError::NoEvents`],
/// [`MomentError::Rule`], [`MomentError::Overtaken`] if records were loaded or another text was saved meanwhile, or any
/// [`StoreError`].
pub async fn test(
    db: &mut PgConnection,
    code: &str,
    days: u32,
    progress: &mut (dyn FnMut(u32) + Send),
) -> Result<(MomentRow, Backtest), MomentError> {
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(MomentError::Days { days });
    }
    let moment = show(db, code).await?;
    has_data(db, days).await?;
    let loaded = bank::last_import(db).await?;
    let vocabulary = attribute::vocabulary(db).await?;
    let rule = Rule::parse_kept(&moment.rule, &vocabulary, None)
        .map_err(|error| MomentError::Rule { code: moment.code.clone(), error: Box::new(error) })?;
    // A mart that somebody has locked is named and not waited for.
    mart::days(db, rule.marts()).await?;
    let mut test = over(db, &moment, &vocabulary, days, progress).await?;
    test.events_since = known_since(db, &moment.rule, &vocabulary, &test).await?;
    // Every day by itself is of one moment in time, but all of them are only if nothing was loaded in between.
    if bank::last_import(db).await? != loaded {
        return Err(MomentError::Overtaken { code: moment.code });
    }
    let per_day = serde_json::to_value(&test.days)
        .map_err(|error| StoreError::Database(sqlx::Error::Encode(error.into())))?;
    sqlx::query_scalar!(
        "select baton.moment_tested($1, $2, $3, $4, $5)",
        code,
        &moment.hash.0[..],
        per_day,
        test.customers,
        i32::try_from(test.ms).unwrap_or(i32::MAX)
    )
    .fetch_one(db)
    .await?;
    Ok((moment, test))
}

/// How many days a bank may be without any event at all before its records are taken to end there.
const QUIET_DAYS: u64 = 31;

/// Refuses a day after the bank's own, one before which no event of any kind is known, and a back-test that begins before
/// the bank's first event: such days would count nobody for want of records. `days` are those that are asked for; 0 asks of
/// the day alone.
///
/// # Errors
/// [`MomentError::BeyondData`], [`MomentError::BeforeData`], [`MomentError::NoEvents`], or any [`StoreError`].
pub(super) async fn has_data(db: &mut PgConnection, days: u32) -> Result<(), MomentError> {
    let (day, data) = day_and_data(db).await?;
    let since = bank::events_since(db).await?;
    let (Some(data), Some(since)) = (data, since) else { return Err(MomentError::NoEvents) };
    if day > data {
        return Err(MomentError::BeyondData { day, data });
    }
    // The first day is compared with the one before it.
    let first = day.checked_sub_days(Days::new(days.into())).unwrap_or(day);
    if first < since {
        return Err(MomentError::BeforeData { day, days, first, since, data });
    }
    if days == 0 {
        return Ok(());
    }
    let last = sqlx::query_scalar!(
        "select max((m.at at time zone b.timezone)::date) from baton.bank b, baton.event_kind k
         cross join lateral (select e.at from baton.event e where e.kind = k.id order by e.at desc limit 1) m"
    )
    .fetch_one(db)
    .await
    .map_err(StoreError::from)?;
    let quiet = Days::new(QUIET_DAYS.max(u64::from(days)));
    match last {
        Some(data) if data.checked_add_days(quiet).is_some_and(|until| until < day) => {
            Err(MomentError::BeyondData { day, data })
        }
        _ => Ok(()),
    }
}

/// From when on events are known, if on the first of the days that a test is of, or on the day before it, a window of its rule reaches
/// before that.
pub(super) async fn known_since(
    db: &mut PgConnection,
    rule: &str,
    vocabulary: &Vocabulary,
    test: &Backtest,
) -> Result<Option<NaiveDate>, StoreError> {
    let Some(first) = test.days.first() else { return Ok(None) };
    match Rule::parse_kept(rule, &vocabulary.on(before(first.day)), None) {
        Ok(rule) => bank::events_cut(db, &rule).await,
        // Why it does not read is said elsewhere.
        Err(_) => Ok(None),
    }
}

/// Asks for each day, in a transaction of its own that keeps nothing.
async fn over(
    db: &mut PgConnection,
    moment: &MomentRow,
    vocabulary: &Vocabulary,
    days: u32,
    progress: &mut (dyn FnMut(u32) + Send),
) -> Result<Backtest, MomentError> {
    let as_of = vocabulary.bank().as_of;
    let read = |day: NaiveDate| {
        Rule::parse_kept(&moment.rule, &vocabulary.on(day), None).map_err(|error| {
            MomentError::Rule { code: moment.code.clone(), error: Box::new(error) }
        })
    };
    let mut tx = db.begin().await?;
    line::allow(&mut tx, LIST_LIMIT).await?;
    let mut told = Vec::new();
    let (mut everyone, mut ms) = (HashSet::new(), 0);
    let first = as_of.checked_sub_days(Days::new(u64::from(days) - 1)).unwrap_or(as_of);
    let mut old = read(before(first))?;
    for (done, day) in (1..).zip(days_up_to(as_of, days)) {
        let rule = read(day)?;
        let one = match ask(&mut tx, &rule, &old, day).await {
            Ok(one) => one,
            Err(error) => {
                tx.rollback().await?;
                return Err(mart::blamed(db, &[&rule], error).await.into());
            }
        };
        everyone.extend(one.customers);
        ms += one.ms;
        told.push(one.told);
        old = rule;
        progress(done);
    }
    tx.rollback().await?;
    let customers = i64::try_from(everyone.len()).unwrap_or(i64::MAX);
    Ok(Backtest { as_of, days: told, customers, ms, events_since: None })
}

async fn ask(
    db: &mut PgConnection,
    rule: &Rule,
    old: &Rule,
    day: NaiveDate,
) -> Result<Day, StoreError> {
    let mut built = Built::new(
        "select count(*) as hits, coalesce(array_agg(h.customer_id), '{}') as customers, \
             (extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::bigint as ms, \
             count(*) filter (where h.customer_id in (select l.customer_id from baton.live_on(",
    );
    built.bind(Bind::Date(day), "date").words(") l)) as in_live from ");
    fresh(&mut built, rule, old);
    let rows = dynamic::fetch_all(db, &built).await?;
    let Some(row) = rows.first() else { return Err(StoreError::NoBank) };
    Ok(Day {
        told: BacktestDay {
            day,
            hits: row.try_get("hits")?,
            in_live_strategy: row.try_get("in_live")?,
        },
        customers: row.try_get("customers")?,
        ms: row.try_get("ms")?,
    })
}
