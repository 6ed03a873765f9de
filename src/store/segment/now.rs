//! The dynamic segments that one customer is in on the bank's day.
//!
//! A bank has hundreds of segments, so none is counted: their rules are asked of his row alone, many in one statement over
//! the same joins. Each statement has what is left of one deadline; what it does not reach is told as not asked.
#![expect(clippy::disallowed_methods, reason = "it says how much of its time is left")]

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection, Row as _};

use crate::domain::attribute::{Attribute, MartDay};
use crate::domain::clean::clean;
use crate::domain::id::CustomerId;
use crate::domain::rule::{Column, Rule};
use crate::domain::segment::now::{SegmentNow, SegmentsNow};
use crate::store::built::Built;
use crate::store::{StoreError, attribute, dynamic, mart};

/// How long all of it may take: a card is waited for.
const DEADLINE: Duration = Duration::from_secs(2);

/// How long a rule waits for a mart that somebody has locked: the others are to be answered, too.
const LOCKED: Duration = Duration::from_millis(200);

/// How many rules one statement asks. More joins than this make the planner slow, and less of a late one is lost.
const BATCH: usize = 25;

/// A segment with its rule.
type Asked = (SegmentNow, Rule);

/// Asks the latest rule of every dynamic segment of one customer, with the operator's own rights. Who is closed is in none.
/// `waited` says that the caller has waited for a locked mart already: it is not waited for again, nor for another one.
///
/// # Errors
/// Any [`StoreError`]; that of a mart which cannot be read is told in the answer.
pub async fn now(
    db: &mut PgConnection,
    customer: CustomerId,
    waited: bool,
) -> Result<SegmentsNow, StoreError> {
    let (mut now, mut read) = (SegmentsNow::default(), Vec::new());
    let mut rules = rules(db, &mut now).await?;
    // Of a mart that is locked, its own segments are said not to be answered.
    let days = match days(db, &mut rules, waited, &mut now).await {
        Err(StoreError::Locked { .. }) => days(db, &mut rules, true, &mut now).await,
        days => days,
    };
    let days = match days {
        // One that was locked in between: the day of the others is the dictionary's then.
        Err(StoreError::Locked { .. }) => Vec::new(),
        days => days?,
    };
    let (began, rules) = (Instant::now(), rules.into_iter());
    // One that reads a mart goes by itself, so that a mart that fails takes away its own segments only.
    let (own, marts): (Vec<Asked>, Vec<Asked>) =
        rules.partition(|(_, rule)| rule.marts().is_empty());
    let own = own.chunks(BATCH).map(<[Asked]>::to_vec);
    let mut batches: Vec<Vec<Asked>> = own.chain(marts.into_iter().map(|one| vec![one])).collect();
    batches.reverse();
    while let Some(batch) = batches.pop() {
        let left = DEADLINE.saturating_sub(began.elapsed());
        let asked = if left.is_zero() {
            Err(StoreError::Deadline)
        } else {
            ask(db, customer, &batch, left).await
        };
        match asked {
            Ok(holds) => {
                now.asked += batch.len();
                let reads = batch.iter().flat_map(|(_, rule)| rule.reads());
                read.extend(reads.filter_map(Column::attribute).cloned());
                let held = batch.into_iter().zip(holds).filter(|(_, holds)| *holds);
                now.found.extend(held.map(|((segment, _), _)| segment));
            }
            Err(StoreError::Deadline) => {
                now.unasked += batch.len() + batches.iter().map(Vec::len).sum::<usize>();
                break;
            }
            // A line that is gone is no rule's fault.
            Err(error) if !mart::may_be(&error) && !matches!(error, StoreError::Locked { .. }) => {
                return Err(error);
            }
            // Whose fault it is shows when each is asked by itself.
            Err(_) if batch.len() > 1 => {
                batches.extend(batch.into_iter().rev().map(|one| vec![one]));
            }
            Err(error) => {
                let Some((segment, rule)) = batch.into_iter().next() else { continue };
                now.broken.push(segment.code);
                // Its mart is named where one is why.
                if let StoreError::Mart(unread) = mart::blamed(db, &[&rule], error).await
                    && !now.unread.contains(&unread)
                {
                    now.unread.push(*unread);
                }
            }
        }
    }
    now.found.sort_by(|a, b| a.code.cmp(&b.code));
    now.broken.sort_unstable();
    now.refreshed = MartDay::told(MartDay::of(&read), &days);
    Ok(now)
}

