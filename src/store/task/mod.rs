//! Tasks as a branch works on them. Each list and each opening comes from an owner's function, which masks the names, keeps
//! to what is the operator's own, and notes it.

pub mod act;
mod error;
mod stand;
pub mod watch;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};
use sqlx::{Connection as _, PgConnection};

use super::customer::{Masked, card_of};
use super::segment::explain;
use super::{StoreError, attribute, export, segment, strategy};
use crate::domain::clean::clean;
use crate::domain::id::{CustomerId, PushId};
use crate::domain::money::Minor;
use crate::domain::outcome::Outcome;
use crate::domain::rule::Rule;
use crate::domain::segment::explain::LeafTruth;
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::word::Channel;
use crate::domain::task::{
    GivenAgain, Mine, Offer, PastOutcome, PastReturn, TaskDetail, TaskList, TaskRow, TaskState,
};

pub use error::TaskError;

/// Which tasks are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this push; of all live ones if none is named.
    pub push: Option<PushId>,
    /// Of this unit.
    pub org: Option<String>,
    /// Of this RM.
    pub rm: Option<String>,
    /// Those that stand so.
    pub state: Option<TaskState>,
    /// How many stand before the page.
    pub skip: usize,
}

/// A page of the operator's tasks: those that wait for his answer first, then those to be done, by the day of their next step.
///
/// # Errors
/// [`TaskError`].
pub async fn list(db: &mut PgConnection, wanted: &Wanted) -> Result<TaskList, TaskError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select push_id as "push_id!", strategy as "strategy!", version as "version!", strategy_name as "strategy_name!",
                  product as "product!", customer_id as "customer_id!", name, org as "org!", org_name as "org_name!", rm, rm_name,
                  tier, aum, state as "state!", outcome, at, next_on, other, due, channel, total as "total!"
           from baton.task_list($1, $2, $3, $4, $5)"#,
        wanted.push.map(|push| push.0),
        wanted.org,
        wanted.rm,
        wanted.state.map(TaskState::code),
        i32::try_from(wanted.skip).unwrap_or(i32::MAX)
    )
    .fetch_all(db)
    .await?;
    let count = rows.first().map_or(0, |row| row.total);
    let rows = rows.into_iter().map(Row::into_domain).collect();
    Ok(TaskList { count, skip: wanted.skip, rows })
}

/// The operator's tasks for a file: all after the first `skip`, as far as they may leave at once.
///
/// # Errors
/// [`TaskError`].
pub async fn whole(db: &mut PgConnection, wanted: &Wanted) -> Result<TaskList, TaskError> {
    let mut tx = db.begin().await?;
    export::leaves(&mut tx).await?;
    let list = list(&mut tx, wanted).await?;
    tx.commit().await?;
    Ok(list)
}

struct Row {
    push_id: i64,
    strategy: String,
    version: i32,
    strategy_name: String,
    product: String,
    customer_id: i64,
    name: Option<String>,
    org: String,
    org_name: String,
    rm: Option<String>,
    rm_name: Option<String>,
    tier: Option<String>,
    aum: Option<i64>,
    state: String,
    outcome: Option<String>,
    at: Option<DateTime<Utc>>,
    next_on: Option<NaiveDate>,
    other: Option<String>,
    due: Option<NaiveDate>,
    channel: Option<String>,
    total: i64,
}

fn word(text: &str) -> String {
    clean(text).into_owned()
}

impl Row {
    fn into_domain(self) -> TaskRow {
        TaskRow {
            push: PushId(self.push_id),
            strategy: word(&self.strategy),
            version: self.version,
            name: word(&self.strategy_name),
            product: word(&self.product),
            customer: CustomerId(self.customer_id),
            who: self.name.as_deref().map(word),
            org: word(&self.org),
            org_name: word(&self.org_name),
            rm: self.rm.as_deref().map(word),
            rm_name: self.rm_name.as_deref().map(word),
            tier: self.tier.as_deref().map(word),
            aum: self.aum.map(Minor),
            state: TaskState::from_code(&self.state),
            outcome: self.outcome.as_deref().and_then(Outcome::from_word),
            at: self.at,
            next_on: self.next_on,
            other: self.other.as_deref().map(word),
            due: self.due,
            channel: self.channel.as_deref().and_then(Channel::from_code),
        }
    }
}

