//! Test pushes (试下发): how a strategy would look to the author's own branch, before anybody approves it.
//!
//! A test push is no push. It names no customer, stands apart from every list, and nothing is counted from it: a few examples
//! with the scripts filled, marked as a test, that are looked at, answered in words and taken back.

use chrono::{NaiveDate, NaiveDateTime};

use super::script;
use crate::domain::message::{Arg, Key};
use crate::msg;

/// How many examples are taken.
pub const EXAMPLES: i64 = 3;

/// What fills the placeholders for one example, by name; the customer himself is masked and has no number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// Name and value of each placeholder; what the bank calls in both languages, in both.
    pub values: Vec<(String, Arg)>,
}

impl Example {
    /// What fills this placeholder.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Arg> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A script with its placeholders filled by what `say` makes of their values, and a blank where nothing is known.
    #[must_use]
    pub fn fill(&self, words: &str, say: impl Fn(&Arg) -> String) -> String {
        script::render(words, |name| self.value(name).map(&say))
    }
}

/// Where a test push stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestState {
    /// The unit sees it.
    Shown,
    /// Taken back, or another took its place.
    TakenBack,
    /// Its last day is over, or the strategy itself was pushed.
    Over,
}

impl TestState {
    /// The word of JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::TakenBack => "taken_back",
            Self::Over => "over",
        }
    }

    /// In words.
    #[must_use]
    pub fn title(self) -> Key {
        match self {
            Self::Shown => msg!("strategy.test.state.shown"),
            Self::TakenBack => msg!("strategy.test.state.taken-back"),
            Self::Over => msg!("strategy.test.state.over"),
        }
    }
}

/// What the unit has said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Who.
    pub by: String,
    /// When, in the bank's time zone.
    pub at: NaiveDateTime,
    /// What; several lines.
    pub words: String,
}

/// A test push with its examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestPush {
    /// Its number; not that of a push.
    pub test: i64,
    /// Code of the strategy.
    pub strategy: String,
    /// Which version.
    pub version: i32,
    /// The strategy's name.
    pub name: String,
    /// Code of the unit that sees it.
    pub org: String,
    /// Name of the unit.
    pub org_name: String,
    /// Who has made it.
    pub by: String,
    /// When, in the bank's time zone.
    pub at: NaiveDateTime,
    /// The last day on which it is shown, by the server's clock.
    pub until: NaiveDate,
    /// Where it stands.
    pub state: TestState,
    /// What the unit has said.
    pub answered: Option<Answered>,
    /// Product of the version.
    pub product: String,
    /// Benefit of the version.
    pub benefit: String,
    /// The strategy's script, and those of its waves with their names.
    pub scripts: Vec<(Option<String>, String)>,
    /// The examples.
    pub examples: Vec<Example>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_fills_what_it_knows() {
        let tier = Arg::Label { zh: "大众".to_owned(), en: "Mass".to_owned() };
        let example =
            Example { values: vec![("name".into(), "王**".into()), ("tier".into(), tier)] };
        let zh = |value: &Arg| match value {
            Arg::Text(text) | Arg::Label { zh: text, .. } => text.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(example.fill("您好，{name}，{tier}，{rm}", zh), "您好，王**，大众，____");
    }
}
