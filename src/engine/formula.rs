//! Arithmetic of columns and events, exact: whole numbers with a number of decimals that is known beforehand.
//!
//! A formula is reckoned for the 64 customers of a word at a time. Whether 64 bits do for everything in between, or 128
//! are needed, is known from the least and the greatest value of each column; what needs more is left to SQL.

use chrono::{Datelike as _, NaiveDate};

use super::bits::{TILE_ROWS, TILE_WORDS, Tile};
use super::columns::{Columns, Content};
use super::events::{Fold, Stored, Window};
use crate::domain::rule::{CompareOp, full_years};

/// Days beyond which a sum of a day and a number is not known.
pub(super) const MAX_DAYS: i128 = 1_000_000;

/// One step of a formula.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The same for everybody.
    Fixed(i128),
    /// A column's values.
    Column(usize),
    /// Full years since the days of a column.
    Age(usize, NaiveDate),
    /// What is missing to `ahead` where a column's value lies from `floor` to below it; not known elsewhere.
    Near { column: usize, floor: i128, ahead: i128 },
    /// What the formula's events of this number say.
    Events(usize),
    /// One as it is, times ten to some power.
    Raised(Box<Step>, i128),
    /// A number without its decimals, of which there are as many as this power of ten has zeros; not known beyond
    /// [`MAX_DAYS`].
    Days(Box<Step>, i128),
    /// One and the other.
    Sum(Box<Step>, Box<Step>),
    /// One less the other.
    Difference(Box<Step>, Box<Step>),
    /// One times the other.
    Product(Box<Step>, Box<Step>),
    /// One by the other, cut; not known where the other is 0.
    Quotient(Box<Step>, Box<Step>),
}

/// What is asked of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// How the two sides stand to one another.
    Compared(CompareOp),
    /// Whether the left side is known.
    Known(bool),
}

/// Two sides, as far as both are known.
#[derive(Clone, Debug)]
pub struct Formula {
    pub(super) left: Step,
    pub(super) right: Step,
    pub(super) asked: Asked,
    /// What events the steps name.
    pub(super) events: Vec<(Window, Fold)>,
    /// Whether 64 bits do not do.
    pub(super) wide: bool,
}

