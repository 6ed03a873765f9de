//! What looking into segments and their customers asks of the store, and the lists that come in and go out.

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::Path;

use chrono::NaiveDate;

use super::{Say, Saying};
use crate::app::action::{Answer, Refusal};
use crate::app::effect::{ListAsked, TestAsk};
use crate::app::study::{
    Compared, Finding, MetricFound, RaisedFor, Reviewed, SegmentHistory, Study,
};
use crate::domain::alert::AlertKind;
use crate::domain::finding::Touch;
use crate::domain::id::{PushId, SnapshotId};
use crate::domain::message::{Arg, Message};
use crate::domain::review::{Knowing, Verdict};
use crate::domain::rule::Rule;
use crate::domain::score::Of;
use crate::domain::segment::grid::AxisAsked;
use crate::msg;
use crate::store::board::{self, Splits};
use crate::store::engine::KeptLine;
use crate::store::kpi::{self, grid, watch};
use crate::store::reject_file::RejectFile;
use crate::store::segment::upload::{self, REJECT_HEADER, Upload, UploadError};
use crate::store::segment::written::{self, Written};
use crate::store::segment::{self, export, graph, snapshot, version};
use crate::store::{
    Session, attribute, bank, calendar, coaching, customer, delivery, finding, people, policy,
    review, score, test_push,
};

/// Looks into something.
pub(super) async fn find(
    db: &mut Session,
    study: Study,
    engine: Option<&KeptLine>,
) -> Result<Answer, Refusal> {
    let finding = match study {
        Study::Overlap { codes } => {
            Finding::Overlap(segment::overlap::overlap(db, &codes, engine).await?)
        }
        Study::Portrait { code } => {
            let (row, rule, words) = segment::rule_of(db, &code).await?;
            let mut portrait = segment::portrait::portrait(db, &rule, &words).await?;
            (portrait.segment, portrait.version) = (Some(row.code), Some(row.version));
            Finding::Portrait(portrait)
        }
        Study::Grid { code, by, metric } => {
            let (row, rule, words) = segment::rule_of(db, &code).await?;
            let axes: Vec<AxisAsked> = by.iter().flat_map(|by| AxisAsked::read(by)).collect();
            let mut grid = segment::grid::grid(db, &rule, &words, &axes, metric.as_deref()).await?;
            (grid.segment, grid.version) = (Some(row.code), Some(row.version));
            Finding::Grid(grid)
        }
        Study::History { code } => Finding::History(history(db, &code).await?),
        Study::Compare { code, pair } => {
            let (a, b) = match pair {
                Some(pair) => pair,
                None => last_two(db, &code).await?,
            };
            let counts = snapshot::compare(db, a, b, false).await?;
            let movers = people::movers(db, a, b).await?;
            Finding::Compare(Compared { counts, movers })
        }
        Study::Diff { code, from, to } => Finding::Diff(version::diff(db, &code, from, to).await?),
        Study::Push { push, .. } => Finding::Push(people::push_parts(db, push).await?),
        Study::Board { push, .. } => {
            Finding::Board(Box::new(board::board(db, push, Splits::ALL).await?))
        }
        Study::Hits { moment } => Finding::Hits(people::hit_days(db, &moment).await?),
        Study::Deliveries { push } => {
            Finding::Deliveries(delivery::status::deliveries(db, push).await?)
        }
        Study::Calendar { day } => Finding::Calendar(Box::new(calendar::agenda(db, day).await?)),
        Study::Tests { .. } | Study::Policies | Study::Desk(_) => around(db, study).await?,
        Study::Members { of, skip, .. } => Finding::Members(people::page(db, &of, skip).await?),
        Study::Card { customer, .. } => {
            Finding::Card(Box::new(customer::card_with_segments(db, customer).await?))
        }
        Study::Heat { org, kind, compare } => {
            let asked = grid::Asked { org, kind, compare, ..grid::Asked::default() };
            Finding::Heat(grid::grid(db, &asked).await?.0)
        }
        Study::Metric { metric, org, on } => {
            Finding::Metric(Box::new(about(db, &metric, org, on).await?))
        }
        Study::Noted { all } => Finding::Noted(finding::list(db, all).await?),
        Study::Alerts => Finding::Alerts(watch::list(db).await?),
        Study::AlertHits { code, metric, .. } => {
            Finding::AlertHits(raised(db, &code, &metric).await?)
        }
        Study::Scores { .. } | Study::Score { .. } | Study::Coaching { .. } => {
            scored(db, study).await?
        }
        Study::Touching { org, rule, .. } => {
            Finding::Touching(touching(db, org.as_deref(), rule.as_deref()).await?)
        }
        Study::Review { strategy, of } => reviewed(db, &strategy, of).await?,
        Study::Why { code, customer } => {
            Finding::Why(segment::explain::explain(db, &code, customer).await?)
        }
    };
    Ok(Answer::Found(Box::new(finding)))
}

