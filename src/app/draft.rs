//! A half-written form, as it is kept on disk until it is saved or thrown away.

use serde::{Deserialize, Serialize};

/// What was being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DraftOf {
    /// A segment's rule.
    Segment,
    /// A strategy.
    Strategy,
    /// An event rule.
    Moment,
    /// What came of a task.
    Outcome,
    /// An entry of the coaching log.
    Coaching,
}

impl DraftOf {
    /// Its word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Segment => "segment",
            Self::Strategy => "strategy",
            Self::Moment => "moment",
            Self::Outcome => "outcome",
            Self::Coaching => "coaching",
        }
    }
}

/// Which form: its kind, and a word that stays while the code is being typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftKey {
    /// Which kind of form.
    pub of: DraftOf,
    /// The code it was opened for, with a number behind it if another form of that code was unfinished then.
    pub form: String,
}

impl DraftKey {
    /// The key of a form of this kind for `code`, which none of `taken` has.
    #[must_use]
    pub fn free<'a>(of: DraftOf, code: &str, taken: impl Iterator<Item = &'a Self>) -> Self {
        let taken: Vec<&Self> = taken.collect();
        let numbered = (2..).map(|n| format!("{code} {n}"));
        let all = std::iter::once(code.to_owned()).chain(numbered);
        let mut all = all.map(|form| Self { of, form });
        all.find(|key| !taken.contains(&key)).unwrap_or(Self { of, form: code.to_owned() })
    }
}

/// A form's fields as typed, finished or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Which form.
    pub key: DraftKey,
    /// Its fields in the order of the form; the code comes first.
    pub fields: Vec<String>,
}

impl Draft {
    /// What the operator knows it by: its code, once he has typed one.
    #[must_use]
    pub fn name(&self) -> &str {
        let code = self.fields.first().map_or("", |code| code.trim());
        if code.is_empty() { self.key.form.trim() } else { code }
    }

    /// The same with the name that was typed, which tells two forms of one code apart.
    #[must_use]
    pub fn called(&self) -> String {
        let named = matches!(self.key.of, DraftOf::Segment | DraftOf::Strategy | DraftOf::Moment);
        let name = self.fields.get(1).filter(|_| named).map_or("", |name| name.trim());
        format!("{} {name}", self.name()).trim_end().to_owned()
    }
}
