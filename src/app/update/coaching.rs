//! Score cards and the coaching log in the console: lists, one card, the form, a look at an agreement.

use chrono::{DateTime, NaiveDate, Utc};

use super::jobs;
use super::looking::{ask, look, page};
use super::prompts::prompt;
use crate::app::command::{CommandId as Id, score_available as can};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::state::coaching::{CoachingPage, LABELS};
use crate::app::state::picker::{PickFor, PickRow, PickStep, Picked, Picker};
use crate::app::state::{Overlay, Page, Prompt, PromptFor, State, Tone};
use crate::app::study::{Finding, Study};
use crate::domain::coaching::{Coaching, Found};
use crate::domain::message::Message;
use crate::domain::rule::Called;
use crate::domain::score::Of;
use crate::msg;

/// What a list of score cards turns through.
const KINDS: [Option<&str>; 3] = [Some("branch"), Some("subbranch"), None];

/// Does what one of the commands of these pages says.
pub(super) fn act(state: &mut State, id: Id) -> Vec<Effect> {
    match id {
        Id::OpenScore => card_of_unit(state),
        Id::OpenCoaching => log_of_unit(state),
        Id::ScoreKind => kind(state),
        Id::ScoreRms => rms(state),
        Id::NewCoaching => write(state),
        Id::Recheck => ask_found(state),
        Id::AllCoaching => all(state),
        Id::GoScores => scores(state, Of::Unit, None),
        Id::GoCoaching => {
            look(state, Study::Coaching { org: None, name: String::new(), all: false })
        }
        _ => vec![],
    }
}

fn scores(state: &mut State, of: Of, org: Option<(String, String)>) -> Vec<Effect> {
    // An RM's card is his own; there is nothing of units for him.
    let own = state.session.who.as_ref().is_some_and(|who| who.staff.is_some());
    let of = if own { Of::Rm } else { of };
    let held = state.session.who.as_ref().is_some_and(|who| who.org.is_some());
    let kind = match of {
        Of::Unit if held || org.is_some() => Some("subbranch".to_owned()),
        Of::Unit => Some("branch".to_owned()),
        Of::Rm => None,
    };
    look(state, Study::Scores { of, kind, org })
}

/// The next kind of units, and the RMs after them.
fn kind(state: &mut State) -> Vec<Effect> {
    if let Some(page) = page(state)
        && let Study::Scores { of, kind, .. } = &mut page.study
    {
        let at = KINDS.iter().position(|one| *one == kind.as_deref()).unwrap_or(0);
        let next = KINDS[(at + 1) % KINDS.len()];
        *of = if next.is_some() { Of::Unit } else { Of::Rm };
        *kind = next.map(str::to_owned);
        (page.row, page.finding) = (0, None);
    }
    ask(state).into_iter().collect()
}

/// The RMs of the unit under the cursor.
fn rms(state: &mut State) -> Vec<Effect> {
    let Some(unit) = can::unit_of(state) else { return vec![] };
    look(state, Study::Scores { of: Of::Rm, kind: None, org: Some(unit) })
}

/// The card of the unit under the cursor.
fn card_of_unit(state: &mut State) -> Vec<Effect> {
    let Some((code, name)) = can::unit_of(state) else { return vec![] };
    look(state, Study::Score { of: Of::Unit, code, name })
}

/// The coaching log of the unit under the cursor.
fn log_of_unit(state: &mut State) -> Vec<Effect> {
    let Some((org, name)) = can::unit_of(state) else { return vec![] };
    look(state, Study::Coaching { org: Some(org), name, all: false })
}

/// Opens the card under the cursor of a list.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let Some((subject, _)) = can::row(state) else { return vec![] };
    let (of, code, name) = (subject.of, subject.code.clone(), subject.name.clone());
    look(state, Study::Score { of, code, name })
}

/// Those that have ended, too, or not.
fn all(state: &mut State) -> Vec<Effect> {
    if let Some(page) = page(state)
        && let Study::Coaching { all, .. } = &mut page.study
    {
        *all = !*all;
        page.row = 0;
    }
    ask(state).into_iter().collect()
}

/// Opens the form of a new entry.
fn write(state: &mut State) -> Vec<Effect> {
    let Some(unit) = can::written_of(state) else { return vec![] };
    let today = state.session.bank.as_ref().map(|bank| bank.as_of);
    form(state, CoachingPage::new(unit, today))
}

/// Opens a form.
pub(super) fn form(state: &mut State, mut page: CoachingPage) -> Vec<Effect> {
    page.key = state.free_draft_key(page.key.of, &page.key.form);
    state.pages.push(Page::Coaching(Box::new(page)));
    vec![]
}

