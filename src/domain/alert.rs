//! Alerts (预警): rules on a metric that are looked at for every unit of a kind after each load.

pub mod typed;

use chrono::NaiveDate;
use serde::Serialize;

use super::message::Key;
use super::metric::compare::Compare;
use super::statistics::robust::{median, robust_z};
use crate::msg;

/// What a value is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertKind {
    /// A fixed value.
    Threshold,
    /// An earlier value: the change as a share of it.
    Change(Compare),
    /// What the plan expects by now: how far it is over or under, as a share of it.
    Pace,
    /// Its own last so many days: the robust z among them.
    Outlier {
        /// How many days.
        days: u32,
    },
}

impl AlertKind {
    /// The word of commands.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::Change(_) => "change",
            Self::Pace => "pace",
            Self::Outlier { .. } => "outlier",
        }
    }

    /// Its name.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Threshold => msg!("alert.kind.threshold"),
            Self::Change(_) => msg!("alert.kind.change"),
            Self::Pace => msg!("alert.kind.pace"),
            Self::Outlier { .. } => msg!("alert.kind.outlier"),
        }
    }

    /// Its name in a word, for a narrow column.
    #[must_use]
    pub fn short(self) -> Key {
        match self {
            Self::Pace => msg!("alert.kind-short.pace"),
            Self::Outlier { .. } => msg!("alert.kind-short.outlier"),
            Self::Threshold | Self::Change(_) => self.label(),
        }
    }
}

/// On which side of the bound it is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// At the bound or above it.
    Above,
    /// At the bound or below it.
    Below,
    /// As far from zero as the bound, or farther.
    Either,
}

impl Side {
    /// Reads `above`, `below` or `either`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Above, Self::Below, Self::Either].into_iter().find(|side| side.word() == text)
    }

    /// The word of commands.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::Either => "either",
        }
    }

    fn reached(self, score: f64, bound: f64) -> bool {
        match self {
            Self::Above => score >= bound,
            Self::Below => score <= bound,
            Self::Either => score.abs() >= bound.abs(),
        }
    }
}

/// What an alert says.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertText {
    /// Its code, such as `AL-AUM`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// The metric's code.
    pub metric: String,
    /// What a value is held against.
    pub kind: AlertKind,
    /// On which side of the bound it is raised.
    pub side: Side,
    /// The bound: of a threshold in the metric's own units (minor units, counts), else a share of 1, or a robust z.
    pub bound: f64,
    /// The kind of units that it is for: hq, branch, subbranch or center.
    pub units: String,
}

/// An alert as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRow {
    /// What it says.
    pub text: AlertText,
    /// In whose worklist it waits.
    pub owner: String,
    /// It is looked at.
    pub on: bool,
    /// It keeps out of the worklist until that day, which counts.
    pub muted_until: Option<NaiveDate>,
    /// The day that it was looked at for last.
    pub last_day: Option<NaiveDate>,
    /// For how many units it was raised then.
    pub hits: i64,
    /// The metric's values are minor units, and so is the bound of a threshold.
    pub money: bool,
}

/// What is known of a unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The value now.
    pub value: Option<f64>,
    /// The earlier value, or what the plan expects.
    pub base: Option<f64>,
    /// The values of the days before.
    pub history: Vec<f64>,
}

/// What an alert says of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The value now.
    pub value: f64,
    /// What it was held against.
    pub base: Option<f64>,
    /// What was held against the bound.
    pub score: f64,
    /// It is raised.
    pub raised: bool,
}

/// The days of a history that there must be at least, so that a middle means something.
pub const FEWEST_DAYS: usize = 8;

/// Judges a unit. None where there is no answer: nothing to hold it against, or a history without any spread.
#[must_use]
pub fn judge(text: &AlertText, reading: &Reading) -> Option<Judged> {
    let value = reading.value.filter(|value| value.is_finite())?;
    let base = reading.base.filter(|base| base.is_finite());
    let against = |base: f64| (base > 0.0).then(|| (value - base) / base);
    let (base, score) = match text.kind {
        AlertKind::Threshold => (None, value),
        AlertKind::Change(_) | AlertKind::Pace => (base, against(base?)?),
        AlertKind::Outlier { .. } => {
            if reading.history.len() < FEWEST_DAYS {
                return None;
            }
            (median(&reading.history), robust_z(value, &reading.history)?)
        }
    };
    Some(Judged { value, base, score, raised: text.side.reached(score, text.bound) })
}

