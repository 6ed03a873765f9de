//! The loops over bits: everything that must be fast, and nothing else.
//!
//! A word is 64 customers, a group 8 words (one wide register), a tile 32 groups. The loops are plain; the
//! widest vectors that the processor has are chosen at run time, so that one binary is fast where it can be.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is not compiled for the wider vectors"
)]

use multiversion::multiversion;

use super::bits::{GROUP_WORDS, TILE_WORDS};

/// One tile of a set of customers.
pub(super) type Tile = [u64; TILE_WORDS];

/// One group of a set of customers.
pub(super) type Group = [u64; GROUP_WORDS];

/// Sets in `out` the rows whose value lies from `low` to `high`, both included. `data` is the tile's part of a
/// bit-sliced column, `width` (at least 1) words a group and slice.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx512vpopcntdq+avx2+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx2+bmi1+bmi2+lzcnt+popcnt",
    "aarch64+neon",
))]
pub(super) fn within(data: &[u64], width: usize, low: u64, high: u64, out: &mut Tile) {
    if low == high {
        equal(data, width, low, out);
    } else if high == u64::MAX >> (64 - width) {
        one_end::<true>(data, width, low, out);
    } else if low == 0 {
        one_end::<false>(data, width, high, out);
    } else {
        both_ends(data, width, low, high, out);
    }
}

/// How many are in the set, which is whole groups.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx512vpopcntdq+avx2+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx2+bmi1+bmi2+lzcnt+popcnt",
    "aarch64+neon",
))]
pub(super) fn count(set: &[u64]) -> u64 {
    let mut sums = [0_u64; GROUP_WORDS];
    for group in set.as_chunks::<GROUP_WORDS>().0 {
        for i in 0..GROUP_WORDS {
            sums[i] += u64::from(group[i].count_ones());
        }
    }
    sums.iter().sum()
}

/// How many are in both sets.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx512vpopcntdq+avx2+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx2+bmi1+bmi2+lzcnt+popcnt",
    "aarch64+neon",
))]
pub(super) fn count_both(a: &Tile, b: &Tile) -> u64 {
    let mut sums = [0_u64; GROUP_WORDS];
    for (a, b) in a.as_chunks::<GROUP_WORDS>().0.iter().zip(b.as_chunks::<GROUP_WORDS>().0) {
        for i in 0..GROUP_WORDS {
            sums[i] += u64::from((a[i] & b[i]).count_ones());
        }
    }
    sums.iter().sum()
}

/// Adds to `sums`, slice by slice, how many of `members` (whole groups) have that bit.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx512vpopcntdq+avx2+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx2+bmi1+bmi2+lzcnt+popcnt",
    "aarch64+neon",
))]
pub(super) fn add_slices(data: &[u64], members: &[u64], sums: &mut [Group]) {
    let groups = members.as_chunks::<GROUP_WORDS>().0;
    for (group, data) in groups.iter().zip(data.chunks_exact(sums.len() * GROUP_WORDS)) {
        if group.iter().all(|word| *word == 0) {
            continue;
        }
        for (slice, sum) in data.as_chunks::<GROUP_WORDS>().0.iter().zip(sums.iter_mut()) {
            for i in 0..GROUP_WORDS {
                sum[i] += u64::from((slice[i] & group[i]).count_ones());
            }
        }
    }
}

#[inline(always)]
fn bit(of: u64, slice: usize) -> u64 {
    0_u64.wrapping_sub(of >> slice & 1)
}

#[inline(always)]
fn groups<'a>(
    data: &'a [u64],
    width: usize,
    out: &'a mut Tile,
) -> impl Iterator<Item = (&'a [u64], &'a mut Group)> {
    data.chunks_exact(width * GROUP_WORDS).zip(out.as_chunks_mut().0)
}

#[inline(always)]
fn equal(data: &[u64], width: usize, value: u64, out: &mut Tile) {
    for (data, out) in groups(data, width, out) {
        let mut same: Group = [u64::MAX; GROUP_WORDS];
        for (slice, words) in data.as_chunks::<GROUP_WORDS>().0.iter().enumerate() {
            let bit = bit(value, slice);
            for i in 0..GROUP_WORDS {
                same[i] &= !(words[i] ^ bit);
            }
        }
        *out = same;
    }
}

/// From the lowest slice up: a higher bit that differs decides anew.
#[inline(always)]
fn one_end<const LOW: bool>(data: &[u64], width: usize, end: u64, out: &mut Tile) {
    for (data, out) in groups(data, width, out) {
        // Equal is inside.
        let mut inside: Group = [u64::MAX; GROUP_WORDS];
        for (slice, words) in data.as_chunks::<GROUP_WORDS>().0.iter().enumerate() {
            let bit = bit(end, slice);
            for i in 0..GROUP_WORDS {
                let differs = words[i] ^ bit;
                let said = if LOW { words[i] } else { bit };
                inside[i] = (differs & said) | (!differs & inside[i]);
            }
        }
        *out = inside;
    }
}

#[inline(always)]
fn both_ends(data: &[u64], width: usize, low: u64, high: u64, out: &mut Tile) {
    for (data, out) in groups(data, width, out) {
        let mut above: Group = [u64::MAX; GROUP_WORDS];
        let mut below: Group = [u64::MAX; GROUP_WORDS];
        for (slice, words) in data.as_chunks::<GROUP_WORDS>().0.iter().enumerate() {
            let (low, high) = (bit(low, slice), bit(high, slice));
            for i in 0..GROUP_WORDS {
                let differs = words[i] ^ low;
                above[i] = (differs & words[i]) | (!differs & above[i]);
                let differs = words[i] ^ high;
                below[i] = (differs & high) | (!differs & below[i]);
            }
        }
        for i in 0..GROUP_WORDS {
            out[i] = above[i] & below[i];
        }
    }
}

/// Exchanges rows and columns of 64 times 64 bits.
pub(super) fn transpose(square: &mut [u64; 64]) {
    let (mut step, mut mask) = (32, 0x0000_0000_ffff_ffff_u64);
    while step > 0 {
        let mut at = 0;
        while at < 64 {
            let swap = (square[at] >> step ^ square[at + step]) & mask;
            square[at] ^= swap << step;
            square[at + step] ^= swap;
            at = (at + step + 1) & !step;
        }
        step >>= 1;
        mask ^= mask << step;
    }
}
