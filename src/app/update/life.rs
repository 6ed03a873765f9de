//! The life of a strategy by keys: sent back with a comment, paused and resumed with a reason, all stopped at once, and
//! approvals delegated.

use crate::app::command::{CommandId as Id, chosen};
use chrono::{DateTime, NaiveDate, Utc};

use super::jobs;
use super::prompts::prompt;
use crate::app::effect::{Effect, Request};
use crate::app::state::{Overlay, Prompt, PromptFor, State};
use crate::domain::hash::ContentHash;
use crate::domain::message::Message;
use crate::domain::strategy::StrategyState;
use crate::domain::strategy::facts::{self, money_in_short};
use crate::domain::strategy::life::Delegation;
use crate::msg;

/// What must be typed before everything is stopped.
const STOP: &str = "STOP";

/// The word that says a paused strategy goes on.
const GO: &str = "go";

/// Asks for the line that the command needs.
pub(super) fn ask(state: &mut State, id: Id) -> Vec<Effect> {
    let row = chosen::strategy(state);
    let code = row.map(|row| row.text.code.clone());
    let (of, title, carried) = match id {
        Id::SendBack => {
            // The text on screen, whatever is read while the comment is typed.
            let hash = row.and_then(|row| row.hash).map(|hash| hash.to_string());
            let Some((code, hash)) = code.zip(hash) else { return vec![] };
            (PromptFor::Comment, msg!("console.prompt.comment"), vec![code, hash])
        }
        Id::Brake => {
            let paused = row.is_some_and(|row| row.state == StrategyState::Paused);
            let Some(code) = code else { return vec![] };
            if paused {
                (PromptFor::Reason, msg!("console.prompt.resume"), vec![code, GO.to_owned()])
            } else {
                (PromptFor::Reason, msg!("console.prompt.pause"), vec![code])
            }
        }
        Id::KillSwitch => (PromptFor::KillReason, msg!("console.prompt.kill-reason"), vec![]),
        _ => (PromptFor::Delegate, msg!("console.prompt.delegate"), vec![]),
    };
    prompt(state, (of, title), "", carried)
}

/// Takes the line that was asked for.
pub(super) fn answer(
    state: &mut State,
    mut prompted: Prompt,
    text: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let carried = |at: usize| prompted.carried.get(at).cloned().unwrap_or_default();
    let done = match prompted.of {
        _ if text.is_empty() => Err(msg!("life.no-reason").into()),
        PromptFor::Comment => ContentHash::parse(&carried(1)).map_or_else(
            || Err(msg!("strategy.text-changed").into()),
            |hash| {
                let code = carried(0);
                let title = Message::new(msg!("console.job.send-back")).with("code", code.as_str());
                Ok((title, Request::SendBack { code, hash, comment: text.to_owned() }))
            },
        ),
        PromptFor::Reason => {
            let (code, stop) = (carried(0), carried(1) != GO);
            let key = if stop { msg!("console.job.pause") } else { msg!("console.job.resume") };
            let title = Message::new(key).with("code", code.as_str());
            Ok((title, Request::Brake { code, stop, reason: text.to_owned() }))
        }
        PromptFor::KillReason => {
            let title = msg!("console.prompt.kill-word");
            return prompt(state, (PromptFor::KillWord, title), "", vec![text.to_owned()]);
        }
        PromptFor::KillWord if text == STOP => {
            Ok((msg!("console.job.pause-all").into(), Request::BrakeAll { reason: carried(0) }))
        }
        PromptFor::KillWord => Err(msg!("console.prompt.not-stop").into()),
        _ => read_delegation(text).map_or_else(
            || Err(msg!("console.prompt.bad-delegation").into()),
            |(to, days)| {
                let title = Message::new(msg!("console.job.delegate")).with("name", to.as_str());
                Ok((title, Request::Delegate { to, days }))
            },
        ),
    };
    match done {
        Ok((title, request)) => jobs::begin(state, title, request, now),
        Err(error) => {
            prompted.error = Some(error);
            state.overlay = Some(Overlay::Prompt(prompted));
            vec![]
        }
    }
}

/// A name and two days.
fn read_delegation(text: &str) -> Option<(String, [NaiveDate; 2])> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [name, from, until] = words[..] else { return None };
    Some((name.to_owned(), [from.parse().ok()?, until.parse().ok()?]))
}

/// What is said of a delegation that was made.
pub(super) fn delegated(made: &Delegation) -> Message {
    Message::new(msg!("console.done.delegated"))
        .with("name", made.delegate.as_str())
        .with("from", made.from)
        .with("until", made.to)
}

/// A question with what the strategy under it costs.
pub(super) fn with_money(state: &State, asked: Message) -> Message {
    let currency = state.session.bank.as_ref().map(|bank| bank.currency);
    let row = chosen::strategy(state);
    match row.zip(currency).and_then(|(row, currency)| money_in_short(row, currency)) {
        Some(money) => {
            Message::new(msg!("console.ask.with-more")).with("asked", asked).with("more", money)
        }
        None => asked,
    }
}

/// A question with what the control group of the strategy under it can show.
pub(super) fn with_effect(state: &State, asked: Message) -> Message {
    match chosen::strategy(state) {
        Some(row) => Message::new(msg!("console.ask.with-more"))
            .with("asked", asked)
            .with("more", Message::new(msg!("console.ask.effect")).with("said", facts::shows(row))),
        None => asked,
    }
}

/// A question with which of two approvals it would be.
pub(super) fn with_levels(state: &State, asked: Message) -> Message {
    let Some(life) = chosen::strategy(state).map(|row| &row.life) else { return asked };
    if life.levels < 2 {
        return asked;
    }
    let more = Message::new(msg!("console.ask.levels"))
        .with("level", life.given.len() + 1)
        .with("levels", life.levels);
    Message::new(msg!("console.ask.with-more")).with("asked", asked).with("more", more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delegation_is_a_name_and_two_days() {
        let (name, days) = read_delegation(" wu.deputy 2026-12-01  2026-12-07 ").unwrap();
        assert_eq!((name.as_str(), days[1].to_string().as_str()), ("wu.deputy", "2026-12-07"));
        for text in [
            "",
            "wu.deputy",
            "wu.deputy 2026-12-01",
            "2026-12-01 2026-12-07",
            "a b c",
            "a 2026-12-01 2026-12-02 b",
        ] {
            assert!(read_delegation(text).is_none(), "{text}");
        }
    }
}
