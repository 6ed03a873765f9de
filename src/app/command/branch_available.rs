//! Whether a step with a task or an order can be taken now, and the sentence that says why not.

use super::chosen::{is_branch, is_rm, order, push};
use super::gate::{Can, free, given, no_line, online, strategist};
use crate::app::state::{Page, State};
use crate::domain::id::{CustomerId, PushId};
use crate::domain::message::Message;
use crate::domain::operator::Duty;
use crate::domain::push::PushRow;
use crate::domain::strategy::StrategyState;
use crate::domain::task::{Mine, TaskState};
use crate::domain::worklist::Work;
use crate::msg;

/// The task on screen: which, where it stands, and whether it is the operator's to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnScreen {
    /// Of which push.
    pub push: PushId,
    /// Whose.
    pub customer: CustomerId,
    /// Where it stands.
    pub state: TaskState,
    /// His unit, or he, holds it or was offered it.
    pub mine: bool,
}

/// The task under the cursor or on the page.
#[must_use]
pub fn task(state: &State) -> Option<OnScreen> {
    match state.page()? {
        Page::BranchTasks(page) => {
            let row = page.row()?;
            // A list of one's own names no unit.
            let mine = page.org.is_none() || row.state == TaskState::Offer;
            Some(OnScreen { push: row.push, customer: row.customer, state: row.state, mine })
        }
        Page::Task(page) => {
            let task = page.detail.as_ref()?;
            let mine = task.mine.is_some();
            let customer = task.card.customer;
            Some(OnScreen { push: task.push, customer, state: task.state, mine })
        }
        _ => None,
    }
}

fn branch(state: &State) -> Can {
    given(state.session.who.is_some(), || no_line(state))?;
    given(state.session.has(Duty::Branch), || {
        Message::new(msg!("console.reason.duty")).with("duty", Duty::Branch.label())
    })
}

fn own(state: &State) -> Result<OnScreen, Message> {
    branch(state)?;
    free(state)?;
    let task = task(state).ok_or_else(|| Message::from(msg!("console.reason.nothing-here")))?;
    given(task.mine, || msg!("task.reason.not-your-task").into())?;
    Ok(task)
}

/// An order is under the cursor, and its tasks can be read.
///
/// # Errors
/// What is missing.
pub fn open_tasks(state: &State) -> Can {
    given(push(state).is_some(), || msg!("console.reason.no-push").into())?;
    given(is_branch(state) || order(state).is_some(), || {
        msg!("console.reason.nothing-here").into()
    })?;
    online(state)
}

/// The task on screen is the operator's and he holds it.
///
/// # Errors
/// What is missing.
pub fn outcome(state: &State) -> Can {
    let task = own(state)?;
    let held = task.state != TaskState::Offer
        && !matches!(task.state, TaskState::Recalled | TaskState::Returned);
    given(held, || msg!("task.reason.not-held").into())
}

/// The same, and it is open.
///
/// # Errors
/// What is missing.
pub fn act(state: &State) -> Can {
    let task = own(state)?;
    given(matches!(task.state, TaskState::Open | TaskState::Expired), || {
        msg!("task.reason.not-open").into()
    })
}

/// The unit's manager gives an open task to an RM; one that was given back he, or a strategist, gives out again.
///
/// # Errors
/// What is missing.
pub fn assign(state: &State) -> Can {
    if task(state).is_some_and(|task| task.state == TaskState::Returned) {
        return manages(state);
    }
    let task = own(state)?;
    given(!is_rm(state), || msg!("task.reason.manager").into())?;
    let open = matches!(task.state, TaskState::Open | TaskState::Offered | TaskState::Expired);
    given(open, || msg!("task.reason.not-open").into())
}

/// The operator may give tasks of the unit on screen to others: its manager, or a strategist.
fn manages(state: &State) -> Can {
    if !state.session.has(Duty::Strategist) {
        branch(state)?;
        given(!is_rm(state), || msg!("task.reason.manager").into())?;
    }
    free(state)
}

/// Who has the task on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Giver {
    /// An RM: his code and his name.
    Rm(String, String),
    /// Nobody: it is the unit's, whose RM has left or has none.
    Nobody,
}

impl Giver {
    /// The RM's code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Rm(code, _) => Some(code),
            Self::Nobody => None,
        }
    }
}

/// Who has the task on screen; none if there is none.
#[must_use]
pub fn giver(state: &State) -> Option<Giver> {
    let rm = match state.page()? {
        Page::BranchTasks(page) => {
            let row = page.row()?;
            row.rm.clone().map(|code| (row.rm_name.clone().unwrap_or_else(|| code.clone()), code))
        }
        Page::Task(page) => page.detail.as_ref()?.rm.clone().map(|(code, name)| (name, code)),
        _ => return None,
    };
    Some(rm.map_or(Giver::Nobody, |(name, code)| Giver::Rm(code, name)))
}

