//! How the panes' rows are found and ordered.

use std::cmp::Ordering;

use crate::app::listing::Row;
use crate::domain::attribute::AttributeRow;
use crate::domain::event_rule::MomentRow;
use crate::domain::message::Key;
use crate::domain::metric::KpiRow;
use crate::domain::push::PushRow;
use crate::domain::segment::SegmentRow;
use crate::domain::strategy::{StrategyRow, StrategyState};
use crate::domain::worklist::{Work, WorkRow};
use crate::msg;

impl Row for AttributeRow {
    const SORTS: &'static [Key] = &[
        msg!("console.sort.as-listed"),
        msg!("console.sort.coverage"),
        msg!("console.sort.used"),
        msg!("console.sort.oldest"),
    ];

    fn key(&self) -> String {
        self.attribute.code.clone()
    }

    fn words(&self) -> String {
        format!("{} {} {}", self.attribute.code, self.attribute.zh, self.attribute.en)
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        match sort {
            1 => other.coverage().cmp(&self.coverage()),
            2 => other.used_by.len().cmp(&self.used_by.len()),
            // Those that nobody dates come last.
            _ => (self.refreshed_on.is_none(), self.refreshed_on)
                .cmp(&(other.refreshed_on.is_none(), other.refreshed_on)),
        }
    }
}

impl Row for MomentRow {
    const SORTS: &'static [Key] =
        &[msg!("console.sort.as-listed"), msg!("console.sort.name"), msg!("console.sort.state")];

    fn key(&self) -> String {
        self.code.clone()
    }

    fn words(&self) -> String {
        format!("{} {}", self.code, self.name)
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        match sort {
            1 => self.name.cmp(&other.name),
            // Those that run come first, then those that may.
            _ => (other.on_since.is_some(), other.test.is_some())
                .cmp(&(self.on_since.is_some(), self.test.is_some())),
        }
    }
}

impl Row for WorkRow {
    const SORTS: &'static [Key] = &[
        msg!("console.sort.as-listed"),
        msg!("console.sort.deadline"),
        msg!("console.sort.oldest"),
    ];

    fn key(&self) -> String {
        let day = match &self.work {
            Work::Finding { day, .. } => day.to_string(),
            _ => String::new(),
        };
        format!("{} {} {day}", self.work.code(), self.work.subject())
    }

    fn words(&self) -> String {
        format!("{} {}", self.work.subject(), self.name)
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        // What nobody dates comes last.
        let dated = |day: Option<chrono::NaiveDate>| (day.is_none(), day);
        match sort {
            1 => dated(self.due).cmp(&dated(other.due)),
            _ => dated(self.since).cmp(&dated(other.since)),
        }
    }
}

impl Row for SegmentRow {
    const SORTS: &'static [Key] = &[
        msg!("console.sort.as-listed"),
        msg!("console.sort.name"),
        msg!("console.sort.customers"),
    ];

    fn key(&self) -> String {
        self.code.clone()
    }

    fn words(&self) -> String {
        format!("{} {}", self.code, self.name)
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        let members = |row: &Self| row.snapshot.as_ref().and_then(|s| s.customers).unwrap_or(-1);
        match sort {
            1 => self.name.cmp(&other.name),
            _ => members(other).cmp(&members(self)),
        }
    }
}

/// What still needs hands comes first.
fn urgency(state: StrategyState) -> u8 {
    match state {
        StrategyState::Submitted => 0,
        StrategyState::Approved => 1,
        StrategyState::Draft => 2,
        StrategyState::SentBack => 3,
        StrategyState::Live => 4,
        StrategyState::Paused => 5,
        StrategyState::Ended => 6,
        StrategyState::Reviewed => 7,
        StrategyState::Voided => 8,
        StrategyState::Archived => 9,
    }
}

impl Row for StrategyRow {
    const SORTS: &'static [Key] = &[
        msg!("console.sort.as-listed"),
        msg!("console.sort.name"),
        msg!("console.sort.state"),
        msg!("review.sort.uplift"),
    ];

    /// Several versions of a strategy can stand in the list.
    fn key(&self) -> String {
        format!("{} v{}", self.text.code, self.version)
    }

    fn words(&self) -> String {
        format!("{} {} {}", self.text.code, self.text.name, self.text.segment)
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        match sort {
            1 => self.text.name.cmp(&other.text.name),
            2 => urgency(self.state).cmp(&urgency(other.state)),
            // What was never measured comes last.
            _ => other.uplift_ppm.cmp(&self.uplift_ppm),
        }
    }
}

/// A push's tasks: all of them, and those that are done.
#[must_use]
pub fn progress(push: &PushRow) -> (i64, i64) {
    push.orders.iter().fold((0, 0), |(tasks, done), o| (tasks + o.tasks, done + o.done))
}

/// How many of a push's orders are signed.
#[must_use]
pub fn signed(push: &PushRow) -> usize {
    push.orders.iter().filter(|o| o.signed_at.is_some()).count()
}

impl Row for PushRow {
    const SORTS: &'static [Key] = &[
        msg!("console.sort.as-listed"),
        msg!("console.sort.deadline"),
        msg!("console.sort.unsigned"),
    ];

    fn key(&self) -> String {
        self.push.to_string()
    }

    fn words(&self) -> String {
        format!("#{} {} {}", self.push, self.strategy, self.name)
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        let unsigned = |push: &Self| push.orders.len() - signed(push);
        match sort {
            1 => self.deadline.cmp(&other.deadline),
            _ => unsigned(other).cmp(&unsigned(self)),
        }
    }
}

impl Row for KpiRow {
    const SORTS: &'static [Key] = &[msg!("console.sort.tree"), msg!("console.sort.change")];

    fn key(&self) -> String {
        format!("{}/{}", self.parent.as_deref().unwrap_or_default(), self.metric)
    }

    fn words(&self) -> String {
        format!("{} {} {}", self.metric, self.zh, self.en)
    }

    fn compare(&self, other: &Self, _: usize) -> Ordering {
        let share = |row: &Self| row.change_share().unwrap_or(f64::INFINITY);
        share(self).total_cmp(&share(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures;
    use crate::domain::find;

    #[test]
    fn a_push_is_found_by_its_number() {
        let push = &fixtures::pushes()[0];
        let typed = format!("#{}", push.push);
        assert_eq!(find::matching(&typed, [push.words().as_str()].into_iter()), [0]);
    }
}
