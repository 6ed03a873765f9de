//! Alerts in the console: a new one in two lines, its condition changed, and given to another.

use chrono::{DateTime, Utc};

use super::jobs;
use super::prompts::prompt;
use crate::app::command::{chosen, metric_available as can};
use crate::app::effect::{AlertAsked, Effect, Request};
use crate::app::state::{Overlay, Prompt, PromptFor, State};
use crate::app::study::Finding;
use crate::domain::alert::{AlertRow, typed};
use crate::domain::message::Message;
use crate::msg;

/// What is carried along with an alert whose code nobody has yet.
const NEW: &str = "new";

/// Whether that is what makes a new alert.
pub(super) fn is_new(asked: &Prompt) -> bool {
    asked.of == PromptFor::AlertText && asked.carried.get(2).is_some_and(|word| word == NEW)
}

/// Asks for the code and the name of a new alert, with a code that is free.
pub(super) fn new(state: &mut State) -> Vec<Effect> {
    let rows = known(state);
    let free = |n: &usize| rows.iter().all(|row| row.text.code != format!("AL-{n}"));
    // Among as many codes and one more than there are alerts, one is free.
    let code = (1..=rows.len() + 1).find(free).map_or_else(String::new, |n| format!("AL-{n} "));
    prompt(state, (PromptFor::AlertName, msg!("console.prompt.alert-name")), &code, vec![])
}

/// The alerts on the page, also those that its filter hides.
fn known(state: &State) -> &[AlertRow] {
    match chosen::study(state).and_then(|page| page.whole()) {
        Some(Finding::Alerts(rows)) => rows,
        _ => &[],
    }
}

/// Asks for another condition of the alert under the cursor.
pub(super) fn edit(state: &mut State) -> Vec<Effect> {
    let Some(row) = can::alert_row(state) else { return vec![] };
    let line = typed::written(&row.text, scale_of(state, row.money));
    let carried = vec![row.text.code.clone(), row.text.name.clone()];
    prompt(state, (PromptFor::AlertText, msg!("console.prompt.alert-text")), &line, carried)
}

/// Asks whose the alert under the cursor is to be.
pub(super) fn own(state: &mut State) -> Vec<Effect> {
    let Some(row) = can::alert_row(state) else { return vec![] };
    let (owner, code) = (row.owner.clone(), row.text.code.clone());
    prompt(state, (PromptFor::AlertOwner, msg!("console.prompt.alert-owner")), &owner, vec![code])
}

/// Minor units in one of those in which amounts of a metric are typed.
fn scale_of(state: &State, money: bool) -> f64 {
    let scale = state.session.bank.as_ref().map(|bank| bank.currency.scale());
    // A currency has at most 10^4 minor units.
    let scale = scale.filter(|_| money).and_then(|scale| i32::try_from(scale).ok());
    scale.map_or(1.0, f64::from)
}

/// Takes the line that a prompt of an alert asked for.
pub(super) fn answer(
    state: &mut State,
    mut asked: Prompt,
    text: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let carried = |at: usize| asked.carried.get(at).cloned().unwrap_or_default();
    let code = carried(0);
    let title = |code: &str| Message::new(msg!("console.job.alert")).with("code", code);
    match asked.of {
        PromptFor::AlertName => {
            let (code, name) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            let name = name.trim();
            if code.is_empty() || name.is_empty() {
                asked.error = Some(msg!("alert.name").into());
                state.overlay = Some(Overlay::Prompt(asked));
                return vec![];
            }
            if let Some(row) =
                known(state).iter().find(|row| row.text.code.to_lowercase() == code.to_lowercase())
            {
                let taken = Message::new(msg!("alert.taken")).with("code", row.text.code.as_str());
                asked.error = Some(taken.with("name", row.text.name.as_str()));
                state.overlay = Some(Overlay::Prompt(asked));
                return vec![];
            }
            // A condition that was typed before the code was found to be taken is offered again.
            let typed = asked.carried.first().cloned();
            let metric = state.kpi.list.all().first().map_or("aum", |row| row.metric.as_str());
            let line = format!("{metric} change prev below -1.5 % branch");
            let next = (PromptFor::AlertText, msg!("console.prompt.alert-text"));
            let carried = vec![code.to_owned(), name.to_owned(), NEW.to_owned()];
            prompt(state, next, &typed.unwrap_or(line), carried)
        }
        PromptFor::AlertText => {
            if let Err(wrong) = typed::read(text) {
                asked.error = Some(wrong);
                state.overlay = Some(Overlay::Prompt(asked));
                return vec![];
            }
            let (name, condition, new) = (carried(1), text.to_owned(), carried(2) == NEW);
            let said = title(&code);
            let request = Request::SaveAlert(AlertAsked { code, name, condition, new });
            let effects = jobs::begin(state, said, request, now);
            if let Some(job) = &mut state.job {
                job.asked = Some(Box::new(asked));
            }
            effects
        }
        _ if text.is_empty() => vec![],
        _ => {
            let said = title(&code);
            let request = Request::OwnAlert { code, owner: text.to_owned() };
            jobs::begin(state, said, request, now)
        }
    }
}
