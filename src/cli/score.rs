//! `baton score`: the card's file, the cards of many, and one explained point by point.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, Failure, Format, Table, file};
use crate::domain::clean::clean;
use crate::domain::message::{Arg, Message};
use crate::domain::money::{Currency, Minor};
use crate::domain::score::{
    Class, Figure, Line, Of, Points, Quadrant, Score, Scored, Scores, Standing, Subject,
};
use crate::msg;
use crate::store::score::{self, Asked, ScoreError, Version, Whose};
use crate::store::{Session, bank};
use crate::text::score::{quadrant, standing, value};

/// What to do with score cards.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Reads a card's file and keeps it as the next version
    Load {
        /// The file, TOML
        file: PathBuf,
    },
    /// Lists the versions that were loaded, the newest first
    Versions,
    /// The cards of units or RMs, the best first
    List {
        /// Of which kind
        #[arg(long, value_parser = ["rm", "branch", "subbranch", "center", "hq"], default_value = "branch")]
        kind: String,
        /// Of this unit and those below it (default: all that you see)
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// The period: 2026, 2026-H2, 2026-Q4, 2026-11 (default: as the card says)
        #[arg(long, value_name = "PERIOD")]
        period: Option<String>,
        /// Sorts by the points of this item (default: by the total)
        #[arg(long, value_name = "ITEM")]
        sort: Option<String>,
    },
    /// One card, each point explained
    #[command(group = clap::ArgGroup::new("whose").required(true).args(["org", "rm"]))]
    Show {
        /// The unit's code
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// The RM's code
        #[arg(long, value_name = "CODE")]
        rm: Option<String>,
        /// The period: 2026, 2026-H2, 2026-Q4, 2026-11 (default: as the card says)
        #[arg(long, value_name = "PERIOD")]
        period: Option<String>,
    },
}

