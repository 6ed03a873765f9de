//! `baton push`, the steps after it: recall, remind, extend, reassign, and what branches say of it.

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, Failure, Table};
use crate::domain::id::PushId;
use crate::domain::message::{Arg, Message};
use crate::domain::task::{Feedback, FeedbackReason};
use crate::msg;
use crate::store::task::{act, watch};
use crate::store::{Session, bank};
use crate::text::number;

/// What to do with a push that is out.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Takes back what is not done, and keeps what is; on the same day it can be undone
    Recall {
        /// The push's number
        push: i64,
        /// Only of this unit
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// Gives back what was recalled today
        #[arg(long)]
        undo: bool,
    },
    /// Reminds the units with open tasks, each once a day at most
    Remind {
        /// The push's number
        push: i64,
    },
    /// Gives the orders a later last day
    Extend {
        /// The push's number
        push: i64,
        /// The new last day
        #[arg(long, value_name = "DATE")]
        until: NaiveDate,
    },
    /// Gives the open tasks of one RM, or those that no RM has, to another of the same unit
    Reassign {
        /// The push's number
        push: i64,
        /// The staff code of who has them
        #[arg(long, value_name = "CODE", required_unless_present = "unassigned")]
        from: Option<String>,
        /// Those that no RM has: of one who left, for example
        #[arg(long, conflicts_with = "from")]
        unassigned: bool,
        /// The staff code of who gets them
        #[arg(long, value_name = "CODE")]
        to: String,
    },
    /// Says what your unit thinks of the strategy; with --strategy, reads what units have said
    Feedback {
        /// The push's number
        #[arg(required_unless_present = "strategy", conflicts_with = "strategy")]
        push: Option<i64>,
        /// What it is about: list, benefit, script, other
        #[arg(long, value_parser = FeedbackReason::ALL.map(FeedbackReason::code), required_unless_present = "strategy")]
        reason: Option<String>,
        /// In your words; needed for other
        #[arg(long)]
        text: Option<String>,
        /// Reads what units have said of this strategy
        #[arg(long, value_name = "CODE")]
        strategy: Option<String>,
    },
    /// Lists what you were told of your pushes and have not read, and marks one push's as read
    Notices {
        /// Marks those of this push as read
        #[arg(long, value_name = "PUSH")]
        read: Option<i64>,
    },
}

/// Runs one of these steps.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub(super) async fn step(
    args: Args,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    match args {
        Args::Recall { push, org, undo } => {
            let of = PushId(push);
            let (tasks, said) = if undo {
                (watch::undo_recall(session, of, org.as_deref()).await?, msg!("task.done.undone"))
            } else {
                (watch::recall(session, of, org.as_deref()).await?, msg!("task.done.recalled"))
            };
            context.output.say(Message::new(said).with("tasks", tasks));
            told(context, &json!({ "push": push, "org": org, "tasks": tasks, "undone": undo }))
        }
        Args::Remind { push } => {
            let (now, before) = watch::remind(session, PushId(push)).await?;
            let said = Message::new(msg!("task.done.reminded"));
            context.output.say(said.with("now", now).with("before", before));
            told(context, &json!({ "push": push, "reminded": now, "reminded_before": before }))
        }
        Args::Extend { push, until } => {
            let orders = watch::extend(session, PushId(push), until).await?;
            let said = Message::new(msg!("task.done.extended"));
            context.output.say(said.with("orders", orders).with("until", until));
            told(context, &json!({ "push": push, "orders": orders, "until": until }))
        }
        Args::Reassign { push, from, to, .. } => {
            let tasks = watch::reassign(session, PushId(push), from.as_deref(), &to).await?;
            context.output.say(Message::new(msg!("task.done.assigned")).with("tasks", tasks));
            told(context, &json!({ "push": push, "from": from, "to": to, "tasks": tasks }))
        }
        Args::Feedback { strategy: Some(code), .. } => read_feedback(session, context, &code).await,
        Args::Feedback { push, reason, text, .. } => {
            let reason = reason.as_deref().and_then(FeedbackReason::from_code);
            let (Some(push), Some(reason)) = (push, reason) else { return Ok(()) };
            act::say(session, PushId(push), reason, text.as_deref()).await?;
            context.output.say(msg!("task.done.feedback"));
            told(context, &json!({ "push": push, "reason": reason.code(), "text": text }))
        }
        Args::Notices { read } => {
            if let Some(push) = read {
                watch::read(session, PushId(push)).await?;
            }
            notices(session, context).await
        }
    }
}

