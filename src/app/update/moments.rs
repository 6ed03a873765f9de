//! The page of event rules: read, back-tested, switched.

use crate::app::command::{CommandId as Id, chosen};
use chrono::{DateTime, Utc};

use super::{forms, jobs, open};
use crate::app::action::Answer;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::field::Field;
use crate::app::listing::Freshness;
use crate::app::state::rule::{RuleFocus, RulePage};
use crate::app::state::{Page, State, Tone};
use crate::domain::event_rule::{Action, Backtest, MOST_DAYS, MomentRow, MomentText};
use crate::domain::message::{Key, Message};
use crate::msg;

/// Opens the page, read anew; what was read before is there meanwhile.
pub(super) fn show(state: &mut State) -> Vec<Effect> {
    if !matches!(state.page(), Some(Page::Moments)) {
        state.pages.push(Page::Moments);
    }
    ask(state)
}

/// Asks for the rows.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    vec![state.ask(Slot::Moments, Request::Moments)]
}

/// What is asked before a moment runs by itself.
pub(super) fn question(state: &State) -> Option<Message> {
    let row = chosen::moment(state)?;
    let per_day = row.test.as_ref()?.per_day();
    let question = Message::new(msg!("console.ask.enable-moment")).with("code", row.code.as_str());
    Some(question.with("per-day", per_day))
}

/// Back-tests the moment under the cursor, or switches it.
pub(super) fn change(state: &mut State, id: Id, now: DateTime<Utc>) -> Vec<Effect> {
    let Some(code) = chosen::moment(state).map(|row| row.code.clone()) else {
        return vec![];
    };
    let title = |key| Message::new(key).with("code", code.as_str());
    let (title, request) = if id == Id::TestMoment {
        (title(msg!("console.job.test-moment")), Request::TestMoment { code })
    } else {
        let on = id == Id::EnableMoment;
        (title(msg!("console.job.switch-moment")), Request::SwitchMoment { code, on })
    };
    jobs::begin(state, title, request, now)
}

/// The editor for a new event rule, or for the next version of the one under the cursor.
pub(super) fn write(state: &mut State, new: bool) -> Vec<Effect> {
    let row = if new { None } else { chosen::moment(state) };
    let page = RulePage::of_moment(row);
    open::rule(state, page)
}

/// Saves the event rule on screen, and has it back-tested as it then stands.
pub(super) fn save(state: &mut State, now: DateTime<Utc>) -> Vec<Effect> {
    let Some(Page::Rule(page)) = state.pages.last_mut() else { return vec![] };
    let Some(form) = &page.moment else { return vec![] };
    let word = |field: &Field| field.text().trim().to_owned();
    let days: u32 = word(&form.days).parse().unwrap_or(0);
    if !(1..=MOST_DAYS).contains(&days) {
        page.focus = RuleFocus::Days;
        let said = Message::new(msg!("moment.form.days")).with("most", MOST_DAYS);
        state.say(Tone::Refused, said);
        return vec![];
    }
    let filled = |text: String| (!text.is_empty()).then_some(text);
    let strategy = filled(word(&form.strategy));
    let action = if strategy.is_some() { Action::Candidate } else { Action::Finding };
    let text = Box::new(MomentText {
        code: word(&page.code),
        name: word(&page.name),
        rule: page.editor.text(),
        action: action.code().to_owned(),
        strategy,
        note: filled(word(&form.note)),
    });
    let base = page.base(&text.code);
    let question =
        jobs::another(page.made_from.as_ref(), &text.code, msg!("console.ask.another-moment"));
    let title = Message::new(msg!("console.job.save-moment")).with("code", text.code.as_str());
    jobs::ask_or_begin(state, question, (Request::SaveMoment { text, days, base }, title), now)
}

/// It was saved and back-tested: shown on the page of event rules, under the cursor.
pub(super) fn saved(state: &mut State, row: MomentRow) -> Vec<Effect> {
    let code = row.code.clone();
    let mut effects = vec![];
    if forms::on_screen(state).is_none() && !matches!(state.page(), Some(Page::Moments)) {
        state.pages.push(Page::Moments);
    }
    let test = row.test.clone();
    effects.extend(stands(state, row, test.as_ref()));
    state.moments.select(&code);
    effects
}

/// Takes what became of a back-test or a switch.
pub(super) fn changed(state: &mut State, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::MomentTested(row, test) => stands(state, row, Some(&test)),
        Answer::MomentSwitched(row) => stands(state, row, None),
        _ => vec![],
    }
}

/// Shows a moment as it now stands.
fn stands(state: &mut State, row: MomentRow, tested: Option<&Backtest>) -> Vec<Effect> {
    // A later one stays on the page; what was asked for is told here.
    let later = |test: &Backtest| row.test.as_ref().filter(|shown| shown.as_of > test.as_of);
    let said = match tested {
        Some(test) => match later(test) {
            Some(shown) => Message::new(msg!("console.done.moment-tested-earlier"))
                .with("day", shown.as_of)
                .with("per-day", test.per_day()),
            None => Message::new(msg!("console.done.moment-tested"))
                .with("per-day", test.per_day())
                .with("customers", test.customers),
        },
        None => Message::new(switched(&row)),
    };
    state.say(Tone::Done, said.with("code", row.code.as_str()));
    let freshness = state.moments.freshness;
    let mut rows: Vec<MomentRow> = state.moments.all().to_vec();
    match rows.iter_mut().find(|known| known.code == row.code) {
        Some(known) => *known = row,
        None => rows.push(row),
    }
    state.moments.replace(rows, freshness);
    ask(state)
}

fn switched(row: &MomentRow) -> Key {
    if row.on_since.is_some() {
        msg!("console.done.moment-on")
    } else {
        msg!("console.done.moment-off")
    }
}

/// Takes the rows.
pub(super) fn take(state: &mut State, rows: Vec<MomentRow>, freshness: Freshness) -> Vec<Effect> {
    state.moments.replace(rows, freshness);
    vec![]
}
