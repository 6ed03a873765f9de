//! What the TOML reader says of a text, in the operator's language: it speaks English only, so that its sentence is quoted beside ours.

use super::message::{Key, Message};
use crate::msg;

/// How the reader's sentences begin, and what each means.
const KNOWN: [(&str, Key); 29] = [
    ("string values must be quoted", msg!("strategy.toml.unquoted")),
    ("missing opening quote", msg!("strategy.toml.unquoted")),
    ("invalid value", msg!("strategy.toml.unquoted")),
    ("invalid boolean", msg!("strategy.toml.unquoted")),
    ("invalid integer", msg!("strategy.toml.bad-number")),
    ("duplicate key", msg!("strategy.toml.twice")),
    ("cannot extend value", msg!("strategy.toml.twice")),
    ("key with no value", msg!("strategy.toml.no-equals")),
    ("invalid key-value pair", msg!("strategy.toml.no-equals")),
    ("missing assignment", msg!("strategy.toml.no-equals")),
    ("missing value", msg!("strategy.toml.no-value")),
    ("extra `=`", msg!("strategy.toml.more-equals")),
    ("extra assignment", msg!("strategy.toml.more-equals")),
    ("unexpected `=`", msg!("strategy.toml.more-equals")),
    ("missing comma", msg!("strategy.toml.no-comma")),
    ("extra comma", msg!("strategy.toml.more-commas")),
    ("unclosed", msg!("strategy.toml.unclosed")),
    ("invalid basic string", msg!("strategy.toml.bad-text")),
    ("invalid literal string", msg!("strategy.toml.bad-text")),
    ("invalid multi-line", msg!("strategy.toml.bad-text")),
    ("missing escaped value", msg!("strategy.toml.bad-text")),
    ("invalid unquoted key", msg!("strategy.toml.bad-key")),
    ("unquoted keys cannot be empty", msg!("strategy.toml.bad-key")),
    ("unexpected leading zero", msg!("strategy.toml.bad-number")),
    ("unexpected sign", msg!("strategy.toml.bad-number")),
    ("redundant", msg!("strategy.toml.bad-number")),
    ("`_` may only go between digits", msg!("strategy.toml.bad-number")),
    ("unexpected content", msg!("strategy.toml.more")),
    ("unexpected key or value", msg!("strategy.toml.more")),
];

/// What the reader's `reason` means, and the reason; where it is none that we know, the reason alone.
#[must_use]
pub fn said(reason: &str) -> Message {
    let known = KNOWN.iter().find(|(begins, _)| reason.starts_with(begins));
    let key = known.map_or(msg!("strategy.toml.other"), |(_, key)| *key);
    Message::new(key).with("reason", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What operators write most: each has a sentence of its own, whatever version of the reader is built in.
    #[test]
    fn a_usual_mistake_has_a_sentence_of_its_own() {
        let mut wrong = vec![];
        for (text, key) in [
            ("name = 策略", "strategy.toml.unquoted"),
            ("day = tomorrow", "strategy.toml.unquoted"),
            ("a = 1\na = 2", "strategy.toml.twice"),
            ("[a]\nb = 1\n[a]\n", "strategy.toml.twice"),
            ("name \"x\"", "strategy.toml.no-equals"),
            ("name", "strategy.toml.no-equals"),
            ("name =", "strategy.toml.unquoted"),
            ("a == 1", "strategy.toml.more-equals"),
            ("a = ['x' 'y']", "strategy.toml.no-comma"),
            ("a = [1, 2", "strategy.toml.unclosed"),
            ("[a", "strategy.toml.unclosed"),
            ("a = \"x", "strategy.toml.bad-text"),
            ("策略 = 1", "strategy.toml.bad-key"),
            ("a = 007", "strategy.toml.bad-number"),
            ("a = 1 b = 2", "strategy.toml.more"),
        ] {
            let error = toml::de::DeTable::parse(text).expect_err(text);
            let of = said(error.message()).key.0;
            if of != key {
                wrong.push(format!("{text}: {} is {of}", error.message()));
            }
        }
        assert_eq!(wrong, [""; 0]);
    }
}