/// Of which day the marts are that the rules read. Where one was waited for already, the rules that read a locked one are taken
/// out first.
async fn days(
    db: &mut PgConnection,
    rules: &mut Vec<Asked>,
    waited: bool,
    now: &mut SegmentsNow,
) -> Result<Vec<(String, Option<NaiveDate>)>, StoreError> {
    if waited {
        let reads = rules.iter().flat_map(|(_, rule)| rule.reads());
        let mut read: Vec<Attribute> = Vec::new();
        for attribute in reads.filter_map(Column::attribute) {
            if !read.iter().any(|known| known.code == attribute.code) {
                read.push(attribute.clone());
            }
        }
        let locked = mart::locked(db, &read).await?;
        let is_out = |rule: &Rule| {
            let reads = rule.reads();
            locked.iter().any(|one| reads.iter().any(|c| c.code() == one.attribute.code))
        };
        let (out, left): (Vec<Asked>, Vec<Asked>) =
            std::mem::take(rules).into_iter().partition(|(_, rule)| is_out(rule));
        *rules = left;
        now.broken.extend(out.into_iter().map(|(segment, _)| segment.code));
        now.unread.extend(locked);
    }
    let reads = rules.iter().flat_map(|(_, rule)| rule.reads());
    mart::days_of(db, &MartDay::of(reads.filter_map(Column::attribute))).await
}

/// The latest versions of the dynamic segments that can be read.
async fn rules(db: &mut PgConnection, now: &mut SegmentsNow) -> Result<Vec<Asked>, StoreError> {
    let vocabulary = attribute::vocabulary(db).await?;
    let rows = sqlx::query!(
        "select * from (select distinct on (code) code, version, name, rule, kind
                        from baton.segment_version order by code, version desc) v
         where v.kind = 'dynamic' order by v.code"
    )
    .fetch_all(&mut *db)
    .await?;
    let mut read = Vec::with_capacity(rows.len());
    for row in rows {
        let code = clean(&row.code).into_owned();
        match Rule::parse_kept(&row.rule, &vocabulary, Some(&row.code)) {
            Ok(rule) => {
                let name = clean(&row.name).into_owned();
                read.push((SegmentNow { code, version: row.version, name }, rule));
            }
            Err(_) => now.broken.push(code),
        }
    }
    let mut attributes: Vec<_> =
        read.iter().flat_map(|(_, rule)| rule.reads()).filter_map(Column::attribute).collect();
    now.unread = mart::leave_out(db, &mut attributes).await?;
    let gone = |rule: &Rule| {
        let reads = rule.reads();
        now.unread.iter().any(|one| reads.iter().any(|c| c.code() == one.attribute.code))
    };
    let (broken, read): (Vec<Asked>, Vec<Asked>) =
        read.into_iter().partition(|(_, rule)| gone(rule));
    now.unread.retain(|one| {
        let code = &one.attribute.code;
        broken.iter().any(|(_, rule)| rule.reads().iter().any(|column| column.code() == code))
    });
    now.broken.extend(broken.into_iter().map(|(segment, _)| segment.code));
    Ok(read)
}

/// Whether each rule holds for one open customer, in a transaction that keeps nothing.
async fn ask(
    db: &mut PgConnection,
    customer: CustomerId,
    batch: &[Asked],
    left: Duration,
) -> Result<Vec<bool>, StoreError> {
    let rules: Vec<Rule> = batch.iter().map(|(_, rule)| rule.clone()).collect();
    let mut tx = db.begin().await?;
    sqlx::query_scalar!(
        r#"select set_config('statement_timeout', $1, true) || set_config('lock_timeout', $2, true) as "set!""#,
        format!("{}ms", left.as_millis().max(1)),
        format!("{}ms", LOCKED.min(left).as_millis().max(1))
    )
    .fetch_one(&mut *tx)
    .await?;
    let mut built = Built::new("select ");
    built.holds(&rules, customer);
    let rows = dynamic::fetch_all(&mut tx, &built).await;
    tx.rollback().await?;
    match rows?.first() {
        Some(row) => Ok(row.try_get("holds")?),
        // He is closed, or not to be seen.
        None => Ok(vec![false; batch.len()]),
    }
}
