//! `baton attribute`: the attribute dictionary, and columns of the bank's own marts in it.

use chrono::NaiveDate;
use clap::builder::PossibleValuesParser;
use clap::{Args as Arguments, Subcommand};
use serde_json::{Value, json};

use super::{Context, Failure, Table};
use crate::domain::attribute::{
    Attribute, AttributeRow, AttributeType, Class, Mapping, RelationName, Stat,
};
use crate::domain::bank::Bank;
use crate::domain::decimal::Exact;
use crate::domain::message::{Arg, Message};
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::dictionary::{self, DictionaryError, MEASURE_LIMIT};
use crate::store::{Session, bank};
use crate::text::number;

/// What to do with attributes.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Lists every attribute with its coverage and who uses it
    List,
    /// Shows one attribute: what it means, what its values are like, who uses it
    Show {
        /// The attribute's code
        code: String,
    },
    /// Makes a column of a table or view of the bank's own an attribute
    Map(Box<MapArgs>),
    /// Takes a mapped attribute out of the dictionary again
    Unmap {
        /// The attribute's code
        code: String,
        /// Even if rules of segments read it
        #[arg(long)]
        force: bool,
    },
    /// Measures every attribute's values anew, as each import does at its end
    Refresh,
}

/// A column of a mart, and what the dictionary is to say of it.
#[derive(Debug, Arguments)]
pub struct MapArgs {
    /// The attribute's code, as rules write it
    code: String,
    /// The table or view, with its schema, such as mart.tags; one row per customer, with his number
    #[arg(long, value_name = "SCHEMA.NAME")]
    relation: String,
    /// Its column; the code if absent
    #[arg(long)]
    column: Option<String>,
    /// The type of its values
    #[arg(long = "type", value_name = "TYPE", value_parser = types())]
    kind: String,
    /// Chinese name
    #[arg(long)]
    zh: String,
    /// English name
    #[arg(long)]
    en: String,
    /// A column of dates or times: the latest says how fresh the mart is
    #[arg(long, value_name = "COLUMN")]
    refreshed: Option<String>,
    /// In what a number is counted
    #[arg(long)]
    unit: Option<String>,
    /// How sensitive it is, after JR/T 0171
    #[arg(long, value_parser = classes())]
    class: Option<String>,
    /// The system it comes from
    #[arg(long)]
    source: Option<String>,
    /// Who answers for it
    #[arg(long)]
    owner: Option<String>,
    /// How it is computed
    #[arg(long)]
    definition: Option<String>,
}

fn types() -> PossibleValuesParser {
    PossibleValuesParser::new(AttributeType::ALL.map(AttributeType::code))
}

fn classes() -> PossibleValuesParser {
    PossibleValuesParser::new(Class::ALL.map(Class::code))
}

impl MapArgs {
    /// The mapping.
    ///
    /// # Errors
    /// [`Failure`] if the relation is not named with its schema.
    fn mapping(self) -> Result<Mapping, Failure> {
        let parts = self
            .relation
            .split_once('.')
            .filter(|(schema, name)| !schema.is_empty() && !name.is_empty() && !name.contains('.'));
        let Some((schema, name)) = parts else {
            return Err(Failure::usage(msg!("attribute.map.relation-form")));
        };
        // The parser has let no other word through.
        let kind = AttributeType::from_code(&self.kind).unwrap_or(AttributeType::Category);
        Ok(Mapping {
            attribute: Attribute {
                column: self.column.unwrap_or_else(|| self.code.clone()),
                code: self.code,
                kind,
                zh: self.zh,
                en: self.en,
                relation: RelationName { schema: schema.to_owned(), name: name.to_owned() },
                mart_day: None,
            },
            refreshed: self.refreshed,
            unit: self.unit,
            class: self.class.as_deref().and_then(Class::from_code),
            source: self.source,
            owner: self.owner,
            definition: self.definition,
        })
    }
}

