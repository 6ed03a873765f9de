//! A list of rows under a cursor: filtered, sorted, and steady while its data are replaced.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, Utc};

use super::field::Field;
use crate::domain::find::{self, Hay};
use crate::domain::message::Key;

/// What a list must know of its rows.
pub trait Row {
    /// The orders in which the rows can stand; the first is how they come.
    const SORTS: &'static [Key];

    /// What stays the same when the row is loaded anew.
    fn key(&self) -> String;

    /// The words that a filter looks through.
    fn words(&self) -> String;

    /// How two rows stand in the order `sort` (an index of [`Row::SORTS`], never 0).
    fn compare(&self, other: &Self, sort: usize) -> Ordering;
}

/// How far the data of a list or page are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// Nothing has arrived yet.
    #[default]
    Unknown,
    /// They are of this day of the bank, and arrived at this moment.
    Fresh(NaiveDate, DateTime<Utc>),
    /// The same, but a later question for them failed or the line is down.
    Stale(NaiveDate, DateTime<Utc>),
}

impl Freshness {
    /// What is on screen can no longer be trusted to be the last word.
    pub fn spoil(&mut self) {
        if let Self::Fresh(day, at) = *self {
            *self = Self::Stale(day, at);
        }
    }

    /// A later question failed, or the line is down.
    #[must_use]
    pub fn is_stale(self) -> bool {
        matches!(self, Self::Stale(..))
    }

    /// True if something arrived.
    #[must_use]
    pub fn known(self) -> bool {
        self != Self::Unknown
    }
}

/// Rows, a cursor, a filter and an order.
#[derive(Clone, Debug)]
pub struct Listing<T> {
    rows: Vec<T>,
    /// What each row can be found by, made when it came: a key must not wait for a thousand rows' pinyin.
    hays: Vec<Hay>,
    order: Vec<usize>,
    cursor: usize,
    /// What the rows must match.
    pub filter: Field,
    sort: usize,
    /// How far the rows can be trusted.
    pub freshness: Freshness,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            hays: Vec::new(),
            order: Vec::new(),
            cursor: 0,
            filter: Field::default(),
            sort: 0,
            freshness: Freshness::Unknown,
        }
    }
}

impl<T: Row> Listing<T> {
    /// Every row, filtered or not, as it came.
    #[must_use]
    pub fn all(&self) -> &[T] {
        &self.rows
    }

    /// The rows that match `needle`, best first, whatever the filter says; all as they came if it is blank.
    #[must_use]
    pub fn matching(&self, needle: &str) -> Vec<&T> {
        find::among(needle, &self.hays).into_iter().map(|at| &self.rows[at]).collect()
    }

    /// The rows on screen, in order.
    #[must_use]
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &T> {
        self.order.iter().map(|&i| &self.rows[i])
    }

