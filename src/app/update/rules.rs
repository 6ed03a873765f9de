//! The rule editor: what the text on screen is, and the figures that follow it.
//!
//! The text is read here with every key, against the bank's words as they were read last, so that a mistake is marked
//! at once and only a rule is ever counted. Every figure belongs to a text; what belongs to an older one is shown so.

use super::forms;
use crate::app::action::Refusal;
use crate::app::command::rule_available;
use crate::app::editor::Editor;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::state::rule::{Completing, LINE, RulePage, RuleView};
use crate::app::state::{Page, State};
use crate::domain::rule::{CompletionKind, Reason, Rule, Vocabulary, complete};
use crate::domain::segment::SegmentCount;

/// The questions that follow the rule on screen.
pub(super) const SLOTS: [Slot; 5] = [Slot::Count, Slot::Leaves, Slot::By, Slot::Pause, Slot::Words];

pub(super) fn page(state: &mut State) -> Option<&mut RulePage> {
    match state.pages.last_mut() {
        Some(Page::Rule(page)) => Some(page),
        _ => None,
    }
}

/// A rule was opened, or everything is read again.
pub(super) fn opened(state: &mut State) -> Vec<Effect> {
    let mut effects = vec![];
    if state.session.online() {
        effects.push(state.ask(Slot::Words, Request::Words));
    }
    read(state);
    lay_out(state);
    say(state);
    effects.extend(follow(state, false));
    effects
}

/// The text has changed: it is read, and whoever was asked about the text before need not answer.
pub(super) fn changed(state: &mut State) -> Vec<Effect> {
    if let Some(page) = page(state) {
        (page.completing, page.laid_out) = (None, true);
    }
    read(state);
    follow(state, true)
}

/// A key has typed: what may stand there is offered. A word that is whole is not, and nothing is put before whoever only
/// goes on to the next word, but the values of what stands before.
pub(super) fn offer(state: &mut State) {
    let vocabulary = state.vocabulary.clone();
    let (Some(page), Some(vocabulary)) = (page(state), vocabulary) else { return };
    let (text, caret) = (page.editor.text(), page.editor.chars_before());
    let offered = complete(&text, caret, &vocabulary);
    let begun = offered.replace.start < caret;
    let chars = offered.replace.len();
    let word: String = text.chars().skip(offered.replace.start).take(chars).collect();
    let whole = offered.items.iter().any(|item| item.insert == word);
    let valued = offered.items.first().is_some_and(|item| item.kind == CompletionKind::Value);
    if !offered.items.is_empty() && !whole && (begun || valued) {
        page.completing = Some(Completing { offered, cursor: 0 });
    }
}

/// Puts the word that is chosen in the place of what was typed.
pub(super) fn take_word(state: &mut State) -> Vec<Effect> {
    let Some(page) = page(state) else { return vec![] };
    let Some(Completing { offered, cursor }) = page.completing.take() else { return vec![] };
    let Some(item) = offered.items.get(cursor) else { return vec![] };
    page.editor.replace(offered.replace.clone(), &item.insert);
    page.touched = true;
    let mut effects = vec![Effect::KeepDraft(page.draft())];
    effects.extend(changed(state));
    effects
}

/// The caret has left what it stood in: what was wrong there is said.
pub(super) fn left(state: &mut State) {
    let Some(page) = page(state) else { return };
    page.completing = None;
    let caret = page.editor.chars_before();
    if page.unsaid.as_ref().is_some_and(|refusal| !touches(refusal, caret)) {
        page.refusal = page.unsaid.take();
    }
}

/// The operator has stopped typing: what is wrong is said, and the bank's words are read again, in case they are what
/// has changed.
pub(super) fn paused(state: &mut State) -> Vec<Effect> {
    if page(state).is_some_and(|page| !begins(page)) {
        say(state);
    }
    if !state.session.online() {
        return vec![];
    }
    vec![state.ask(Slot::Words, Request::Words)]
}

/// Words are offered that begin with what was typed so far: it is a beginning and no mistake.
fn begins(page: &RulePage) -> bool {
    page.completing.as_ref().is_some_and(|Completing { offered, .. }| {
        let text = page.editor.text();
        let typed = text.chars().skip(offered.replace.start).take(offered.replace.len());
        let typed = typed.collect::<String>().to_lowercase();
        offered.items.iter().any(|item| item.insert.to_lowercase().starts_with(&typed))
    })
}

/// What is wrong need not wait any more.
pub(super) fn say(state: &mut State) {
    let Some(page) = page(state) else { return };
    if let Some(unsaid) = page.unsaid.take() {
        page.refusal = Some(unsaid);
    }
}

/// The bank's words have come. A text that was no rule may be one now, and the other way round.
pub(super) fn words(state: &mut State, words: std::sync::Arc<Vocabulary>) -> Vec<Effect> {
    state.vocabulary = Some(words);
    forms::check(state);
    let Some(page) = page(state) else { return vec![] };
    let (was, said) = (page.rule.is_some(), page.unsaid.is_none());
    read(state);
    lay_out(state);
    if said {
        say(state);
    }
    let Some(page) = self::page(state) else { return vec![] };
    let is = page.rule.is_some();
    if is == was || page.blank() || state.waits(Slot::Count) && is {
        return vec![];
    }
    follow(state, false)
}