/// Keeps the form on screen, or says what is wrong with it.
pub(super) fn save(state: &mut State, now: DateTime<Utc>) -> Vec<Effect> {
    let Some(Page::Coaching(page)) = state.pages.last_mut() else { return vec![] };
    match page.read() {
        Ok(new) => {
            let title = Message::new(msg!("coaching.job.new")).with("org", page.org.1.as_str());
            jobs::begin(state, title, Request::Coach(Box::new(new)), now)
        }
        Err((at, reason)) => {
            page.focus = at;
            page.error = Some((at, reason.clone()));
            let said = Message::new(msg!("console.form.wrong"));
            state.say(Tone::Refused, said.with("field", LABELS[at]).with("reason", reason));
            vec![]
        }
    }
}

/// Asks what a look at the agreement under the cursor has found.
fn ask_found(state: &mut State) -> Vec<Effect> {
    let Some(entry) = can::entry(state) else { return vec![] };
    let coaching = entry.coaching;
    let row = |found: Found| {
        let row = PickRow {
            picked: Picked::Text(found.word().to_owned()),
            code: found.word().to_owned(),
            called: Called::Key(found.label()),
            marked: false,
        };
        let hay = state.hay(&row.code, &row.called);
        (row, hay)
    };
    let rows = Found::ALL.map(row).to_vec();
    let picker = Picker::new(PickFor::Recheck(coaching), PickStep::Recheck, rows);
    state.overlay = Some(Overlay::Pick(Box::new(picker)));
    vec![]
}

/// Takes what was chosen, and asks for the words to it.
pub(super) fn picked(state: &mut State, picker: &Picker) -> Vec<Effect> {
    let (PickFor::Recheck(coaching), Some(Picked::Text(word))) =
        (&picker.of, picker.chosen().map(|row| row.picked.clone()))
    else {
        return vec![];
    };
    let carried = vec![coaching.to_string(), word];
    prompt(state, (PromptFor::RecheckText, msg!("coaching.prompt.text")), "", carried)
}

/// Takes the line that one of these prompts asked for.
pub(super) fn answer(
    state: &mut State,
    mut asked: Prompt,
    text: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let carried = |at: usize| asked.carried.get(at).cloned().unwrap_or_default();
    let (Ok(coaching), Some(result)) = (carried(0).parse(), Found::parse(&carried(1))) else {
        return vec![];
    };
    if text.is_empty() {
        asked.error = Some(msg!("console.form.needed").into());
        state.overlay = Some(Overlay::Prompt(asked));
        return vec![];
    }
    let (said, next_due) = match asked.of {
        PromptFor::RecheckText if result == Found::Again => {
            let today = state.session.bank.as_ref().map(|bank| bank.as_of);
            let next = today.and_then(|day| day.checked_add_days(chrono::Days::new(7)));
            let next = next.map_or_else(String::new, |day| day.to_string());
            let carried = vec![carried(0), carried(1), text.to_owned()];
            let title = msg!("coaching.prompt.due");
            return prompt(state, (PromptFor::RecheckDue, title), &next, carried);
        }
        PromptFor::RecheckDue => {
            let Ok(day) = text.parse::<NaiveDate>() else {
                asked.error = Some(msg!("task.form.no-day").into());
                state.overlay = Some(Overlay::Prompt(asked));
                return vec![];
            };
            (carried(2), Some(day))
        }
        _ => (text.to_owned(), None),
    };
    let title = Message::new(msg!("coaching.job.recheck")).with("number", carried(0));
    let request = Request::Recheck { coaching, result, text: said, next_due };
    jobs::begin(state, title, request, now)
}

/// An entry was written or looked at: it is said, and what shows the log is read anew.
pub(super) fn changed(state: &mut State, entry: &Coaching) -> Vec<Effect> {
    let key = match entry.stands() {
        None => msg!("coaching.done.new"),
        Some(_) => msg!("coaching.done.recheck"),
    };
    let said = Message::new(key)
        .with("number", entry.coaching.to_string())
        .with("org", entry.org_name.as_str());
    state.say(Tone::Done, said);
    let shows = page(state).is_some_and(|page| matches!(page.study, Study::Coaching { .. }));
    if shows
        && let Some(page) = page(state)
        && let Some(Finding::Coaching(rows)) = &mut page.finding
        && let Some(row) = rows.iter_mut().find(|row| row.coaching == entry.coaching)
    {
        // What was found stays on the screen until the log is read again.
        row.clone_from(entry);
    }
    let mut effects = vec![state.ask(Slot::Work, Request::Work)];
    if shows {
        effects.extend(ask(state));
    }
    effects
}
