//! A week (周报): what was pushed, what came back, what was found, which reviews are due and which were closed.

use chrono::{Datelike as _, Days, NaiveDate};

use super::id::PushId;
use super::money::Minor;
use super::review::Verdict;

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
    /// What was found.
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
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Week {
    /// The days.
    #[serde(flatten)]
    pub span: Span,
    /// Name of the bank.
    pub bank: String,
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
}
