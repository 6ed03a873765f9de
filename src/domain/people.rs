//! Lists of customers as screens show them: masked, a page at a time, and never the whole of a long one.

use chrono::NaiveDate;

use super::event_rule::BacktestDay;
use super::exclusion;
use super::id::{CustomerId, PlanId, PushId, SnapshotId};
use super::message::Key;
use super::money::Minor;
use crate::msg;

/// How many customers a page has.
pub const A_PAGE: usize = 100;

/// How many customers of a list can be turned over.
pub const AT_MOST: usize = 1_000;

/// Whose list it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum People {
    /// The members of a snapshot.
    Snapshot(SnapshotId),
    /// Those of a push.
    Push {
        /// Which.
        push: PushId,
        /// Of this arm, or blocked for this reason; none for all.
        part: Option<PushPart>,
        /// Of this unit; none for all.
        org: Option<String>,
    },
    /// Those of a plan that was not pushed yet.
    Plan {
        /// Which.
        plan: PlanId,
        /// Of this arm, or left off for this reason; none for all.
        part: Option<PushPart>,
        /// Of this unit; none for all.
        org: Option<String>,
    },
    /// Those who came, left or stayed from one snapshot to another.
    Moves {
        /// The one before.
        before: SnapshotId,
        /// The one after.
        after: SnapshotId,
        /// Which of them.
        side: Side,
        /// Of this unit; none for all.
        org: Option<String>,
    },
    /// Those whom an event rule has hit.
    Hits {
        /// Its code.
        moment: String,
        /// On this day; none for any.
        day: Option<NaiveDate>,
    },
}

/// Where a customer of a push stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushPart {
    /// Has a task.
    Treated,
    /// Is left alone.
    Control,
    /// Was on the list and gets nothing, for this reason: a word of [`Reason`](super::exclusion::Reason).
    Blocked(String),
}

impl PushPart {
    /// The word of the database.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Treated => "treated",
            Self::Control => "control",
            Self::Blocked(reason) => reason,
        }
    }

    /// The part of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "treated" => Self::Treated,
            "control" => Self::Control,
            reason => Self::Blocked(reason.to_owned()),
        }
    }
}

/// Which way a customer moved between two snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Only in the later one.
    Came,
    /// Only in the earlier one.
    Left,
    /// In both.
    Stayed,
}

impl Side {
    /// All of them, as screens list them.
    pub const ALL: [Self; 3] = [Self::Came, Self::Left, Self::Stayed];

    /// The word of commands and of the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Came => "in",
            Self::Left => "out",
            Self::Stayed => "stayed",
        }
    }
}

/// A page of a list of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPage {
    /// How many the whole list has, of those whom the operator may see.
    pub count: i64,
    /// How many stand before the first of this page.
    pub skip: usize,
    /// The customers of this page.
    pub rows: Vec<MemberRow>,
}

impl MemberPage {
    /// Customers may follow that can be turned to.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.rows.len() == A_PAGE && self.skip + A_PAGE < AT_MOST
    }

    /// More stand in the list than can be turned over.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        usize::try_from(self.count).is_ok_and(|count| count > AT_MOST)
    }
}

/// A customer in a list, masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// The customer's number.
    pub customer: CustomerId,
    /// `王**`
    pub name: Option<String>,
    /// The unit's code.
    pub org: String,
    /// The unit's name.
    pub org_name: String,
    /// The tier's code; none without AUM.
    pub tier: Option<String>,
    /// Assets under management.
    pub aum: Option<Minor>,
    /// Of a push: what came of the task last, else the arm or why it is blocked; of an event rule: the day.
    pub note: Option<String>,
}

/// A push's customers by where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushParts {
    /// The push.
    pub push: PushId,
    /// Arms first, then why somebody is blocked.
    pub parts: Vec<(PushPart, i64)>,
}

impl PushParts {
    /// All of them.
    #[must_use]
    pub fn customers(&self) -> i64 {
        self.parts.iter().map(|(_, count)| count).sum()
    }
}

/// What came and went in one unit between two snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mover {
    /// The unit's code.
    pub org: String,
    /// The unit's name.
    pub name: String,
    /// Only in the later one.
    pub came: i64,
    /// Only in the earlier one.
    pub left: i64,
    /// In both.
    pub stayed: i64,
}

/// Whom an event rule has hit, day by day, the latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitDays {
    /// Days with a hit.
    pub days: Vec<BacktestDay>,
}

impl HitDays {
    /// Hits of all days.
    #[must_use]
    pub fn hits(&self) -> i64 {
        self.days.iter().map(|day| day.hits).sum()
    }
}

/// A word that stands beside a customer of a push or of two snapshots; a day is written as it is.
#[must_use]
pub fn note_name(note: &str) -> Option<Key> {
    Some(match note {
        "treated" => msg!("console.part.treated"),
        "control" => msg!("console.part.control"),
        "no_answer" => msg!("console.outcome.no-answer"),
        "refused" => msg!("console.outcome.refused"),
        "considering" => msg!("console.outcome.considering"),
        "appointment" => msg!("console.outcome.appointment"),
        "sold" => msg!("console.outcome.sold"),
        "bad_number" => msg!("console.outcome.bad-number"),
        reason => return exclusion::title(reason),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_customers_ends() {
        let row = MemberRow {
            customer: CustomerId(1),
            name: None,
            org: String::new(),
            org_name: String::new(),
            tier: None,
            aum: None,
            note: None,
        };
        let page = |skip, rows| MemberPage { count: 5_000, skip, rows: vec![row.clone(); rows] };
        assert!(page(0, 100).goes_on() && page(800, 100).goes_on());
        assert!(!page(900, 100).goes_on() && !page(100, 99).goes_on());
        assert!(page(0, 100).is_cut());
    }

    #[test]
    fn words_of_a_push_read_back() {
        for part in
            [PushPart::Treated, PushPart::Control, PushPart::Blocked("no_contact".to_owned())]
        {
            assert_eq!(PushPart::from_code(part.code()), part);
        }
    }
}
