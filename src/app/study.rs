//! What can be looked into about segments and their customers: the questions, and what is found.

use chrono::NaiveDate;

use super::command::name::Context;
use super::desk::{Desk, Laid};
use crate::domain::agenda::Agenda;
use crate::domain::alert::{AlertHit, AlertRow};
use crate::domain::board::Board;
use crate::domain::coaching::Coaching;
use crate::domain::customer::CustomerCard;
use crate::domain::delivery::Deliveries;
use crate::domain::finding::FindingRow;
pub use crate::domain::finding::Touch;
use crate::domain::id::{CustomerId, PushId, SnapshotId};
use crate::domain::metric::KpiValue;
use crate::domain::metric::compare::Compare;
use crate::domain::metric::definition::Definition;
use crate::domain::metric::grid::Heat;
use crate::domain::metric::targets::Gap;
use crate::domain::money::Currency;
use crate::domain::people::{HitDays, MemberPage, Mover, People, PushParts};
use crate::domain::policy::PolicyRow;
use crate::domain::review::Review;
use crate::domain::score::{Of, Scored, Scores};
use crate::domain::segment::explain::Explanation;
use crate::domain::segment::grid::Grid;
use crate::domain::segment::list::{Comparison, HistoryRow};
use crate::domain::segment::overlap::Overlap;
use crate::domain::segment::portrait::Portrait;
use crate::domain::segment::version::{VersionDiff, VersionRow};
use crate::domain::strategy::test_push::TestPush;

/// How much of a strategy a review is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reviewed {
    /// One push.
    Push(PushId),
    /// All pushes of a wave, each customer once.
    Wave(i32),
    /// All pushes, each customer once.
    Strategy,
}

