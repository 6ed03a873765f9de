//! `baton finding`: what was seen, who follows it up, what came of it.

use chrono::NaiveDate;
use clap::Subcommand;

use super::{Context, Failure, Table};
use crate::domain::finding::{FindingRow, NewFinding, SizeUnit};
use crate::domain::message::Arg;
use crate::domain::money::{Currency, Minor};
use crate::msg;
use crate::store::finding::{self, FindingError};
use crate::store::{Session, bank};

/// What to do with findings.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Lists the findings that are open
    List {
        /// Those that are closed, too
        #[arg(long)]
        all: bool,
    },
    /// Notes a finding
    New {
        /// What was seen
        text: String,
        /// The org unit's code (default: the whole bank)
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// The day, or the last of the period
        #[arg(long, value_name = "DATE")]
        day: NaiveDate,
        /// The day before the period
        #[arg(long, value_name = "DATE")]
        from: Option<NaiveDate>,
        /// The metric that moved
        #[arg(long, value_name = "CODE")]
        metric: Option<String>,
        /// The rule of the group of customers (default: everyone)
        #[arg(long, value_name = "RULE")]
        rule: Option<String>,
        /// How large the movement is; money in minor units
        #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
        size: i64,
        /// What the size is counted in
        #[arg(long, default_value = "number", value_parser = ["customers", "money", "number", "ppm"])]
        unit: String,
        /// Who follows it up (default: you)
        #[arg(long, value_name = "OPERATOR")]
        owner: Option<String>,
    },
    /// Closes a finding with what came of it
    Close {
        /// Its number
        finding: i64,
        /// What came of it
        #[arg(long)]
        text: String,
    },
}

impl From<FindingError> for Failure {
    fn from(error: FindingError) -> Self {
        match error {
            FindingError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `finding` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    context.answer(step(args, &mut session, context)).await
}

async fn step(args: Args, session: &mut Session, context: &Context) -> Result<(), Failure> {
    let currency = bank::bank(session).await?.currency;
    let row = match args {
        Args::List { all } => {
            let rows = finding::list(session, all).await?;
            return context.output.result(&rows, || table(&rows, currency));
        }
        Args::New { text, org, day, from, metric, rule, size, unit, owner } => {
            let unit = SizeUnit::parse(&unit);
            let new =
                NewFinding { metric, org, rule, from_day: from, day, size, unit, text, owner };
            finding::new(session, &new).await?
        }
        Args::Close { finding, text } => finding::close(session, finding, &text).await?,
    };
    context.output.result(&row, || table(std::slice::from_ref(&row), currency))
}

fn table(rows: &[FindingRow], currency: Currency) -> Table {
    let mut table = Table::new([
        ("finding", msg!("finding.column.number")),
        ("day", msg!("finding.column.day")),
        ("from", msg!("finding.column.from")),
        ("org", msg!("finding.column.org")),
        ("metric", msg!("finding.column.metric")),
        ("size", msg!("finding.column.size")),
        ("unit", msg!("finding.column.unit")),
        ("text", msg!("finding.column.text")),
        ("owner", msg!("finding.column.owner")),
        ("state", msg!("finding.column.state")),
        ("closing", msg!("finding.column.closing")),
    ]);
    for row in rows {
        let size: Arg = match row.unit {
            SizeUnit::Money => Arg::Money(Minor(row.size), currency),
            _ => row.size.into(),
        };
        let state = if row.open { msg!("finding.open") } else { msg!("finding.closed") };
        table.row([
            row.finding.to_string().into(),
            row.day.into(),
            row.from.map_or_else(|| String::new().into(), Arg::from),
            row.org.as_str().into(),
            row.metric.clone().unwrap_or_default().into(),
            size,
            row.unit.word().into(),
            row.text.as_str().into(),
            row.owner.as_str().into(),
            state.into(),
            row.closing.clone().unwrap_or_default().into(),
        ]);
    }
    table
}
