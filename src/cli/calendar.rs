//! `baton calendar`: the bank's days and what runs on them, a month at a time, and taking a year in from a file.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, Failure, Table, file};
use crate::domain::agenda::{Agenda, Ahead, Planned, Running, clock};
use crate::domain::calendar::{self as days, CalendarDay, CalendarError, Entry, weekday};
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
    entries(&file::text(path).map_err(Failure::refused)?)
}

/// Reads the text of a calendar file.
///
/// # Errors
/// [`Failure`] with the line of the first fault.
pub(super) fn entries(text: &str) -> Result<Vec<Entry>, Failure> {
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
    let agenda = calendar::agenda(session, day).await?;
    context.output.result(&value(day, &agenda), || table(&agenda))
}

fn value(day: NaiveDate, agenda: &Agenda) -> Value {
    let days: Vec<_> = agenda.days.iter().map(|day| day_value(day, agenda)).collect();
    let pushes: Vec<_> = agenda.running.iter().map(|push| push_value(push, agenda)).collect();
    let planned: Vec<_> = agenda.ahead.iter().map(plan_value).collect();
    let overlap = agenda.pairs().into_iter();
    let overlap: Vec<_> = overlap
        .map(|(a, b, customers)| json!({ "pushes": [a, b], "customers": customers }))
        .collect();
    let hours = |hours: Option<(i64, i64)>| {
        hours.map(|(from, to)| json!({ "from": clock(from), "to": clock(to) }))
    };
    json!({
        "month": day.format("%Y-%m").to_string(), "days": days, "pushes": pushes, "planned": planned,
        "overlap": overlap, "quiet": hours(agenda.quiet), "office": hours(agenda.office),
    })
}

fn day_value(day: &CalendarDay, agenda: &Agenda) -> Value {
    let (kind, name) = match &day.named {
        Some((kind, name)) => (Some(kind.code()), Some(name)),
        None => (None, None),
    };
    json!({
        "day": day.day, "working": day.working, "kind": kind, "name": name, "blackout": day.blackout,
        "pushes": agenda.on(day.day).map(|push| push.push).collect::<Vec<_>>(),
        "shared": agenda.shared_on(day.day),
    })
}

fn push_value(push: &Running, agenda: &Agenda) -> Value {
    json!({
        "push": push.push, "strategy": push.strategy, "version": push.version, "wave": push.wave, "name": push.name,
        "from": push.from, "to": push.to, "tasks": push.tasks, "shared": agenda.shared_of(push),
    })
}

fn plan_value(plan: &Ahead) -> Value {
    let (what, wave, push, closed) = match plan.what {
        Planned::Wave { wave } => ("wave", Some(wave), None, None),
        Planned::Review { push, closed } => ("review", None, Some(push), Some(closed)),
    };
    json!({
        "day": plan.day, "what": what, "strategy": plan.strategy, "version": plan.version, "name": plan.name,
        "wave": wave, "push": push, "closed": closed,
    })
}

fn table(agenda: &Agenda) -> Table {
    let mut table = Table::new([
        ("day", msg!("calendar.column.day")),
        ("weekday", msg!("calendar.column.weekday")),
        ("working", msg!("calendar.column.working")),
        ("name", msg!("calendar.column.name")),
        ("blackout", msg!("calendar.column.blackout")),
        ("pushes", msg!("calendar.column.pushes")),
        ("shared", msg!("calendar.column.shared")),
        ("waves", msg!("calendar.column.waves")),
        ("reviews", msg!("calendar.column.reviews")),
    ]);
    for day in &agenda.days {
        let working = if day.working { msg!("calendar.works") } else { msg!("calendar.rests") };
        let name = day.named.as_ref().map(|(_, name)| name.as_str()).unwrap_or_default();
        let pushes: Vec<_> = agenda.on(day.day).map(|push| format!("#{}", push.push)).collect();
        let (waves, reviews) = planned(agenda, day.day);
        table.row([
            day.day.into(),
            weekday(day.day).into(),
            working.into(),
            name.into(),
            day.blackout.as_deref().unwrap_or_default().into(),
            pushes.join(" ").into(),
            agenda.shared_on(day.day).into(),
            waves.into(),
            reviews.into(),
        ]);
    }
    table
}

/// The waves and the reviews that are planned for a day: a wave by its strategy and number, a review by its push.
fn planned(agenda: &Agenda, day: NaiveDate) -> (String, String) {
    let (mut waves, mut reviews) = (Vec::new(), Vec::new());
    for plan in agenda.planned(day) {
        match plan.what {
            Planned::Wave { wave } => {
                waves.push(format!("{} v{} / {wave}", plan.strategy, plan.version));
            }
            Planned::Review { push, .. } => reviews.push(format!("#{push}")),
        }
    }
    (waves.join(", "), reviews.join(" "))
}