/// What is looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Study {
    /// How far segments are the same customers.
    Overlap {
        /// Their codes.
        codes: Vec<String>,
    },
    /// What sets a segment apart from everyone.
    Portrait {
        /// The segment's code.
        code: String,
    },
    /// A segment in cells.
    Grid {
        /// The segment's code.
        code: String,
        /// One to three attributes, each with thresholds or without: `aum:50000,500000`.
        by: Vec<String>,
        /// A number, an amount or a flag that each cell has figures of.
        metric: Option<String>,
    },
    /// A segment's versions and snapshots, and what stands around it.
    History {
        /// The segment's code.
        code: String,
    },
    /// Two snapshots of a segment.
    Compare {
        /// The segment's code.
        code: String,
        /// The one before and the one after; none for the last two.
        pair: Option<(SnapshotId, SnapshotId)>,
    },
    /// Two versions of a segment.
    Diff {
        /// The segment's code.
        code: String,
        /// The version on the left.
        from: i32,
        /// The version on the right.
        to: i32,
    },
    /// Where the customers of a push stand.
    Push {
        /// The segment that was pushed, if it is known.
        code: Option<String>,
        /// Which push.
        push: PushId,
    },
    /// How far the customers of a push have come.
    Board {
        /// The segment that was pushed, if it is known.
        code: Option<String>,
        /// Which push.
        push: PushId,
    },
    /// The days on which an event rule has hit somebody.
    Hits {
        /// The event rule's code.
        moment: String,
    },
    /// Where messages stand: of one push, or of all.
    Deliveries {
        /// Which push.
        push: Option<PushId>,
    },
    /// What runs when, a month of it.
    Calendar {
        /// The day under the cursor; its month is shown.
        day: NaiveDate,
    },
    /// The test pushes of a strategy.
    Tests {
        /// Its code.
        code: String,
    },
    /// What the bank has decided for all strategies.
    Policies,
    /// Something that was laid aside and can be taken up again.
    Desk(Desk),
    /// A list of customers, a page of them.
    Members {
        /// The segment behind it, if there is one.
        code: Option<String>,
        /// Whose list it is.
        of: People,
        /// How many stand before the page.
        skip: usize,
    },
    /// One customer.
    Card {
        /// The segment that one came from, if there was one.
        code: Option<String>,
        /// Who.
        customer: CustomerId,
    },
    /// What was done with a push and what came of it, or with all pushes of its strategy or of one wave of it.
    Review {
        /// Code of the strategy.
        strategy: String,
        /// How much of it.
        of: Reviewed,
    },
    /// Why a customer is in a segment, or is not.
    Why {
        /// The segment's code.
        code: String,
        /// Who.
        customer: CustomerId,
    },
    /// A metric: its value beside others, its plans, what it means.
    Metric {
        /// Its code.
        metric: String,
        /// The unit's code; none for the whole bank.
        org: Option<String>,
        /// The day.
        on: NaiveDate,
    },
    /// Units by metrics.
    Heat {
        /// The unit above; none for the whole bank.
        org: Option<String>,
        /// The kind of the units; none for those right below.
        kind: Option<String>,
        /// What each value is held against.
        compare: Compare,
    },
    /// The findings.
    Noted {
        /// Those that are closed, too.
        all: bool,
    },
    /// The alerts.
    Alerts,
    /// The units that an alert was raised for.
    AlertHits {
        /// Its code.
        code: String,
        /// Its metric.
        metric: String,
        /// What it holds the metric against; none of a threshold, or of its own history.
        compare: Option<Compare>,
        /// It is of the whole bank.
        whole: bool,
    },
    /// The score cards of units or RMs.
    Scores {
        /// Units or RMs.
        of: Of,
        /// The kind of the units; none of RMs.
        kind: Option<String>,
        /// Code and name of the unit above; none for all that the operator sees.
        org: Option<(String, String)>,
    },
    /// One score card.
    Score {
        /// A unit's or an RM's.
        of: Of,
        /// The code.
        code: String,
        /// The name.
        name: String,
    },
    /// The coaching log.
    Coaching {
        /// The unit's code; none for all that the operator sees.
        org: Option<String>,
        /// Its name.
        name: String,
        /// The entries that have ended, too.
        all: bool,
    },
    /// The strategies that touch customers of a unit, or a group of them.
    Touching {
        /// The unit's code; none for the whole bank.
        org: Option<String>,
        /// Its name.
        name: String,
        /// The rule of the group; none for everyone.
        rule: Option<String>,
    },
}

impl Study {
    /// The segment that it is about; an overlap is about several, and a customer can be come to without one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Overlap { .. }
            | Self::Hits { .. }
            | Self::Deliveries { .. }
            | Self::Calendar { .. }
            | Self::Tests { .. }
            | Self::Policies
            | Self::Desk(_)
            | Self::Review { .. }
            | Self::Metric { .. }
            | Self::Heat { .. }
            | Self::Noted { .. }
            | Self::Alerts
            | Self::AlertHits { .. }
            | Self::Scores { .. }
            | Self::Score { .. }
            | Self::Coaching { .. }
            | Self::Touching { .. } => None,
            Self::Push { code, .. }
            | Self::Board { code, .. }
            | Self::Members { code, .. }
            | Self::Card { code, .. } => code.as_deref(),
            Self::Portrait { code }
            | Self::Grid { code, .. }
            | Self::History { code }
            | Self::Compare { code, .. }
            | Self::Diff { code, .. }
            | Self::Why { code, .. } => Some(code),
        }
    }

    /// Which rows of the table of commands hold on its page.
    #[must_use]
    pub fn context(&self) -> Context {
        match self {
            Self::Overlap { .. } => Context::Overlap,
            Self::Portrait { .. } => Context::Portrait,
            Self::Grid { .. } => Context::Grid,
            Self::History { .. } => Context::History,
            Self::Compare { .. }
            | Self::Push { .. }
            | Self::Board { .. }
            | Self::Hits { .. }
            | Self::AlertHits { .. }
            | Self::Touching { .. }
            | Self::Metric { .. } => Context::Lists,
            Self::Heat { .. } => Context::Heat,
            Self::Noted { .. } => Context::Noted,
            Self::Alerts => Context::Alerts,
            Self::Scores { .. } => Context::Scores,
            Self::Score { .. } => Context::ScoreCard,
            Self::Coaching { .. } => Context::CoachingLog,
            Self::Diff { .. } | Self::Why { .. } | Self::Policies => Context::Findings,
            Self::Tests { .. } => Context::Tests,
            Self::Desk(Desk::Inbox) => Context::Inbox,
            Self::Desk(Desk::Shelf) => Context::Shelf,
            Self::Desk(Desk::Delegations) => Context::Delegations,
            Self::Deliveries { .. } => Context::Deliveries,
            Self::Calendar { .. } => Context::Calendar,
            Self::Members { .. } => Context::Members,
            Self::Card { .. } => Context::Card,
            Self::Review { .. } => Context::Review,
        }
    }
}