/// What people call a key of [`told`].
fn called(key: &str) -> Arg {
    let name = match key {
        "push" => msg!("push.fact.push"),
        "org" => msg!("push.fact.org"),
        "tasks" => msg!("push.fact.tasks"),
        "orders" => msg!("push.fact.orders"),
        "until" => msg!("push.fact.deadline"),
        "from" => msg!("task.result.from"),
        "to" => msg!("task.result.to"),
        "reminded" => msg!("task.result.reminded"),
        "reminded_before" => msg!("task.result.reminded-before"),
        "undone" => msg!("task.result.undone"),
        "reason" => msg!("task.column.reason"),
        "text" => msg!("task.column.text"),
        _ => return key.into(),
    };
    name.into()
}

/// The JSON of a step as a table: a line for each key.
fn told(context: &Context, value: &Value) -> Result<(), Failure> {
    context.output.result(value, || {
        let mut table =
            Table::new([("name", msg!("cli.column.name")), ("value", msg!("cli.column.value"))]);
        for (key, value) in value.as_object().into_iter().flatten() {
            let reason = value.as_str().filter(|_| key == "reason");
            let text: Arg = match (value, reason.and_then(FeedbackReason::from_code)) {
                (_, Some(reason)) => reason.label().into(),
                (Value::Null, _) => "".into(),
                (Value::Bool(true), _) => msg!("common.yes").into(),
                (Value::Bool(false), _) => msg!("common.no").into(),
                (Value::String(text), _) => text.as_str().into(),
                (other, _) => other.to_string().into(),
            };
            table.row([called(key), text]);
        }
        table
    })
}

async fn read_feedback(
    session: &mut Session,
    context: &Context,
    code: &str,
) -> Result<(), Failure> {
    let found = act::feedback(session, code).await?;
    let zone = bank::bank(session).await?.timezone;
    context.output.result(&feedback_json(code, &found), || {
        let mut table = Table::new([
            ("reason", msg!("task.column.reason")),
            ("count", msg!("task.column.count")),
            ("org", msg!("push.fact.org")),
            ("text", msg!("task.column.text")),
            ("at", msg!("task.column.at")),
        ]);
        for (reason, count) in &found.reasons {
            let label = reason.label().into();
            table.row([label, (*count).into(), "".into(), "".into(), "".into()]);
        }
        for said in &found.words {
            table.row([
                said.reason.label().into(),
                "".into(),
                format!("{} {}", said.org, said.name).into(),
                said.text.as_str().into(),
                number::moment(&said.at.with_timezone(&zone)).into(),
            ]);
        }
        table
    })
}

fn feedback_json(code: &str, found: &Feedback) -> Value {
    let reasons: Vec<Value> = found
        .reasons
        .iter()
        .map(|(reason, count)| json!({ "reason": reason.code(), "count": count }))
        .collect();
    let words: Vec<Value> = found
        .words
        .iter()
        .map(|said| {
            json!({
                "version": said.version, "org": said.org, "reason": said.reason.code(),
                "text": said.text, "at": said.at,
            })
        })
        .collect();
    json!({ "strategy": code, "reasons": reasons, "texts": words })
}

async fn notices(session: &mut Session, context: &Context) -> Result<(), Failure> {
    let rows = watch::notices(session).await?;
    let value: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "push": row.push, "name": row.name, "told": row.told.code(), "count": row.count,
                "day": row.day,
            })
        })
        .collect();
    context.output.result(&value, || {
        let mut table = Table::new([
            ("push", msg!("push.fact.push")),
            ("name", msg!("push.fact.name")),
            ("told", msg!("task.column.told")),
            ("count", msg!("task.column.count")),
            ("day", msg!("task.column.day")),
        ]);
        for row in &rows {
            table.row([
                row.push.to_string().into(),
                row.name.as_str().into(),
                row.told.label().into(),
                row.count.into(),
                row.day.into(),
            ]);
        }
        table
    })
}
