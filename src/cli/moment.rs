//! `baton moment`: event rules: write, back-test, switch on and off, and whom they have hit.
use std::path::Path;

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::Output;
use super::{Context, Failure, Table, late};
use crate::domain::attribute::MartDay;
use crate::domain::clean::clean;
use crate::domain::event_rule::{Action, Backtest, Hit, MomentRow, MomentText, USUAL_DAYS, file};
use crate::domain::message::{Arg, Message};
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::moment::{self, MomentError};
use crate::store::segment::LIST_LIMIT;
use crate::store::segment::upload::{self, Upload};
use crate::store::{Session, bank};

/// What to do with moments.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Saves a moment, switched off; a known code gets its next version
    New {
        /// A TOML file, or with --rule the moment's code, such as MOT-OUT
        #[arg(value_name = "FILE|CODE")]
        what: String,
        /// What people call it
        #[arg(long, requires = "rule")]
        name: Option<String>,
        /// The rule, with an event in it, such as: events('login', interval '1 day') >= 1
        #[arg(long, value_name = "RULE", allow_hyphen_values = true, requires = "name")]
        rule: Option<String>,
        /// What is done about whom it hits
        #[arg(long, value_parser = ["finding", "candidate"], requires = "rule")]
        action: Option<String>,
        /// The strategy for which they are candidates
        #[arg(long, value_name = "CODE", requires = "rule")]
        strategy: Option<String>,
        /// Why it stands, whom to ask
        #[arg(long, value_name = "TEXT", requires = "rule")]
        note: Option<String>,
        /// The version that it was made from, 0 for none: nothing is written if another one stands there by now
        #[arg(long, value_name = "VERSION")]
        base: Option<i32>,
    },
    /// Lists every moment
    List,
    /// Shows a moment
    Show {
        /// The moment's code
        code: String,
    },
    /// Says how many customers it would have hit on each of the last days, and keeps that
    Test {
        /// The moment's code
        code: String,
        /// How many days
        #[arg(long, default_value_t = USUAL_DAYS, value_name = "N")]
        days: u32,
    },
    /// Switches it on; only after a back-test of exactly what it says now
    Enable {
        /// The moment's code
        code: String,
    },
    /// Switches it off
    Disable {
        /// The moment's code
        code: String,
    },
    /// Lists the customers whom it has hit, the newest day first
    Hits {
        /// The moment's code
        code: String,
        /// Of how many days
        #[arg(long, default_value_t = USUAL_DAYS, value_name = "N")]
        days: u32,
    },
    /// Makes a list, and a segment of it, of the customers whom it has hit
    Segment {
        /// The moment's code
        code: String,
        /// The segment's code
        #[arg(long, value_name = "CODE")]
        segment: String,
        /// Of how many days
        #[arg(long, default_value_t = USUAL_DAYS, value_name = "N")]
        days: u32,
    },
}

