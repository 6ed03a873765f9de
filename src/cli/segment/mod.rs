//! `baton segment`: count, save, list, show and freeze segments; their versions, snapshots and uploaded lists; and what
//! one tells of its members.

mod analysis;
mod lists;
mod tables;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::json;

use super::engine::{Which, counted};
use super::typed::CustomerNumber;
use super::{Context, Failure, late};
use crate::domain::attribute::MartDay;
use crate::domain::id::SnapshotId;
use crate::domain::message::Message;
use crate::domain::money::Currency;
use crate::domain::rule::Rule;
use crate::domain::segment::version::VersionRow;
use crate::domain::segment::{LeafCounts, SegmentCount, SegmentKind, SegmentRow};
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::engine::KeptLine;
use crate::store::segment::{self, LIST_LIMIT, SegmentError, Words, graph, snapshot, version};
use crate::store::{Session, attribute, bank};

pub(super) use analysis::valued;
use tables::Shown;

/// What to do with segments.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Counts a rule's members and their AUM, and what each of its conditions finds by itself
    Count {
        /// The rule, such as: tier in ('gold') and age >= 30
        #[arg(long, value_name = "RULE", allow_hyphen_values = true)]
        rule: String,
        /// Split the answer, too
        #[arg(long, value_enum)]
        by: Option<By>,
        /// What answers: the database, the column engine, or the engine where it runs and can
        #[arg(long, value_enum, default_value_t)]
        engine: Which,
    },
    /// Saves a rule under a code; a known code gets its next version
    Save {
        /// The segment's code, such as SG-PAYROLL
        code: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// The rule
        #[arg(long, value_name = "RULE", allow_hyphen_values = true)]
        rule: String,
        /// Why this version
        #[arg(long)]
        note: Option<String>,
        /// Ask the rule once, by the first freeze; later freezes take the same customers
        #[arg(long)]
        frozen: bool,
        /// The version that it was made from, 0 for none: nothing is written if another one stands there by now
        #[arg(long, value_name = "VERSION")]
        base: Option<i32>,
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
    /// Gives a segment to another strategist, who answers for it from now on
    Give {
        /// The segment's code
        code: String,
        /// The operator's name
        #[arg(long, value_name = "NAME")]
        to: String,
    },
    /// Lists a segment's versions, latest first
    Versions {
        /// The segment's code
        code: String,
    },
    /// What changed between two versions of a segment
    Diff {
        /// The segment's code
        code: String,
        /// The version before
        a: i32,
        /// The version after
        b: i32,
    },
    /// Which segments use which, and which strategies use them; each after those it uses
    Graph {
        /// Only this segment, what it stands on and what stands on it
        code: Option<String>,
    },
    /// Freezes dynamic segments, each after those it uses
    Refresh {
        /// These and what they stand on (default: all)
        codes: Vec<String>,
    },
    /// The size of a segment's snapshots over time
    History {
        /// The segment's code
        code: String,
    },
    /// Who came, left and stayed from one snapshot to another
    Compare {
        /// The snapshot before
        a: i64,
        /// The snapshot after
        b: i64,
        /// List the customers' numbers, too
        #[arg(long)]
        members: bool,
    },
    /// Writes a snapshot's members to a CSV file, names and phones masked
    Export {
        /// The snapshot
        snapshot: i64,
        /// The file; one that stands is not overwritten
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Takes a file of customers as a list, and makes the segment of that code this list
    Upload(lists::Upload),
    /// How many customers every pair of segments has in common
    Overlap {
        /// Up to 20 codes
        #[arg(required = true)]
        codes: Vec<String>,
    },
    /// Whether one customer is a member, and why
    Explain {
        /// The segment's code
        code: String,
        /// The customer's number
        #[arg(long, value_name = "ID", allow_negative_numbers = true)]
        customer: CustomerNumber,
    },
    /// What sets a segment's members apart from everyone
    Portrait {
        /// The segment's code
        code: String,
    },
    /// Splits a segment into cells by up to three attributes
    Grid(analysis::Grid),
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

impl Args {
    /// Whether its figures are of the customers that the operator sees, which a branch's are not all.
    fn is_held(&self) -> bool {
        matches!(
            self,
            Self::Count { .. }
                | Self::Compare { .. }
                | Self::Overlap { .. }
                | Self::Portrait { .. }
                | Self::Grid(_)
        )
    }

    /// Whether whole lists are read or written, which takes longer than an answer.
    fn is_long(&self) -> bool {
        !matches!(self, Self::Count { .. } | Self::Save { .. } | Self::List | Self::Show { .. })
    }
}

/// Runs a `segment` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let limit = if args.is_long() { LIST_LIMIT } else { STATEMENT_LIMIT };
    let held = args.is_held();
    let step = async {
        match args {
            Args::Upload(args) => lists::upload(args, &mut session, context).await,
            Args::Export { snapshot, out } => {
                lists::export(SnapshotId(snapshot), &out, &mut session, context).await
            }
            Args::Overlap { codes } => {
                analysis::overlap(&codes, &mut session, db.engine(), context).await
            }
            Args::Explain { code, customer } => {
                analysis::explain(&code, customer.id()?, &mut session, context).await
            }
            Args::Portrait { code } => analysis::portrait(&code, &mut session, context).await,
            Args::Grid(args) => analysis::grid(args, &mut session, context).await,
            Args::Versions { code } => versions(&code, &mut session, context).await,
            Args::Diff { code, a, b } => diff(&code, (a, b), &mut session, context).await,
            Args::Graph { code } => show_graph(code.as_deref(), &mut session, context).await,
            Args::Refresh { codes } => refresh(&codes, &mut session, db.engine(), context).await,
            Args::History { code } => history(&code, &mut session, context).await,
            Args::Compare { a, b, members } => {
                compare((SnapshotId(a), SnapshotId(b)), members, &mut session, context).await
            }
            other => step(other, &mut session, db.engine(), context).await,
        }?;
        if held && let Some(scope) = bank::scope(&mut session).await? {
            context.output.say(scope.message());
        }
        Ok(())
    };
    db.within(limit + STATEMENT_LIMIT, Box::pin(step)).await
}

/// The steps that segments began with.
async fn step(
    args: Args,
    session: &mut Session,
    columns: Option<&KeptLine>,
    context: &Context,
) -> Result<(), Failure> {
    let output = &context.output;
    match args {
        Args::Count { rule, by, engine } => count(&rule, by, engine, session, context).await,
        Args::Save { code, name, rule: typed, note, frozen, base } => {
            let rule = segment::read(session, &typed, &code).await?;
            let rule = rule.map_err(|error| Failure::refused(error.message()))?;
            let kind = if frozen { SegmentKind::Frozen } else { SegmentKind::Dynamic };
            let (note, source) = (note.as_deref(), Some(typed.as_str()));
            let words = Words { name: &name, note, kind, source, base };
            let row = saved(session, &code, words, &rule).await?;
            output.result(&Shown::of(&row), || tables::facts(&row))
        }
        Args::Show { code } => {
            let mut row = segment::show(session, &code).await?;
            let vocabulary = attribute::vocabulary(session).await?;
            segment::look(session, std::slice::from_mut(&mut row), &vocabulary).await?;
            output.result(&Shown::whole(&row, output), || tables::facts(&row))?;
            if let Some(why) = row.broken {
                output.say(why);
            }
            Ok(())
        }
        Args::Give { code, to } => {
            let row = segment::give(session, &code, &to).await?;
            output.result(&Shown::whole(&row, output), || tables::facts(&row))
        }
        Args::Freeze { code } => {
            let row = segment::freeze(session, &code, columns).await?;
            let mut value = json!({ "snapshot": row.id, "count": row.customers, "hash": row.hash });
            if !row.refreshed.is_empty() {
                value["refreshed"] = json!(row.refreshed);
            }
            output.result(&value, || tables::snapshot(&row))?;
            say_marts(&row.refreshed, context);
            Ok(())
        }
        _ => {
            let mut rows = segment::list(session).await?;
            let vocabulary = attribute::vocabulary(session).await?;
            segment::look(session, &mut rows, &vocabulary).await?;
            let shown: Vec<Shown<'_>> = rows.iter().map(|row| Shown::whole(row, output)).collect();
            output.result(&shown, || tables::list(&rows))?;
            for row in rows {
                if let Some(why) = row.broken {
                    let said = Message::new(msg!("segment.broken-one")).with("code", row.code);
                    output.say(said.with("why", why));
                }
            }
            Ok(())
        }
    }
}

/// Saves, and says beside the refusal what stands there if somebody was faster.
async fn saved(
    session: &mut Session,
    code: &str,
    words: Words<'_>,
    rule: &Rule,
) -> Result<SegmentRow, Failure> {
    match segment::save_as(session, code, words, rule).await {
        Err(SegmentError::Stale { base, latest }) if latest > 0 => {
            let refused = SegmentError::Stale { base, latest }.message();
            let versions = version::list(session, code).await?;
            let of = |wanted: i32| versions.iter().find(|row| row.version == wanted);
            let (before, theirs) = (of(base), of(latest));
            let texts = |mine: &str, said: fn(&VersionRow) -> &str| {
                [before.map(said), theirs.map(said), Some(mine)].map(|t| t.map(str::to_owned))
            };
            let said = late::beside(
                refused,
                [
                    ("name", texts(words.name, |row| &row.name)),
                    ("rule", texts(&rule.canonical(), |row| &row.rule)),
                ],
            );
            Err(Failure::refused(said))
        }
        saved => Ok(saved?),
    }
}

/// A count as JSON has it.
#[derive(Serialize)]
struct Counted {
    #[serde(flatten)]
    count: SegmentCount,
    #[serde(flatten)]
    leaves: LeafCounts,
    engine: &'static str,
    /// The conditions that the columns do not hold, of which SQL was asked alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by_sql: Vec<String>,
}

async fn count(
    rule: &str,
    by: Option<By>,
    engine: Which,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let (rule, currency) = read(rule, session).await?;
    let told = counted(&rule, by.is_some(), engine, session, context).await?;
    let value = Counted {
        count: told.count,
        leaves: told.leaves,
        engine: told.engine,
        by_sql: told.by_sql,
    };
    context.output.result(&value, || tables::count(&value.count, &value.leaves, currency))?;
    say_marts(&value.count.refreshed, context);
    if let Some(said) = value.count.events_known() {
        context.output.say(said);
    }
    Ok(())
}

/// Says of the bank's own marts behind an answer of which day they are, which is not the bank's.
fn say_marts(marts: &[MartDay], context: &Context) {
    for mart in MartDay::said(marts) {
        context.output.say(mart);
    }
}

async fn versions(code: &str, session: &mut Session, context: &Context) -> Result<(), Failure> {
    let rows = version::list(session, code).await?;
    let zone = bank::bank(session).await?.timezone;
    context.output.result(&rows, || tables::versions(&rows, zone))
}

async fn diff(
    code: &str,
    (a, b): (i32, i32),
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let diff = version::diff(session, code, a, b).await?;
    context.output.result(&diff, || tables::diff(&diff))
}

async fn show_graph(
    code: Option<&str>,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let graph = match code {
        Some(code) => graph::around(session, code).await?,
        None => graph::graph(session).await?,
    };
    context.output.result(&graph, || tables::graph(&graph))
}

/// Freezes what is to be frozen, and says what was not; the command fails if one has failed, with the others done.
async fn refresh(
    codes: &[String],
    session: &mut Session,
    engine: Option<&KeptLine>,
    context: &Context,
) -> Result<(), Failure> {
    let bar = context.output.progress(1);
    let done = graph::refresh(session, codes, engine, &mut |at, of| {
        bar.set_length(of as u64);
        bar.set_position(at as u64);
    })
    .await;
    bar.finish_and_clear();
    let done = done?;
    context.output.result(&tables::refreshed(&done), || tables::refresh(&done))?;
    for one in &done {
        if let graph::Fate::Failed(error) = &one.fate {
            let said = Message::new(msg!("segment.refresh.one")).with("code", one.code.as_str());
            context.output.say(said.with("why", error.message()));
        }
    }
    let missing: Vec<&str> =
        done.iter().filter(|one| one.is_missing()).map(|one| one.code.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = Message::new(msg!("segment.refresh.failed"));
    Err(Failure::refused(message.with("codes", missing.join(", "))))
}

async fn history(code: &str, session: &mut Session, context: &Context) -> Result<(), Failure> {
    let currency = currency(session).await?;
    let rows = snapshot::history(session, code).await?;
    context.output.result(&rows, || tables::history(&rows, currency))
}

async fn compare(
    (a, b): (SnapshotId, SnapshotId),
    members: bool,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let compared = snapshot::compare(session, a, b, members).await?;
    context.output.result(&compared, || tables::compare(&compared))
}

/// Reads a rule against the bank's dictionary.
async fn read(text: &str, session: &mut Session) -> Result<(Rule, Currency), Failure> {
    let vocabulary = attribute::vocabulary(session).await?;
    let rule = Rule::parse(text, &vocabulary).map_err(|error| Failure::refused(error.message()))?;
    Ok((rule, vocabulary.bank().currency))
}

async fn currency(session: &mut Session) -> Result<Currency, Failure> {
    Ok(bank::bank(session).await?.currency)
}
