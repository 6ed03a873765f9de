//! `baton push board`: how far the customers of a push have come, where the chain breaks, and whether the counters hold.

use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde_json::{Map, Value, json};

use super::{Context, Failure, Table};
use crate::domain::board::{Board, Break, Part, Step, Steps};
use crate::domain::id::PushId;
use crate::domain::message::{Arg, Message};
use crate::msg;
use crate::store::board::{self, Difference, Splits};
use crate::store::{Session, bank};
use crate::text::number;

/// What to show.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The push's number
    push: i64,
    /// A split besides the units; in a table, instead of them
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Holds the kept counters against a recount, and fails where they differ
    #[arg(long, conflicts_with_all = ["by", "recount"])]
    check: bool,
    /// Counts anew what the counters keep
    #[arg(long, conflicts_with = "by")]
    recount: bool,
}

/// By what a board can be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    Org,
    Rm,
    Day,
}

/// Runs `push board`.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub(super) async fn run(
    args: Args,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let push = PushId(args.push);
    if args.recount {
        board::mend(session, push).await?;
    }
    if args.check || args.recount {
        return checked(push, &board::check(session, push).await?, context);
    }
    let splits = Splits { rm: args.by == Some(By::Rm), day: args.by == Some(By::Day) };
    let board = board::board(session, push, splits).await?;
    if context.output.format == super::Format::Table {
        context.output.say(sentence(&board));
        if let Some(said) = board.loss_message() {
            context.output.say(said);
        }
    }
    let shown = json_of(&board, args.by);
    let zone = bank::bank(session).await?.timezone;
    context.output.result(&shown, || match args.by {
        Some(By::Rm) => parts(&board.by_rm, true),
        Some(By::Day) => days(&board),
        Some(By::Org) => parts(&board.by_org, false),
        None => whole(&board, &|at: DateTime<Utc>| number::moment(&at.with_timezone(&zone))),
    })
}

fn checked(push: PushId, found: &[Difference], context: &Context) -> Result<(), Failure> {
    let rows: Vec<Value> = found
        .iter()
        .map(|one| json!({ "org": one.org, "what": one.what, "kept": one.kept, "counted": one.counted }))
        .collect();
    let value = json!({ "push": push, "agree": found.is_empty(), "differences": rows });
    context.output.result(&value, || {
        let mut table = Table::new([
            ("org", msg!("push.fact.org")),
            ("what", msg!("board.fact.counter")),
            ("kept", msg!("board.fact.kept")),
            ("counted", msg!("board.fact.counted")),
        ]);
        for one in found {
            table.row([
                one.org.as_str().into(),
                one.what.as_str().into(),
                one.kept.into(),
                one.counted.into(),
            ]);
        }
        table
    })?;
    if found.is_empty() {
        context.output.say(Message::new(msg!("board.agree")).with("push", push.to_string()));
        return Ok(());
    }
    let differ = Message::new(msg!("board.differ"));
    Err(Failure::refused(differ.with("push", push.to_string()).with("count", found.len())))
}

/// How the push as a whole stands.
fn sentence(board: &Board) -> Message {
    let part = &board.whole;
    let of = |step: Step| part.steps.at(step);
    Message::new(msg!("board.said"))
        .with("push", board.push.to_string())
        .with("issued", of(Step::Issued))
        .with("contacted", of(Step::Contacted))
        .with("reached", of(Step::Reached))
        .with("sold", of(Step::Sold))
}

fn steps_json(steps: &Steps) -> Vec<Value> {
    Step::ALL
        .into_iter()
        .map(|step| json!({ "step": step.code(), "customers": steps.at(step) }))
        .collect()
}

/// A share, exact as a JSON number may be; null of nobody.
#[expect(clippy::cast_precision_loss, reason = "customers are far below 2^52")]
fn ratio((part, whole): (i64, i64)) -> Value {
    if whole == 0 { Value::Null } else { json!(part as f64 / whole as f64) }
}

fn gap_json(gap: &Break) -> Value {
    json!({ "step": gap.step.code(), "own": gap.own, "peers": gap.peers, "missing": gap.missing })
}

fn part_json(board: &Board, part: &Part) -> Map<String, Value> {
    let (young_sign, young_contact) = board.young(part);
    let (sign, contact) = board.judged(part);
    let shares: Map<String, Value> = Step::ALL
        .into_iter()
        .filter_map(|step| Some((step.code().to_owned(), ratio(part.steps.share(step)?))))
        .collect();
    let mut map = Map::new();
    map.insert("steps".into(), steps_json(&part.steps).into());
    map.insert("shares".into(), shares.into());
    map.insert(
        "timeliness".into(),
        json!({
            "signed": { "in_time": part.signed_in_time, "of": sign, "share": ratio((part.signed_in_time, sign)), "not_due": young_sign },
            "contacted": { "in_time": part.contacted_in_time, "of": contact, "share": ratio((part.contacted_in_time, contact)), "not_due": young_contact },
        }),
    );
    map.insert("contradictory".into(), part.contradictory.into());
    map.insert("contamination".into(), part.contaminated.into());
    map
}

