//! `baton coaching`: what was seen and agreed at a unit, and what a later look has found.

use chrono::NaiveDate;
use clap::Subcommand;

use super::{Context, Failure, Table};
use crate::domain::coaching::{Coaching, Found, NewCoaching};
use crate::domain::message::Arg;
use crate::msg;
use crate::store::Session;
use crate::store::bank;
use crate::store::coaching::{self, Asked, CoachingError};

/// What to do with the coaching log.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Lists the entries that are open, the first due first
    List {
        /// Of this unit and those below it
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// Those that have ended, too
        #[arg(long)]
        all: bool,
    },
    /// Notes what was seen and agreed
    New {
        /// The unit's code
        #[arg(long, value_name = "CODE")]
        org: String,
        /// The RM's code, if it is about him
        #[arg(long, value_name = "CODE")]
        rm: Option<String>,
        /// What was seen
        #[arg(long, value_name = "TEXT")]
        seen: String,
        /// What was agreed
        #[arg(long, value_name = "TEXT")]
        agreed: String,
        /// Until when
        #[arg(long, value_name = "DATE")]
        due: NaiveDate,
        /// The day on which it was seen (default: the bank's today)
        #[arg(long, value_name = "DATE")]
        on: Option<NaiveDate>,
    },
    /// Says what a look at an agreement has found
    Recheck {
        /// The entry's number
        coaching: i64,
        /// kept ends it, again looks at it on another day, dropped ends it and counts for nobody
        #[arg(long, value_parser = ["kept", "again", "dropped"])]
        result: String,
        /// What was found
        #[arg(long)]
        text: String,
        /// When it is looked at again; with `again`
        #[arg(long, value_name = "DATE")]
        due: Option<NaiveDate>,
    },
}

impl From<CoachingError> for Failure {
    fn from(error: CoachingError) -> Self {
        match error {
            CoachingError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `coaching` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    context.answer(step(args, &mut session, context)).await
}

async fn step(args: Args, session: &mut Session, context: &Context) -> Result<(), Failure> {
    let today = bank::bank(session).await?.as_of;
    let row = match args {
        Args::List { org, all } => {
            let asked = Asked { org, all, coaching: None };
            let rows = coaching::list(session, &asked).await?;
            return context.output.result(&rows, || table(&rows, today));
        }
        Args::New { org, rm, seen, agreed, due, on } => {
            let new = NewCoaching { org, rm, seen_on: on, seen, agreed, due };
            coaching::new(session, &new).await?
        }
        Args::Recheck { coaching: id, result, text, due } => {
            let result = Found::parse(&result).unwrap_or(Found::Again);
            coaching::recheck(session, id, result, &text, due).await?
        }
    };
    context.output.result(&row, || table(std::slice::from_ref(&row), today))
}

fn table(rows: &[Coaching], today: NaiveDate) -> Table {
    let mut table = Table::new([
        ("coaching", msg!("coaching.column.number")),
        ("org", msg!("coaching.column.org")),
        ("org_name", msg!("coaching.column.org-name")),
        ("rm", msg!("coaching.column.rm")),
        ("seen_on", msg!("coaching.column.seen-on")),
        ("seen", msg!("coaching.column.seen")),
        ("agreed", msg!("coaching.column.agreed")),
        ("due", msg!("coaching.column.due")),
        ("state", msg!("coaching.column.state")),
        ("rechecks", msg!("coaching.column.rechecks")),
        ("last", msg!("coaching.column.last")),
        ("by", msg!("coaching.column.by")),
    ]);
    for row in rows {
        let last = row.rechecks.last();
        let (due, word) = row.stands_on(today);
        table.row([
            row.coaching.to_string().into(),
            row.org.as_str().into(),
            row.org_name.as_str().into(),
            row.rm.clone().unwrap_or_default().into(),
            row.seen_on.into(),
            row.seen.as_str().into(),
            row.agreed.as_str().into(),
            due.map_or_else(|| "".into(), Arg::from),
            word.into(),
            row.rechecks.len().into(),
            last.map(|last| last.text.clone()).unwrap_or_default().into(),
            row.by.as_str().into(),
        ]);
    }
    table
}