/// A segment's versions and snapshots, and what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentHistory {
    /// Its versions, newest first.
    pub versions: Vec<VersionRow>,
    /// Its snapshots, newest first.
    pub snapshots: Vec<HistoryRow>,
    /// Segments that its rule names.
    pub uses: Vec<String>,
    /// Segments whose rules name it.
    pub used_by: Vec<String>,
    /// Strategies for it.
    pub strategies: Vec<String>,
}

/// Two snapshots held against each other, in all and by unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// In all.
    pub counts: Comparison,
    /// By unit, those that changed most first.
    pub movers: Vec<Mover>,
}

/// A metric with what is known around it.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricFound {
    /// Its value beside what it is held against.
    pub value: KpiValue,
    /// Each unit's target beside the sum of those right below.
    pub gaps: Vec<Gap>,
    /// The versions of what it means, the newest first.
    pub definitions: Vec<Definition>,
}

/// The units that an alert was raised for, and what its figures are.
#[derive(Clone, Debug, PartialEq)]
pub struct RaisedFor {
    /// The units.
    pub hits: Vec<AlertHit>,
    /// Values are minor units.
    pub is_money: bool,
    /// Scores are shares.
    pub is_share: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// A metric.
    Metric(Box<MetricFound>),
    /// Units by metrics.
    Heat(Heat),
    /// Findings.
    Noted(Vec<FindingRow>),
    /// Alerts.
    Alerts(Vec<AlertRow>),
    /// The units that an alert was raised for.
    AlertHits(RaisedFor),
    /// Score cards.
    Scores(Scores),
    /// One score card.
    Score(Box<Scored>),
    /// Entries of the coaching log.
    Coaching(Vec<Coaching>),
    /// The strategies that touch customers of a unit.
    Touching(Vec<Touch>),
    /// How far segments are the same customers.
    Overlap(Overlap),
    /// What sets a segment apart from everyone.
    Portrait(Portrait),
    /// A segment in cells.
    Grid(Grid),
    /// A segment's versions and snapshots.
    History(SegmentHistory),
    /// Two snapshots.
    Compare(Compared),
    /// Two versions.
    Diff(VersionDiff),
    /// Where the customers of a push stand.
    Push(PushParts),
    /// How far the customers of a push have come.
    Board(Box<Board>),
    /// The days of an event rule.
    Hits(HitDays),
    /// Where messages stand.
    Deliveries(Deliveries),
    /// What runs when.
    Calendar(Box<Agenda>),
    /// Test pushes, the newest first.
    Tests(Vec<TestPush>),
    /// What was laid aside.
    Desk(Laid),
    /// What the bank has decided, and its money.
    Policies(Vec<PolicyRow>, Currency),
    /// A page of customers.
    Members(MemberPage),
    /// One customer.
    Card(Box<CustomerCard>),
    /// Why somebody is in a segment, or is not.
    Why(Explanation),
    /// What came of a push, and the currency of its amounts.
    Review(Box<Review>, Currency),
}
