//! What a branch does with its tasks: outcome, assign, give back, refer and answer; and what it says of a strategy.

use chrono::NaiveDate;
use serde_json::{Map, Value};
use sqlx::PgConnection;

use super::{TaskError, word};
use crate::domain::id::{CustomerId, PushId};
use crate::domain::message::Message;
use crate::domain::task::form::{Filled, Typed};
use crate::domain::task::{Feedback, FeedbackReason, FeedbackWords, TaskState};
use crate::msg;
use crate::store::{StoreError, bank, strategy};

/// How many texts a list of feedback shows.
const WORDS: i64 = 50;

/// Why an outcome that was typed was not kept.
#[derive(Debug, thiserror::Error)]
pub enum OutcomeFault {
    /// Something is not filled in as it must be.
    #[error("{0:?}")]
    Form(crate::domain::task::form::Fault),
    /// Anything else.
    #[error(transparent)]
    Task(#[from] TaskError),
}

impl OutcomeFault {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Form(fault) => {
                Message::new(msg!("task.form.fault")).with("fault", fault.message.clone())
            }
            Self::Task(error) => error.message(),
        }
    }
}

/// Reads what was typed against the strategy's form, and keeps it; gives how the task then stands. `named` are the
/// strategy's own fields by code. Whose task it is and what its form has are asked before what is filled in.
///
/// # Errors
/// [`OutcomeFault`]; nothing is kept then.
pub async fn outcome_typed(
    db: &mut PgConnection,
    push: PushId,
    customer: CustomerId,
    typed: Typed,
    named: &[(String, String)],
) -> Result<TaskState, OutcomeFault> {
    let of = sqlx::query!("select strategy, version from baton.push where id = $1", push.0)
        .fetch_optional(&mut *db)
        .await
        .map_err(TaskError::from)?;
    let of =
        of.ok_or_else(|| TaskError::Unknown { what: "push".to_owned(), name: push.to_string() })?;
    let codes: Vec<String> = named.iter().map(|(code, _)| code.clone()).collect();
    sqlx::query!("select baton.task_asks($1, $2, $3)", push.0, customer.0, &codes)
        .fetch_one(&mut *db)
        .await
        .map_err(TaskError::from)?;
    let row = strategy::kept(db, &of.strategy, Some(of.version)).await.map_err(TaskError::from)?;
    let currency = bank::bank(db).await.map_err(TaskError::from)?.currency;
    let form = row.text.body.form();
    let value = |code: &str| named.iter().find(|(name, _)| name == code).map(|(_, v)| v.clone());
    let fields = form.iter().map(|field| value(&field.code).unwrap_or_default()).collect();
    let filled = Typed { fields, ..typed }.read(&form, currency).map_err(OutcomeFault::Form)?;
    Ok(outcome(db, push, customer, &filled).await?)
}

/// Keeps what came of the operator's own task; gives how it then stands.
///
/// # Errors
/// [`TaskError`].
pub async fn outcome(
    db: &mut PgConnection,
    push: PushId,
    customer: CustomerId,
    filled: &Filled,
) -> Result<TaskState, TaskError> {
    let fields: Map<String, Value> =
        filled.fields.iter().map(|(code, text)| (code.clone(), text.as_str().into())).collect();
    let state = sqlx::query_scalar!(
        r#"select baton.task_outcome($1, $2, $3, $4, $5, $6, $7, ($8::text)::jsonb) as "state!""#,
        push.0,
        customer.0,
        filled.outcome.code(),
        filled.on,
        filled.amount.map(|amount| amount.0),
        filled.note,
        filled.next_on,
        Value::Object(fields).to_string()
    )
    .fetch_one(db)
    .await?;
    Ok(TaskState::from_code(&state))
}

/// Gives open tasks to an RM of the unit, or to the unit itself; gives how many changed hands.
///
/// # Errors
/// [`TaskError`].
pub async fn assign(
    db: &mut PgConnection,
    push: PushId,
    customers: &[CustomerId],
    rm: Option<&str>,
) -> Result<i64, TaskError> {
    let ids: Vec<i64> = customers.iter().map(|customer| customer.0).collect();
    Ok(sqlx::query_scalar!(r#"select baton.task_assign($1, $2, $3) as "tasks!""#, push.0, &ids, rm)
        .fetch_one(db)
        .await?)
}

/// Gives tasks that a unit has given back out again, to an RM of it or to the unit itself; gives how many.
///
/// # Errors
/// [`TaskError`].
pub async fn give_again(
    db: &mut PgConnection,
    push: PushId,
    customers: &[CustomerId],
    rm: Option<&str>,
) -> Result<i64, TaskError> {
    let ids: Vec<i64> = customers.iter().map(|customer| customer.0).collect();
    let given = sqlx::query_scalar!(
        r#"select baton.task_give_again($1, $2, $3) as "tasks!""#,
        push.0,
        &ids,
        rm
    );
    Ok(given.fetch_one(db).await?)
}

/// Gives an open task back to those who pushed it.
///
/// # Errors
/// [`TaskError`].
pub async fn give_back(
    db: &mut PgConnection,
    push: PushId,
    customer: CustomerId,
    reason: &str,
) -> Result<(), TaskError> {
    sqlx::query!("select baton.task_return($1, $2, $3)", push.0, customer.0, reason)
        .execute(db)
        .await?;
    Ok(())
}

/// To whom a task is offered, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referred {
    /// The unit's code, if no RM is named.
    pub org: Option<String>,
    /// The RM's code.
    pub rm: Option<String>,
    /// The last day to take it.
    pub due: NaiveDate,
    /// Per cent of what comes of it that stay with who offers.
    pub credit: i32,
    /// What is written.
    pub note: Option<String>,
}

