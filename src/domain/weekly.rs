//! A week (周报): how the metrics stand, what was raised and found, what was pushed and came back, which reviews are due and which were
//! closed.

use chrono::{Datelike as _, Days, NaiveDate};

use super::id::PushId;
use super::message::Message;
use super::metric::{Quality, Value};
use super::money::Minor;
use super::review::Verdict;
use crate::msg;

/// The days of a week, from Monday to Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Span {
    /// The Monday.
    pub from: NaiveDate,
    /// The Sunday.
    pub to: NaiveDate,
}

impl Span {
    /// The week of a day.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        let back = u64::from(day.weekday().num_days_from_monday());
        let from = day.checked_sub_days(Days::new(back)).unwrap_or(day);
        Self { from, to: from.checked_add_days(Days::new(6)).unwrap_or(day) }
    }

    /// How far the week has come on the bank's day: its last day that has been.
    ///
    /// # Errors
    /// [`NotBegun`] if its Monday is still to come: nothing of it has happened.
    pub fn until(self, as_of: NaiveDate) -> Result<NaiveDate, NotBegun> {
        if self.from > as_of {
            return Err(NotBegun { span: self, as_of });
        }
        Ok(self.to.min(as_of))
    }
}

/// Nothing can be told of a week that has not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the week of {} has not begun on {as_of}", span.from)]
pub struct NotBegun {
    /// The week.
    pub span: Span,
    /// The bank's day.
    pub as_of: NaiveDate,
}

impl NotBegun {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new(msg!("review.week.not-begun"))
            .with("from", self.span.from)
            .with("to", self.span.to)
            .with("as-of", self.as_of)
    }
}

/// A metric of the whole bank: what stands at the head of a tree.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MetricLine {
    /// Its code.
    pub metric: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Its values are minor units.
    pub money: bool,
    /// It is added up over days: its values are of the week's days so far, and of as many of the week before. Of the others they are
    /// of the last day so far, and of the same day a week before.
    pub flow: bool,
    /// The value; none without facts.
    pub value: Option<Value>,
    /// The one before.
    pub before: Option<Value>,
    /// What is missing of the value, and was restated.
    pub quality: Quality,
    /// The same of the one before.
    pub previous_quality: Quality,
}

impl MetricLine {
    /// By how much it moved.
    #[must_use]
    pub fn change(&self) -> Option<Value> {
        Some(self.value?.since(self.before?))
    }
}

/// An alert that was raised in the week.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AlertLine {
    /// Its code.
    pub alert: String,
    /// What people call it.
    pub name: String,
    /// The metric's code.
    pub metric: String,
    /// The metric's names, Chinese and English.
    #[serde(skip)]
    pub metric_names: (String, String),
    /// The last day of the week that it was raised for.
    pub day: NaiveDate,
    /// For how many units.
    pub hits: i64,
    /// Names of those that stand worst, not more than five.
    pub units: Vec<String>,
    /// In whose worklist it waits.
    pub owner: String,
}

/// A push that went out in the week, or whose orders ran in it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PushLine {
    /// Its number.
    pub push: PushId,
    /// Code of the strategy.
    pub strategy: String,
    /// Its version.
    pub version: i32,
    /// Its name.
    pub name: String,
    /// The bank's day of the push.
    pub pushed_on: NaiveDate,
    /// The last day of its orders.
    pub deadline: NaiveDate,
    /// Orders.
    pub orders: i64,
    /// Orders that are signed by now.
    pub signed: i64,
    /// Tasks.
    pub tasks: i64,
    /// Customers of whom something came back in the week.
    pub heard: i64,
    /// Those of them who were spoken to.
    pub reached: i64,
    /// Those of them who were reported as sold.
    pub sold: i64,
    /// What was reported as sold.
    pub amount: Minor,
}

/// A finding of the week.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FindingLine {
    /// Of which day.
    pub day: NaiveDate,
    /// The unit's name.
    pub org: String,
    /// Of a metric: its code and its names, Chinese and English.
    #[serde(skip)]
    pub metric: Option<(String, String, String)>,
    /// Of a strategy: its code and its name.
    #[serde(skip)]
    pub strategy: Option<(String, String)>,
    /// What was found, as it was written.
    pub text: String,
    /// Who answers for it.
    pub owner: String,
    /// It is still open.
    pub open: bool,
}

/// A review that is due, or was closed in the week.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ReviewLine {
    /// Of which push.
    pub push: PushId,
    /// Code of the strategy.
    pub strategy: String,
    /// Its name.
    pub name: String,
    /// The planned day.
    pub due: NaiveDate,
    /// The verdict; none while it is open.
    pub verdict: Option<Verdict>,
    /// What was measured on the list, in parts per million.
    pub uplift_ppm: Option<i32>,
}

/// A week.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Week {
    /// The days.
    #[serde(flatten)]
    pub span: Span,
    /// The last day of it that has been; days after it are still to come.
    pub until: NaiveDate,
    /// Name of the bank.
    pub bank: String,
    /// How the metrics stand.
    pub metrics: Vec<MetricLine>,
    /// What was raised.
    pub alerts: Vec<AlertLine>,
    /// What went out or ran.
    pub pushes: Vec<PushLine>,
    /// What was found.
    pub findings: Vec<FindingLine>,
    /// Reviews that are due or were closed.
    pub reviews: Vec<ReviewLine>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_its_monday() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        for of in 16..=22 {
            assert_eq!(Span::of(day(of)), Span { from: day(16), to: day(22) });
        }
        assert_eq!(Span::of(day(23)).from, day(23));
    }

    #[test]
    fn a_week_is_told_up_to_the_bank_s_day_and_not_before_it_begins() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        let week = Span::of(day(18));
        assert_eq!(week.until(day(30)), Ok(day(22)));
        assert_eq!(week.until(day(16)), Ok(day(16)));
        let refused = week.until(day(15)).unwrap_err();
        assert_eq!((refused.span, refused.as_of), (week, day(15)));
        assert_eq!(refused.message().args.len(), 3);
    }
}
