//! What a segment tells of its members: `segment overlap`, `explain`, `portrait`, `grid`.

use crate::cli::{Context, Failure, Table};
use crate::domain::customer::Held;
use crate::domain::id::CustomerId;
use crate::domain::message::{Arg, Key, Message};
use crate::domain::money::Currency;
use crate::domain::rule::{Called, Column, Kind, Rule, Vocabulary, written_name};
use crate::domain::segment::bin::Bin;
use crate::domain::segment::explain::Explanation;
use crate::domain::segment::grid::{self as cells, AxisAsked};
use crate::domain::segment::overlap::Overlap;
use crate::domain::segment::portrait::Portrait;
use crate::msg;
use crate::store::engine::KeptLine;
use crate::store::segment::{self, SegmentError, Words};
use crate::store::{Session, attribute};
use crate::text::number;

use serde_json::{Value, json};

use super::tables::{self, Shown};

/// `segment grid`
#[derive(Debug, clap::Args)]
pub struct Grid {
    /// The segment's code
    #[arg(required_unless_present = "rule")]
    code: Option<String>,
    /// A rule that is not saved, instead of a segment
    #[arg(long, value_name = "RULE", allow_hyphen_values = true, conflicts_with = "code")]
    rule: Option<String>,
    /// Up to three attributes, such as job,aum:50000,500000 (without thresholds: quartiles)
    #[arg(long, value_name = "A[,B[,C]]", required = true, allow_hyphen_values = true)]
    by: Vec<String>,
    /// Sum and mean of this number, amount or flag per cell, too
    #[arg(long, value_name = "ATTRIBUTE")]
    metric: Option<String>,
    /// Save the rule of a cell as a segment: the cell, such as 2.1, and a code
    #[arg(long, num_args = 2, value_names = ["CELL", "CODE"])]
    save: Option<Vec<String>>,
    /// What people call the saved segment (default: its code)
    #[arg(long, requires = "save")]
    name: Option<String>,
}

pub(super) async fn overlap(
    codes: &[String],
    session: &mut Session,
    engine: Option<&KeptLine>,
    context: &Context,
) -> Result<(), Failure> {
    let overlap = segment::overlap::overlap(session, codes, engine).await?;
    context.output.result(&overlap, || overlap_table(&overlap))?;
    super::say_marts(&overlap.refreshed, context);
    Ok(())
}

fn overlap_table(overlap: &Overlap) -> Table {
    let mut table = Table::new([
        ("a", msg!("segment.overlap.a")),
        ("b", msg!("segment.overlap.b")),
        ("customers", msg!("segment.overlap.both")),
        ("of_a", msg!("segment.overlap.of-a")),
        ("of_b", msg!("segment.overlap.of-b")),
        ("rule", msg!("segment.fact.rule")),
    ]);
    let share = |i: usize, j: usize| {
        number::percent(overlap.matrix[i][j], overlap.matrix[i][i]).unwrap_or_default()
    };
    for i in 0..overlap.segments.len() {
        for j in i..overlap.segments.len() {
            table.row([
                overlap.segments[i].as_str().into(),
                overlap.segments[j].as_str().into(),
                overlap.matrix[i][j].into(),
                share(i, j).into(),
                share(j, i).into(),
                overlap.rule(i, j).unwrap_or_default().into(),
            ]);
        }
    }
    table
}

pub(super) async fn explain(
    code: &str,
    customer: CustomerId,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let explained = segment::explain::explain(session, code, customer).await?;
    let currency = super::currency(session).await?;
    context.output.result(&explained, || explain_table(&explained, currency))?;
    super::say_marts(&explained.refreshed, context);
    Ok(())
}

/// A fact as a cell of a table; an empty one is what is not known.
pub(in crate::cli) fn held(value: Option<&Held>, currency: Currency) -> Arg {
    match value {
        None => "".into(),
        Some(Held::Flag(value)) => truth(Some(*value)).into(),
        Some(Held::Number(text)) => Arg::Decimal(text.clone()),
        Some(Held::Text(text)) => text.as_str().into(),
        Some(Held::Money(amount)) => Arg::Money(*amount, currency),
        Some(Held::Date(day)) => (*day).into(),
    }
}

/// The same with what people call it.
pub(in crate::cli) fn valued(value: Option<&Held>, called: &Called, currency: Currency) -> Arg {
    match value {
        Some(Held::Text(code)) => called.behind(code),
        Some(Held::Number(text)) => called.arg().unwrap_or_else(|| Arg::Decimal(text.clone())),
        other => held(other, currency),
    }
}

