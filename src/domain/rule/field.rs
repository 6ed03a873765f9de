//! What an event has that a condition may ask for: its amount and its detail, nothing else.

use super::called::Called;
use super::column::Kind;
use super::expected::Expected;
use crate::domain::attribute::AttributeType;
use crate::msg;

/// What an event is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventField {
    /// How much.
    Amount,
    /// What the bank notes of it.
    Detail,
}

impl EventField {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Amount, Self::Detail];

    /// The name as rules write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Detail => "detail",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn called(self) -> Called {
        Called::Key(match self {
            Self::Amount => msg!("rule.field.amount"),
            Self::Detail => msg!("rule.field.detail"),
        })
    }

    /// What may be compared with it. A detail is any text.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Amount => Kind::MONEY,
            Self::Detail => Kind::Plain(AttributeType::Category),
        }
    }

    pub(super) fn expected(self) -> Expected {
        match self {
            Self::Amount => Expected::Money,
            Self::Detail => Expected::Text,
        }
    }
}
