//! Finding commands by a few letters of their titles.

use super::{CommandId, Context, TABLE, row};
use crate::domain::find;

/// The commands of a place that match `needle`, best first; in the order of the table if it is blank.
#[must_use]
pub fn here(words: &[(CommandId, String)], needle: &str, place: Context) -> Vec<CommandId> {
    let held: Vec<&(CommandId, String)> =
        words.iter().filter(|(id, _)| row(*id).holds(place)).collect();
    find::matching(needle, held.iter().map(|(_, title)| title.as_str()))
        .into_iter()
        .map(|i| held[i].0)
        .collect()
}

/// The commands of every place that match `needle`; if it is blank, those of `place` first.
#[must_use]
pub fn everywhere(words: &[(CommandId, String)], needle: &str, place: Context) -> Vec<CommandId> {
    if needle.trim().is_empty() {
        let here = TABLE.iter().filter(|row| row.holds(place));
        let elsewhere = TABLE.iter().filter(|row| !row.holds(place));
        return here.chain(elsewhere).map(|row| row.id).collect();
    }
    find::matching(needle, words.iter().map(|(_, title)| title.as_str()))
        .into_iter()
        .map(|i| words[i].0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_begins_with_the_keys_of_the_place_where_one_is() {
        let all = everywhere(&[], "", Context::Explain);
        let here = all.iter().take_while(|id| row(**id).holds(Context::Explain)).count();
        assert_eq!(all.len(), TABLE.len());
        assert!(here > 5);
        assert!(all[here..].iter().all(|id| !row(*id).holds(Context::Explain)));
    }
}
