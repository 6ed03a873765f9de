//! What the branch side asks of the store.

use crate::app::action::{Answer, Refusal};
use crate::app::branch::{BranchAnswer, BranchAsk};
use crate::domain::message::Message;
use crate::msg;
use crate::store::Session;
use crate::store::task::act::{self, Referred};
use crate::store::task::{self, TaskError, Wanted, watch};

/// Answers a question, or takes a step.
pub(super) async fn run(db: &mut Session, asked: BranchAsk) -> Result<Answer, Refusal> {
    let answer = match asked {
        BranchAsk::Tasks { push, org, skip } => {
            let wanted = Wanted { push: Some(push), org: org.clone(), skip, ..Wanted::default() };
            let list = task::list(db, &wanted).await?;
            BranchAnswer::Tasks(list, task::rms(db, org.as_deref()).await?)
        }
        BranchAsk::Task { push, customer } => {
            BranchAnswer::Task(Box::new(task::show(db, push, customer).await?))
        }
        BranchAsk::CountReassign { push, from, to } => {
            let tasks = watch::would_reassign(db, push, from.as_deref(), &to).await?;
            BranchAnswer::WouldReassign { push, from, to, tasks }
        }
        step => BranchAnswer::Done(take(db, step).await?),
    };
    Ok(Answer::Branch(answer))
}

/// Takes a step; gives what is said of it.
async fn take(db: &mut Session, step: BranchAsk) -> Result<Message, TaskError> {
    Ok(match step {
        BranchAsk::Outcome { push, customer, filled } => {
            act::outcome(db, push, customer, &filled).await?;
            msg!("task.done.outcome").into()
        }
        BranchAsk::Assign { push, customer, rm } => {
            let tasks = act::assign(db, push, &[customer], rm.as_deref()).await?;
            Message::new(msg!("task.done.assigned")).with("tasks", tasks)
        }
        BranchAsk::GiveAgain { push, customer, rm } => {
            let tasks = act::give_again(db, push, &[customer], rm.as_deref()).await?;
            Message::new(msg!("task.done.given-again")).with("tasks", tasks)
        }
        BranchAsk::Reassign { push, from, to } => {
            let tasks = watch::reassign(db, push, from.as_deref(), &to).await?;
            Message::new(msg!("task.done.assigned")).with("tasks", tasks)
        }
        BranchAsk::GiveBack { push, customer, reason } => {
            act::give_back(db, push, customer, &reason).await?;
            msg!("task.done.returned").into()
        }
        BranchAsk::Refer { push, customer, to, due, credit, note } => {
            let to = Referred::to(db, &to, due, credit, note).await?;
            act::refer(db, push, customer, &to).await.map_err(TaskError::of_either)?;
            msg!("task.done.referred").into()
        }
        BranchAsk::Answer { push, customer, accept } => {
            act::answer(db, push, customer, accept, None).await?;
            if accept { msg!("task.done.accepted") } else { msg!("task.done.declined") }.into()
        }
        BranchAsk::Say { push, reason, text } => {
            act::say(db, push, reason, text.as_deref()).await?;
            msg!("task.done.feedback").into()
        }
        BranchAsk::Recall { push, org, undo: false } => {
            let tasks = watch::recall(db, push, org.as_deref()).await?;
            Message::new(msg!("task.done.recalled")).with("tasks", tasks)
        }
        BranchAsk::Recall { push, org, .. } => {
            let tasks = watch::undo_recall(db, push, org.as_deref()).await?;
            Message::new(msg!("task.done.undone")).with("tasks", tasks)
        }
        BranchAsk::Remind(push) => {
            let (now, before) = watch::remind(db, push).await?;
            Message::new(msg!("task.done.reminded")).with("now", now).with("before", before)
        }
        BranchAsk::Extend { push, until } => {
            let orders = watch::extend(db, push, until).await?;
            Message::new(msg!("task.done.extended")).with("orders", orders).with("until", until)
        }
        BranchAsk::Read(push) => {
            watch::read(db, push).await?;
            msg!("task.done.read").into()
        }
        BranchAsk::Tasks { .. } | BranchAsk::Task { .. } | BranchAsk::CountReassign { .. } => {
            msg!("task.done.read").into()
        }
    })
}
