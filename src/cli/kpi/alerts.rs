//! `baton kpi alerts`: rules on metrics, looked at after each load.

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{for_people, share, unit_column, unit_of};
use crate::cli::{Context, Failure, Table};
use crate::domain::alert::{AlertHit, AlertKind, AlertRow, AlertText, Looked, Side, typed};
use crate::domain::message::{Arg, Message};
use crate::domain::metric::Value as Number;
use crate::domain::metric::compare::Compare;
use crate::domain::money::{Currency, Minor};
use crate::msg;
use crate::store::kpi::watch::{self, AlertError};
use crate::store::{Session, bank};

/// What to do with alerts.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Lists every alert
    List,
    /// Saves a new alert, switched on; a code that is taken is refused
    New(New),
    /// Writes an alert anew that is there, switched on; what it was raised for before goes
    Change(New),
    /// Looks at an alert as of today, and keeps nothing
    Test {
        /// The alert's code
        code: String,
    },
    /// Looks at every alert that was not looked at since the last load, as the worker does
    Run,
    /// Lists the units that an alert was raised for last
    Hits {
        /// The alert's code
        code: String,
    },
    /// Keeps an alert out of the worklist until a day; without one it speaks again
    Mute {
        /// The alert's code
        code: String,
        /// The last day of silence
        #[arg(long, value_name = "DATE")]
        until: Option<NaiveDate>,
    },
    /// Gives an alert to another operator, in whose worklist it waits
    Own {
        /// The alert's code
        code: String,
        /// The operator
        owner: String,
    },
    /// Switches an alert on
    On {
        /// The alert's code
        code: String,
    },
    /// Switches an alert off
    Off {
        /// The alert's code
        code: String,
    },
}

/// An alert to be saved.
#[derive(Debug, clap::Args)]
pub struct New {
    /// The alert's code, such as AL-AUM
    code: String,
    /// What people call it
    #[arg(long)]
    name: String,
    /// The metric's code
    #[arg(long, value_name = "CODE")]
    metric: String,
    /// What a value is held against: a fixed value, an earlier one, the plan by now, or its own history
    #[arg(long, value_parser = ["threshold", "change", "pace", "outlier"])]
    kind: String,
    /// Raised at this or above it: an amount in major units or a count (1,200.5, 12亿); a share for change and pace (0.05, 5%); a
    /// robust z for outlier (3.5)
    #[arg(long, value_name = "X", allow_hyphen_values = true, value_parser = bound, group = "bound")]
    above: Option<f64>,
    /// Raised at this or below it
    #[arg(long, value_name = "X", allow_hyphen_values = true, value_parser = bound, group = "bound")]
    below: Option<f64>,
    /// Raised as far from zero as this, or farther
    #[arg(long, value_name = "X", value_parser = bound, group = "bound")]
    either: Option<f64>,
    /// The earlier value, for a change
    #[arg(long, value_parser = ["prev", "yoy", "ytd"], default_value = "prev")]
    compare: String,
    /// How many days of history, for an outlier
    #[arg(long, default_value_t = 60)]
    days: u32,
    /// For units of this kind
    #[arg(long, value_parser = ["hq", "branch", "subbranch", "center"], default_value = "branch")]
    units: String,
}

fn bound(text: &str) -> Result<f64, &'static str> {
    typed::bound(text).ok_or("a number (3.5), an amount (1,200.5, 12亿) or a share (0.05, 5%), up to 92,233,720,368,547,758")
}

impl New {
    /// The alert; amounts are typed in major units.
    fn text(self, scale: f64) -> Result<AlertText, Failure> {
        let sides =
            [(Side::Above, self.above), (Side::Below, self.below), (Side::Either, self.either)];
        let found = sides.into_iter().find_map(|(side, bound)| Some((side, bound?)));
        let (side, bound) = found.ok_or_else(|| Failure::refused(msg!("alert.no-bound")))?;
        let kind = match self.kind.as_str() {
            "change" => AlertKind::Change(Compare::parse(&self.compare).unwrap_or(Compare::Prev)),
            "pace" => AlertKind::Pace,
            "outlier" => AlertKind::Outlier { days: self.days },
            _ => AlertKind::Threshold,
        };
        let bound = if kind == AlertKind::Threshold { bound * scale } else { bound };
        let (code, name, metric, units) = (self.code, self.name, self.metric, self.units);
        Ok(AlertText { code, name, metric, kind, side, bound, units })
    }
}

