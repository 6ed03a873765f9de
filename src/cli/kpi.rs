//! `baton kpi`: the metric tree, one value, and why a metric moved.

use chrono::NaiveDate;
use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use crate::domain::decomposition::{By, Explanation, Method};
use crate::domain::message::{Arg, Message};
use crate::domain::metric::error::KpiError;
use crate::domain::metric::{Kind, KpiRow, KpiSheet, KpiValue, Value};
use crate::domain::money::{Currency, Minor};
use crate::msg;
use crate::store::Session;
use crate::store::kpi::{self, KpiFailure};
use crate::text::number;

use super::{Context, Failure, Format, Table};

/// What to ask about metrics.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// The metric tree with its values
    Tree {
        /// The org unit's code (default: the whole bank)
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// The day (default: the bank's today)
        #[arg(long, value_name = "DATE")]
        on: Option<NaiveDate>,
    },
    /// One metric's value
    Show {
        /// The metric's code
        metric: String,
        /// The org unit's code (default: the whole bank)
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// The day (default: the bank's today)
        #[arg(long, value_name = "DATE")]
        on: Option<NaiveDate>,
    },
    /// Why a metric moved between two days
    Explain {
        /// The metric's code
        metric: String,
        /// The earlier day
        #[arg(long, value_name = "DATE")]
        from: NaiveDate,
        /// The later day
        #[arg(long, value_name = "DATE")]
        to: NaiveDate,
        /// The org unit's code (default: the whole bank)
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// Over the units below, or over the factors of the formula
        #[arg(long, value_enum, default_value_t)]
        by: Part,
    },
}

/// What a change is split over, as it is written on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The units right below
    #[default]
    Org,
    /// The factors of the formula
    Factor,
}

impl From<KpiFailure> for Failure {
    fn from(failure: KpiFailure) -> Self {
        match failure {
            KpiFailure::Kpi(error) => Self::refused(error.message()),
            KpiFailure::Store(error) => error.into(),
        }
    }
}

/// Runs a `kpi` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    context.answer(step(args, &mut session, context)).await
}

async fn step(args: Args, session: &mut Session, context: &Context) -> Result<(), Failure> {
    match args {
        Args::Tree { org, on } => {
            let sheet = kpi::sheet(session, org.as_deref(), on).await?;
            context.output.result(&Tree::of(&sheet), || tree_table(&sheet, context))
        }
        Args::Show { metric, org, on } => {
            let value = kpi::value(session, &metric, org.as_deref(), on).await?;
            context.output.result(&value, || value_table(&value, context))?;
            say_about(&value, context);
            Ok(())
        }
        Args::Explain { metric, from, to, org, by } => {
            let by = if by == Part::Org { By::Org } else { By::Factor };
            let (explanation, currency) =
                kpi::explain(session, &metric, org.as_deref(), (from, to), by).await?;
            say_method(&explanation, context);
            context
                .output
                .result(&explanation, || explanation_table(&explanation, currency, context))
        }
    }
}

/// `kpi tree` as JSON.
#[derive(Serialize)]
struct Tree<'a> {
    org: &'a str,
    on: NaiveDate,
    previous_on: NaiveDate,
    metrics: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    metric: &'a str,
    zh: &'a str,
    en: &'a str,
    kind: Kind,
    unit: Option<&'a str>,
    formula: Option<&'a str>,
    parent: Option<&'a str>,
    depth: usize,
    value: Option<Value>,
    day: Option<NaiveDate>,
    previous: Option<Value>,
    previous_day: Option<NaiveDate>,
    change: Option<Value>,
    target: Option<Target<'a>>,
}

#[derive(Serialize)]
struct Target<'a> {
    period: &'a str,
    value: i64,
    reached: Option<f64>,
}

impl<'a> Tree<'a> {
    fn of(sheet: &'a KpiSheet) -> Self {
        let metrics = sheet.rows.iter().map(Line::of).collect();
        let (org, on, previous_on) = (&sheet.org, sheet.on, sheet.previous_on);
        Self { org, on, previous_on, metrics }
    }
}

impl<'a> Line<'a> {
    fn of(row: &'a KpiRow) -> Self {
        Self {
            metric: &row.metric,
            zh: &row.zh,
            en: &row.en,
            kind: row.kind,
            unit: row.unit.as_deref(),
            formula: row.formula.as_deref(),
            parent: row.parent.as_deref(),
            depth: row.depth,
            value: row.value,
            day: row.day,
            previous: row.previous,
            previous_day: row.previous_day,
            change: row.change(),
            target: row.target.as_ref().map(|target| Target {
                period: &target.period,
                value: target.value,
                reached: target.reached,
            }),
        }
    }
}

fn tree_table(sheet: &KpiSheet, context: &Context) -> Table {
    let mut table = Table::new([
        ("metric", msg!("kpi.column.metric")),
        ("name", msg!("kpi.column.name")),
        ("value", msg!("kpi.column.value")),
        ("day", msg!("kpi.column.day")),
        ("previous", msg!("kpi.column.previous")),
        ("change", msg!("kpi.column.change")),
        ("change_share", msg!("kpi.column.change-share")),
        ("target", msg!("kpi.column.target")),
        ("reached", msg!("kpi.column.reached")),
    ]);
    for row in &sheet.rows {
        let money = row.is_money().then_some(sheet.currency);
        let indent = if for_people(context) { "  ".repeat(row.depth) } else { String::new() };
        let target = row.target.as_ref();
        table.row([
            format!("{indent}{}", row.metric).into(),
            label(&row.zh, &row.en),
            amount(row.value, money, context),
            day(row.day),
            amount(row.previous, money, context),
            amount(row.change(), money, context),
            share(row.change_share(), context),
            amount(target.map(|target| Value::Whole(target.value)), money, context),
            share(target.and_then(|target| target.reached), context),
        ]);
    }
    table
}