/// Breaks a rule that comes from elsewhere into lines, once and before anything is typed: what is stored is one line.
fn lay_out(state: &mut State) {
    let Some(page) = page(state).filter(|page| !page.laid_out) else { return };
    let Some(rule) = &page.rule else { return };
    let text = rule.pretty(LINE);
    if text != page.editor.text() {
        page.editor = Editor::new(&text);
    }
    page.laid_out = true;
}

/// Reads the text on screen.
fn read(state: &mut State) {
    let vocabulary = state.vocabulary.clone();
    let Some(page) = page(state) else { return };
    page.rule = None;
    let (Some(vocabulary), false) = (vocabulary, page.blank()) else {
        (page.refusal, page.unsaid) = (None, None);
        return;
    };
    let text = page.editor.text();
    // A kept rule that nobody has touched was judged when it was written.
    let kept = page.known && !page.touched;
    let read = match page.code.text().trim() {
        _ if kept && page.moment.is_some() => Rule::parse_kept(&text, &vocabulary, None),
        code if kept && !code.is_empty() => Rule::parse_kept(&text, &vocabulary, Some(code)),
        // The code of an event rule is no segment's.
        _ if page.moment.is_some() => Rule::parse(&text, &vocabulary),
        "" => Rule::parse(&text, &vocabulary),
        code => Rule::parse_of_segment(&text, &vocabulary, code),
    };
    match read {
        Ok(rule) => {
            (page.rule, page.refusal, page.unsaid) = (Some(rule), None, None);
            page.row = page.row.min(page.rows().len().saturating_sub(1));
        }
        Err(error) => {
            page.view = RuleView::Text;
            let refusal = Refusal::of_rule(&error);
            let begun = matches!(
                error.reason,
                Reason::Parenthesis | Reason::OpenQuote | Reason::Syntax { found: None }
            );
            let said = page.refusal.as_ref().is_some_and(|shown| shown.message == refusal.message);
            if !said && (begun || touches(&refusal, page.editor.chars_before())) {
                (page.refusal, page.unsaid) = (None, Some(refusal));
            } else {
                (page.refusal, page.unsaid) = (Some(refusal), None);
            }
        }
    }
}

/// The caret stands in what is wrong, or at its end: the word may not be finished.
fn touches(refusal: &Refusal, caret: usize) -> bool {
    refusal.place.as_ref().is_some_and(|place| place.start <= caret && caret <= place.end)
}

/// Asks what the text on screen finds; a text that is no rule finds nobody and asks nothing but for the pause.
fn follow(state: &mut State, typing: bool) -> Vec<Effect> {
    let known = state.vocabulary.is_some();
    let Some(page) = page(state) else { return vec![] };
    let (blank, wrong, unsaid) =
        (page.blank(), page.rule.is_none() && known, page.unsaid.is_some());
    let pause = if typing { page.pause() } else { 0 };
    let rule = page.editor.text();
    let mut effects: Vec<Effect> =
        [Slot::Leaves, Slot::By].into_iter().filter_map(|slot| state.forget(slot)).collect();
    if blank || wrong {
        effects.extend(state.forget(Slot::Count));
    } else {
        effects.push(state.ask(Slot::Count, Request::Count { rule, pause }));
    }
    if unsaid {
        effects.push(state.ask(Slot::Pause, Request::Pause));
    } else {
        effects.extend(state.forget(Slot::Pause));
    }
    effects
}

/// The count has come; now the finer figures are asked for.
pub(super) fn counted(state: &mut State, count: SegmentCount) -> Vec<Effect> {
    let Some(page) = page(state) else { return vec![] };
    page.refusal = None;
    let rule = page.editor.text();
    page.count = Some((rule.clone(), count));
    let mut effects = vec![state.ask(Slot::Leaves, Request::Leaves { rule })];
    effects.extend(split(state));
    effects
}

/// Asks for the split by the chosen attribute, if the text is a rule that is counted.
pub(super) fn split(state: &mut State) -> Option<Effect> {
    let page = page(state)?;
    let by = page.by.as_ref().filter(|_| page.counted())?.name.clone();
    let rule = page.editor.text();
    Some(state.ask(Slot::By, Request::SplitBy { rule, by }))
}

/// A question about the text on screen was refused.
pub(super) fn refused(page: &mut RulePage, slot: Slot, refusal: Refusal) {
    // The finer figures are of a rule that was counted a moment ago: without them the rest still stands.
    if slot == Slot::Count || refusal.place.is_some() {
        page.refusal = Some(refusal);
    }
}

/// Goes between text and tree.
pub(super) fn turn(state: &mut State) -> Vec<Effect> {
    let Some(page) = page(state) else { return vec![] };
    page.focus = crate::app::state::rule::RuleFocus::Rule;
    page.completing = None;
    page.view = match page.view {
        RuleView::Text => RuleView::Tree,
        RuleView::Tree => RuleView::Text,
    };
    vec![]
}

/// Shows the next figures beside the rule.
pub(super) fn beside(state: &mut State) -> Vec<Effect> {
    let room = state.size.0 >= rule_available::ROOM;
    let Some(page) = page(state) else { return vec![] };
    (page.beside, page.figure) = (page.beside.after(room), 0);
    vec![]
}

/// Turns to further rows of the figures, or back.
pub(super) fn turn_figures(state: &mut State, onward: bool) -> Vec<Effect> {
    let size = state.size;
    let Some(page) = page(state) else { return vec![] };
    let rows = page.figures_a_turn(size, size.0 >= rule_available::ROOM);
    let last = page.figures().saturating_sub(rows);
    page.figure =
        if onward { (page.figure + rows).min(last) } else { page.figure.saturating_sub(rows) };
    vec![]
}
