//! `baton calendar`: the bank's days, a month at a time, and taking a year in from a file.
#![expect(clippy::disallowed_methods, reason = "a calendar is read from a file here")]

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::json;

use super::{Context, Failure, Table};
use crate::domain::calendar::{self as days, CalendarDay, CalendarError, Entry};
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::{Session, bank, calendar};

/// A month, or what to do with the calendar.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Which month, such as 2026-12 (default: that of the bank's day)
    #[arg(long, value_name = "MONTH", value_parser = parse_month)]
    month: Option<NaiveDate>,
    #[command(subcommand)]
    step: Option<Step>,
}

/// What to do with the calendar.
#[derive(Debug, Subcommand)]
pub enum Step {
    /// Takes in a CSV file (from,to,kind,name; kind is holiday, working or blackout), which says all of its years
    Import {
        /// The file, UTF-8
        file: PathBuf,
    },
}

fn parse_month(text: &str) -> Result<NaiveDate, &'static str> {
    format!("{text}-01").parse().map_err(|_| "a month such as 2026-12")
}

/// Runs a `calendar` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let entries = match &args.step {
        Some(Step::Import { file }) => Some(read(file)?),
        None => None,
    };
    let db = context.connect().await?;
    let mut session = db.session().await?;
    db.within(STATEMENT_LIMIT, async {
        match entries {
            Some(entries) => import(&entries, &mut session, context).await,
            None => month(args.month, &mut session, context).await,
        }
    })
    .await
}

/// Reads a calendar file.
fn read(path: &Path) -> Result<Vec<Entry>, Failure> {
    let shown = clean(&path.to_string_lossy()).into_owned();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::refused(
            Message::new(msg!("calendar.unreadable"))
                .with("path", shown.clone())
                .with("detail", error.to_string()),
        )
    })?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            CalendarError { line, fault: days::Fault::Fields }.message()
        })?;
        records.push(record);
    }
    let rows = records.iter().map(|record| {
        (record.position().map_or(0, csv::Position::line), record.iter().collect::<Vec<_>>())
    });
    days::read(rows).map_err(|error| Failure::refused(error.message()))
}

async fn import(
    entries: &[Entry],
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let brought = calendar::put(session, entries).await?;
    context.output.result(&json!({ "days": brought }), || {
        Table::facts([(msg!("calendar.fact.days"), brought.into())])
    })
}

async fn month(
    asked: Option<NaiveDate>,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let day = match asked {
        Some(day) => day,
        None => bank::bank(session).await?.as_of,
    };
    let (first, end) = days::month(day).unwrap_or((day, day));
    let entries = calendar::entries(session, first, end).await?;
    let days = days::days(first, end, &entries);
    let month = first.format("%Y-%m").to_string();
    let shown: Vec<_> = days.iter().map(value).collect();
    context.output.result(&json!({ "month": month, "days": shown }), || table(&days))
}

fn value(day: &CalendarDay) -> serde_json::Value {
    let (kind, name) = match &day.named {
        Some((kind, name)) => (Some(kind.code()), Some(name)),
        None => (None, None),
    };
    json!({
        "day": day.day, "working": day.working, "kind": kind, "name": name, "blackout": day.blackout,
    })
}

fn table(days: &[CalendarDay]) -> Table {
    let mut table = Table::new([
        ("day", msg!("calendar.column.day")),
        ("weekday", msg!("calendar.column.weekday")),
        ("working", msg!("calendar.column.working")),
        ("name", msg!("calendar.column.name")),
        ("blackout", msg!("calendar.column.blackout")),
    ]);
    for day in days {
        let working = if day.working { msg!("calendar.works") } else { msg!("calendar.rests") };
        let name = day.named.as_ref().map(|(_, name)| name.as_str()).unwrap_or_default();
        table.row([
            day.day.into(),
            weekday(day.day).into(),
            working.into(),
            name.into(),
            day.blackout.as_deref().unwrap_or_default().into(),
        ]);
    }
    table
}

fn weekday(day: NaiveDate) -> crate::domain::message::Key {
    use chrono::{Datelike as _, Weekday};
    match day.weekday() {
        Weekday::Mon => msg!("calendar.weekday.mon"),
        Weekday::Tue => msg!("calendar.weekday.tue"),
        Weekday::Wed => msg!("calendar.weekday.wed"),
        Weekday::Thu => msg!("calendar.weekday.thu"),
        Weekday::Fri => msg!("calendar.weekday.fri"),
        Weekday::Sat => msg!("calendar.weekday.sat"),
        Weekday::Sun => msg!("calendar.weekday.sun"),
    }
}