/// A whole number of 64 or 128 bits. What overflows is a value of which nothing is known, and is not looked at.
trait Lane: Copy + Ord + Default + From<i64> {
    fn fixed(value: i128) -> Self;
    fn plus(self, other: Self) -> Self;
    fn less(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn over(self, other: Self) -> Self;
    fn day(self) -> Option<NaiveDate>;
}

macro_rules! lane {
    ($of:ty, $fixed:expr, $over:expr) => {
        impl Lane for $of {
            fn fixed(value: i128) -> Self {
                $fixed(value)
            }
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            fn less(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            fn times(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            fn over(self, other: Self) -> Self {
                $over(self, other)
            }
            fn day(self) -> Option<NaiveDate> {
                NaiveDate::from_num_days_from_ce_opt(i32::try_from(self).ok()?)
            }
        }
    };
}
lane!(i64, |value| i64::try_from(value).unwrap_or_default(), |a: i64, b: i64| if b == 0 {
    0
} else {
    a.wrapping_div(b)
});
// Most of what needs room on the way does not need it where it is divided.
lane!(i128, |value| value, |a: i128, b: i128| match (i64::try_from(a), i64::try_from(b)) {
    (_, Ok(0)) => 0,
    (Ok(a), Ok(b)) if b != -1 => i128::from(a / b),
    _ => a.wrapping_div(b),
});

/// The values of 64 customers, and of whom they are known.
struct Word<T> {
    values: [T; 64],
    known: u64,
}

impl<T: Lane> Word<T> {
    fn map(mut self, of: impl Fn(T) -> T) -> Self {
        for value in &mut self.values {
            *value = of(*value);
        }
        self
    }

    fn only(mut self, holds: impl Fn(T) -> bool) -> Self {
        for (at, value) in self.values.iter().enumerate() {
            self.known &= !(u64::from(!holds(*value)) << at);
        }
        self
    }

    fn with(mut self, other: &Self, of: impl Fn(T, T) -> T) -> Self {
        for (value, other) in self.values.iter_mut().zip(&other.values) {
            *value = of(*value, *other);
        }
        self.known &= other.known;
        self
    }
}

/// What events say of the customers of a tile.
struct Said<T> {
    values: Vec<T>,
    known: Tile,
}

/// One tile of the columns, with what events say of it.
struct Here<'a, T> {
    columns: &'a Columns,
    tile: usize,
    events: Vec<Said<T>>,
}

impl Formula {
    /// For whom in a tile it is true.
    pub(super) fn tile(&self, columns: &Columns, tile: usize, out: &mut Tile) {
        if self.wide {
            self.tile_of::<i128>(columns, tile, out);
        } else {
            self.tile_of::<i64>(columns, tile, out);
        }
    }

    fn tile_of<T: Lane>(&self, columns: &Columns, tile: usize, out: &mut Tile) {
        let events = self.events.iter().map(|(window, fold)| said(columns, window, *fold, tile));
        let here: Here<'_, T> = Here { columns, tile, events: events.collect() };
        for (word, out) in out.iter_mut().enumerate() {
            *out = if columns.alive.tile(tile)[word] == 0 { 0 } else { self.word(&here, word) };
        }
    }

    fn word<T: Lane>(&self, here: &Here<'_, T>, word: usize) -> u64 {
        let left = here.word(&self.left, word);
        let op = match self.asked {
            Asked::Known(true) => return left.known,
            Asked::Known(false) => return !left.known,
            Asked::Compared(op) => op,
        };
        let right = here.word(&self.right, word);
        let both = left.values.iter().zip(&right.values);
        let pack = |holds: &dyn Fn(&T, &T) -> bool| {
            both.clone().enumerate().fold(0, |set, (at, (a, b))| set | u64::from(holds(a, b)) << at)
        };
        let holds = match op {
            CompareOp::Eq => pack(&|a, b| a == b),
            CompareOp::Ne => pack(&|a, b| a != b),
            CompareOp::Lt => pack(&|a, b| a < b),
            CompareOp::Le => pack(&|a, b| a <= b),
            CompareOp::Gt => pack(&|a, b| a > b),
            CompareOp::Ge => pack(&|a, b| a >= b),
        };
        holds & left.known & right.known
    }
}

fn said<T: Lane>(columns: &Columns, window: &Window, fold: Fold, tile: usize) -> Said<T> {
    let is_day = matches!(fold, Fold::First | Fold::Last);
    let known = [if is_day { 0 } else { u64::MAX }; TILE_WORDS];
    let mut said = Said { values: vec![T::default(); TILE_ROWS], known };
    let runs = window.kind.and_then(|kind| columns.events[kind].1.as_deref());
    window.each(runs, tile, fold, |row, value| {
        said.values[row] = T::fixed(value);
        said.known[row / 64] |= 1 << (row % 64);
    });
    said
}

impl<T: Lane> Here<'_, T> {
    fn word(&self, step: &Step, word: usize) -> Word<T> {
        match step {
            Step::Fixed(value) => Word { values: [T::fixed(*value); 64], known: u64::MAX },
            Step::Column(column) => self.column(*column, word),
            Step::Age(column, as_of) => {
                let mut age = self.column(*column, word);
                for (at, value) in age.values.iter_mut().enumerate() {
                    match value.day().filter(|_| age.known >> at & 1 == 1) {
                        Some(day) => *value = T::fixed(full_years(day, *as_of).into()),
                        None => age.known &= !(1 << at),
                    }
                }
                age
            }
            Step::Near { column, floor, ahead } => {
                let (floor, ahead) = (T::fixed(*floor), T::fixed(*ahead));
                let stands = self.column(*column, word);
                stands.only(|value| value >= floor && value < ahead).map(|value| ahead.less(value))
            }
            Step::Events(at) => {
                let said = &self.events[*at];
                let mut values = [T::default(); 64];
                values.copy_from_slice(&said.values[word * 64..][..64]);
                Word { values, known: said.known[word] }
            }
            Step::Raised(step, by) => {
                let by = T::fixed(*by);
                self.word(step, word).map(|value| value.times(by))
            }
            Step::Days(step, by) => {
                let (by, most) = (T::fixed(*by), T::fixed(MAX_DAYS));
                let least = T::fixed(-MAX_DAYS);
                let days = self.word(step, word).map(|value| value.over(by));
                days.only(|days| days >= least && days <= most)
            }
            Step::Sum(a, b) => self.word(a, word).with(&self.word(b, word), T::plus),
            Step::Difference(a, b) => self.word(a, word).with(&self.word(b, word), T::less),
            Step::Product(a, b) => self.word(a, word).with(&self.word(b, word), T::times),
            Step::Quotient(a, b) => {
                let by = self.word(b, word).only(|value| value != T::default());
                self.word(a, word).with(&by, T::over)
            }
        }
    }

    fn column(&self, column: usize, word: usize) -> Word<T> {
        let column = self.columns.column(column);
        let Content::Whole { values, .. } = &column.content else {
            return Word { values: [T::default(); 64], known: 0 };
        };
        let mut cells = [0; 64];
        values.word(self.tile * TILE_WORDS + word, &mut cells);
        let known = column.known.as_ref().map_or(u64::MAX, |known| known.tile(self.tile)[word]);
        Word { values: cells.map(<T as From<i64>>::from), known }
    }
}

impl Columns {
    /// Between what values of a window's events lie.
    pub(super) fn event_ends(&self, window: &Window, fold: Fold) -> (i128, i128) {
        let runs = window.kind.and_then(|kind| self.events[kind].1.as_ref());
        let many = runs.map_or(0, |runs| runs.len() as i128);
        let largest = match runs.map(|runs| &runs.amounts) {
            None | Some(Stored::None) => 0,
            Some(Stored::Short(_)) => 1 << 31,
            Some(Stored::Long(_)) => 1 << 63,
        };
        match fold {
            Fold::Count => (0, many),
            Fold::Sum => (-many * largest, many * largest),
            // The first day of a window may be that of nobody, so the days are looked at.
            Fold::First | Fold::Last => {
                let first = runs.and_then(|runs| runs.days.iter().min()).copied();
                let first = first.unwrap_or(window.to).max(window.from).min(window.to);
                (first.into(), window.to.into())
            }
        }
    }
}

/// A step with what is known of its value beforehand.
#[derive(Clone, Debug)]
pub(super) struct Made {
    step: Step,
    /// Decimals.
    scale: u32,
    /// The least and the greatest value.
    ends: (i128, i128),
    /// What the greatest number on the way may be.
    peak: i128,
}

/// What 128 bits hold with room to spare.
const ROOM: i128 = 1 << 125;
/// What 64 bits hold with room to spare.
const NARROW: i128 = 1 << 62;
/// The days that Postgres has, with room to spare.
const DAYS: std::ops::Range<i128> = -1_700_000..90_000_000;

impl Made {
    /// A step with values between two, both included; none if they are too large.
    pub(super) fn new(step: Step, scale: u32, ends: (i128, i128)) -> Option<Self> {
        let peak = size(ends)?;
        Some(Self { step, scale, ends, peak })
    }

