//! Letters behind `/`, and which rows of a page match them.
//!
//! The rows stay where they are: what is on screen are their places. The panes' lists, which are also sorted and keep their cursor on
//! its row, have more of this of their own ([`Listing`](super::listing::Listing)).

use super::field::Field;
use crate::domain::find::{self, Hay};

/// What the rows must match, and the places of those that do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sieve {
    /// What is typed.
    field: Field,
    /// What each row can be found by.
    hays: Vec<Hay>,
    /// The places of the rows that match, the best first; all in their order without letters.
    shown: Vec<usize>,
}

impl Sieve {
    /// Rows have come that can be found by these words; the letters stay.
    pub fn take(&mut self, words: impl Iterator<Item = String>) {
        self.take_hays(words.map(|words| Hay::of(&words)).collect());
    }

    /// The same of rows that were made ready before.
    pub fn take_hays(&mut self, hays: Vec<Hay>) {
        self.hays = hays;
        self.narrow();
    }

    /// There are no rows any more, and nothing is looked for.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    fn narrow(&mut self) {
        self.shown = find::among(self.field.text(), &self.hays);
    }

    /// Gives the letters a change. False if nothing changed.
    pub fn change(&mut self, change: impl FnOnce(&mut Field) -> bool) -> bool {
        let changed = change(&mut self.field);
        if changed {
            self.narrow();
        }
        changed
    }

    /// What is typed.
    #[must_use]
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// Whether only some rows are asked for.
    #[must_use]
    pub fn narrows(&self) -> bool {
        !self.field.text().trim().is_empty()
    }

    /// How many rows are on screen, and of how many.
    #[must_use]
    pub fn shown_of(&self) -> (usize, usize) {
        (self.shown.len(), self.hays.len())
    }

    /// How many rows are on screen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// True if no row is on screen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The place of a row that is on screen.
    #[must_use]
    pub fn place(&self, at: usize) -> Option<usize> {
        self.shown.get(at).copied()
    }

    /// Those of `rows` that are on screen.
    pub fn of<'r, T>(&self, rows: &'r [T]) -> impl Iterator<Item = &'r T> {
        self.shown.iter().filter_map(|&at| rows.get(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [&str; 3] = ["B01 城中分行", "B02 北城分行", "B03 南城分行"];

    #[test]
    fn rows_that_come_anew_stand_under_the_letters() {
        let mut sieve = Sieve::default();
        sieve.take(ROWS.iter().map(ToString::to_string));
        assert_eq!((sieve.shown_of(), sieve.narrows()), ((3, 3), false));
        let typed = |field: &mut Field| {
            *field = Field::new("ncfh");
            true
        };
        assert!(sieve.change(typed));
        assert_eq!(sieve.of(&ROWS).collect::<Vec<_>>(), [&ROWS[2]]);
        assert_eq!((sieve.place(0), sieve.place(1)), (Some(2), None));
        sieve.take(ROWS[..2].iter().map(ToString::to_string));
        assert!(sieve.is_empty() && sieve.narrows());
        sieve.forget();
        assert_eq!((sieve.shown_of(), sieve.field().text()), ((0, 0), ""));
    }

    #[test]
    fn a_change_that_is_none_leaves_the_rows() {
        let mut sieve = Sieve::default();
        sieve.take(ROWS.iter().map(ToString::to_string));
        assert!(!sieve.change(|_| false));
        assert_eq!(sieve.len(), 3);
    }
}
