//! The customers' columns in memory.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::bits::Bits;
use super::events::Runs;
use super::kernel;
use super::layout::Layout;
use super::sliced::Sliced;

/// A column's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Yes or no.
    Flag(Bits),
    /// Whole numbers, days, amounts; decimals times ten to the power of `scale`.
    Whole {
        /// The values.
        values: Sliced,
        /// Decimals.
        scale: u8,
    },
    /// Texts of a list, which is in order.
    Words {
        /// Places in the list.
        values: Sliced,
        /// The texts.
        list: Vec<String>,
    },
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in rules.
    pub code: String,
    /// What it holds.
    pub content: Content,
    /// Of whom something is known; none is everybody.
    pub known: Option<Bits>,
}

impl Column {
    pub(super) fn bytes(&self) -> usize {
        let content = match &self.content {
            Content::Flag(bits) => bits.0.len() * 8,
            Content::Whole { values, .. } => values.bytes(),
            Content::Words { values, list } => {
                values.bytes() + list.iter().map(String::len).sum::<usize>()
            }
        };
        content + self.known.as_ref().map_or(0, |known| known.0.len() * 8)
    }
}

/// Which data the columns hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// The number of the load.
    pub load: i64,
    /// When it was made, in microseconds: after a reset of the database the numbers begin anew.
    pub loaded_at: i64,
    /// The bank's day, from the common era.
    pub as_of: i32,
    /// A hash of the dictionary.
    pub dictionary: [u8; 32],
}

/// All customers that are not closed, column by column. A copy is cheap: what is not changed in it is shared.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Which data.
    pub version: Version,
    pub(super) layout: Layout,
    /// Who is there: customers that were closed or moved leave a hole.
    pub(super) alive: Bits,
    /// The first one holds the customers' numbers.
    pub(super) all: Vec<Arc<Column>>,
    pub(super) by_code: HashMap<String, usize>,
    /// Event kinds by their number in the database; what cannot be held is not here.
    pub(super) events: Vec<(i16, Option<Arc<Runs>>)>,
    /// Each customer's place in samples, once somebody has asked.
    pub(super) draws: OnceLock<Vec<u32>>,
}

impl Columns {
    pub(super) fn of(
        version: Version,
        layout: Layout,
        alive: Bits,
        columns: Vec<Column>,
        events: Vec<(i16, Option<Runs>)>,
    ) -> Self {
        let by_code =
            columns.iter().enumerate().map(|(i, column)| (column.code.clone(), i)).collect();
        let all = columns.into_iter().map(Arc::new).collect();
        let events = events.into_iter().map(|(kind, runs)| (kind, runs.map(Arc::new))).collect();
        Self { version, layout, alive, all, by_code, events, draws: OnceLock::new() }
    }

    /// The customers' numbers.
    pub(super) fn ids(&self) -> &Sliced {
        static NONE: Sliced = Sliced { blocks: Vec::new() };
        match self.all.first().map(|column| &column.content) {
            Some(Content::Whole { values, .. }) => values,
            _ => &NONE,
        }
    }

    /// How many places there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.layout.rows()
    }

    /// How many customers there are.
    #[must_use]
    pub fn customers(&self) -> u64 {
        kernel::count(&self.alive.0)
    }

    /// How many columns there are.
    #[must_use]
    pub fn width(&self) -> usize {
        self.all.len()
    }

    /// Whether the members' AUM can be told; else SQL must be asked for it.
    #[must_use]
    pub fn can_sum(&self) -> bool {
        self.find("aum").is_some_and(|aum| matches!(self.all[aum].content, Content::Whole { .. }))
    }

    /// The column of this name, if there is one.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<usize> {
        self.by_code.get(code).copied()
    }

    /// A column.
    #[must_use]
    pub fn column(&self, column: usize) -> &Column {
        &self.all[column]
    }

    /// Bytes in memory of all but events, and of events.
    #[must_use]
    pub fn bytes(&self) -> (usize, usize) {
        let columns: usize = self.all.iter().map(|column| column.bytes()).sum();
        let places = self.alive.0.len() * 8 + self.layout.spans.len() * 24;
        let events =
            self.events.iter().filter_map(|(_, runs)| runs.as_deref()).map(Runs::bytes).sum();
        (columns + places, events)
    }
}
