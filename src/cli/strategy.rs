//! `baton strategy`: write, submit, approve and show strategies.
#![expect(clippy::disallowed_methods, reason = "a strategy's text is read from a file here")]

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;

use super::{Context, Failure, Table};
use crate::domain::clean::clean;
use crate::domain::hash::ContentHash;
use crate::domain::message::{Arg, Message};
use crate::domain::strategy::text::share;
use crate::domain::strategy::{StrategyRow, StrategyState, file};
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::strategy::{self, StrategyError, state_name};
use crate::store::{Session, attribute, bank};

/// What to do with strategies.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Writes a file's text as the next draft version of its code
    New {
        /// A TOML file
        file: PathBuf,
        /// The version that the text was made from, 0 for a new code: if another stands there, nothing is written
        #[arg(long, value_name = "VERSION")]
        base: Option<i32>,
    },
    /// Fixes the latest draft's text and asks for approval
    Submit {
        /// The strategy's code
        code: String,
    },
    /// Approves the submitted text of this hash; another person's, never one's own
    Approve {
        /// The strategy's code
        code: String,
        /// The hash of the text that was read
        #[arg(long, value_parser = parse_hash)]
        hash: ContentHash,
    },
    /// Lists the versions that matter now
    List,
    /// Shows a version's text, state and hash
    Show {
        /// The strategy's code
        code: String,
        /// Which version (default: the latest)
        #[arg(long, value_name = "VERSION")]
        revision: Option<i32>,
        /// Writes the text as a file that `strategy new` reads
        #[arg(long)]
        toml: bool,
    },
}

fn parse_hash(text: &str) -> Result<ContentHash, &'static str> {
    ContentHash::parse(text).ok_or("64 hexadecimal digits")
}

impl From<StrategyError> for Failure {
    fn from(error: StrategyError) -> Self {
        match error {
            StrategyError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `strategy` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let text = match &args {
        Args::New { file, .. } => Some(read(file)?),
        _ => None,
    };
    let db = context.connect().await?;
    let mut session = db.session().await?;
    db.within(2 * STATEMENT_LIMIT, step(args, text, &mut session, context)).await
}

async fn step(
    args: Args,
    text: Option<String>,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let row = match args {
        Args::New { base, .. } => {
            let words = attribute::vocabulary(session).await?;
            let text = file::read(&text.unwrap_or_default(), words.bank().currency);
            let text = text.and_then(|file| file.check(&words)).map_err(StrategyError::File)?;
            strategy::new_draft(session, &words, &text, base).await?
        }
        Args::Submit { code } => strategy::submit(session, &code).await?,
        Args::Approve { code, hash } => strategy::approve(session, &code, hash).await?,
        Args::Show { code, revision, toml } => {
            let row = strategy::show(session, &code, revision).await?;
            if toml {
                let currency = bank::bank(session).await?.currency;
                return context.output.raw(file::print(&row.text, currency).as_bytes());
            }
            row
        }
        Args::List => {
            let rows = strategy::list(session).await?;
            let shown: Vec<Shown<'_>> = rows.iter().map(Shown::of).collect();
            return context.output.result(&shown, || list_table(&rows));
        }
    };
    context.output.result(&Shown::of(&row), || facts(&row))
}

/// Reads a strategy file.
fn read(path: &Path) -> Result<String, Failure> {
    let shown = clean(&path.to_string_lossy()).into_owned();
    std::fs::read_to_string(path).map_err(|error| {
        Failure::refused(
            Message::new(msg!("strategy.file.unreadable"))
                .with("path", shown)
                .with("detail", error.to_string()),
        )
    })
}

/// A strategy as JSON has it.
#[derive(Serialize)]
struct Shown<'a> {
    code: &'a str,
    version: i32,
    state: StrategyState,
    hash: Option<ContentHash>,
    author: &'a str,
    approver: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn of(row: &'a StrategyRow) -> Self {
        Self {
            code: &row.text.code,
            version: row.version,
            state: row.state,
            hash: row.hash,
            author: &row.author,
            approver: row.approver.as_deref(),
        }
    }
}

/// Everything that the hash covers, so that an approver at a command line reads what he approves.
fn facts(row: &StrategyRow) -> Table {
    let text = &row.text;
    let segment = match row.segment_version {
        Some(version) => format!("{} v{version}", text.segment),
        None => text.segment.clone(),
    };
    Table::facts([
        (msg!("strategy.fact.code"), text.code.as_str().into()),
        (msg!("strategy.fact.name"), text.name.as_str().into()),
        (msg!("strategy.fact.version"), row.version.into()),
        (msg!("strategy.fact.state"), state_name(row.state).into()),
        (msg!("strategy.fact.author"), row.author.as_str().into()),
        (msg!("strategy.fact.approver"), row.approver.as_deref().unwrap_or_default().into()),
        (msg!("strategy.fact.segment"), segment.into()),
        (msg!("strategy.fact.rule"), row.rule.as_str().into()),
        (msg!("strategy.fact.deadline-days"), text.deadline_days.into()),
        (msg!("strategy.fact.control-share"), share(text.control_ppm).into()),
        (msg!("strategy.fact.seed"), text.seed.to_string().into()),
        (msg!("strategy.fact.product"), text.product.as_str().into()),
        (msg!("strategy.fact.benefit"), text.benefit.as_str().into()),
        (msg!("strategy.fact.script"), text.script.as_str().into()),
        (msg!("strategy.fact.hash"), hash_word(row)),
    ])
}

fn hash_word(row: &StrategyRow) -> Arg {
    row.hash.map(|hash| hash.to_string()).unwrap_or_default().into()
}

fn list_table(rows: &[StrategyRow]) -> Table {
    let mut table = Table::new([
        ("code", msg!("strategy.fact.code")),
        ("name", msg!("strategy.fact.name")),
        ("version", msg!("strategy.fact.version")),
        ("state", msg!("strategy.fact.state")),
        ("segment", msg!("strategy.fact.segment")),
        ("author", msg!("strategy.fact.author")),
        ("approver", msg!("strategy.fact.approver")),
    ]);
    for row in rows {
        table.row([
            row.text.code.as_str().into(),
            row.text.name.as_str().into(),
            row.version.into(),
            state_name(row.state).into(),
            row.text.segment.as_str().into(),
            row.author.as_str().into(),
            row.approver.as_deref().unwrap_or_default().into(),
        ]);
    }
    table
}
