//! `baton doctor`: what Baton needs and whether it is there. Answers half of all support questions.
//!
//! It starts nothing and changes nothing: a cluster that is down is told, not woken.

use std::io::IsTerminal as _;

use serde_json::json;

use crate::domain::attribute::Unread;
use crate::domain::message::{Arg, Key, Message};
use crate::msg;
use crate::store::cluster::{Cluster, State};
use crate::store::connect::{CONNECT_LIMIT, within};
use crate::store::engine::Gap;
use crate::store::{
    Db, StoreError, Target, bank, columns, connect, delivery, mart, operator, schema,
};

use super::{Context, Failure, Table};

/// From so many customers on, SQL does not follow typing any more, and the column engine pays.
const PAYS: i64 = 300_000;

/// A worker that has looked within so many minutes runs.
const LATELY: i64 = 15;

/// How many attributes that cannot be read are named.
const MARTS: usize = 10;

/// How something was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Health {
    Good,
    /// Works, but a person may wonder about it.
    Note,
    Fault,
}

/// One thing that was looked at.
struct Check {
    name: &'static str,
    title: Key,
    health: Health,
    detail: Arg,
}

impl Check {
    fn new(name: &'static str, title: Key, health: Health, detail: impl Into<Arg>) -> Self {
        Self { name, title, health, detail: detail.into() }
    }
}

/// Checks everything.
///
/// # Errors
/// [`Failure`] if something that is needed is missing or wrong; the checks are written all the same.
pub async fn run(context: &Context) -> Result<(), Failure> {
    let mut checks = surroundings(context);
    let (found, customers) = database(context).await;
    checks.extend(found);
    checks.push(engine(context, customers).await);
    let faults = checks.iter().filter(|check| check.health == Health::Fault).count();
    let values: Vec<_> = checks.iter().map(|check| value(check, context)).collect();
    context.output.result(&json!({ "ok": faults == 0, "checks": values }), || table(&checks))?;
    if faults == 0 {
        return Ok(());
    }
    Err(Failure::refused(Message::new(msg!("cluster.doctor.faults")).with("count", faults)))
}

fn surroundings(context: &Context) -> Vec<Check> {
    let around = &context.settings.surroundings;
    let config = around.config_file();
    let config = if config.exists() {
        Arg::from(config.display().to_string())
    } else {
        msg!("cluster.doctor.no-config").into()
    };
    let locale = around.lc_all.as_deref().filter(|l| !l.is_empty()).or(around.lang.as_deref());
    let utf8 = locale.is_some_and(|l| l.to_ascii_uppercase().replace('-', "").contains("UTF8"));
    let (locale_health, locale): (_, Arg) = if utf8 {
        (Health::Good, locale.unwrap_or("-").into())
    } else {
        let said = Message::new(msg!("cluster.doctor.locale-not-utf8"));
        (Health::Note, said.with("locale", locale.unwrap_or("-")).into())
    };
    let term = around.term.as_deref().filter(|term| !term.is_empty() && *term != "dumb");
    let (columns, rows) = crossterm::terminal::size().unwrap_or_default();
    let (terminal_health, terminal): (_, Arg) = match term {
        Some(term) if std::io::stdout().is_terminal() => {
            if columns >= 80 && rows >= 24 {
                (Health::Good, format!("{term} {columns}x{rows}").into())
            } else {
                let small = Message::new(msg!("cluster.doctor.terminal-small")).with("term", term);
                let size = small.with("columns", u64::from(columns)).with("rows", u64::from(rows));
                (Health::Note, size.into())
            }
        }
        Some(term) => {
            let said = Message::new(msg!("cluster.doctor.terminal-not-here"));
            (Health::Note, said.with("term", term).into())
        }
        None => (Health::Note, msg!("cluster.doctor.no-terminal").into()),
    };
    let log = around.log_dir().display().to_string();
    let (log_health, log): (_, Arg) = if around.log_dir().is_dir() {
        (Health::Good, log.into())
    } else {
        (Health::Note, Message::new(msg!("cluster.doctor.no-log")).with("path", log).into())
    };
    vec![
        Check::new("config", msg!("cluster.doctor.config"), Health::Good, config),
        Check::new("log", msg!("cluster.doctor.log"), log_health, log),
        Check::new("locale", msg!("cluster.doctor.locale"), locale_health, locale),
        Check::new(
            "language",
            msg!("cluster.doctor.language"),
            Health::Good,
            context.lang().code(),
        ),
        Check::new("terminal", msg!("cluster.doctor.terminal"), terminal_health, terminal),
    ]
}