fn value_table(value: &KpiValue, context: &Context) -> Table {
    let money = is_money(value.unit.as_deref()).then_some(value.currency);
    let mut table = Table::new([
        ("metric", msg!("kpi.column.metric")),
        ("name", msg!("kpi.column.name")),
        ("org", msg!("kpi.column.org")),
        ("on", msg!("kpi.column.on")),
        ("value", msg!("kpi.column.value")),
        ("day", msg!("kpi.column.day")),
    ]);
    table.row([
        value.metric.as_str().into(),
        label(&value.zh, &value.en),
        value.org.as_str().into(),
        value.on.into(),
        amount(value.value, money, context),
        day(value.day),
    ]);
    table
}

/// Says on stderr what the value alone does not: that it is of another day, or why there is none.
fn say_about(value: &KpiValue, context: &Context) {
    match value.oldest_day {
        Some(day) if day != value.on => context
            .output
            .say(Message::new(msg!("kpi.facts-of")).with("on", value.on).with("day", day)),
        Some(_) => {}
        None => {
            let (metric, org) = (value.metric.clone(), value.org.clone());
            let missing = KpiError::NoFacts { metric, org, on: value.on, span: value.span };
            context.output.say(missing.message());
        }
    }
}

fn say_method(explanation: &Explanation, context: &Context) {
    let method = match explanation.method {
        Method::Additive => msg!("kpi.method.additive"),
        Method::LmdiI => msg!("kpi.method.lmdi-i"),
    };
    if for_people(context) {
        context.output.say(
            Message::new(msg!("kpi.explained"))
                .with("metric", explanation.metric.as_str())
                .with("org", explanation.org.as_str())
                .with("from", explanation.from_date)
                .with("to", explanation.to_date)
                .with("method", method),
        );
    }
    let ends =
        [(explanation.from_date, explanation.from_day), (explanation.to_date, explanation.to_day)];
    for (on, day) in ends {
        if let Some(day) = day.filter(|&day| day != on) {
            context.output.say(Message::new(msg!("kpi.facts-of")).with("on", on).with("day", day));
        }
    }
    if explanation.residual.as_f64() != 0.0 {
        let metric = explanation.metric.as_str();
        context.output.say(Message::new(msg!("kpi.residual-why")).with("metric", metric));
    }
}

fn explanation_table(explanation: &Explanation, currency: Currency, context: &Context) -> Table {
    let money = is_money(explanation.unit.as_deref()).then_some(currency);
    let mut table = Table::new([
        ("part", msg!("kpi.column.part")),
        ("name", msg!("kpi.column.name")),
        ("from", msg!("kpi.column.from")),
        ("to", msg!("kpi.column.to")),
        ("effect", msg!("kpi.column.effect")),
        ("share", msg!("kpi.column.share")),
    ]);
    let whole = explanation.change.as_f64();
    let part = |effect: Value| share((whole != 0.0).then(|| effect.as_f64() / whole), context);
    for effect in &explanation.effects {
        let own = is_money(effect.unit.as_deref()).then_some(currency);
        table.row([
            effect.name.as_str().into(),
            label(&effect.zh, &effect.en),
            amount(effect.from, own, context),
            amount(effect.to, own, context),
            amount(Some(effect.effect), money, context),
            part(effect.effect),
        ]);
    }
    let nothing = || Arg::from(String::new());
    if explanation.residual.as_f64() != 0.0 {
        let left = amount(Some(explanation.residual), money, context);
        let name = msg!("kpi.residual").into();
        table.row([nothing(), name, nothing(), nothing(), left, part(explanation.residual)]);
    }
    if for_people(context) {
        let sum = |value| amount(Some(value), money, context);
        let (from, to) = (sum(explanation.from), sum(explanation.to));
        let name = msg!("kpi.total").into();
        table.row([nothing(), name, from, to, sum(explanation.change), nothing()]);
    }
    table
}

fn is_money(unit: Option<&str>) -> bool {
    unit == Some("money")
}

fn for_people(context: &Context) -> bool {
    context.output.format == Format::Table
}

fn label(zh: &str, en: &str) -> Arg {
    Arg::Label { zh: zh.to_owned(), en: en.to_owned() }
}

fn day(day: Option<NaiveDate>) -> Arg {
    day.map_or_else(|| String::new().into(), Arg::from)
}

/// Money with its currency, counts as counts; a quotient is rounded for people and whole for programs.
fn amount(value: Option<Value>, money: Option<Currency>, context: &Context) -> Arg {
    match (value, money) {
        (None, _) => String::new().into(),
        (Some(Value::Number(value)), _) if !for_people(context) => value.to_string().into(),
        (Some(value), Some(currency)) => Arg::Money(Minor(value.rounded()), currency),
        (Some(Value::Whole(value)), None) => value.into(),
        (Some(Value::Number(value)), None) => format!("{value:.4}").into(),
    }
}

/// A share with one decimal for people, plain for programs.
#[expect(
    clippy::cast_possible_truncation,
    reason = "`as` saturates, and a share is shown to a tenth"
)]
fn share(share: Option<f64>, context: &Context) -> Arg {
    const WHOLE: i64 = 1_000_000;
    let Some(share) = share else { return String::new().into() };
    if for_people(context) {
        number::percent((share * 1e6).round() as i64, WHOLE).unwrap_or_default().into()
    } else {
        share.to_string().into()
    }
}
