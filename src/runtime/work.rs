//! What each question asks of the store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Say, Saying, branch, numbers, rules, studies};
use crate::app::action::{Answer, Refusal, Who};
use crate::app::branch::BranchAsk;
use crate::app::effect::Request;
use crate::app::study::Study;
use crate::domain::event_rule::{NotAMoment, USUAL_DAYS};
use crate::domain::rule::{Rule, Vocabulary};
use crate::domain::segment::grid::AxisAsked;
use crate::domain::segment::{LeafCounts, SegmentCount};
use crate::domain::strategy::StrategyText;
use crate::domain::strategy::template::Template;
use crate::msg;
use crate::store::attribute::KeptVocabulary;
use crate::store::coaching::CoachingError;
use crate::store::connect::{CONNECT_LIMIT, STATEMENT_LIMIT};
use crate::store::customer::CustomerError;
use crate::store::delivery::status::ReplayError;
use crate::store::engine::KeptLine;
use crate::store::finding::FindingError;
use crate::store::kpi::KpiFailure;
use crate::store::kpi::watch::AlertError;
use crate::store::life;
use crate::store::moment::{self, MomentError};
use crate::store::outcome::{self, OutcomeError};
use crate::store::people::PeopleError;
use crate::store::plan::{self, Wave};
use crate::store::push::{self, PushError};
use crate::store::reject_file::RejectFile;
use crate::store::review::ReviewError;
use crate::store::score::ScoreError;
use crate::store::segment::export::ExportError;
use crate::store::segment::upload::UploadError;
use crate::store::segment::{self, LIST_LIMIT, SegmentError};
use crate::store::strategy::{self, StrategyError};
use crate::store::task::TaskError;
use crate::store::test_push::TestPushError;
use crate::store::{Db, Session, StoreError, bank, delivery, dictionary, mart, operator, worklist};

/// How long the console waits for the answer to a question.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most questions.
    pub answer: Duration,
    /// Those that go over a whole list of customers.
    pub list: Duration,
}

impl Default for Limits {
    /// Longer than the server's own limits, so that whoever is late is not the server.
    fn default() -> Self {
        Self { answer: STATEMENT_LIMIT + CONNECT_LIMIT, list: LIST_LIMIT + STATEMENT_LIMIT }
    }
}

/// Answers a question.
pub(super) async fn run(
    db: &mut Session,
    request: Request,
    of: &Db,
    say: &Say,
    words: &KeptVocabulary,
) -> Result<Answer, Refusal> {
    match request {
        Request::Session => session(db, of.operator()).await,
        Request::Segments => segments(db, words).await,
        Request::Strategies => Ok(Answer::Strategies(strategy::list(db).await?)),
        Request::Pushes => Ok(Answer::Pushes(push::list(db).await?)),
        Request::Push(number) => Ok(Answer::Push(push::status(db, number).await?)),
        Request::Work => Ok(Answer::Work(worklist::list(db).await?)),
        Request::Dictionary => {
            let words = words.now(db).await?;
            attributes(db, &words).await
        }
        Request::Moments
        | Request::TestMoment { .. }
        | Request::SaveMoment { .. }
        | Request::SwitchMoment { .. } => moments(db, request).await,
        Request::Count { .. } | Request::Leaves { .. } | Request::SplitBy { .. } => {
            typed(db, request, of, words).await
        }
        // The runner answers these, without a session of its own.
        Request::Pause | Request::SaveTable { .. } => Ok(Answer::Paused),
        Request::Words => Ok(Answer::Words(words.now(db).await?)),
        Request::Kpi { .. }
        | Request::Explain { .. }
        | Request::Headline { .. }
        | Request::Note(_)
        | Request::CloseFinding { .. }
        | Request::Coach(_)
        | Request::Recheck { .. }
        | Request::SaveAlert(_)
        | Request::OwnAlert { .. }
        | Request::SwitchAlert { .. }
        | Request::MuteAlert { .. } => numbers::run(db, request).await,
        Request::Plan { .. } | Request::Preview { .. } => planned(db, request, of).await,
        Request::Test(asked) => studies::test(db, asked, say).await,
        Request::Study(study) => studies::find(db, study, of.engine()).await,
        Request::Export { snapshot, path } => studies::export(db, snapshot, path).await,
        Request::CheckList(asked) => studies::check(db, asked).await,
        Request::Upload(asked) => studies::upload(db, asked, say).await,
        Request::SaveSegment { code, name, rule, base } => {
            rules::save_segment(db, &code, &name, &rule, base).await
        }
        Request::Freeze { code } => {
            let snapshot = segment::freeze(db, &code, of.engine()).await?;
            Ok(Answer::Frozen(code, snapshot))
        }
        Request::SaveStrategy { .. }
        | Request::Versions { .. }
        | Request::Sample { .. }
        | Request::Shelve { .. }
        | Request::Submit { .. }
        | Request::Approve { .. } => strategies(db, request, words).await,
        Request::SendBack { .. }
        | Request::Brake { .. }
        | Request::BrakeAll { .. }
        | Request::Delegate { .. } => lives(db, request).await,
        Request::Desk(asked) => super::desks::take_up(db, asked).await,
        Request::Branch(asked) => branch::run(db, asked).await,
        Request::Apply { plan, .. } => Ok(Answer::Pushed(push::apply(db, plan, None).await?)),
        Request::Sign { push: number, org } => {
            push::sign(db, number, &org).await?;
            Ok(Answer::Signed(org))
        }
        Request::CloseReview { .. } | Request::Report { .. } => reviews(db, request, say).await,
        Request::Replay(what) => Ok(Answer::Replayed(delivery::status::replay(db, what).await?)),
        Request::Outcomes { path } => outcomes(db, &path, say).await,
    }
}