impl From<ScoreError> for Failure {
    fn from(error: ScoreError) -> Self {
        match error {
            ScoreError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `score` command.
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
        Args::Load { file } => load(session, &file, context).await,
        Args::Versions => {
            let rows = score::versions(session).await?;
            let values: Vec<Value> = rows.iter().map(version_json).collect();
            context.output.result(&values, || version_table(&rows))
        }
        Args::List { kind, org, period, sort } => {
            let of = if kind == "rm" { Of::Rm } else { Of::Unit };
            let asked = (kind.clone(), org.clone());
            let kind = (of == Of::Unit).then_some(kind);
            let mut scores = score::list(session, &Asked { of, kind, org, period }).await?;
            if let Some(item) = &sort {
                let known = |(_, score): &(Subject, Score)| {
                    score.lines.iter().any(|line| line.item.code == *item)
                };
                if !scores.rows.is_empty() && !scores.rows.iter().any(known) {
                    let said = Message::new(msg!("score.no-item"));
                    return Err(Failure::refused(said.with("name", clean(item).into_owned())));
                }
                scores.sort_by(Some(item));
            }
            context
                .output
                .result(&scores_json(&scores), || scores_table(&scores, for_people(context)))?;
            context.output.say(said_of(&scores.days, &scores.card.name, scores.card.version));
            if scores.rows.is_empty() {
                context.output.say(nobody(of, &asked));
            }
            Ok(())
        }
        Args::Show { org, rm, period } => {
            let whose = match (org, rm) {
                (_, Some(rm)) => Whose::Rm(rm),
                (org, None) => Whose::Org(org.unwrap_or_default()),
            };
            let currency = bank::bank(session).await?.currency;
            let scored = score::show(session, &whose, period.as_deref()).await?;
            let people = for_people(context);
            context
                .output
                .result(&scored_json(&scored), || scored_table(&scored, currency, people))?;
            context.output.say(said_of(&scored.days, &scored.card.name, scored.card.version));
            for line in crate::text::score::sentences(&scored.score) {
                context.output.say(line);
            }
            Ok(())
        }
    }
}

/// Reads a card's file; every refusal begins with the file's name.
async fn load(session: &mut Session, path: &Path, context: &Context) -> Result<(), Failure> {
    let name = clean(&path.display().to_string()).into_owned();
    let in_file = |error: Message| {
        let said = Message::new(msg!("score.file.in")).with("file", name.as_str());
        Failure::refused(said.with("error", error))
    };
    let text = file::text(path).map_err(Failure::refused)?;
    let head = score::load(session, &text).await.map_err(|error| match error {
        ScoreError::File(error) => in_file(error.message()),
        other => other.into(),
    })?;
    context.output.result(&head, || {
        Table::facts([
            (msg!("score.column.version"), head.version.into()),
            (msg!("score.column.name"), head.name.as_str().into()),
            (msg!("score.column.hash"), head.hash.as_str().into()),
            (msg!("score.column.author"), head.author.as_str().into()),
        ])
    })
}

/// Why a list has no row: no unit of that kind there, or nobody with a case.
fn nobody(of: Of, (kind, org): &(String, Option<String>)) -> Message {
    if of == Of::Rm {
        return msg!("score.empty").into();
    }
    let said = match org {
        Some(org) => Message::new(msg!("score.no-unit-below")).with("org", clean(org).into_owned()),
        None => Message::new(msg!("score.no-unit")),
    };
    said.with("kind", kind.as_str())
}

fn said_of(days: &crate::domain::score::Days, card: &str, version: i32) -> Message {
    Message::new(msg!("score.said"))
        .with("card", card)
        .with("version", version.to_string())
        .with("period", days.period.as_str())
        .with("from", days.from)
        .with("to", days.to)
}

fn version_json(row: &Version) -> Value {
    json!({
        "version": row.head.version, "name": row.head.name, "hash": row.head.hash,
        "author": row.head.author, "loaded_at": row.loaded_at,
    })
}

fn version_table(rows: &[Version]) -> Table {
    let mut table = Table::new([
        ("version", msg!("score.column.version")),
        ("name", msg!("score.column.name")),
        ("author", msg!("score.column.author")),
        ("loaded_at", msg!("score.column.loaded-at")),
        ("hash", msg!("score.column.hash")),
    ]);
    for row in rows {
        table.row([
            row.head.version.into(),
            row.head.name.as_str().into(),
            row.head.author.as_str().into(),
            row.loaded_at.format("%Y-%m-%d %H:%M").to_string().into(),
            row.head.hash.as_str().into(),
        ]);
    }
    table
}

fn score_json(score: &Score) -> Value {
    json!({
        "total": score.total, "class": score.class, "quadrant": score.quadrant,
        "activity": score.activity, "result": score.result, "scored_weight": score.scored,
        "items": score.lines.iter().map(line_json).collect::<Vec<_>>(),
    })
}

fn line_json(line: &Line) -> Value {
    let Line { item, figure, effective, points, standing } = line;
    let value = exact(*figure);
    json!({
        "code": item.code, "name": item.name, "measure": item.measure, "metric": item.metric,
        "side": item.measure.side(), "numerator": figure.numerator, "denominator": figure.denominator,
        "value": value, "target": item.target, "floor": item.floor, "cap": item.cap, "minimum": item.minimum,
        "weight": item.weight, "effective_weight": effective, "points": points, "standing": standing,
        "capped": *standing == Standing::Capped,
    })
}

fn scores_json(scores: &Scores) -> Value {
    let row = |(subject, score): &(Subject, Score)| {
        let mut row = score_json(score);
        row["subject"] = json!(subject);
        row
    };
    json!({
        "card": scores.card, "period": scores.days.period, "from": scores.days.from, "to": scores.days.to,
        "rows": scores.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn scored_json(scored: &Scored) -> Value {
    let mut value = score_json(&scored.score);
    value["card"] = json!(scored.card);
    value["subject"] = json!(scored.subject);
    value["period"] = json!(scored.days.period);
    value["from"] = json!(scored.days.from);
    value["to"] = json!(scored.days.to);
    value
}

/// True where a person reads the table, and no program or workbook.
fn for_people(context: &Context) -> bool {
    context.output.format == Format::Table
}

/// Points, a weight or a ratio: as they are printed for people, a number in files.
fn figure(text: &str, people: bool) -> Arg {
    if people { text.into() } else { number(text) }
}

/// A printed number without the zeros that say nothing, so that a workbook takes it for one.
fn number(text: &str) -> Arg {
    let plain = match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.'),
        None => text,
    };
    plain.parse::<i64>().map_or_else(|_| Arg::Decimal(plain.to_owned()), Arg::Count)
}

/// What an item came to: a percentage for people, in files the ratio, as its floor, target and cap are; nothing where there is no case.
fn ratio(figure: Figure, people: bool) -> Arg {
    if people {
        return value(figure).into();
    }
    exact(figure).map_or_else(|| Arg::from(""), |ratio| number(&format!("{ratio:.12}")))
}

/// What an item came to, as a number; none where there is no case.
#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio for reading; the points come from whole numbers"
)]
fn exact(figure: Figure) -> Option<f64> {
    (figure.denominator > 0).then(|| figure.numerator as f64 / figure.denominator as f64)
}

fn shown(points: Option<Points>, people: bool) -> Arg {
    points.map_or_else(|| Arg::from(""), |points| figure(&points.to_string(), people))
}

fn scores_table(scores: &Scores, people: bool) -> Table {
    let mut table = Table::new([
        ("code", msg!("score.column.code")),
        ("name", msg!("score.column.subject")),
        ("org_name", msg!("score.column.org")),
        ("total", msg!("score.column.total")),
        ("class", msg!("score.column.class")),
        ("quadrant", msg!("score.column.quadrant")),
        ("activity", msg!("score.column.activity")),
        ("result", msg!("score.column.result")),
        ("scored_weight", msg!("score.column.scored")),
        ("capped", msg!("score.column.capped")),
    ]);
    for (subject, score) in &scores.rows {
        let capped = score.lines.iter().filter(|line| line.standing == Standing::Capped).count();
        table.row([
            subject.code.as_str().into(),
            subject.name.as_str().into(),
            subject.org_name.as_str().into(),
            shown(score.total, people),
            class(score.class.as_ref()),
            score.quadrant.map_or_else(|| Arg::from(""), |of: Quadrant| quadrant(of).into()),
            shown(score.activity, people),
            shown(score.result, people),
            figure(&score.scored.to_string(), people),
            capped.into(),
        ]);
    }
    table
}

fn class(class: Option<&Class>) -> Arg {
    class.map_or_else(|| Arg::from(""), |class| format!("{} {}", class.code, class.name).into())
}

/// A row per item, and the sum below them.
fn scored_table(scored: &Scored, currency: Currency, people: bool) -> Table {
    let mut table = Table::new([
        ("item", msg!("score.column.item")),
        ("name", msg!("score.column.name")),
        ("measure", msg!("score.column.measure")),
        ("numerator", msg!("score.column.numerator")),
        ("denominator", msg!("score.column.denominator")),
        ("value", msg!("score.column.value")),
        ("floor", msg!("score.column.floor")),
        ("target", msg!("score.column.target")),
        ("cap", msg!("score.column.cap")),
        ("weight", msg!("score.column.weight")),
        ("effective_weight", msg!("score.column.effective")),
        ("points", msg!("score.column.points")),
        ("standing", msg!("score.column.standing")),
    ]);
    let score = &scored.score;
    for line in &score.lines {
        let amount = |amount: i64| match line.item.metric.as_deref() {
            Some(metric) if scored.money.iter().any(|money| money == metric) => {
                Arg::Money(Minor(amount), currency)
            }
            _ => amount.into(),
        };
        table.row([
            line.item.code.as_str().into(),
            line.item.name.as_str().into(),
            line.item.measure.label().into(),
            amount(line.figure.numerator),
            amount(line.figure.denominator),
            ratio(line.figure, people),
            figure(&line.item.floor.to_string(), people),
            figure(&line.item.target.to_string(), people),
            figure(&line.item.cap.to_string(), people),
            figure(&line.item.weight.to_string(), people),
            figure(&line.effective.to_string(), people),
            figure(&line.points.to_string(), people),
            standing(line),
        ]);
    }
    let empty = || Arg::from("");
    let effective: i64 = score.lines.iter().map(|line| line.effective.0).sum();
    table.row([
        empty(),
        msg!("score.sum").into(),
        empty(),
        empty(),
        empty(),
        empty(),
        empty(),
        empty(),
        empty(),
        figure(&score.scored.to_string(), people),
        figure(&Points(effective).to_string(), people),
        shown(score.total, people),
        class(score.class.as_ref()),
    ]);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_numbers_in_files_and_percentages_for_people() {
        let of = |numerator, denominator| Figure { numerator, denominator };
        assert_eq!(ratio(of(236, 1000), true), "23.6 %".into());
        assert_eq!(ratio(of(236, 1000), false), Arg::Decimal("0.236".to_owned()));
        assert_eq!(ratio(of(5, 5), false), Arg::Count(1));
        assert_eq!(ratio(of(5, 0), false), "".into());
        assert_eq!(ratio(of(5, 0), true), "-".into());
        assert_eq!(figure("87.50", false), Arg::Decimal("87.5".to_owned()));
        assert_eq!(figure("100.00", false), Arg::Count(100));
        assert_eq!(figure("100.00", true), "100.00".into());
        assert_eq!(
            (number("100"), number("-0.05")),
            (Arg::Count(100), Arg::Decimal("-0.05".to_owned()))
        );
    }
}
