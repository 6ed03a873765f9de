//! What was laid aside, and how it is taken up again: outcomes that could not be taken in, strategies that were put away or stand
//! still since everything was stopped, delegations.

use crate::app::command::{CommandId as Id, desk_available as can};
use chrono::{DateTime, Utc};

use super::prompts::prompt;
use super::{jobs, looking};
use crate::app::desk::{Desk, DeskAsk};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::state::{Overlay, Page, Prompt, PromptFor, State, Tone};
use crate::app::study::Study;
use crate::domain::id::CustomerId;
use crate::domain::message::Message;
use crate::msg;

/// Does what one of these commands does.
pub(super) fn act(state: &mut State, id: Id, now: DateTime<Utc>) -> Vec<Effect> {
    let asked = match id {
        Id::GoInbox => return show(state, Desk::Inbox),
        Id::GoShelf => return show(state, Desk::Shelf),
        Id::GoDelegations => return show(state, Desk::Delegations),
        Id::ResumeAll => {
            let title = msg!("console.prompt.resume-all");
            return prompt(state, (PromptFor::ResumeAll, title), "", vec![]);
        }
        Id::LeaveOff => {
            let Some((customer, strategy)) = can::listed(state) else { return vec![] };
            let carried = vec![customer.to_string(), strategy];
            let title = msg!("console.prompt.leave-off");
            return prompt(state, (PromptFor::LeaveOff, title), "", carried);
        }
        Id::ListAgain => can::listed(state).map(|(customer, strategy)| DeskAsk::Exclude {
            strategy,
            customer,
            note: None,
        }),
        Id::TakeOut => {
            can::shelved(state).map(|row| DeskAsk::TakeOut { code: row.text.code.clone() })
        }
        Id::EndDelegation => {
            can::delegation(state).map(|one| DeskAsk::EndDelegation { id: one.id })
        }
        _ => Some(DeskAsk::Retry),
    };
    asked.map_or_else(Vec::new, |asked| begin(state, asked, now))
}

/// Opens one of the pages.
pub(super) fn show(state: &mut State, desk: Desk) -> Vec<Effect> {
    looking::look(state, Study::Desk(desk))
}

fn begin(state: &mut State, asked: DeskAsk, now: DateTime<Utc>) -> Vec<Effect> {
    let title = match asked {
        DeskAsk::Retry => msg!("console.job.retry-inbox"),
        DeskAsk::TakeOut { .. } => msg!("console.job.take-out"),
        DeskAsk::EndDelegation { .. } => msg!("console.job.end-delegation"),
        DeskAsk::Exclude { .. } => msg!("console.job.leave-off"),
        DeskAsk::ResumeAll { .. } => msg!("console.job.resume-all"),
    };
    jobs::begin(state, title.into(), Request::Desk(asked), now)
}

/// What is asked before a delegation ends.
pub(super) fn question(state: &State) -> Option<Message> {
    let one = can::delegation(state)?;
    let asked = Message::new(msg!("console.ask.end-delegation"));
    Some(asked.with("name", one.delegate.as_str()).with("until", one.to))
}

/// Takes the reason for which all go on, or somebody is left off.
pub(super) fn answer(
    state: &mut State,
    mut prompted: Prompt,
    text: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let off = prompted.of == PromptFor::LeaveOff;
    if text.is_empty() {
        let why = if off { msg!("push.no-note") } else { msg!("life.no-reason") };
        prompted.error = Some(why.into());
        state.overlay = Some(Overlay::Prompt(prompted));
        return vec![];
    }
    if !off {
        return begin(state, DeskAsk::ResumeAll { reason: text.to_owned() }, now);
    }
    let [customer, strategy] = &prompted.carried[..] else { return vec![] };
    let Ok(customer) = customer.parse().map(CustomerId) else { return vec![] };
    let (strategy, note) = (strategy.clone(), Some(text.to_owned()));
    begin(state, DeskAsk::Exclude { strategy, customer, note }, now)
}

/// It is done: the page is read anew, and so are the strategies and what waits.
pub(super) fn taken_up(state: &mut State, said: Message) -> Vec<Effect> {
    state.say(Tone::Done, said);
    let mut effects = vec![
        state.ask(Slot::Strategies, Request::Strategies),
        state.ask(Slot::Work, Request::Work),
    ];
    if matches!(state.page(), Some(Page::Study(_))) {
        effects.extend(looking::ask(state));
    }
    effects
}