/// A plan that is kept, or what one would be.
async fn planned(db: &mut Session, request: Request, of: &Db) -> Result<Answer, Refusal> {
    Ok(Answer::Plan(match request {
        Request::Plan { code } => plan::plan(db, &code, Wave::Due, of.engine()).await?,
        Request::Preview { code, wave } => plan::preview(db, &code, wave, of.engine()).await?,
        // The caller names only those above.
        _ => return Err(super::ends::cancelled()),
    }))
}

/// What follows a rule while it is typed.
async fn typed(
    db: &mut Session,
    request: Request,
    of: &Db,
    words: &KeptVocabulary,
) -> Result<Answer, Refusal> {
    match request {
        Request::Count { rule, .. } => {
            let (rule, _) = read(db, &rule, words).await?;
            Ok(Answer::Count(count(db, &rule, of).await?))
        }
        Request::Leaves { rule } => {
            let (rule, _) = read(db, &rule, words).await?;
            Ok(Answer::Leaves(leaves(db, &rule, of).await?))
        }
        Request::SplitBy { rule, by } => {
            let (rule, words) = read(db, &rule, words).await?;
            let asked = [AxisAsked { name: by, thresholds: vec![] }];
            Ok(Answer::SplitBy(segment::grid::grid(db, &rule, &words, &asked, None).await?))
        }
        _ => Ok(Answer::Paused),
    }
}

/// A verdict, or the report of a review.
async fn reviews(db: &mut Session, request: Request, say: &Say) -> Result<Answer, Refusal> {
    match request {
        Request::CloseReview { push, verdict, text, knowing } => {
            studies::close(db, push, verdict, &text, &knowing).await
        }
        Request::Report { push, path } => studies::report(db, push, path, say).await,
        _ => Ok(Answer::Paused),
    }
}

/// Versions of strategies, and what is done with them.
async fn strategies(
    db: &mut Session,
    request: Request,
    words: &KeptVocabulary,
) -> Result<Answer, Refusal> {
    Ok(match request {
        Request::SaveStrategy { text, base } => {
            let words = words.now(db).await?;
            save_strategy(db, &words, &text, base).await?
        }
        Request::Versions { code, from, to } => {
            let from = strategy::show(db, &code, Some(from)).await?;
            Answer::Versions(from, strategy::show(db, &code, Some(to)).await?)
        }
        Request::Sample { rule } => {
            let (rule, _) = read(db, &rule, words).await?;
            Answer::Sample(strategy::sample(db, &rule).await?)
        }
        Request::Shelve { code } => Answer::Shelved(strategy::shelve(db, &code, true).await?),
        Request::Submit { code } => {
            plan::baseline(db, &code, None).await?;
            Answer::Submitted(strategy::submit(db, &code).await?)
        }
        Request::Approve { code, hash } => {
            Answer::Approved(strategy::approve(db, &code, hash, None).await?)
        }
        _ => Answer::Strategies(strategy::list(db).await?),
    })
}

