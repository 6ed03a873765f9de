//! Words of the catalogue by which rows are found: the state machine names messages and never renders them.

use crate::domain::message::Key;
use crate::msg;

/// Messages with their words, in the operator's language and in Chinese.
pub type Names = [(Key, String)];

/// Of two names of one thing the one in the operator's language; its code where it has none.
#[must_use]
pub fn name<'a>(names: &Names, code: &'a str, (zh, en): (&'a str, &'a str)) -> &'a str {
    let own = if word(names, msg!("console.tongue")) == "zh" { zh } else { en };
    if own.is_empty() { code } else { own }
}

/// The words of a message; nothing for one that is not among them.
#[must_use]
pub fn word(names: &Names, key: Key) -> &str {
    names.iter().find(|(known, _)| *known == key).map_or("", |(_, word)| word)
}
