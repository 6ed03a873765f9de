//! `baton strategy`: write, compare, submit, approve, show and put away strategies.

mod life;
mod making;
mod tables;
mod testing;

use std::path::PathBuf;

use clap::Subcommand;

use super::{Context, Failure};
use crate::domain::hash::ContentHash;
use crate::domain::message::Message;
use crate::domain::rule::Rule;
use crate::domain::strategy::diff::{self, Change};
use crate::domain::strategy::file;
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::life as store_life;
use crate::store::plan;
use crate::store::segment::SegmentError;
use crate::store::strategy::{self, StrategyError, Wanted};
use crate::store::{Session, attribute, bank};
use making::New;
use tables::{Shown, ShownChanges, ShownScripts};

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Order {
    /// By code
    #[default]
    Code,
    /// By what their reviews measured, the largest first
    Uplift,
}

/// What to do with strategies.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Writes a file's text, or a template's, as the next draft version of its code
    New {
        /// A TOML file
        #[arg(required_unless_present = "from", conflicts_with = "from")]
        file: Option<PathBuf>,
        /// The version that the text was made from, 0 for a new code: if another stands there, nothing is written
        #[arg(long, value_name = "VERSION")]
        base: Option<i32>,
        /// A template: its code, or its name
        #[arg(long, value_name = "TEMPLATE")]
        from: Option<String>,
        /// For this segment (default: the one that the template suggests, saved if it is not there)
        #[arg(long, requires = "from")]
        segment: Option<String>,
        /// Under this code (default: the number after the highest)
        #[arg(long, requires = "from")]
        code: Option<String>,
    },
    /// Lists the templates of the standard plays, or writes one as a file
    Templates {
        /// A template: its code, or its name
        template: Option<String>,
    },
    /// Writes the latest text of a strategy as the first draft under another code
    Clone {
        /// The strategy's code
        code: String,
        /// The new code
        to: String,
        /// The new name (default: the same)
        #[arg(long)]
        name: Option<String>,
        /// For this segment (default: the same)
        #[arg(long)]
        segment: Option<String>,
    },
    /// Compares two versions key by key
    Diff {
        /// The strategy's code
        code: String,
        /// The one version
        a: i32,
        /// The other version
        b: i32,
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
        /// In the name of this approver, who has delegated to you
        #[arg(long = "for", value_name = "OPERATOR")]
        stands_for: Option<String>,
    },
    /// Sends the submitted text of this hash back to its author with a comment
    SendBack {
        /// The strategy's code
        code: String,
        /// The hash of the text that was read
        #[arg(long, value_parser = parse_hash)]
        hash: ContentHash,
        /// What the author is to change
        #[arg(long)]
        comment: String,
        /// In the name of this approver, who has delegated to you
        #[arg(long = "for", value_name = "OPERATOR")]
        stands_for: Option<String>,
    },
    /// Pauses a strategy, or all: nothing of it is planned, pushed or delivered
    Pause {
        /// The strategy's code
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        code: Option<String>,
        /// Every strategy that is approved or live
        #[arg(long)]
        all: bool,
        /// Why; kept and audited
        #[arg(long)]
        reason: String,
    },
    /// Lets a paused strategy go on, or all that you may let go on
    Resume {
        /// The strategy's code
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        code: Option<String>,
        /// Every paused strategy that you have paused, for an approver every one
        #[arg(long)]
        all: bool,
        /// Why; kept and audited
        #[arg(long)]
        reason: String,
    },
    /// Lists the versions that matter now
    List {
        /// Those that have this somewhere in their text
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Every version
        #[arg(long)]
        all: bool,
        /// Those that were put away
        #[arg(long)]
        archived: bool,
        /// In which order (default: by code)
        #[arg(long, value_enum, default_value_t)]
        sort: Order,
    },
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
    /// Shows the scripts, filled for a customer of the segment
    Script {
        /// The strategy's code
        code: String,
        /// Which version (default: the latest)
        #[arg(long, value_name = "VERSION")]
        revision: Option<i32>,
    },
    /// Test pushes
    #[command(flatten)]
    Testing(testing::Args),
    /// Puts a strategy away: no list shows it, nothing of it is pushed
    Archive {
        /// The strategy's code
        code: String,
    },
    /// Takes a strategy out again
    Unarchive {
        /// The strategy's code
        code: String,
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
    let args = match args {
        Args::Templates { template } => return making::templates(template.as_deref(), context),
        args => args,
    };
    let new = match &args {
        Args::New { file, base, from, segment, code } => Some(New::read(
            file.as_deref(),
            *base,
            from.as_deref(),
            segment.as_deref(),
            code.as_deref(),
        )?),
        _ => None,
    };
    let db = context.connect().await?;
    let mut session = db.session().await?;
    db.within(2 * STATEMENT_LIMIT, Box::pin(step(args, new, &mut session, context))).await
}

