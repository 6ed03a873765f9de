//! The days that a value is taken over.

use chrono::NaiveDate;
use serde::Serialize;

use super::period::Period;
use crate::domain::message::{Arg, Message};
use crate::msg;

/// The days that a value is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Taken {
    /// The first day; none where it is the value of one day.
    pub start: Option<NaiveDate>,
    /// The last day.
    pub end: NaiveDate,
}

impl Taken {
    /// One day's.
    #[must_use]
    pub fn on(end: NaiveDate) -> Self {
        Self { start: None, end }
    }

    /// The day, or the first and last day.
    #[must_use]
    pub fn said(self) -> Arg {
        match self.start {
            None => self.end.into(),
            Some(start) => {
                Message::new(msg!("kpi.period")).with("start", start).with("end", self.end).into()
            }
        }
    }

    /// All of a period.
    #[must_use]
    pub fn over(period: Period) -> Self {
        Self { start: Some(period.start), end: period.end }
    }
}
