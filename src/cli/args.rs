//! What may stand on the command line.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Parser, Subcommand, ValueEnum};

use super::output::Format;
use super::{
    attribute, calc, calendar, coaching, customer, db, demo, door, engine, finding, import, kpi,
    members, moment, operator, outcome, policy, push, report, review, score, segment, strategy,
    task, worker,
};

/// The terminal console of a retail bank's mid-office. Without a command it opens the console.
#[derive(Debug, Parser)]
#[command(name = "baton", version, about, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do; nothing opens the console.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options that every command takes. Each also stands in the config file under the same name.
#[derive(Debug, Default, clap::Args)]
pub struct Global {
    /// A bank's own server, by URL; without it Baton runs a private PostgreSQL
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "BATON_DATABASE_URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// Where the private PostgreSQL and Baton's files live
    #[arg(long, global = true, value_name = "DIR", env = "BATON_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// The operator to be (default: the one named as the OS user)
    #[arg(long = "as", global = true, value_name = "OPERATOR")]
    pub operator: Option<String>,
    /// The bank's today (default: the date of its last load)
    #[arg(long, global = true, value_name = "DATE")]
    pub as_of: Option<NaiveDate>,
    /// How results are written
    #[arg(long, global = true, value_enum)]
    pub format: Option<Format>,
    /// Writes the table into this new file instead, noted in the audit; its ending says how: .xlsx, .csv, .json; .md for a report, .txt for the table as it is shown
    #[arg(long, global = true, value_name = "FILE")]
    pub into: Option<PathBuf>,
    /// The language: en or zh-CN (default: that of the locale)
    #[arg(long, global = true, value_enum)]
    pub lang: Option<LangWord>,
    /// The console's theme
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// The console's glyph set
    #[arg(long, global = true, value_name = "SET")]
    pub glyphs: Option<String>,
    /// What the console shows first: what waits for you, if anything does, or the panes
    #[arg(long, global = true, value_enum, env = "BATON_START")]
    pub start: Option<Start>,
    /// No colours
    #[arg(long, global = true)]
    pub no_color: bool,
}

/// What the console shows first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// The worklist, if something waits
    Home,
    /// The four panes
    Panes,
}

/// A language with a catalogue, as it is written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
pub enum LangWord {
    /// English
    #[value(name = "en")]
    #[serde(rename = "en")]
    En,
    /// 中文
    #[value(name = "zh-CN", alias = "zh")]
    #[serde(rename = "zh-CN", alias = "zh")]
    ZhCn,
}

impl From<LangWord> for crate::text::Lang {
    fn from(word: LangWord) -> Self {
        match word {
            LangWord::En => Self::En,
            LangWord::ZhCn => Self::ZhCn,
        }
    }
}

