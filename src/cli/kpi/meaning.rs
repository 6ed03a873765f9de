//! `baton kpi define`, `definitions` and `targets`: what metrics mean, and what they should reach.

use chrono_tz::Tz;
use clap::Subcommand;
use serde_json::json;

use super::{is_money, unit_column, unit_of};
use crate::cli::{Context, Failure, Table};
use crate::domain::message::{Arg, Message};
use crate::domain::metric::Value;
use crate::domain::metric::targets::{Gap, Version};
use crate::domain::metric::tree::Tree;
use crate::domain::money::Currency;
use crate::msg;
use crate::store::kpi::definition::{self, Written};
use crate::store::kpi::targets as store;
use crate::store::{Session, bank, kpi};
use crate::text::number;

/// What a metric means. What is not given stays as the last version has it.
#[derive(Debug, clap::Args)]
pub struct Define {
    /// The metric's code
    metric: String,
    /// What is counted, and what is not
    #[arg(long, value_name = "TEXT")]
    definition: Option<String>,
    /// Who answers for it: a department or a person
    #[arg(long, value_name = "WHO")]
    owner: Option<String>,
    /// Over a period a stock is the mean of its days, instead of that of the last one (=false: no longer)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    average: Option<bool>,
    /// Working days only: a day stands for the last working day, and periods are as long in working days (=false: no longer)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    workdays: Option<bool>,
    /// What of customers' records adds up to it: holdings, holdings:CLASS or customers; none for nothing
    #[arg(long, value_name = "WORD")]
    measure: Option<String>,
}

/// What to ask about targets.
#[derive(Debug, Subcommand)]
pub enum Targets {
    /// Holds each unit's target against the sum of those below
    Check,
    /// Every version of a metric's targets
    Versions {
        /// The metric's code
        metric: String,
        /// The org unit's code (default: all)
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
    },
}

pub(super) async fn define(
    args: Define,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let last = definition::list(session, Some(&args.metric)).await?.into_iter().next();
    let last = last.as_ref();
    let text = |given: Option<String>, kept: Option<&String>| given.or_else(|| kept.cloned());
    let written = Written {
        text: text(args.definition, last.map(|last| &last.text)).unwrap_or_default(),
        owner: text(args.owner, last.map(|last| &last.owner)).unwrap_or_default(),
        average: args.average.unwrap_or(last.is_some_and(|last| last.closing == "average")),
        workdays: args.workdays.unwrap_or(last.is_some_and(|last| last.workdays)),
        measure: text(args.measure, last.and_then(|last| last.measure.as_ref()))
            .filter(|measure| measure != "none"),
    };
    definition::define(session, &args.metric, &written).await?;
    definitions(Some(&args.metric), session, context).await
}

pub(super) async fn definitions(
    metric: Option<&str>,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let rows = definition::list(session, metric).await?;
    context.output.result(&rows, || {
        let mut table = Table::new([
            ("metric", msg!("kpi.column.metric")),
            ("version", msg!("kpi.column.version")),
            ("text", msg!("kpi.column.definition")),
            ("owner", msg!("kpi.column.owner")),
            ("closing", msg!("kpi.column.closing")),
            ("workdays", msg!("kpi.column.workdays")),
            ("measure", msg!("kpi.column.measure")),
            ("written_on", msg!("kpi.column.written")),
        ]);
        for row in &rows {
            let workdays = if row.workdays { msg!("kpi.yes") } else { msg!("kpi.no") };
            table.row([
                row.metric.as_str().into(),
                row.version.into(),
                row.text.as_str().into(),
                row.owner.as_str().into(),
                row.closing.as_str().into(),
                workdays.into(),
                row.measure.clone().unwrap_or_default().into(),
                row.written_on.into(),
            ]);
        }
        table
    })
}

pub(super) async fn targets(
    args: Targets,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let tree = kpi::tree(session).await?;
    let bank = bank::bank(session).await?;
    let (currency, zone) = (bank.currency, bank.timezone);
    let of = Counted { tree: &tree, currency, zone, context };
    match args {
        Targets::Check => {
            let gaps = store::check(session).await?;
            let open = gaps.iter().filter(|gap| !gap.closes()).count();
            context.output.result(
                &json!({ "closes": open == 0, "checked": gaps.len(), "open": open, "gaps": gaps }),
                || check_table(&gaps, &of),
            )?;
            let told = if open == 0 { msg!("kpi.targets.close") } else { msg!("kpi.targets.open") };
            context.output.say(Message::new(told).with("open", open).with("checked", gaps.len()));
            Ok(())
        }
        Targets::Versions { metric, org } => {
            let rows = store::versions(session, &metric, org.as_deref()).await?;
            context.output.result(&rows, || versions_table(&metric, &rows, &of))
        }
    }
}

/// In what metrics are counted.
struct Counted<'a> {
    tree: &'a Tree,
    currency: Currency,
    zone: Tz,
    context: &'a Context,
}

impl Counted<'_> {
    fn unit(&self, metric: &str) -> Option<&str> {
        self.tree.find(metric).and_then(|at| self.tree.metric(at).unit.as_deref())
    }

    fn amount(&self, metric: &str, amount: Value) -> Arg {
        let money = is_money(self.unit(metric)).then_some(self.currency);
        super::amount(Some(amount), money, self.context)
    }

    fn named(&self, metric: &str) -> Option<Arg> {
        unit_of(self.unit(metric), self.currency, self.context)
    }
}

fn check_table(gaps: &[Gap], of: &Counted<'_>) -> Table {
    let columns = [
        ("metric", msg!("kpi.column.metric")),
        ("period", msg!("kpi.column.period")),
        ("org", msg!("kpi.column.org")),
        ("target", msg!("kpi.column.target")),
        ("parts", msg!("kpi.column.parts")),
        ("over", msg!("kpi.column.over")),
        ("planned", msg!("kpi.column.planned")),
        ("units", msg!("kpi.column.units")),
        ("closes", msg!("kpi.column.closes")),
    ];
    let mut table = Table::new(columns.into_iter().chain(unit_column(of.context)));
    for gap in gaps {
        let closes: Arg = if gap.closes() { msg!("kpi.yes") } else { msg!("kpi.no") }.into();
        let amount = |amount| of.amount(&gap.metric, Value::Whole(amount));
        let cells = [
            gap.metric.as_str().into(),
            gap.period.as_str().into(),
            gap.org.as_str().into(),
            amount(gap.target),
            amount(gap.parts),
            amount(gap.over()),
            gap.planned.into(),
            gap.units.into(),
            closes,
        ];
        table.row(cells.into_iter().chain(of.named(&gap.metric)));
    }
    table
}

fn versions_table(metric: &str, rows: &[Version], of: &Counted<'_>) -> Table {
    let columns = [
        ("period", msg!("kpi.column.period")),
        ("org", msg!("kpi.column.org")),
        ("version", msg!("kpi.column.version")),
        ("value", msg!("kpi.column.target")),
        ("written_by", msg!("kpi.column.written-by")),
        ("written_at", msg!("kpi.column.written")),
    ];
    let mut table = Table::new(columns.into_iter().chain(unit_column(of.context)));
    for row in rows {
        let cells = [
            row.period.as_str().into(),
            row.org.as_str().into(),
            row.version.into(),
            of.amount(metric, row.value),
            row.written_by.as_str().into(),
            number::moment(&row.written_at.with_timezone(&of.zone)).into(),
        ];
        table.row(cells.into_iter().chain(of.named(metric)));
    }
    table
}