    /// How many rows are on screen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// True if no row is on screen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Where the cursor stands among the rows on screen.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The row under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<&T> {
        self.order.get(self.cursor).map(|&i| &self.rows[i])
    }

    /// The name of the order in use; none while the rows stand as they came.
    #[must_use]
    pub fn sorted_by(&self) -> Option<Key> {
        (self.sort > 0).then(|| T::SORTS[self.sort])
    }

    /// Moves the cursor; it stops at the ends.
    pub fn step(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.len().saturating_sub(1));
    }

    /// Takes new rows; the cursor stays on the row it was on, if that is still there.
    pub fn replace(&mut self, rows: Vec<T>, freshness: Freshness) {
        let key = self.selected().map(Row::key);
        self.hays = rows.iter().map(|row| Hay::of(&row.words())).collect();
        self.rows = rows;
        self.freshness = freshness;
        self.arrange(key);
    }

    /// Applies the filter as it now stands: the best row has the cursor, and keeps it when the filter is taken away.
    pub fn refilter(&mut self) {
        let key = self.selected().map(Row::key).filter(|_| self.filter.text().trim().is_empty());
        self.cursor = 0;
        self.arrange(key);
    }

    /// Goes to the next order.
    pub fn next_sort(&mut self) {
        let key = self.selected().map(Row::key);
        self.sort = (self.sort + 1) % T::SORTS.len().max(1);
        self.arrange(key);
    }

    /// Puts the cursor on the row with this key, without the filter if that hides it. False if there is none.
    pub fn select(&mut self, key: &str) -> bool {
        if !self.rows.iter().any(|r| r.key() == key) {
            return false;
        }
        if !self.shown().any(|r| r.key() == key) {
            self.filter = Field::default();
        }
        self.arrange(Some(key.to_owned()));
        true
    }

    fn arrange(&mut self, key: Option<String>) {
        self.order = find::among(self.filter.text(), &self.hays);
        if self.sort > 0 {
            let (rows, sort) = (&self.rows, self.sort);
            self.order.sort_by(|&a, &b| rows[a].compare(&rows[b], sort));
        }
        let found = key.and_then(|key| self.order.iter().position(|&i| self.rows[i].key() == key));
        self.cursor = found.unwrap_or(self.cursor).min(self.len().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msg;

    struct Word(&'static str, i32);

    impl Row for Word {
        const SORTS: &'static [Key] = &[msg!("console.sort.as-listed"), msg!("test.sort-size")];
        fn key(&self) -> String {
            self.0.to_owned()
        }
        fn words(&self) -> String {
            self.0.to_owned()
        }
        fn compare(&self, other: &Self, _: usize) -> Ordering {
            other.1.cmp(&self.1)
        }
    }

    fn words(list: &Listing<Word>) -> Vec<&str> {
        list.shown().map(|w| w.0).collect()
    }

    #[test]
    fn the_cursor_stays_on_its_row_when_the_rows_are_replaced_or_sorted() {
        let mut list = Listing::default();
        list.replace(vec![Word("a", 1), Word("b", 2), Word("c", 3)], Freshness::Unknown);
        list.step(2);
        list.next_sort();
        assert_eq!(words(&list), ["c", "b", "a"]);
        assert_eq!(list.selected().unwrap().0, "c");
        list.next_sort();
        list.replace(vec![Word("c", 3), Word("a", 1)], Freshness::Unknown);
        assert_eq!(list.selected().unwrap().0, "c");
        list.step(-5);
        list.step(9);
        assert_eq!(list.selected().unwrap().0, "a");
    }

    /// A key in the filter must not pay for the words of a thousand rows.
    #[test]
    fn a_row_is_asked_for_its_words_once() {
        use std::cell::Cell;
        use std::rc::Rc;

        struct Counted(Rc<Cell<usize>>);

        impl Row for Counted {
            const SORTS: &'static [Key] = &[msg!("console.sort.as-listed")];
            fn key(&self) -> String {
                String::new()
            }
            fn words(&self) -> String {
                self.0.set(self.0.get() + 1);
                "风险等级".to_owned()
            }
            fn compare(&self, _: &Self, _: usize) -> Ordering {
                Ordering::Equal
            }
        }

        let asked = Rc::new(Cell::new(0));
        let mut list = Listing::default();
        let rows = (0..1_000).map(|_| Counted(asked.clone())).collect();
        list.replace(rows, Freshness::Unknown);
        for needle in ["f", "fx", "fxd", "fxdj"] {
            list.filter = Field::new(needle);
            list.refilter();
            assert_eq!(list.len(), 1_000);
        }
        assert_eq!(asked.get(), 1_000);
    }

    #[test]
    fn the_row_that_was_looked_for_stays_when_the_filter_is_taken_away() {
        let mut list = Listing::default();
        list.replace(vec![Word("alpha", 1), Word("beta", 2), Word("gamma", 3)], Freshness::Unknown);
        list.filter = Field::new("gam");
        list.refilter();
        assert_eq!(list.selected().unwrap().0, "gamma");
        list.filter = Field::default();
        list.refilter();
        assert_eq!(list.selected().unwrap().0, "gamma");
    }

    #[test]
    fn choosing_a_hidden_row_lifts_the_filter() {
        let mut list = Listing::default();
        list.replace(vec![Word("alpha", 1), Word("beta", 2)], Freshness::Unknown);
        list.filter = Field::new("alp");
        list.refilter();
        assert_eq!(words(&list), ["alpha"]);
        assert!(list.select("beta"));
        assert_eq!(words(&list), ["alpha", "beta"]);
        assert!(!list.select("gamma"));
    }
}
