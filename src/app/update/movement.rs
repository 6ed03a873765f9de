//! The movement of a change in the rule that is written for its customers.
//!
//! A rule is read as of the bank's day, so it can say whose balance moved up to that day and of no period before it: of an earlier
//! one the rule would name those who moved since, who may be others altogether.

use chrono::NaiveDate;

use crate::app::state::explain::ExplainPage;
use crate::app::state::{State, Tone};
use crate::domain::decomposition::{Explanation, When};
use crate::domain::message::Message;
use crate::domain::metric::compare::Compare;
use crate::msg;

/// A balance that went one way between two days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Movement {
    from: NaiveDate,
    to: NaiveDate,
    change: f64,
}

impl Movement {
    /// That of a metric; none of one that is no balance in customers' records, or that did not move.
    pub(super) fn of(
        metric: &str,
        (from, to): (NaiveDate, NaiveDate),
        change: f64,
    ) -> Option<Self> {
        (metric == "aum" && change != 0.0).then_some(Self { from, to, change })
    }

    /// Of balances, a rule can say who moved the way the whole did: between two days, asked for or those of a comparison. A plan and
    /// a mean of days are no balance of a day.
    pub(super) fn seen(page: &ExplainPage, answer: &Explanation, effect: f64) -> Option<Self> {
        let days = match page.when() {
            When::Days(from, to) => (from, to),
            When::Compare(Compare::Prev | Compare::Yoy | Compare::Ytd, _) => {
                let of_days = answer.from_start.is_none() && answer.to_start.is_none();
                of_days.then_some((answer.from_date, answer.to_date))?
            }
            When::Compare(Compare::Plan, _) | When::Periods(..) => return None,
        };
        Self::of(&page.metric, days, effect)
    }

    /// The condition, where a rule says this movement and no other.
    pub(super) fn condition(self, state: &State) -> Option<String> {
        let today = state.session.bank.as_ref().map(|bank| bank.as_of);
        let days = (self.to - self.from).num_days().max(1);
        let side = if self.change < 0.0 { "<" } else { ">" };
        (today == Some(self.to)).then(|| format!("change('aum', interval '{days} days') {side} 0"))
    }

    /// Says that a rule which was just written leaves the movement out.
    pub(super) fn say_left_out(self, state: &mut State) {
        let Some(today) = state.session.bank.as_ref().map(|bank| bank.as_of) else { return };
        let said = Message::new(msg!("console.rule.past-movement")).with("to", self.to);
        state.say(Tone::Info, said.with("today", today));
    }
}
