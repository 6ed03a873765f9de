//! What may be concluded from counts and balances: intervals, sizes, and whether a list was split as planned.
//!
//! Pure arithmetic on given numbers; the review asks it, and `baton calc` shows it. Every interval is two-sided at
//! 95 %. Upper tails are computed as tails, so that a probability of 1e-149 is that and not zero.

pub mod arms;
pub mod cuped;
pub mod exact;
pub mod holm;
pub mod joint;
pub mod proportion;
pub mod reach;
pub mod robust;
pub mod size;
pub mod srm;
pub mod sum;
pub mod tail;
pub mod twice;
pub mod welch;

/// An estimate between its limits.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// The lower limit.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
}
