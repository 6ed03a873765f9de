//! `baton segment`: count, save, list, show and freeze segments.

use clap::{Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::json;

use super::{Context, Failure, Table};
use crate::domain::message::Arg;
use crate::domain::money::Currency;
use crate::domain::rule::Rule;
use crate::domain::segment::{SegmentCount, SegmentRow, SnapshotRow};
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::segment::{self, LIST_LIMIT, SegmentError};
use crate::store::{Session, attribute};

/// What to do with segments.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Counts a rule's members and their AUM
    Count {
        /// The rule, such as: tier in ('gold') and age >= 30
        #[arg(long, value_name = "RULE")]
        rule: String,
        /// Split the answer, too
        #[arg(long, value_enum)]
        by: Option<By>,
    },
    /// Saves a rule under a code; a known code gets its next version
    Save {
        /// The segment's code, such as SG-PAYROLL
        code: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// The rule
        #[arg(long, value_name = "RULE")]
        rule: String,
    },
    /// Lists every segment's latest version
    List,
    /// Shows a segment's latest version
    Show {
        /// The segment's code
        code: String,
    },
    /// Freezes the list of a segment's members as of today
    Freeze {
        /// The segment's code
        code: String,
    },
}

/// How an answer is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// By the customers' own unit
    Org,
}

impl From<SegmentError> for Failure {
    fn from(error: SegmentError) -> Self {
        match error {
            SegmentError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `segment` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let limit = if matches!(args, Args::Freeze { .. }) { LIST_LIMIT } else { STATEMENT_LIMIT };
    db.within(limit + STATEMENT_LIMIT, step(args, &mut session, context)).await
}

async fn step(args: Args, session: &mut Session, context: &Context) -> Result<(), Failure> {
    match args {
        Args::Count { rule, by } => {
            let (rule, currency) = read(&rule, session).await?;
            let count = segment::count(session, &rule, by.is_some()).await?;
            context.output.result(&count, || count_table(&count, currency))
        }
        Args::Save { code, name, rule } => {
            let (rule, _) = read(&rule, session).await?;
            let row = segment::save(session, &code, &name, &rule).await?;
            context.output.result(&Shown::of(&row), || facts(&row))
        }
        Args::List => {
            let rows = segment::list(session).await?;
            let shown: Vec<Shown<'_>> = rows.iter().map(Shown::of).collect();
            context.output.result(&shown, || list_table(&rows))
        }
        Args::Show { code } => {
            let row = segment::show(session, &code).await?;
            context.output.result(&Shown::of(&row), || facts(&row))
        }
        Args::Freeze { code } => {
            let SnapshotRow { id, customers, hash, as_of } =
                segment::freeze(session, &code).await?;
            let value = json!({ "snapshot": id, "count": customers, "hash": hash });
            context.output.result(&value, || {
                Table::facts([
                    (msg!("segment.fact.snapshot"), id.0.to_string().into()),
                    (msg!("segment.fact.customers"), customers.into()),
                    (msg!("segment.fact.as-of"), as_of.into()),
                    (msg!("segment.fact.hash"), hash.to_string().into()),
                ])
            })
        }
    }
}

/// Reads a rule against the bank's dictionary.
async fn read(text: &str, session: &mut Session) -> Result<(Rule, Currency), Failure> {
    let vocabulary = attribute::vocabulary(session).await?;
    let rule = Rule::parse(text, &vocabulary).map_err(|error| Failure::refused(error.message()))?;
    Ok((rule, vocabulary.bank().currency))
}

/// A segment as JSON has it.
#[derive(Serialize)]
struct Shown<'a> {
    code: &'a str,
    name: &'a str,
    version: i32,
    rule: &'a str,
}

impl<'a> Shown<'a> {
    fn of(row: &'a SegmentRow) -> Self {
        Self { code: &row.code, name: &row.name, version: row.version, rule: &row.rule }
    }
}

fn facts(row: &SegmentRow) -> Table {
    Table::facts([
        (msg!("segment.fact.code"), row.code.as_str().into()),
        (msg!("segment.fact.name"), row.name.as_str().into()),
        (msg!("segment.fact.version"), row.version.into()),
        (msg!("segment.fact.rule"), row.rule.as_str().into()),
        (msg!("segment.fact.author"), row.author.as_str().into()),
    ])
}

fn list_table(rows: &[SegmentRow]) -> Table {
    let mut table = Table::new([
        ("code", msg!("segment.fact.code")),
        ("name", msg!("segment.fact.name")),
        ("version", msg!("segment.fact.version")),
        ("rule", msg!("segment.fact.rule")),
        ("customers", msg!("segment.fact.frozen")),
    ]);
    for row in rows {
        let frozen = row.snapshot.as_ref().map_or_else(|| "".into(), |s| Arg::from(s.customers));
        table.row([
            row.code.as_str().into(),
            row.name.as_str().into(),
            row.version.into(),
            row.rule.as_str().into(),
            frozen,
        ]);
    }
    table
}

fn count_table(count: &SegmentCount, currency: Currency) -> Table {
    let Some(parts) = &count.by_org else {
        return Table::facts([
            (msg!("segment.fact.customers"), count.count.into()),
            (msg!("segment.fact.of"), count.of.into()),
            (msg!("segment.fact.aum"), Arg::Money(count.aum, currency)),
            (msg!("segment.fact.as-of"), count.as_of.into()),
        ]);
    };
    let mut table = Table::new([
        ("org", msg!("segment.fact.org")),
        ("name", msg!("segment.fact.name")),
        ("count", msg!("segment.fact.customers")),
        ("aum", msg!("segment.fact.aum")),
    ]);
    for part in parts {
        table.row([
            part.org.as_str().into(),
            part.name.as_str().into(),
            part.count.into(),
            Arg::Money(part.aum, currency),
        ]);
    }
    table
}
