//! `baton demo`: the demo bank, made in an empty database and left alone where it stands.

use chrono::NaiveDate;
use serde::Serialize;

use crate::domain::message::{Arg, Message};
use crate::domain::operator::Duty;
use crate::msg;
use crate::store::demo::write::{self, Standing, Step};
use crate::store::demo::{story, units};
use crate::store::{connect, schema};
use crate::text;

use super::{Context, Failure, Table};

/// How to make the demo bank.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only makes the bank; does not open the console on it
    #[arg(long)]
    pub no_console: bool,
}

/// The demo's operators: name, duty, and the org unit of those who have one.
const OPERATORS: [(&str, Duty, Option<&str>); 5] = [
    ("li.strategist", Duty::Strategist, None),
    ("wang.approver", Duty::Approver, None),
    ("zhao.viewer", Duty::Viewer, None),
    ("sun.auditor", Duty::Auditor, None),
    ("nancheng.branch", Duty::Branch, Some(story::BRANCH)),
];

/// The answer.
#[derive(Serialize)]
struct Answer {
    bank: &'static str,
    as_of: NaiveDate,
    /// False if it stood there before, and nothing was changed.
    made: bool,
    /// Rows written by target; empty if it stood there before.
    loaded: serde_json::Map<String, serde_json::Value>,
    operators: Vec<&'static str>,
}

/// Makes the demo bank if the database holds no bank.
///
/// # Errors
/// [`Failure`] if another bank stands there, or with the sentence for the operator.
pub async fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let answer = make(context).await?;
    if !args.no_console {
        return Ok(());
    }
    context.output.result(&answer, || {
        Table::facts([
            (msg!("demo.fact.bank"), answer.bank.into()),
            (msg!("demo.fact.as-of"), answer.as_of.into()),
            (msg!("demo.fact.operators"), answer.operators.join(" ").into()),
        ])
    })
}

async fn make(context: &Context) -> Result<Answer, Failure> {
    let target = context.owner_target().await?;
    let mut owner = connect::connect(&target, None).await?;
    schema::migrate(&mut owner).await?;
    let made = match write::standing(&mut owner).await? {
        Standing::Other(bank) => {
            return Err(Failure::refused(Message::new(msg!("demo.other-bank")).with("bank", bank)));
        }
        Standing::Demo => None,
        Standing::Empty => Some(load(context).await?),
    };
    let operators = add_operators(context, &mut owner).await?;
    context.output.say(match made {
        Some(_) => msg!("demo.made"),
        None => msg!("demo.stands"),
    });
    Ok(Answer {
        bank: units::BANK,
        as_of: story::as_of(),
        made: made.is_some(),
        loaded: made.unwrap_or_default(),
        operators,
    })
}

async fn load(context: &Context) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    let db = context.connect().await?;
    let bar = context.output.progress(8);
    let loaded = write::load(&db, story::SEED, |step| {
        let message = match step {
            Step::Table(target) => Message::new(msg!("demo.writing")).with("target", target.code()),
            Step::TakeIn => msg!("demo.taking-in").into(),
        };
        bar.set_message(text::render(&message, context.lang()));
        bar.inc(1);
    })
    .await;
    bar.finish_and_clear();
    db.close().await;
    let loaded = loaded.map_err(|error| Failure::refused(error.message()))?;
    Ok(loaded.into_iter().map(|(target, rows)| (target.code().to_owned(), rows.into())).collect())
}
