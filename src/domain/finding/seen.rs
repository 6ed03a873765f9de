//! The change that a finding was noted from: kept so that opening the finding asks for that change and no other.

use chrono::NaiveDate;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::domain::decomposition::{By, Explanation, Method, When};
use crate::domain::message::Message;
use crate::domain::metric::compare::{Compare, Taken};
use crate::domain::metric::period::Period;
use crate::msg;

/// A change as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Held against what, and the day that was asked for; none between two days or two periods.
    pub compare: Option<(Compare, NaiveDate)>,
    /// The days of the earlier value.
    pub from: Taken,
    /// The days of the later value.
    pub to: Taken,
    /// The code of the unit whose change was taken apart; none for the whole bank.
    pub at: Option<String>,
    /// Over what, by which method (none for the one that fits), and the part that was noted; nothing where it was not taken apart.
    pub split: Option<Split>,
}

/// How a change was taken apart, and the part that was noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Over what.
    pub by: By,
    /// By which method; none for the one that fits.
    pub method: Option<Method>,
    /// The part's code: of a unit, a factor, a group of customers.
    pub part: Option<String>,
}

impl Seen {
    /// The change that `when` asked for and `answer` told. A period that goes on is kept as far as it had come: later it would
    /// be another one.
    #[must_use]
    pub fn of(answer: &Explanation, when: When, split: Option<Split>) -> Self {
        let told = (
            Taken { start: answer.from_start, end: answer.from_date },
            Taken { start: answer.to_start, end: answer.to_date },
        );
        let (compare, (from, to)) = match when {
            When::Days(from, to) => (None, (Taken::on(from), Taken::on(to))),
            When::Periods(from, to) => {
                let until = |asked: Period, end: NaiveDate| Taken::over(Period { end, ..asked });
                let ends = answer.over.as_ref().map(|over| (over.from.end, over.to.end));
                let ends = ends.unwrap_or((from.end, to.end));
                (None, (until(from, ends.0), until(to, ends.1)))
            }
            When::Compare(compare, on) => (Some((compare, on.unwrap_or(answer.to_date))), told),
        };
        Self { compare, from, to, at: Some(answer.org.clone()), split }
    }

    /// What to ask so that it is seen again.
    #[must_use]
    pub fn when(&self) -> When {
        let period = |taken: Taken| Some(Period { start: taken.start?, end: taken.end });
        match (self.compare, period(self.from).zip(period(self.to))) {
            (Some((compare, on)), _) => When::Compare(compare, Some(on)),
            (None, Some((from, to))) => When::Periods(from, to),
            (None, None) => When::Days(self.from.end, self.to.end),
        }
    }

    /// Both values' days, against what, and how it was taken apart.
    #[must_use]
    pub fn said(&self) -> Message {
        let ends = match self.compare {
            Some((compare, _)) => {
                Message::new(msg!("kpi.page.days")).with("against", compare.label())
            }
            None => Message::new(msg!("finding.ends")),
        };
        let ends = ends.with("from", self.from.said()).with("to", self.to.said());
        match &self.split {
            None => ends,
            Some(Split { by, part: None, .. }) => Message::new(msg!("finding.split-whole"))
                .with("ends", ends)
                .with("at", self.at.clone().unwrap_or_default())
                .with("by", by.word()),
            Some(Split { by, part: Some(part), .. }) => Message::new(msg!("finding.split"))
                .with("ends", ends)
                .with("at", self.at.clone().unwrap_or_default())
                .with("by", by.word())
                .with("part", part.as_str()),
        }
    }
}

/// What commands give, and the database takes.
impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let split = self.split.as_ref();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("compare", &self.compare.map(|(compare, _)| compare))?;
        map.serialize_entry("on", &self.compare.map(|(_, on)| on))?;
        map.serialize_entry("from_start", &self.from.start)?;
        map.serialize_entry("from", &self.from.end)?;
        map.serialize_entry("to_start", &self.to.start)?;
        map.serialize_entry("to", &self.to.end)?;
        map.serialize_entry("at", &self.at)?;
        map.serialize_entry("by", &split.map(|split| split.by.word()))?;
        map.serialize_entry("method", &split.and_then(|split| split.method).map(Method::option))?;
        map.serialize_entry("part", &split.and_then(|split| split.part.as_deref()))?;
        map.end()
    }
}
