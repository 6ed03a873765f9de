//! The branch side as data: what is asked about tasks and orders that are out, and what comes back.

use chrono::NaiveDate;

use crate::domain::id::{CustomerId, PushId};
use crate::domain::message::Message;
use crate::domain::task::form::Filled;
use crate::domain::task::{FeedbackReason, TaskDetail, TaskList};

/// A question, or a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BranchAsk {
    /// A page of tasks, and the RMs of their unit.
    Tasks {
        /// Of which push.
        push: PushId,
        /// Of which unit; none for the operator's own.
        org: Option<String>,
        /// How many stand before the page.
        skip: usize,
    },
    /// One task.
    Task {
        /// Of which push.
        push: PushId,
        /// Whose.
        customer: CustomerId,
    },
    /// Keep what came of a task.
    Outcome {
        /// Of which push.
        push: PushId,
        /// Whose.
        customer: CustomerId,
        /// What came of it.
        filled: Box<Filled>,
    },
    /// Give a task to an RM of the unit.
    Assign {
        /// Of which push.
        push: PushId,
        /// Whose.
        customer: CustomerId,
        /// The RM's code; none for the unit itself.
        rm: Option<String>,
    },
    /// Give out again a task that was given back.
    GiveAgain {
        /// Of which push.
        push: PushId,
        /// Whose.
        customer: CustomerId,
        /// The RM's code; none for the unit itself.
        rm: Option<String>,
    },
    /// How many open tasks would go to an RM of the unit.
    CountReassign {
        /// Of which push.
        push: PushId,
        /// The code of the RM who has them; none for those that nobody has.
        from: Option<String>,
        /// The code of the one who would get them.
        to: String,
    },
    /// Give all open tasks of an RM, or those that nobody has, to another of the unit.
    Reassign {
        /// Of which push.
        push: PushId,
        /// The code of the RM who has them; none for those that nobody has.
        from: Option<String>,
        /// The code of the one who gets them.
        to: String,
    },
    /// Give a task back to those who pushed it.
    GiveBack {
        /// Of which push.
        push: PushId,
        /// Whose.
        customer: CustomerId,
        /// Why.
        reason: String,
    },
    /// Offer a task to another.
    Refer {
        /// Of which push.
        push: PushId,
        /// Whose.
        customer: CustomerId,
        /// The code of a unit, or of an RM.
        to: String,
        /// The last day to take it.
        due: NaiveDate,
        /// Per cent of what comes of it that stay with who offers.
        credit: i32,
        /// What is written.
        note: Option<String>,
    },
    /// Take a task that was offered, or decline it.
    Answer {
        /// Of which push.
        push: PushId,
        /// Whose.
        customer: CustomerId,
        /// Take it.
        accept: bool,
    },
    /// Say something of the strategy.
    Say {
        /// That was pushed so.
        push: PushId,
        /// What it is about.
        reason: FeedbackReason,
        /// In words.
        text: Option<String>,
    },
    /// Take back what is not done, or undo that.
    Recall {
        /// Which push.
        push: PushId,
        /// Of which unit; none for all.
        org: Option<String>,
        /// Give it back.
        undo: bool,
    },
    /// Remind the units with open tasks.
    Remind(PushId),
    /// Give the orders a later last day.
    Extend {
        /// Which push.
        push: PushId,
        /// The day.
        until: NaiveDate,
    },
    /// The operator has read what he was told of a push.
    Read(PushId),
}

/// What comes back.
#[derive(Clone, Debug)]
pub enum BranchAnswer {
    /// A page of tasks, and the RMs of their unit: code and name.
    Tasks(TaskList, Vec<(String, String)>),
    /// One task.
    Task(Box<TaskDetail>),
    /// So many open tasks would go from one RM, or from nobody, to another.
    WouldReassign {
        /// Of which push.
        push: PushId,
        /// The code of the RM who has them; none for those that nobody has.
        from: Option<String>,
        /// The code of the one who would get them.
        to: String,
        /// How many.
        tasks: i64,
    },
    /// Something was done: what is said of it.
    Done(Message),
}