    /// A column's values.
    pub(super) fn column(columns: &Columns, at: usize) -> Option<Self> {
        let Content::Whole { values, scale } = &columns.column(at).content else { return None };
        Self::new(Step::Column(at), (*scale).into(), values.ends())
    }

    /// What is missing to `ahead` where a column's value lies from `floor` to below it.
    pub(super) fn near(columns: &Columns, at: usize, floor: i128, ahead: i128) -> Option<Self> {
        let missing = Self::new(Step::Fixed(ahead), 0, (ahead, ahead))?;
        let missing = missing.less(Self::column(columns, at)?)?;
        Some(Self { step: Step::Near { column: at, floor, ahead }, ..missing })
    }

    /// A decimal as rules print it.
    pub(super) fn decimal(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let value: i128 = format!("{whole}{decimals}").parse().ok()?;
        let scale = u32::try_from(decimals.len()).ok()?;
        Self::new(Step::Fixed(value), scale, (value, value))
    }

    /// With so many decimals, which are not fewer than it has.
    fn raised(self, scale: u32) -> Option<Self> {
        if scale == self.scale {
            return Some(self);
        }
        let by = 10_i128.checked_pow(scale - self.scale)?;
        let ends = (self.ends.0.checked_mul(by)?, self.ends.1.checked_mul(by)?);
        let raised = Self::new(Step::Raised(Box::new(self.step), by), scale, ends)?;
        Some(Self { peak: raised.peak.max(self.peak), ..raised })
    }

