//! A set of customers as one bit each.

/// Words of one wide register.
pub(super) const GROUP_WORDS: usize = 8;
/// Customers of a group.
pub(super) const GROUP_ROWS: usize = GROUP_WORDS * 64;
/// Groups of a tile: what one step of an answer works on, small enough for the nearest cache.
pub(super) const TILE_GROUPS: usize = 32;
/// Words of a tile.
pub(super) const TILE_WORDS: usize = GROUP_WORDS * TILE_GROUPS;
/// Customers of a tile.
pub(super) const TILE_ROWS: usize = TILE_WORDS * 64;

/// One tile of a set of customers.
pub(super) type Tile = [u64; TILE_WORDS];
/// Tiles of a block of 2^20 customers, which has one width and one range of values.
pub(super) const BLOCK_TILES: usize = (1 << 20) / TILE_ROWS;
/// Customers of a block.
pub(super) const BLOCK_ROWS: usize = BLOCK_TILES * TILE_ROWS;

/// A set of customers, in whole tiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(pub(super) Vec<u64>);

impl Bits {
    /// Nobody, of so many.
    #[must_use]
    pub fn none(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(TILE_ROWS) * TILE_WORDS])
    }

    /// The first `rows`, of whom there may be more in the last tile.
    #[must_use]
    pub fn first(rows: usize) -> Self {
        let mut all = Self::none(rows);
        all.fill(0, rows);
        all
    }

    /// Puts in those from `start` to before `end`.
    pub(super) fn fill(&mut self, start: usize, end: usize) {
        fill(&mut self.0, start, end);
    }

    /// Whether this one is in.
    #[must_use]
    pub fn has(&self, row: usize) -> bool {
        self.0[row / 64] >> (row % 64) & 1 == 1
    }

    /// Puts one in or takes it out.
    pub fn set(&mut self, row: usize, is_in: bool) {
        let bit = 1 << (row % 64);
        if is_in {
            self.0[row / 64] |= bit;
        } else {
            self.0[row / 64] &= !bit;
        }
    }

    /// Whether this many have a bit.
    pub(super) fn has_room(&self, rows: usize) -> bool {
        rows <= self.0.len() * 64
    }

    /// Room for this many.
    pub(super) fn grow(&mut self, rows: usize) {
        let words = rows.div_ceil(TILE_ROWS) * TILE_WORDS;
        if words > self.0.len() {
            self.0.resize(words, 0);
        }
    }

    pub(super) fn tile(&self, tile: usize) -> &Tile {
        // A tile is always whole.
        self.0[tile * TILE_WORDS..][..TILE_WORDS].try_into().unwrap_or(&[0; TILE_WORDS])
    }
}

/// Sets the bits from `start` to before `end`.
pub(super) fn fill(words: &mut [u64], start: usize, end: usize) {
    if start >= end {
        return;
    }
    let (first, last) = (start / 64, (end - 1) / 64);
    let head = u64::MAX << (start % 64);
    let tail = u64::MAX >> (63 - (end - 1) % 64);
    if first == last {
        words[first] |= head & tail;
        return;
    }
    words[first] |= head;
    words[first + 1..last].fill(u64::MAX);
    words[last] |= tail;
}
