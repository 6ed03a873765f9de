//! A column of whole numbers, bit by bit: the lowest bits of 512 customers, then their next bits, and so on.
//!
//! A block of 2^20 customers has its own lowest value, which is taken off, and as many slices as the rest needs. So a
//! comparison reads each bit once, in the order in which it stands in memory, and a sum is a count for each slice.

use std::sync::Arc;

use super::bits::{BLOCK_ROWS, BLOCK_TILES, Bits, GROUP_ROWS, GROUP_WORDS, TILE_GROUPS, TILE_ROWS};
use super::kernel::{self, transpose};

/// A bit-sliced column. What stands where nothing is known has no meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sliced {
    pub(super) blocks: Vec<Arc<Block>>,
}

/// 2^20 customers of a column; the last block may have fewer tiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The lowest known value, and what is taken off each.
    pub(super) base: i64,
    /// The highest known value.
    pub(super) top: i64,
    /// Slices.
    pub(super) width: usize,
    /// Tiles.
    pub(super) tiles: usize,
    /// Group by group, in each group slice by slice.
    pub(super) data: Vec<u64>,
}

impl Block {
    /// Of these values; `known` has a bit for each of which something is known, if that is not all.
    fn of(values: &[i64], known: Option<&[u64]>) -> Self {
        let mut ends: Option<(i64, i64)> = None;
        let mut take = |value: i64| {
            let (low, high) = ends.unwrap_or((value, value));
            ends = Some((low.min(value), high.max(value)));
        };
        for (word, values) in values.chunks(64).enumerate() {
            match known.map_or(u64::MAX, |known| known[word]) {
                u64::MAX => values.iter().for_each(|value| take(*value)),
                known => {
                    let values = values.iter().enumerate();
                    let values = values.filter(|(bit, _)| known >> bit & 1 == 1);
                    values.for_each(|(_, value)| take(*value));
                }
            }
        }
        let (base, top) = ends.unwrap_or_default();
        let width = bits_of(span(base, top));
        let tiles = values.len().div_ceil(TILE_ROWS);
        let mut data = vec![0; tiles * TILE_GROUPS * GROUP_WORDS * width];
        kernel::slice(values, known, base, width, &mut data);
        Self { base, top, width, tiles, data }
    }

    fn get(&self, row: usize) -> i64 {
        let group = row / GROUP_ROWS * self.width;
        let word = row % GROUP_ROWS / 64;
        let mut value = 0;
        for slice in 0..self.width {
            let bits = self.data[(group + slice) * GROUP_WORDS + word];
            value |= (bits >> (row % 64) & 1) << slice;
        }
        self.base.wrapping_add_unsigned(value)
    }

    /// Writes the values of 64 customers.
    fn word(&self, word: usize, out: &mut [i64; 64]) {
        let mut square = [0_u64; 64];
        let group = word / GROUP_WORDS * self.width;
        for (slice, place) in square.iter_mut().enumerate().take(self.width) {
            *place = self.data[(group + slice) * GROUP_WORDS + word % GROUP_WORDS];
        }
        transpose(&mut square);
        for (out, value) in out.iter_mut().zip(square) {
            *out = self.base.wrapping_add_unsigned(value);
        }
    }

    fn set(&mut self, row: usize, value: i64) {
        let offset = span(self.base, value);
        let group = row / GROUP_ROWS * self.width;
        let word = row % GROUP_ROWS / 64;
        let bit = 1_u64 << (row % 64);
        for slice in 0..self.width {
            let words = &mut self.data[(group + slice) * GROUP_WORDS + word];
            *words = if offset >> slice & 1 == 1 { *words | bit } else { *words & !bit };
        }
        self.top = self.top.max(value);
    }

    fn holds(&self, value: i64) -> bool {
        value >= self.base && bits_of(span(self.base, value)) <= self.width
    }

    /// One tile's part.
    pub(super) fn tile(&self, tile: usize) -> &[u64] {
        let words = TILE_GROUPS * GROUP_WORDS * self.width;
        &self.data[tile * words..][..words]
    }
}