    fn of(a: Self, b: Self, scale: u32, ends: (i128, i128), step: Join) -> Option<Self> {
        let peak = size(ends)?.max(a.peak).max(b.peak);
        Some(Self { step: step(Box::new(a.step), Box::new(b.step)), scale, ends, peak })
    }

    fn aligned(self, other: Self) -> Option<(Self, Self)> {
        let scale = self.scale.max(other.scale);
        Some((self.raised(scale)?, other.raised(scale)?))
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let (a, b) = self.aligned(other)?;
        let ends = (a.ends.0 + b.ends.0, a.ends.1 + b.ends.1);
        let scale = a.scale;
        Self::of(a, b, scale, ends, Step::Sum)
    }

    pub(super) fn less(self, other: Self) -> Option<Self> {
        let (a, b) = self.aligned(other)?;
        let ends = (a.ends.0 - b.ends.1, a.ends.1 - b.ends.0);
        let scale = a.scale;
        Self::of(a, b, scale, ends, Step::Difference)
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        let most = size(self.ends)?.checked_mul(size(other.ends)?)?;
        let scale = self.scale + other.scale;
        Self::of(self, other, scale, (-most, most), Step::Product)
    }

    /// Cut after six decimals.
    pub(super) fn over(self, other: Self) -> Option<Self> {
        const CUT: u32 = 6;
        let scale = (other.scale + CUT).max(self.scale);
        let (a, by) = (self.raised(scale)?, scale - CUT);
        let b = other.raised(by)?;
        let most = size(a.ends)?;
        Self::of(a, b, CUT, (-most, most), Step::Quotient)
    }

    /// A day so many days later, or earlier.
    pub(super) fn moved(self, days: Self, earlier: bool) -> Option<Self> {
        let by = 10_i128.checked_pow(days.scale)?;
        let peak = days.peak;
        let days = Self::new(Step::Days(Box::new(days.step), by), 0, (-MAX_DAYS, MAX_DAYS))?;
        let days = Self { peak: peak.max(days.peak).max(by), ..days };
        let moved = if earlier { self.less(days)? } else { self.plus(days)? };
        (DAYS.contains(&moved.ends.0) && DAYS.contains(&moved.ends.1)).then_some(moved)
    }

    /// How it stands to another.
    pub(super) fn compared(
        self,
        op: CompareOp,
        other: Self,
        events: Vec<(Window, Fold)>,
    ) -> Option<Formula> {
        let (a, b) = self.aligned(other)?;
        let wide = a.peak.max(b.peak) >= NARROW;
        Some(Formula { left: a.step, right: b.step, asked: Asked::Compared(op), events, wide })
    }

    /// Whether it is known.
    pub(super) fn known(self, known: bool, events: Vec<(Window, Fold)>) -> Formula {
        let wide = self.peak >= NARROW;
        Formula { left: self.step, right: Step::Fixed(0), asked: Asked::Known(known), events, wide }
    }
}

type Join = fn(Box<Step>, Box<Step>) -> Step;

/// The greater distance from 0, if there is room for it.
fn size(ends: (i128, i128)) -> Option<i128> {
    let size = ends.0.checked_abs()?.max(ends.1.checked_abs()?);
    (size < ROOM).then_some(size)
}

/// The number of a day.
pub(super) fn day(day: NaiveDate) -> i128 {
    day.num_days_from_ce().into()
}
