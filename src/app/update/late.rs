//! Two people at one rule: a save that came too late shows what it was made from, what stands there now, and the
//! operator's own text, which stays in its form.

use crate::app::action::{RuleLate, RuleText};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::field::Field;
use crate::app::state::rule::{LINE, RuleFocus, RulePage};
use crate::app::state::{Leaflet, LeafletPage, Overlay, Page, Prompt, State, Tone};
use crate::domain::message::Message;
use crate::domain::rule::{Rule, Vocabulary};
use crate::domain::strategy::diff::Change;
use crate::msg;

/// That a code is somebody's, so that nothing was written under it.
fn is_taken(late: &RuleLate) -> Message {
    code_taken(&late.code, late.theirs.version, &late.author)
}

/// The same of any code that was to be new.
pub(super) fn code_taken(code: &str, version: i32, author: &str) -> Message {
    Message::new(msg!("console.late.code-taken"))
        .with("code", code)
        .with("version", version)
        .with("author", author)
}

/// What a prompt has asked for was not written, for its code is somebody's: it is asked again with what was typed.
pub(super) fn taken(state: &mut State, late: &RuleLate, asked: Prompt) -> Vec<Effect> {
    state.strategy_for = None;
    let said = is_taken(late);
    if state.overlay.is_none() {
        state.overlay = Some(Overlay::Prompt(Prompt { error: Some(said), ..asked }));
    } else {
        state.say(Tone::Refused, said);
    }
    vec![state.ask(Slot::Segments, Request::Segments)]
}

/// Somebody was faster: nothing was written, the form stays as it is, and what stands against it is shown.
pub(super) fn shown(state: &mut State, late: &RuleLate) -> Vec<Effect> {
    if late.before.is_none() {
        return shown_taken(state, late);
    }
    let said = Message::new(msg!("console.late"))
        .with("code", late.code.as_str())
        .with("version", late.theirs.version)
        .with("author", late.author.as_str());
    state.say(Tone::Refused, said);
    let words = state.vocabulary.clone();
    let mut again = (Slot::Segments, Request::Segments);
    if let Some(Page::Rule(page)) = state.page() {
        if page.moment.is_some() {
            again = (Slot::Moments, Request::Moments);
        }
        let changes = changes(late, page, words.as_deref());
        let base = late.before.as_ref().map_or(0, |before| before.version);
        let (code, version) = (late.code.clone(), late.theirs.version);
        let of = Leaflet::Late { base, theirs: version, changes, merged: None };
        state.pages.push(Page::Leaflet(LeafletPage { code, version, of, top: 0 }));
    }
    vec![state.ask(again.0, again.1)]
}

/// What was to be new has the code of something else: the form stays, and asks for another one.
fn shown_taken(state: &mut State, late: &RuleLate) -> Vec<Effect> {
    state.say(Tone::Refused, is_taken(late));
    let mut again = (Slot::Segments, Request::Segments);
    if let Some(Page::Rule(page)) = state.pages.last_mut() {
        page.focus = RuleFocus::Code;
        page.completing = None;
        if page.moment.is_some() {
            again = (Slot::Moments, Request::Moments);
        }
    }
    vec![state.ask(again.0, again.1)]
}

/// The fields in which the three texts are not all alike.
fn changes(late: &RuleLate, page: &RulePage, words: Option<&Vocabulary>) -> Vec<Change<3>> {
    let typed = |field: &Field| field.text().trim().to_owned();
    let filled = |field: &Field| Some(typed(field)).filter(|text| !text.is_empty());
    let form = page.moment.as_ref();
    let mine = RuleText {
        version: 0,
        name: typed(&page.name),
        rule: page.rule.as_ref().map_or_else(|| page.editor.text(), Rule::canonical),
        strategy: form.and_then(|form| filled(&form.strategy)),
        note: form.and_then(|form| filled(&form.note)),
    };
    let texts = [late.before.as_ref(), Some(&late.theirs), Some(&mine)];
    let of = |key: &str, value: fn(&RuleText) -> Option<String>| {
        let values = texts.map(|text| text.and_then(value));
        let apart = values.iter().any(|v| *v != values[0]);
        apart.then(|| Change { key: key.to_owned(), values })
    };
    let mut changes: Vec<Change<3>> = [
        of("name", |text| Some(text.name.clone())),
        of("strategy", |text| text.strategy.clone()),
        of("note", |text| text.note.clone()),
        of("rule", |text| Some(text.rule.clone())),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(change) = changes.iter_mut().find(|change| change.key == "rule") {
        change.values = change.values.clone().map(|rule| rule.map(|rule| lines(&rule, words)));
    }
    changes
}

/// A rule as the editor would lay it out.
fn lines(rule: &str, words: Option<&Vocabulary>) -> String {
    let read = words.and_then(|words| Rule::parse_kept(rule, words, None).ok());
    read.map_or_else(|| rule.to_owned(), |rule| rule.pretty(LINE))
}

/// A list has come while a segment's rule is being written: a later version than that is said at once.
pub(super) fn warn(state: &mut State) {
    let Some(Page::Rule(page)) = state.page() else { return };
    let Some((code, base)) = page.made_from.clone().filter(|_| page.moment.is_none()) else {
        return;
    };
    let later = state.segments.all().iter().find(|row| row.code == code && row.version > base);
    if let Some(row) = later {
        let said = Message::new(msg!("console.late.meanwhile"))
            .with("author", row.author.as_str())
            .with("code", code)
            .with("version", row.version)
            .with("base", base);
        state.say(Tone::Refused, said);
    }
}

/// Somebody has saved something: the lists show it.
pub(super) fn rewritten(state: &mut State) -> Vec<Effect> {
    let mut effects = vec![
        state.ask(Slot::Segments, Request::Segments),
        state.ask(Slot::Strategies, Request::Strategies),
    ];
    if matches!(state.page(), Some(Page::Moments)) {
        effects.push(state.ask(Slot::Moments, Request::Moments));
    }
    effects
}
