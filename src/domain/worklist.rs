//! What waits for an operator: drawn from what stands in the bank, so that nothing has to be kept up besides.

use chrono::NaiveDate;

use super::id::PushId;
use super::message::Key;
use super::task::notice::Told;
use crate::msg;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// His unit has not signed its order.
    Sign {
        /// Which push.
        push: PushId,
        /// Orders of his.
        orders: i64,
    },
    /// Tasks are offered to him and wait for his answer.
    Offer {
        /// Of which push.
        push: PushId,
        /// How many.
        tasks: i64,
    },
    /// His unit, or he as an RM, has open tasks.
    Todo {
        /// Of which push.
        push: PushId,
        /// How many.
        tasks: i64,
    },
    /// He was told something of a push.
    Notice {
        /// Of which push.
        push: PushId,
        /// What.
        told: Told,
        /// How many tasks.
        count: i64,
    },
    /// A strategy is shown to his unit as a test: nothing to be done with customers, a word is asked for.
    Test {
        /// The strategy's code.
        code: String,
        /// Which version.
        version: i32,
    },
    /// Another's strategy waits for approval, and he may approve.
    Approve {
        /// Its code.
        code: String,
        /// Which version.
        version: i32,
        /// Who wrote it.
        author: String,
    },
    /// A finding of his is open.
    Finding {
        /// Its number.
        finding: i64,
        /// The event rule that made it; none for one that an operator noted.
        moment: Option<String>,
        /// The day that it is of.
        day: NaiveDate,
        /// How many customers; none for a movement of a metric, which its text tells in its own unit.
        customers: Option<i64>,
    },
    /// An alert of his was raised.
    Alert {
        /// Its code.
        code: String,
        /// For how many units.
        units: i64,
    },
    /// An event rule is on and was not run after the last load.
    Behind {
        /// Its code.
        code: String,
        /// The last day that it was run for.
        ran: Option<NaiveDate>,
    },
    /// Messages were given up, and he may put them back.
    Dead {
        /// How many.
        messages: i64,
    },
    /// Outcomes that branch systems have sent could not be taken in: somebody must mend them.
    Kept {
        /// How many.
        messages: i64,
    },
    /// Branches have not signed in time: what he pushed, or what is his units' below.
    Escalated {
        /// Which push.
        push: PushId,
        /// Orders that are not signed.
        orders: i64,
    },
    /// Branches have not signed what he pushed.
    Unsigned {
        /// Which push.
        push: PushId,
        /// Orders that are not signed.
        orders: i64,
    },
    /// His strategy was sent back with a comment, and he has written no next version.
    SentBack {
        /// Its code.
        code: String,
        /// Which version.
        version: i32,
    },
    /// His strategy is approved and was not pushed.
    Push {
        /// Its code.
        code: String,
        /// Which version.
        version: i32,
    },
    /// A wave of a strategy of his is due, or what follows its pilot.
    Wave {
        /// Its code.
        code: String,
        /// Which version.
        version: i32,
        /// Which wave.
        wave: i32,
    },
    /// He began a strategy and did not submit it.
    Submit {
        /// Its code.
        code: String,
        /// Which version.
        version: i32,
    },
    /// The planned day of a review has come, and he may give the verdict.
    Review {
        /// Which push.
        push: PushId,
        /// Code of its strategy.
        strategy: String,
    },
    /// What was agreed when a unit was coached is due to be looked at again, or to be done.
    Recheck {
        /// The entry's number.
        coaching: i64,
        /// The unit's code.
        org: String,
        /// What people call the unit.
        org_name: String,
        /// He may write down what a look finds; else it is what was agreed with him.
        looks: bool,
    },
    /// The last load left rows out.
    Rejected {
        /// How many.
        rows: i64,
    },
}

