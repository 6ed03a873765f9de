//! `baton push`: plan, apply, sign, and how far the branches are.

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::{Value, json};

use super::typed::CustomerNumber;
use super::{Context, Failure, Table, board, planned, watch};
use crate::domain::bank::Bank;
use crate::domain::benefit::PushBenefit;
use crate::domain::board::Step;
use crate::domain::hash::ContentHash;
use crate::domain::id::{PlanId, PushId};
use crate::domain::message::{Arg, Message};
use crate::domain::push::{PushDone, PushRow};
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::engine::KeptLine;
use crate::store::plan::{self, Wave};
use crate::store::push::{self, PushError, Sought};
use crate::store::segment::LIST_LIMIT;
use crate::store::{Session, bank};
use crate::text::number;

/// What to do with pushes.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Draws and keeps the list of an approved strategy; nothing reaches a branch yet
    Plan {
        /// The strategy's code
        code: String,
        /// Which of its waves, from 1
        #[arg(long, value_name = "N", default_value_t = 1)]
        wave: i32,
    },
    /// Shows what a plan would give, on the day on which the wave is due; nothing is kept
    Preview {
        /// The strategy's code
        code: String,
        /// Which of its waves, from 1
        #[arg(long, value_name = "N", default_value_t = 1)]
        wave: i32,
    },
    /// Pushes exactly the list of a plan; sent again, it gives the same answer
    Apply {
        /// The strategy's code
        code: String,
        /// The plan's number
        #[arg(long)]
        plan: i64,
        /// The hash of the list that was shown; another list is refused
        #[arg(long, value_name = "HASH", value_parser = hash)]
        hash: Option<ContentHash>,
    },
    /// Leaves a customer off every list of a strategy that is planned from now on
    Exclude {
        /// The strategy's code
        code: String,
        /// The customer's number
        #[arg(long, value_name = "ID")]
        customer: CustomerNumber,
        /// Why; kept with the audit
        #[arg(
            long,
            value_name = "TEXT",
            required_unless_present = "lift",
            conflicts_with = "lift"
        )]
        note: Option<String>,
        /// Lets him be listed again
        #[arg(long)]
        lift: bool,
    },
    /// Says for a unit that it has its order
    Sign {
        /// The push's number
        push: i64,
        /// The unit's code
        #[arg(long)]
        org: String,
    },
    /// Shows how far a push's customers have come, step by step, and where the chain breaks
    Board(board::Args),
    /// Lists the newest pushes
    List,
    /// Shows a push's orders and how far they are
    Status {
        /// The push's number
        push: i64,
    },
    /// What comes after it
    #[command(flatten)]
    Watch(watch::Args),
}

impl From<PushError> for Failure {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `push` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let long = matches!(
        args,
        Args::Plan { .. }
            | Args::Preview { .. }
            | Args::Apply { .. }
            | Args::Watch(_)
            | Args::Board(_)
    );
    let limit = if long { LIST_LIMIT } else { STATEMENT_LIMIT };
    db.within(limit + STATEMENT_LIMIT, step(args, &mut session, db.engine(), context)).await
}

async fn step(
    args: Args,
    session: &mut Session,
    engine: Option<&KeptLine>,
    context: &Context,
) -> Result<(), Failure> {
    match args {
        Args::Plan { code, wave } => {
            let plan = plan::plan(session, &code, Wave::Number(wave), engine).await?;
            planned::show(&plan, true, context)
        }
        Args::Preview { code, wave } => {
            let plan = plan::preview(session, &code, wave, engine).await?;
            planned::show(&plan, false, context)
        }
        Args::Apply { code, plan, hash } => {
            let plan = PlanId(plan);
            if plan::strategy_of(session, plan).await? != code {
                let name = format!("{code} / {plan}");
                return Err(PushError::Unknown { what: Sought::Plan, name }.into());
            }
            let done = push::apply(session, plan, hash).await?;
            context.output.result(&done_json(&done), || done_table(&done))
        }
        Args::Exclude { code, customer, note, .. } => {
            let id = customer.id()?;
            plan::exclude(session, &code, id, note.as_deref()).await?;
            let value = json!({ "strategy": code, "customer": id, "excluded": note.is_some(), "note": note });
            context.output.result(&value, || {
                let said =
                    if note.is_some() { msg!("push.excluded") } else { msg!("push.included") };
                let said =
                    Message::new(said).with("customer", id.to_string()).with("code", code.as_str());
                Table::facts([(msg!("push.fact.strategy"), said.into())])
            })
        }
        Args::Sign { push, org } => {
            let at = push::sign(session, PushId(push), &org).await?;
            let bank = bank::bank(session).await?;
            let value = json!({ "push": push, "org": org, "signed": true, "signed_at": at });
            context.output.result(&value, || {
                Table::facts([
                    (msg!("push.fact.push"), push.to_string().into()),
                    (msg!("push.fact.org"), org.as_str().into()),
                    (msg!("push.fact.signed-at"), local(at, &bank).into()),
                ])
            })
        }
        Args::Board(args) => board::run(args, session, context).await,
        Args::List => {
            let rows = push::list(session).await?;
            let value: Vec<Value> = rows.iter().map(list_json).collect();
            context.output.result(&value, || list_table(&rows))
        }
        Args::Status { push } => {
            let row = push::status(session, PushId(push)).await?;
            let bank = bank::bank(session).await?;
            if context.output.format == super::Format::Table
                && let Some(said) = row.benefit.as_ref().and_then(PushBenefit::said)
            {
                context.output.say(said);
            }
            context.output.result(&status_json(&row), || status_table(&row, &bank))
        }
        Args::Watch(args) => watch::step(args, session, context).await,
    }
}

