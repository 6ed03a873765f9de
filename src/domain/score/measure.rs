//! What can be measured, a closed list, and how a figure becomes points.

use serde::Serialize;

use super::{Figure, Item, Points, Standing};
use crate::domain::message::Key;
use crate::msg;

/// What is measured. The denominators are the cases that had come due (`migrations/0068_score.sql`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Orders signed within the hours for it, of those that were to be signed.
    SignedInTime,
    /// Tasks done, of those of ended orders.
    Handled,
    /// Tasks whose customer somebody tried to reach, of those of ended orders.
    Contacted,
    /// The same by the day for it, of those whose day has passed.
    ContactedInTime,
    /// Customers who were spoken to, of those who were tried.
    Reached,
    /// Tasks of which a sale and a refusal are told, of those with an outcome. Less is better.
    Contradictory,
    /// Referrals answered in time, of those that came.
    ReferralsAnswered,
    /// Agreements of the coaching log that were kept, of those that were looked at again.
    AgreedKept,
    /// Customers who think of it, made an appointment or bought, of those who were spoken to.
    Interested,
    /// Customers who bought, of those who were spoken to.
    Sold,
    /// What a metric has reached of what its plan expects by now.
    Plan,
}

/// What a measure tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What is done.
    Activity,
    /// What is reached.
    Result,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::SignedInTime,
        Self::Handled,
        Self::Contacted,
        Self::ContactedInTime,
        Self::Reached,
        Self::Contradictory,
        Self::ReferralsAnswered,
        Self::AgreedKept,
        Self::Interested,
        Self::Sold,
        Self::Plan,
    ];

    /// The words of a file for a unit's card.
    pub const WORDS: &'static [&'static str] = &[
        "signed_in_time",
        "handled",
        "contacted",
        "contacted_in_time",
        "reached",
        "contradictory",
        "referrals_answered",
        "agreed_kept",
        "interested",
        "sold",
        "plan",
    ];

    /// The words of a file for an RM's card: a unit signs and has plans, an RM does not.
    pub const RM_WORDS: &'static [&'static str] = &[
        "contacted",
        "contacted_in_time",
        "reached",
        "contradictory",
        "referrals_answered",
        "agreed_kept",
        "interested",
        "sold",
    ];

    /// The word of files and of the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        let at = Self::ALL.iter().position(|one| *one == self).unwrap_or_default();
        Self::WORDS[at]
    }

    /// Reads a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::SignedInTime => msg!("score.measure.signed-in-time"),
            Self::Handled => msg!("score.measure.handled"),
            Self::Contacted => msg!("score.measure.contacted"),
            Self::ContactedInTime => msg!("score.measure.contacted-in-time"),
            Self::Reached => msg!("score.measure.reached"),
            Self::Contradictory => msg!("score.measure.contradictory"),
            Self::ReferralsAnswered => msg!("score.measure.referrals-answered"),
            Self::AgreedKept => msg!("score.measure.agreed-kept"),
            Self::Interested => msg!("score.measure.interested"),
            Self::Sold => msg!("score.measure.sold"),
            Self::Plan => msg!("score.measure.plan"),
        }
    }

    /// Less is better.
    #[must_use]
    pub fn less_is_better(self) -> bool {
        self == Self::Contradictory
    }

    /// What it tells of.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Self::Interested | Self::Sold | Self::Plan => Side::Result,
            _ => Side::Activity,
        }
    }
}

/// How far a value is on its way from the floor to the target, as numerator and positive denominator: nothing at the
/// floor, one at the target.
fn achieved(item: &Item, figure: Figure) -> (i128, i128) {
    let (n, d) = (i128::from(figure.numerator), i128::from(figure.denominator));
    let (target, floor) = (i128::from(item.target.0), i128::from(item.floor.0));
    let (way, whole) = (n * 1_000_000 - floor * d, (target - floor) * d);
    if whole < 0 { (-way, -whole) } else { (way, whole) }
}

/// Whether a figure gives points, and whether it runs into the floor or the cap.
pub(super) fn standing(item: &Item, figure: Figure) -> Standing {
    if item.measure == Measure::Plan && figure.denominator <= 0 {
        return Standing::NoPlan;
    }
    if figure.denominator < item.minimum.max(1) {
        return Standing::TooFew;
    }
    let (way, whole) = achieved(item, figure);
    if way <= 0 {
        Standing::Floored
    } else if way * 1_000_000 > whole * i128::from(item.cap.0) {
        Standing::Capped
    } else {
        Standing::Scored
    }
}

/// The points of a figure: the weight times the way from floor to target, between nothing and the cap, rounded half up to a
/// hundredth.
pub(super) fn points(item: &Item, figure: Figure, weight: Points, standing: Standing) -> Points {
    let weight = i128::from(weight.0);
    let (way, whole) = match standing {
        Standing::Scored => achieved(item, figure),
        Standing::Capped => (i128::from(item.cap.0), 1_000_000),
        Standing::Floored | Standing::TooFew | Standing::NoPlan => return Points(0),
    };
    let hundredths = (2 * weight * way + whole) / (2 * whole);
    Points(i64::try_from(hundredths).unwrap_or_default())
}
