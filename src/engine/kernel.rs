//! The loops over bits: everything that must be fast, and nothing else.
//!
//! A word is 64 customers, a group 8 words (one wide register), a tile 32 groups. The loops are plain; the
//! widest vectors that the processor has are chosen at run time, so that one binary is fast where it can be.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is not compiled for the wider vectors"
)]

use multiversion::multiversion;

use super::bits::{GROUP_WORDS, Tile};

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
    // A plain loop over words: by groups, the compiler counts word by word where it could count eight at once. Without
    // closures, which the library's own loops could not take in, since those are not compiled for the wider vectors.
    let mut sum = 0;
    for word in set {
        sum += u64::from(word.count_ones());
    }
    sum
}

/// How many are in both sets.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx512vpopcntdq+avx2+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx2+bmi1+bmi2+lzcnt+popcnt",
    "aarch64+neon",
))]
pub(super) fn count_both(a: &Tile, b: &Tile) -> u64 {
    let mut sum = 0;
    for (a, b) in a.iter().zip(b) {
        sum += u64::from((a & b).count_ones());
    }
    sum
}

/// Adds to `sums`, slice by slice, how many of `members` (whole groups) have that bit.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx512vpopcntdq+avx2+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx2+bmi1+bmi2+lzcnt+popcnt",
    "aarch64+neon",
))]
pub(super) fn add_slices(data: &[u64], members: &[u64], sums: &mut [Group]) {
    let groups = members.as_chunks::<GROUP_WORDS>().0;
    // The same members for each slice, so that all slices are one plain loop.
    let mut wide = [[0; GROUP_WORDS]; 64];
    let wide = &mut wide[..sums.len()];
    for (group, data) in groups.iter().zip(data.chunks_exact(sums.len() * GROUP_WORDS)) {
        let mut any = 0;
        for word in group {
            any |= word;
        }
        if any == 0 {
            continue;
        }
        wide.fill(*group);
        let sums = sums.as_flattened_mut().iter_mut();
        for ((sum, word), members) in sums.zip(data).zip(wide.as_flattened()) {
            *sum += u64::from((word & members).count_ones());
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

/// Cuts values into slices, from which `base` is taken off: `width` of them, group by group. Where `known` has no bit, the
/// slices have none.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx512vpopcntdq+avx2+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx2+bmi1+bmi2+lzcnt+popcnt",
    "aarch64+neon",
))]
pub(super) fn slice(
    values: &[i64],
    known: Option<&[u64]>,
    base: i64,
    width: usize,
    data: &mut [u64],
) {
    for (word, values) in values.chunks(64).enumerate() {
        let mut square = [0_u64; 64];
        for (place, value) in square.iter_mut().zip(values) {
            *place = value.wrapping_sub(base).cast_unsigned();
        }
        if let Some(known) = known {
            for (row, place) in square.iter_mut().enumerate() {
                *place &= bit(known[word], row);
            }
        }
        if width <= 32 {
            // Two values to a word: the upper half is another square.
            for row in 0..32 {
                square[row] |= square[row + 32] << 32;
            }
            narrow(&mut square[..32]);
        } else {
            exchange::<32>(&mut square, 0x0000_0000_ffff_ffff);
            narrow(&mut square);
        }
        let group = word / GROUP_WORDS * width;
        for (slice, bits) in square.iter().enumerate().take(width) {
            data[(group + slice) * GROUP_WORDS + word % GROUP_WORDS] = *bits;
        }
    }
}

/// Exchanges rows and columns of 64 times 64 bits.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx512vpopcntdq+avx2+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx2+bmi1+bmi2+lzcnt+popcnt",
    "aarch64+neon",
))]
pub(super) fn transpose(square: &mut [u64; 64]) {
    exchange::<32>(square, 0x0000_0000_ffff_ffff);
    narrow(square);
}

/// Exchanges rows and columns of squares of 32 times 32 bits, two of which stand side by side.
#[inline(always)]
fn narrow(squares: &mut [u64]) {
    exchange::<16>(squares, 0x0000_ffff_0000_ffff);
    exchange::<8>(squares, 0x00ff_00ff_00ff_00ff);
    exchange::<4>(squares, 0x0f0f_0f0f_0f0f_0f0f);
    exchange::<2>(squares, 0x3333_3333_3333_3333);
    exchange::<1>(squares, 0x5555_5555_5555_5555);
}

#[inline(always)]
fn exchange<const STEP: usize>(square: &mut [u64], mask: u64) {
    for pair in square.chunks_exact_mut(2 * STEP) {
        let (low, high) = pair.split_at_mut(STEP);
        for (low, high) in low.iter_mut().zip(high) {
            let swap = (*low >> STEP ^ *high) & mask;
            *low ^= swap << STEP;
            *high ^= swap;
        }
    }
}