/// The dictionary; what every customer has is looked for most, and comes first.
async fn attributes(db: &mut Session, words: &Vocabulary) -> Result<Answer, Refusal> {
    let mut rows = dictionary::list_of(db, words).await?;
    rows.sort_by_key(|row| !row.is_fixed());
    Ok(Answer::Dictionary(rows))
}

/// Saves a strategy's text; if somebody was faster, nothing is written and both texts come back.
async fn save_strategy(
    db: &mut Session,
    words: &Vocabulary,
    text: &StrategyText,
    base: i32,
) -> Result<Answer, Refusal> {
    strategy::days_ahead(db, text).await?;
    let mut saved = strategy::new_draft(db, words, text, Some(base)).await;
    if let Err(StrategyError::UnknownSegment { code, .. }) = &saved
        && let Some(template) = Template::suggesting(code)
    {
        segment::suggested(db, words, &template).await?;
        saved = strategy::new_draft(db, words, text, Some(base)).await;
    }
    match saved {
        Err(StrategyError::Stale { base, latest }) if latest > 0 => {
            let before = match base {
                0 => None,
                base => Some(strategy::show(db, &text.code, Some(base)).await?),
            };
            let theirs = strategy::show(db, &text.code, Some(latest)).await?;
            Ok(Answer::StrategyLate(before, theirs))
        }
        saved => Ok(Answer::StrategySaved(saved?)),
    }
}

/// Event rules: all of them, or one back-tested or switched.
async fn moments(db: &mut Session, request: Request) -> Result<Answer, Refusal> {
    Ok(match request {
        Request::TestMoment { code } => {
            let (_, test) = moment::test(db, &code, USUAL_DAYS, &mut |_| {}).await?;
            Answer::MomentTested(moment::show(db, &code).await?, test)
        }
        Request::SaveMoment { text, days, base } => {
            rules::save_moment(db, &text, days, base).await?
        }
        Request::SwitchMoment { code, on: true } => {
            Answer::MomentSwitched(moment::enable(db, &code).await?)
        }
        Request::SwitchMoment { code, .. } => {
            Answer::MomentSwitched(moment::disable(db, &code).await?)
        }
        _ => Answer::Moments(moment::list(db).await?),
    })
}

/// The segments, with those marked whose rules cannot be asked any more.
async fn segments(db: &mut Session, words: &KeptVocabulary) -> Result<Answer, Refusal> {
    let mut rows = segment::list(db).await?;
    let words = words.now(db).await?;
    segment::look(db, &mut rows, &words).await?;
    Ok(Answer::Segments(rows))
}

/// Counts by the column engine where it runs and can, else by SQL.
async fn count(db: &mut Session, rule: &Rule, of: &Db) -> Result<SegmentCount, StoreError> {
    if let Some(engine) = of.engine() {
        if let Ok(count) = engine.count(db, rule, true).await {
            return Ok(count);
        }
        // The engine has asked SQL for what it does not hold, and waited for who has locked it.
        mart::check_locks(db, rule).await?;
    }
    let silent = of.engine().is_some_and(KeptLine::is_silent);
    Ok(SegmentCount { silent, ..segment::count(db, rule, true).await? })
}

/// The same of its conditions.
async fn leaves(db: &mut Session, rule: &Rule, of: &Db) -> Result<LeafCounts, StoreError> {
    if let Some(engine) = of.engine()
        && let Ok(counts) = engine.leaves(db, rule).await
    {
        return Ok(counts);
    }
    segment::leaves::leaves(db, rule).await
}

/// A rule as it stands, and the words that it was read against.
async fn read(
    db: &mut Session,
    rule: &str,
    words: &KeptVocabulary,
) -> Result<(Rule, Arc<Vocabulary>), Refusal> {
    let words = words.now(db).await?;
    // The page has judged what is typed; what is kept counts 0 where it is nobody's by now.
    let rule = Rule::parse_kept(rule, &words, None).map_err(|error| Refusal::of_rule(&error))?;
    Ok((rule, words))
}

/// What happens to a strategy besides its text.
async fn lives(db: &mut Session, request: Request) -> Result<Answer, Refusal> {
    Ok(match request {
        Request::SendBack { code, hash, comment } => {
            Answer::SentBack(life::send_back(db, &code, hash, &comment, None).await?)
        }
        Request::Brake { code, stop: true, reason } => {
            Answer::Braked(life::pause(db, &code, &reason).await?)
        }
        Request::Brake { code, reason, .. } => {
            Answer::Braked(life::resume(db, &code, &reason).await?)
        }
        Request::Delegate { to, days: [from, until] } => {
            Answer::Delegated(life::delegate(db, &to, from, until).await?)
        }
        Request::BrakeAll { reason } => Answer::BrakedAll(life::pause_all(db, &reason).await?),
        _ => Answer::Strategies(strategy::list(db).await?),
    })
}

