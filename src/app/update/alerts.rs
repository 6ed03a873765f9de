//! Alerts in the console: a new one in two lines, its condition changed, and given to another.

use chrono::{DateTime, Utc};

use super::jobs;
use crate::app::command::metric_available as can;
use crate::app::effect::{AlertAsked, Effect, Request};
use crate::app::field::Field;
use crate::app::state::{Overlay, Prompt, PromptFor, State};
use crate::app::study::Finding;
use crate::domain::alert::typed;
use crate::domain::message::{Key, Message};
use crate::msg;

fn prompt(
    state: &mut State,
    (of, title): (PromptFor, Key),
    text: &str,
    carried: Vec<String>,
) -> Vec<Effect> {
    let field = Field::new(text);
    state.overlay = Some(Overlay::Prompt(Prompt { of, title, field, carried, error: None }));
    vec![]
}

/// Asks for the code and the name of a new alert, with a code that is free.
pub(super) fn new(state: &mut State) -> Vec<Effect> {
    let rows = match super::looking::page(state).and_then(|page| page.whole()) {
        Some(Finding::Alerts(rows)) => rows.as_slice(),
        _ => &[],
    };
    let free = |n: &usize| rows.iter().all(|row| row.text.code != format!("AL-{n}"));
    // Among as many codes and one more than there are alerts, one is free.
    let code = (1..=rows.len() + 1).find(free).map_or_else(String::new, |n| format!("AL-{n} "));
    prompt(state, (PromptFor::AlertName, msg!("console.prompt.alert-name")), &code, vec![])
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
            let metric = state.kpi.list.all().first().map_or("aum", |row| row.metric.as_str());
            let line = format!("{metric} change prev below -1.5 % branch");
            let next = (PromptFor::AlertText, msg!("console.prompt.alert-text"));
            prompt(state, next, &line, vec![code.to_owned(), name.to_owned()])
        }
        PromptFor::AlertText => {
            if let Err(wrong) = typed::read(text) {
                asked.error = Some(wrong);
                state.overlay = Some(Overlay::Prompt(asked));
                return vec![];
            }
            let (name, condition) = (carried(1), text.to_owned());
            let said = title(&code);
            let request = Request::SaveAlert(AlertAsked { code, name, condition });
            jobs::begin(state, said, request, now)
        }
        _ if text.is_empty() => vec![],
        _ => {
            let said = title(&code);
            let request = Request::OwnAlert { code, owner: text.to_owned() };
            jobs::begin(state, said, request, now)
        }
    }
}
