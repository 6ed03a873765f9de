//! Choosing step by step from lists that a few letters make short: the attribute, what is asked of it, the value.

use chrono::NaiveDate;

use crate::app::field::Field;
use crate::app::study::Reviewed;
use crate::domain::find::{self, Hay};
use crate::domain::message::Message;
use crate::domain::rule::{Called, Column, Joint, Operator, Path, Values};

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
    /// All open tasks of the RM of this code are given to him.
    AllOf(String),
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
    /// Which column.
    Column,
    /// What is asked of it.
    Operator(Column),
    /// With which values.
    Values(Column, Operator),
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
    /// An operator.
    Operator(Operator),
    /// A value, as it stands in the records.
    Value(String),
    /// A text to be changed.
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
    /// What the rows must match; where there are none, what is typed.
    pub field: Field,
    rows: Vec<PickRow>,
    hays: Vec<Hay>,
    shown: Vec<usize>,
    /// Which row the cursor is on.
    pub cursor: usize,
    /// Why what was chosen cannot be taken.
    pub error: Option<Message>,
}

impl Picker {
    /// A list, each row with the words that it can be found by.
    #[must_use]
    pub fn new(of: PickFor, step: PickStep, rows: Vec<(PickRow, String)>) -> Self {
        let rows = rows.into_iter().map(|(row, words)| (row, Hay::of(&words)));
        let (rows, hays): (Vec<_>, Vec<_>) = rows.unzip();
        let shown = (0..rows.len()).collect();
        let field = Field::default();
        Self { of, step, field, rows, hays, shown, cursor: 0, error: None }
    }

    /// The rows that match what was typed, best first.
    #[must_use]
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &PickRow> {
        self.shown.iter().map(|&at| &self.rows[at])
    }

    /// The row under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<&PickRow> {
        self.shown.get(self.cursor).map(|&at| &self.rows[at])
    }

    /// True if something is typed rather than chosen.
    #[must_use]
    pub fn typed(&self) -> bool {
        self.rows.is_empty()
    }

    /// Several rows may be chosen.
    #[must_use]
    pub fn many(&self) -> bool {
        matches!(&self.step, PickStep::Values(_, operator) if operator.values() == Values::Many)
    }

    /// What was typed has changed.
    pub fn refilter(&mut self) {
        self.shown = find::among(self.field.text(), &self.hays);
        self.cursor = 0;
        self.error = None;
    }

    /// Moves the cursor; it stops at the ends.
    pub fn move_by(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.shown.len().saturating_sub(1));
    }

    /// Marks the row under the cursor, or takes its mark away, and makes room for the next word.
    pub fn mark(&mut self) {
        if let Some(&at) = self.shown.get(self.cursor) {
            self.rows[at].marked = !self.rows[at].marked;
            if !self.field.text().is_empty() {
                self.field = Field::default();
                self.refilter();
                self.cursor = at;
            }
        }
    }

    /// The values that are chosen: the marked ones, else that under the cursor, else what was typed.
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
        let several = |text: &str| -> Vec<String> {
            let parts = text.split([',', '，']).flat_map(str::split_whitespace);
            parts.filter(|part| *part != "..").map(str::to_owned).collect()
        };
        match &self.step {
            PickStep::Values(_, operator) if operator.values() != Values::One => several(text),
            _ if text.is_empty() => vec![],
            _ => vec![text.to_owned()],
        }
    }
}