fn unit_json(board: &Board, part: &Part, rm: bool) -> Value {
    let mut map = Map::new();
    if rm {
        map.insert("rm".into(), (!part.code.is_empty()).then_some(part.code.as_str()).into());
        map.insert("org".into(), part.org.as_str().into());
    } else {
        map.insert("org".into(), part.code.as_str().into());
    }
    map.insert("name".into(), part.name.as_str().into());
    map.extend(part_json(board, part));
    map.insert("break".into(), part.gap.as_ref().map_or(Value::Null, gap_json));
    map.into()
}

fn json_of(board: &Board, by: Option<By>) -> Value {
    let mut map = part_json(board, &board.whole);
    let loss = board.loss.and_then(|loss| {
        let worst = board.by_org.get(loss.worst)?;
        Some(json!({ "step": loss.step.code(), "missing": loss.missing, "units": loss.units, "org": worst.code }))
    });
    map.insert("break".into(), loss.unwrap_or(Value::Null));
    map.insert("push".into(), json!(board.push));
    map.insert("strategy".into(), board.strategy.as_str().into());
    map.insert("version".into(), board.version.into());
    map.insert("as_of".into(), json!(board.as_of));
    map.insert("sign_by".into(), json!(board.terms.sign_by));
    map.insert("contact_by".into(), json!(board.terms.contact_by));
    let feedback: Vec<Value> = board
        .feedback
        .iter()
        .map(|(reason, count)| json!({ "reason": reason.code(), "count": count }))
        .collect();
    map.insert("feedback".into(), feedback.into());
    let units = |parts: &[Part], rm| -> Value {
        parts.iter().map(|part| unit_json(board, part, rm)).collect::<Vec<_>>().into()
    };
    map.insert("by_org".into(), units(&board.by_org, false));
    if by == Some(By::Rm) {
        map.insert("by_rm".into(), units(&board.by_rm, true));
    }
    if by == Some(By::Day) {
        let days: Vec<Value> = board
            .by_day
            .iter()
            .map(|day| json!({ "day": day.day, "steps": steps_json(&day.steps) }))
            .collect();
        map.insert("by_day".into(), days.into());
    }
    map.into()
}

/// The steps of the whole push, one a row, with its timeliness.
fn whole(board: &Board, local: &dyn Fn(DateTime<Utc>) -> String) -> Table {
    let mut table = Table::new([
        ("step", msg!("board.fact.step")),
        ("customers", msg!("board.fact.customers")),
        ("share", msg!("board.fact.share")),
        ("in_time", msg!("board.fact.in-time")),
        ("not_due", msg!("board.fact.not-due")),
        ("by", msg!("board.fact.by")),
    ]);
    let part = &board.whole;
    let (young_sign, young_contact) = board.young(part);
    let (sign, contact) = board.judged(part);
    let share = |(part, whole)| number::percent(part, whole).unwrap_or_default();
    for step in Step::ALL {
        let (in_time, young, by) = match step {
            Step::Signed => {
                (share((part.signed_in_time, sign)), young_sign, local(board.terms.sign_by))
            }
            Step::Contacted => {
                let by = number::date(board.terms.contact_by);
                (share((part.contacted_in_time, contact)), young_contact, by)
            }
            _ => (String::new(), 0, String::new()),
        };
        let young = if young > 0 { Arg::from(young) } else { "".into() };
        table.row([
            step.title().into(),
            part.steps.at(step).into(),
            part.steps.share(step).map(share).unwrap_or_default().into(),
            in_time.into(),
            young,
            by.into(),
        ]);
    }
    table
}

fn parts(parts: &[Part], rm: bool) -> Table {
    let code = if rm { ("rm", msg!("board.fact.rm")) } else { ("org", msg!("push.fact.org")) };
    let mut table = Table::new([
        code,
        ("name", msg!("push.fact.name")),
        ("issued", Step::Issued.title()),
        ("signed", Step::Signed.title()),
        ("contacted", Step::Contacted.title()),
        ("reached", Step::Reached.title()),
        ("interested", Step::Interested.title()),
        ("sold", Step::Sold.title()),
        ("break", msg!("board.fact.break")),
    ]);
    for part in parts {
        let gap = part.gap.as_ref().map_or_else(|| "".into(), |gap| Arg::from(gap.message()));
        let steps = Step::ALL.map(|step| Arg::from(part.steps.at(step)));
        let [issued, signed, contacted, reached, interested, sold] = steps;
        let code = if part.code.is_empty() { part.org.as_str() } else { part.code.as_str() };
        table.row([
            code.into(),
            part.name.as_str().into(),
            issued,
            signed,
            contacted,
            reached,
            interested,
            sold,
            gap,
        ]);
    }
    table
}

fn days(board: &Board) -> Table {
    let mut table = Table::new([
        ("day", msg!("board.fact.day")),
        ("issued", Step::Issued.title()),
        ("signed", Step::Signed.title()),
        ("contacted", Step::Contacted.title()),
        ("reached", Step::Reached.title()),
        ("interested", Step::Interested.title()),
        ("sold", Step::Sold.title()),
    ]);
    for day in &board.by_day {
        let steps = Step::ALL.map(|step| Arg::from(day.steps.at(step)));
        let [issued, signed, contacted, reached, interested, sold] = steps;
        table.row([day.day.into(), issued, signed, contacted, reached, interested, sold]);
    }
    table
}
