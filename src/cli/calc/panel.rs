//! Items by period: what the methods of change are given.

use std::collections::HashMap;

use super::refusal::{Place, Refusal};
use super::sheet::{Once, Sheet};
use crate::domain::statistics::twice::Twice;

/// The numbers of each item in each period, both in the order in which they first stand in the file.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) items: Vec<String>,
    pub(super) periods: Vec<String>,
    /// The columns of numbers.
    pub(super) columns: Vec<String>,
    /// By period and item.
    entries: HashMap<(usize, usize), Entry>,
}

/// One line of the file.
#[derive(Debug)]
pub(super) struct Entry {
    line: u64,
    /// By column; nothing where the cell is empty.
    pub(super) values: Vec<Option<f64>>,
    /// The same with all the digits that were written.
    pub(super) digits: Vec<Option<Twice>>,
}

/// How many periods may be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Periods {
    /// Exactly two.
    Two,
    /// Exactly two, but a chain of more was to be had.
    Unchained,
    /// Two or more.
    Chain,
}

impl Panel {
    /// The file's `columns` (nothing: all that are not item and period).
    pub(super) fn of(
        sheet: &Sheet,
        columns: Option<&[String]>,
        allowed: Periods,
    ) -> Result<Self, Refusal> {
        let (item, period) = (sheet.column("item")?, sheet.column("period")?);
        let numbers = match columns {
            Some(names) => {
                names.iter().map(|name| sheet.column(name)).collect::<Result<Vec<_>, _>>()?
            }
            None => sheet.others(&[item, period]),
        };
        if numbers.is_empty() {
            return Err(Refusal::NoFactor);
        }
        let (mut items, mut periods) = (Names::default(), Names::default());
        let (mut entries, mut once) = (HashMap::new(), Once::default());
        for line in &sheet.lines {
            let (item, period) = (sheet.word(line, item)?, sheet.word(line, period)?);
            once.check(item, period, line.number)?;
            let digits = numbers
                .iter()
                .map(|&column| sheet.digits(line, column))
                .collect::<Result<Vec<_>, _>>()?;
            let values = digits.iter().map(|digits| digits.map(Twice::float)).collect();
            let at = (periods.place(period), items.place(item));
            entries.insert(at, Entry { line: line.number, values, digits });
        }
        let columns = numbers.iter().map(|&column| sheet.name(column).to_owned()).collect();
        let panel = Self { items: items.list, periods: periods.list, columns, entries };
        panel.has(allowed)?;
        Ok(panel)
    }

    fn has(&self, allowed: Periods) -> Result<(), Refusal> {
        let (count, periods) = (self.periods.len(), || self.periods.join(", "));
        match (count, allowed) {
            (0 | 1, _) => Err(Refusal::OnePeriod { period: periods() }),
            (2, _) | (_, Periods::Chain) => Ok(()),
            (_, Periods::Two) => Err(Refusal::Periods { count, periods: periods() }),
            (_, Periods::Unchained) => Err(Refusal::Unchained { count, periods: periods() }),
        }
    }

    /// Every item stands in every period: what is missing in one is no zero, unless the file says so.
    pub(super) fn is_full(&self) -> Result<(), Refusal> {
        let single = |(&(period, item), entry): (&(usize, usize), &Entry)| {
            let all = (0..self.periods.len()).all(|other| self.entry(other, item).is_some());
            (!all).then_some((entry.line, period, item))
        };
        match self.entries.iter().filter_map(single).min() {
            None => Ok(()),
            Some((line, period, item)) => Err(Refusal::InOne {
                line,
                item: self.items[item].clone(),
                period: self.periods[period].clone(),
            }),
        }
    }

    /// The item's line in the period, if it has one.
    pub(super) fn entry(&self, period: usize, item: usize) -> Option<&Entry> {
        self.entries.get(&(period, item))
    }

    /// The first and the last period's names.
    pub(super) fn ends(&self) -> (&str, &str) {
        let (first, last) = (self.periods.first(), self.periods.last());
        (first.map_or("", String::as_str), last.map_or("", String::as_str))
    }
}

impl Panel {
    /// The place of a number, for a refusal.
    pub(super) fn place(&self, entry: &Entry, column: usize) -> Place {
        Place { line: entry.line, column: self.columns[column].clone() }
    }

    /// A number that must be there.
    pub(super) fn must(&self, entry: &Entry, column: usize) -> Result<f64, Refusal> {
        entry.values[column].ok_or_else(|| Refusal::Empty { place: self.place(entry, column) })
    }
}

/// Names in the order in which they come.
#[derive(Debug, Default)]
struct Names {
    list: Vec<String>,
    places: HashMap<String, usize>,
}

impl Names {
    fn place(&mut self, name: &str) -> usize {
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        let place = self.list.len();
        self.list.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(text: &str, allowed: Periods) -> Result<Panel, Refusal> {
        Panel::of(&Sheet::parse(text.as_bytes(), "x.csv").unwrap(), None, allowed)
    }

    #[test]
    fn items_and_periods_keep_their_order_and_columns_may_stand_anywhere() {
        let got = panel("f,period,g,item\n1,q2,2,b\n3,q1,,a\n4,q2,5,a\n", Periods::Two).unwrap();
        assert_eq!(
            (got.items.len(), got.ends(), &got.columns[..]),
            (2, ("q2", "q1"), &["f".to_owned(), "g".to_owned()][..])
        );
        assert_eq!(got.entry(1, 1).unwrap().values, [Some(3.0), None]);
        assert!(got.entry(1, 0).is_none());
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let one = panel("item,period,f\na,q1,1\nb,q1,1\n", Periods::Chain).unwrap_err();
        assert_eq!(one, Refusal::OnePeriod { period: "q1".to_owned() });
        let three = "item,period,f\na,q1,1\na,q2,1\na,q3,1\n";
        let (count, periods) = (3, "q1, q2, q3".to_owned());
        let two = Refusal::Periods { count, periods: periods.clone() };
        assert_eq!(panel(three, Periods::Two).unwrap_err(), two);
        let unchained = Refusal::Unchained { count, periods };
        assert_eq!(panel(three, Periods::Unchained).unwrap_err(), unchained);
        assert_eq!(panel(three, Periods::Chain).unwrap().periods.len(), 3);
        assert_eq!(panel("item,period\na,q1\n", Periods::Two).unwrap_err(), Refusal::NoFactor);
        let twice = panel("item,period,f\na,q1,1\na,q1,2\n", Periods::Two).unwrap_err();
        assert_eq!(twice, Refusal::Twice { line: 3, first: 2, what: "a, q1".to_owned() });
    }
}
