//! A moment as a file: TOML with `code`, `name`, `rule`, `action` and, for candidates, `strategy`; a `note` if there is one.

use toml::de::DeTable;

use super::MomentText;
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::strategy::file::Place;
use crate::domain::toml_words;
use crate::msg;

/// The keys of a file; the last two may be left out.
const KEYS: [&str; 6] = ["code", "name", "rule", "action", "strategy", "note"];

/// Why a file is not a moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MomentFileError {
    /// Not TOML.
    #[error("not TOML at {place:?}: {reason}")]
    Syntax {
        /// Where.
        place: Place,
        /// What the TOML reader says.
        reason: String,
    },
    /// A key that a moment does not have.
    #[error("unknown key {key} at {place:?}")]
    UnknownKey {
        /// The key as it stands.
        key: String,
        /// Where.
        place: Place,
    },
    /// A key that must be there is not.
    #[error("{key} is missing")]
    Missing {
        /// Which.
        key: &'static str,
    },
    /// A value that is not text.
    #[error("{key} is no text at {place:?}")]
    WrongType {
        /// The key.
        key: &'static str,
        /// Where.
        place: Place,
    },
}

impl MomentFileError {
    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Syntax { place, reason } => Message::new(msg!("moment.file.syntax"))
                .with("reason", toml_words::said(&clean(reason)))
                .with("place", place.message()),
            Self::UnknownKey { key, place } => Message::new(msg!("moment.file.unknown-key"))
                .with("key", clean(key).into_owned())
                .with("place", place.message()),
            Self::Missing { key } => Message::new(msg!("moment.file.missing")).with("key", *key),
            Self::WrongType { key, place } => Message::new(msg!("moment.file.wrong-type"))
                .with("key", *key)
                .with("place", place.message()),
        }
    }
}

/// Reads a moment's file. Line ends of a Windows editor become plain ones.
///
/// # Errors
/// [`MomentFileError`], the first in the order of the file.
pub fn parse(text: &str) -> Result<MomentText, MomentFileError> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let table = DeTable::parse(&text).map_err(|error| MomentFileError::Syntax {
        place: Place::of(&text, error.span().map_or(0, |span| span.start)),
        reason: error.message().to_owned(),
    })?;
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let mut values: [Option<String>; 6] = Default::default();
    for (key, value) in entries {
        let name: &str = key.get_ref();
        let Some(at) = KEYS.iter().position(|known| *known == name) else {
            let place = Place::of(&text, key.span().start);
            return Err(MomentFileError::UnknownKey { key: name.to_owned(), place });
        };
        let Some(written) = value.get_ref().as_str() else {
            let place = Place::of(&text, value.span().start);
            return Err(MomentFileError::WrongType { key: KEYS[at], place });
        };
        values[at] = Some(written.trim().to_owned());
    }
    let missing = |at: usize| MomentFileError::Missing { key: KEYS[at] };
    let [code, name, rule, action, strategy, note] = values;
    Ok(MomentText {
        code: code.ok_or_else(|| missing(0))?,
        name: name.ok_or_else(|| missing(1))?,
        rule: rule.ok_or_else(|| missing(2))?,
        action: action.ok_or_else(|| missing(3))?,
        strategy,
        note: note.filter(|note| !note.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "# a comment\r\ncode = \"MOT-OUT\"\r\nname = \"大额转出\"\r\nrule = \"\"\"\r\nevents('transfer_out', interval '1 day') >= 1\"\"\"\r\naction = \"finding\"\r\n";

    #[test]
    fn a_file_is_read_to_the_letter() {
        let text = parse(WHOLE).unwrap();
        assert_eq!((text.code.as_str(), text.name.as_str()), ("MOT-OUT", "大额转出"));
        assert_eq!(text.rule, "events('transfer_out', interval '1 day') >= 1");
        assert_eq!((text.action.as_str(), text.strategy), ("finding", None));
        let named = parse(&format!("{WHOLE}strategy = \"ST-1\"")).unwrap();
        assert_eq!(named.strategy.as_deref(), Some("ST-1"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let place = |line, column| Place { line, column };
        assert!(matches!(parse("code = "), Err(MomentFileError::Syntax { .. })));
        assert_eq!(
            parse("code = \"A\"\nwindow = \"x\"").unwrap_err(),
            MomentFileError::UnknownKey { key: "window".into(), place: place(2, 1) }
        );
        assert_eq!(
            parse("code = \"A\"\nname = 5").unwrap_err(),
            MomentFileError::WrongType { key: "name", place: place(2, 8) }
        );
        assert_eq!(parse("code = \"A\"").unwrap_err(), MomentFileError::Missing { key: "name" });
    }
}