/// The bank, and who the operator is in it.
async fn session(db: &mut Session, operator: &str) -> Result<Answer, Refusal> {
    let bank = bank::bank(db).await?;
    let mut who = Who::of(operator, &operator::list(db).await?, &bank::units(db, false).await?);
    who.stands_for = life::stands_for(db).await?;
    who.scope = bank::scope(db).await?;
    Ok(Answer::Session(bank, who))
}

/// Reads an outcome file. Lines that are not taken go to a file beside it, as the command does.
async fn outcomes(db: &mut Session, path: &str, say: &Say) -> Result<Answer, Refusal> {
    let file = outcome::open(Path::new(path))?;
    let mut rejects = RejectFile::beside(Path::new(path), &outcome::REJECT_HEADER);
    let taken = outcome::import(
        db,
        std::io::BufReader::new(file),
        &mut |reject| reject.write_to(&mut rejects, &say(Saying::Message(&reject.fault.message()))),
        &mut |_| {},
    )
    .await;
    let report = match taken {
        Ok(report) => report,
        Err(error) => {
            // Nothing was taken, so nothing was refused either.
            rejects.discard();
            return Err(error.into());
        }
    };
    let reject_file = rejects.finish().map_err(OutcomeError::from)?;
    Ok(Answer::Outcomes(report, reject_file))
}

impl Limits {
    /// How long this question may take.
    pub(super) fn of(self, request: &Request) -> Duration {
        match request {
            Request::Plan { .. }
            | Request::Preview { .. }
            | Request::Apply { .. }
            | Request::Freeze { .. }
            | Request::Export { .. }
            | Request::SaveTable { .. }
            | Request::CheckList(_)
            | Request::Upload(_)
            | Request::TestMoment { .. }
            | Request::SaveMoment { .. }
            | Request::Branch(BranchAsk::Recall { .. })
            | Request::Study(Study::Review { .. })
            | Request::CloseReview { .. }
            | Request::Report { .. }
            | Request::Replay(_)
            | Request::Outcomes { .. } => self.list,
            _ => self.answer,
        }
    }
}

/// No answer came in time, from a server that would have given up before: the line is taken for dead.
pub(super) fn deadline() -> Refusal {
    Refusal { offline: true, ..Refusal::because(msg!("console.reason.deadline")) }
}

/// There is no line now.
pub(super) fn no_line() -> Refusal {
    Refusal { offline: true, ..Refusal::because(msg!("console.reason.not-connected")) }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let offline = error.is_offline();
        Self { offline, ..Self::because(error.message()) }
    }
}

/// Each aggregate's own refusals, with the store's under them.
macro_rules! refusals {
    ($($error:ident),*) => {$(
        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                match error {
                    $error::Store(error) => error.into(),
                    other => Self::because(other.message()),
                }
            }
        }
    )*};
}
refusals!(
    AlertError,
    CoachingError,
    CustomerError,
    FindingError,
    KpiFailure,
    OutcomeError,
    PushError,
    ReplayError,
    ReviewError,
    ScoreError,
    SegmentError,
    StrategyError,
    TaskError,
    TestPushError
);

impl From<ExportError> for Refusal {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Segment(error) => error.into(),
            other @ (ExportError::Taken(_) | ExportError::File(_)) => {
                Self::because(other.message())
            }
        }
    }
}

impl From<MomentError> for Refusal {
    fn from(error: MomentError) -> Self {
        match error {
            MomentError::Store(error) => error.into(),
            MomentError::NotAMoment(NotAMoment::Rule(error)) => Self::of_rule(&error),
            other => Self::because(other.message()),
        }
    }
}

impl From<PeopleError> for Refusal {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Segment(error) => error.into(),
            PeopleError::Push(error) => error.into(),
            PeopleError::Moment(error) => error.into(),
            PeopleError::Store(error) => error.into(),
        }
    }
}

impl From<UploadError> for Refusal {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Segment(error) => error.into(),
            other => Self::because(other.message()),
        }
    }
}
