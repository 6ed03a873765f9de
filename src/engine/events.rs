//! Events of one kind as runs: by customer's place, then by day.
//!
//! Whoever asks for a window reads a tile's events in one go and adds up per customer, without a counter for each of
//! ten million. Measured against runs by day with a table of counters, this is several times faster.

use super::bits::{TILE_ROWS, TILE_WORDS};
use super::kernel::Tile;
use super::ranges::Ranges;

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Happened {
    /// The customer's place.
    pub place: u32,
    /// The day in the bank's time zone, from the common era.
    pub day: i32,
    /// In minor units, if there is one.
    pub amount: Option<i64>,
}

/// All events of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Runs {
    pub(super) places: Vec<u32>,
    pub(super) days: Vec<i32>,
    /// Empty if no event has one. `NO_AMOUNT` where this one has none.
    pub(super) amounts: Stored,
    /// Where each tile's events begin; one more at the end.
    pub(super) tiles: Vec<u32>,
}

/// Amounts, as narrow as they can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Stored {
    #[default]
    None,
    Short(Vec<i32>),
    Long(Vec<i64>),
}

/// Stands for an amount that is not there; an event that has it is left to SQL.
const NO_AMOUNT: i64 = i64::MIN;

impl Runs {
    /// Of these events, in any order; `None` if one cannot be held.
    #[must_use]
    pub(super) fn of(mut events: Vec<Happened>, rows: usize) -> Option<Self> {
        if !events.is_sorted() {
            events.sort_unstable();
        }
        Self::of_sorted(events.len(), events.into_iter(), rows)
    }

    fn of_sorted(
        count: usize,
        events: impl Iterator<Item = Happened>,
        rows: usize,
    ) -> Option<Self> {
        u32::try_from(count).ok()?;
        let mut runs = Self::default();
        runs.places.reserve_exact(count);
        runs.days.reserve_exact(count);
        let mut amounts = Stored::None;
        for event in events {
            if event.amount == Some(NO_AMOUNT) {
                return None;
            }
            amounts.push(runs.places.len(), count, event.amount);
            runs.places.push(event.place);
            runs.days.push(event.day);
        }
        runs.amounts = amounts;
        runs.index(rows);
        Some(runs)
    }

    /// Finds where the tiles begin.
    pub(super) fn index(&mut self, rows: usize) {
        let ends = (0..=rows.div_ceil(TILE_ROWS)).map(|tile| {
            self.places.partition_point(|place| (*place as usize) < tile * TILE_ROWS) as u32
        });
        self.tiles = ends.collect();
    }

    /// How many there are.
    #[must_use]
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    fn event(&self, at: usize) -> Happened {
        Happened { place: self.places[at], day: self.days[at], amount: self.amounts.get(at) }
    }

    /// The same runs with all events of some customers (`gone`, by place) taken out and these put in.
    pub(super) fn merged(
        &self,
        gone: impl Fn(u32) -> bool,
        mut new: Vec<Happened>,
        rows: usize,
    ) -> Option<Self> {
        new.sort_unstable();
        let kept = (0..self.len()).map(|at| self.event(at)).filter(|event| !gone(event.place));
        let mut new = new.into_iter().peekable();
        let mut kept = kept.peekable();
        let both = std::iter::from_fn(move || match (kept.peek(), new.peek()) {
            (Some(a), Some(b)) if b < a => new.next(),
            (Some(_), _) => kept.next(),
            (None, _) => new.next(),
        });
        let all: Vec<Happened> = both.collect();
        Self::of_sorted(all.len(), all.into_iter(), rows)
    }

    pub(super) fn bytes(&self) -> usize {
        self.places.len() * 8 + self.amounts.bytes() + self.tiles.len() * 4
    }
}

