//! Whether the calendar can be looked at now, and the sentence that says why not.

use super::chosen::study;
use super::gate::{Can, given, no_line, online};
use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::app::study::Finding;
use crate::domain::agenda::{Agenda, Entry, Planned};
use crate::msg;

/// The line of the day that the cursor is on.
#[must_use]
pub fn entry(page: &StudyPage) -> Option<Entry<'_>> {
    match &page.finding {
        Some(Finding::Calendar(agenda)) => agenda.entries(page.day()?).get(page.row).copied(),
        _ => None,
    }
}

/// A line of the day is under the cursor.
///
/// # Errors
/// That the day has none.
pub fn open(state: &State, page: &StudyPage) -> Can {
    given(entry(page).is_some(), || msg!("console.reason.nothing-here").into())?;
    online(state)
}

/// The line is up and the bank's day is known.
///
/// # Errors
/// What is missing.
pub fn go(state: &State) -> Can {
    online(state)?;
    given(state.session.bank.is_some(), || no_line(state))
}

/// A calendar is on screen. Within the month nobody has to be asked; for another one the line must be up, which the page says.
///
/// # Errors
/// That there is none.
pub fn turn(state: &State) -> Can {
    let there = study(state).is_some_and(|page| page.day().is_some());
    given(there, || msg!("console.reason.nothing-here").into())
}

/// What the copy of the line, or of a day without one, says.
#[must_use]
pub fn row_text(agenda: &Agenda, page: &StudyPage) -> Option<String> {
    let day = page.day()?;
    Some(match entry(page) {
        Some(Entry::Push(push)) => format!(
            "#{}\t{} v{}\t{}\t{}\t{}\t{}",
            push.push,
            push.strategy,
            push.version,
            push.from,
            push.to,
            push.tasks,
            page.whole_month().unwrap_or(agenda).shared_of(push)
        ),
        Some(Entry::Plan(plan)) => {
            let what = match plan.what {
                Planned::Wave { wave } => format!("/ {wave}"),
                Planned::Review { push, .. } => format!("#{push}"),
            };
            format!("{day}\t{} v{}\t{what}", plan.strategy, plan.version)
        }
        None => day.to_string(),
    })
}
