//! Columns being filled, in any order of customers, and cut into bits at the end.
//!
//! Flags stand 64 to a word per customer until then, numbers as narrow as they came: what is held while building is
//! little more than what is held afterwards.

use std::collections::HashMap;

use super::bits::Bits;
use super::columns::{Column, Columns, Content, Version};
use super::events::{Happened, Runs};
use super::kernel::transpose;
use super::layout::{Layout, Places};
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

/// Columns being filled for customers whose places are known.
#[derive(Debug)]
pub struct Draft {
    rows: usize,
    specs: Vec<Spec>,
    drafts: Vec<ColumnDraft>,
    flags: Vec<FlagGroup>,
}

#[derive(Debug)]
enum ColumnDraft {
    /// Bit of a group.
    Flag(usize, u32),
    Numbers {
        values: Numbers,
        known: Bits,
        scale: u8,
    },
    Words {
        places: Vec<u32>,
        found: HashMap<String, u32>,
    },
    Beyond,
}

/// Up to 64 flags, a word per customer.
#[derive(Debug)]
struct FlagGroup {
    values: Vec<u64>,
    known: Vec<u64>,
}

#[derive(Debug)]
enum Numbers {
    Short(Vec<i32>),
    Long(Vec<i64>),
}

impl Numbers {
    fn get(&self, place: usize) -> i64 {
        match self {
            Self::Short(values) => values[place].into(),
            Self::Long(values) => values[place],
        }
    }

    fn set(&mut self, place: usize, value: i64) {
        match self {
            Self::Short(values) => {
                if let Ok(value) = i32::try_from(value) {
                    values[place] = value;
                    return;
                }
                let mut long: Vec<i64> = values.iter().map(|value| i64::from(*value)).collect();
                long[place] = value;
                *self = Self::Long(long);
            }
            Self::Long(values) => values[place] = value,
        }
    }

    /// Times ten to this power; false if that does not fit.
    fn raise(&mut self, power: u8) -> bool {
        let Some(factor) = 10_i64.checked_pow(power.into()) else { return false };
        let raised: Option<Vec<i64>> = match self {
            Self::Short(values) => {
                values.iter().map(|value| i64::from(*value).checked_mul(factor)).collect()
            }
            Self::Long(values) => values.iter().map(|value| value.checked_mul(factor)).collect(),
        };
        match raised {
            Some(values) => *self = Self::Long(values),
            None => return false,
        }
        true
    }
}

/// Whether a value leaves room for sums of differences within 63 bits.
fn fits(value: i64) -> bool {
    value.unsigned_abs() < 1 << 62
}

impl Draft {
    /// Empty columns for so many customers: all is unknown.
    #[must_use]
    pub fn new(rows: usize, specs: Vec<Spec>) -> Self {
        let mut flags: Vec<FlagGroup> = Vec::new();
        let mut count = 0;
        let drafts = specs.iter().map(|spec| match spec.kind {
            AttributeType::Flag => {
                let (group, bit) = (count / 64, count as u32 % 64);
                if bit == 0 {
                    flags.push(FlagGroup { values: vec![0; rows], known: vec![0; rows] });
                }
                count += 1;
                ColumnDraft::Flag(group, bit)
            }
            AttributeType::Category => {
                ColumnDraft::Words { places: vec![0; rows], found: HashMap::new() }
            }
            AttributeType::Number | AttributeType::Money | AttributeType::Date => {
                ColumnDraft::Numbers {
                    values: Numbers::Short(vec![0; rows]),
                    known: Bits::none(rows),
                    scale: 0,
                }
            }
        });
        let drafts = drafts.collect();
        Self { rows, specs, drafts, flags }
    }

    /// Puts a value in; each cell at most once.
    pub fn put(&mut self, place: usize, column: usize, cell: Cell<'_>) {
        let draft = &mut self.drafts[column];
        match (&mut *draft, cell) {
            (_, Cell::Null) | (ColumnDraft::Beyond, _) => {}
            (ColumnDraft::Flag(group, bit), Cell::Flag(value)) => {
                let group = &mut self.flags[*group];
                group.values[place] |= u64::from(value) << *bit;
                group.known[place] |= 1 << *bit;
            }
            (ColumnDraft::Numbers { values, known, .. }, Cell::Whole(value)) if fits(value) => {
                // A column of decimals gives decimals only.
                values.set(place, value);
                known.set(place, true);
            }
            (ColumnDraft::Numbers { values, known, scale }, Cell::Decimal(digits, behind)) => {
                let scaled = behind <= *scale || values.raise(behind - *scale);
                *scale = behind.max(*scale);
                let factor = 10_i64.checked_pow((*scale - behind).into());
                let value = factor.and_then(|factor| digits.checked_mul(factor));
                match value.filter(|value| scaled && fits(*value)) {
                    Some(value) => {
                        values.set(place, value);
                        known.set(place, true);
                    }
                    None => *draft = ColumnDraft::Beyond,
                }
            }
            (ColumnDraft::Words { places, found }, Cell::Word(word)) => {
                let next = found.len() as u32 + 1;
                places[place] = if let Some(known) = found.get(word) {
                    *known
                } else {
                    found.insert(word.to_owned(), next);
                    next
                };
            }
            _ => *draft = ColumnDraft::Beyond,
        }
    }

