//! The one table of commands: keys, which-key, bottom line, palette, help and docs all come from it.

pub mod available;
mod branch;
pub mod branch_available;
mod calendar;
pub mod calendar_available;
pub mod chosen;
mod contexts;
mod deliveries;
pub mod delivery_available;
pub mod desk_available;
mod desks;
mod everywhere;
mod exports;
pub mod gate;
pub mod going;
pub mod metric_available;
mod metrics;
pub mod moment_available;
pub mod name;
mod places;
pub mod review_available;
pub mod review_behind;
mod reviews;
pub mod rule_available;
mod rules;
pub mod score_available;
mod scores;
pub mod search;
mod strategies;
pub mod strategy_available;
mod studies;
pub mod study_available;
pub mod table;
pub mod test_push_available;
mod test_pushes;

use super::key::Key as Press;
use super::state::State;
use crate::domain::message::{Key, Message};

pub use name::{CommandId, Context};
pub use table::TABLE;

/// What a command risks, and so how it is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Risk {
    /// It reads or moves.
    None,
    /// It writes something that can be written again.
    Writes,
    /// It binds people: a yes is asked for.
    Binds,
    /// It reaches branches: a capital yes, beside the count.
    Pushes,
}

/// Why a command cannot be used now.
pub type Reason = Message;

/// One row.
#[derive(Clone, Copy)]
pub struct Command {
    /// Its name in code.
    pub id: CommandId,
    /// Where it holds.
    pub contexts: &'static [Context],
    /// Its keys, the first is shown; two keys in turn stand with a blank between them.
    pub keys: &'static [&'static str],
    /// Two or three words.
    pub title: Key,
    /// A sentence.
    pub help: Key,
    /// What it risks.
    pub risk: Risk,
    /// The bottom line shows it, in the order of the table.
    pub footer: bool,
    /// Whether it can be used now, or why not.
    pub available: fn(&State) -> Result<(), Reason>,
}

impl Command {
    /// It holds in this context.
    #[must_use]
    pub fn holds(&self, context: Context) -> bool {
        self.contexts.contains(&context)
    }
}

/// The row that a key means in a context, after `prefix` if one was typed.
#[must_use]
pub fn find(context: Context, prefix: Option<char>, press: Press) -> Option<&'static Command> {
    TABLE.iter().find(|row| {
        row.holds(context)
            && row.keys.iter().any(|keys| match (prefix, keys.split_once(' ')) {
                (None, None) => Press::parse(keys) == Some(press),
                (Some(first), Some((head, last))) => {
                    Press::parse(head) == Some(Press::char(first))
                        && Press::parse(last) == Some(press)
                }
                _ => false,
            })
    })
}

/// The row of a command. Every command has one: a test walks them.
#[must_use]
pub fn row(id: CommandId) -> &'static Command {
    TABLE.iter().find(|row| row.id == id).unwrap_or(&TABLE[0])
}

/// The rows of a context in which two keys in turn begin with `prefix`, and their second key.
pub fn behind(
    context: Context,
    prefix: char,
) -> impl Iterator<Item = (&'static Command, &'static str)> {
    TABLE.iter().filter(move |row| row.holds(context)).filter_map(move |row| {
        let last = row.keys.iter().find_map(|keys| {
            let (head, last) = keys.split_once(' ')?;
            (Press::parse(head) == Some(Press::char(prefix))).then_some(last)
        })?;
        Some((row, last))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key means one thing in one place.
    #[test]
    fn no_key_stands_twice_in_a_context() {
        for context in Context::ALL {
            let mut seen: Vec<(&str, CommandId)> = Vec::new();
            for row in TABLE.iter().filter(|row| row.holds(context)) {
                for &key in row.keys {
                    let before = seen.iter().find(|(k, _)| *k == key);
                    assert!(before.is_none(), "{key} in {context:?}: {:?} and {before:?}", row.id);
                    let head = key.split(' ').next().unwrap();
                    let clash = seen.iter().any(|(k, _)| *k == head && key.contains(' '));
                    assert!(!clash, "{key} in {context:?} cannot be reached: {head} acts alone");
                    seen.push((key, row.id));
                }
            }
        }
    }

    #[test]
    fn every_key_can_be_read_and_arrives_everywhere() {
        let swallowed =
            ["C-b", "C-a", "C-s", "C-q", "C-z", "C-h", "C-i", "C-m", "C-j", "C-[", "C-\\"];
        for row in TABLE.iter() {
            assert!(!row.keys.is_empty(), "{:?} has no key", row.id);
            for keys in row.keys {
                for key in keys.split(' ') {
                    assert!(Press::parse(key).is_some(), "{key}");
                    assert!(!swallowed.contains(&key), "{key} is swallowed by some terminals");
                }
            }
        }
    }

    /// Where characters are text, `update` never takes one for a command.
    #[test]
    fn where_characters_are_text_every_command_has_another_key() {
        for row in TABLE.iter() {
            if row.contexts.iter().any(|c| c.types()) {
                let mut presses = row.keys.iter().filter_map(|k| Press::parse(k));
                assert!(presses.any(|p| p.typed().is_none()), "{:?}", row.id);
            }
        }
    }

    /// How many ids the enumeration has, each pane's once: whoever adds one adds its row.
    fn named() -> usize {
        let (_, body) = include_str!("name.rs").split_once("pub enum CommandId {").unwrap();
        let (body, _) = body.split_once("\n}").unwrap();
        let ids = body.lines().map(str::trim).filter(|line| line.ends_with(','));
        ids.map(|id| if id == "Focus(Pane)," { crate::app::state::Pane::ALL.len() } else { 1 })
            .sum()
    }

    #[test]
    fn every_command_stands_in_one_row() {
        let mut ids: Vec<CommandId> = TABLE.iter().map(|row| row.id).collect();
        ids.sort_unstable();
        let rows = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), rows);
        assert_eq!(rows, named(), "an id without a row");
        for id in ids {
            assert_eq!(row(id).id, id);
        }
    }
}
