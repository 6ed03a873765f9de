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
    /// A column of sentences, and in how many cells people read it.
    wrapped: Option<(&'static str, usize)>,
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
            wrapped: None,
        }
    }

    /// Says that these columns are amounts in a currency.
    #[must_use]
    pub fn in_money(mut self, currency: Currency, columns: &[&'static str]) -> Self {
        self.money.extend(columns.iter().map(|column| (*column, currency)));
        self
    }

    /// Says that people read this column in lines of at most so many cells: one long sentence does not widen the table for all rows.
    #[must_use]
    pub fn wrapped(mut self, column: &'static str, cells: usize) -> Self {
        self.wrapped = Some((column, cells));
        self
    }

    /// In lines of how many cells people read this column.
    pub(super) fn lines_of(&self, at: usize) -> Option<usize> {
        let (name, _) = self.columns.get(at)?;
        self.wrapped.filter(|(column, _)| column == name).map(|(_, cells)| cells)
    }

    /// The columns in which some cells are money and some are not, as where a list is of several metrics: their heading can name no
    /// currency, so that in a file a column of its own says of each cell in what it is counted.
    pub(super) fn mixed(&self) -> Vec<usize> {
        let says_it = self.facts || self.columns.iter().any(|(name, _)| *name == "unit");
        let mixed = |at: &usize| {
            let money = self.rows.iter().any(|row| money_of(row.get(*at)).is_some());
            money && self.currencies()[*at].is_none()
        };
        (0..self.columns.len()).filter(|_| !says_it).filter(mixed).collect()
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
        let currency = money_of(cells.next())?;
        cells.all(|cell| money_of(Some(cell)).is_some()).then_some(currency)
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

/// The currency of an amount; none of anything else.
pub(super) fn money_of(cell: Option<&Arg>) -> Option<Currency> {
    match cell {
        Some(Arg::Money(_, currency) | Arg::Moved(_, Some(currency))) => Some(*currency),
        _ => None,
    }
}