    /// The columns in bits; what cannot be held is left out.
    #[must_use]
    pub fn finish(self) -> Vec<Column> {
        let rows = self.rows;
        let mut flags: Vec<Vec<(Bits, Option<Bits>)>> = Vec::new();
        for (at, group) in self.flags.into_iter().enumerate() {
            let width = self
                .drafts
                .iter()
                .filter(|d| matches!(d, ColumnDraft::Flag(g, _) if *g == at))
                .count();
            flags.push(split_flags(rows, width, group));
        }
        let mut columns = Vec::new();
        for (spec, draft) in self.specs.into_iter().zip(self.drafts) {
            let code = spec.code;
            match draft {
                ColumnDraft::Flag(group, bit) => {
                    let (values, known) = std::mem::take(&mut flags[group][bit as usize]);
                    columns.push(Column { code, content: Content::Flag(values), known });
                }
                ColumnDraft::Numbers { values, known, scale } => {
                    let value = |row: usize| known.has(row).then(|| values.get(row));
                    let content = Content::Whole { values: Sliced::of(rows, value), scale };
                    let known = (known != Bits::first(rows)).then_some(known);
                    columns.push(Column { code, content, known });
                }
                ColumnDraft::Words { places, found } => {
                    columns.push(words(rows, code, &places, found));
                }
                ColumnDraft::Beyond => {}
            }
        }
        columns
    }
}

/// The column of a category: its values in the order of the list.
fn words(rows: usize, code: String, places: &[u32], found: HashMap<String, u32>) -> Column {
    let mut list: Vec<(String, u32)> = found.into_iter().collect();
    list.sort_unstable();
    let mut order = vec![0_i64; list.len() + 1];
    for (at, (_, number)) in list.iter().enumerate() {
        order[*number as usize] = at as i64;
    }
    let values = Sliced::of(rows, |row| (places[row] != 0).then(|| order[places[row] as usize]));
    let mut known = Bits::none(rows);
    for (row, place) in places.iter().enumerate() {
        known.0[row / 64] |= u64::from(*place != 0) << (row % 64);
    }
    let known = (known != Bits::first(rows)).then_some(known);
    let list = list.into_iter().map(|(word, _)| word).collect();
    Column { code, content: Content::Words { values, list }, known }
}

fn split_flags(rows: usize, width: usize, group: FlagGroup) -> Vec<(Bits, Option<Bits>)> {
    let split = |words: Vec<u64>| {
        let mut out = vec![Bits::none(rows); width];
        for (word, customers) in words.chunks(64).enumerate() {
            let mut square = [0; 64];
            square[..customers.len()].copy_from_slice(customers);
            transpose(&mut square);
            for (bits, flag) in out.iter_mut().zip(square) {
                bits.0[word] = flag;
            }
        }
        out
    };
    let values = split(group.values);
    let known = split(group.known);
    let all = Bits::first(rows);
    let known = known.into_iter().map(|known| (known != all).then_some(known));
    values.into_iter().zip(known).collect()
}

/// Everything that is put together at the end of a build.
#[derive(Debug)]
pub struct Parts {
    /// Which data.
    pub version: Version,
    /// Where customers stand.
    pub layout: Layout,
    /// The customers' numbers by place.
    pub customers: Vec<(CustomerId, OrgId)>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The events of each kind, by place, in any order.
    pub events: Vec<(i16, Option<Vec<Happened>>)>,
}

impl Parts {
    /// The columns, ready to answer.
    #[must_use]
    pub fn finish(self) -> Columns {
        let rows = self.layout.rows();
        let customers = self.customers;
        let values = Sliced::of(rows, |row| Some(customers[row].0.0));
        let content = Content::Whole { values, scale: 0 };
        let ids = Column { code: "customer_id".to_owned(), content, known: None };
        let columns = std::iter::once(ids).chain(self.columns).collect();
        let events = self
            .events
            .into_iter()
            .map(|(kind, events)| (kind, events.and_then(|events| Runs::of(events, rows))));
        let events = events.collect();
        Columns::of(self.version, self.layout, Bits::first(rows), columns, events)
    }

    /// Where each customer's cells go.
    #[must_use]
    pub fn places(customers: &[(CustomerId, OrgId)]) -> Places {
        Places::of(customers.iter().map(|(id, _)| *id))
    }
}
