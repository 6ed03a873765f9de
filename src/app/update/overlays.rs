//! Palette, help, prompts and questions.

use crate::app::command::{CommandId as Id, available, chosen};
use chrono::{DateTime, Utc};

use super::prompts::prompt;
use super::{
    branch, coaching, deliveries, desks, explain, exports, jobs, life, metrics, moments, referral,
    reviews, study, test_pushes,
};
use crate::app::effect::{Effect, Request};
use crate::app::field::Field;
use crate::app::span::Span;
use crate::app::state::{Confirm, Overlay, Page, Prompt, PromptFor, State};
use crate::domain::decomposition::When;
use crate::domain::message::Message;
use crate::msg;

/// Lays the question before the command.
pub(super) fn ask_first(state: &mut State, command: Id, question: Message) {
    state.overlay = Some(Overlay::Confirm(Confirm { command, question, then: None }));
}

/// What is asked before a command that binds people.
pub(super) fn question(state: &State, id: Id) -> Option<Message> {
    Some(match id {
        Id::Submit => {
            let text = &chosen::strategy(state)?.text;
            let asked = Message::new(msg!("console.ask.submit"))
                .with("code", text.code.as_str())
                .with("segment", text.segment.as_str());
            life::with_effect(state, life::with_money(state, asked))
        }
        Id::Approve => {
            let row = chosen::strategy(state)?;
            let asked = Message::new(msg!("console.ask.approve"))
                .with("code", row.text.code.as_str())
                .with("version", row.version)
                .with("author", row.author.as_str())
                .with("hash", row.hash?.to_string().chars().take(12).collect::<String>());
            let asked = life::with_money(state, life::with_levels(state, asked));
            life::with_effect(state, asked)
        }
        Id::Sign => {
            let order = chosen::order(state)?;
            Message::new(msg!("console.ask.sign"))
                .with("org", order.name.as_str())
                .with("tasks", order.tasks)
                .with("deadline", order.deadline)
        }
        Id::Archive => {
            let text = &chosen::strategy(state)?.text;
            Message::new(msg!("console.ask.archive")).with("code", text.code.as_str())
        }
        Id::EnableMoment => moments::question(state)?,
        Id::NewTest => test_pushes::question(state)?,
        Id::EndDelegation => desks::question(state)?,
        Id::ReplayDead | Id::ReplayAll => deliveries::question(state, id)?,
        Id::DropDraft => {
            let draft = available::shown_draft(state)?;
            Message::new(msg!("console.ask.drop-draft")).with("code", draft.called())
        }
        id => return branch::question(state, id),
    })
}

/// Opens the palette.
pub(super) fn palette(state: &mut State) -> Vec<Effect> {
    let from = state.context();
    state.overlay = Some(Overlay::Palette { field: Field::default(), cursor: 0, from });
    vec![]
}

/// Opens the help.
pub(super) fn help(state: &mut State) -> Vec<Effect> {
    let from = state.context();
    state.overlay = Some(Overlay::Help { field: Field::default(), cursor: 0, from });
    vec![]
}

/// Asks for the outcome file.
pub(super) fn ask_outcomes(state: &mut State) -> Vec<Effect> {
    prompt(state, (PromptFor::Outcomes, msg!("console.prompt.outcomes")), "", vec![])
}

/// Asks for the two days; where a change is taken apart, also for two periods.
pub(super) fn ask_dates(state: &mut State) -> Vec<Effect> {
    let days = |span: Span| When::Days(span.from, span.to);
    let (when, title) = match state.page() {
        Some(Page::Explain(page)) => {
            let periods = page.periods.map(|(from, to)| When::Periods(from, to));
            (Some(periods.unwrap_or(days(page.span))), msg!("console.prompt.periods"))
        }
        _ => (state.kpi.span.map(days), msg!("console.prompt.dates")),
    };
    let written = when.and_then(When::written);
    let text = written.map_or_else(String::new, |(from, to)| format!("{from} {to}"));
    prompt(state, (PromptFor::Dates, title), &text, vec![])
}