impl Work {
    /// The word of commands.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Sign { .. } => "sign",
            Self::Offer { .. } => "offer",
            Self::Todo { .. } => "todo",
            Self::Notice { .. } => "notice",
            Self::Test { .. } => "test",
            Self::Approve { .. } => "approve",
            Self::Finding { .. } => "finding",
            Self::Alert { .. } => "alert",
            Self::Behind { .. } => "moment",
            Self::Dead { .. } => "dead",
            Self::Kept { .. } => "kept",
            Self::Escalated { .. } => "escalated",
            Self::Unsigned { .. } => "unsigned",
            Self::SentBack { .. } => "sent_back",
            Self::Push { .. } => "push",
            Self::Wave { .. } => "wave",
            Self::Submit { .. } => "submit",
            Self::Review { .. } => "review",
            Self::Recheck { .. } => "recheck",
            Self::Rejected { .. } => "rejected",
        }
    }

    /// What is to be done, in words.
    #[must_use]
    pub fn title(&self) -> Key {
        match self {
            Self::Sign { .. } => msg!("worklist.sign"),
            Self::Offer { .. } => msg!("worklist.offer"),
            Self::Todo { .. } => msg!("worklist.todo"),
            Self::Notice { told, .. } => told.label(),
            Self::Test { .. } => msg!("worklist.test"),
            Self::Approve { .. } => msg!("worklist.approve"),
            Self::Finding { .. } => msg!("worklist.finding"),
            Self::Alert { .. } => msg!("worklist.alert"),
            Self::Behind { .. } => msg!("worklist.behind"),
            Self::Dead { .. } => msg!("worklist.dead"),
            Self::Kept { .. } => msg!("worklist.kept"),
            Self::Escalated { .. } => msg!("worklist.escalated"),
            Self::Unsigned { .. } => msg!("worklist.unsigned"),
            Self::SentBack { .. } => msg!("worklist.sent-back"),
            Self::Push { .. } => msg!("worklist.push"),
            Self::Wave { .. } => msg!("worklist.wave"),
            Self::Submit { .. } => msg!("worklist.submit"),
            Self::Review { .. } => msg!("worklist.review"),
            Self::Recheck { looks: true, .. } => msg!("worklist.recheck"),
            Self::Recheck { .. } => msg!("worklist.agreed"),
            Self::Rejected { .. } => msg!("worklist.rejected"),
        }
    }

    /// How many orders, customers or rows, where that is known.
    #[must_use]
    pub fn count(&self) -> Option<i64> {
        match self {
            Self::Sign { orders, .. }
            | Self::Unsigned { orders, .. }
            | Self::Escalated { orders, .. } => Some(*orders),
            Self::Finding { customers, .. } => *customers,
            Self::Offer { tasks, .. } | Self::Todo { tasks, .. } => Some(*tasks),
            Self::Notice { count, .. } => Some(*count),
            Self::Rejected { rows } => Some(*rows),
            Self::Dead { messages } | Self::Kept { messages } => Some(*messages),
            Self::Alert { units, .. } => Some(*units),
            _ => None,
        }
    }

    /// What it is about: the code or the number that the pages know it by.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Sign { push, .. }
            | Self::Unsigned { push, .. }
            | Self::Escalated { push, .. }
            | Self::Offer { push, .. }
            | Self::Todo { push, .. }
            | Self::Review { push, .. }
            | Self::Notice { push, .. } => format!("#{push}"),
            Self::Approve { code, version, .. }
            | Self::Test { code, version }
            | Self::SentBack { code, version }
            | Self::Push { code, version }
            | Self::Submit { code, version } => format!("{code} v{version}"),
            Self::Wave { code, version, wave } => format!("{code} v{version} / {wave}"),
            Self::Finding { moment, finding, .. } => {
                moment.clone().unwrap_or_else(|| format!("#{finding}"))
            }
            Self::Alert { code, .. } | Self::Behind { code, .. } => code.clone(),
            Self::Recheck { coaching, .. } => format!("#{coaching}"),
            Self::Rejected { .. } | Self::Dead { .. } | Self::Kept { .. } => String::new(),
        }
    }
}

/// A line of the worklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkRow {
    /// What is to be done.
    pub work: Work,
    /// What people call what it is about.
    pub name: String,
    /// Since when it waits.
    pub since: Option<NaiveDate>,
    /// Until when it should be done.
    pub due: Option<NaiveDate>,
}

impl WorkRow {
    /// It should have been done before the bank's day.
    #[must_use]
    pub fn is_late(&self, as_of: NaiveDate) -> bool {
        self.due.is_some_and(|due| due < as_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_it_is_about_and_whether_it_is_late() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        let row = WorkRow {
            work: Work::Sign { push: PushId(3), orders: 1 },
            name: String::new(),
            since: None,
            due: Some(day(14)),
        };
        assert_eq!((row.work.code(), row.work.subject().as_str()), ("sign", "#3"));
        assert!(row.is_late(day(15)) && !row.is_late(day(14)));
    }
}
