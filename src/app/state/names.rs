//! Words of the catalogue by which rows are found: the state machine names messages and never renders them.

use crate::domain::message::Key;

/// Messages with their words, in the operator's language and in Chinese.
pub type Names = [(Key, String)];

/// The words of a message; nothing for one that is not among them.
#[must_use]
pub fn word(names: &Names, key: Key) -> &str {
    names.iter().find(|(known, _)| *known == key).map_or("", |(_, word)| word)
}