/// A hash as it is shown.
fn hash(text: &str) -> Result<ContentHash, String> {
    ContentHash::parse(text).ok_or_else(|| "64 hexadecimal digits".to_owned())
}

/// Seconds with three decimals, from whole milliseconds.
fn seconds(done: &PushDone) -> Value {
    let text = format!("{}.{:03}", done.millis / 1000, done.millis % 1000);
    text.parse::<f64>().map_or(Value::Null, Value::from)
}

fn done_json(done: &PushDone) -> Value {
    json!({
        "push": done.push,
        "tasks": done.tasks,
        "control": done.control,
        "orders": done.orders,
        "seconds": seconds(done),
    })
}

fn done_table(done: &PushDone) -> Table {
    Table::facts([
        (msg!("push.fact.push"), done.push.to_string().into()),
        (msg!("push.fact.tasks"), done.tasks.into()),
        (msg!("push.fact.control"), done.control.into()),
        (msg!("push.fact.orders"), done.orders.into()),
        (msg!("push.fact.seconds"), seconds(done).to_string().into()),
    ])
}

fn state(row: &PushRow) -> &'static str {
    if row.live { "live" } else { "ended" }
}

fn state_word(row: &PushRow) -> Arg {
    if row.live { msg!("push.state.live").into() } else { msg!("push.state.ended").into() }
}

fn unit_benefit(benefit: &PushBenefit, org: &str) -> Value {
    let (given, short) = benefit.of(org);
    let unit = benefit.unit(org);
    let shared = unit.and_then(|unit| unit.drawn_on.as_ref());
    json!({
        "given": given, "short": short, "quota": unit.and_then(|unit| unit.quota),
        "quota_of": shared.map(|(whose, _)| whose), "quota_given": shared.and_then(|(_, all)| *all),
    })
}

fn status_json(row: &PushRow) -> Value {
    let orders: Vec<Value> = row
        .orders
        .iter()
        .map(|o| {
            json!({
                "org": o.org,
                "signed": o.signed_at.is_some(),
                "signed_at": o.signed_at,
                "tasks": o.tasks,
                "open": o.open,
                "done": o.done,
                "deadline": o.deadline,
                "recalled_at": o.recalled_at,
                "reminded_at": o.reminded_at,
                "overdue": o.overdue,
                "delivery": o.delivery,
                "benefits": row.benefit.as_ref().map(|benefit| unit_benefit(benefit, &o.org)),
            })
        })
        .collect();
    let benefit = row.benefit.as_ref().map(|benefit| {
        let total = benefit.total();
        json!({
            "stock": benefit.stock, "quota": benefit.quotas.each,
            "given": total.map(|(given, _)| given), "short": total.map(|(_, short)| short),
        })
    });
    json!({ "push": row.push, "state": state(row), "benefit": benefit, "orders": orders })
}

/// To the minute, as the bank's own clocks show it; JSON has the exact moment.
fn local(at: DateTime<Utc>, bank: &Bank) -> String {
    number::moment(&at.with_timezone(&bank.timezone))
}

fn status_table(row: &PushRow, bank: &Bank) -> Table {
    let mut table = Table::new([
        ("org", msg!("push.fact.org")),
        ("name", msg!("push.fact.name")),
        ("signed_at", msg!("push.fact.signed-at")),
        ("tasks", msg!("push.fact.tasks")),
        ("open", msg!("push.fact.open")),
        ("done", msg!("push.fact.done")),
        ("deadline", msg!("push.fact.deadline")),
        ("delivery", msg!("push.fact.delivery")),
    ]);
    for order in &row.orders {
        let delivery = order.delivery.and_then(|counts| counts.stands());
        table.row([
            order.org.as_str().into(),
            order.name.as_str().into(),
            order.signed_at.map(|at| local(at, bank)).unwrap_or_default().into(),
            order.tasks.into(),
            order.open.into(),
            order.done.into(),
            order.deadline.into(),
            delivery.map_or_else(|| "".into(), |(key, _)| key.into()),
        ]);
    }
    table
}

fn list_json(row: &PushRow) -> Value {
    json!({
        "push": row.push,
        "strategy": row.strategy,
        "version": row.version,
        "state": state(row),
        "as_of": row.as_of,
        "deadline": row.deadline,
        "orders": row.orders.len(),
        "signed": row.orders.iter().filter(|o| o.signed_at.is_some()).count(),
        "tasks": row.orders.iter().map(|o| o.tasks).sum::<i64>(),
        "done": row.orders.iter().map(|o| o.done).sum::<i64>(),
        "break": row.broken.map(Step::code),
    })
}

fn list_table(rows: &[PushRow]) -> Table {
    let mut table = Table::new([
        ("push", msg!("push.fact.push")),
        ("strategy", msg!("push.fact.strategy")),
        ("version", msg!("push.fact.version")),
        ("name", msg!("push.fact.name")),
        ("state", msg!("push.fact.state")),
        ("deadline", msg!("push.fact.deadline")),
        ("orders", msg!("push.fact.orders")),
        ("tasks", msg!("push.fact.tasks")),
        ("done", msg!("push.fact.done")),
        ("break", msg!("board.fact.break")),
    ]);
    for row in rows {
        table.row([
            row.push.to_string().into(),
            row.strategy.as_str().into(),
            row.version.into(),
            row.name.as_str().into(),
            state_word(row),
            row.deadline.into(),
            row.orders.len().into(),
            row.orders.iter().map(|o| o.tasks).sum::<i64>().into(),
            row.orders.iter().map(|o| o.done).sum::<i64>().into(),
            row.broken.map_or_else(|| "".into(), |step| step.title().into()),
        ]);
    }
    table
}
