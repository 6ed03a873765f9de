//! When a command of the rule editor can be used, or why not.

use super::Reason;
use crate::app::state::picker::Picker;
use crate::app::state::rule::RulePage;
use crate::app::state::{Overlay, Page, State};
use crate::domain::message::Message;
use crate::domain::rule::TreeKind;
use crate::msg;

type Can = Result<(), Reason>;

/// From this width on there is room for all figures beside the rule.
pub const ROOM: u16 = 100;

fn page(state: &State) -> Result<&RulePage, Reason> {
    match state.page() {
        Some(Page::Rule(page)) => Ok(page),
        _ => Err(msg!("console.reason.no-rule").into()),
    }
}

fn picker(state: &State) -> Option<&Picker> {
    match &state.overlay {
        Some(Overlay::Pick(picker)) => Some(picker),
        _ => None,
    }
}

/// A form with a text is open.
///
/// # Errors
/// That there is none.
pub fn undo(state: &State) -> Can {
    match state.page() {
        Some(Page::Rule(_) | Page::Form(_)) => Ok(()),
        _ => Err(msg!("console.reason.no-rule").into()),
    }
}

/// The bank's words are known.
///
/// # Errors
/// That they are not read yet.
pub fn words(state: &State) -> Can {
    page(state)?;
    match state.vocabulary {
        Some(_) => Ok(()),
        None => Err(msg!("console.reason.no-words").into()),
    }
}

/// The text is a rule, or nothing yet.
///
/// # Errors
/// What is missing.
pub fn tree(state: &State) -> Can {
    words(state)?;
    let page = page(state)?;
    if page.rule.is_some() || page.blank() {
        return Ok(());
    }
    let wrong = page.refusal.as_ref().or(page.unsaid.as_ref());
    Err(match wrong {
        Some(wrong) => {
            Message::new(msg!("console.reason.rule-wrong")).with("reason", wrong.message.clone())
        }
        None => msg!("console.reason.no-words").into(),
    })
}

/// A condition can be put here.
///
/// # Errors
/// What is missing.
pub fn add_part(state: &State) -> Can {
    tree(state)
}

/// A row of the tree is under the cursor.
///
/// # Errors
/// What is missing.
pub fn part(state: &State) -> Can {
    tree(state)?;
    match page(state)?.part() {
        Some(_) => Ok(()),
        None => Err(msg!("console.reason.nothing-here").into()),
    }
}

/// A condition is under the cursor.
///
/// # Errors
/// What is missing.
pub fn edit_part(state: &State) -> Can {
    part(state)?;
    let row = page(state)?.part();
    match row.map(|row| row.kind) {
        Some(TreeKind::Not) => Ok(()),
        Some(kind) if kind.text().is_some() => Ok(()),
        _ => Err(msg!("console.reason.no-condition").into()),
    }
}

/// A group is under the cursor, or what stands in one.
///
/// # Errors
/// What is missing.
pub fn flip_group(state: &State) -> Can {
    part(state)?;
    if page(state)?.grouped() { Ok(()) } else { Err(msg!("console.reason.no-group").into()) }
}

/// Other figures can be shown.
///
/// # Errors
/// That there are none yet.
pub fn beside(state: &State) -> Can {
    match page(state)?.count {
        Some(_) => Ok(()),
        None => Err(msg!("console.reason.no-figures").into()),
    }
}

/// Rows of figures follow.
///
/// # Errors
/// That none do.
pub fn figures_after(state: &State) -> Can {
    beside(state)?;
    let page = page(state)?;
    if page.figure + page.figures_a_turn(state.size, state.size.0 >= ROOM) < page.figures() {
        Ok(())
    } else {
        Err(msg!("console.reason.last-figures").into())
    }
}

/// Rows of figures stand before.
///
/// # Errors
/// That none do.
pub fn figures_before(state: &State) -> Can {
    beside(state)?;
    if page(state)?.figure > 0 { Ok(()) } else { Err(msg!("console.reason.first-figures").into()) }
}

/// Several rows may be chosen.
///
/// # Errors
/// That one is chosen.
pub fn mark(state: &State) -> Can {
    match picker(state) {
        Some(picker) if picker.many() => Ok(()),
        _ => Err(msg!("console.reason.choose-one").into()),
    }
}

/// Something is typed, or a step was gone.
///
/// # Errors
/// That this is the first step.
pub fn step_back(state: &State) -> Can {
    match picker(state) {
        Some(picker) if !picker.field.text().is_empty() || !picker.draft.is_first() => Ok(()),
        _ => Err(msg!("console.reason.first-step").into()),
    }
}
