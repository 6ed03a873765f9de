//! Finding commands by a few letters of their titles.

use super::{CommandId, Context, TABLE, row};
use crate::app::filter;

/// The commands of a place that match `needle`, best first; in the order of the table if it is blank.
#[must_use]
pub fn here(words: &[(CommandId, String)], needle: &str, place: Context) -> Vec<CommandId> {
    let held: Vec<&(CommandId, String)> =
        words.iter().filter(|(id, _)| row(*id).holds(place)).collect();
    filter::matching(needle, held.iter().map(|(_, title)| title.as_str()))
        .into_iter()
        .map(|i| held[i].0)
        .collect()
}

/// The commands of every place that match `needle`.
#[must_use]
pub fn everywhere(words: &[(CommandId, String)], needle: &str) -> Vec<CommandId> {
    if needle.trim().is_empty() {
        return TABLE.iter().map(|row| row.id).collect();
    }
    filter::matching(needle, words.iter().map(|(_, title)| title.as_str()))
        .into_iter()
        .map(|i| words[i].0)
        .collect()
}
