//! A push as its review needs it.

use chrono::NaiveDate;

use crate::domain::id::PushId;
use crate::domain::review::Standing;
use crate::domain::review::window::Span;
use crate::domain::strategy::body::Body;

/// One push that is measured.
pub(super) struct Pushed {
    pub(super) push: PushId,
    pub(super) plan: i64,
    pub(super) home: i64,
    pub(super) strategy: String,
    pub(super) version: i32,
    pub(super) name: String,
    pub(super) author: String,
    pub(super) day: NaiveDate,
    pub(super) deadline: NaiveDate,
    pub(super) control_ppm: i32,
    /// Each customer was drawn by himself.
    pub(super) apart: bool,
    pub(super) body: Body,
    pub(super) orders: u64,
    pub(super) signed_orders: u64,
    pub(super) standing: Standing,
}

impl Pushed {
    /// Of which days its review speaks.
    pub(super) fn span(&self, today: NaiveDate) -> Span {
        let planned = self.body.success.as_ref().and_then(|success| {
            self.day.checked_add_days(chrono::Days::new(success.review_days.into()))
        });
        let due = planned.or_else(|| self.deadline.succ_opt()).unwrap_or(self.deadline);
        Span { pushed: self.day, due, today }
    }
}
