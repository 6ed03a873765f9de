//! `baton task`: a branch's tasks, and what it does with them.

mod tables;

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::json;

use super::typed::CustomerNumber;
use super::{Context, Failure, Table};
use crate::domain::id::{CustomerId, PushId};
use crate::domain::message::{Key, Message};
use crate::domain::task::form::Typed;
use crate::domain::task::{CREDIT, TaskList, TaskState};
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::segment::LIST_LIMIT;
use crate::store::task::act::{OutcomeFault, Referred};
use crate::store::task::{self, TaskError, Wanted, act};
use crate::store::{Session, bank, export};

/// What to do with tasks.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Lists your tasks, a hundred at a time: those offered to you first, then the open ones
    List {
        /// Only of this push (default: of all that are live)
        #[arg(long)]
        push: Option<i64>,
        /// Only of this unit; who sees the whole bank names one
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// Only of this RM
        #[arg(long, value_name = "CODE")]
        rm: Option<String>,
        /// Only those that stand so
        #[arg(long, value_parser = ["offer", "open", "offered", "expired", "done", "returned"])]
        state: Option<String>,
        /// How many stand before the first that is shown
        #[arg(long, default_value_t = 0, value_name = "N")]
        skip: usize,
    },
    /// Opens a task: the customer's card, why he is on the list, the script filled for him, what came of it
    Show {
        /// The push's number
        push: i64,
        /// The customer's number
        customer: CustomerNumber,
    },
    /// Keeps what came of a task
    Outcome {
        /// The push's number
        push: i64,
        /// The customer's number
        customer: CustomerNumber,
        /// What came of it: `no_answer`, refused, considering, appointment, sold, `bad_number`
        #[arg(long)]
        outcome: String,
        /// On which day (default: the bank's)
        #[arg(long, value_name = "DATE", default_value = "")]
        on: String,
        /// How much, in major units
        #[arg(long, default_value = "")]
        amount: String,
        /// A note
        #[arg(long, default_value = "")]
        note: String,
        /// The day of the next step
        #[arg(long, value_name = "DATE", default_value = "")]
        next: String,
        /// One of the strategy's own fields: CODE=VALUE
        #[arg(long, value_name = "CODE=VALUE", value_parser = pair)]
        field: Vec<(String, String)>,
    },
    /// Gives tasks to an RM of the unit, or back to the unit itself
    Assign {
        /// The push's number
        push: i64,
        /// The customers' numbers
        #[arg(required = true)]
        customers: Vec<CustomerNumber>,
        /// The RM's staff code; without it the tasks are the unit's
        #[arg(long, value_name = "CODE")]
        rm: Option<String>,
    },
    /// Gives tasks out again that your unit has given back
    GiveAgain {
        /// The push's number
        push: i64,
        /// The customers' numbers
        #[arg(required = true)]
        customers: Vec<CustomerNumber>,
        /// The RM's staff code; without it the tasks are the unit's
        #[arg(long, value_name = "CODE")]
        rm: Option<String>,
    },
    /// Gives a task back to those who pushed it
    Return {
        /// The push's number
        push: i64,
        /// The customer's number
        customer: CustomerNumber,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Offers a task to another unit, or to an RM; it stays yours until it is taken
    Refer {
        /// The push's number
        push: i64,
        /// The customer's number
        customer: CustomerNumber,
        /// The unit's code
        #[arg(long, value_name = "CODE", required_unless_present = "rm")]
        org: Option<String>,
        /// The RM's staff code
        #[arg(long, value_name = "CODE")]
        rm: Option<String>,
        /// The last day to take it
        #[arg(long, value_name = "DATE")]
        until: NaiveDate,
        /// Per cent of what comes of it that stay with you
        #[arg(long, default_value_t = CREDIT)]
        credit: i32,
        /// A note
        #[arg(long)]
        note: Option<String>,
    },
    /// Takes a task that was offered to you
    Accept {
        /// The push's number
        push: i64,
        /// The customer's number
        customer: CustomerNumber,
    },
    /// Declines a task that was offered to you
    Decline {
        /// The push's number
        push: i64,
        /// The customer's number
        customer: CustomerNumber,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (code, value) = text.split_once('=').ok_or("CODE=VALUE")?;
    Ok((code.to_owned(), value.to_owned()))
}

impl From<TaskError> for Failure {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

impl From<OutcomeFault> for Failure {
    fn from(error: OutcomeFault) -> Self {
        match error {
            OutcomeFault::Task(error) => error.into(),
            other @ OutcomeFault::Form(_) => Self::refused(other.message()),
        }
    }
}

/// Runs a `task` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let limit = if context.output.kept.is_some() { LIST_LIMIT } else { STATEMENT_LIMIT * 2 };
    db.within(limit, Box::pin(step(args, &mut session, context))).await
}

/// The page that a screen shows, or the whole for a file.
async fn listed(
    session: &mut Session,
    wanted: &Wanted,
    context: &Context,
) -> Result<TaskList, Failure> {
    if context.output.kept.is_none() {
        return Ok(task::list(session, wanted).await?);
    }
    let list = task::whole(session, wanted).await?;
    let rows = usize::try_from(list.count).unwrap_or_default().saturating_sub(list.skip);
    export::whole(session, list.rows.len(), rows).await?;
    Ok(list)
}

async fn step(args: Args, session: &mut Session, context: &Context) -> Result<(), Failure> {
    match args {
        Args::List { push, org, rm, state, skip } => {
            let state = state.as_deref().map(TaskState::from_code);
            let wanted = Wanted { push: push.map(PushId), org, rm, state, skip };
            let list = listed(session, &wanted, context).await?;
            context.output.result(&tables::list_json(&list), || tables::list(&list))
        }
        Args::Show { push, customer } => {
            let customer = customer.number()?;
            let detail = task::show(session, PushId(push), CustomerId(customer)).await?;
            let bank = bank::bank(session).await?;
            let shown = tables::Detail { task: &detail, bank: &bank, lang: context.lang() };
            context.output.result(&shown.json(), || shown.table())
        }
        Args::Outcome { push, customer, outcome, on, amount, note, next, field } => {
            let customer = customer.number()?;
            let typed = Typed { outcome, on, amount, note, next_on: next, ..Typed::default() };
            let (of, who) = (PushId(push), CustomerId(customer));
            let state = act::outcome_typed(session, of, who, typed, &field).await?;
            changed(context, (push, customer), stands(state), msg!("task.done.outcome"))
        }
        Args::Assign { push, customers, rm } => {
            let ids = customers.iter().map(CustomerNumber::id).collect::<Result<Vec<_>, _>>()?;
            let tasks = act::assign(session, PushId(push), &ids, rm.as_deref()).await?;
            let value = json!({ "push": push, "tasks": tasks, "rm": rm });
            context.output.say(Message::new(msg!("task.done.assigned")).with("tasks", tasks));
            context.output.result(&value, || counted(push, tasks))
        }
        Args::GiveAgain { push, customers, rm } => {
            let ids = customers.iter().map(CustomerNumber::id).collect::<Result<Vec<_>, _>>()?;
            let tasks = act::give_again(session, PushId(push), &ids, rm.as_deref()).await?;
            let value = json!({ "push": push, "tasks": tasks, "rm": rm });
            context.output.say(Message::new(msg!("task.done.given-again")).with("tasks", tasks));
            context.output.result(&value, || counted(push, tasks))
        }
        Args::Return { push, customer, reason } => {
            let customer = customer.number()?;
            act::give_back(session, PushId(push), CustomerId(customer), &reason).await?;
            let state = stands(TaskState::Returned);
            changed(context, (push, customer), state, msg!("task.done.returned"))
        }
        Args::Refer { push, customer, org, rm, until, credit, note } => {
            let customer = customer.number()?;
            let to = Referred { org, rm, due: until, credit, note };
            act::refer(session, PushId(push), CustomerId(customer), &to).await?;
            let state = stands(TaskState::Offered);
            changed(context, (push, customer), state, msg!("task.done.referred"))
        }
        Args::Accept { push, customer } => {
            let customer = customer.number()?;
            act::answer(session, PushId(push), CustomerId(customer), true, None).await?;
            let state = stands(TaskState::Open);
            changed(context, (push, customer), state, msg!("task.done.accepted"))
        }
        Args::Decline { push, customer, reason } => {
            let customer = customer.number()?;
            let (of, who) = (PushId(push), CustomerId(customer));
            act::answer(session, of, who, false, reason.as_deref()).await?;
            let state = ("declined", msg!("task.state.declined"));
            changed(context, (push, customer), state, msg!("task.done.declined"))
        }
    }
}

fn counted(push: i64, tasks: i64) -> Table {
    Table::facts([
        (msg!("push.fact.push"), push.to_string().into()),
        (msg!("push.fact.tasks"), tasks.into()),
    ])
}

/// Says what was done, and how the task stands now.
/// A state's word for programs and its name for people.
fn stands(state: TaskState) -> (&'static str, Key) {
    (state.code(), state.label())
}

fn changed(
    context: &Context,
    (push, customer): (i64, i64),
    (state, name): (&str, Key),
    said: Key,
) -> Result<(), Failure> {
    context.output.say(said);
    let value = json!({ "push": push, "customer": customer, "state": state });
    context.output.result(&value, || {
        Table::facts([
            (msg!("push.fact.push"), push.to_string().into()),
            (msg!("customer.fact.id"), customer.to_string().into()),
            (msg!("push.fact.state"), name.into()),
        ])
    })
}