/// What was found, and how many customers there are if the database could be asked.
async fn database(context: &Context) -> (Vec<Check>, Option<i64>) {
    if !context.is_private() {
        return match context.db().await {
            Ok(db) => connection(db.target()).await,
            Err(failure) => (vec![unreachable(failure.message)], None),
        };
    }
    let cluster = match context.cluster().await {
        Ok(cluster) => cluster,
        Err(failure) => {
            let title = msg!("cluster.doctor.server");
            return (vec![Check::new("server", title, Health::Fault, failure.message)], None);
        }
    };
    let mut checks = vec![programs(&cluster).await];
    let status = cluster.status();
    let data = cluster.place().data_dir.display().to_string();
    let (health, state) = match status.state {
        State::Up => (Health::Good, msg!("cluster.state.up")),
        State::Down => (Health::Note, msg!("cluster.doctor.down")),
        State::Missing => (Health::Note, msg!("cluster.doctor.missing")),
    };
    checks.push(Check::new("data", msg!("cluster.doctor.data"), Health::Good, data));
    checks.push(Check::new("cluster", msg!("cluster.doctor.cluster"), health, state));
    if status.state == State::Up {
        let asked = context.settings.operator.clone();
        let user = asked.unwrap_or_else(|| cluster.own_operator());
        let (found, customers) = connection(&cluster.target(&user)).await;
        checks.extend(found);
        return (checks, customers);
    }
    (checks, None)
}

async fn programs(cluster: &Cluster) -> Check {
    let title = msg!("cluster.doctor.server");
    match cluster.server_programs().await {
        Ok(found) => {
            let detail = format!("PostgreSQL {} {}", found.major, found.bin.display());
            Check::new("server", title, Health::Good, detail)
        }
        Err(error) => Check::new("server", title, Health::Fault, error.message()),
    }
}

/// What can only be asked of the database itself.
async fn connection(target: &Target) -> (Vec<Check>, Option<i64>) {
    let mut db = match Db::new(target.clone(), None).alone().await {
        Ok(db) => db,
        Err(error) => return (vec![unreachable(error.message())], None),
    };
    let version = match within(CONNECT_LIMIT, connect::server_version(&mut db)).await {
        Ok(version) => version,
        Err(error) => return (vec![unreachable(error.message())], None),
    };
    let reached = format!("{} {} PostgreSQL {version}", target.place(), target.database());
    let mut checks =
        vec![Check::new("connection", msg!("cluster.doctor.connection"), Health::Good, reached)];
    let title = msg!("cluster.doctor.schema");
    let mut customers = None;
    match within(CONNECT_LIMIT, schema::check(&mut db)).await {
        Ok(version) => {
            checks.push(Check::new("schema", title, Health::Good, version));
            checks.push(myself(&mut db, target.user()).await);
            checks.push(whose(&mut db).await);
            checks.extend(marts(&mut db).await);
            checks.push(worker(&mut db).await);
            checks.extend(doors(&mut db).await);
            customers = within(CONNECT_LIMIT, columns::customers_about(&mut db)).await.ok();
        }
        Err(error) => checks.push(Check::new("schema", title, Health::Fault, error.message())),
    }
    (checks, customers)
}

/// That the database cannot be reached; the sentence that sends to this command has another end here.
fn unreachable(message: Message) -> Check {
    let message = if message.key == msg!("cluster.unreachable") {
        Message { key: msg!("cluster.doctor.unreachable"), ..message }
    } else {
        message
    };
    Check::new("connection", msg!("cluster.doctor.connection"), Health::Fault, message)
}

async fn myself(db: &mut sqlx::PgConnection, name: &str) -> Check {
    let title = msg!("cluster.doctor.operator");
    let all = match within(CONNECT_LIMIT, operator::list(db)).await {
        Ok(all) => all,
        Err(error) => return Check::new("operator", title, Health::Fault, error.message()),
    };
    let Some(operator) = all.into_iter().find(|operator| operator.name == name) else {
        let message = Message::new(msg!("cluster.doctor.no-operator")).with("name", name);
        return Check::new("operator", title, Health::Fault, message);
    };
    let duties: Vec<_> = operator.duties.iter().map(|duty| duty.code()).collect();
    Check::new("operator", title, Health::Good, format!("{name}: {}", duties.join(", ")))
}

async fn whose(db: &mut sqlx::PgConnection) -> Check {
    let title = msg!("cluster.doctor.bank");
    match within(CONNECT_LIMIT, bank::bank(db)).await {
        Ok(bank) => {
            Check::new("bank", title, Health::Good, format!("{} {}", bank.name, bank.as_of))
        }
        Err(error @ StoreError::NoBank) => Check::new("bank", title, Health::Note, error.message()),
        Err(error) => Check::new("bank", title, Health::Fault, error.message()),
    }
}

