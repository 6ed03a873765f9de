//! Tasks (任务): one customer of a push for one RM, as the branch works on them.

pub mod channel;
pub mod form;
pub mod notice;
pub mod refusal;

use chrono::{DateTime, NaiveDate, Utc};

use super::benefit::TaskBenefit;
use super::customer::CustomerCard;
use super::id::{CustomerId, PushId};
use super::message::{Arg, Key, Message};
use super::money::{Currency, Minor};
use super::outcome::Outcome;
use super::segment::explain::LeafTruth;
use super::strategy::StrategyRow;
use super::strategy::body::Body;
use super::strategy::evidence::evidence_asked;
use super::strategy::sample::Sample;
use super::strategy::word::{Channel, FieldType};
use crate::msg;

pub use channel::TaskChannel;
pub use refusal::TaskRefusal;

/// Per cent of what comes of a referred task that stay with who refers, if nobody says otherwise: half.
pub const CREDIT: i32 = 50;

/// Where a task stands for who looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskState {
    /// Another offers it to him, and waits for an answer.
    Offer,
    /// To be done.
    Open,
    /// To be done, and offered to another who has not answered.
    Offered,
    /// To be done: it was offered to another, and the last day to take it has passed.
    Expired,
    /// It has an outcome that closes it.
    Done,
    /// The mid-office has taken it back.
    Recalled,
    /// The branch has given it back.
    Returned,
}

impl TaskState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Offer,
        Self::Open,
        Self::Offered,
        Self::Expired,
        Self::Done,
        Self::Recalled,
        Self::Returned,
    ];

    /// The word of commands and of the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Open => "open",
            Self::Offered => "offered",
            Self::Expired => "expired",
            Self::Done => "done",
            Self::Recalled => "recalled",
            Self::Returned => "returned",
        }
    }

    /// The state of that word; what nobody holds any more for another reason was taken back.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.code() == code).unwrap_or(Self::Recalled)
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Offer => msg!("task.state.offer"),
            Self::Open => msg!("task.state.open"),
            Self::Offered => msg!("task.state.offered"),
            Self::Expired => msg!("task.state.expired"),
            Self::Done => msg!("task.state.done"),
            Self::Recalled => msg!("task.state.recalled"),
            Self::Returned => msg!("task.state.returned"),
        }
    }
}

/// A line of a list of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    /// Which push.
    pub push: PushId,
    /// The strategy's code.
    pub strategy: String,
    /// The version that was pushed.
    pub version: i32,
    /// The strategy's name.
    pub name: String,
    /// What is to be offered.
    pub product: String,
    /// Whose task.
    pub customer: CustomerId,
    /// His masked name.
    pub who: Option<String>,
    /// The unit that holds it.
    pub org: String,
    /// Its name.
    pub org_name: String,
    /// The RM who holds it; none if it is the unit's.
    pub rm: Option<String>,
    /// His name.
    pub rm_name: Option<String>,
    /// The customer's tier.
    pub tier: Option<String>,
    /// His assets.
    pub aum: Option<Minor>,
    /// Where it stands.
    pub state: TaskState,
    /// What came of it last.
    pub outcome: Option<Outcome>,
    /// When that was.
    pub at: Option<DateTime<Utc>>,
    /// The day of the next step.
    pub next_on: Option<NaiveDate>,
    /// Of an offer: the other side's code, an RM or a unit.
    pub other: Option<String>,
    /// Until when: the order's last day, or the offer's.
    pub due: Option<NaiveDate>,
    /// By which channel of the plan he is to be asked now; none where the strategy names none.
    pub channel: Option<Channel>,
}

/// A page of a list of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskList {
    /// How many the whole list has.
    pub count: i64,
    /// How many stand before the first of this page.
    pub skip: usize,
    /// The tasks of this page.
    pub rows: Vec<TaskRow>,
}

/// Whose hands a task is in, seen by who looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mine {
    /// His unit, or he as an RM, holds it.
    Held,
    /// It is offered to him.
    Offered,
}

/// A referral that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Who offers: an RM's or a unit's name.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The last day to take it.
    pub due: NaiveDate,
    /// Per cent of what comes of it that stay with who offers.
    pub credit: i32,
    /// What he wrote.
    pub note: Option<String>,
}

/// A referral that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Who offered: an RM's or a unit's name.
    pub from: String,
    /// Per cent of what comes of it that stay with him.
    pub credit: i32,
}

/// Something that came of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastOutcome {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub outcome: Outcome,
    /// How much.
    pub amount: Option<Minor>,
    /// What was written.
    pub note: Option<String>,
    /// The day of the next step.
    pub next_on: Option<NaiveDate>,
    /// What stands in the strategy's own form, by code.
    pub fields: Vec<(String, String)>,
    /// Who wrote it.
    pub by: String,
}

/// The task was given back to those who pushed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastReturn {
    /// When.
    pub at: DateTime<Utc>,
    /// Who did.
    pub by: String,
    /// Whose it was: an RM's or a unit's name.
    pub whose: String,
    /// Why.
    pub reason: String,
    /// It was given out again.
    pub again: Option<GivenAgain>,
}

/// A task that was given back was given out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAgain {
    /// When.
    pub at: DateTime<Utc>,
    /// Who did.
    pub by: String,
    /// To whom: an RM's or a unit's name.
    pub whose: String,
}

