//! `baton engine`: the process that answers segment questions from columns, and its building.
#![expect(clippy::disallowed_methods, reason = "a build says how long it took")]

mod answer;
mod asking;
mod build;
mod files;
mod serve;
mod sets;

use std::time::Instant;

use clap::Subcommand;
use serde_json::json;
use sqlx::PgConnection;

use self::answer::Stand;
pub use self::asking::Which;
pub(crate) use self::asking::counted;
pub(crate) use self::files::Place;
pub use self::sets::leaf_set;
use super::{Context, Failure, Table};
use crate::domain::message::{Arg, Key, Message};
use crate::engine::Columns;
use crate::msg;
use crate::store::columns::Contents;
use crate::store::connect::Alone;
use crate::store::engine::{Gap, Status};
use crate::store::{Db, columns};

/// The engine of the database.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What of it; nothing serves until it is ended
    #[command(subcommand)]
    pub what: Option<What>,
}

/// What of the engine.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum What {
    /// Says whether it runs, what it holds and whether that is current
    Status,
    /// Reads everything from the database and writes the file that the engine starts from
    Build,
}

/// Runs an `engine` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args.what {
        None => {
            let db = context.owner().await?;
            let place = Place::of(context)?;
            let socket = place.socket().0.display().to_string();
            let told = place.clone();
            let ready = || {
                if let Some(refused) = told.refused() {
                    context.output.say(refused);
                }
                context.output.say(Message::new(msg!("engine.ready")).with("socket", socket));
                Ok(())
            };
            serve::serve(db, place, ready).await
        }
        Some(What::Status) => status(context).await,
        Some(What::Build) => build_file(context).await,
    }
}

/// What the system said of a file or a socket.
fn io(error: &std::io::Error) -> Failure {
    Failure::refused(Message::new(msg!("engine.io")).with("detail", told(error)))
}

/// The same in the operator's language, where it is one of what can be done something about; else as the system says it.
fn told(error: &std::io::Error) -> Message {
    use std::io::ErrorKind as Kind;
    match error.kind() {
        Kind::PermissionDenied => msg!("engine.io.denied").into(),
        Kind::StorageFull | Kind::QuotaExceeded => msg!("engine.io.full").into(),
        Kind::ReadOnlyFilesystem => msg!("engine.io.read-only").into(),
        Kind::NotFound | Kind::NotADirectory => msg!("engine.io.no-directory").into(),
        _ => Message::new(msg!("engine.io.other")).with("said", error.to_string()),
    }
}

/// Removes the columns of a database that is dropped.
///
/// # Errors
/// [`Failure`] if the file stands and cannot be removed.
pub(crate) fn forget(context: &Context) -> Result<(), Failure> {
    Place::of(context)?.forget().map_err(|error| io(&error))
}

/// Columns of the data that stand now, or what is left to do for them.
enum Renewal {
    /// There they are, and whether the file lacks them.
    Done(Box<Stand>, bool),
    /// All must be read anew, in the snapshot that has begun.
    Build(Box<(Alone, Contents)>),
}

/// Those that stand, or of the file, with what has changed since.
async fn renewal(db: &Db, place: &Place, stands: Option<&Columns>) -> Result<Renewal, Failure> {
    let mut alone = db.alone().await?;
    let contents = columns::begin(&mut alone).await?;
    let wanted = build::version(&contents);
    let kept = match stands {
        Some(stands) => Some(stands.clone()),
        None => place.read().await,
    };
    let known = kept.as_ref().is_some_and(|columns| columns.version == wanted);
    let columns = match kept {
        Some(kept) if known => Some(kept),
        Some(kept) => {
            let twin = db.twin(&alone).await.ok();
            build::refresh(&mut alone, twin, &contents, &kept).await?.ok()
        }
        None => None,
    };
    match columns {
        Some(columns) => Ok(Renewal::Done(Box::new(ended(alone, columns).await?), !known)),
        None => Ok(Renewal::Build(Box::new((alone, contents)))),
    }
}

/// All columns, read anew.
async fn built(db: &Db, begun: (Alone, Contents)) -> Result<Stand, Failure> {
    let (mut alone, contents) = begun;
    let twin = db.twin(&alone).await.ok();
    let columns = build::build(&mut alone, twin, &contents).await?;
    ended(alone, columns).await
}