/// Opens one task, which the audit notes: the customer's card, the strategy, why he is on the list, what came of it.
///
/// # Errors
/// [`TaskError`].
pub async fn show(
    db: &mut PgConnection,
    push: PushId,
    customer: CustomerId,
) -> Result<TaskDetail, TaskError> {
    // While the transaction says so, the customer of a task that came from another unit is seen, he alone.
    let mut tx = db.begin().await?;
    sqlx::query!("select set_config('baton.task', $1, true)", format!("{push} {customer}"))
        .fetch_one(&mut *tx)
        .await?;
    let look = sqlx::query!(
        r#"select l.name, l.phone, l.org, l.org_name, l.rm, l.rm_name, l.state as "state!", l.mine, l.deadline as "deadline!",
                  l.offer_from, l.offer_to, l.offer_due, l.offer_credit, l.offer_note, p.strategy, p.version, p.wave
           from baton.task_look($1, $2) l join baton.push p on p.id = $1"#,
        push.0,
        customer.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| TaskError::Unknown { what: "push".to_owned(), name: push.to_string() })?;
    let card = card_of(&mut tx, customer, Masked { name: look.name, phone: look.phone }).await?;
    let mut strategy = strategy::kept(&mut tx, &look.strategy, Some(look.version)).await?;
    strategy.text = strategy.text.of_wave(look.wave);
    let (segment, why) = why(&mut tx, &strategy, customer).await?;
    let outcomes = outcomes(&mut tx, push, customer).await?;
    let returns = returns(&mut tx, push, customer).await?;
    let taken = stand::taken(&mut tx, push, customer).await?;
    let channel = stand::channel(&mut tx, push, customer).await?;
    let benefit = stand::benefit(&mut tx, push, customer).await?;
    tx.commit().await?;
    let pair = |code: Option<String>, name: Option<String>| {
        code.zip(name).map(|(code, name)| (word(&code), word(&name)))
    };
    let offer = look.offer_due.zip(look.offer_credit).map(|(due, credit)| Offer {
        from: word(look.offer_from.as_deref().unwrap_or_default()),
        to: word(look.offer_to.as_deref().unwrap_or_default()),
        due,
        credit,
        note: look.offer_note.as_deref().map(word),
    });
    Ok(TaskDetail {
        push,
        strategy,
        card,
        org: pair(look.org, look.org_name),
        rm: pair(look.rm, look.rm_name),
        state: TaskState::from_code(&look.state),
        mine: match look.mine.as_deref() {
            Some("held") => Some(Mine::Held),
            Some("offer") => Some(Mine::Offered),
            _ => None,
        },
        deadline: look.deadline,
        offer,
        taken,
        segment,
        why,
        outcomes,
        returns,
        channel,
        benefit,
    })
}

/// The name of the strategy's segment, and its conditions asked of the customer. A rule that cannot be read any more, because
/// an attribute is gone, says nothing.
async fn why(
    db: &mut PgConnection,
    row: &StrategyRow,
    customer: CustomerId,
) -> Result<(String, Vec<LeafTruth>), TaskError> {
    let name = match segment::show(db, &row.text.segment).await {
        Ok(segment) => segment.name,
        Err(_) => row.text.segment.clone(),
    };
    let words = attribute::vocabulary(db).await?;
    let Ok(rule) = Rule::parse_kept(&row.rule, &words, None) else { return Ok((name, vec![])) };
    let (_, leaves) = explain::leaves(db, &rule, &words, customer).await?;
    Ok((name, leaves))
}

async fn outcomes(
    db: &mut PgConnection,
    push: PushId,
    customer: CustomerId,
) -> Result<Vec<PastOutcome>, StoreError> {
    let rows = sqlx::query!(
        r#"select at as "at!", outcome as "outcome!", amount, note, next_on, fields::text, taken_by as "taken_by!"
           from baton.task_outcomes($1, $2)"#,
        push.0,
        customer.0
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().filter_map(|row| {
        let fields: Map<String, Value> =
            row.fields.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let fields = fields.into_iter().map(|(code, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (word(&code), word(&value))
        });
        Some(PastOutcome {
            at: row.at,
            outcome: Outcome::from_word(&row.outcome)?,
            amount: row.amount.map(Minor),
            note: row.note.as_deref().map(word),
            next_on: row.next_on,
            fields: fields.collect(),
            by: word(&row.taken_by),
        })
    });
    Ok(rows.collect())
}

/// When the task was given back, and what became of it then.
async fn returns(
    db: &mut PgConnection,
    push: PushId,
    customer: CustomerId,
) -> Result<Vec<PastReturn>, StoreError> {
    let rows = sqlx::query!(
        r#"select at as "at!", by as "by!", org as "org!", rm, reason as "reason!", again_at, again_by, again_rm
           from baton.task_returns($1, $2)"#,
        push.0,
        customer.0
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| PastReturn {
        at: row.at,
        by: word(&row.by),
        whose: word(row.rm.as_deref().unwrap_or(&row.org)),
        reason: word(&row.reason),
        again: row.again_at.zip(row.again_by).map(|(at, by)| {
            let whose = row.again_rm.as_deref().unwrap_or(&row.org);
            GivenAgain { at, by: word(&by), whose: word(whose) }
        }),
    });
    Ok(rows.collect())
}

/// The RMs of a unit, of the operator's own if none is named: code and name.
///
/// # Errors
/// Any [`StoreError`].
pub async fn rms(
    db: &mut PgConnection,
    org: Option<&str>,
) -> Result<Vec<(String, String)>, StoreError> {
    let rows = sqlx::query!(
        "select s.code, s.name from baton.staff s join baton.org_unit u on u.id = s.org_id
         left join baton.operator o on o.name = session_user and o.org_id = u.id
         where s.closed_on is null and case when $1::text is null then o.name is not null else u.code = $1 end
         order by s.code",
        org
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (word(&row.code), word(&row.name))).collect())
}
