//! What can happen to the console, as data.

use std::sync::Arc;

use super::branch::BranchAnswer;
use super::draft::Draft;
use super::effect::{ListAsked, Slot};
use super::key::Key;
use super::study::Finding;
use crate::domain::alert::AlertRow;
use crate::domain::attribute::AttributeRow;
use crate::domain::bank::{Bank, OrgUnit};
use crate::domain::coaching::Coaching;
use crate::domain::decomposition::Explanation;
use crate::domain::decomposition::headline::Headline;
use crate::domain::delivery::Replayed;
use crate::domain::event_rule::{Backtest, MomentRow};
use crate::domain::finding::FindingRow;
use crate::domain::message::Message;
use crate::domain::metric::KpiRow;
use crate::domain::money::Currency;
use crate::domain::operator::{Duty, Operator};
use crate::domain::outcome::OutcomeReport;
use crate::domain::push::{PlanRow, PushDone, PushRow};
use crate::domain::review::Review;
use crate::domain::rule::{RuleError, Vocabulary};
use crate::domain::segment::grid::Grid;
use crate::domain::segment::list::UploadReport;
use crate::domain::segment::{LeafCounts, Scope, SegmentCount, SegmentRow, SnapshotRow};
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::life::Delegation;
use crate::domain::strategy::sample::Sample;
use crate::domain::strategy::test_push::TestPush;
use crate::domain::worklist::WorkRow;

/// Something happened.
#[derive(Clone, Debug)]
pub enum Action {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resized(u16, u16),
    /// The database answers, and took this many milliseconds.
    Linked {
        /// Time of the first answer.
        millis: u64,
    },
    /// The database does not answer.
    Unlinked(Message),
    /// The bank's records have been loaded anew since the console read them.
    Overtaken,
    /// Somebody has saved a segment, an event rule or a strategy since the console read them.
    Rewritten,
    /// A question was answered, or refused.
    Answered {
        /// Which question.
        slot: Slot,
        /// Which asking of it; an older one is overtaken.
        generation: u64,
        /// What came.
        result: Box<Result<Answer, Refusal>>,
    },
    /// A draft was found on disk at the start.
    DraftFound(Draft),
    /// The terminal was closed, or the system asks the program to end.
    Hangup,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For the operator.
    pub message: Message,
    /// The characters of the text that are at fault, counted from 0; end excluded.
    pub place: Option<std::ops::Range<usize>>,
    /// The line is down, rather than the question wrong.
    pub offline: bool,
}

impl Refusal {
    /// A refusal with a reason and no place.
    #[must_use]
    pub fn because(message: impl Into<Message>) -> Self {
        Self { message: message.into(), place: None, offline: false }
    }

    /// What is wrong with a rule, and the characters that are.
    #[must_use]
    pub fn of_rule(error: &RuleError) -> Self {
        let (start, end) = (error.place.start, error.place.end);
        Self { place: Some(start..end.max(start + 1)), ..Self::because(error.message()) }
    }
}

/// Who sits here and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The operator's name.
    pub name: String,
    /// What the operator may do.
    pub duties: Vec<Duty>,
    /// Code and name of the operator's unit; none for the whole bank. A unit that is closed has no name, and stays his.
    pub org: Option<(String, String)>,
    /// The staff code of the RM that he is.
    pub staff: Option<String>,
    /// Operators who may approve.
    pub approvers: Vec<String>,
    /// In whose names the operator may approve today, besides his own.
    pub stands_for: Vec<String>,
    /// To whose customers all that the operator sees is held; none is all.
    pub scope: Option<Scope>,
}

impl Who {
    /// The operator of this name among the bank's operators and units; one that the bank does not know may nothing.
    #[must_use]
    pub fn of(name: &str, operators: &[Operator], units: &[OrgUnit]) -> Self {
        let own = operators.iter().find(|o| o.name == name);
        let org = own.and_then(|own| own.org.clone()).map(|code| {
            let unit = units.iter().find(|unit| unit.code == code);
            let name = unit.map_or_else(|| code.clone(), |unit| unit.name.clone());
            (code, name)
        });
        let may_approve = operators.iter().filter(|o| o.duties.contains(&Duty::Approver));
        Self {
            name: name.to_owned(),
            duties: own.map(|own| own.duties.clone()).unwrap_or_default(),
            org,
            staff: own.and_then(|own| own.staff.clone()),
            approvers: may_approve.map(|o| o.name.clone()).collect(),
            stands_for: Vec::new(),
            scope: None,
        }
    }

    /// The unit is the operator's own; those below it sign for themselves. Whoever has none signs for every unit.
    #[must_use]
    pub fn signs_for(&self, org: &str) -> bool {
        self.org.as_ref().is_none_or(|(own, _)| own == org)
    }
}