/// The attributes that stand in the bank's own marts and cannot be read there: cards and portraits go without them, and
/// rules that name them are refused.
async fn marts(db: &mut sqlx::PgConnection) -> Vec<Check> {
    let title = msg!("attribute.doctor");
    match within(CONNECT_LIMIT, mart::unread(db)).await {
        Err(error) => vec![Check::new("mart", title, Health::Fault, error.message())],
        Ok(unread) => {
            let note = |one: &Unread| Check::new("mart", title, Health::Note, one.message());
            let mut checks: Vec<Check> = unread.iter().take(MARTS).map(note).collect();
            if let Some(more) = unread.len().checked_sub(MARTS).filter(|more| *more > 0) {
                let said = Message::new(msg!("attribute.doctor-more")).with("count", more);
                checks.push(Check::new("mart", title, Health::Note, said));
            }
            checks
        }
    }
}

/// Whether a worker looks for what is due: without one no event rule is run and no message leaves.
async fn worker(db: &mut sqlx::PgConnection) -> Check {
    let title = msg!("delivery.doctor.worker");
    match within(CONNECT_LIMIT, delivery::status::worker_health(db)).await {
        Err(error) => Check::new("worker", title, Health::Fault, error.message()),
        Ok(seen) => match (seen.minutes, seen.waiting) {
            (Some(minutes), _) if minutes <= LATELY => {
                let said = Message::new(msg!("delivery.doctor.seen")).with("minutes", minutes);
                Check::new("worker", title, Health::Good, said)
            }
            (Some(minutes), _) => {
                let said = Message::new(msg!("delivery.doctor.gone")).with("minutes", minutes);
                Check::new("worker", title, Health::Note, said)
            }
            (None, false) => {
                Check::new("worker", title, Health::Good, msg!("delivery.doctor.not-needed"))
            }
            (None, true) => {
                Check::new("worker", title, Health::Note, msg!("delivery.doctor.never"))
            }
        },
    }
}

/// The doors by which messages fail: a branch hears nothing of its tasks meanwhile.
async fn doors(db: &mut sqlx::PgConnection) -> Vec<Check> {
    let title = msg!("delivery.doctor.door");
    match within(CONNECT_LIMIT, delivery::status::failing(db)).await {
        Err(error) => vec![Check::new("door", title, Health::Fault, error.message())],
        Ok(failing) => {
            let checks = failing.iter().map(|one| {
                let said = Message::new(msg!("delivery.doctor.failing"))
                    .with("door", one.door.as_str())
                    .with("units", one.units)
                    .with("resting", one.resting)
                    .with("why", one.reason.message());
                Check::new("door", title, Health::Note, said)
            });
            checks.collect()
        }
    }
}

/// What answers rules: the column engine, or SQL alone, which is enough for a small bank.
async fn engine(context: &Context, customers: Option<i64>) -> Check {
    let title = msg!("engine.doctor");
    let socket = match super::engine::Place::of(context) {
        Ok(place) => place.socket(),
        Err(failure) => return Check::new("engine", title, Health::Note, failure.message),
    };
    match socket.status().await {
        Ok(status) if status.current => {
            Check::new("engine", title, Health::Good, msg!("engine.current"))
        }
        Ok(_) => Check::new("engine", title, Health::Note, msg!("engine.behind")),
        Err(Gap::Absent) => match customers {
            Some(n) if n >= PAYS => {
                let message =
                    Message::new(msg!("engine.would-pay")).with("customers", Arg::Count(n));
                Check::new("engine", title, Health::Note, message)
            }
            Some(_) => Check::new("engine", title, Health::Good, msg!("engine.not-needed")),
            None => Check::new("engine", title, Health::Good, msg!("engine.absent")),
        },
        Err(gap) => Check::new("engine", title, Health::Fault, super::engine::gap_message(&gap)),
    }
}

fn value(check: &Check, context: &Context) -> serde_json::Value {
    let state = match check.health {
        Health::Good => "ok",
        Health::Note => "note",
        Health::Fault => "fault",
    };
    json!({ "name": check.name, "state": state, "detail": context.output.cell(&check.detail) })
}

fn table(checks: &[Check]) -> Table {
    let mut table = Table::new([
        ("state", msg!("cluster.fact.state")),
        ("name", msg!("cli.column.name")),
        ("detail", msg!("cli.column.value")),
    ]);
    for check in checks {
        let state = match check.health {
            Health::Good => msg!("cluster.doctor.good"),
            Health::Note => msg!("cluster.doctor.note"),
            Health::Fault => msg!("cluster.doctor.fault"),
        };
        // A number in this table is a name, not a quantity.
        let detail = match &check.detail {
            Arg::Count(count) => Arg::Text(count.to_string()),
            other => other.clone(),
        };
        table.row([state.into(), check.title.into(), detail]);
    }
    table
}
