//! Strategies: begun from a template or from another one, compared, put away, and looked at from other sides.

use crate::app::command::chosen;
use chrono::{DateTime, Utc};

use super::{jobs, late, leaving, open};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::state::form::{CODE, FormFault, FormPage, SEGMENT};
use crate::app::state::picker::{PickFor, PickRow, PickStep, Picked, Picker};
use crate::app::state::{Leaflet, LeafletPage, Overlay, Page, State, Tone};
use crate::domain::message::Message;
use crate::domain::money::Currency;
use crate::domain::push::PushRow;
use crate::domain::rule::Called;
use crate::domain::strategy::diff;
use crate::domain::strategy::sample::Sample;
use crate::domain::strategy::template::Template;
use crate::domain::strategy::{StrategyRow, StrategyText};
use crate::msg;

fn currency(state: &State) -> Option<Currency> {
    state.session.bank.as_ref().map(|bank| bank.currency)
}

/// Asks what a new strategy begins from: nothing, or a template.
pub(super) fn ask_template(state: &mut State) -> Vec<Effect> {
    let row = |code: &str, called| {
        let picked = Picked::Text(code.to_owned());
        PickRow { picked, code: code.to_owned(), called, marked: false }
    };
    let mut rows = vec![row("", Called::Key(msg!("console.pick.blank")))];
    let plays = Template::all().into_iter();
    rows.extend(plays.map(|play| row(&play.code, Called::Names(play.zh, play.en))));
    let found = |row: PickRow| {
        let hay = state.hay(&row.code, &row.called);
        (row, hay)
    };
    let rows = rows.into_iter().map(found).collect();
    let picker = Picker::new(PickFor::Template, PickStep::Template, rows);
    state.overlay = Some(Overlay::Pick(Box::new(picker)));
    vec![]
}

/// Opens the form with what was chosen, for the segment that the template suggests; without one the segment is asked for.
/// Where another pane's cursor stands says nothing of whom this strategy is for.
pub(super) fn begin(state: &mut State, picker: &Picker) -> Vec<Effect> {
    let Some(Picked::Text(code)) = picker.chosen().map(|row| row.picked.clone()) else {
        return vec![];
    };
    let own = open::free_strategy_code(state);
    let (Some(play), Some(currency)) = (Template::named(&code), currency(state)) else {
        return open::form(state, FormPage::blank(&own, ""));
    };
    match play.text(&own, &play.segment_code(), currency) {
        Ok(text) => open::form(
            state,
            FormPage { made_from: None, ..FormPage::from_text(&text, 0, currency) },
        ),
        Err(error) => {
            state.say(Tone::Refused, error.message());
            vec![]
        }
    }
}

/// A strategy of this segment was saved: one that a template suggests came with it, and is read.
pub(super) fn with_segment(state: &mut State, segment: &str) -> Option<Effect> {
    let known = state.segments.all().iter().any(|row| row.code == segment);
    (!known).then(|| state.ask(Slot::Segments, Request::Segments))
}

/// The form with the chosen strategy's text under a code of its own.
pub(super) fn copy(state: &mut State) -> Vec<Effect> {
    let (Some(row), Some(currency)) = (chosen::strategy(state), currency(state)) else {
        return vec![];
    };
    let text = StrategyText { code: open::free_strategy_code(state), ..row.text.clone() };
    let page = FormPage { made_from: None, ..FormPage::from_text(&text, 0, currency) };
    open::form(state, page)
}

/// Puts the chosen strategy away.
pub(super) fn shelve(state: &mut State, now: DateTime<Utc>) -> Vec<Effect> {
    let Some(code) = chosen::strategy(state).map(|row| row.text.code.clone()) else {
        return vec![];
    };
    let title = Message::new(msg!("console.job.archive")).with("code", code.as_str());
    jobs::begin(state, title, Request::Shelve { code }, now)
}

