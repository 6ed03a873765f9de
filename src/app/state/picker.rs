//! Choosing step by step from lists that a few letters make short: the attribute, what is asked of it, the value.

use chrono::NaiveDate;

use crate::app::field::Field;
use crate::app::study::Reviewed;
use crate::domain::find::{self, Hay};
use crate::domain::message::Message;
use crate::domain::rule::{
    Answer, Ask, Called, Column, Draft, Joint, Operator, Path, Values, What,
};

/// What becomes of what is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PickFor {
    /// A condition joined to the part of the tree there.
    Join(Path, Joint),
    /// A condition in its place.
    Replace(Path),
    /// The members are split by the column.
    Split,
    /// The cells of a grid have figures of the column.
    Metric,
    /// A new strategy begins from it.
    Template,
    /// A task is given to him.
    Rm,
    /// All open tasks of the RM of this code are given to him; with none those that nobody has.
    AllOf(Option<String>),
    /// A branch says that of a strategy.
    Feedback,
    /// A look at the agreement with this number has found that.
    Recheck(i64),
    /// It is reviewed.
    Reviewed,
}

/// How far the choosing is.
#[derive(Clone, Debug, PartialEq)]
pub enum PickStep {
    /// Which column to split by, or to have a figure of.
    Column,
    /// A part of a condition.
    Part(Ask),
    /// A condition as text.
    Text,
    /// Which template.
    Template,
    /// Which RM.
    Rm,
    /// Which other RM gets all open tasks of one.
    OtherRm,
    /// What the feedback is about.
    Feedback,
    /// What was found.
    Recheck,
    /// How much of a strategy.
    Reviewed,
}

/// What a row of the list stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Picked {
    /// A column.
    Column(Column),
    /// An answer to what is asked for a condition.
    Answer(Answer),
    /// A value, as it stands in the records.
    Value(String),
    /// The code of something that is no part of a condition.
    Text(String),
    /// How much of a strategy is reviewed.
    Review {
        /// How much.
        of: Reviewed,
        /// When it was pushed, if it is one push.
        day: Option<NaiveDate>,
        /// How many pushes it is.
        pushes: usize,
    },
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct PickRow {
    /// What it stands for.
    pub picked: Picked,
    /// As rules write it.
    pub code: String,
    /// What people call it.
    pub called: Called,
    /// Chosen with others.
    pub marked: bool,
}

/// A list that is being chosen from.
#[derive(Clone, Debug)]
pub struct Picker {
    /// What becomes of what is chosen.
    pub of: PickFor,
    /// How far the choosing is.
    pub step: PickStep,
    /// What was chosen of a condition so far.
    pub draft: Draft,
    /// What the rows must match; where there are none, what is typed.
    pub field: Field,
    rows: Vec<PickRow>,
    hays: Vec<Hay>,
    /// What each row is called, in lower case.
    words: Vec<String>,
    shown: Vec<usize>,
    /// What was typed, where it is an answer that is not listed.
    typed: Option<PickRow>,
    /// Which row the cursor is on.
    pub cursor: usize,
    /// Why what was chosen cannot be taken.
    pub error: Option<Message>,
}

impl Picker {
    /// A list, each row with the words that it can be found by.
    #[must_use]
    pub fn new(of: PickFor, step: PickStep, rows: Vec<(PickRow, String)>) -> Self {
        let words = rows.iter().map(|(_, words)| words.to_lowercase()).collect();
        let rows = rows.into_iter().map(|(row, words)| (row, Hay::of(&words)));
        let (rows, hays): (Vec<_>, Vec<_>) = rows.unzip();
        let shown = (0..rows.len()).collect();
        let (draft, field) = (Draft::default(), Field::default());
        Self {
            of,
            step,
            draft,
            field,
            rows,
            hays,
            words,
            shown,
            typed: None,
            cursor: 0,
            error: None,
        }
    }

    /// The rows that match what was typed, best first; before them what was typed, where that is an answer itself.
    #[must_use]
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &PickRow> {
        let typed = usize::from(self.typed.is_some());
        (0..typed + self.shown.len()).filter_map(|at| self.at(at)).collect::<Vec<_>>().into_iter()
    }

    fn at(&self, at: usize) -> Option<&PickRow> {
        match (&self.typed, at) {
            (Some(typed), 0) => Some(typed),
            (typed, at) => {
                let at = at - usize::from(typed.is_some());
                self.shown.get(at).map(|&at| &self.rows[at])
            }
        }
    }

