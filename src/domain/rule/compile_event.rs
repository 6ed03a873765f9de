//! The SQL of what a rule asks of events.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Offset as _, TimeZone, Utc};

use super::bind::Bind;
use super::compile::Compiler;
use super::expr::{EventFilter, EventSet};
use super::value::Interval;

impl Compiler {
    /// A column reckoned of the events of a set for each customer, null where there are none.
    pub(super) fn of_events(&mut self, events: &EventSet, column: &str) {
        let rows = self.event_rows(events);
        let column = self.joins.grouped(rows, column.to_owned());
        self.push(&column);
    }

    /// The day of the first or last event of a set.
    pub(super) fn event_day(&mut self, events: &EventSet, column: &str) {
        self.push("(");
        self.of_events(events, column);
        self.in_zone();
        self.push(")::date");
    }

    /// ` at time zone $1`
    fn in_zone(&mut self) {
        self.push(" at time zone ");
        self.bind(Bind::Text(self.timezone.name().to_owned()));
    }

    /// `baton.event e where ...`
    fn event_rows(&mut self, events: &EventSet) -> String {
        self.aside(|c| {
            c.push("baton.event e where e.kind = ");
            c.bind(Bind::Int(events.kind.id.into()));
            // The days of the bank's zone as instants, so that the index by kind and instant serves.
            if let Some(from) = events.back.and_then(|back| back.before(c.as_of)) {
                c.bounded(" and e.at >= ", from);
            }
            c.bounded(" and e.at < ", c.as_of);
            if let Some(filter) = &events.filter {
                c.push(" and ");
                c.event_filter(filter);
            }
        })
    }

    /// `words` with the end of `day`.
    fn bounded(&mut self, words: &str, day: NaiveDate) {
        let end =
            day.checked_add_days(Days::new(1)).map(|next| first_instant(next, &self.timezone));
        if let Some(end) = end {
            self.push(words);
            self.bind(Bind::Instant(end));
        }
    }

    fn event_filter(&mut self, filter: &EventFilter) {
        let not = |negated: bool| if negated { "not " } else { "" };
        match filter {
            EventFilter::Amount { op, value } => {
                self.push(&format!("e.amount {} ", op.sql()));
                self.bind(Bind::Int(value.0));
            }
            EventFilter::AmountBetween { negated, low, high } => {
                self.push(&format!("e.amount {}between ", not(*negated)));
                self.bind(Bind::Int(low.0));
                self.push(" and ");
                self.bind(Bind::Int(high.0));
            }
            EventFilter::AmountIsNull { negated } => {
                self.push(&format!("e.amount is {}null", not(*negated)));
            }
            EventFilter::Detail { negated, values } => {
                self.push(if *negated { "e.detail <> all(" } else { "e.detail = any(" });
                self.bind(Bind::TextArray(values.clone()));
                self.push(")");
            }
            EventFilter::DetailLike { negated, pattern } => {
                self.push(&format!("e.detail {}like ", not(*negated)));
                self.pattern(pattern);
            }
            EventFilter::DetailIsNull { negated } => {
                self.push(&format!("e.detail is {}null", not(*negated)));
            }
            EventFilter::Not(inner) => {
                self.push("not (");
                self.event_filter(inner);
                self.push(")");
            }
            EventFilter::And(parts) => self.joined(parts, " and ", Self::event_filter),
            EventFilter::Or(parts) => self.joined(parts, " or ", Self::event_filter),
        }
    }

    /// Those of whose `first` events one has a `then` event after it, by the calendar at most `within` later.
    pub(super) fn followed_by(&mut self, first: &EventSet, then: &EventSet, within: Interval) {
        let (first, then) = (self.event_rows(first), self.event_rows(then));
        // Whole days of instants first, which cost less than days of the calendar.
        let hours = (i64::from(within.months) * 31 + i64::from(within.days) + 2) * 24;
        let set = self.aside(|c| {
            c.push("(select distinct t.customer_id from (select e.customer_id, e.at from ");
            c.push(&first);
            c.push(") f join (select e.customer_id, e.at from ");
            c.push(&then);
            c.push(
                ") t on t.customer_id = f.customer_id and t.at > f.at and t.at < f.at + make_interval(hours => ",
            );
            c.bind(Bind::Int(hours));
            c.push("::int) and (t.at");
            c.in_zone();
            c.push(")::date <= ((f.at");
            c.in_zone();
            c.push(")::date + make_interval(months => ");
            c.bind(Bind::Int(within.months.into()));
            c.push("::int, days => ");
            c.bind(Bind::Int(within.days.into()));
            c.push("::int))::date)");
        });
        self.among(set);
    }
}

/// The first instant of a day, also where clocks skip or repeat its midnight.
fn first_instant<Z: TimeZone>(day: NaiveDate, zone: &Z) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    if let Some(first) = zone.from_local_datetime(&midnight).earliest() {
        return first.to_utc();
    }
    // Skipped: it is the moment of the change, which the clock of before calls midnight.
    let before = midnight - chrono::TimeDelta::days(1);
    let offset = zone.offset_from_utc_datetime(&before).fix();
    (midnight - offset).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rule::tests::day;

    #[test]
    fn a_day_begins_where_its_midnight_is_skipped_or_comes_twice() {
        let first = |y, m, d, zone: chrono_tz::Tz| first_instant(day(y, m, d), &zone).to_rfc3339();
        let shanghai = chrono_tz::Asia::Shanghai;
        assert_eq!(first(2026, 11, 21, shanghai), "2026-11-20T16:00:00+00:00");
        // São Paulo skipped it in spring, Havana has it twice in autumn.
        let paulo = chrono_tz::America::Sao_Paulo;
        assert_eq!(first(2018, 11, 4, paulo), "2018-11-04T03:00:00+00:00");
        let havana = chrono_tz::America::Havana;
        assert_eq!(first(2025, 11, 2, havana), "2025-11-02T04:00:00+00:00");
    }
}
