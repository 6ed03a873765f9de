//! A command's result as rows, before it is written in any form.

use crate::domain::message::{Arg, Key};
use crate::msg;

/// Rows for `--format table` and `csv`.
#[derive(Debug)]
pub struct Table {
    pub(super) columns: Vec<(&'static str, Key)>,
    pub(super) rows: Vec<Vec<Arg>>,
    /// Of one thing: its values stand below one another and are no column of numbers.
    pub(super) facts: bool,
}

impl Table {
    /// A table whose columns have a fixed name (for csv, as in JSON) and a heading (for people).
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = (&'static str, Key)>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new(), facts: false }
    }

    /// Adds a row; an empty text stands for nothing.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Arg>) -> &mut Self {
        self.rows.push(cells.into_iter().collect());
        self
    }

    /// A table of names and values, for a result that is one thing and not a list.
    #[must_use]
    pub fn facts(facts: impl IntoIterator<Item = (Key, Arg)>) -> Self {
        let mut table =
            Self::new([("name", msg!("cli.column.name")), ("value", msg!("cli.column.value"))]);
        table.facts = true;
        for (key, value) in facts {
            table.row([key.into(), value]);
        }
        table
    }
}