/// The strategies that touch customers of a unit, or a group of them.
async fn touching(
    db: &mut Session,
    org: Option<&str>,
    rule: Option<&str>,
) -> Result<Vec<Touch>, Refusal> {
    let Some(text) = rule else { return Ok(kpi::touching::touching(db, org).await?) };
    let words = attribute::vocabulary(db).await?;
    let rule = Rule::parse_kept(text, &words, None).map_err(|error| Refusal::of_rule(&error))?;
    Ok(kpi::touching::of_group(db, org, &rule).await?)
}

/// The review of a push, of a wave or of all of a strategy.
async fn reviewed(db: &mut Session, strategy: &str, of: Reviewed) -> Result<Finding, Refusal> {
    let review = match of {
        Reviewed::Push(push) => review::show(db, push).await?,
        Reviewed::Wave(wave) => review::of_strategy(db, strategy, Some(wave)).await?,
        Reviewed::Strategy => review::of_strategy(db, strategy, None).await?,
    };
    Ok(Finding::Review(Box::new(review), bank::bank(db).await?.currency))
}

/// A metric on a day, with its plans and what it means.
async fn about(
    db: &mut Session,
    metric: &str,
    org: Option<String>,
    on: NaiveDate,
) -> Result<MetricFound, Refusal> {
    let value = kpi::value(db, metric, org.as_deref(), Some(on)).await?;
    let mut gaps = kpi::targets::check(db).await?;
    gaps.retain(|gap| gap.metric == value.metric);
    let definitions = kpi::definition::list(db, Some(metric)).await?;
    Ok(MetricFound { value, gaps, definitions })
}

/// Score cards, or the coaching log.
async fn scored(db: &mut Session, study: Study) -> Result<Finding, Refusal> {
    Ok(match study {
        Study::Scores { of, kind, org } => {
            let org = org.map(|(code, _)| code);
            let asked = score::Asked { of, kind, org, period: None };
            Finding::Scores(score::list(db, &asked).await?)
        }
        Study::Score { of, code, .. } => {
            let whose = match of {
                Of::Unit => score::Whose::Org(code),
                Of::Rm => score::Whose::Rm(code),
            };
            Finding::Score(Box::new(score::show(db, &whose, None).await?))
        }
        Study::Coaching { org, all, .. } => {
            let asked = coaching::Asked { org, all, coaching: None };
            Finding::Coaching(coaching::list(db, &asked).await?)
        }
        // The caller names only those above.
        _ => return Err(super::ends::cancelled()),
    })
}

/// Where an alert has been raised, and how its figures are to be read.
async fn raised(db: &mut Session, code: &str, metric: &str) -> Result<RaisedFor, Refusal> {
    let row = watch::show(db, code).await?;
    let tree = kpi::tree(db).await?;
    let is_money = tree.find(metric).is_some_and(|at| tree.metric(at).is_money());
    let is_share = matches!(row.text.kind, AlertKind::Change(_) | AlertKind::Pace);
    let hits = watch::hits(db, code).await?;
    Ok(RaisedFor { hits, is_money, is_share })
}

/// A segment's versions and snapshots, newest first, and what stands around it.
async fn history(db: &mut Session, code: &str) -> Result<SegmentHistory, Refusal> {
    let versions = version::list(db, code).await?;
    let mut snapshots = snapshot::history(db, code).await?;
    snapshots.reverse();
    let around = graph::around(db, code).await?;
    let node = around.node(code).cloned();
    let (uses, used_by, strategies) =
        node.map(|node| (node.names(), node.used_by, node.strategies)).unwrap_or_default();
    Ok(SegmentHistory { versions, snapshots, uses, used_by, strategies })
}

/// The last two snapshots of a segment, the earlier first.
async fn last_two(db: &mut Session, code: &str) -> Result<(SnapshotId, SnapshotId), Refusal> {
    let all = snapshot::history(db, code).await?;
    match all.as_slice() {
        [.., a, b] => Ok((a.snapshot, b.snapshot)),
        _ => Err(Refusal::because(msg!("console.reason.one-snapshot"))),
    }
}