fn truth(value: Option<bool>) -> Key {
    match value {
        Some(true) => msg!("segment.explain.yes"),
        Some(false) => msg!("segment.explain.no"),
        None => msg!("segment.explain.unknown"),
    }
}

fn explain_table(explained: &Explanation, currency: Currency) -> Table {
    let mut table = Table::new([
        ("condition", msg!("segment.explain.condition")),
        ("value", msg!("cli.column.value")),
        ("holds", msg!("segment.explain.holds")),
    ]);
    for leaf in &explained.leaves {
        let value = valued(leaf.value.as_ref(), &leaf.called, currency);
        table.row([leaf.indented().into(), value, truth(leaf.holds).into()]);
    }
    let member = Message::new(msg!("segment.explain.member")).with("code", explained.code.as_str());
    table.row([member.into(), "".into(), truth(Some(explained.member)).into()]);
    for hit in &explained.snapshots {
        let told = Message::new(msg!("segment.explain.snapshot"))
            .with("snapshot", hit.snapshot.to_string())
            .with("version", hit.version)
            .with("day", hit.as_of);
        table.row([told.into(), "".into(), truth(Some(true)).into()]);
    }
    table
}

pub(super) async fn portrait(
    code: &str,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let (row, rule, vocabulary) = segment::rule_of(session, code).await?;
    let mut portrait = segment::portrait::portrait(session, &rule, &vocabulary).await?;
    portrait.segment = Some(row.code);
    portrait.version = Some(row.version);
    let mut told = json!(portrait);
    for (at, one) in portrait.traits.iter().enumerate() {
        told["traits"][at]["value"] = measured(&one.value, &one.attribute, &vocabulary);
    }
    context.output.result(&told, || portrait_table(&portrait))?;
    super::say_marts(&portrait.refreshed, context);
    for one in &portrait.unread {
        context.output.say(one.message());
    }
    if portrait.count == 0 {
        context.output.say(msg!("segment.portrait.empty"));
    }
    if portrait.hidden > 0 {
        let told = Message::new(msg!("segment.portrait.hidden")).with("hidden", portrait.hidden);
        context.output.say(told.with("small", crate::domain::segment::portrait::SMALL));
    }
    Ok(())
}

fn portrait_table(portrait: &Portrait) -> Table {
    let mut table = Table::new([
        ("attribute", msg!("segment.portrait.attribute")),
        ("name", msg!("segment.fact.name")),
        ("value", msg!("cli.column.value")),
        ("count", msg!("segment.fact.customers")),
        ("share", msg!("segment.portrait.share")),
        ("overall", msg!("segment.portrait.overall")),
        ("lift", msg!("segment.portrait.lift")),
    ]);
    for one in &portrait.traits {
        table.row([
            one.attribute.as_str().into(),
            named(&one.attribute, (&one.zh, &one.en)),
            bin(&one.value, Some(&one.called)),
            one.count.into(),
            number::percent(one.count, portrait.count).unwrap_or_default().into(),
            number::percent(one.of, portrait.of).unwrap_or_default().into(),
            format!("{:.2}", one.lift).into(),
        ]);
    }
    table
}

/// What a column or an attribute is called; an attribute without words of its own by its code.
fn named(code: &str, names: (&str, &str)) -> Arg {
    Column::called_by(code, names).arg().unwrap_or_else(|| code.into())
}

/// A bin for machines: where the ranges of amounts begin and end is in minor units, as all amounts are, and numbers are
/// numbers. `name` is the attribute as rules write it.
fn measured(bin: &Bin, name: &str, vocabulary: &Vocabulary) -> Value {
    let Bin::Range { from, below } = bin else { return json!(bin) };
    let rule = Rule::parse(&format!("{} is null", written_name(name)), vocabulary).ok();
    let kind = rule.as_ref().and_then(|rule| rule.columns().first().map(|column| column.kind()));
    let bound = |text: &Option<String>| {
        text.as_deref().map(|text| match kind {
            Some(Kind::MONEY) => match vocabulary.bank().currency.parse(text) {
                Ok(amount) => Held::Money(amount),
                Err(_) => Held::Text(text.to_owned()),
            },
            Some(Kind::NUMBER) => Held::Number(text.to_owned()),
            _ => Held::Text(text.to_owned()),
        })
    };
    json!({ "from": bound(from), "below": bound(below) })
}

