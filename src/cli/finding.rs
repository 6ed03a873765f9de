//! `baton finding`: what was seen, who follows it up, what came of it.

use chrono::NaiveDate;
use clap::Subcommand;

use super::kpi::by;
use super::output::least;
use super::{Context, Failure, Format, Table};
use crate::domain::clean::clean;
use crate::domain::decimal::Decimal;
use crate::domain::decomposition::when::WhenError;
use crate::domain::decomposition::{By, Method, When};
use crate::domain::finding::seen::{Seen, Split};
use crate::domain::finding::{FindingRow, NewFinding, SizeUnit};
use crate::domain::message::{Arg, Message};
use crate::domain::metric::compare::Compare;
use crate::domain::money::{Currency, Minor};
use crate::msg;
use crate::store::finding::{self, FindingError};
use crate::store::kpi::explain::{Asked, explain};
use crate::store::{Session, bank};

/// What to do with findings.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Lists the findings that are open
    List {
        /// Those that are closed, too
        #[arg(long)]
        all: bool,
    },
    /// Notes a finding
    New(Box<New>),
    /// Closes a finding with what came of it
    Close {
        /// Its number
        finding: i64,
        /// What came of it
        #[arg(long)]
        text: String,
    },
}

/// A finding to be noted.
#[derive(Debug, clap::Args)]
pub struct New {
    /// What was seen
    text: String,
    /// The org unit's code (default: the whole bank)
    #[arg(long, value_name = "CODE")]
    org: Option<String>,
    /// The day, or the period: 2026-10-31, 2026-10, 2026Q3, 2026-10-01..2026-10-15
    #[arg(long, value_name = "WHEN")]
    day: String,
    /// The earlier day, or period
    #[arg(long, value_name = "WHEN", conflicts_with = "compare")]
    from: Option<String>,
    /// The metric that moved
    #[arg(long, value_name = "CODE")]
    metric: Option<String>,
    /// What --day was held against: the period before, the same of the year before, the year's beginning, the plan
    #[arg(long, value_parser = ["prev", "yoy", "ytd", "plan"])]
    compare: Option<String>,
    /// The unit whose change was taken apart (default: that of --org)
    #[arg(long, value_name = "CODE", requires = "by")]
    of: Option<String>,
    /// Over what it was taken apart, as in `kpi explain`
    #[arg(long, value_parser = by)]
    by: Option<By>,
    /// By which method (default: the one that fits)
    #[arg(long, requires = "by", value_parser = ["additive", "lmdi", "shapley", "mix-rate", "adtributor"])]
    method: Option<String>,
    /// The part that was noted: a unit's code, a factor, a group of customers
    #[arg(long, value_name = "CODE", requires = "by")]
    part: Option<String>,
    /// The rule of the group of customers (default: everyone)
    #[arg(long, value_name = "RULE", allow_hyphen_values = true)]
    rule: Option<String>,
    /// How large the movement is: 2.5 percentage points, whole customers, money in minor units (default: that of the part, or of
    /// the change that is asked for; without either it is not measured)
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    size: Option<String>,
    /// What the size is counted in (default: what the change is in, else number); with --size
    #[arg(long, value_parser = ["customers", "money", "number", "ppm", "points"])]
    unit: Option<String>,
    /// Who follows it up (default: you)
    #[arg(long, value_name = "OPERATOR")]
    owner: Option<String>,
}

