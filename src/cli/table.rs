//! A command's result as rows, before it is written in any form.

use crate::domain::message::{Arg, Key};
use crate::domain::money::Currency;
use crate::msg;

/// Rows for `--format table` and `csv`.
#[derive(Debug)]
pub struct Table {
    pub(super) columns: Vec<(&'static str, Key)>,
    pub(super) rows: Vec<Vec<Arg>>,
    /// Of one thing: its values stand below one another and are no column of numbers.
    pub(super) facts: bool,
    /// The columns that hold money and nothing else, and which, also where there are no rows to see it by.
    money: Vec<(&'static str, Currency)>,
}

impl Table {
    /// A table whose columns have a fixed name (for csv, as in JSON) and a heading (for people).
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = (&'static str, Key)>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
            facts: false,
            money: vec![],
        }
    }

    /// Says that these columns are amounts in a currency.
    #[must_use]
    pub fn in_money(mut self, currency: Currency, columns: &[&'static str]) -> Self {
        self.money.extend(columns.iter().map(|column| (*column, currency)));
        self
    }

    /// In which currency each column's amounts are; none where it holds anything else.
    pub(super) fn currencies(&self) -> Vec<Option<Currency>> {
        let of = |(at, (name, _)): (usize, &(&'static str, Key))| {
            let said = self.money.iter().find(|(column, _)| column == name);
            said.map(|(_, currency)| *currency).or_else(|| self.seen(at))
        };
        self.columns.iter().enumerate().map(of).collect()
    }

    /// The currency of a column's cells, where all that are not empty are money.
    fn seen(&self, at: usize) -> Option<Currency> {
        if self.columns.iter().any(|(name, _)| *name == "unit") {
            // Each row says it by itself.
            return None;
        }
        let cells = self.rows.iter().filter_map(|row| row.get(at));
        let mut cells = cells.filter(|cell| !matches!(cell, Arg::Text(text) if text.is_empty()));
        let Some(Arg::Money(_, currency)) = cells.next() else { return None };
        cells.all(|cell| matches!(cell, Arg::Money(..))).then_some(*currency)
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
