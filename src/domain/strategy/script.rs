//! Scripts (话术) with placeholders: `{name}` is the customer's masked name, `{rm}` the relationship manager's, any
//! other one a column of the customer or an attribute of the dictionary. `{{` and `}}` stand for the braces themselves.

use std::ops::Range;

use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::rule::Vocabulary;
use crate::msg;

/// Placeholders that every customer fills, beside the attributes. The phone is none of them.
pub const OWN: [&str; 8] = ["name", "rm", "org", "tier", "aum", "age", "gender", "opened_on"];

/// What stands where a customer has no value.
pub const BLANK: &str = "____";

/// What is wrong with a script's placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptFault {
    /// A `{` that is not closed on its line.
    Open,
    /// No column of a customer, and no attribute.
    Unknown {
        /// The name between the braces.
        name: String,
        /// What was probably meant.
        guess: Option<String>,
    },
}

/// A fault and the bytes of the script that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// What is wrong.
    pub fault: ScriptFault,
    /// Where in the script.
    pub at: Range<usize>,
}

impl ScriptError {
    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match &self.fault {
            ScriptFault::Open => msg!("strategy.script.open").into(),
            ScriptFault::Unknown { name, guess: None } => {
                Message::new(msg!("strategy.script.unknown")).with("name", clean(name).into_owned())
            }
            ScriptFault::Unknown { name, guess: Some(guess) } => {
                Message::new(msg!("strategy.script.unknown-guess"))
                    .with("name", clean(name).into_owned())
                    .with("guess", clean(guess).into_owned())
            }
        }
    }
}

/// A part of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'s> {
    /// As it stands.
    Text(&'s str),
    /// A placeholder: its name, and its bytes with the braces.
    Slot(&'s str, Range<usize>),
}

/// Takes a script apart.
///
/// # Errors
/// [`ScriptFault::Open`] where a brace is not closed on its line.
pub fn pieces(script: &str) -> Result<Vec<Piece<'_>>, ScriptError> {
    let mut pieces = vec![];
    let mut from = 0;
    let mut at = 0;
    while let Some(next) = script[at..].find(['{', '}']).map(|i| at + i) {
        let rest = &script[next..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            pieces.push(Piece::Text(&script[from..=next]));
            at = next + 2;
            from = at;
        } else if rest.starts_with('{') {
            let close = rest.find(['}', '\n']).filter(|&i| rest[i..].starts_with('}'));
            let Some(close) = close else {
                return Err(ScriptError { fault: ScriptFault::Open, at: next..next + 1 });
            };
            pieces.push(Piece::Text(&script[from..next]));
            pieces.push(Piece::Slot(rest[1..close].trim(), next..next + close + 1));
            at = next + close + 1;
            from = at;
        } else {
            at = next + 1;
        }
    }
    pieces.push(Piece::Text(&script[from..]));
    pieces.retain(|piece| *piece != Piece::Text(""));
    Ok(pieces)
}

/// Checks every placeholder against the bank's dictionary.
///
/// # Errors
/// The first that nothing fills.
pub fn check(script: &str, vocabulary: &Vocabulary) -> Result<(), ScriptError> {
    for piece in pieces(script)? {
        let Piece::Slot(name, at) = piece else { continue };
        let known = OWN.contains(&name)
            || vocabulary.attributes().iter().any(|attribute| attribute.code == name);
        if !known {
            let guess = guess(name, vocabulary);
            let fault = ScriptFault::Unknown { name: name.to_owned(), guess };
            return Err(ScriptError { fault, at });
        }
    }
    Ok(())
}

fn guess(name: &str, vocabulary: &Vocabulary) -> Option<String> {
    vocabulary.nearest_attribute_or(name, &OWN).map(str::to_owned)
}

/// The names of the placeholders, each once, in their order.
#[must_use]
pub fn slots(script: &str) -> Vec<&str> {
    let mut names = vec![];
    for piece in pieces(script).unwrap_or_default() {
        if let Piece::Slot(name, _) = piece
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// The script with each placeholder's value, [`BLANK`] where there is none. A script that cannot be taken apart stays
/// as it is.
pub fn render(script: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let Ok(pieces) = pieces(script) else { return script.to_owned() };
    let filled = pieces.into_iter().map(|piece| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Slot(name, _) => value(name).unwrap_or_else(|| BLANK.to_owned()),
    });
    filled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn placeholders_are_filled_and_doubled_braces_stay() {
        let script = "您好，{name}，\n{{活动}} 余额 {deposit_balance} }";
        let value = |name: &str| (name == "name").then(|| "王**".to_owned());
        assert_eq!(render(script, value), "您好，王**，\n{活动} 余额 ____ }");
        assert_eq!(slots("{name}{rm} {name}"), ["name", "rm"]);
    }

    #[test]
    fn an_open_brace_is_refused_with_its_place() {
        for (script, at) in [("您好 {name", 7..8), ("{na\nme}", 0..1), ("{a}{", 3..4)] {
            let error = pieces(script).unwrap_err();
            assert_eq!((error.fault, error.at), (ScriptFault::Open, at), "{script}");
        }
    }

    proptest! {
        #[test]
        fn what_has_no_braces_is_not_changed(text in "[^{}]*") {
            prop_assert_eq!(render(&text, |_| None), text);
        }

        #[test]
        fn no_text_breaks_it(text in "[{}a\n客]*") {
            let _ = render(&text, |name| Some(name.to_owned()));
        }
    }
}
