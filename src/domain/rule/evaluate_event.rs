//! Which of a customer's events a rule counts.

use chrono::NaiveDate;

use super::compare::CompareOp;
use super::evaluate::{Known, answers, like};
use super::expr::{EventFilter, EventSet, Rule};
use super::facts::{EventFact, Fact, Facts};

impl Rule {
    /// The day of an event where the bank is.
    pub(super) fn day_of(&self, event: &EventFact) -> NaiveDate {
        event.at.with_timezone(&self.timezone).date_naive()
    }

    pub(super) fn event_day(&self, event: Option<&EventFact>) -> Option<Known> {
        event.map(|event| Known::Fact(Fact::Date(self.day_of(event))))
    }

    /// The events of a set, the earliest first.
    pub(super) fn counted(&self, set: &EventSet, facts: &dyn Facts) -> Vec<EventFact> {
        let after = set.back.and_then(|back| back.before(self.as_of));
        let mut events = facts.events(set.kind.id);
        events.retain(|event| {
            let day = self.day_of(event);
            day <= self.as_of
                && after.is_none_or(|after| day > after)
                && set.filter.as_ref().is_none_or(|filter| passes(filter, event) == Some(true))
        });
        events.sort_by_key(|event| event.at);
        events
    }
}

/// Whether an event is of the kind that a filter lets through, `None` where that is unknown.
fn passes(filter: &EventFilter, event: &EventFact) -> Option<bool> {
    match filter {
        EventFilter::Amount { op, value } => Some(answers(*op, event.amount?.cmp(value))),
        EventFilter::AmountBetween { negated, low, high } => {
            Some((*low..=*high).contains(&event.amount?) != *negated)
        }
        EventFilter::AmountIsNull { negated } => Some(event.amount.is_none() != *negated),
        EventFilter::Detail { negated, values } => {
            let detail = event.detail.as_ref()?;
            Some(values.iter().any(|v| answers(CompareOp::Eq, v.cmp(detail))) != *negated)
        }
        EventFilter::DetailLike { negated, pattern } => {
            Some(like(event.detail.as_ref()?, pattern) != *negated)
        }
        EventFilter::DetailIsNull { negated } => Some(event.detail.is_none() != *negated),
        EventFilter::Not(inner) => passes(inner, event).map(|passes| !passes),
        EventFilter::And(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| passes(part, event)).collect();
            decided(&parts, false)
        }
        EventFilter::Or(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| passes(part, event)).collect();
            decided(&parts, true)
        }
    }
}

/// `decisive` if one of them is, else unknown if one of them is.
fn decided(parts: &[Option<bool>], decisive: bool) -> Option<bool> {
    if parts.contains(&Some(decisive)) {
        return Some(decisive);
    }
    if parts.contains(&None) { None } else { Some(!decisive) }
}