impl From<AlertError> for Failure {
    fn from(error: AlertError) -> Self {
        match error {
            AlertError::Store(error) => error.into(),
            AlertError::Kpi(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

async fn save(session: &mut Session, new: New, fresh: bool) -> Result<AlertRow, Failure> {
    let scale = watch::scale_of(session, &new.metric).await?;
    Ok(watch::save(session, &new.text(scale)?, Some(fresh)).await?)
}

pub(super) async fn run(
    args: Args,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let currency = bank::bank(session).await?.currency;
    let row = match args {
        Args::List => {
            let rows = watch::list(session).await?;
            let shown: Vec<Value> = rows.iter().map(shown).collect();
            return context.output.result(&shown, || list_table(&rows, currency, context));
        }
        Args::Test { code } => {
            let row = watch::show(session, &code).await?;
            let looked = watch::look(session, &row.text).await?;
            return say_looked(&[looked], &[], currency, context);
        }
        Args::Run => {
            let (looked, failed) = watch::run(session).await?;
            return say_looked(&looked, &failed, currency, context);
        }
        Args::Hits { code } => {
            let row = watch::show(session, &code).await?;
            let hits = watch::hits(session, &code).await?;
            let shown: Vec<Value> = hits.iter().map(hit_shown).collect();
            let of = Raised { alert: &code, kind: row.text.kind, money: row.money, hits: &hits };
            return context.output.result(&shown, || hits_table(&[of], currency, context));
        }
        Args::New(new) => save(session, new, true).await?,
        Args::Change(new) => save(session, new, false).await?,
        Args::Mute { code, until } => watch::mute(session, &code, until).await?,
        Args::Own { code, owner } => watch::own(session, &code, &owner).await?,
        Args::On { code } => watch::switch(session, &code, true).await?,
        Args::Off { code } => watch::switch(session, &code, false).await?,
    };
    let table = || list_table(std::slice::from_ref(&row), currency, context);
    context.output.result(&shown(&row), table)
}

fn shown(row: &AlertRow) -> Value {
    let (compare, days) = match row.text.kind {
        AlertKind::Change(compare) => (Some(compare.word()), None),
        AlertKind::Outlier { days } => (None, Some(days)),
        AlertKind::Threshold | AlertKind::Pace => (None, None),
    };
    json!({
        "alert": row.text.code, "name": row.text.name, "metric": row.text.metric, "kind": row.text.kind.word(),
        "side": row.text.side, "bound": row.text.bound, "compare": compare, "days": days, "units": row.text.units,
        "owner": row.owner, "on": row.on, "muted_until": row.muted_until, "last_day": row.last_day, "hits": row.hits,
    })
}

fn hit_shown(hit: &AlertHit) -> Value {
    json!({ "org": hit.org, "value": hit.judged.value, "base": hit.judged.base, "score": hit.judged.score })
}

/// A bound, or what is held against it: as the metric is shown, a share, or a plain number.
fn figure(
    value: f64,
    (kind, money): (AlertKind, bool),
    currency: Currency,
    context: &Context,
) -> Arg {
    match kind {
        AlertKind::Threshold if money => {
            Arg::Money(Minor(Number::Number(value).rounded()), currency)
        }
        AlertKind::Change(_) | AlertKind::Pace => share(Some(value), context),
        // People read a long fraction to four decimals.
        AlertKind::Threshold | AlertKind::Outlier { .. }
            if for_people(context) && value.fract() != 0.0 =>
        {
            let text = format!("{value:.4}");
            text.trim_end_matches('0').trim_end_matches('.').into()
        }
        AlertKind::Threshold | AlertKind::Outlier { .. } => value.to_string().into(),
    }
}

/// An alert's bound, with all of its digits.
fn bound_of(row: &AlertRow, currency: Currency, context: &Context) -> Arg {
    match row.text.kind {
        AlertKind::Change(_) | AlertKind::Pace if for_people(context) => {
            typed::percent(row.text.bound).into()
        }
        // A bound has the digits that were typed.
        AlertKind::Threshold | AlertKind::Outlier { .. } if !row.money => {
            row.text.bound.to_string().into()
        }
        kind => figure(row.text.bound, (kind, row.money), currency, context),
    }
}

/// The units that an alert is raised for.
struct Raised<'a> {
    alert: &'a str,
    kind: AlertKind,
    money: bool,
    hits: &'a [AlertHit],
}

impl<'a> Raised<'a> {
    fn of(one: &'a Looked) -> Self {
        Self { alert: &one.alert, kind: one.kind, money: one.money, hits: &one.hits }
    }
}

fn list_table(rows: &[AlertRow], currency: Currency, context: &Context) -> Table {
    let columns = [
        ("alert", msg!("alert.column.code")),
        ("name", msg!("alert.column.name")),
        ("metric", msg!("alert.column.metric")),
        ("kind", msg!("alert.column.kind")),
        ("side", msg!("alert.column.side")),
        ("bound", msg!("alert.column.bound")),
        ("units", msg!("alert.column.units")),
        ("owner", msg!("alert.column.owner")),
        ("state", msg!("alert.column.state")),
        ("last_day", msg!("alert.column.last-day")),
        ("hits", msg!("alert.column.hits")),
    ];
    let mut table = Table::new(columns.into_iter().chain(unit_column(context)));
    for row in rows {
        let state: Arg = match (row.on, row.muted_until) {
            (false, _) => msg!("alert.state.off").into(),
            (true, Some(until)) => {
                Message::new(msg!("alert.state.muted")).with("until", until).into()
            }
            (true, None) => msg!("alert.state.on").into(),
        };
        let money = row.money && row.text.kind == AlertKind::Threshold;
        let unit = unit_of(money.then_some("money"), currency, context);
        let cells = [
            row.text.code.as_str().into(),
            row.text.name.as_str().into(),
            row.text.metric.as_str().into(),
            row.text.kind.label().into(),
            row.text.side.word().into(),
            bound_of(row, currency, context),
            row.text.units.as_str().into(),
            row.owner.as_str().into(),
            state,
            row.last_day.map_or_else(|| String::new().into(), Arg::from),
            row.hits.into(),
        ];
        table.row(cells.into_iter().chain(unit));
    }
    table
}

fn say_looked(
    looked: &[Looked],
    failed: &[(String, Message)],
    currency: Currency,
    context: &Context,
) -> Result<(), Failure> {
    let value: Vec<Value> = looked
        .iter()
        .map(|one| {
            let hits: Vec<Value> = one.hits.iter().map(hit_shown).collect();
            json!({ "alert": one.alert, "day": one.day, "units": one.units, "answered": one.answered, "hits": hits })
        })
        .collect();
    let parts: Vec<Raised<'_>> = looked.iter().map(Raised::of).collect();
    context.output.result(&value, || hits_table(&parts, currency, context))?;
    for one in looked {
        let all = one.answered == one.units;
        context.output.say(
            Message::new(if all { msg!("alert.looked-all") } else { msg!("alert.looked") })
                .with("alert", one.alert.as_str())
                .with("day", one.day)
                .with("answered", one.answered)
                .with("units", one.units)
                .with("hits", one.hits.len()),
        );
    }
    for (alert, why) in failed {
        let told = Message::new(msg!("alert.failed")).with("alert", alert.as_str());
        context.output.say(told.with("why", why.clone()));
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::refused(Message::new(msg!("alert.some-failed")).with("count", failed.len())))
}

fn hits_table(parts: &[Raised<'_>], currency: Currency, context: &Context) -> Table {
    let columns = [
        ("alert", msg!("alert.column.code")),
        ("org", msg!("kpi.column.org")),
        ("name", msg!("kpi.column.name")),
        ("value", msg!("kpi.column.value")),
        ("base", msg!("alert.column.base")),
        ("score", msg!("alert.column.score")),
    ];
    let mut table = Table::new(columns.into_iter().chain(unit_column(context)));
    for part in parts {
        let value =
            |value: f64| figure(value, (AlertKind::Threshold, part.money), currency, context);
        for hit in part.hits {
            let score = hit.judged.score;
            let score = match part.kind {
                AlertKind::Outlier { .. } => format!("{score:.4}").into(),
                kind => figure(score, (kind, part.money), currency, context),
            };
            let unit = unit_of(part.money.then_some("money"), currency, context);
            let cells = [
                part.alert.into(),
                hit.org.as_str().into(),
                hit.name.as_str().into(),
                value(hit.judged.value),
                hit.judged.base.map_or_else(|| String::new().into(), value),
                score,
            ];
            table.row(cells.into_iter().chain(unit));
        }
    }
    table
}