async fn step(
    args: Args,
    new: Option<New>,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let row = match args {
        Args::New { .. } | Args::Templates { .. } => match new {
            Some(new) => making::write(session, new).await?,
            None => return Ok(()),
        },
        Args::Clone { code, to, name, segment } => {
            making::clone(session, &code, to, name, segment).await?
        }
        Args::Submit { code } => {
            plan::baseline(session, &code, None).await?;
            strategy::submit(session, &code).await?
        }
        Args::Approve { code, hash, stands_for } => {
            strategy::approve(session, &code, hash, stands_for.as_deref()).await?
        }
        Args::SendBack { code, hash, comment, stands_for } => {
            let stands_for = stands_for.as_deref();
            store_life::send_back(session, &code, hash, &comment, stands_for).await?
        }
        Args::Pause { code: Some(code), reason, .. } => {
            store_life::pause(session, &code, &reason).await?
        }
        Args::Resume { code: Some(code), reason, .. } => {
            store_life::resume(session, &code, &reason).await?
        }
        Args::Pause { reason, .. } => return life::all(session, true, &reason, context).await,
        Args::Resume { reason, .. } => return life::all(session, false, &reason, context).await,
        Args::Archive { code } => strategy::shelve(session, &code, true).await?,
        Args::Unarchive { code } => strategy::shelve(session, &code, false).await?,
        Args::Show { code, revision, toml } => {
            let row = strategy::show(session, &code, revision).await?;
            let bank = bank::bank(session).await?;
            if toml {
                return context.output.raw(file::print(&row.text, bank.currency).as_bytes());
            }
            let shown = Shown::of(&row, bank.timezone, &context.output);
            context.output.result(&shown, || tables::facts(&row, bank.currency))?;
            if let Some(why) = row.broken {
                context.output.say(why);
            }
            return Ok(());
        }
        Args::Testing(args) => return testing::run(args, session, context).await,
        Args::Diff { code, a, b } => return compare(session, &code, (a, b), context).await,
        Args::Script { code, revision } => return scripts(session, &code, revision, context).await,
        Args::List { search, all, archived, sort } => {
            let wanted = Wanted { search: search.as_deref(), every: all, archived };
            let mut rows = strategy::library(session, wanted).await?;
            if sort == Order::Uplift {
                // What was never measured comes last.
                rows.sort_by_key(|row| std::cmp::Reverse(row.uplift_ppm));
            }
            // Before the first import there are no rows, and no bank.
            let zone = bank::bank(session).await.map_or(chrono_tz::UTC, |bank| bank.timezone);
            let output = &context.output;
            let shown: Vec<Shown<'_>> =
                rows.iter().map(|row| Shown::of(row, zone, output)).collect();
            output.result(&shown, || tables::list(&rows))?;
            for row in rows {
                if let Some(why) = row.broken {
                    let said = Message::new(msg!("strategy.broken-one"));
                    output.say(said.with("code", row.text.code).with("why", why));
                }
            }
            return Ok(());
        }
    };
    let bank = bank::bank(session).await?;
    let shown = Shown::of(&row, bank.timezone, &context.output);
    context.output.result(&shown, || tables::facts(&row, bank.currency))
}

async fn compare(
    session: &mut Session,
    code: &str,
    (a, b): (i32, i32),
    context: &Context,
) -> Result<(), Failure> {
    let from = strategy::show(session, code, Some(a)).await?;
    let to = strategy::show(session, code, Some(b)).await?;
    let currency = bank::bank(session).await?.currency;
    let changes: Vec<Change<2>> = diff::versions(&from, &to, currency);
    let shown = ShownChanges::of(&from, &to, &changes);
    context.output.result(&shown, || tables::changes(&from, &to, &changes))
}

/// The scripts, filled for an example of the segment.
async fn scripts(
    session: &mut Session,
    code: &str,
    revision: Option<i32>,
    context: &Context,
) -> Result<(), Failure> {
    let row = strategy::show(session, code, revision).await?;
    let words = attribute::vocabulary(session).await?;
    let rule = Rule::parse_kept(&row.rule, &words, None).map_err(|error| SegmentError::Rule {
        code: row.text.segment.clone(),
        error: Box::new(error),
    })?;
    let sample = strategy::sample(session, &rule).await?;
    let shown = ShownScripts::of(&row, sample.as_ref(), context.output.lang);
    context.output.result(&shown, || tables::scripts(&shown))
}
