//! Why the database did not let a step with a task or an order be taken, in words.

use crate::domain::message::Message;
use crate::msg;

/// A refusal (`BT4nn`): what stands against the step, and its data, clean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRefusal {
    /// The word for it.
    pub what: String,
    /// A customer, a code, a field or a day.
    pub detail: String,
}

impl TaskRefusal {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let key = match self.what.as_str() {
            "manager" => msg!("task.refused.manager"),
            "foreign_task" => msg!("task.refused.foreign-task"),
            "recalled" => msg!("task.refused.recalled"),
            "not_returned" => msg!("task.refused.not-returned"),
            "returned" => msg!("task.refused.returned"),
            "done" => msg!("task.refused.done"),
            "other_unit" => msg!("task.refused.other-unit"),
            "same_hands" => msg!("task.refused.same-hands"),
            "reason" => msg!("task.refused.reason"),
            "unit" => msg!("task.refused.unit"),
            "at_early" => msg!("task.refused.at-early"),
            "at_ahead" => msg!("task.refused.at-ahead"),
            "next_on" => msg!("task.refused.next-on"),
            "amount" => msg!("task.refused.amount"),
            "due" => msg!("task.refused.due"),
            "credit" => msg!("task.refused.credit"),
            "no_undo" => msg!("task.refused.no-undo"),
            "deadline" => msg!("task.refused.deadline"),
            "own_tasks" => msg!("task.refused.own-tasks"),
            "required" => msg!("task.refused.required"),
            "type" => msg!("task.refused.type"),
            "choice" => msg!("task.refused.choice"),
            "unknown" => msg!("task.refused.unknown"),
            "pending" => msg!("task.refused.pending"),
            "paused" => msg!("task.refused.paused"),
            "pushed_again" => msg!("task.refused.pushed-again"),
            "quiet" => msg!("task.refused.quiet"),
            "expired" => msg!("task.refused.expired"),
            "push_ended" => msg!("task.refused.push-ended"),
            "push_reviewed" => msg!("task.refused.push-reviewed"),
            _ => msg!("task.refused.other"),
        };
        Message::new(key).with("detail", self.detail.as_str())
    }
}