/// Takes the line that a prompt asked for.
pub(super) fn answer(state: &mut State, mut prompt: Prompt, now: DateTime<Utc>) -> Vec<Effect> {
    let text = prompt.field.text().trim().to_owned();
    match prompt.of {
        PromptFor::Outcomes | PromptFor::Table if text.is_empty() => vec![],
        PromptFor::Outcomes => {
            let title = Message::new(msg!("console.job.outcomes")).with("path", text.as_str());
            jobs::begin(state, title, Request::Outcomes { path: text }, now)
        }
        PromptFor::Table => exports::save(state, prompt.carried, &text, now),
        PromptFor::Dates => {
            let explains = matches!(state.page(), Some(Page::Explain(_)));
            match When::read_line(&text) {
                Some(When::Days(from, to)) => return dates(state, Span { from, to }),
                Some(When::Periods(from, to)) if explains => {
                    return explain::periods(state, (from, to));
                }
                _ => {}
            }
            let wrong = if explains {
                msg!("console.prompt.bad-periods")
            } else {
                msg!("console.prompt.bad-dates")
            };
            prompt.error = Some(wrong.into());
            state.overlay = Some(Overlay::Prompt(prompt));
            vec![]
        }
        PromptFor::ExplainBy
        | PromptFor::Finding
        | PromptFor::Closing
        | PromptFor::Mute
        | PromptFor::AlertName
        | PromptFor::AlertText
        | PromptFor::AlertOwner => metrics::answer(state, prompt, &text, now),
        PromptFor::RecheckText | PromptFor::RecheckDue => {
            coaching::answer(state, prompt, &text, now)
        }
        PromptFor::Feedback | PromptFor::GiveBack | PromptFor::Extend => {
            branch::answer(state, prompt, &text, now)
        }
        PromptFor::ReferTo
        | PromptFor::ReferDue
        | PromptFor::ReferCredit
        | PromptFor::ReferNote => referral::answer(state, prompt, &text, now),
        PromptFor::Verdict | PromptFor::VerdictText | PromptFor::Report => {
            reviews::answer(state, &prompt, &text, now)
        }
        PromptFor::Comment
        | PromptFor::Reason
        | PromptFor::KillReason
        | PromptFor::KillWord
        | PromptFor::Delegate => life::answer(state, prompt, &text, now),
        PromptFor::ResumeAll | PromptFor::LeaveOff => desks::answer(state, prompt, &text, now),
        PromptFor::TestUnit | PromptFor::TestAnswer => {
            test_pushes::answer(state, prompt, &text, now)
        }
        _ => study::answer(state, &prompt, &text, now),
    }
}

/// The same question once more with what was typed, and why it was refused; of several the one that it was refused for.
pub(super) fn again(asked: Prompt, why: Message) -> Prompt {
    let carried = |at: usize| asked.carried.get(at).cloned().unwrap_or_default();
    let of_code =
        [msg!("segment.upload.not-a-list"), msg!("segment.not-a-code"), msg!("segment.code-case")];
    let asked = match asked.of {
        PromptFor::ListKey if of_code.contains(&why.key) => Prompt {
            of: PromptFor::ListCode,
            title: msg!("console.prompt.list-code"),
            field: Field::new(carried(1)),
            carried: vec![carried(0), asked.field.text().to_owned()],
            error: None,
        },
        PromptFor::AlertText if why.key == msg!("alert.taken") => Prompt {
            of: PromptFor::AlertName,
            title: msg!("console.prompt.alert-name"),
            field: Field::new(format!("{} {}", carried(0), carried(1))),
            carried: vec![asked.field.text().to_owned()],
            error: None,
        },
        PromptFor::ReferNote => referral::again(asked, &why),
        _ => asked,
    };
    Prompt { error: Some(why), ..asked }
}

fn dates(state: &mut State, span: Span) -> Vec<Effect> {
    state.kpi.span = Some(span);
    state.kpi.chosen = true;
    let mut effects = vec![state.ask_kpi(span)];
    if let Some(Page::Explain(page)) = state.pages.last_mut() {
        (page.span, page.periods) = (span, None);
        effects.extend(explain::both(state));
    }
    effects
}
