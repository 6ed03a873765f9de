//! What is to be done, as data. The runtime does it and sends back actions.

use chrono::NaiveDate;

use super::branch::BranchAsk;
use super::desk::DeskAsk;
use super::draft::{Draft, DraftKey};
use super::span::Span;
use super::study::Study;
use crate::domain::coaching::{Found, NewCoaching};
use crate::domain::decomposition::{By, Method, When};
use crate::domain::delivery::Replay;
use crate::domain::event_rule::MomentText;
use crate::domain::finding::NewFinding;
use crate::domain::hash::ContentHash;
use crate::domain::id::{PlanId, PushId, SnapshotId};
use crate::domain::review::{Knowing, Verdict};
use crate::domain::strategy::StrategyText;

/// One kind of question. A new question in a slot overtakes the older one: the runtime aborts it and tells the
/// server, and the state drops its answer by the generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// Who and where.
    Session,
    /// The segments' list.
    Segments,
    /// The strategies' list.
    Strategies,
    /// The pushes' list.
    Pushes,
    /// The metric tree.
    Kpi,
    /// The count that follows the rule being typed.
    Count,
    /// The counts of that rule's conditions.
    Leaves,
    /// The split of that rule's members by an attribute.
    By,
    /// A pause in typing.
    Pause,
    /// What rules are read against.
    Words,
    /// The split of the segment that is open.
    Split,
    /// A decomposition.
    Explain,
    /// The sentence above it.
    Headline,
    /// A push plan.
    Plan,
    /// The outcomes of the push that is open.
    Push,
    /// The attribute dictionary.
    Dictionary,
    /// What the topmost page looks into.
    Study,
    /// The event rules.
    Moments,
    /// What waits for the operator.
    Work,
    /// What is read about a strategy.
    Leaflet,
    /// The tasks of a push.
    Tasks,
    /// One task.
    Task,
    /// Anything that changes the bank's records; one at a time.
    Change,
}

impl Slot {
    /// Every slot.
    pub const ALL: [Self; 23] = [
        Self::Session,
        Self::Segments,
        Self::Strategies,
        Self::Pushes,
        Self::Kpi,
        Self::Count,
        Self::Leaves,
        Self::By,
        Self::Pause,
        Self::Words,
        Self::Split,
        Self::Explain,
        Self::Headline,
        Self::Plan,
        Self::Push,
        Self::Dictionary,
        Self::Study,
        Self::Moments,
        Self::Work,
        Self::Leaflet,
        Self::Tasks,
        Self::Task,
        Self::Change,
    ];
}

/// A file of customers, to become a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListAsked {
    /// The list's code.
    pub code: String,
    /// The file.
    pub path: String,
    /// What it names customers by.
    pub key: String,
    /// The file's column with that, where it is called otherwise.
    pub column: Option<String>,
}

/// An alert to be saved, its condition as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertAsked {
    /// Its code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// `aum change prev below -1.5 % branch`.
    pub condition: String,
    /// Nobody has this code yet; one that somebody has is refused.
    pub new: bool,
}

/// What is done with test pushes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestAsk {
    /// Show a strategy to the operator's own unit, or to this one if he is of the whole bank.
    Push {
        /// The strategy's code.
        code: String,
        /// The unit's code.
        org: Option<String>,
    },
    /// Take one back.
    End {
        /// Its number.
        test: i64,
    },
    /// Say what the unit thinks of one.
    Answer {
        /// Its number.
        test: i64,
        /// What.
        words: String,
    },
}