impl From<MomentError> for Failure {
    fn from(error: MomentError) -> Self {
        match error {
            MomentError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `moment` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let text = match &args {
        Args::New { what, name: Some(name), rule: Some(rule), action, strategy, note, .. } => {
            let candidate = strategy.is_some();
            let usual = if candidate { Action::Candidate } else { Action::Finding };
            Some(MomentText {
                code: what.clone(),
                name: name.clone(),
                rule: rule.clone(),
                action: action.clone().unwrap_or_else(|| usual.code().to_owned()),
                strategy: strategy.clone(),
                note: note.clone(),
            })
        }
        Args::New { what, .. } => Some(read(Path::new(what))?),
        _ => None,
    };
    let limit = match args {
        // A day may take as long as a list.
        Args::Test { days, .. } => LIST_LIMIT.saturating_mul(days.clamp(1, 366)),
        Args::Segment { .. } => LIST_LIMIT,
        _ => STATEMENT_LIMIT,
    };
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let step = step(args, text, &mut session, context);
    db.within(limit + STATEMENT_LIMIT, Box::pin(step)).await
}

async fn step(
    args: Args,
    text: Option<MomentText>,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let output = &context.output;
    let row = match args {
        Args::New { base, .. } => saved(session, &text.unwrap_or_default(), base).await?,
        Args::Show { code } => moment::show(session, &code).await?,
        Args::Enable { code } => moment::enable(session, &code).await?,
        Args::Disable { code } => moment::disable(session, &code).await?,
        Args::Test { code, days } => return test(&code, days, session, context).await,
        Args::List => {
            let rows = moment::list(session).await?;
            let shown: Vec<Value> = rows.iter().map(|row| shown(row, output)).collect();
            return output.result(&shown, || list_table(&rows));
        }
        Args::Hits { code, days } => {
            let hits = moment::hits(session, &code, days).await?;
            let value = json!({ "moment": code, "hits": hits });
            output.result(&value, || hits_table(&hits))?;
            if let Some(scope) = bank::scope(session).await? {
                output.say(scope.message());
            }
            return Ok(());
        }
        Args::Segment { code, segment, days } => {
            return make_segment((&code, &segment), days, session, context).await;
        }
    };
    output.result(&shown(&row, output), || facts(&row))?;
    if let Some(why) = &row.broken {
        output.say(why.clone());
    }
    for said in MartDay::said(&row.marts) {
        output.say(said);
    }
    if let Some(said) = row.test.as_ref().and_then(Backtest::events_known) {
        output.say(said);
    }
    Ok(())
}

/// Saves, and says beside the refusal what stands there if somebody was faster.
async fn saved(
    session: &mut Session,
    text: &MomentText,
    base: Option<i32>,
) -> Result<MomentRow, Failure> {
    match moment::save(session, text, base).await {
        Err(MomentError::Stale { base, latest }) if latest > 0 => {
            let refused = MomentError::Stale { base, latest }.message();
            let before = moment::said(session, &text.code, base).await?;
            let theirs = moment::said(session, &text.code, latest).await?;
            let texts = [before.as_ref(), theirs.as_ref(), Some(text)];
            let of = |value: fn(&MomentText) -> Option<String>| texts.map(|t| t.and_then(value));
            let fields = [
                ("name", of(|t| Some(t.name.clone()))),
                ("rule", of(|t| Some(t.rule.clone()))),
                ("strategy", of(|t| t.strategy.clone())),
                ("note", of(|t| t.note.clone())),
            ];
            Err(Failure::refused(late::beside(refused, fields)))
        }
        saved => Ok(saved?),
    }
}

fn read(path: &Path) -> Result<MomentText, Failure> {
    let text = super::file::text(path).map_err(Failure::refused)?;
    file::parse(&text).map_err(|error| Failure::refused(error.message()))
}

async fn test(
    code: &str,
    days: u32,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let bar = context.output.progress(days.into());
    let done = moment::test(session, code, days, &mut |day| bar.set_position(day.into())).await;
    bar.finish_and_clear();
    let (row, test) = done?;
    let value = json!({
        "moment": row.code,
        "version": row.version,
        "as_of": test.as_of,
        "days": test.days,
        "hits": test.hits(),
        "in_live_strategy": test.in_live_strategy(),
        "customers": test.customers,
        "per_day": per_day(&test),
        "ms": test.ms,
        "events_since": test.events_since,
    });
    context.output.result(&value, || test_table(&test))?;
    context.output.say(
        Message::new(msg!("moment.tested"))
            .with("per-day", test.per_day())
            .with("customers", test.customers)
            .with("live", test.in_live_strategy())
            .with("hits", test.hits()),
    );
    context.output.say(msg!("moment.attributes-are-todays"));
    if let Some(said) = test.events_known() {
        context.output.say(said);
    }
    // A later one goes on being shown, and is what lets it be switched on.
    let shown = row.test.map(|shown| shown.as_of).filter(|day| *day > test.as_of);
    if let Some(day) = shown {
        let later = Message::new(msg!("moment.tested-earlier")).with("day", day);
        context.output.say(later.with("code", row.code));
    }
    Ok(())
}

async fn make_segment(
    (code, segment): (&str, &str),
    days: u32,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let row = moment::show(session, code).await?;
    let customers = moment::hit_customers(session, code, days).await?;
    if customers.is_empty() {
        let none = Message::new(msg!("moment.no-hits")).with("code", row.code.as_str());
        return Err(Failure::refused(none.with("days", days)));
    }
    let lines: Vec<String> = customers.iter().map(ToString::to_string).collect();
    let asked = Upload {
        code: segment,
        name: Some(&row.name),
        key: "customer_id",
        column: None,
        file: &row.code,
        encoding: encoding_rs::UTF_8,
        delimiter: b',',
    };
    let lines = std::io::Cursor::new(format!("customer_id\n{}\n", lines.join("\n")));
    // A customer who was closed since is in no list.
    let done = upload::upload(session, asked, lines, &mut |_| Ok(())).await;
    let done = done.map_err(|error| Failure::refused(error.message()))?;
    let value = json!({
        "moment": row.code,
        "segment": segment,
        "version": done.version,
        "upload": done.upload,
        "customers": done.matched,
    });
    context.output.result(&value, || {
        Table::facts([
            (msg!("segment.fact.code"), clean(segment).into_owned().into()),
            (msg!("segment.fact.version"), done.version.into()),
            (msg!("segment.fact.customers"), done.matched.into()),
        ])
    })
}

/// A mean with one decimal, as a JSON number.
fn per_day(test: &Backtest) -> Value {
    serde_json::from_str(&test.per_day()).unwrap_or_default()
}

fn shown(row: &MomentRow, output: &Output) -> Value {
    json!({
        "moment": row.code,
        "version": row.version,
        "name": row.name,
        "rule": row.rule,
        "hash": row.hash,
        "action": row.action,
        "strategy": row.strategy,
        "note": row.note,
        "state": if row.on_since.is_some() { "on" } else { "off" },
        "on_since": row.on_since,
        "author": row.author,
        "tested": row.test.as_ref().map(|test| json!({
            "as_of": test.as_of,
            "days": test.days.len(),
            "hits": test.hits(),
            "in_live_strategy": test.in_live_strategy(),
            "customers": test.customers,
            "per_day": per_day(test),
            "events_since": test.events_since,
        })),
        "last_run": row.last_run,
        "hits": row.hits,
        "due": row.due,
        "refreshed": row.marts,
        "broken": row.broken.as_ref().map(|why| output.cell(&why.clone().into())),
    })
}

fn state(row: &MomentRow) -> Arg {
    match (row.on_since, &row.test) {
        (Some(_), _) if row.broken.is_some() => msg!("moment.state.broken").into(),
        (Some(_), _) => msg!("moment.state.on").into(),
        (None, Some(_)) => msg!("moment.state.off").into(),
        (None, None) => msg!("moment.state.untested").into(),
    }
}

fn action(row: &MomentRow) -> Arg {
    match (row.action, &row.strategy) {
        (Action::Candidate, Some(code)) => {
            Message::new(msg!("moment.action.candidate")).with("code", code.as_str()).into()
        }
        _ => msg!("moment.action.finding").into(),
    }
}

fn day(day: Option<chrono::NaiveDate>) -> Arg {
    day.map_or_else(|| "".into(), Arg::from)
}

fn tested(row: &MomentRow) -> Arg {
    row.test.as_ref().map_or_else(
        || "".into(),
        |test| {
            Message::new(msg!("moment.per-day"))
                .with("per-day", test.per_day())
                .with("days", test.days.len())
                .into()
        },
    )
}

fn facts(row: &MomentRow) -> Table {
    Table::facts([
        (msg!("segment.fact.code"), row.code.as_str().into()),
        (msg!("segment.fact.name"), row.name.as_str().into()),
        (msg!("segment.fact.version"), row.version.into()),
        (msg!("segment.fact.rule"), row.rule.as_str().into()),
        (msg!("moment.fact.action"), action(row)),
        (msg!("moment.fact.state"), state(row)),
        (msg!("moment.fact.on-since"), day(row.on_since)),
        (msg!("moment.fact.tested"), tested(row)),
        (msg!("moment.fact.last-run"), day(row.last_run)),
        (msg!("moment.fact.due"), day(row.due)),
        (msg!("moment.fact.hits"), row.hits.into()),
        (msg!("segment.fact.author"), row.author.as_str().into()),
        (msg!("segment.fact.note"), row.note.as_deref().unwrap_or_default().into()),
    ])
}

fn list_table(rows: &[MomentRow]) -> Table {
    let mut table = Table::new([
        ("moment", msg!("segment.fact.code")),
        ("name", msg!("segment.fact.name")),
        ("version", msg!("segment.fact.version")),
        ("action", msg!("moment.fact.action")),
        ("state", msg!("moment.fact.state")),
        ("tested", msg!("moment.fact.tested")),
        ("last_run", msg!("moment.fact.last-run")),
        ("hits", msg!("moment.fact.hits")),
    ]);
    for row in rows {
        table.row([
            row.code.as_str().into(),
            row.name.as_str().into(),
            row.version.into(),
            action(row),
            state(row),
            tested(row),
            day(row.last_run),
            row.hits.into(),
        ]);
    }
    table
}

fn test_table(test: &Backtest) -> Table {
    let mut table = Table::new([
        ("day", msg!("moment.fact.day")),
        ("hits", msg!("moment.fact.hits")),
        ("in_live_strategy", msg!("moment.fact.live")),
    ]);
    for day in &test.days {
        table.row([day.day.into(), day.hits.into(), day.in_live_strategy.into()]);
    }
    table
}

fn hits_table(hits: &[Hit]) -> Table {
    let mut table = Table::new([
        ("day", msg!("moment.fact.day")),
        ("customer", msg!("moment.fact.customer")),
        ("org", msg!("segment.fact.org")),
        ("strategy", msg!("moment.fact.strategy")),
        ("in_live_strategy", msg!("moment.fact.live")),
    ]);
    for hit in hits {
        let live = if hit.in_live_strategy { msg!("moment.yes").into() } else { "".into() };
        table.row([
            hit.day.into(),
            hit.customer.to_string().into(),
            hit.org.as_str().into(),
            hit.strategy.as_deref().unwrap_or_default().into(),
            live,
        ]);
    }
    table
}
