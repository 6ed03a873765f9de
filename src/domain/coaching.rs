//! The coaching log (网点辅导): what was seen at a unit or with an RM, what was agreed, and what a later look has found.

use chrono::NaiveDate;
use serde::Serialize;

use super::message::Key;
use crate::msg;

/// What a look at an agreement has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// It was kept, which ends it.
    Kept,
    /// Not yet: it is looked at again on another day.
    Again,
    /// It holds no more, which ends it.
    Dropped,
}

impl Found {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Kept, Self::Again, Self::Dropped];

    /// The word of commands and of the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Again => "again",
            Self::Dropped => "dropped",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Kept => msg!("coaching.found.kept"),
            Self::Again => msg!("coaching.found.again"),
            Self::Dropped => msg!("coaching.found.dropped"),
        }
    }
}

/// What is to be noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCoaching {
    /// The unit's code.
    pub org: String,
    /// The RM's code, if it is about him.
    pub rm: Option<String>,
    /// The day on which it was seen; none for the bank's.
    pub seen_on: Option<NaiveDate>,
    /// What was seen.
    pub seen: String,
    /// What was agreed.
    pub agreed: String,
    /// Until when.
    pub due: NaiveDate,
}

/// A look at an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recheck {
    /// When.
    pub on: NaiveDate,
    /// What was found.
    pub result: Found,
    /// In words.
    pub text: String,
    /// When it is looked at again.
    pub next_due: Option<NaiveDate>,
    /// Who looked.
    pub by: String,
}

/// An entry of the log. It serializes to a row of `coaching list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coaching {
    /// Its number.
    pub coaching: i64,
    /// The unit's code.
    pub org: String,
    /// What people call the unit.
    pub org_name: String,
    /// The RM's code, if it is about him.
    pub rm: Option<String>,
    /// The RM's name.
    pub rm_name: Option<String>,
    /// When it was seen.
    pub seen_on: NaiveDate,
    /// What was seen.
    pub seen: String,
    /// What was agreed.
    pub agreed: String,
    /// Until when, as it was agreed first.
    pub due: NaiveDate,
    /// Who noted it.
    pub by: String,
    /// The looks at it, in their order.
    pub rechecks: Vec<Recheck>,
}

impl Coaching {
    /// When it is to be looked at; none once it has ended.
    #[must_use]
    pub fn open_until(&self) -> Option<NaiveDate> {
        self.rechecks.last().map_or(Some(self.due), |last| last.next_due)
    }

    /// What the last look has found; none before the first.
    #[must_use]
    pub fn stands(&self) -> Option<Found> {
        self.rechecks.last().map(|last| last.result)
    }

    /// When it is to be looked at, and in a word how it stands on a day: the same on the screen and in the command.
    #[must_use]
    pub fn stands_on(&self, on: NaiveDate) -> (Option<NaiveDate>, Key) {
        let word = match self.stands() {
            _ if self.is_due(on) => msg!("coaching.due"),
            None => msg!("coaching.open"),
            Some(found) => found.label(),
        };
        (self.open_until(), word)
    }

    /// It is open, and its day has come or passed.
    #[must_use]
    pub fn is_due(&self, on: NaiveDate) -> bool {
        self.open_until().is_some_and(|due| due <= on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agreement_waits_until_a_look_ends_it() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        let mut entry = Coaching {
            coaching: 1,
            org: "S1".into(),
            org_name: String::new(),
            rm: None,
            rm_name: None,
            seen_on: day(1),
            seen: "a".into(),
            agreed: "b".into(),
            due: day(10),
            by: "li".into(),
            rechecks: vec![],
        };
        assert_eq!((entry.open_until(), entry.stands()), (Some(day(10)), None));
        assert!(entry.is_due(day(10)) && !entry.is_due(day(9)));
        assert_eq!(entry.stands_on(day(9)), (Some(day(10)), msg!("coaching.open")));
        assert_eq!(entry.stands_on(day(10)), (Some(day(10)), msg!("coaching.due")));
        let look = |result, next_due| Recheck {
            on: day(10),
            result,
            text: "c".into(),
            next_due,
            by: "li".into(),
        };
        entry.rechecks.push(look(Found::Again, Some(day(20))));
        assert_eq!((entry.open_until(), entry.is_due(day(19))), (Some(day(20)), false));
        entry.rechecks.push(look(Found::Kept, None));
        assert_eq!((entry.open_until(), entry.stands()), (None, Some(Found::Kept)));
        assert_eq!(entry.stands_on(day(30)), (None, msg!("coaching.found.kept")));
        assert!(!entry.is_due(day(30)));
    }

    #[test]
    fn every_word_is_read_back() {
        for found in Found::ALL {
            assert_eq!(Found::parse(found.word()), Some(found));
        }
        assert_eq!(Found::parse("done"), None);
    }
}