/// What stands around strategies: their test pushes, or what the bank has decided, and its money.
async fn around(db: &mut Session, study: Study) -> Result<Finding, Refusal> {
    if let Study::Tests { code } = study {
        return Ok(Finding::Tests(test_push::list(db, &code).await?));
    }
    if let Study::Desk(desk) = study {
        return Ok(Finding::Desk(super::desks::laid(db, desk).await?));
    }
    Ok(Finding::Policies(policy::list(db).await?, bank::bank(db).await?.currency))
}

/// Makes, answers or takes back a test push.
pub(super) async fn test(db: &mut Session, asked: TestAsk, say: &Say) -> Result<Answer, Refusal> {
    let words = |value: &Arg| {
        let said = Message::new(msg!("strategy.script.value")).with("value", value.clone());
        say(Saying::Message(&said))
    };
    let test = match asked {
        TestAsk::Push { code, org } => test_push::make(db, &code, org.as_deref(), &words).await?,
        TestAsk::End { test } => test_push::end(db, test).await?,
        TestAsk::Answer { test, words } => test_push::answer(db, test, &words).await?,
    };
    Ok(Answer::Tested(test))
}

/// Writes a snapshot's customers into a new file.
pub(super) async fn export(
    db: &mut Session,
    id: SnapshotId,
    path: String,
) -> Result<Answer, Refusal> {
    let count = export::export(db, id, Path::new(&path)).await?;
    Ok(Answer::Exported(path, count))
}

/// Gives the verdict on a push.
pub(super) async fn close(
    db: &mut Session,
    push: PushId,
    verdict: Verdict,
    text: &str,
    knowing: &Knowing,
) -> Result<Answer, Refusal> {
    let review = review::close(db, push, verdict, text, knowing).await?;
    Ok(Answer::ReviewClosed(Box::new(review), bank::bank(db).await?.currency))
}

/// Writes the review of a push into a new file: one that is there is left alone.
pub(super) async fn report(
    db: &mut Session,
    push: PushId,
    path: String,
    say: &Say,
) -> Result<Answer, Refusal> {
    let review = review::show(db, push).await?;
    let currency = bank::bank(db).await?.currency;
    let text = say(Saying::Report(&review, currency));
    let written = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            let taken = Message::new(msg!("cli.into.taken"));
            return Refusal::because(taken.with("path", path.as_str()));
        }
        let detail = crate::domain::clean::clean(&error.to_string()).into_owned();
        Refusal::because(
            Message::new(msg!("review.unwritable"))
                .with("path", path.as_str())
                .with("detail", detail),
        )
    })?;
    Ok(Answer::Reported(path))
}

/// A file that is to become a list, and how it is written.
fn opened(asked: &ListAsked) -> Result<(BufReader<File>, Written), UploadError> {
    let path = Path::new(&asked.path);
    let written = Written::of(written::open(path)?)?;
    Ok((BufReader::new(written::open(path)?), written))
}

fn asked_of<'a>(asked: &'a ListAsked, file: &'a str, written: Written) -> Upload<'a> {
    Upload {
        code: &asked.code,
        name: None,
        key: &asked.key,
        column: asked.column.as_deref(),
        file,
        encoding: written.encoding,
        delimiter: written.delimiter,
    }
}

fn file_name(asked: &ListAsked) -> String {
    Path::new(&asked.path).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Looks what a file would give as a list.
pub(super) async fn check(db: &mut Session, asked: ListAsked) -> Result<Answer, Refusal> {
    let (input, written) = opened(&asked)?;
    let file = file_name(&asked);
    let report = upload::check(db, asked_of(&asked, &file, written), input).await?;
    if report.matched == 0 {
        let nobody = Message::new(msg!("segment.upload.nobody-checked"));
        return Err(Refusal::because(nobody.with("read", report.read)));
    }
    let how = (written.encoding.name(), char::from(written.delimiter));
    Ok(Answer::ListChecked(asked, report, how))
}

/// Takes a file as a list. Lines that gave no customer go to a file beside it, as the command does.
pub(super) async fn upload(
    db: &mut Session,
    asked: ListAsked,
    say: &Say,
) -> Result<Answer, Refusal> {
    let (input, written) = opened(&asked)?;
    let rejects = RejectFile::beside(Path::new(&asked.path), &REJECT_HEADER);
    let file = file_name(&asked);
    let of = asked_of(&asked, &file, written);
    let (report, reject_file) =
        upload::upload_or_reject(db, of, input, rejects, &|said| say(Saying::Message(said)))
            .await?;
    Ok(Answer::Uploaded(asked.code, report, reject_file))
}
