//! Asking for one line.

use crate::app::effect::Effect;
use crate::app::field::Field;
use crate::app::state::{Overlay, Prompt, PromptFor, State};
use crate::domain::message::Key;

/// Asks for one line, with what is offered in it and what earlier lines were answered with.
pub(super) fn prompt(
    state: &mut State,
    (of, title): (PromptFor, Key),
    text: &str,
    carried: Vec<String>,
) -> Vec<Effect> {
    let field = Field::new(text);
    state.overlay = Some(Overlay::Prompt(Prompt { of, title, field, carried, error: None }));
    vec![]
}