/// A question to the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Who and where.
    Session,
    /// The segments' list.
    Segments,
    /// The strategies' list.
    Strategies,
    /// The pushes' list.
    Pushes,
    /// The metric tree, of this unit or the whole bank, between two days.
    Kpi {
        /// The unit's code.
        org: Option<String>,
        /// Which days.
        span: Span,
        /// Held against the year before and its beginning, too.
        beside: bool,
    },
    /// How many a rule finds. Waits a moment first if the text is being typed.
    Count {
        /// The rule as it stands.
        rule: String,
        /// How long the next key may overtake it, in milliseconds; 0 if nobody types.
        pause: u64,
    },
    /// How many each condition of a rule finds, and which removes most.
    Leaves {
        /// The rule as it stands.
        rule: String,
    },
    /// A rule's members by an attribute.
    SplitBy {
        /// The rule as it stands.
        rule: String,
        /// The attribute, as rules write it.
        by: String,
    },
    /// Nothing but the time until an operator has stopped typing.
    Pause,
    /// What rules are read against.
    Words,
    /// Where a change comes from.
    Explain {
        /// The metric's code.
        metric: String,
        /// The unit's code; none for the whole bank.
        org: Option<String>,
        /// Split over what.
        by: By,
        /// By which method; none for the one that fits.
        method: Option<Method>,
        /// Between which days or periods, or against what.
        when: When,
    },
    /// Who explains a change, whatever it is split over.
    Headline {
        /// The metric's code.
        metric: String,
        /// The unit's code; none for the whole bank.
        org: Option<String>,
        /// Between which days or periods, or against what.
        when: When,
    },
    /// Note a finding.
    Note(Box<NewFinding>),
    /// Close a finding.
    CloseFinding {
        /// Its number.
        finding: i64,
        /// What came of it.
        text: String,
    },
    /// Note what was seen and agreed at a unit.
    Coach(Box<NewCoaching>),
    /// Say what a look at an agreement has found.
    Recheck {
        /// The entry's number.
        coaching: i64,
        /// What was found.
        result: Found,
        /// In words.
        text: String,
        /// When it is looked at again.
        next_due: Option<NaiveDate>,
    },
    /// Save an alert, switched on.
    SaveAlert(AlertAsked),
    /// Give an alert to another operator.
    OwnAlert {
        /// Its code.
        code: String,
        /// The operator.
        owner: String,
    },
    /// Switch an alert on or off.
    SwitchAlert {
        /// Its code.
        code: String,
        /// On, or off.
        on: bool,
    },
    /// Keep an alert out of the worklist until a day, or let it speak again.
    MuteAlert {
        /// Its code.
        code: String,
        /// The last day of silence.
        until: Option<NaiveDate>,
    },
    /// Plan the push of a strategy.
    Plan {
        /// The strategy's code.
        code: String,
    },
    /// What the plan of a wave would be on its day; nothing is kept.
    Preview {
        /// The strategy's code.
        code: String,
        /// Which of its waves, from 1.
        wave: i32,
    },
    /// One push with what came of its tasks.
    Push(PushId),
    /// The attribute dictionary.
    Dictionary,
    /// Look into segments or a customer.
    Study(Study),
    /// The event rules.
    Moments,
    /// What waits for the operator.
    Work,
    /// Put dead messages back.
    Replay(Replay),
    /// Back-test a moment.
    TestMoment {
        /// Its code.
        code: String,
    },
    /// Save an event rule, and back-test it as it then stands.
    SaveMoment {
        /// What it says.
        text: Box<MomentText>,
        /// Over how many days it is back-tested.
        days: u32,
        /// The version that it was made from, 0 for none.
        base: i32,
    },
    /// Switch a moment on or off.
    SwitchMoment {
        /// Its code.
        code: String,
        /// On, or off.
        on: bool,
    },
    /// Keep a segment.
    SaveSegment {
        /// Its code.
        code: String,
        /// Its name.
        name: String,
        /// Its rule as typed.
        rule: String,
        /// The version that it was made from, 0 for none.
        base: i32,
    },
    /// Freeze a segment's members.
    Freeze {
        /// Its code.
        code: String,
    },
    /// Write a snapshot's customers, masked, into a new file.
    Export {
        /// The snapshot.
        snapshot: SnapshotId,
        /// The file.
        path: String,
    },
    /// Write the table of this command, in the words of the command line, into a new file.
    SaveTable {
        /// The command, without the program's name.
        twin: Vec<String>,
        /// The file.
        path: String,
    },
    /// Look what a file of customers would give as a list.
    CheckList(ListAsked),
    /// Take a file of customers as a list.
    Upload(ListAsked),
    /// Keep a strategy's text as a draft.
    SaveStrategy {
        /// The text.
        text: Box<StrategyText>,
        /// The version that it was made from, 0 for none.
        base: i32,
    },
    /// Two versions of a strategy.
    Versions {
        /// Its code.
        code: String,
        /// The one version.
        from: i32,
        /// The other version.
        to: i32,
    },
    /// A customer of a rule as an example for scripts.
    Sample {
        /// The rule as it stands.
        rule: String,
    },
    /// Put a strategy away.
    Shelve {
        /// Its code.
        code: String,
    },
    /// Submit a strategy's draft.
    Submit {
        /// Its code.
        code: String,
    },
    /// Approve exactly the text with this hash.
    Approve {
        /// The strategy's code.
        code: String,
        /// Of the text on screen.
        hash: ContentHash,
    },
    /// Send the text with this hash back to its author.
    SendBack {
        /// The strategy's code.
        code: String,
        /// Of the text on screen.
        hash: ContentHash,
        /// What the author is to change.
        comment: String,
    },
    /// Pause a strategy, or let it go on.
    Brake {
        /// Its code.
        code: String,
        /// Stop it, or let it go on.
        stop: bool,
        /// Why.
        reason: String,
    },
    /// Pause every strategy that is approved or live.
    BrakeAll {
        /// Why.
        reason: String,
    },
    /// Let another approve in the operator's name.
    Delegate {
        /// Who.
        to: String,
        /// The first day and the last.
        days: [NaiveDate; 2],
    },
    /// Take up again what was laid aside.
    Desk(DeskAsk),
    /// Something about test pushes.
    Test(TestAsk),
    /// Push a plan.
    Apply {
        /// The strategy's code.
        code: String,
        /// The plan on screen.
        plan: PlanId,
    },
    /// Of the branch side.
    Branch(BranchAsk),
    /// Sign an order.
    Sign {
        /// Which push.
        push: PushId,
        /// The unit's code.
        org: String,
    },
    /// Give the verdict on a push.
    CloseReview {
        /// Which push.
        push: PushId,
        /// The verdict.
        verdict: Verdict,
        /// The words to it.
        text: String,
        /// What it is given in spite of: the question named it.
        knowing: Knowing,
    },
    /// Write the review of a push into a new file.
    Report {
        /// Which push.
        push: PushId,
        /// The file.
        path: String,
    },
    /// Read an outcome file.
    Outcomes {
        /// Where it lies.
        path: String,
    },
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask the database, and answer with [`Action::Answered`](super::Action::Answered).
    Ask {
        /// Which kind of question.
        slot: Slot,
        /// Which asking of it.
        generation: u64,
        /// The question.
        request: Request,
    },
    /// Nobody waits for this any more: abort it and tell the server.
    Cancel(Slot),
    /// Connect again.
    Reconnect,
    /// Put text on the operator's clipboard.
    Copy(String),
    /// Keep a half-written form on disk, soon.
    KeepDraft(Draft),
    /// This form was saved or thrown away.
    DropDraft(DraftKey),
    /// Leave.
    Quit,
}
