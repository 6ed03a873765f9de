//! Columns being filled, in any order of customers, and cut into bits at the end.
//!
//! Flags stand 64 to a word per customer until then, numbers as narrow as they came: what is held while building is
//! little more than what is held afterwards.

use std::collections::HashMap;

use super::bits::{BLOCK_ROWS, Bits};
use super::columns::{Column, Columns, Content, Version};
use super::events::Runs;
use super::kernel::{self, transpose};
use super::layout::Layout;
use super::numbers::Numbers;
use super::sliced::Sliced;
use crate::domain::attribute::AttributeType;
use crate::domain::id::{CustomerId, OrgId};

/// What a column will hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Its name in rules.
    pub code: String,
    /// Its type.
    pub kind: AttributeType,
}

/// A cell on its way in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing is known.
    Null,
    /// A flag.
    Flag(bool),
    /// A whole number, an amount, a day from the common era.
    Whole(i64),
    /// A decimal: digits and how many of them stand behind the point.
    Decimal(i64, u8),
    /// A category's value.
    Word(&'a str),
    /// Something that columns cannot hold: rules that ask for this column go to SQL.
    Beyond,
}

/// The place of a row that has none.
pub const NOBODY: u32 = u32::MAX;

/// How many flags come in one word.
pub const WORD_FLAGS: usize = 31;

/// Columns being filled, row by row.
#[derive(Debug)]
pub struct Draft {
    rows: usize,
    specs: Vec<Spec>,
    drafts: Vec<ColumnDraft>,
    words: Vec<FlagWord>,
    /// The rows that came; of all others nothing is known.
    came: Bits,
}

#[derive(Debug)]
enum ColumnDraft {
    /// Bit of a word.
    Flag(usize, u32),
    Numbers {
        values: Numbers,
        unknown: Option<Bits>,
        scale: u8,
    },
    /// Each row's place among those found, from 1 on.
    Words {
        values: Numbers,
        found: HashMap<String, u32>,
    },
    Beyond,
}

/// Up to [`WORD_FLAGS`] flags, a word per row.
#[derive(Debug, Default)]
struct FlagWord {
    width: usize,
    yes: Vec<u32>,
    /// Of which nothing is known; empty while that is none.
    unknown: Vec<u32>,
}

/// Whether a value leaves room for sums of differences within 63 bits.
fn fits(value: i64) -> bool {
    value.unsigned_abs() < 1 << 62
}

impl Draft {
    /// Empty columns for so many rows: all is unknown.
    #[must_use]
    pub fn new(rows: usize, specs: Vec<Spec>) -> Self {
        let mut words: Vec<FlagWord> = Vec::new();
        let mut count = 0;
        let drafts = specs.iter().map(|spec| match spec.kind {
            AttributeType::Flag => {
                let (word, bit) = (count / WORD_FLAGS, count % WORD_FLAGS);
                if bit == 0 {
                    words.push(FlagWord { yes: vec![0; rows], ..FlagWord::default() });
                }
                words[word].width = bit + 1;
                count += 1;
                ColumnDraft::Flag(word, bit as u32)
            }
            AttributeType::Category => {
                ColumnDraft::Words { values: Numbers::none(rows), found: HashMap::new() }
            }
            AttributeType::Number | AttributeType::Money | AttributeType::Date => {
                ColumnDraft::Numbers { values: Numbers::none(rows), unknown: None, scale: 0 }
            }
        });
        let drafts = drafts.collect();
        Self { rows, specs, drafts, words, came: Bits::none(rows) }
    }

    /// Says that a row has come: each of its cells is put, [`Cell::Null`] too. There may be more rows than were told.
    pub fn begin(&mut self, row: usize) {
        if row >= self.rows {
            self.grow(row + BLOCK_ROWS);
        }
        self.came.set(row, true);
    }

    fn grow(&mut self, rows: usize) {
        self.rows = rows;
        self.came.grow(rows);
        for word in &mut self.words {
            word.yes.resize(rows, 0);
            if !word.unknown.is_empty() {
                word.unknown.resize(rows, 0);
            }
        }
        for draft in &mut self.drafts {
            match draft {
                ColumnDraft::Numbers { values, unknown, .. } => {
                    values.grow(rows);
                    if let Some(unknown) = unknown {
                        unknown.grow(rows);
                    }
                }
                ColumnDraft::Words { values, .. } => values.grow(rows),
                ColumnDraft::Flag(..) | ColumnDraft::Beyond => {}
            }
        }
    }

