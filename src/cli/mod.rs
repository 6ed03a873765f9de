//! The text twin of every view and action, over the same store code.
//!
//! One file per family of commands: its clap arguments and its `run`. With `--format json` a command writes
//! exactly one JSON value to stdout; messages and progress go to stderr. Exit 0 done, 1 refused or failed with
//! a reason, 2 wrong usage.

pub mod args;
pub mod attribute;
pub mod board;
pub mod calc;
pub mod calendar;
pub mod coaching;
pub mod completions;
pub mod config;
pub mod context;
pub mod customer;
pub mod db;
pub mod delegation;
pub mod demo;
pub mod doctor;
pub mod door;
pub mod drafts;
pub mod engine;
pub mod failure;
mod file;
pub mod finding;
pub mod import;
pub mod into;
pub mod kpi;
mod late;
pub mod members;
pub mod moment;
pub mod operator;
pub mod outcome;
pub mod output;
pub mod planned;
pub mod policy;
pub mod push;
pub mod report;
pub mod review;
pub mod score;
pub mod segment;
mod sheet;
pub mod strategy;
pub mod surroundings;
mod table;
pub mod task;
pub mod typed;
pub mod watch;
pub mod worker;
pub mod worklist;
pub mod zh;

pub use args::{Cli, Command};
pub use context::{Context, Settings};
pub use failure::{Exit, Failure};
pub use output::{Format, Output};
pub use table::Table;

use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::msg;

/// Runs one command to its end; with `--into` its table goes into that file.
///
/// # Errors
/// [`Failure`]: the sentence for stderr and the exit code.
pub async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    let Some(file) = &context.settings.into else {
        return perform(command, context).await;
    };
    let rows = into::run(command, context, file).await?;
    context.output.say(
        Message::new(msg!("cli.into.done"))
            .with("rows", i64::try_from(rows).unwrap_or(i64::MAX))
            .with("path", clean(&file.display().to_string()).into_owned()),
    );
    Ok(())
}

async fn perform(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Import(args) => import::run(args, context).await,
        Command::Attribute(args) => attribute::run(args, context).await,
        Command::Segment(args) => segment::run(args, context).await,
        Command::Moment(args) => moment::run(args, context).await,
        Command::Members(args) => members::run(args, context).await,
        Command::Customer(args) => customer::run(args, context).await,
        Command::Strategy(args) => strategy::run(args, context).await,
        Command::Push(args) => push::run(args, context).await,
        Command::Task(args) => task::run(args, context).await,
        Command::Outcome(args) => outcome::run(args, context).await,
        Command::Kpi(args) => Box::pin(kpi::run(args, context)).await,
        Command::Finding(args) => finding::run(args, context).await,
        Command::Score(args) => score::run(args, context).await,
        Command::Coaching(args) => coaching::run(args, context).await,
        Command::Review(args) => review::run(args, context).await,
        Command::Report(args) => report::run(&args, context).await,
        Command::Calc(args) => calc::run(&args, context),
        Command::Demo(args) => demo::run(&args, context).await,
        Command::Db(args) => db::run(args, context).await,
        Command::Engine(args) => engine::run(args, context).await,
        Command::Operator(args) => operator::run(args, context).await,
        Command::Policy(args) => policy::run(args, context).await,
        Command::Calendar(args) => calendar::run(args, context).await,
        Command::Worker(args) => worker::run(args, context).await,
        Command::Door(args) => door::run(args, context).await,
        Command::Worklist => worklist::run(context).await,
        Command::Doctor => doctor::run(context).await,
        Command::Completions { shell } => completions::run(shell, context),
    }
}
