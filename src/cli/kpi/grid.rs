//! `baton kpi grid`: units by metrics, and how each stands among its peers.

use chrono::NaiveDate;

use super::{amount, is_money, label, share, unit_column, unit_of};
use crate::cli::{Context, Failure, Table};
use crate::domain::message::{Arg, Message};
use crate::domain::metric::Value;
use crate::domain::metric::compare::Compare;
use crate::domain::metric::grid::{Heat, HeatCell};
use crate::domain::money::Currency;
use crate::domain::rule::{Rule, RuleError};
use crate::msg;
use crate::store::kpi::grid::{self as store, Asked};
use crate::store::kpi::touching;
use crate::store::{Session, attribute};

/// What to show.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The org unit above (default: the whole bank)
    #[arg(long, value_name = "CODE")]
    org: Option<String>,
    /// The kind of the units (default: those right below)
    #[arg(long, value_parser = ["hq", "branch", "subbranch", "center"])]
    kind: Option<String>,
    /// The metrics' codes (default: all)
    #[arg(long, value_name = "CODE,..", value_delimiter = ',')]
    metric: Vec<String>,
    /// The day (default: the bank's today)
    #[arg(long, value_name = "DATE")]
    on: Option<NaiveDate>,
    /// What each value is held against
    #[arg(long, value_parser = ["prev", "yoy", "ytd"], default_value = "prev")]
    compare: String,
    /// Sorts by this metric, the lowest first
    #[arg(long, value_name = "CODE")]
    sort: Option<String>,
    /// The highest first
    #[arg(long, requires = "sort")]
    descending: bool,
}

pub(super) async fn run(
    args: Args,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let asked = Asked {
        org: args.org,
        kind: args.kind,
        metrics: args.metric,
        on: args.on,
        compare: Compare::parse(&args.compare).unwrap_or(Compare::Prev),
    };
    let (mut heat, currency) = store::grid(session, &asked).await?;
    if let Some(sort) = &args.sort {
        let at = heat.metrics.iter().position(|metric| metric.metric == *sort);
        let unknown = || Message::new(msg!("kpi.unknown-metric")).with("metric", sort.as_str());
        heat.sort_by(at.ok_or_else(|| Failure::refused(unknown()))?, args.descending);
    }
    context.output.result(&heat, || table(&heat, currency, context))?;
    if heat.rows.is_empty() {
        let said = Message::new(msg!("kpi.grid.nobody")).with("kind", heat.kind.as_str());
        context.output.say(said.with("org", heat.under.as_str()).with("on", heat.on));
        return Ok(());
    }
    context.output.say(Message::new(msg!("kpi.grid.peers")).with("peers", heat.peers.label()));
    context.output.say(msg!("kpi.grid.fair"));
    Ok(())
}

pub(super) async fn touching(
    org: Option<&str>,
    rule: Option<&str>,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let rows = match rule {
        None => touching::touching(session, org).await?,
        Some(text) => {
            let words = attribute::vocabulary(session).await?;
            let refused = |error: RuleError| Failure::refused(error.message());
            let rule = Rule::parse(text, &words).map_err(refused)?;
            touching::of_group(session, org, &rule).await?
        }
    };
    context.output.result(&rows, || {
        let mut table = Table::new([
            ("strategy", msg!("console.touching.strategy")),
            ("version", msg!("kpi.column.version")),
            ("name", msg!("kpi.column.name")),
            ("push", msg!("console.touching.push")),
            ("pushed_on", msg!("kpi.column.on")),
            ("customers", msg!("console.touching.customers")),
            ("control", msg!("console.touching.control")),
            ("live", msg!("console.touching.live")),
        ]);
        for row in &rows {
            table.row([
                row.strategy.as_str().into(),
                row.version.into(),
                row.name.as_str().into(),
                row.push.to_string().into(),
                row.pushed_on.into(),
                row.customers.into(),
                row.control.into(),
                if row.live { msg!("kpi.yes") } else { msg!("kpi.no") }.into(),
            ]);
        }
        table
    })
}

/// How far a cell stands from its peers, as a sign that needs no colour.
fn sign(cell: &HeatCell) -> &'static str {
    match (cell.small, cell.heat) {
        (true, _) => "?",
        (_, -2) => "--",
        (_, -1) => "-",
        (_, 1) => "+",
        (_, 2) => "++",
        _ => "",
    }
}

fn table(heat: &Heat, currency: Currency, context: &Context) -> Table {
    let columns = [
        ("org", msg!("kpi.column.org")),
        ("name", msg!("kpi.column.name")),
        ("class", msg!("kpi.column.class")),
        ("metric", msg!("kpi.column.metric")),
        ("metric_name", msg!("kpi.column.metric-name")),
        ("value", msg!("kpi.column.value")),
        ("change_share", msg!("kpi.column.change-share")),
        ("rank", msg!("kpi.column.rank")),
        ("of", msg!("kpi.column.of")),
        ("heat", msg!("kpi.column.heat")),
        ("from", msg!("kpi.column.from")),
        ("to", msg!("kpi.column.to")),
        ("incomplete", msg!("kpi.column.incomplete")),
    ];
    let mut table = Table::new(columns.into_iter().chain(unit_column(context)));
    for row in &heat.rows {
        for (metric, cell) in heat.metrics.iter().zip(&row.cells) {
            let money = is_money(metric.unit.as_deref()).then_some(currency);
            let moved = cell.value.zip(cell.before).and_then(|(now, before)| {
                let base = before.as_f64();
                (base > 0.0).then(|| Value::since(now, before).as_f64() / base)
            });
            let cells = [
                row.org.as_str().into(),
                row.name.as_str().into(),
                row.class.clone().unwrap_or_default().into(),
                metric.metric.as_str().into(),
                label(&metric.zh, &metric.en),
                amount(cell.value, money, context),
                share(moved, context),
                cell.rank.map_or_else(|| String::new().into(), Arg::from),
                cell.of.into(),
                sign(cell).into(),
                metric.from.said(),
                metric.to.said(),
                if cell.incomplete { "!" } else { "" }.into(),
            ];
            let unit = unit_of(metric.unit.as_deref(), currency, context);
            table.row(cells.into_iter().chain(unit));
        }
    }
    table
}
