//! `baton door`: how messages leave for branch systems. Making one is the administrators', for customers' records leave by it.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use super::{Context, Failure, Table};
use crate::domain::delivery::{DoorKind, DoorRow, door_state};
use crate::domain::message::Message;
use crate::msg;
use crate::store::delivery::door::{self, DoorError};

/// What to do with doors.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Makes a door, or changes one; it is open then
    Add {
        /// Its code: letters, digits, - and _
        code: String,
        /// inbox: rows for a login of this database; file: files in a directory; webhook: signed messages over HTTP
        #[arg(long, value_parser = PossibleValuesParser::new(DoorKind::ALL.map(DoorKind::code)))]
        kind: String,
        /// The login that reads the inbox, the directory, or the address
        #[arg(long = "to", value_name = "TARGET")]
        target: String,
        /// Codes of the units that it serves with all below them (default: the whole bank)
        #[arg(long = "org", value_name = "CODE", value_delimiter = ',')]
        orgs: Vec<String>,
    },
    /// Lists the doors
    List,
    /// Shuts a door: its messages wait
    Off {
        /// Its code
        code: String,
    },
    /// Opens it again
    On {
        /// Its code
        code: String,
    },
}

impl From<DoorError> for Failure {
    fn from(error: DoorError) -> Self {
        match error {
            DoorError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `door` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args {
        Args::Add { code, kind, target, orgs } => {
            let kind = DoorKind::from_code(&kind).unwrap_or(DoorKind::Inbox);
            let mut owner = context.owner().await?.alone().await?;
            let before = context.answer(door::list(&mut owner)).await?;
            let put = door::put(&mut owner, &code, kind, &target, &orgs);
            context.answer(put).await?;
            let after = context.answer(door::list(&mut owner)).await?;
            for (door, unit) in taken(&code, &before, &after) {
                let said = Message::new(msg!("delivery.door.taken")).with("unit", unit);
                context.output.say(said.with("door", door));
            }
            one(&code, context, &mut owner).await
        }
        Args::Off { code } => turn(&code, false, context).await,
        Args::On { code } => turn(&code, true, context).await,
        Args::List => {
            let db = context.connect().await?;
            let mut session = db.session().await?;
            let doors = context.answer(door::list(&mut session)).await?;
            let values: Vec<Value> = doors.iter().map(value).collect();
            context.output.result(&values, || table(&doors))
        }
    }
}

/// What this door has now and another had before: by that one's code.
fn taken<'a>(code: &str, before: &'a [DoorRow], after: &[DoorRow]) -> Vec<(&'a str, &'a str)> {
    let now = after.iter().filter(|door| door.code == code).flat_map(|door| &door.units);
    let now: Vec<&String> = now.collect();
    let others = before.iter().filter(|door| door.code != code);
    let units = others.flat_map(|door| door.units.iter().map(|unit| (door.code.as_str(), unit)));
    units.filter(|(_, unit)| now.contains(unit)).map(|(door, unit)| (door, unit.as_str())).collect()
}

async fn turn(code: &str, on: bool, context: &Context) -> Result<(), Failure> {
    let mut owner = context.owner().await?.alone().await?;
    context.answer(door::set(&mut owner, code, on)).await?;
    one(code, context, &mut owner).await
}

/// Shows the door as it then stands.
async fn one(code: &str, context: &Context, owner: &mut sqlx::PgConnection) -> Result<(), Failure> {
    let doors = context.answer(door::list(owner)).await?;
    let doors: Vec<DoorRow> = doors.into_iter().filter(|door| door.code == code).collect();
    context.output.result(&doors.first().map(value), || table(&doors))
}

fn value(door: &DoorRow) -> Value {
    json!({ "door": door.code, "kind": door.kind, "to": door.target, "on": door.on, "units": door.units })
}

fn table(doors: &[DoorRow]) -> Table {
    let mut table = Table::new([
        ("door", msg!("delivery.fact.door")),
        ("kind", msg!("delivery.fact.kind")),
        ("to", msg!("delivery.fact.to")),
        ("state", msg!("push.fact.state")),
        ("units", msg!("delivery.fact.units")),
    ]);
    for door in doors {
        table.row([
            door.code.as_str().into(),
            door.kind.code().into(),
            door.target.as_str().into(),
            door_state(door.on).into(),
            door.units.join(", ").into(),
        ]);
    }
    table
}