fn bin(bin: &Bin, called: Option<&Called>) -> Arg {
    match bin {
        Bin::Value(code) => called.unwrap_or(&Called::Nothing).behind(code),
        Bin::Unknown => msg!("segment.explain.unknown").into(),
        Bin::Flag(value) => truth(Some(*value)).into(),
        Bin::Range { .. } => bin.label().into(),
    }
}

pub(super) async fn grid(
    args: Grid,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let (row, rule, vocabulary) = match (&args.code, &args.rule) {
        (Some(code), _) => {
            let (row, rule, vocabulary) = segment::rule_of(session, code).await?;
            (Some(row), rule, vocabulary)
        }
        (None, text) => {
            let vocabulary = attribute::vocabulary(session).await?;
            let rule = Rule::parse(text.as_deref().unwrap_or("true"), &vocabulary)
                .map_err(|error| Failure::refused(error.message()))?;
            (None, rule, vocabulary)
        }
    };
    let axes: Vec<AxisAsked> = args.by.iter().flat_map(|by| AxisAsked::read(by)).collect();
    let metric = args.metric.as_deref();
    let mut grid = segment::grid::grid(session, &rule, &vocabulary, &axes, metric).await?;
    if let Some(row) = row {
        (grid.segment, grid.version) = (Some(row.code), Some(row.version));
    }
    let Some(save) = &args.save else {
        let currency = vocabulary.bank().currency;
        let mut told = json!(grid);
        for (at, axis) in grid.axes.iter().enumerate() {
            let bins = axis.bins.iter().map(|bin| measured(bin, &axis.name, &vocabulary));
            told["axes"][at]["bins"] = bins.collect();
        }
        context.output.result(&told, || grid_table(&grid, currency))?;
        super::say_marts(&grid.refreshed, context);
        if let Some(said) = grid.small_said() {
            context.output.say(said);
        }
        return Ok(());
    };
    let (cell, code) = (&save[0], &save[1]);
    let found = grid.cell(cell).ok_or_else(|| SegmentError::NoCell { cell: cell.clone() })?;
    let refused = |error| SegmentError::of_rule(code, error);
    let rule = Rule::parse(&found.rule, &vocabulary).map_err(refused)?;
    // A cell makes a segment of its own: one that has the code already is another's, and stays.
    let words = Words { base: Some(0), ..Words::named(args.name.as_deref().unwrap_or(code)) };
    let saved = segment::save_as(session, code, words, &rule).await?;
    context.output.result(&Shown::of(&saved), || tables::facts(&saved))
}

fn grid_table(grid: &cells::Grid, currency: Currency) -> Table {
    let bins: [(&str, Key); cells::MOST_AXES] = [
        ("a", msg!("segment.grid.first")),
        ("b", msg!("segment.grid.second")),
        ("c", msg!("segment.grid.third")),
    ];
    let mut columns = vec![("cell", msg!("segment.grid.cell"))];
    columns.extend(bins.into_iter().take(grid.axes.len()));
    columns.push(("count", msg!("segment.fact.customers")));
    columns.push(("aum", msg!("segment.fact.aum")));
    if grid.metric.is_some() {
        columns.push(("known", msg!("segment.grid.known")));
        columns.push(("sum", msg!("segment.grid.sum")));
        columns.push(("mean", msg!("segment.grid.mean")));
    }
    columns.push(("rule", msg!("segment.fact.rule")));
    let mut table = Table::new(columns).in_money(currency, &["aum"]);
    for cell in &grid.cells {
        let mut row: Vec<Arg> = vec![cell.cell.as_str().into()];
        for (axis, at) in grid.axes.iter().zip(&cell.at) {
            row.push(
                axis.bins.get(*at).map_or_else(|| "".into(), |one| bin(one, axis.called.get(*at))),
            );
        }
        row.push(cell.count.into());
        row.push(cell.aum.map_or_else(|| "".into(), |aum| Arg::Money(aum, currency)));
        if let Some(metric) = &cell.metric {
            row.push(metric.known.into());
            row.push(held(metric.sum.as_ref(), currency));
            row.push(held(metric.mean.as_ref(), currency));
        }
        row.push(cell.rule.as_str().into());
        table.row(row);
    }
    table
}
