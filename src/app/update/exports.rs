//! The table on screen, or the report of the week, into a file.

use chrono::{DateTime, Utc};

use super::jobs;
use crate::app::effect::{Effect, Request};
use crate::app::field::Field;
use crate::app::listing::Freshness;
use crate::app::state::{Overlay, Prompt, PromptFor, State};
use crate::app::twin::{twin, week};
use crate::domain::message::Message;
use crate::msg;

/// Asks where to; the command that gives the same table is shown with the question.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let Ok(words) = twin(state) else { return vec![] };
    let day = match state.segments.freshness {
        Freshness::Fresh(day, _) | Freshness::Stale(day, _) => Some(day.to_string()),
        Freshness::Unknown => None,
    };
    let parts = words.iter().take(3).filter(|word| !word.starts_with('-')).cloned().chain(day);
    let name: String = parts.collect::<Vec<_>>().join("-");
    let name: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '_' })
        .take(60)
        .collect();
    state.overlay = Some(Overlay::Prompt(Prompt {
        of: PromptFor::Table,
        title: msg!("console.prompt.export-table"),
        field: Field::new(format!("{name}.xlsx")),
        carried: words,
        error: None,
    }));
    vec![]
}

/// Asks where the report of this week is to lie.
pub(super) fn ask_week(state: &mut State) -> Vec<Effect> {
    let Some(words) = week(state) else { return vec![] };
    let day = words.last().cloned().unwrap_or_default();
    state.overlay = Some(Overlay::Prompt(Prompt {
        of: PromptFor::Table,
        title: msg!("console.prompt.week"),
        field: Field::new(format!("week-{day}.md")),
        carried: words,
        error: None,
    }));
    vec![]
}

/// Writes it.
pub(super) fn save(
    state: &mut State,
    twin: Vec<String>,
    path: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let title = Message::new(msg!("console.job.export-table")).with("path", path);
    jobs::begin(state, title, Request::SaveTable { twin, path: path.to_owned() }, now)
}
