//! How the two values of a change between periods are taken, so that nobody has to guess what a number of a month is.

use chrono::NaiveDate;
use serde::Serialize;

use crate::domain::message::{Key, Message};
use crate::domain::metric::period::Period;
use crate::domain::metric::{Kind, Metric};
use crate::msg;

/// How a metric's value of a period follows from those of its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// A flow: the sum of the days.
    Sum,
    /// A stock, or a ratio: what stands at the end.
    End,
    /// A stock whose definition says so: the mean of the days.
    Mean,
    /// A ratio whose definition says so: numerators and denominators summed apart over the days, divided last.
    Apart,
}

impl How {
    /// That of a metric with facts of its own.
    #[must_use]
    pub fn of(metric: &Metric) -> Self {
        match (metric.kind, metric.over.average) {
            (Kind::Flow, _) => Self::Sum,
            (Kind::Stock, true) => Self::Mean,
            (Kind::Ratio, true) => Self::Apart,
            (Kind::Stock | Kind::Ratio, false) => Self::End,
        }
    }

    /// In a sentence.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Sum => msg!("kpi.over.sum"),
            Self::End => msg!("kpi.over.end"),
            Self::Mean => msg!("kpi.over.mean"),
            Self::Apart => msg!("kpi.over.apart"),
        }
    }
}

/// One of the two periods, as far as it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct End {
    /// Its first day.
    pub start: NaiveDate,
    /// The last day that counts.
    pub end: NaiveDate,
    /// Days that count.
    pub days: i64,
    /// Working days among them, where the metric asks for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workdays: Option<usize>,
    /// The days whose facts count, where those are others: a metric that counts working days only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted: Option<Period>,
    /// Its last day, where that is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goes_on_until: Option<NaiveDate>,
    /// The first day of the metric's facts, where that is later than the period's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts_begin: Option<NaiveDate>,
}

impl End {
    /// The period as it was asked for.
    #[must_use]
    pub fn period(&self) -> Period {
        Period { start: self.start, end: self.goes_on_until.unwrap_or(self.end) }
    }

    /// The days whose facts count.
    fn counts(&self) -> String {
        let counted = self.counted.unwrap_or(Period { start: self.start, end: self.end });
        format!("{}..{}", counted.start, counted.end)
    }
}

/// The two periods of a change, and how the metric is taken over them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Over {
    /// The earlier.
    pub from: End,
    /// The later.
    pub to: End,
    /// How those metrics are taken that it is computed from.
    pub taken: Vec<How>,
}

impl Over {
    /// How the values are taken.
    #[must_use]
    pub fn said(&self) -> Vec<Message> {
        let mut said = Vec::new();
        let how = self.taken.iter().map(|how| Message::from(how.label()));
        let how = how.reduce(|before, next| {
            Message::new(msg!("kpi.told.and")).with("before", before).with("next", next)
        });
        if let Some(how) = how {
            let taken = Message::new(msg!("kpi.over.taken")).with("how", how);
            said.push(taken.with("from", self.from.days).with("to", self.to.days));
        }
        if let (Some(from), Some(to)) = (self.from.workdays, self.to.workdays) {
            let workdays = Message::new(msg!("kpi.over.workdays"));
            said.push(workdays.with("from", from).with("to", to));
        }
        if self.from.counted.or(self.to.counted).is_some() {
            let counted = Message::new(msg!("kpi.over.counted"));
            said.push(counted.with("from", self.from.counts()).with("to", self.to.counts()));
        }
        said
    }

    /// What the periods lack.
    #[must_use]
    pub fn doubts(&self) -> Vec<Message> {
        let mut said = Vec::new();
        for end in [&self.from, &self.to] {
            if let Some(until) = end.goes_on_until {
                let open = Message::new(msg!("kpi.over.goes-on")).with("until", until);
                said.push(open.with("end", end.end));
            }
            if let Some(first) = end.facts_begin {
                let late = Message::new(msg!("kpi.over.begins")).with("first", first);
                said.push(late.with("start", end.start));
            }
        }
        said
    }
}
