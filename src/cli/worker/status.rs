//! `worker status` and `worker replay`: where deliveries stand, and putting dead letters back.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::cli::{Context, Failure, Table};
use crate::domain::delivery::{DeadRow, Deliveries, Reason, Replay, UnitRow};
use crate::domain::id::PushId;
use crate::domain::message::{Arg, Message};
use crate::msg;
use crate::store::bank;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::delivery::status::{ReplayError, deliveries, replay as put_back};
use crate::store::segment::LIST_LIMIT;
use crate::text::number;

/// What is to be sent again.
#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct ReplayArgs {
    /// One dead message, by its number
    #[arg(long, value_name = "ID")]
    dead: Option<i64>,
    /// Every message of a push, also those that have left: whoever got them knows their names
    #[arg(long, value_name = "PUSH")]
    push: Option<i64>,
    /// All dead messages
    #[arg(long)]
    all: bool,
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Store(error) => error.into(),
            other @ ReplayError::Unknown { .. } => Self::refused(other.message()),
        }
    }
}

/// Puts dead messages back, or sends a push again.
pub(super) async fn replay(args: &ReplayArgs, context: &Context) -> Result<(), Failure> {
    let what = match (args.dead, args.push) {
        (Some(id), _) => Replay::Dead(id),
        (_, Some(push)) => Replay::Push(PushId(push)),
        _ => Replay::All,
    };
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let put = db
        .within(LIST_LIMIT, async { Ok::<_, Failure>(put_back(&mut session, what).await?) })
        .await?;
    if put.recalled > 0 {
        context.output.say(put.message());
    }
    context.output.result(&json!({ "replayed": put.messages, "recalled": put.recalled }), || {
        Table::facts([
            (msg!("delivery.fact.replayed"), put.messages.into()),
            (msg!("delivery.fact.recalled"), put.recalled.into()),
        ])
    })
}

/// Shows where deliveries stand.
pub(super) async fn show(push: Option<i64>, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let found = db
        .within(STATEMENT_LIMIT, async {
            let found = deliveries(&mut session, push.map(PushId)).await?;
            Ok::<_, Failure>((found, bank::bank(&mut session).await?))
        })
        .await?;
    let (found, bank) = found;
    let local = |at: DateTime<Utc>| number::moment(&at.with_timezone(&bank.timezone));
    if context.output.format == crate::cli::Format::Table {
        context.output.say(sentence(&found, &local));
        for dead in &found.dead {
            context.output.say(dead_sentence(dead));
        }
    }
    context.output.result(&value(&found), || table(&found.units, &local))
}

fn sentence(found: &Deliveries, local: &dyn Fn(DateTime<Utc>) -> String) -> Message {
    let counts = found.counts();
    let seen: Arg = match found.worker_at {
        Some(at) => local(at).into(),
        None => msg!("delivery.worker.never").into(),
    };
    Message::new(msg!("delivery.totals"))
        .with("ready", counts.ready)
        .with("leased", counts.leased)
        .with("dead", counts.dead)
        .with("delivered", counts.delivered)
        .with("seen", seen)
}

fn dead_sentence(dead: &DeadRow) -> Message {
    Message::new(msg!("delivery.dead"))
        .with("id", dead.id.to_string())
        .with("key", dead.key.as_str())
        .with("org", dead.org.as_str())
        .with("door", dead.door.as_str())
        .with("tries", dead.tries)
        .with("why", dead.reason.message())
}

fn value(found: &Deliveries) -> Value {
    let counts = found.counts();
    let doors: Vec<Value> = found
        .doors
        .iter()
        .map(|door| json!({ "door": door.code, "kind": door.kind, "on": door.on, "units": door.units }))
        .collect();
    let orgs: Vec<Value> = found
        .units
        .iter()
        .map(|unit| {
            json!({
                "org": unit.org, "door": unit.door, "ready": unit.counts.ready, "leased": unit.counts.leased,
                "dead": unit.counts.dead, "delivered": unit.counts.delivered, "tasks": unit.tasks,
                "open_until": unit.open_until, "reason": unit.reason.as_ref().map(Reason::code),
            })
        })
        .collect();
    let dead: Vec<Value> = found
        .dead
        .iter()
        .map(|dead| {
            json!({
                "id": dead.id, "message": dead.key, "push": dead.push, "org": dead.org, "door": dead.door,
                "tasks": dead.tasks, "tries": dead.tries, "reason": dead.reason.code(),
            })
        })
        .collect();
    json!({
        "ready": counts.ready,
        "leased": counts.leased,
        "dead": counts.dead,
        "delivered": counts.delivered,
        "oldest": found.oldest,
        "worker_seen_at": found.worker_at,
        "doors": doors,
        "by_org": orgs,
        "dead_letters": dead,
    })
}

fn table(units: &[UnitRow], local: &dyn Fn(DateTime<Utc>) -> String) -> Table {
    let mut table = Table::new([
        ("org", msg!("push.fact.org")),
        ("name", msg!("push.fact.name")),
        ("door", msg!("delivery.fact.door")),
        ("ready", msg!("delivery.fact.ready")),
        ("leased", msg!("delivery.fact.leased")),
        ("dead", msg!("delivery.fact.dead")),
        ("delivered", msg!("delivery.fact.delivered")),
        ("tasks", msg!("push.fact.tasks")),
        ("open_until", msg!("delivery.fact.open-until")),
        ("reason", msg!("delivery.fact.reason")),
    ]);
    for unit in units {
        table.row([
            unit.org.as_str().into(),
            unit.name.as_str().into(),
            unit.door.as_str().into(),
            unit.counts.ready.into(),
            unit.counts.leased.into(),
            unit.counts.dead.into(),
            unit.counts.delivered.into(),
            unit.tasks.into(),
            unit.open_until.map(local).unwrap_or_default().into(),
            unit.reason.as_ref().map_or_else(|| "".into(), |reason| reason.message().into()),
        ]);
    }
    table
}