/// A task is on screen, and the operator may give all open ones of its RM, or all that nobody has, to another.
///
/// # Errors
/// What is missing.
pub fn reassign(state: &State) -> Can {
    manages(state)?;
    given(giver(state).is_some(), || msg!("console.reason.nothing-here").into())
}

/// The task on screen is offered to the operator.
///
/// # Errors
/// What is missing.
pub fn answer(state: &State) -> Can {
    let task = own(state)?;
    let offered = match state.page() {
        Some(Page::Task(page)) => {
            page.detail.as_ref().is_some_and(|task| task.mine == Some(Mine::Offered))
        }
        _ => task.state == TaskState::Offer,
    };
    given(offered, || msg!("task.reason.not-offered").into())
}

/// More tasks follow.
///
/// # Errors
/// That none do.
pub fn after(state: &State) -> Can {
    let more = match state.page() {
        Some(Page::BranchTasks(page)) => page.list.as_ref().is_some_and(|list| {
            i64::try_from(list.skip + list.rows.len()).is_ok_and(|upto| upto < list.count)
        }),
        _ => false,
    };
    given(more, || msg!("console.reason.last-page").into())?;
    online(state)
}

/// Tasks stand before.
///
/// # Errors
/// That none do.
pub fn before(state: &State) -> Can {
    let earlier = matches!(state.page(), Some(Page::BranchTasks(page)) if page.skip > 0);
    given(earlier, || msg!("console.reason.first-page").into())?;
    online(state)
}

/// The push that is on screen, or whose task is.
#[must_use]
pub fn push_on_screen(state: &State) -> Option<PushId> {
    match state.page() {
        Some(Page::BranchTasks(page)) => Some(page.push),
        Some(Page::Task(page)) => Some(page.push),
        _ => push(state).map(|push| push.push),
    }
}

/// A push is on screen, and the operator works for a branch.
///
/// # Errors
/// What is missing.
pub fn feedback(state: &State) -> Can {
    branch(state)?;
    given(push_on_screen(state).is_some(), || msg!("console.reason.no-push").into())?;
    free(state)
}

/// The operator was told something of the push on screen.
///
/// # Errors
/// That he was not.
pub fn notices(state: &State) -> Can {
    let push = push(state).map(|push| push.push);
    let told = state
        .work
        .all()
        .iter()
        .any(|row| matches!(row.work, Work::Notice { push: of, .. } if Some(of) == push));
    given(told, || msg!("task.reason.nothing-told").into())?;
    free(state)
}

/// A push is on screen whose strategy is with the branches, and the operator is a strategist.
///
/// # Errors
/// What is missing, or how the push is over.
pub fn watch(state: &State) -> Can {
    strategist(state)?;
    let Some(push) = push(state) else { return Err(msg!("console.reason.no-push").into()) };
    match stands(state, push) {
        Some(StrategyState::Reviewed) => {
            let version = format!("{} v{}", push.strategy, push.version);
            return Err(Message::new(msg!("task.refused.push-reviewed")).with("detail", version));
        }
        Some(StrategyState::Ended) => return Err(ended(push)),
        _ => {}
    }
    free(state)
}

/// The same, and the push's own last day has not passed.
///
/// # Errors
/// What is missing, or how the push is over.
pub fn extend(state: &State) -> Can {
    watch(state)?;
    match push(state) {
        Some(push) if !push.live => Err(ended(push)),
        _ => Ok(()),
    }
}

/// Where the version stands that was pushed: one that is in no list any more has ended with its push.
fn stands(state: &State, push: &PushRow) -> Option<StrategyState> {
    let mut rows = state.strategies.all().iter();
    let row = rows.find(|row| row.text.code == push.strategy && row.version == push.version);
    row.map(|row| row.state).or((!push.live).then_some(StrategyState::Ended))
}

fn ended(push: &PushRow) -> Message {
    Message::new(msg!("task.refused.push-ended")).with("detail", push.deadline)
}

/// The order under the cursor has open tasks.
///
/// # Errors
/// What is missing.
pub fn recall(state: &State) -> Can {
    watch(state)?;
    let open = order(state).is_some_and(|order| order.open > 0 && order.recalled_at.is_none());
    given(open, || msg!("task.reason.nothing-open").into())
}

/// The order under the cursor was recalled.
///
/// # Errors
/// What is missing.
pub fn undo_recall(state: &State) -> Can {
    watch(state)?;
    let recalled = order(state).is_some_and(|order| order.recalled_at.is_some());
    given(recalled, || msg!("task.reason.not-recalled").into())
}