impl From<FindingError> for Failure {
    fn from(error: FindingError) -> Self {
        match error {
            FindingError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `finding` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    Box::pin(context.answer(Box::pin(step(args, &mut session, context)))).await
}

async fn step(args: Args, session: &mut Session, context: &Context) -> Result<(), Failure> {
    let currency = bank::bank(session).await?.currency;
    let row = match args {
        Args::List { all } => {
            let rows = finding::list(session, all).await?;
            return context.output.result(&rows, || table(&rows, currency, context));
        }
        Args::New(new) => {
            let new = new.asked(session).await?;
            finding::new(session, &new).await?
        }
        Args::Close { finding, text } => finding::close(session, finding, &text).await?,
    };
    context.output.result(&row, || table(std::slice::from_ref(&row), currency, context))
}

impl New {
    /// The finding, with the change that it is of: one that is told in periods or by a comparison is asked for, so that what is kept
    /// is what stands in the bank.
    async fn asked(self, session: &mut Session) -> Result<NewFinding, Failure> {
        let day = self.day.parse::<NaiveDate>().ok();
        let wrong = |error: WhenError| Failure::refused(error.message());
        let when = match (&self.compare, &self.from) {
            (Some(word), _) => {
                let compare = Compare::parse(word).unwrap_or(Compare::Prev);
                let day = day.ok_or_else(|| wrong(WhenError::Mixed))?;
                Some(When::Compare(compare, Some(day)))
            }
            (None, Some(from)) => Some(When::read(from, &self.day).map_err(wrong)?),
            (None, None) if day.is_some() => None,
            (None, None) => return Err(wrong(WhenError::read(&self.day))),
        };
        let split = self.by.map(|by| Split {
            by,
            method: self.method.as_deref().and_then(Method::asked),
            part: self.part,
        });
        let asks = split.is_some() || !matches!(when, None | Some(When::Days(..)));
        let (seen, moved) = match (asks, &self.metric, when) {
            (false, ..) => (None, None),
            (true, Some(metric), Some(when)) => {
                let at = self.of.clone().or_else(|| self.org.clone());
                let (seen, moved) = change(session, metric, at, when, split).await?;
                (Some(seen), Some(moved))
            }
            (true, ..) => return Err(Failure::refused(msg!("finding.no-change"))),
        };
        let (from_day, day) = match (&seen, when, day) {
            (Some(seen), ..) => (Some(seen.from.end), seen.to.end),
            (None, Some(When::Days(from, to)), _) => (Some(from), to),
            (None, _, Some(day)) => (None, day),
            (None, ..) => return Err(Failure::refused(msg!("finding.no-change"))),
        };
        let moved = match (moved, &self.metric, when, &self.size) {
            (None, Some(metric), Some(when @ When::Days(..)), None) => {
                // Days without values are no movement that could be told; they are noted all the same.
                change(session, metric, self.org.clone(), when, None).await.ok().map(|of| of.1)
            }
            (moved, ..) => moved,
        };
        let unit = self.unit.as_deref().map(SizeUnit::parse);
        let (unit, size) = measured(unit, self.size.as_deref(), moved)?;
        let (metric, org, rule) = (self.metric, self.org, self.rule);
        let (text, owner) = (self.text, self.owner);
        Ok(NewFinding { metric, org, rule, from_day, day, size, unit, text, owner, seen })
    }
}

/// How large it is and in what: as it was said, else as the bank has it, else not measured.
fn measured(
    unit: Option<SizeUnit>,
    size: Option<&str>,
    moved: Option<(SizeUnit, i64)>,
) -> Result<(SizeUnit, i64), Failure> {
    let refuse = |key, of: SizeUnit, size: &str| {
        let why = Message::new(key).with("size", clean(size).into_owned());
        Err(Failure::refused(why.with("unit", of.word())))
    };
    let Some(size) = size else {
        return match (unit, moved) {
            (None, moved) => Ok(moved.unwrap_or((SizeUnit::Unmeasured, 0))),
            (Some(unit), Some(moved)) if moved.0 == unit => Ok(moved),
            (Some(unit), _) => {
                let missing = Message::new(msg!("finding.size-missing"));
                Err(Failure::refused(missing.with("unit", unit.word())))
            }
        };
    };
    let unit = unit.or(moved.map(|moved| moved.0)).unwrap_or(SizeUnit::Number);
    if unit == SizeUnit::Points {
        return match tenths(size) {
            Some(tenths) => Ok((unit, tenths)),
            None => refuse(msg!("finding.size-points"), unit, size),
        };
    }
    match size.parse() {
        Ok(size) => Ok((unit, size)),
        Err(_) => refuse(msg!("finding.size-whole"), unit, size),
    }
}

/// Percentage points with one decimal at most, in millionths: `2.5` is 25,000.
fn tenths(text: &str) -> Option<i64> {
    let Decimal { negative, whole, decimals } = Decimal::parse(text)?;
    if decimals.len() > 1 || whole.len() > 9 {
        return None;
    }
    let tenths: i64 = format!("0{whole}{decimals:0<1}").parse().ok()?;
    Some(if negative { -tenths } else { tenths } * 1_000)
}

/// The change as the bank has it, and how large it is or its part; the part must be one of its parts.
async fn change(
    session: &mut Session,
    metric: &str,
    at: Option<String>,
    when: When,
    split: Option<Split>,
) -> Result<(Seen, (SizeUnit, i64)), Failure> {
    let asked = Asked {
        metric: metric.to_owned(),
        org: at,
        when,
        by: split.as_ref().map_or(By::Org, |split| split.by.clone()),
        method: split.as_ref().and_then(|split| split.method),
        chain: false,
    };
    let (answer, _) = explain(session, &asked).await?;
    let part = split.as_ref().and_then(|split| split.part.as_deref());
    let found = answer.effects.iter().find(|effect| Some(effect.name.as_str()) == part);
    if let (Some(part), None) = (part, found) {
        let names: Vec<&str> = answer.effects.iter().map(|e| e.name.as_str()).take(12).collect();
        let none = Message::new(msg!("finding.no-part")).with("part", part);
        return Err(Failure::refused(none.with("parts", names.join(", "))));
    }
    let moved = found.map_or(answer.change, |effect| effect.effect);
    let size = SizeUnit::of(moved, answer.unit.as_deref() == Some("money"));
    Ok((Seen::of(&answer, when, split), size))
}

/// What the size is counted in: of money which, and in a table for programs by which unit.
fn unit(unit: SizeUnit, currency: Currency, context: &Context) -> Arg {
    match (unit, context.output.format) {
        (SizeUnit::Money, Format::Csv) => least(currency).into(),
        (SizeUnit::Money, Format::Xlsx) => currency.code().into(),
        (unit, _) => unit.word().into(),
    }
}

/// Percentage points as they are typed, `2.5`, of millionths.
fn points(millionths: i64) -> String {
    let (sign, size) = (if millionths < 0 { "-" } else { "" }, millionths.unsigned_abs());
    let text = format!("{sign}{}.{:04}", size / 10_000, size % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn table(rows: &[FindingRow], currency: Currency, context: &Context) -> Table {
    let mut table = Table::new([
        ("finding", msg!("finding.column.number")),
        ("day", msg!("finding.column.day")),
        ("from", msg!("finding.column.from")),
        ("change", msg!("finding.column.change")),
        ("org", msg!("finding.column.org")),
        ("metric", msg!("finding.column.metric")),
        ("size", msg!("finding.column.size")),
        ("unit", msg!("finding.column.unit")),
        ("definition", msg!("finding.column.definition")),
        ("text", msg!("finding.column.text")),
        ("owner", msg!("finding.column.owner")),
        ("state", msg!("finding.column.state")),
        ("closing", msg!("finding.column.closing")),
    ]);
    for row in rows {
        let size: Arg = match (row.size, row.unit) {
            (None, _) => msg!("finding.unmeasured").into(),
            (Some(size), SizeUnit::Money) => Arg::Money(Minor(size), currency),
            (Some(size), SizeUnit::Points) => Arg::Decimal(points(size)),
            (Some(size), _) => size.into(),
        };
        let definition: Arg = match (row.anew(), row.metric_version) {
            (Some(anew), _) => anew.into(),
            (None, Some(version)) if version > 0 => format!("v{version}").into(),
            _ => "".into(),
        };
        let state = if row.open { msg!("finding.open") } else { msg!("finding.closed") };
        table.row([
            row.finding.to_string().into(),
            row.day.into(),
            row.from.map_or_else(|| String::new().into(), Arg::from),
            row.seen.as_ref().map_or_else(|| String::new().into(), |seen| seen.said().into()),
            row.org.as_str().into(),
            row.metric.clone().unwrap_or_default().into(),
            size,
            unit(row.unit, currency, context),
            definition,
            row.text.as_str().into(),
            row.owner.as_str().into(),
            state.into(),
            row.closing.clone().unwrap_or_default().into(),
        ]);
    }
    table
}
