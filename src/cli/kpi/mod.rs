//! `baton kpi`: the metric tree, one value, why a metric moved, what metrics mean, and their targets.

mod alerts;
mod explain;
mod grid;
mod meaning;

use chrono::NaiveDate;
use clap::Subcommand;
use serde::Serialize;

use crate::domain::message::{Arg, Key, Message};
use crate::domain::metric::compare::{self, Against, Compare, Taken};
use crate::domain::metric::error::KpiError;
use crate::domain::metric::{Base, Kind, KpiRow, KpiSheet, KpiValue, Quality, Value};
use crate::domain::money::{Currency, Minor};
use crate::domain::percent::signed_percent;
use crate::msg;
use crate::store::Session;
use crate::store::kpi::{self, KpiFailure, SheetAsked};
use crate::text::number;

use super::{Context, Failure, Format, Table};

pub(super) use self::explain::by;

/// What to ask about metrics.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// The metric tree with its values
    Tree {
        /// The tree of this metric only (default: every tree)
        metric: Option<String>,
        /// The org unit's code (default: the whole bank)
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// The day (default: the bank's today)
        #[arg(long, value_name = "DATE")]
        on: Option<NaiveDate>,
    },
    /// One metric's value beside the others: the period before, the year before, its beginning, the plan
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
    /// Why a metric moved between two days, or against the period before, the year before, its beginning, the plan
    Explain(explain::Args),
    /// Writes down what a metric means; a known one gets its next version
    Define(meaning::Define),
    /// What metrics mean, each as its owner wrote it last; of one metric, all versions
    Definitions {
        /// The metric's code
        metric: Option<String>,
    },
    /// Targets: whether parts add up to the whole, and what they were before
    #[command(subcommand)]
    Targets(meaning::Targets),
    /// Units by metrics: how each stands among its peers
    Grid(grid::Args),
    /// Rules on metrics that are looked at after each load (without more: lists them)
    Alerts {
        /// What to do with them
        #[command(subcommand)]
        what: Option<alerts::Args>,
    },
    /// The strategies whose pushes reach customers of a unit, or a group of them
    Touching {
        /// The org unit's code (default: the whole bank)
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// The rule of the group: only pushes with customers of it, and how many of these (default: everyone)
        #[arg(long, value_name = "RULE")]
        rule: Option<String>,
    },
}