/// The distance of two values of which the second is not lower.
pub(super) fn span(base: i64, value: i64) -> u64 {
    value.wrapping_sub(base).cast_unsigned()
}

fn bits_of(value: u64) -> usize {
    (u64::BITS - value.leading_zeros()) as usize
}

impl Sliced {
    /// Of these values; what is not `known` has no meaning.
    pub(super) fn of(values: &[i64], known: Option<&Bits>) -> Self {
        let block = |(at, values)| {
            let known = known.map(|known| &known.0[at * (BLOCK_ROWS / 64)..]);
            Arc::new(Block::of(values, known))
        };
        Self { blocks: values.chunks(BLOCK_ROWS).enumerate().map(block).collect() }
    }

    /// The value of one customer.
    pub(super) fn get(&self, row: usize) -> i64 {
        self.blocks[row / BLOCK_ROWS].get(row % BLOCK_ROWS)
    }

    /// The values of the 64 customers of a word.
    pub(super) fn word(&self, word: usize, out: &mut [i64; 64]) {
        self.blocks[word * 64 / BLOCK_ROWS].word(word % (BLOCK_ROWS / 64), out);
    }

    /// The block of a tile, and its place in it.
    pub(super) fn tile(&self, tile: usize) -> (&Block, usize) {
        (&self.blocks[tile / BLOCK_TILES], tile % BLOCK_TILES)
    }

    /// Changes values; a block that has no room for one is made anew once.
    pub(super) fn change(&mut self, rows: usize, changed: &[(usize, i64)]) {
        let mut at = 0;
        for start in (0..rows).step_by(BLOCK_ROWS) {
            let from = at;
            while changed.get(at).is_some_and(|(row, _)| *row < start + BLOCK_ROWS) {
                at += 1;
            }
            let here = (rows - start).min(BLOCK_ROWS);
            self.change_block(start, here, &changed[from..at]);
        }
    }

    fn change_block(&mut self, start: usize, rows: usize, changed: &[(usize, i64)]) {
        let index = start / BLOCK_ROWS;
        if let Some(block) = self.blocks.get_mut(index)
            && block.tiles == rows.div_ceil(TILE_ROWS)
            && changed.iter().all(|(_, value)| block.holds(*value))
        {
            for (row, value) in changed {
                // Others may still answer from the block as it stands: the first change makes a copy.
                if block.get(row - start) != *value {
                    Arc::make_mut(block).set(row - start, *value);
                }
            }
            return;
        }
        let mut values = vec![0; rows.next_multiple_of(64)];
        let mut old = 0;
        if let Some(block) = self.blocks.get(index) {
            old = (block.tiles * TILE_ROWS).min(values.len());
            for (word, out) in values[..old].as_chunks_mut::<64>().0.iter_mut().enumerate() {
                block.word(word, out);
            }
        }
        let fallback = changed.first().map_or(0, |(_, value)| *value);
        let fallback = self.blocks.get(index).map_or(fallback, |block| block.base);
        values[old..].fill(fallback);
        for (row, value) in changed {
            values[row - start] = *value;
        }
        let block = Arc::new(Block::of(&values[..rows], None));
        if index < self.blocks.len() {
            self.blocks[index] = block;
        } else {
            self.blocks.push(block);
        }
    }

    /// Whether it has as many blocks and tiles as so many customers need.
    pub(super) fn is_of(&self, rows: usize) -> bool {
        self.blocks.len() == rows.div_ceil(BLOCK_ROWS)
            && self.blocks.iter().enumerate().all(|(at, block)| {
                block.tiles == (rows - at * BLOCK_ROWS).min(BLOCK_ROWS).div_ceil(TILE_ROWS)
            })
    }

    /// The least and the greatest value that is known.
    pub(super) fn ends(&self) -> (i128, i128) {
        let low = self.blocks.iter().map(|block| block.base).min().unwrap_or_default();
        let high = self.blocks.iter().map(|block| block.top).max().unwrap_or_default();
        (low.into(), high.into())
    }

    /// Bytes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.blocks.iter().map(|block| block.data.len() * 8).sum()
    }
}
