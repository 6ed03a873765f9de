//! What a reader must know of a review's figures.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::matched::NoMatch;
use super::window::{Known, Records};

impl Note {
    /// That records which the success is asked of end before the day up to which they should count.
    #[must_use]
    pub fn of_records(known: Known, wanted: NaiveDate) -> Self {
        let Known { of, on } = known;
        match of {
            Records::Events => Self::EventsUnfilled { on, wanted },
            Records::Holdings => Self::HoldingsUnfilled { on, wanted },
            Records::Customers => Self::CustomersUnfilled { on, wanted },
            Records::Mart(mart) => Self::MartUnfilled { mart, on, wanted },
        }
    }

    /// Whether it says that records which the success is asked of end too early.
    #[must_use]
    pub fn ends_early(&self) -> bool {
        matches!(
            self,
            Self::EventsUnfilled { .. }
                | Self::HoldingsUnfilled { .. }
                | Self::CustomersUnfilled { .. }
                | Self::MartUnfilled { .. }
        )
    }
}

/// What a reader must know of the figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// Events after today still count.
    Preliminary,
    /// A window of the rule reaches beyond the planned day, and was cut there.
    WindowCut,
    /// The rule asks for something of which only today is known.
    ReadsPresent,
    /// The balance is today's: what it was before, or on an earlier day, the bank has not kept.
    NoHistory,
    /// The balance is of an earlier day than was planned: what people hold was not loaded since.
    BalanceUnfilled {
        /// The last day that was loaded.
        on: NaiveDate,
        /// The day that it should be of.
        wanted: NaiveDate,
    },
    /// The events that the success is asked of were not loaded up to the last day that should count by now.
    EventsUnfilled {
        /// The last day that was loaded; none where no events ever were.
        on: Option<NaiveDate>,
        /// The day up to which they should count.
        wanted: NaiveDate,
    },
    /// What the success is asked to hold was not loaded up to the last day that should count by now.
    HoldingsUnfilled {
        /// The last day that was loaded; none where nothing held ever was.
        on: Option<NaiveDate>,
        /// The day up to which it should count.
        wanted: NaiveDate,
    },
    /// The customers' records that the success is asked of were not loaded up to the last day that should count by now.
    CustomersUnfilled {
        /// The last day that was loaded; none where none ever were.
        on: Option<NaiveDate>,
        /// The day up to which they should count.
        wanted: NaiveDate,
    },
    /// A mart that the success is asked of is of a day before the last that should count by now.
    MartUnfilled {
        /// The mart's name.
        mart: String,
        /// Its day; none where nobody says.
        on: Option<NaiveDate>,
        /// The day that should count.
        wanted: NaiveDate,
    },
    /// Of so many on the list the balance is not known.
    UnknownBalance {
        /// How many.
        customers: u64,
    },
    /// So many of the control group were contacted; they count as control.
    Contaminated {
        /// How many.
        customers: u64,
    },
    /// Only the customers of one unit were counted: the operator sees no others.
    Scope {
        /// Its name.
        unit: String,
    },
    /// So many pairs of branches are compared, and so many branches had no partner: nobody drew who is in which.
    QuasiExperimental {
        /// How many pairs.
        pairs: u64,
        /// How many without a partner.
        left_out: u64,
    },
    /// The paired branches already moved apart before the push.
    TrendsDiffer,
    /// Branches could not be held against others.
    NoMatch {
        /// Why not.
        why: NoMatch,
    },
    /// So many pushes are left out, because they declared something else.
    OtherDeclaration {
        /// How many.
        pushes: u64,
    },
    /// Whole branches were left alone: branches are compared, and nothing is concluded from customers.
    ByBranch {
        /// Branches with tasks.
        treated: u64,
        /// Branches that were left alone.
        control: u64,
    },
}