/// The strategy was put away: it leaves the list, and its page closes.
pub(super) fn shelved(state: &mut State, row: &StrategyRow) -> Vec<Effect> {
    let said = Message::new(msg!("console.done.archived")).with("code", row.text.code.as_str());
    let mut effects = match state.page() {
        Some(Page::Strategy(page)) if page.code == row.text.code => leaving::close_pages(state),
        _ => vec![],
    };
    state.say(Tone::Done, said);
    effects.push(state.ask(Slot::Strategies, Request::Strategies));
    effects
}

fn leaflet(state: &mut State, code: String, version: i32, of: Leaflet) {
    state.pages.push(Page::Leaflet(LeafletPage { code, version, of, top: 0 }));
}

/// Draws the chosen strategy's waves on an axis.
pub(super) fn waves(state: &mut State) -> Vec<Effect> {
    let Some(row) = chosen::strategy(state) else { return vec![] };
    let (code, version) = (row.text.code.clone(), row.version);
    let rounds = row.text.body.waves.len().max(1);
    // The next one: the second after a push, and who wants another goes there.
    let pushed = |push: &PushRow| push.strategy == code && push.version == version;
    let next = usize::from(state.pushes.all().iter().any(pushed)).min(rounds - 1);
    leaflet(state, code, version, Leaflet::Waves { rounds });
    if let Some(Page::Leaflet(page)) = state.pages.last_mut() {
        page.top = next;
    }
    vec![]
}

/// Shows what the plan of the wave under the cursor would be on its day.
pub(super) fn preview(state: &mut State) -> Vec<Effect> {
    let Some(Page::Leaflet(LeafletPage { code, of: Leaflet::Waves { .. }, top, .. })) =
        state.page()
    else {
        return vec![];
    };
    let (code, wave) = (code.clone(), i32::try_from(*top).unwrap_or(i32::MAX - 1) + 1);
    open::planning(state, code, Some(wave))
}

/// Shows the chosen strategy's scripts, filled for an example of its segment.
pub(super) fn scripts(state: &mut State) -> Vec<Effect> {
    let Some(row) = chosen::strategy(state) else { return vec![] };
    let (code, version, rule) = (row.text.code.clone(), row.version, row.rule.clone());
    state.sample = None;
    leaflet(state, code, version, Leaflet::Scripts);
    vec![state.ask(Slot::Leaflet, Request::Sample { rule })]
}

/// Looks for an example of the form's segment, for the script beside it.
pub(super) fn sample(state: &mut State) -> Vec<Effect> {
    let Some(Page::Form(page)) = state.page() else { return vec![] };
    let segment = page.fields[SEGMENT].text().trim();
    let saved = state.segments.all().iter().find(|row| row.code == segment);
    let suggested = || Template::suggesting(segment).map(|play| play.segment_rule);
    let Some(rule) = saved.map(|row| row.rule.clone()).or_else(suggested) else {
        state.say(Tone::Refused, msg!("console.reason.no-such-segment"));
        return vec![];
    };
    vec![state.ask(Slot::Leaflet, Request::Sample { rule })]
}

/// The example was found, or there is nobody.
pub(super) fn sampled(state: &mut State, sample: Option<Sample>) {
    if sample.is_none() {
        state.say(Tone::Info, msg!("console.leaflet.nobody"));
    }
    state.sample = sample;
}

/// Compares the chosen version with the one before it.
pub(super) fn compare(state: &mut State) -> Vec<Effect> {
    let Some(row) = chosen::strategy(state) else { return vec![] };
    let (code, to) = (row.text.code.clone(), row.version);
    vec![state.ask(Slot::Leaflet, Request::Versions { code, from: to - 1, to })]
}

/// Compares two other versions of the leaflet on screen: either side goes so many steps later. The first stays before the second,
/// and the second is one that there is.
pub(super) fn turn(state: &mut State, by: (i32, i32)) -> Vec<Effect> {
    let Some(Page::Leaflet(LeafletPage { code, of: Leaflet::Compared { versions, .. }, .. })) =
        state.page()
    else {
        return vec![];
    };
    let (code, from, to) = (code.clone(), versions[0] + by.0, versions[1] + by.1);
    let rows = state.strategies.all().iter().filter(|row| row.text.code == code);
    let newest = rows.map(|row| row.version).max().unwrap_or(versions[1]).max(versions[1]);
    if from < 1 || from >= to || to > newest {
        let said = if to > newest {
            msg!("console.leaflet.newest")
        } else {
            msg!("console.leaflet.no-further")
        };
        state.say(Tone::Info, said);
        return vec![];
    }
    vec![state.ask(Slot::Leaflet, Request::Versions { code, from, to })]
}

