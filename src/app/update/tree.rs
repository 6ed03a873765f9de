//! The rule as a tree: what its keys do. Every edit is printed to the text, where undo finds it.

use super::{forms, rules};
use crate::app::command::CommandId as Id;
use crate::app::effect::Effect;
use crate::app::state::rule::{LINE, RulePage};
use crate::app::state::{Page, State, Tone};
use crate::domain::rule::{Path, Rule, Token, Vocabulary, highlight};

/// Does what a key of the tree does.
pub(super) fn act(state: &mut State, id: Id) -> Vec<Effect> {
    let Some(page) = rules::page(state) else { return vec![] };
    let path = page.part().map_or_else(Path::new, |row| row.path);
    let Some(rule) = page.rule.clone() else { return vec![] };
    let edited = match id {
        Id::RemovePart => match rule.removed(&path) {
            Some(edited) => Some(edited),
            // Nothing is left, and nothing is a text as well.
            None => return write(state, "", &Path::new()),
        },
        Id::NotPart => rule.negated(&path),
        Id::FlipGroup => rule.flipped(&path),
        Id::PartUp => rule.moved(&path, false),
        _ => rule.moved(&path, true),
    };
    let Some((rule, path)) = edited else {
        let opposite = id == Id::NotPart;
        let why = if opposite {
            crate::msg!("console.reason.no-opposite")
        } else {
            crate::msg!("console.reason.nowhere")
        };
        state.say(Tone::Refused, why);
        return vec![];
    };
    take(state, &rule, &path)
}

/// Takes an edited tree, if the bank can mean it.
fn take(state: &mut State, rule: &Rule, path: &Path) -> Vec<Effect> {
    let Some(vocabulary) = state.vocabulary.clone() else { return vec![] };
    match checked(rule, &vocabulary) {
        Ok(text) => write(state, &text, path),
        Err(reason) => {
            state.say(Tone::Refused, reason);
            vec![]
        }
    }
}

/// The text of a tree, in lines.
///
/// # Errors
/// Why it can be no rule: too long, too deep, empty by what it asks.
fn checked(
    rule: &Rule,
    vocabulary: &Vocabulary,
) -> Result<String, crate::domain::message::Message> {
    let text = rule.canonical();
    Rule::parse(&text, vocabulary).map(|rule| rule.pretty(LINE)).map_err(|error| error.message())
}

/// The comments of the text on screen, line by line: a tree has no place for them, so they stand above it.
fn comments(text: &str, vocabulary: &Vocabulary) -> String {
    let chars: Vec<char> = text.chars().collect();
    highlight(text, vocabulary)
        .into_iter()
        .filter(|(_, token)| *token == Token::Comment)
        .map(|(at, _)| chars[at].iter().collect::<String>() + "\n")
        .collect()
}

/// Puts a text in the place of the one on screen, with the tree's cursor on that part.
pub(super) fn write(state: &mut State, text: &str, path: &Path) -> Vec<Effect> {
    let vocabulary = state.vocabulary.clone();
    let Some(page) = rules::page(state) else { return vec![] };
    let mut whole = match vocabulary.filter(|_| !text.is_empty()) {
        Some(words) => comments(&page.editor.text(), &words),
        None => String::new(),
    };
    whole.push_str(text);
    if !page.editor.replace_all(&whole) {
        page.put_cursor(path);
        return vec![];
    }
    page.touched = true;
    let mut effects = vec![Effect::KeepDraft(page.draft())];
    effects.extend(rules::changed(state));
    if let Some(page) = rules::page(state) {
        page.put_cursor(path);
    }
    effects
}

/// Takes the last change of the text back, or makes it again; in a field, the key is the field's own.
pub(super) fn undo(state: &mut State, redo: bool) -> Vec<Effect> {
    let turn = |editor: &mut crate::app::editor::Editor| {
        if redo { editor.redo() } else { editor.undo() }
    };
    match state.pages.last_mut() {
        Some(Page::Rule(page)) => {
            if !turn(&mut page.editor) {
                return nothing(state, redo);
            }
            rewritten(page);
            let mut effects = vec![Effect::KeepDraft(page.draft())];
            effects.extend(rules::changed(state));
            effects
        }
        Some(Page::Form(page)) => {
            if !page.editor_mut().is_some_and(turn) {
                return nothing(state, redo);
            }
            page.touched = true;
            forms::check(state);
            forms::on_screen(state).map(Effect::KeepDraft).into_iter().collect()
        }
        _ => vec![],
    }
}

fn rewritten(page: &mut RulePage) {
    page.touched = true;
}

fn nothing(state: &mut State, redo: bool) -> Vec<Effect> {
    let said = if redo {
        crate::msg!("console.rule.nothing-again")
    } else {
        crate::msg!("console.rule.nothing-back")
    };
    state.say(Tone::Info, said);
    vec![]
}