impl From<KpiFailure> for Failure {
    fn from(failure: KpiFailure) -> Self {
        match failure {
            KpiFailure::Store(error) => error.into(),
            other => Self::refused(other.message()),
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
    Box::pin(context.answer(Box::pin(step(args, &mut session, context)))).await
}

async fn step(args: Args, session: &mut Session, context: &Context) -> Result<(), Failure> {
    match args {
        Args::Tree { metric, org, on } => {
            let asked = SheetAsked { org, on, since: None, beside: true, root: metric };
            let sheet = kpi::sheet(session, &asked).await?;
            context.output.result(&Tree::of(&sheet), || tree_table(&sheet, context))?;
            say_of_tree(&sheet, context);
            Ok(())
        }
        Args::Show { metric, org, on } => {
            let value = kpi::value(session, &metric, org.as_deref(), on).await?;
            context.output.result(&value, || value_table(&value, context))?;
            say_about(&value, context);
            Ok(())
        }
        Args::Explain(args) => explain::run(args, session, context).await,
        Args::Define(args) => meaning::define(args, session, context).await,
        Args::Definitions { metric } => {
            meaning::definitions(metric.as_deref(), session, context).await
        }
        Args::Targets(args) => meaning::targets(args, session, context).await,
        Args::Grid(args) => grid::run(args, session, context).await,
        Args::Alerts { what } => {
            alerts::run(what.unwrap_or(alerts::Args::List), session, context).await
        }
        Args::Touching { org, rule } => {
            grid::touching(org.as_deref(), rule.as_deref(), session, context).await
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
    base: Base,
    previous: Option<Value>,
    previous_day: Option<NaiveDate>,
    change: Option<Value>,
    target: Option<Target<'a>>,
    #[serde(serialize_with = "by_word")]
    against: &'a [Against],
    quality: &'a Quality,
    previous_quality: &'a Quality,
}

#[derive(Serialize)]
struct Target<'a> {
    period: &'a str,
    value: Value,
    reached: Option<f64>,
}

fn by_word<S: serde::Serializer>(all: &&[Against], serializer: S) -> Result<S::Ok, S::Error> {
    compare::by_word(all, serializer)
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
            base: row.base,
            previous: row.previous,
            previous_day: row.previous_day,
            change: row.change(),
            target: row.target.as_ref().map(|target| Target {
                period: &target.period,
                value: target.value,
                reached: target.reached,
            }),
            against: &row.against,
            quality: &row.quality,
            previous_quality: &row.previous_quality,
        }
    }
}

/// Over which days lines are taken that are made of days, and what is missing of each.
fn say_of_tree(sheet: &KpiSheet, context: &Context) {
    let mut told: Vec<(Compare, Taken, Taken)> = Vec::new();
    for row in sheet.rows.iter().filter(|row| row.base != Base::End) {
        for one in row.against.iter().filter(|one| one.compare != Compare::Prev) {
            let Some((from, to)) = one.from.zip(one.to) else { continue };
            if !told.contains(&(one.compare, from, to)) {
                told.push((one.compare, from, to));
            }
        }
    }
    for (compare, from, to) in told {
        let days = Message::new(msg!("kpi.base.days")).with("against", compare.label());
        context.output.say(days.with("from", from.said()).with("to", to.said()));
    }
    tree_remarks(sheet, context);
    for row in &sheet.rows {
        let of = |what: Arg, said: Message| {
            let of = Message::new(msg!("kpi.quality.of")).with("metric", what);
            context.output.say(of.with("said", said));
        };
        for said in row.quality.said() {
            of(row.metric.as_str().into(), said);
        }
        for one in row.against.iter().filter(|one| !one.is_whole()) {
            let what = Message::new(msg!("kpi.quality.line")).with("metric", row.metric.as_str());
            for said in one.doubts() {
                of(what.clone().with("against", one.compare.label()).into(), said);
            }
        }
    }
}

/// How the days of both ends of the comparisons differ that stand in the table, each said once with the metrics that it is of.
fn tree_remarks(sheet: &KpiSheet, context: &Context) {
    let mut told: Vec<(Compare, Message, Vec<&str>)> = Vec::new();
    for row in &sheet.rows {
        // Of what is summed or averaged over a period the table has the day before, and no period before.
        let stands = |one: &&Against| one.compare != Compare::Prev || row.base == Base::End;
        for one in row.against.iter().filter(stands).filter(|one| one.change().is_some()) {
            for said in one.remarks.said() {
                let known =
                    told.iter_mut().find(|(of, known, _)| *of == one.compare && *known == said);
                match known {
                    Some((.., metrics)) => metrics.push(&row.metric),
                    None => told.push((one.compare, said, vec![&row.metric])),
                }
            }
        }
    }
    for (compare, said, mut metrics) in told {
        metrics.dedup();
        let of = Message::new(msg!("kpi.remark.of-metrics")).with("against", compare.label());
        let names = Message::list(metrics.into_iter().map(Arg::from));
        context.output.say(of.with("metrics", names).with("said", said));
    }
}

/// How the days of both ends of comparisons differ, each said once.
fn remarks<'a>(all: impl Iterator<Item = &'a Against>, context: &Context) {
    let mut told: Vec<Message> = Vec::new();
    for one in all {
        for said in one.remarks.said() {
            let of = Message::new(msg!("kpi.remark.of")).with("against", one.compare.label());
            let said = of.with("said", said);
            if !told.contains(&said) {
                told.push(said);
            }
        }
    }
    for said in told {
        context.output.say(said);
    }
}

fn tree_table(sheet: &KpiSheet, context: &Context) -> Table {
    let columns = [
        ("metric", msg!("kpi.column.metric")),
        ("name", msg!("kpi.column.name")),
        ("value", msg!("kpi.column.value")),
        ("day", msg!("kpi.column.day")),
        ("previous", msg!("kpi.column.previous")),
        ("change", msg!("kpi.column.change")),
        ("change_share", msg!("kpi.column.change-share")),
        ("yoy_share", msg!("kpi.column.yoy")),
        ("ytd_share", msg!("kpi.column.ytd")),
        ("target", msg!("kpi.column.target")),
        ("reached", msg!("kpi.column.reached")),
        ("base", msg!("kpi.column.base")),
        ("incomplete", msg!("kpi.column.incomplete")),
    ];
    let mut table = Table::new(columns.into_iter().chain(unit_column(context)));
    let held =
        |row: &KpiRow, compare| row.against.iter().find(|one| one.compare == compare).cloned();
    let against = |row: &KpiRow, compare| {
        share(held(row, compare).as_ref().and_then(Against::share), context)
    };
    for row in &sheet.rows {
        let money = row.is_money().then_some(sheet.currency);
        let indent = if for_people(context) { "  ".repeat(row.depth) } else { String::new() };
        let target = row.target.as_ref();
        let unit = unit_of(row.unit.as_deref(), sheet.currency, context);
        let cells = [
            format!("{indent}{}", row.metric).into(),
            label(&row.zh, &row.en),
            amount(row.value, money, context),
            day(row.day),
            amount(row.previous, money, context),
            amount(row.change(), money, context),
            share(row.change_share(), context),
            against(row, Compare::Yoy),
            against(row, Compare::Ytd),
            amount(target.map(|target| target.value), money, context),
            share(target.and_then(|target| target.reached), context),
            row.base.label().into(),
            lacking(row),
        ];
        table.row(cells.into_iter().chain(unit));
    }
    table
}