    /// Puts flags in: the `word`-th [`WORD_FLAGS`] of them, the first one lowest.
    pub fn put_flags(&mut self, row: usize, word: usize, yes: u32, unknown: u32) {
        let word = &mut self.words[word];
        word.yes[row] = yes & !unknown;
        if unknown != 0 {
            word.unknown.resize(self.rows, 0);
            word.unknown[row] = unknown;
        }
    }

    /// Puts a value in; each cell once.
    pub fn put(&mut self, row: usize, column: usize, cell: Cell<'_>) {
        let draft = &mut self.drafts[column];
        match (&mut *draft, cell) {
            (ColumnDraft::Beyond, _) | (ColumnDraft::Words { .. }, Cell::Null) => {}
            (ColumnDraft::Numbers { unknown, .. }, Cell::Null) => {
                unknown.get_or_insert_with(|| Bits::none(self.rows)).set(row, true);
            }
            (ColumnDraft::Flag(word, bit), Cell::Flag(_) | Cell::Null) => {
                let (word, bit) = (*word, 1 << *bit);
                let yes = self.words[word].yes[row];
                let unknown = self.words[word].unknown.get(row).copied().unwrap_or_default();
                match cell {
                    Cell::Flag(true) => self.put_flags(row, word, yes | bit, unknown),
                    Cell::Null => self.put_flags(row, word, yes, unknown | bit),
                    _ => {}
                }
            }
            (ColumnDraft::Numbers { values, .. }, Cell::Whole(value)) if fits(value) => {
                // A column of decimals gives decimals only.
                values.set(row, value);
            }
            (ColumnDraft::Numbers { values, scale, .. }, Cell::Decimal(digits, behind)) => {
                let scaled = behind <= *scale || values.raise(behind - *scale);
                *scale = behind.max(*scale);
                let factor = 10_i64.checked_pow((*scale - behind).into());
                let value = factor.and_then(|factor| digits.checked_mul(factor));
                match value.filter(|value| scaled && fits(*value)) {
                    Some(value) => values.set(row, value),
                    None => *draft = ColumnDraft::Beyond,
                }
            }
            (ColumnDraft::Words { values, found }, Cell::Word(word)) => {
                let next = found.len() as u32 + 1;
                let number = found.get(word).copied().unwrap_or_else(|| {
                    found.insert(word.to_owned(), next);
                    next
                });
                values.set(row, number.into());
            }
            _ => *draft = ColumnDraft::Beyond,
        }
    }

    /// The columns in bits, row by row as they were put; what cannot be held is left out.
    #[must_use]
    pub fn finish(mut self) -> Vec<Column> {
        let came = std::mem::take(&mut self.came);
        let all_came = kernel::count(&came.0) == self.rows as u64;
        let rows = self.rows;
        self.cut(rows, all_came, &|row| came.has(row).then_some(row))
    }

    /// The same for so many places: `places` has where each row stands, [`NOBODY`] for nowhere.
    #[must_use]
    pub fn finish_in(self, rows: usize, places: &[u32]) -> Vec<Column> {
        let all_came = places.iter().filter(|place| **place != NOBODY).count() == rows;
        let place = |row| places.get(row).filter(|place| **place != NOBODY);
        self.cut(rows, all_came, &|row| place(row).map(|place| *place as usize))
    }