impl Referred {
    /// To whoever has this code: a unit, or else an RM.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub async fn to(
        db: &mut PgConnection,
        code: &str,
        due: NaiveDate,
        credit: i32,
        note: Option<String>,
    ) -> Result<Self, StoreError> {
        let is_unit = sqlx::query_scalar!(
            r#"select exists (select from baton.org_unit where code = $1) as "unit!""#,
            code
        )
        .fetch_one(db)
        .await?;
        let code = Some(code.to_owned());
        let (org, rm) = if is_unit { (code, None) } else { (None, code) };
        Ok(Self { org, rm, due, credit, note })
    }
}

/// Offers an open task to another unit or RM.
///
/// # Errors
/// [`TaskError`].
pub async fn refer(
    db: &mut PgConnection,
    push: PushId,
    customer: CustomerId,
    to: &Referred,
) -> Result<(), TaskError> {
    sqlx::query!(
        "select baton.task_refer($1, $2, $3, $4, $5, $6, $7)",
        push.0,
        customer.0,
        to.org,
        to.rm,
        to.due,
        to.credit,
        to.note
    )
    .fetch_one(db)
    .await?;
    Ok(())
}

/// Takes a task that was offered, or declines it.
///
/// # Errors
/// [`TaskError`].
pub async fn answer(
    db: &mut PgConnection,
    push: PushId,
    customer: CustomerId,
    accept: bool,
    reason: Option<&str>,
) -> Result<(), TaskError> {
    sqlx::query!("select baton.task_answer($1, $2, $3, $4)", push.0, customer.0, accept, reason)
        .execute(db)
        .await?;
    Ok(())
}

/// Says something of the strategy that was pushed.
///
/// # Errors
/// [`TaskError`].
pub async fn say(
    db: &mut PgConnection,
    push: PushId,
    reason: FeedbackReason,
    text: Option<&str>,
) -> Result<(), TaskError> {
    let said = sqlx::query!("select baton.push_feedback($1, $2, $3)", push.0, reason.code(), text)
        .fetch_one(db)
        .await;
    match said {
        Err(error)
            if error
                .as_database_error()
                .is_some_and(|db| db.constraint() == Some("feedback_other_says_what")) =>
        {
            let (what, detail) = ("reason".to_owned(), String::new());
            Err(StoreError::Task(crate::domain::task::TaskRefusal { what, detail }).into())
        }
        said => {
            said?;
            Ok(())
        }
    }
}

/// What branches have said of a strategy, of all its versions.
///
/// # Errors
/// [`TaskError::Unknown`] or any [`StoreError`].
pub async fn feedback(db: &mut PgConnection, code: &str) -> Result<Feedback, TaskError> {
    strategy::kept(db, code, None).await?;
    let reasons = sqlx::query!(
        r#"select reason, count(*) as "n!" from baton.feedback where strategy = $1 group by reason order by 2 desc, 1"#,
        code
    )
    .fetch_all(&mut *db)
    .await?;
    let words = sqlx::query!(
        r#"select f.version, u.code, u.name, f.reason, f.text as "text!", f.at
           from baton.feedback f join baton.org_unit u on u.id = f.org_id
           where f.strategy = $1 and f.text is not null order by f.at desc, f.id desc limit $2"#,
        code,
        WORDS
    )
    .fetch_all(db)
    .await?;
    let reason = |code: &str| FeedbackReason::from_code(code).unwrap_or(FeedbackReason::Other);
    Ok(Feedback {
        reasons: reasons.into_iter().map(|row| (reason(&row.reason), row.n)).collect(),
        words: words
            .into_iter()
            .map(|row| FeedbackWords {
                version: row.version,
                org: word(&row.code),
                name: word(&row.name),
                reason: reason(&row.reason),
                text: word(&row.text),
                at: row.at,
            })
            .collect(),
    })
}
