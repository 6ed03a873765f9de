//! `baton db`: the private cluster's life, and the schema of any database.

use std::io::{IsTerminal as _, Write as _};

use clap::Subcommand;
use serde_json::json;

use crate::domain::message::Message;
use crate::msg;
use crate::store::cluster::{Cluster, State};
use crate::store::{Db, StoreError, bootstrap, connect, schema};
use crate::text;

use super::{Context, Failure, Format, Table, drafts};

/// What to do with the database.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Makes the private PostgreSQL if it is missing, and starts it
    Up,
    /// Stops the private PostgreSQL
    Down,
    /// Says what is there and whether it runs
    Status,
    /// Writes the URL of the operator's database, for psql and other programs
    Url,
    /// Brings the schema to this program's version
    Migrate,
    /// Drops the private database with everything in it, and makes an empty one
    Reset {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Runs a `db` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args {
        Args::Up => up(context).await,
        Args::Down => down(context).await,
        Args::Status => status(context).await,
        Args::Url => url(context).await,
        Args::Migrate => migrate(context).await,
        Args::Reset { yes } => reset(context, yes).await,
    }
}

/// The private cluster, for commands that have no meaning on a bank's server.
async fn private(context: &Context) -> Result<Cluster, Failure> {
    if !context.is_private() {
        return Err(Failure::refused(msg!("cluster.only-private")));
    }
    context.cluster().await
}

async fn up(context: &Context) -> Result<(), Failure> {
    let cluster = private(context).await?;
    if cluster.status().state == State::Missing {
        context.output.say(msg!("cluster.making"));
    }
    cluster.up().await?;
    tell(context, &cluster).await
}

async fn down(context: &Context) -> Result<(), Failure> {
    let cluster = private(context).await?;
    drafts::sweep(&context.drafts_dir());
    cluster.down().await?;
    tell(context, &cluster).await
}

async fn status(context: &Context) -> Result<(), Failure> {
    if context.is_private() {
        return tell(context, &context.cluster().await?).await;
    }
    let db = context.db().await?;
    let mut session = db.session().await?;
    let (server, schema) = context.answer(versions(&mut session)).await?;
    let place = db.target().place();
    let value = json!({
        "state": "up", "place": place, "database": db.target().database(), "operator": db.operator(),
        "server_version": server, "schema": schema, "program_schema": schema::program_version(),
    });
    context.output.result(&value, || {
        Table::facts([
            (msg!("cluster.fact.state"), state_name(State::Up).into()),
            (msg!("cluster.fact.place"), place.as_str().into()),
            (msg!("cluster.fact.operator"), db.operator().into()),
            (msg!("cluster.fact.server"), server.as_str().into()),
            (msg!("cluster.fact.schema"), schema.map_or_else(|| "".into(), Into::into)),
        ])
    })
}

/// What `up`, `down` and `status` answer. Asking starts nothing.
async fn tell(context: &Context, cluster: &Cluster) -> Result<(), Failure> {
    let status = cluster.status();
    let (mut server, mut schema) = (status.major.map(|major| major.to_string()), None);
    if status.state == State::Up {
        let target = cluster.target(&cluster.own_operator());
        if let Ok(mut session) = Db::new(target, None).alone().await {
            let (version, number) = context.answer(versions(&mut session)).await?;
            (server, schema) = (Some(version), number);
        }
    }
    let data = cluster.place().data_dir.display().to_string();
    let run = status.run_dir.map(|dir| dir.display().to_string());
    let value = json!({
        "state": status.state.code(), "held_since": cluster.held_since(), "data_dir": data, "socket_dir": run, "pid": status.pid,
        "server_version": server, "schema": schema, "program_schema": schema::program_version(),
    });
    context.output.result(&value, || {
        Table::facts([
            (msg!("cluster.fact.state"), state_name(status.state).into()),
            (msg!("cluster.fact.data-dir"), data.as_str().into()),
            (msg!("cluster.fact.socket-dir"), run.unwrap_or_default().into()),
            (
                msg!("cluster.fact.pid"),
                status.pid.map_or_else(String::new, |p| p.to_string()).into(),
            ),
            (msg!("cluster.fact.server"), server.unwrap_or_default().into()),
            (msg!("cluster.fact.schema"), schema.map_or_else(|| "".into(), Into::into)),
        ])
    })
}

/// The server's version, and the schema's number.
async fn versions(db: &mut sqlx::PgConnection) -> Result<(String, Option<i64>), StoreError> {
    let server = connect::server_version(db).await?;
    Ok((server, schema_number(schema::check(db).await)?))
}

/// The schema's number where it is this program's or at least has one.
fn schema_number(checked: Result<i64, StoreError>) -> Result<Option<i64>, StoreError> {
    match checked {
        Ok(version) => Ok(Some(version)),
        Err(StoreError::WrongVersion(gap)) => Ok(gap.database()),
        Err(error) => Err(error),
    }
}

fn state_name(state: State) -> Message {
    match state {
        State::Missing => msg!("cluster.state.missing"),
        State::Down => msg!("cluster.state.down"),
        State::Up => msg!("cluster.state.up"),
    }
    .into()
}

async fn url(context: &Context) -> Result<(), Failure> {
    let url = context.db().await?.target().url();
    if context.output.format == Format::Table {
        // `psql "$(baton db url)"`: nothing but the URL.
        return context.output.raw(format!("{url}\n").as_bytes());
    }
    context.output.result(&json!({ "url": url }), || {
        let mut table = Table::new([("url", msg!("cluster.fact.url"))]);
        table.row([url.as_str().into()]);
        table
    })
}

async fn migrate(context: &Context) -> Result<(), Failure> {
    let version = migrated(context).await?;
    context.output.result(&json!({ "version": version }), || {
        Table::facts([(msg!("cluster.fact.schema"), version.into())])
    })
}

/// Brings the schema to this program's version, and gives it.
pub(super) async fn migrated(context: &Context) -> Result<i64, Failure> {
    let db = context.owner().await?;
    if !context.is_private() {
        let mut postgres = db.alone_in("postgres").await?;
        context.answer(bootstrap::roles(&mut postgres)).await?;
    }
    let mut owner = db.alone().await?;
    context.answer(bootstrap::database(&mut owner)).await?;
    Ok(schema::migrate(&mut owner).await?)
}

async fn reset(context: &Context, yes: bool) -> Result<(), Failure> {
    let cluster = private(context).await?;
    context.only_owner(&cluster)?;
    if !yes && !std::io::stdin().is_terminal() {
        return Err(Failure::usage(msg!("cluster.reset.needs-yes")));
    }
    if !yes && !confirmed(context)? {
        return Err(Failure::refused(msg!("cluster.reset.kept")));
    }
    drafts::sweep(&context.drafts_dir());
    cluster.reset().await?;
    super::engine::forget(context)?;
    tell(context, &cluster).await
}

/// Asks for a whole word, so that no single key drops a bank.
fn confirmed(context: &Context) -> Result<bool, Failure> {
    let question = text::render(&msg!("cluster.reset.ask").into(), context.lang());
    write!(std::io::stderr(), "{question} ").ok();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|error| {
        Failure::refused(Message::new(msg!("cli.unreadable")).with("detail", error.to_string()))
    })?;
    Ok(answer.trim() == "reset")
}