    /// Column by column, row by row: what comes in the order of numbers goes to its place in one of a thousand units, each
    /// of which is filled in order. The other way round every value would be looked for anew.
    fn cut(
        self,
        rows: usize,
        all_came: bool,
        place_of: &impl Fn(usize) -> Option<usize>,
    ) -> Vec<Column> {
        let all = Bits::first(rows);
        let mut flags: Vec<Vec<(Bits, Option<Bits>)>> = Vec::new();
        for word in self.words {
            flags.push(split_flags(rows, &word, all_came, place_of));
        }
        let mut columns = Vec::new();
        let mut by_place = vec![0_i64; rows];
        for (spec, draft) in self.specs.into_iter().zip(self.drafts) {
            let code = spec.code;
            match draft {
                ColumnDraft::Flag(word, bit) => {
                    let (values, known) = std::mem::take(&mut flags[word][bit as usize]);
                    let known = known.filter(|known| *known != all);
                    columns.push(Column { code, content: Content::Flag(values), known });
                }
                ColumnDraft::Numbers { values, unknown, scale } => {
                    let mut known = (!all_came || unknown.is_some()).then(|| Bits::none(rows));
                    values.each(|row, value| {
                        let Some(place) = place_of(row) else { return };
                        by_place[place] = value;
                        let lost = || unknown.as_ref().is_some_and(|unknown| unknown.has(row));
                        if let Some(known) = &mut known
                            && !lost()
                        {
                            known.set(place, true);
                        }
                    });
                    drop(values);
                    let values = Sliced::of(&by_place, known.as_ref());
                    columns.push(Column { code, content: Content::Whole { values, scale }, known });
                }
                ColumnDraft::Words { values, found } => {
                    let (list, order) = in_order(found);
                    let mut known = Bits::none(rows);
                    values.each(|row, number| {
                        if let Some(place) = place_of(row)
                            && number != 0
                        {
                            by_place[place] = order[number as usize];
                            known.set(place, true);
                        }
                    });
                    drop(values);
                    let known = (known != all).then_some(known);
                    let values = Sliced::of(&by_place, known.as_ref());
                    columns.push(Column { code, content: Content::Words { values, list }, known });
                }
                ColumnDraft::Beyond => {}
            }
        }
        columns
    }
}

/// A category's values in order, and for each number, from 1 on, the place among them.
fn in_order(found: HashMap<String, u32>) -> (Vec<String>, Vec<i64>) {
    let mut list: Vec<(String, u32)> = found.into_iter().collect();
    list.sort_unstable();
    let mut order = vec![0_i64; list.len() + 1];
    for (at, (_, number)) in list.iter().enumerate() {
        order[*number as usize] = at as i64;
    }
    (list.into_iter().map(|(word, _)| word).collect(), order)
}

/// Each flag of a word, with those of whom it is known unless that is everybody.
fn split_flags(
    rows: usize,
    word: &FlagWord,
    all_came: bool,
    place_of: &impl Fn(usize) -> Option<usize>,
) -> Vec<(Bits, Option<Bits>)> {
    let mut by_place = vec![0_u32; rows];
    let mut split = |of: &dyn Fn(usize) -> u32| {
        for row in 0..word.yes.len() {
            if let Some(place) = place_of(row) {
                by_place[place] = of(row);
            }
        }
        let mut out = vec![Bits::none(rows); word.width];
        for (at, flags) in by_place.chunks(64).enumerate() {
            let mut square = [0_u64; 64];
            for (wide, flags) in square.iter_mut().zip(flags) {
                *wide = (*flags).into();
            }
            transpose(&mut square);
            for (bits, flag) in out.iter_mut().zip(square) {
                bits.0[at] = flag;
            }
        }
        by_place.fill(0);
        out
    };
    let values = split(&|row| word.yes[row]);
    if word.unknown.is_empty() && all_came {
        return values.into_iter().map(|values| (values, None)).collect();
    }
    let known = split(&|row| !word.unknown.get(row).copied().unwrap_or_default());
    values.into_iter().zip(known.into_iter().map(Some)).collect()
}

/// Everything that is put together at the end of a build.
#[derive(Debug)]
pub struct Parts {
    /// Which data.
    pub version: Version,
    /// Where customers stand.
    pub layout: Layout,
    /// The customers' numbers by place.
    pub ids: Column,
    /// The other columns.
    pub columns: Vec<Column>,
    /// The events of each kind; none where one cannot be held.
    pub events: Vec<(i16, Option<Runs>)>,
}

impl Parts {
    /// The column of the customers' numbers; `places` has where each stands.
    #[must_use]
    pub fn ids(customers: &[(CustomerId, OrgId)], places: &[u32]) -> Column {
        let mut by_place = vec![0; customers.len()];
        for ((id, _), place) in customers.iter().zip(places) {
            by_place[*place as usize] = id.0;
        }
        let values = Sliced::of(&by_place, None);
        let content = Content::Whole { values, scale: 0 };
        Column { code: "customer_id".to_owned(), content, known: None }
    }

    /// The columns, ready to answer.
    #[must_use]
    pub fn finish(self) -> Columns {
        let rows = self.layout.rows();
        let columns = std::iter::once(self.ids).chain(self.columns).collect();
        Columns::of(self.version, self.layout, Bits::first(rows), columns, self.events)
    }
}
