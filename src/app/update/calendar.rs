//! The calendar: the day under the cursor, the month around it, and where a line of the day leads.

use crate::app::command::{CommandId as Id, chosen};
use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::{home, looking};
use crate::app::command::calendar_available::entry;
use crate::app::effect::Effect;
use crate::app::listing::Freshness;
use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::app::study::{Reviewed, Study};
use crate::domain::agenda::{Entry, Planned};

/// Does what a command of the calendar does.
pub(super) fn act(state: &mut State, id: Id) -> Vec<Effect> {
    let onward = |day: NaiveDate| match id {
        Id::DayBefore => day.checked_sub_days(Days::new(1)),
        Id::DayAfter => day.checked_add_days(Days::new(1)),
        Id::WeekBefore => day.checked_sub_days(Days::new(7)),
        Id::WeekAfter => day.checked_add_days(Days::new(7)),
        Id::MonthBefore => day.checked_sub_months(Months::new(1)),
        _ => day.checked_add_months(Months::new(1)),
    };
    if id == Id::GoCalendar {
        return show(state);
    }
    match chosen::study(state).and_then(StudyPage::day).and_then(onward) {
        Some(day) => go_to(state, day),
        None => vec![],
    }
}

/// The month of the bank's day.
fn show(state: &mut State) -> Vec<Effect> {
    let Some(day) = state.session.bank.as_ref().map(|bank| bank.as_of) else { return vec![] };
    looking::look(state, Study::Calendar { day })
}

/// Puts the cursor on a day; if it is one of another month, that is asked for.
fn go_to(state: &mut State, day: NaiveDate) -> Vec<Effect> {
    let Some(page) = looking::page(state) else { return vec![] };
    let Some(before) = page.day() else { return vec![] };
    page.study = Study::Calendar { day };
    page.row = 0;
    if (before.year(), before.month()) == (day.year(), day.month()) {
        return vec![];
    }
    (page.finding, page.narrowed, page.freshness) = (None, None, Freshness::Unknown);
    looking::ask(state).into_iter().collect()
}

/// Opens what the line of the day is about: a push, the plan of a wave, a review.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let Some(entry) = chosen::study(state).and_then(entry) else { return vec![] };
    match entry {
        Entry::Push(push) => {
            let push = push.push.to_string();
            home::to_push(state, &push)
        }
        Entry::Plan(plan) => {
            let (strategy, version) = (plan.strategy.clone(), plan.version);
            match plan.what {
                Planned::Wave { .. } => home::to_wave(state, &strategy, version),
                Planned::Review { push, .. } => {
                    looking::look(state, Study::Review { strategy, of: Reviewed::Push(push) })
                }
            }
        }
    }
}