/// Both versions are there.
pub(super) fn compared(state: &mut State, from: &StrategyRow, to: &StrategyRow) {
    let Some(currency) = currency(state) else { return };
    let changes = diff::versions(from, to, currency);
    if matches!(state.page(), Some(Page::Leaflet(page)) if matches!(page.of, Leaflet::Compared { .. }))
    {
        state.pages.pop();
    }
    let of = Leaflet::Compared { versions: vec![from.version, to.version], changes };
    leaflet(state, to.text.code.clone(), to.version, of);
}

/// Somebody was faster: nothing was written, the form stays as it is, and what stands against it is shown.
pub(super) fn late(state: &mut State, before: Option<&StrategyRow>, theirs: &StrategyRow) {
    let Some(before) = before else { return taken(state, theirs) };
    let (Some(Page::Form(page)), Some(currency)) = (state.page(), currency(state)) else { return };
    let Ok(mine) = page.text(currency) else { return };
    let changes = diff::among([&before.text, &theirs.text, &mine], currency);
    let merged = Some(page.merged(&before.text, &theirs.text, currency));
    let base = before.version;
    let said = Message::new(msg!("console.late"))
        .with("code", theirs.text.code.as_str())
        .with("version", theirs.version)
        .with("author", theirs.author.as_str());
    state.say(Tone::Refused, said);
    let of = Leaflet::Late { base, theirs: theirs.version, changes, merged };
    leaflet(state, theirs.text.code.clone(), theirs.version, of);
}

/// A part of the form's deeper text that the bank has refused: the cursor goes there.
pub(super) fn refused_part(state: &mut State, said: &Message) {
    let currency = state.session.bank.as_ref().map(|bank| bank.currency);
    let (Some(Page::Form(page)), Some(currency)) = (state.pages.last_mut(), currency) else {
        return;
    };
    if let Some(fault) = page.refused(said, currency) {
        page.focus = fault.field;
        page.error = Some(fault);
    }
}

/// What was to be new has the code of another strategy: the form stays, and asks for another one.
fn taken(state: &mut State, theirs: &StrategyRow) {
    let said = late::code_taken(&theirs.text.code, theirs.version, &theirs.author);
    if let Some(Page::Form(page)) = state.pages.last_mut() {
        page.focus = CODE;
        page.error = Some(FormFault { field: CODE, message: said.clone(), place: None });
    }
    state.say(Tone::Refused, said);
}

/// The operator has read what stands there: the next save of the strategy or the rule is made from it.
pub(super) fn take_base(state: &mut State) -> Vec<Effect> {
    let Some(Page::Leaflet(LeafletPage { code, of: Leaflet::Late { theirs, merged, .. }, .. })) =
        state.page()
    else {
        return vec![];
    };
    let (made_from, merged) = (Some((code.clone(), *theirs)), merged.clone());
    state.pages.pop();
    if let Some(Page::Form(page)) = state.pages.last_mut() {
        if let Some(merged) = merged {
            **page = FormPage { focus: page.focus, ..FormPage::from_draft(&merged) };
        }
        page.made_from = made_from;
        page.touched = true;
        let draft = page.draft();
        state.say(Tone::Info, msg!("console.late.taken"));
        return vec![Effect::KeepDraft(draft)];
    }
    if let Some(Page::Rule(page)) = state.pages.last_mut() {
        (page.made_from, page.known, page.touched) = (made_from, true, true);
        let draft = page.draft();
        state.say(Tone::Info, msg!("console.late.taken"));
        return vec![Effect::KeepDraft(draft)];
    }
    vec![]
}