/// Which numbers of a line are made of incomplete or restated parts: `!` for the value, and the words of the others.
fn lacking(row: &KpiRow) -> Arg {
    let mut lacking: Vec<&str> = Vec::new();
    lacking.extend((!row.quality.is_whole()).then_some("!"));
    lacking.extend((!row.previous_quality.is_whole()).then_some("previous"));
    // The period before is not in the table; its later end is the value's period.
    let shown = row.against.iter().filter(|one| one.compare != Compare::Prev);
    lacking.extend(shown.filter(|one| !one.is_whole()).map(|one| one.compare.word()));
    lacking.join(" ").into()
}

/// A sign where a part of it is missing or was restated.
fn incomplete(quality: &Quality) -> Arg {
    if quality.is_whole() { "" } else { "!" }.into()
}

/// The value, and under it what it is held against.
fn value_table(value: &KpiValue, context: &Context) -> Table {
    let money = is_money(value.unit.as_deref()).then_some(value.currency);
    let columns = [
        ("metric", msg!("kpi.column.metric")),
        ("name", msg!("kpi.column.name")),
        ("org", msg!("kpi.column.org")),
        ("against", msg!("kpi.column.against")),
        ("from", msg!("kpi.column.from")),
        ("to", msg!("kpi.column.to")),
        ("before", msg!("kpi.column.before")),
        ("value", msg!("kpi.column.value")),
        ("change", msg!("kpi.column.change")),
        ("change_share", msg!("kpi.column.change-share")),
        ("day", msg!("kpi.column.day")),
        ("incomplete", msg!("kpi.column.incomplete")),
    ];
    let mut table = Table::new(columns.into_iter().chain(unit_column(context)));
    let unit = unit_of(value.unit.as_deref(), value.currency, context);
    let nothing = || Arg::from(String::new());
    let head = |against: Arg| {
        [
            value.metric.as_str().into(),
            label(&value.zh, &value.en),
            value.org.as_str().into(),
            against,
        ]
    };
    let [metric, name, org, now] = head(msg!("kpi.compare.now").into());
    let shown = amount(value.value, money, context);
    let quality = incomplete(&value.quality);
    let (on, of) = (value.on.into(), day(value.day));
    let none = [nothing(), on, nothing(), shown, nothing(), nothing(), of, quality];
    table.row([metric, name, org, now].into_iter().chain(none).chain(unit.clone()));
    for one in &value.against {
        let period = |taken: Option<Taken>| taken.map_or_else(nothing, Taken::said);
        let to = one.to.unwrap_or(Taken::on(value.on));
        let cells = [
            period(one.from),
            period(Some(to)),
            amount(one.before, money, context),
            amount(one.now, money, context),
            amount(one.change(), money, context),
            share(one.share(), context),
            nothing(),
            if one.is_whole() { "" } else { "!" }.into(),
        ];
        table.row(head(one.compare.label().into()).into_iter().chain(cells).chain(unit.clone()));
    }
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
    value.quality.said().into_iter().for_each(|said| context.output.say(said));
    for one in &value.against {
        for said in one.doubts() {
            let of = Message::new(msg!("kpi.quality.of")).with("metric", one.compare.label());
            context.output.say(of.with("said", said));
        }
    }
    remarks(value.against.iter(), context);
    context.output.say(value.meant());
}

/// The column that says what a line's figures are counted in; people see it in the figures.
fn unit_column(context: &Context) -> Option<(&'static str, Key)> {
    (!for_people(context)).then_some(("unit", msg!("kpi.column.unit")))
}

/// What figures are counted in: money by its code in a workbook, which has whole units, and by its smallest unit where it stands as
/// such.
fn unit_of(unit: Option<&str>, currency: Currency, context: &Context) -> Option<Arg> {
    let least = || currency.plain(Minor(1));
    let named = match unit {
        Some("money") if context.output.format == Format::Xlsx => currency.code().to_owned(),
        Some("money") => format!("{} {}", least(), currency.code()),
        other => other.unwrap_or_default().to_owned(),
    };
    (!for_people(context)).then(|| named.into())
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
    if for_people(context) && share != 0.0 && share.abs() < 0.0005 {
        // What a tenth does not show.
        signed_percent(share).into()
    } else if for_people(context) {
        number::percent((share * 1e6).round() as i64, WHOLE).unwrap_or_default().into()
    } else {
        share.to_string().into()
    }
}
