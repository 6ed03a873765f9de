//! The page of a strategy's test pushes: made for the author's own unit, answered by it, taken back.

use crate::app::command::{CommandId as Id, chosen, test_push_available as can};
use chrono::{DateTime, Utc};

use super::prompts::prompt;
use super::{jobs, looking};
use crate::app::effect::{Effect, Request, TestAsk};
use crate::app::state::{Overlay, Prompt, PromptFor, State, Tone};
use crate::app::study::Study;
use crate::domain::message::Message;
use crate::domain::strategy::test_push::{EXAMPLES, TestPush, TestState};
use crate::msg;

/// Opens the tests of the chosen strategy.
pub(super) fn show(state: &mut State) -> Vec<Effect> {
    let Some(code) = chosen::strategy(state).map(|row| row.text.code.clone()) else {
        return vec![];
    };
    of(state, code)
}

/// Opens the tests of this strategy.
pub(super) fn of(state: &mut State, code: String) -> Vec<Effect> {
    looking::look(state, Study::Tests { code })
}

/// The operator's own unit, if he has one.
fn own_unit(state: &State) -> Option<(String, String)> {
    state.session.who.as_ref()?.org.clone()
}

/// What is asked before a test is made; whoever is of the whole bank is asked for the unit first.
pub(super) fn question(state: &State) -> Option<Message> {
    let (row, (org, name)) = (can::tested(state)?, own_unit(state)?);
    let asked = Message::new(msg!("console.ask.new-test")).with("code", row.text.code.as_str());
    let unit = format!("{org} {name}");
    Some(asked.with("version", row.version).with("org", unit).with("examples", EXAMPLES))
}

/// Does what a command of tests does.
pub(super) fn act(state: &mut State, id: Id, now: DateTime<Utc>) -> Vec<Effect> {
    match id {
        Id::NewTest if own_unit(state).is_some() => push(state, None, now),
        Id::NewTest => {
            prompt(state, (PromptFor::TestUnit, msg!("console.prompt.test-unit")), "", vec![])
        }
        Id::EndTest => {
            let Some(test) = can::test(state).map(|test| test.test) else { return vec![] };
            let title = Message::new(msg!("console.job.end-test")).with("test", test.to_string());
            jobs::begin(state, title, Request::Test(TestAsk::End { test }), now)
        }
        _ => {
            let Some(test) = can::test(state).map(|test| test.test.to_string()) else {
                return vec![];
            };
            prompt(
                state,
                (PromptFor::TestAnswer, msg!("console.prompt.test-answer")),
                "",
                vec![test],
            )
        }
    }
}

fn push(state: &mut State, org: Option<String>, now: DateTime<Utc>) -> Vec<Effect> {
    let Some(code) = can::tested(state).map(|row| row.text.code.clone()) else { return vec![] };
    let title = Message::new(msg!("console.job.new-test")).with("code", code.as_str());
    jobs::begin(state, title, Request::Test(TestAsk::Push { code, org }), now)
}

/// Takes the line that was asked for.
pub(super) fn answer(
    state: &mut State,
    mut prompted: Prompt,
    text: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    if text.is_empty() {
        let unit = prompted.of == PromptFor::TestUnit;
        let key = if unit { msg!("strategy.test.no-unit") } else { msg!("life.no-reason") };
        prompted.error = Some(key.into());
        state.overlay = Some(Overlay::Prompt(prompted));
        return vec![];
    }
    if prompted.of == PromptFor::TestUnit {
        return push(state, Some(text.to_owned()), now);
    }
    let Some(number) = prompted.carried.first().and_then(|number| number.parse().ok()) else {
        return vec![];
    };
    let title = Message::new(msg!("console.job.answer-test"));
    let words = text.to_owned();
    jobs::begin(state, title, Request::Test(TestAsk::Answer { test: number, words }), now)
}

/// A test was made, answered or taken back: what is said of it, and the page is read anew.
pub(super) fn changed(state: &mut State, test: &TestPush) -> Vec<Effect> {
    let key = match (test.state, &test.answered) {
        (TestState::Shown, None) => msg!("console.done.new-test"),
        (TestState::Shown, Some(_)) => msg!("console.done.answer-test"),
        _ => msg!("console.done.end-test"),
    };
    let said = Message::new(key)
        .with("test", test.test.to_string())
        .with("org", format!("{} {}", test.org, test.org_name))
        .with("examples", test.examples.len())
        .with("until", test.until);
    state.say(Tone::Done, said);
    looking::ask(state).into_iter().collect()
}
