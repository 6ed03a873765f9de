//! A task is offered to another by keys: to whom, until when, with which share, in which words. What was typed stands again if it is refused.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::jobs;
use super::prompts::prompt;
use crate::app::branch::BranchAsk;
use crate::app::command::branch_available as can;
use crate::app::effect::{Effect, Request};
use crate::app::field::Field;
use crate::app::state::{Overlay, Page, Prompt, PromptFor, State};
use crate::domain::id::{CustomerId, PushId};
use crate::domain::message::{Key, Message};
use crate::domain::task::CREDIT;
use crate::msg;

/// What is asked for, in turn; what each was answered with stands at its place among what is carried. The task follows.
const ASKED: [(PromptFor, Key); 4] = [
    (PromptFor::ReferTo, msg!("task.prompt.refer-to")),
    (PromptFor::ReferDue, msg!("task.prompt.refer-due")),
    (PromptFor::ReferCredit, msg!("task.prompt.refer-credit")),
    (PromptFor::ReferNote, msg!("task.prompt.refer-note")),
];

/// Asks to whom the task on screen is offered.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let Some(task) = can::task(state) else { return vec![] };
    let due = state.session.bank.as_ref().map(|bank| {
        let day = bank.as_of + TimeDelta::days(3);
        last_day(state).map_or(day, |last| day.min(last)).to_string()
    });
    let carried = vec![
        String::new(),
        due.unwrap_or_default(),
        CREDIT.to_string(),
        String::new(),
        task.push.to_string(),
        task.customer.to_string(),
    ];
    ask_for(state, 0, carried)
}

/// The last day of the order of the task on screen.
fn last_day(state: &State) -> Option<NaiveDate> {
    match state.page()? {
        Page::BranchTasks(page) => page.row()?.due,
        Page::Task(page) => Some(page.detail.as_ref()?.deadline),
        _ => None,
    }
}

fn ask_for(state: &mut State, at: usize, carried: Vec<String>) -> Vec<Effect> {
    let text = carried.get(at).cloned().unwrap_or_default();
    prompt(state, ASKED[at], &text, carried)
}

/// Takes the line that one of these prompts asked for.
pub(super) fn answer(
    state: &mut State,
    mut asked: Prompt,
    text: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let Some(at) = ASKED.iter().position(|(of, _)| *of == asked.of) else { return vec![] };
    let wrong = match asked.of {
        PromptFor::ReferTo if text.is_empty() => return vec![],
        PromptFor::ReferDue if text.parse::<NaiveDate>().is_err() => {
            Some(msg!("task.form.no-day").into())
        }
        PromptFor::ReferCredit if credit(text).is_none() => {
            Some(Message::new(msg!("task.refused.credit")).with("detail", text))
        }
        _ => None,
    };
    if wrong.is_some() {
        asked.error = wrong;
        state.overlay = Some(Overlay::Prompt(asked));
        return vec![];
    }
    if let Some(place) = asked.carried.get_mut(at) {
        text.clone_into(place);
    }
    if at + 1 < ASKED.len() {
        return ask_for(state, at + 1, asked.carried);
    }
    refer(state, asked, now)
}

/// A share in whole per cent.
fn credit(text: &str) -> Option<i32> {
    text.parse().ok().filter(|credit| (0..=100).contains(credit))
}

fn refer(state: &mut State, asked: Prompt, now: DateTime<Utc>) -> Vec<Effect> {
    let step = match &asked.carried[..] {
        [to, due, share, note, push, customer] => due
            .parse()
            .ok()
            .zip(credit(share))
            .zip(push.parse().ok().zip(customer.parse().ok()))
            .map(|((due, credit), (push, customer))| BranchAsk::Refer {
                push: PushId(push),
                customer: CustomerId(customer),
                to: to.clone(),
                due,
                credit,
                note: (!note.is_empty()).then(|| note.clone()),
            }),
        _ => None,
    };
    let Some(step) = step else { return vec![] };
    let title = msg!("task.job.refer").into();
    let effects = jobs::begin(state, title, Request::Branch(step), now);
    if let Some(job) = &mut state.job {
        job.asked = Some(Box::new(asked));
    }
    effects
}

/// The question that the offer was refused for, with what was typed there; the others keep theirs, too.
pub(super) fn again(asked: Prompt, why: &Message) -> Prompt {
    let at = match why.key.0 {
        "task.refused.due" => 1,
        "task.refused.credit" => 2,
        _ => 0,
    };
    let (of, title) = ASKED[at];
    let field = Field::new(asked.carried.get(at).cloned().unwrap_or_default());
    Prompt { of, title, field, ..asked }
}