impl From<DictionaryError> for Failure {
    fn from(error: DictionaryError) -> Self {
        match error {
            DictionaryError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs an `attribute` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let limit = match args {
        Args::List | Args::Show { .. } | Args::Unmap { .. } => STATEMENT_LIMIT,
        Args::Map(_) | Args::Refresh => MEASURE_LIMIT,
    };
    db.within(limit + STATEMENT_LIMIT, step(args, &mut session, context)).await
}

async fn step(args: Args, session: &mut Session, context: &Context) -> Result<(), Failure> {
    match args {
        Args::List => {
            let bank = bank::bank(session).await?;
            let rows = dictionary::list(session).await?;
            let values: Vec<Value> = rows.iter().map(|row| value(row, bank.as_of)).collect();
            context.output.result(&values, || list_table(&rows, &bank))
        }
        Args::Show { code } => {
            let bank = bank::bank(session).await?;
            let row = dictionary::show(session, &code).await?;
            context.output.result(&value(&row, bank.as_of), || facts(&row, &bank))
        }
        Args::Map(args) => {
            let mapping = args.mapping()?;
            let bank = bank::bank(session).await?;
            let row = dictionary::map(session, &mapping).await?;
            context.output.result(&value(&row, bank.as_of), || facts(&row, &bank))
        }
        Args::Unmap { code, force } => {
            dictionary::unmap(session, &code, force).await?;
            context.output.result(&json!({ "code": code }), || {
                Table::facts([(msg!("attribute.fact.code"), code.as_str().into())])
            })
        }
        Args::Refresh => {
            let (relations, failed) = dictionary::refresh(session).await?;
            context.output.result(&json!({ "relations": relations, "failed": failed }), || {
                Table::facts([
                    (msg!("attribute.fact.relations"), relations.into()),
                    (msg!("attribute.fact.failed"), failed.into()),
                ])
            })
        }
    }
}

/// An attribute as JSON has it. Coverage is a share; money is in minor units.
fn value(row: &AttributeRow, as_of: NaiveDate) -> Value {
    let Attribute { code, kind, zh, en, relation, column, .. } = &row.attribute;
    let stats = row.stats.as_ref();
    let stat = |pick: fn(&crate::domain::attribute::AttributeStats) -> &Option<Stat>| {
        stats.and_then(|stats| pick(stats).as_ref()).map(stat_value)
    };
    let top = stats.map(|stats| {
        let values = stats.top.iter().map(|top| {
            let label = top.label.as_ref().map(|(zh, en)| json!({ "zh": zh, "en": en }));
            json!({ "value": top.value, "label": label, "customers": top.customers })
        });
        values.collect::<Vec<_>>()
    });
    json!({
        "code": code, "type": kind.code(), "zh": zh, "en": en, "unit": row.unit, "class": row.class,
        "source": row.source, "owner": row.owner, "definition": row.definition,
        "refreshed_on": row.refreshed_on, "coverage": row.coverage().map(|parts| f64::from(parts) / 10_000.0),
        "customers": stats.map(|stats| stats.known), "not_numbers": stats.map(|stats| stats.not_numbers),
        "distinct": stats.map(|stats| stats.distinct),
        "min": stat(|stats| &stats.min), "median": stat(|stats| &stats.median),
        "max": stat(|stats| &stats.max), "top": top.unwrap_or_default(), "used_by": row.used_by,
        "read_by": row.read_by, "relation": relation.to_string(), "column": column, "stale": row.is_stale(as_of),
        "unused": row.is_unused(), "readable": row.fault.is_none(),
    })
}

fn stat_value(stat: &Stat) -> Value {
    match stat {
        Stat::Number(number) => json!(Exact(number.as_str())),
        Stat::Money(minor) => minor.0.into(),
        Stat::Date(day) => json!(day),
        Stat::Never { before } => json!(if *before { "-infinity" } else { "infinity" }),
    }
}

fn stat_cell(stat: Option<&Stat>, bank: &Bank) -> Arg {
    match stat {
        None => "".into(),
        Some(Stat::Number(number)) => number.as_str().into(),
        Some(Stat::Money(minor)) => Arg::Money(*minor, bank.currency),
        Some(Stat::Date(day)) => (*day).into(),
        Some(Stat::Never { before }) => Stat::never(*before).into(),
    }
}

fn mark(row: &AttributeRow, as_of: NaiveDate) -> Arg {
    row.mark(as_of).map_or_else(|| "".into(), Arg::from)
}

fn label(row: &AttributeRow) -> Arg {
    Arg::Label { zh: row.attribute.zh.clone(), en: row.attribute.en.clone() }
}

fn text(text: Option<&String>) -> Arg {
    text.cloned().unwrap_or_default().into()
}

fn day(day: Option<NaiveDate>) -> Arg {
    day.map_or_else(|| "".into(), Arg::from)
}

fn share(row: &AttributeRow) -> Arg {
    let share = row.stats.as_ref().and_then(|s| number::percent(s.known, s.customers));
    share.unwrap_or_default().into()
}

fn list_table(rows: &[AttributeRow], bank: &Bank) -> Table {
    let mut table = Table::new([
        ("code", msg!("attribute.fact.code")),
        ("type", msg!("attribute.fact.type")),
        ("name", msg!("attribute.fact.name")),
        ("class", msg!("attribute.fact.class")),
        ("coverage", msg!("attribute.fact.coverage")),
        ("distinct", msg!("attribute.fact.distinct")),
        ("refreshed_on", msg!("attribute.fact.refreshed")),
        ("used_by", msg!("attribute.fact.used-by")),
        ("mark", msg!("attribute.fact.marks")),
    ]);
    for row in rows {
        table.row([
            row.attribute.code.as_str().into(),
            row.attribute.kind.name().into(),
            label(row),
            row.class.map_or("", Class::code).into(),
            share(row),
            row.stats.as_ref().map_or_else(|| "".into(), |stats| stats.distinct.into()),
            day(row.refreshed_on),
            row.used_by.len().into(),
            mark(row, bank.as_of),
        ]);
    }
    table
}

fn facts(row: &AttributeRow, bank: &Bank) -> Table {
    let stats = row.stats.as_ref();
    let mut facts = vec![
        (msg!("attribute.fact.code"), row.attribute.code.as_str().into()),
        (msg!("attribute.fact.name"), label(row)),
        (msg!("attribute.fact.type"), row.attribute.kind.name().into()),
        (msg!("attribute.fact.unit"), text(row.unit.as_ref())),
        (msg!("attribute.fact.class"), row.class.map_or("", Class::code).into()),
        (msg!("attribute.fact.source"), text(row.source.as_ref())),
        (msg!("attribute.fact.owner"), text(row.owner.as_ref())),
        (msg!("attribute.fact.definition"), text(row.definition.as_ref())),
        (
            msg!("attribute.fact.place"),
            format!("{}.{}", row.attribute.relation, row.attribute.column).into(),
        ),
        (msg!("attribute.fact.refreshed"), day(row.refreshed_on)),
        (msg!("attribute.fact.used-by"), row.used_by.join(", ").into()),
        (msg!("attribute.fact.read-by"), row.read_by.join(", ").into()),
        (msg!("attribute.fact.marks"), mark(row, bank.as_of)),
    ];
    if let Some(fault) = &row.fault {
        facts.push((msg!("attribute.unread"), fault.message(&row.attribute).into()));
    }
    if let Some(stats) = stats {
        facts.extend([
            (msg!("attribute.fact.coverage"), share(row)),
            (msg!("attribute.fact.known"), stats.known.into()),
            (msg!("attribute.fact.distinct"), stats.distinct.into()),
        ]);
        if stats.not_numbers > 0 {
            facts.push((msg!("attribute.fact.not-numbers"), stats.not_numbers.into()));
        }
        if stats.min.is_some() {
            facts.extend([
                (msg!("attribute.fact.min"), stat_cell(stats.min.as_ref(), bank)),
                (msg!("attribute.fact.median"), stat_cell(stats.median.as_ref(), bank)),
                (msg!("attribute.fact.max"), stat_cell(stats.max.as_ref(), bank)),
            ]);
        } else if stats.median.is_some() {
            facts.push((msg!("attribute.fact.median"), stat_cell(stats.median.as_ref(), bank)));
        }
        for top in &stats.top {
            let (zh, en) = top.label.clone().unwrap_or_default();
            let called = |label: String| match label.as_str() {
                "" => top.value.clone(),
                label => format!("{} {label}", top.value),
            };
            let said = Message::new(msg!("attribute.top"))
                .with("value", Arg::Label { zh: called(zh), en: called(en) })
                .with("customers", top.customers)
                .with("share", number::percent(top.customers, stats.known).unwrap_or_default());
            facts.push((msg!("attribute.fact.top"), said.into()));
        }
    }
    Table::facts(facts)
}