/// One task with all that is needed to work on it.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDetail {
    /// Which push.
    pub push: PushId,
    /// The strategy's version that was pushed: product, benefit, script, steps, form.
    pub strategy: StrategyRow,
    /// The customer.
    pub card: CustomerCard,
    /// The unit that holds the task; none if nobody does.
    pub org: Option<(String, String)>,
    /// The RM who holds it.
    pub rm: Option<(String, String)>,
    /// Where it stands.
    pub state: TaskState,
    /// Whether who looks may act.
    pub mine: Option<Mine>,
    /// The order's last day.
    pub deadline: NaiveDate,
    /// A referral that waits.
    pub offer: Option<Offer>,
    /// The last referral that the one who holds it has taken.
    pub taken: Option<Taken>,
    /// Why this customer: the segment's name.
    pub segment: String,
    /// The conditions of its rule, with what is known of him there.
    pub why: Vec<LeafTruth>,
    /// What came of it, latest first.
    pub outcomes: Vec<PastOutcome>,
    /// When it was given back, latest first.
    pub returns: Vec<PastReturn>,
    /// Where it stands in the channel plan; none where there is none.
    pub channel: Option<TaskChannel>,
    /// What it may promise; none where benefits have no limit.
    pub benefit: Option<TaskBenefit>,
}

impl TaskDetail {
    /// What fills the script's placeholders: what is known of the customer, and as RM who holds the task, for he says it.
    #[must_use]
    pub fn sample(&self, currency: Currency) -> Sample {
        Sample::of(&self.card, currency).of_rm(self.rm.as_ref().map(|(_, name)| name.as_str()))
    }

    /// What is said of its referral: who offers it to whom, until when, and which share stays with him; none if it was never referred.
    #[must_use]
    pub fn referred(&self) -> Option<Message> {
        let Some(offer) = &self.offer else {
            let taken = self.taken.as_ref()?;
            let said = Message::new(msg!("task.page.taken")).with("from", taken.from.as_str());
            return Some(said.with("credit", taken.credit));
        };
        let to = |key| Message::new(key).with("to", offer.to.as_str()).with("due", offer.due);
        Some(match (self.mine, self.state) {
            (Some(Mine::Offered), _) => Message::new(msg!("task.page.offered"))
                .with("from", offer.from.as_str())
                .with("due", offer.due)
                .with("credit", offer.credit)
                .with("note", offer.note.as_deref().unwrap_or("")),
            (_, TaskState::Expired) => to(msg!("task.page.lapsed")),
            _ => to(msg!("task.page.offered-on")).with("credit", offer.credit),
        })
    }

    /// What shows that the step at this place was done, by the latest word of it: an RM's own field, or the one note of a row
    /// that a branch's system sent, which has no fields.
    #[must_use]
    pub fn shown(&self, at: usize) -> Option<&str> {
        let code = self.strategy.text.body.evidence_code(at)?;
        self.outcomes.iter().find_map(|past| {
            let own = past.fields.iter().find(|(name, _)| *name == code);
            let sent = past.fields.is_empty() && past.outcome.is_reached();
            own.map(|(_, text)| text.as_str()).or(past.note.as_deref().filter(|_| sent))
        })
    }
}

impl PastOutcome {
    /// What stands in the strategy's own fields, by their labels; what shows the steps stands beside them.
    #[must_use]
    pub fn told_fields(&self, body: &Body) -> Vec<Message> {
        let own = self.fields.iter().filter(|(code, _)| evidence_asked(code).is_none());
        let told = own.map(|(code, value)| {
            let field = body.fields.iter().find(|field| field.code == *code);
            let label = field.and_then(|field| field.label.as_deref()).unwrap_or(code);
            let flag = field.is_some_and(|field| field.kind == FieldType::Flag);
            let value: Arg = match value.as_str() {
                "true" if flag => msg!("strategy.script.yes").into(),
                "false" if flag => msg!("strategy.script.no").into(),
                text => text.into(),
            };
            Message::new(msg!("task.fact.field")).with("label", label).with("value", value)
        });
        told.collect()
    }
}

/// What a branch has to say of a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeedbackReason {
    /// 名单不准
    List,
    /// 权益不足
    Benefit,
    /// 话术不合
    Script,
    /// In its own words.
    Other,
}

impl FeedbackReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::List, Self::Benefit, Self::Script, Self::Other];

    /// The word of commands and of the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Benefit => "benefit",
            Self::Script => "script",
            Self::Other => "other",
        }
    }

    /// The reason of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::List => msg!("task.feedback.list"),
            Self::Benefit => msg!("task.feedback.benefit"),
            Self::Script => msg!("task.feedback.script"),
            Self::Other => msg!("task.feedback.other"),
        }
    }
}

/// What branches have said of a strategy, for the review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// How often each reason was given, the most frequent first.
    pub reasons: Vec<(FeedbackReason, i64)>,
    /// What was written, the latest first.
    pub words: Vec<FeedbackWords>,
}

/// What one unit wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackWords {
    /// Of which version.
    pub version: i32,
    /// The unit's code.
    pub org: String,
    /// Its name.
    pub name: String,
    /// Under which reason.
    pub reason: FeedbackReason,
    /// The words.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
}
