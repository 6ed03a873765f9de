//! The demo bank: a city bank that does not exist, the same on every machine and every day.
//!
//! Everything is drawn from one seed by whole numbers ([`story::SEED`], `SplitMix64`), with the bank's today fixed
//! ([`story::as_of`], 2026-10-31). Nothing here does input or output but `write`, which hands the
//! [`rows`] to the import.
//!
//! # The shape
//! 江海银行, one head office, 8 branches, 60 sub-branches, 420 relationship managers, 50,000 customers with 42
//! attributes, about half a million events of twelve months, daily metrics of eighteen months by sub-branch, and what
//! everybody held in those months, where they live, whom they know and whom they let call. At
//! today each metric is the sum over the customers: `aum` of what they hold, `customers` of their heads, `deposits`
//! and `wealth` of its parts, and so on.
//!
//! # The planted story
//! In the last month (2026-09-30 to 2026-10-31) the AUM of 南城分行 (`B03`) fell by 1.8 %: its customers grew by
//! 0.2 %, so AUM per customer fell by 2.0 %. Every other branch moved by less than 0.5 %. 71 % of the fall comes
//! from three of its nine sub-branches, 南城一支行 (`B0301`), 新港支行 (`B0302`) and 科技园支行 (`B0304`): there,
//! payroll customers from 30 to 45 years moved money to their own accounts at other banks after the October holiday,
//! in two to four `transfer_out` events each, 2026-10-09 to 2026-10-27, together exactly what the AUM lost. The rest
//! of the branch's fall is spread over its other six sub-branches and customers of every kind. The rule is
//! `payroll and age between 30 and 45 and org under 'B03'`; `outflow_30d` and `churn_score` show who of them went.
//! The figures stand in [`story`] as constants, for the generator and for the tests.
//!
//! Who left in those months is known, too: without holdings, with the day. So a change of the number of customers is split over
//! those who came and those who went.
//!
//! # The past
//! Three strategies of June to August were pushed and came back ([`past`]); one of them worked, by a known share.
//!
//! # Not real people
//! Names are drawn; phone numbers begin with 12, which no mobile number in China does.

pub mod attributes;
mod coached;
pub mod contacts;
pub mod customers;
pub mod events;
pub mod holdings;
mod meaning;
pub mod metrics;
pub mod past;
pub mod people;
mod rng;
pub mod rows;
pub mod size;
pub mod sized;
mod staged;
pub mod story;
#[cfg(test)]
mod tests;
pub mod units;
pub mod write;

use customers::Customer;
use units::{Rm, SubBranch};

/// The generated bank: what stands in memory. Events and attributes are drawn customer by customer when asked for.
pub struct Bank {
    /// What everything was drawn from.
    pub seed: u64,
    /// The sub-branches.
    pub units: Vec<SubBranch>,
    /// The relationship managers.
    pub rms: Vec<Rm>,
    /// The customers, by number.
    pub customers: Vec<Customer>,
    /// Those who left in the months of the facts, by number, and when.
    pub closed: Vec<(Customer, chrono::NaiveDate)>,
}

impl Bank {
    /// Draws the bank of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let units = units::sub_branches();
        let rms = units::rms(seed, units.len());
        let customers = customers::draw(seed, &units, story::CUSTOMERS);
        let mut bank = Self { seed, units, rms, customers, closed: Vec::new() };
        let days = metrics::leavers(&bank);
        bank.closed = customers::left(seed, &bank.units, story::CUSTOMERS, &days);
        bank
    }
}