async fn ended(mut alone: Alone, columns: Columns) -> Result<Stand, Failure> {
    let units = columns::unit_names(&mut alone).await?;
    columns::end(&mut alone).await?;
    alone.close().await.ok();
    Ok(Stand::new(columns, units))
}

/// All columns of a database, read anew, over the second connection too if there is one.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn load(db: &mut PgConnection, beside: Option<PgConnection>) -> Result<Columns, Failure> {
    let contents = columns::begin(db).await?;
    let built = build::build(db, beside, &contents).await?;
    columns::end(db).await?;
    Ok(built)
}

/// These columns with what loads have changed since, read over the second connection too if there is one; none if everything
/// must be read anew.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn renew(
    db: &mut PgConnection,
    beside: Option<PgConnection>,
    stands: &Columns,
) -> Result<Option<Columns>, Failure> {
    let contents = columns::begin(db).await?;
    let renewed = build::refresh(db, beside, &contents, stands).await?;
    columns::end(db).await?;
    Ok(renewed.ok())
}

async fn build_file(context: &Context) -> Result<(), Failure> {
    let began = Instant::now();
    let db = context.owner().await?;
    let place = Place::of(context)?;
    place.make()?;
    let mut alone = db.alone().await?;
    let twin = db.twin(&alone).await.ok();
    let built = load(&mut alone, twin).await?;
    alone.close().await.ok();
    place.write(&built).map_err(|error| io(&error))?;
    let status = Stand::new(built, Vec::new()).status();
    let value = json!({
        "load": status.load, "as_of": status.as_of, "customers": status.customers, "columns": status.columns,
        "bytes": status.bytes, "event_bytes": status.event_bytes,
        "ms": u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "file": place.file().display().to_string(),
    });
    // It is in the file; whether a process answers from it is another question.
    let file = place.file().display().to_string();
    context.output.result(&value, || {
        let mut rows = vec![(msg!("engine.fact.file"), file.into())];
        rows.extend(held(&status));
        Table::facts(rows)
    })
}

async fn status(context: &Context) -> Result<(), Failure> {
    match Place::of(context)?.socket().status().await {
        Ok(status) => {
            let mut value = json!({ "running": true });
            if let (Some(all), Ok(serde_json::Value::Object(more))) =
                (value.as_object_mut(), serde_json::to_value(&status))
            {
                all.extend(more);
            }
            context.output.result(&value, || facts(&status))
        }
        Err(gap) => {
            let value = json!({ "running": false });
            context.output.result(&value, || {
                Table::facts([(msg!("engine.fact.state"), gap_message(&gap).into())])
            })
        }
    }
}

/// Why the engine does not answer, for people.
pub(crate) fn gap_message(gap: &Gap) -> Message {
    match gap {
        Gap::Absent => msg!("engine.absent").into(),
        Gap::Late => msg!("engine.late").into(),
        Gap::Behind => msg!("engine.behind").into(),
        Gap::Unable(leaves) => {
            Message::new(msg!("engine.unable")).with("leaves", leaves.join(", "))
        }
        Gap::Refused => msg!("engine.refused").into(),
        Gap::Foreign => msg!("engine.foreign").into(),
    }
}

fn facts(status: &Status) -> Table {
    let state = if status.current { msg!("engine.current") } else { msg!("engine.behind") };
    let mut rows = vec![(msg!("engine.fact.state"), state.into())];
    rows.extend(held(status));
    Table::facts(rows)
}

/// What the columns are of, and how large.
fn held(status: &Status) -> [(Key, Arg); 5] {
    let bytes = |bytes: u64| Arg::Count(i64::try_from(bytes).unwrap_or(i64::MAX));
    [
        (msg!("engine.fact.as-of"), status.as_of.map_or_else(|| "-".into(), Arg::from)),
        (msg!("engine.fact.customers"), bytes(status.customers)),
        (msg!("engine.fact.columns"), bytes(status.columns)),
        (msg!("engine.fact.bytes"), bytes(status.bytes)),
        (msg!("engine.fact.event-bytes"), bytes(status.event_bytes)),
    ]
}