impl Stored {
    fn push(&mut self, before: usize, count: usize, amount: Option<i64>) {
        match (&mut *self, amount) {
            (Self::None, None) => {}
            (Self::None, Some(_)) => {
                let mut short = Vec::with_capacity(count);
                short.resize(before, i32::MIN);
                *self = Self::Short(short);
                self.push(before, count, amount);
            }
            (Self::Short(short), None) => short.push(i32::MIN),
            (Self::Short(short), Some(amount)) => match i32::try_from(amount) {
                Ok(fits) if fits != i32::MIN => short.push(fits),
                _ => {
                    let mut long = Vec::with_capacity(count);
                    long.extend(
                        short
                            .iter()
                            .map(|s| if *s == i32::MIN { NO_AMOUNT } else { i64::from(*s) }),
                    );
                    long.push(amount);
                    *self = Self::Long(long);
                }
            },
            (Self::Long(long), amount) => long.push(amount.unwrap_or(NO_AMOUNT)),
        }
    }

    fn get(&self, at: usize) -> Option<i64> {
        match self {
            Self::None => None,
            Self::Short(short) => Some(short[at]).filter(|s| *s != i32::MIN).map(i64::from),
            Self::Long(long) => Some(long[at]).filter(|l| *l != NO_AMOUNT),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Short(short) => short.len() * 4,
            Self::Long(long) => long.len() * 8,
        }
    }
}

/// What is asked of a customer's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// How many.
    Count,
    /// The sum of their amounts.
    Sum,
    /// The first one's day; nothing is known where there is none.
    First,
    /// The last one's day; nothing is known where there is none.
    Last,
}

/// Events of a kind within days, and with an amount within ranges if there are any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The kind's number in the columns; none is a kind that nobody has.
    pub kind: Option<usize>,
    /// The first day.
    pub from: i32,
    /// The last day.
    pub to: i32,
    /// Only events with such an amount.
    pub amounts: Option<Amounts>,
}

/// Which amounts an event may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// These.
    pub(super) ranges: Ranges,
    /// Or none at all.
    pub(super) none: bool,
}

impl Amounts {
    pub(super) fn and(self, other: &Self) -> Self {
        Self { ranges: self.ranges.and(&other.ranges), none: self.none && other.none }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self { ranges: self.ranges.or(other.ranges), none: self.none || other.none }
    }
}

impl Window {
    /// What `fold` says of one tile: who fits into one of `ranges`, and of whom it is not known.
    pub(super) fn tile(
        &self,
        runs: Option<&Runs>,
        tile: usize,
        fold: Fold,
        ranges: &Ranges,
        inside: &mut Tile,
        unknown: &mut Tile,
    ) {
        let fits = |value: i128| ranges.has(value);
        let is_day = matches!(fold, Fold::First | Fold::Last);
        let none = !is_day && fits(0);
        inside.fill(if none { u64::MAX } else { 0 });
        unknown.fill(if is_day { u64::MAX } else { 0 });
        let Some(runs) = runs else { return };
        let end = runs.tiles[tile + 1] as usize;
        let mut at = runs.tiles[tile] as usize;
        while at < end {
            let place = runs.places[at];
            let mut value: Option<i128> = None;
            while at < end && runs.places[at] == place {
                let day = runs.days[at];
                if day >= self.from && day <= self.to && self.takes(runs, at) {
                    value = Some(match (fold, value) {
                        (Fold::Count, value) => value.unwrap_or(0) + 1,
                        (Fold::Sum, value) => {
                            value.unwrap_or(0) + i128::from(runs.amounts.get(at).unwrap_or(0))
                        }
                        // They stand in the order of days.
                        (Fold::First, Some(first)) => first,
                        (Fold::First, None) | (Fold::Last, _) => i128::from(day),
                    });
                }
                at += 1;
            }
            let Some(value) = value else { continue };
            let row = place as usize % TILE_ROWS;
            let (word, bit) = (row / 64, 1_u64 << (row % 64));
            debug_assert!(word < TILE_WORDS);
            unknown[word] &= !bit;
            if fits(value) {
                inside[word] |= bit;
            } else {
                inside[word] &= !bit;
            }
        }
    }

    fn takes(&self, runs: &Runs, at: usize) -> bool {
        let Some(amounts) = &self.amounts else { return true };
        runs.amounts.get(at).map_or(amounts.none, |amount| amounts.ranges.has(amount.into()))
    }
}
