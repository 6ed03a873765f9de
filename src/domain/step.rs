//! The steps that a customer of a push comes to, from the order to the sale.

use super::message::Key;
use crate::msg;

/// A step of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// 下发: there is a task.
    Issued,
    /// 签收: the branch has signed its order.
    Signed,
    /// 首次触达: somebody tried; there is an outcome, whatever it says.
    Contacted,
    /// 接通: they spoke.
    Reached,
    /// 意向: the customer considers it, or has an appointment, or bought.
    Interested,
    /// 成交: sold.
    Sold,
}

impl Step {
    /// All steps, first to last.
    pub const ALL: [Self; 6] =
        [Self::Issued, Self::Signed, Self::Contacted, Self::Reached, Self::Interested, Self::Sold];

    /// The word of commands.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Signed => "signed",
            Self::Contacted => "contacted",
            Self::Reached => "reached",
            Self::Interested => "interested",
            Self::Sold => "sold",
        }
    }

    /// What it is called.
    #[must_use]
    pub fn title(self) -> Key {
        match self {
            Self::Issued => msg!("board.step.issued"),
            Self::Signed => msg!("board.step.signed"),
            Self::Contacted => msg!("board.step.contacted"),
            Self::Reached => msg!("board.step.reached"),
            Self::Interested => msg!("board.step.interested"),
            Self::Sold => msg!("board.step.sold"),
        }
    }

    /// The step whose customers this one is measured against; none for the first.
    #[must_use]
    pub fn base(self) -> Option<Self> {
        match self {
            Self::Issued => None,
            Self::Signed | Self::Contacted => Some(Self::Issued),
            Self::Reached => Some(Self::Contacted),
            Self::Interested => Some(Self::Reached),
            Self::Sold => Some(Self::Interested),
        }
    }
}