/// One family of commands each. The order is that of the work.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Takes a bank's records in, by the manifest that lies with them
    Import(import::Args),
    /// The attribute dictionary: what there is, what its values are like, a mart's columns in it
    #[command(subcommand)]
    Attribute(attribute::Args),
    /// Segments: count a rule, save it, freeze its members
    #[command(subcommand)]
    Segment(segment::Args),
    /// Event rules: back-test them, switch them on, see whom they hit
    #[command(subcommand)]
    Moment(moment::Args),
    /// The customers of a snapshot, a push, two snapshots or an event rule, masked
    Members(members::Args),
    /// One customer's card, masked
    #[command(subcommand)]
    Customer(customer::Args),
    /// Strategies: write, submit, approve
    #[command(subcommand)]
    Strategy(strategy::Args),
    /// Pushes: plan, apply, sign, status
    #[command(subcommand)]
    Push(push::Args),
    /// A branch's tasks: list, open, outcome, assign, refer
    #[command(subcommand)]
    Task(task::Args),
    /// What came of the tasks
    #[command(subcommand)]
    Outcome(outcome::Args),
    /// Reviews: what was done, what came of it, and the verdict
    #[command(subcommand)]
    Review(review::Args),
    /// Writes the review of a push, or what a week has brought, as Markdown for the file
    Report(report::Args),
    /// Metrics: the tree, one value, why one moved
    #[command(subcommand)]
    Kpi(kpi::Args),
    /// Findings: list them, note one, close one
    #[command(subcommand)]
    Finding(finding::Args),
    /// Score cards of units and RMs: the file, a list, one explained point by point
    #[command(subcommand)]
    Score(score::Args),
    /// The coaching log: what was seen and agreed at a unit, and what a later look has found
    #[command(subcommand)]
    Coaching(coaching::Args),
    /// The methods on given numbers, without a database: what moved, and by how much surely
    #[command(subcommand)]
    Calc(calc::Args),
    /// Makes the demo bank, and opens the console on it
    Demo(demo::Args),
    /// The private database: up, down, status, url, migrate, reset
    #[command(subcommand)]
    Db(db::Args),
    /// The column engine: serves all consoles of this machine until it is ended; status, build
    Engine(engine::Args),
    /// Who may use this bank's database, and for what
    #[command(subcommand)]
    Operator(operator::Args),
    /// What the bank has decided for all strategies: limits, shares, hours
    #[command(subcommand)]
    Policy(policy::Args),
    /// The bank's calendar: a month, and what runs in it; import
    Calendar(calendar::Args),
    /// What waits for you: approvals, orders to sign, findings, what was not pushed
    Worklist,
    /// Runs the moments that are on, after each load, and takes pushes to the branches; status, replay
    Worker(worker::Args),
    /// How pushes leave for branch systems: add, list, off
    #[command(subcommand)]
    Door(door::Args),
    /// Checks everything Baton needs, and says what is missing
    Doctor,
    /// Writes the completions of a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// True for a command after which the console opens.
    #[must_use]
    pub fn opens_console(&self) -> bool {
        matches!(self, Self::Demo(args) if !args.no_console)
    }

    /// What of the bank's the command lists, for the audit; none for one that does something and gives no table.
    #[must_use]
    pub fn lists(&self) -> Option<&'static str> {
        Some(match self {
            Self::Attribute(_) => "attribute",
            Self::Segment(_) => "segment",
            Self::Moment(_) => "moment",
            Self::Members(_) => "members",
            Self::Customer(_) => "customer",
            Self::Strategy(_) => "strategy",
            Self::Push(_) => "push",
            Self::Task(_) => "task",
            Self::Review(_) => "review",
            Self::Report(_) => "report",
            Self::Kpi(_) => "kpi",
            Self::Finding(_) => "finding",
            Self::Score(_) => "score",
            Self::Coaching(_) => "coaching",
            Self::Calc(_) => "calc",
            Self::Operator(_) => "operator",
            Self::Worklist => "worklist",
            Self::Policy(_) => "policy",
            Self::Door(_) => "door",
            Self::Calendar(_) => "calendar",
            Self::Doctor => "doctor",
            Self::Worker(args) if args.instead.is_some() => "worker",
            Self::Outcome(outcome::Args::Inbox { retry: false, .. }) => "outcome",
            Self::Import(_)
            | Self::Outcome(_)
            | Self::Demo(_)
            | Self::Db(_)
            | Self::Engine(_)
            | Self::Worker(_)
            | Self::Completions { .. } => return None,
        })
    }

    /// True unless what it gives was never in the bank.
    #[must_use]
    pub fn reads_the_bank(&self) -> bool {
        !matches!(self, Self::Calc(_))
    }

    /// How the worker is to work, if that is what was asked for.
    #[must_use]
    pub fn worker(&self) -> Option<worker::Args> {
        match self {
            Self::Worker(args) if args.instead.is_none() => Some(args.clone()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_may_follow_the_command() {
        let cli =
            Cli::try_parse_from(["baton", "doctor", "--format", "json", "--as", "li"]).unwrap();
        assert_eq!(cli.global.format, Some(Format::Json));
        assert_eq!(cli.global.operator.as_deref(), Some("li"));
    }
}