/// A unit that an alert was raised for.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertHit {
    /// The unit's row.
    pub org_id: i32,
    /// Its code.
    pub org: String,
    /// Its name.
    pub name: String,
    /// The way down to it: codes and names, itself last, without the whole bank.
    pub way: Vec<(String, String)>,
    /// What was judged.
    pub judged: Judged,
}

/// What came of looking at an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// The alert's code.
    pub alert: String,
    /// What its values are held against.
    pub kind: AlertKind,
    /// They are minor units.
    pub money: bool,
    /// The day.
    pub day: NaiveDate,
    /// Units that had an answer.
    pub answered: usize,
    /// Units of the kind.
    pub units: usize,
    /// Those that it is raised for, the farthest from the bound first.
    pub hits: Vec<AlertHit>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alert(kind: AlertKind, side: Side, bound: f64) -> AlertText {
        let text = |text: &str| text.to_owned();
        let (code, name, metric, units) = (text("AL"), text("n"), text("aum"), text("branch"));
        AlertText { code, name, metric, kind, side, bound, units }
    }

    fn of(value: f64, base: Option<f64>) -> Reading {
        Reading { value: Some(value), base, history: vec![] }
    }

    #[test]
    fn a_bound_is_reached_on_its_side() {
        let fell = alert(AlertKind::Change(Compare::Prev), Side::Below, -0.015);
        let raised = |alert: &AlertText, reading| judge(alert, &reading).map(|j| j.raised);
        assert_eq!(raised(&fell, of(98.0, Some(100.0))), Some(true));
        assert_eq!(raised(&fell, of(99.0, Some(100.0))), Some(false));
        assert_eq!(raised(&fell, of(99.0, None)), None);
        assert_eq!(raised(&fell, of(99.0, Some(0.0))), None);
        let threshold = alert(AlertKind::Threshold, Side::Above, 100.0);
        assert_eq!(raised(&threshold, of(100.0, None)), Some(true));
        assert_eq!(raised(&threshold, Reading::default()), None);
        let either = alert(AlertKind::Pace, Side::Either, 0.05);
        assert_eq!(raised(&either, of(94.0, Some(100.0))), Some(true));
        assert_eq!(raised(&either, of(106.0, Some(100.0))), Some(true));
        assert_eq!(raised(&either, of(101.0, Some(100.0))), Some(false));
    }

    #[test]
    fn an_outlier_needs_a_history_with_a_spread() {
        let outlier = alert(AlertKind::Outlier { days: 30 }, Side::Either, 3.5);
        let calm: Vec<f64> = (0..30).map(|n| f64::from(n % 5)).collect();
        let with = |value, history: &[f64]| Reading {
            value: Some(value),
            base: None,
            history: history.to_vec(),
        };
        let judged = judge(&outlier, &with(40.0, &calm)).unwrap();
        assert!(judged.raised && judged.base == Some(2.0), "{judged:?}");
        assert!(!judge(&outlier, &with(3.0, &calm)).unwrap().raised);
        assert_eq!(judge(&outlier, &with(40.0, &calm[..7])), None, "too few days");
        assert_eq!(judge(&outlier, &with(40.0, &[2.0; 30])), None, "no spread");
    }

    proptest! {
        #[test]
        fn either_side_is_above_or_below(value in -1e9..1e9_f64, base in 1.0..1e9_f64, bound in 0.0..2.0_f64) {
            let kind = AlertKind::Change(Compare::Yoy);
            let raised = |side, bound| judge(&alert(kind, side, bound), &of(value, Some(base))).unwrap().raised;
            prop_assert_eq!(raised(Side::Either, bound), raised(Side::Above, bound) || raised(Side::Below, -bound));
        }
    }
}