    /// The row under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<&PickRow> {
        self.at(self.cursor)
    }

    /// What is asked for a condition.
    #[must_use]
    pub fn ask(&self) -> Option<&Ask> {
        match &self.step {
            PickStep::Part(ask) => Some(ask),
            _ => None,
        }
    }

    /// The operator whose values are asked for.
    #[must_use]
    pub fn operator(&self) -> Option<Operator> {
        match self.ask().map(|ask| &ask.what) {
            Some(What::Values(_, operator)) => Some(*operator),
            _ => None,
        }
    }

    /// True if something is typed rather than chosen.
    #[must_use]
    pub fn typed(&self) -> bool {
        let listed = self.ask().is_some() && self.operator().is_none();
        self.rows.is_empty() && !listed
    }

    /// Several rows may be chosen.
    #[must_use]
    pub fn many(&self) -> bool {
        self.operator().is_some_and(|operator| operator.values() == Values::Many)
            && !self.rows.is_empty()
    }

    /// What stands in the condition until now, where it is typed: kept if nothing else is.
    #[must_use]
    pub fn kept(&self) -> Option<&[String]> {
        let (ask, operator) = (self.ask()?, self.operator()?);
        match self.draft.known(ask.slot) {
            Some(Answer::Values(values)) if self.typed() => {
                let fits = match operator.values() {
                    Values::None => false,
                    Values::One => values.len() == 1,
                    Values::Two => values.len() == 2,
                    Values::Many => !values.is_empty(),
                };
                fits.then_some(values.as_slice())
            }
            _ => None,
        }
    }

    /// Puts the cursor on what was answered here before, and marks it where several are chosen.
    pub fn recall(&mut self) {
        let Some(known) = self.ask().and_then(|ask| self.draft.known(ask.slot)).cloned() else {
            return;
        };
        match known {
            Answer::Values(values) => {
                let many = self.many();
                let mut first = None;
                for (at, row) in self.rows.iter_mut().enumerate() {
                    let here =
                        matches!(&row.picked, Picked::Value(value) if values.contains(value));
                    row.marked |= here && many;
                    first = first.or(here.then_some(at));
                }
                self.cursor = first.unwrap_or(0);
            }
            known => {
                let same = |row: &PickRow| row.picked == Picked::Answer(known.clone());
                self.cursor = self.rows.iter().position(same).unwrap_or(0);
            }
        }
    }

    /// What was typed has changed; with what it is as an answer of its own.
    pub fn refilter(&mut self, typed: Option<PickRow>) {
        self.shown = find::among(self.field.text(), &self.hays);
        // Whoever types a code means it, and whoever begins one or a name too, however well letters here and there match
        // another row.
        let typed_text = self.field.text().trim().to_lowercase();
        self.shown.sort_by_cached_key(|&at| {
            let code = self.rows[at].code.to_lowercase();
            let words = &self.words[at];
            let begins = |from: usize| {
                let before = words[..from].chars().next_back();
                before.is_none_or(|c| !c.is_alphanumeric())
            };
            match () {
                () if code == typed_text => 0,
                () if code.starts_with(&typed_text) => 1,
                () if words.match_indices(&typed_text).any(|(from, _)| begins(from)) => 2,
                () => 3,
            }
        });
        if let Some(typed) = &typed {
            self.shown.retain(|&at| self.rows[at].picked != typed.picked);
        }
        self.typed = typed;
        self.cursor = 0;
        self.error = None;
    }

    /// Moves the cursor; it stops at the ends.
    pub fn move_by(&mut self, by: isize) {
        let last = self.shown().len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
    }

    /// Marks the row under the cursor, or takes its mark away, and makes room for the next word.
    pub fn mark(&mut self) {
        if let Some(&at) = self.shown.get(self.cursor) {
            self.rows[at].marked = !self.rows[at].marked;
            if !self.field.text().is_empty() {
                self.field = Field::default();
                self.refilter(None);
                self.cursor = at;
            }
        }
    }

    /// The values that are chosen: the marked ones, else that under the cursor, else what was typed, else what stood
    /// there.
    #[must_use]
    pub fn values(&self) -> Vec<String> {
        let value = |row: &PickRow| match &row.picked {
            Picked::Value(value) => Some(value.clone()),
            _ => None,
        };
        let marked: Vec<String> =
            self.rows.iter().filter(|row| row.marked).filter_map(value).collect();
        if !marked.is_empty() {
            return marked;
        }
        if let Some(chosen) = self.chosen().and_then(value) {
            return vec![chosen];
        }
        let text = self.field.text().trim();
        match self.operator().map(Operator::values) {
            _ if text.is_empty() => self.kept().unwrap_or_default().to_vec(),
            Some(Values::Two) => apart(text, true),
            Some(Values::Many) => apart(text, false),
            _ => vec![text.to_owned()],
        }
    }
}

/// Values that were typed in one line: between commas or dots, and numbers between blanks too.
fn apart(text: &str, blanks: bool) -> Vec<String> {
    let text = text.replace("..", ",");
    let commas = [',', '，', '、', ';', '；'];
    let parts: Vec<&str> = if blanks && !text.contains(commas) {
        text.split_whitespace().collect()
    } else {
        text.split(commas).map(str::trim).filter(|part| !part.is_empty()).collect()
    };
    parts.into_iter().map(str::to_owned).collect()
}