/// A version of a segment or of an event rule, as far as its form goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// Which version.
    pub version: i32,
    /// What people call it.
    pub name: String,
    /// The rule in canonical form.
    pub rule: String,
    /// The strategy that an event rule finds candidates for.
    pub strategy: Option<String>,
    /// The note beside an event rule.
    pub note: Option<String>,
}

/// A rule that was saved too late: nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLate {
    /// Its code.
    pub code: String,
    /// Who wrote what stands there.
    pub author: String,
    /// The version that it was made from, if there was one.
    pub before: Option<RuleText>,
    /// What stands there.
    pub theirs: RuleText,
}

/// An answer of the database.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The bank and the operator.
    Session(Bank, Who),
    /// All segments, newest versions.
    Segments(Vec<SegmentRow>),
    /// All strategies, newest versions.
    Strategies(Vec<StrategyRow>),
    /// All pushes, newest first.
    Pushes(Vec<PushRow>),
    /// The metric tree between two days.
    Kpi(Vec<KpiRow>),
    /// The answer to a rule.
    Count(SegmentCount),
    /// What each condition of a rule finds, and which removes most.
    Leaves(LeafCounts),
    /// A rule's members by an attribute.
    SplitBy(Grid),
    /// The operator has stopped typing.
    Paused,
    /// What rules are read against.
    Words(Arc<Vocabulary>),
    /// Where a change comes from.
    Explained(Explanation),
    /// Who explains it.
    Headline(Box<Headline>),
    /// A finding was noted or closed: how it stands now.
    Noted(FindingRow),
    /// An entry of the coaching log was written or looked at: how it stands now.
    Coached(Box<Coaching>),
    /// An alert was changed: how it stands now.
    AlertChanged(AlertRow),
    /// A plan that was kept.
    Plan(PlanRow),
    /// One push with what came of its tasks.
    Push(PushRow),
    /// The attribute dictionary, by code.
    Dictionary(Vec<AttributeRow>),
    /// What was found about segments or a customer.
    Found(Box<Finding>),
    /// The event rules, by code.
    Moments(Vec<MomentRow>),
    /// Of the branch side.
    Branch(BranchAnswer),
    /// What waits for the operator, the most urgent first.
    Work(Vec<WorkRow>),
    /// A moment was back-tested: how it stands now.
    MomentTested(MomentRow, Backtest),
    /// An event rule was saved and back-tested: how it stands now.
    MomentSaved(MomentRow),
    /// A moment was switched on or off: how it stands now.
    MomentSwitched(MomentRow),
    /// So many messages were put back.
    Replayed(Replayed),
    /// A segment's version was kept.
    SegmentSaved(SegmentRow),
    /// A rule was not kept: what it was made from, and what stands there now.
    RuleLate(Box<RuleLate>),
    /// Members of this segment were frozen.
    Frozen(String, SnapshotRow),
    /// A snapshot's customers were written into this file: how many.
    Exported(String, i64),
    /// A table was written into this file: how many rows.
    TableSaved(String, i64),
    /// What a file would give as a list, and how it is written: what it is encoded in, what stands between two fields.
    ListChecked(ListAsked, UploadReport, (&'static str, char)),
    /// A list was taken under this code: what became of its lines, and where those that were not taken are explained.
    Uploaded(String, UploadReport, Option<String>),
    /// A draft of a strategy was kept.
    StrategySaved(StrategyRow),
    /// A draft was not kept: the text it was made from, if there was one, and what stands there now.
    StrategyLate(Option<StrategyRow>, StrategyRow),
    /// Two versions of a strategy.
    Versions(StrategyRow, StrategyRow),
    /// A customer as an example for scripts; none if there is nobody.
    Sample(Option<Sample>),
    /// A strategy was put away.
    Shelved(StrategyRow),
    /// A version was submitted.
    Submitted(StrategyRow),
    /// A version was approved.
    Approved(StrategyRow),
    /// A version was sent back.
    SentBack(StrategyRow),
    /// A strategy was paused, or goes on.
    Braked(StrategyRow),
    /// So many strategies were paused.
    BrakedAll(i32),
    /// Another may approve in the operator's name.
    Delegated(Delegation),
    /// Something that was laid aside was taken up again: what is said of it.
    TakenUp(Message),
    /// A test push was made, answered or taken back: how it stands now.
    Tested(TestPush),
    /// A push is done.
    Pushed(PushDone),
    /// A branch signed: its unit's code.
    Signed(String),
    /// A verdict was given: the review as it is kept, and the currency of its amounts.
    ReviewClosed(Box<Review>, Currency),
    /// The review of a push was written into this file.
    Reported(String),
    /// An outcome file was read: what became of its rows, and where each one that was not taken is explained.
    Outcomes(OutcomeReport, Option<String>),
}
