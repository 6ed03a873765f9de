//! Answers: tile by tile, on two threads, nothing that grows with the number of customers but a list of members.

use std::num::NonZero;

use sha2::{Digest as _, Sha256};

use super::bits::{GROUP_ROWS, GROUP_WORDS, TILE_ROWS, TILE_WORDS, Tile, fill};
use super::columns::{Columns, Content};
use super::kernel::{self, Group};
use super::plan::{Node, Test};
use super::sliced::Sliced;
use crate::domain::hash::ContentHash;
use crate::domain::id::{CustomerId, OrgId};

/// Fewer tiles than this are not worth a second thread.
const ALONE: usize = 16;

/// One unit's members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose.
    pub org: OrgId,
    /// Members.
    pub count: u64,
    /// Their AUM, in minor units.
    pub aum: i128,
}

/// Who is in a rule, in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Members.
    pub count: u64,
    /// Their AUM, in minor units.
    pub aum: i128,
    /// By unit, in the order of units; units without members are left out.
    pub by_org: Vec<Part>,
    /// For each leaf, for how many it is true by itself.
    pub leaves: Vec<u64>,
    /// For each part of an `and`, how many more members there would be without it.
    pub removes: Vec<u64>,
}

/// What one thread has found.
#[derive(Default)]
struct Found {
    /// By the number of the span.
    spans: Vec<(usize, u64, i128)>,
    leaves: Vec<u64>,
    removes: Vec<u64>,
}

impl Columns {
    /// Counts the members of a rule, their AUM, each unit's part, each leaf, and what each part of an `and` removes.
    #[must_use]
    pub fn count(&self, rule: &Node, leaves: &[Node], parts: &[Node]) -> Answer {
        let aum =
            self.find("aum").filter(|aum| matches!(self.all[*aum].content, Content::Whole { .. }));
        let found = self.in_parts(|tiles| self.count_tiles(rule, (leaves, parts), aum, tiles));
        let mut answer = Answer {
            leaves: vec![0; leaves.len()],
            removes: vec![0; parts.len()],
            ..Answer::default()
        };
        let mut spans: Vec<(usize, Part)> = Vec::new();
        for found in found {
            for (sum, count) in answer.removes.iter_mut().zip(found.removes) {
                *sum += count;
            }
            for (sum, count) in answer.leaves.iter_mut().zip(found.leaves) {
                *sum += count;
            }
            for (span, count, aum) in found.spans {
                answer.count += count;
                answer.aum += aum;
                let org = self.layout.spans[span].org;
                match spans.last_mut() {
                    Some((last, part)) if *last == span => {
                        part.count += count;
                        part.aum += aum;
                    }
                    _ => spans.push((span, Part { org, count, aum })),
                }
            }
        }
        answer.by_org = Self::by_org(spans.into_iter().map(|(_, part)| part).collect());
        answer
    }

    /// One part for each unit: those who came later stand apart from the others of their unit.
    fn by_org(mut parts: Vec<Part>) -> Vec<Part> {
        parts.sort_by_key(|part| part.org);
        parts.dedup_by(|next, kept| {
            let same = next.org == kept.org;
            if same {
                kept.count += next.count;
                kept.aum += next.aum;
            }
            same
        });
        parts
    }

    /// The members' numbers, in order.
    #[must_use]
    pub fn members(&self, rule: &Node) -> Vec<CustomerId> {
        let found = self.in_parts(|tiles| {
            let mut ids = Vec::new();
            let mut members = [0; TILE_WORDS];
            let mut values = [0; 64];
            for tile in tiles {
                self.members_of_tile(rule, tile, &mut members);
                for (word, bits) in members.iter().enumerate().filter(|(_, bits)| **bits != 0) {
                    self.ids().word(tile * TILE_WORDS + word, &mut values);
                    let mut bits = *bits;
                    while bits != 0 {
                        ids.push(CustomerId(values[bits.trailing_zeros() as usize]));
                        bits &= bits - 1;
                    }
                }
            }
            ids.sort_unstable();
            ids
        });
        let mut ids = found.concat();
        ids.sort();
        ids
    }

    /// For each two of these rules, how many are in both.
    #[must_use]
    pub fn overlap(&self, rules: &[Node]) -> Vec<Vec<u64>> {
        let n = rules.len();
        let found = self.in_parts(|tiles| {
            let mut counts = vec![0_u64; n * n];
            let mut sets = vec![[0; TILE_WORDS]; n];
            for tile in tiles {
                for (rule, set) in rules.iter().zip(&mut sets) {
                    self.members_of_tile(rule, tile, set);
                }
                for (i, a) in sets.iter().enumerate() {
                    for (j, b) in sets.iter().enumerate().take(i + 1) {
                        counts[i * n + j] += kernel::count_both(a, b);
                    }
                }
            }
            counts
        });
        let mut matrix = vec![vec![0; n]; n];
        for counts in found {
            for i in 0..n {
                for j in 0..=i {
                    matrix[i][j] += counts[i * n + j];
                    matrix[j][i] = matrix[i][j];
                }
            }
        }
        matrix
    }

    /// Cuts the tiles for as many threads as pay, and gives what each has found, in order.
    pub(super) fn in_parts<T: Send>(
        &self,
        work: impl Fn(std::ops::Range<usize>) -> T + Sync,
    ) -> Vec<T> {
        let tiles = self.rows().div_ceil(TILE_ROWS);
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(2);
        if tiles < ALONE || threads < 2 {
            return vec![work(0..tiles)];
        }
        let middle = tiles / 2;
        std::thread::scope(|scope| {
            let second = scope.spawn(|| work(middle..tiles));
            let first = work(0..middle);
            match second.join() {
                Ok(second) => vec![first, second],
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn count_tiles(
        &self,
        rule: &Node,
        (leaves, parts): (&[Node], &[Node]),
        aum: Option<usize>,
        tiles: std::ops::Range<usize>,
    ) -> Found {
        let mut found = Found {
            leaves: vec![0; leaves.len()],
            removes: vec![0; parts.len()],
            ..Found::default()
        };
        let mut sets = vec![[0; TILE_WORDS]; parts.len()];
        let mut members = [0; TILE_WORDS];
        let first = tiles.start * TILE_ROWS;
        let mut span = self.layout.spans.partition_point(|span| span.end <= first);
        for tile in tiles {
            for (leaf, sum) in leaves.iter().zip(&mut found.leaves) {
                self.members_of_tile(leaf, tile, &mut members);
                *sum += kernel::count(&members);
            }
            self.removed(parts, tile, &mut sets, &mut found.removes);
            self.members_of_tile(rule, tile, &mut members);
            let end = (tile + 1) * TILE_ROWS;
            let nobody = members.iter().all(|word| *word == 0);
            while let Some(here) = self.layout.spans.get(span) {
                if !nobody {
                    self.add_span(span, tile, &members, aum, &mut found);
                }
                if here.end > end {
                    break;
                }
                span += 1;
                if here.end == end {
                    break;
                }
            }
        }
        found
    }

    /// Adds, for each part, those who miss that part and no other.
    fn removed(&self, parts: &[Node], tile: usize, sets: &mut [Tile], removes: &mut [u64]) {
        let (mut one, mut more) = ([0; TILE_WORDS], [0; TILE_WORDS]);
        for (part, set) in parts.iter().zip(&mut *sets) {
            self.members_of_tile(part, tile, set);
            for ((set, alive), (one, more)) in
                set.iter_mut().zip(self.alive.tile(tile)).zip(one.iter_mut().zip(&mut more))
            {
                *set = alive & !*set;
                *more |= *one & *set;
                *one |= *set;
            }
        }
        for (set, removes) in sets.iter_mut().zip(removes) {
            for (set, more) in set.iter_mut().zip(&more) {
                *set &= !more;
            }
            *removes += kernel::count(set);
        }
    }

    /// Adds the members of a tile that stand in a span.
    fn add_span(
        &self,
        span: usize,
        tile: usize,
        members: &Tile,
        aum: Option<usize>,
        found: &mut Found,
    ) {
        let here = self.layout.spans[span];
        let from = here.start.saturating_sub(tile * TILE_ROWS);
        let to = (here.end - tile * TILE_ROWS).min(TILE_ROWS);
        let (first, last) = (from / GROUP_ROWS, to.div_ceil(GROUP_ROWS));
        let mut part = [0; TILE_WORDS];
        let part = &mut part[first * GROUP_WORDS..last * GROUP_WORDS];
        fill(part, from - first * GROUP_ROWS, to - first * GROUP_ROWS);
        for (word, member) in part.iter_mut().zip(&members[first * GROUP_WORDS..]) {
            *word &= member;
        }
        let count = kernel::count(part);
        if count == 0 {
            return;
        }
        let sum = aum.map_or(0, |aum| self.sum(aum, tile, first, part));
        found.spans.push((span, count, sum));
    }

    /// The sum of a column over `part`, which begins at group `first` of the tile.
    fn sum(&self, column: usize, tile: usize, first: usize, part: &mut [u64]) -> i128 {
        let column = &self.all[column];
        let Content::Whole { values, .. } = &column.content else { return 0 };
        if let Some(known) = &column.known {
            for (word, known) in part.iter_mut().zip(&known.tile(tile)[first * GROUP_WORDS..]) {
                *word &= known;
            }
        }
        let (block, at) = values.tile(tile);
        let mut sums: [Group; 64] = [[0; GROUP_WORDS]; 64];
        let sums = &mut sums[..block.width];
        if block.width > 0 {
            let data = &block.tile(at)[first * GROUP_WORDS * block.width..];
            kernel::add_slices(data, part, sums);
        }
        let slices = sums
            .iter()
            .enumerate()
            .map(|(slice, group)| i128::from(group.iter().sum::<u64>()) << slice);
        slices.sum::<i128>() + i128::from(block.base) * i128::from(kernel::count(part))
    }

    /// The members that stand in a tile.
    fn members_of_tile(&self, rule: &Node, tile: usize, out: &mut Tile) {
        self.node(rule, tile, out);
        for (word, alive) in out.iter_mut().zip(self.alive.tile(tile)) {
            *word &= alive;
        }
    }

    fn node(&self, node: &Node, tile: usize, out: &mut Tile) {
        match node {
            Node::Const(value) => out.fill(if *value { u64::MAX } else { 0 }),
            Node::Test(test) => self.test(test, tile, out),
            Node::All(parts) => {
                out.fill(u64::MAX);
                let mut next = [0; TILE_WORDS];
                for part in parts {
                    self.node(part, tile, &mut next);
                    let mut any = 0;
                    for (word, next) in out.iter_mut().zip(&next) {
                        *word &= next;
                        any |= *word;
                    }
                    if any == 0 {
                        return;
                    }
                }
            }
            Node::Any(parts) => {
                out.fill(0);
                let mut next = [0; TILE_WORDS];
                for part in parts {
                    self.node(part, tile, &mut next);
                    for (word, next) in out.iter_mut().zip(&next) {
                        *word |= next;
                    }
                }
            }
        }
    }

    fn test(&self, test: &Test, tile: usize, out: &mut Tile) {
        match test {
            Test::Flag { column, is } => {
                let Content::Flag(bits) = &self.all[*column].content else {
                    return out.fill(0);
                };
                out.copy_from_slice(bits.tile(tile));
                Self::negate(out, !is);
                self.only_known(*column, tile, out);
            }
            Test::Values { column, ranges, inside } => {
                let (Content::Whole { values, .. } | Content::Words { values, .. }) =
                    &self.all[*column].content
                else {
                    return out.fill(0);
                };
                Self::values(values, ranges, tile, out);
                Self::negate(out, !inside);
                self.only_known(*column, tile, out);
            }
            Test::Known { column, known } => {
                out.fill(u64::MAX);
                self.only_known(*column, tile, out);
                Self::negate(out, !known);
            }
            Test::Places(ranges) => places(ranges, tile, out),
            Test::Events { window, fold, ranges, inside } => {
                let runs = window.kind.and_then(|kind| self.events[kind].1.as_deref());
                let mut unknown = [0; TILE_WORDS];
                window.tile(runs, tile, *fold, ranges, out, &mut unknown);
                Self::negate(out, !inside);
                for (word, unknown) in out.iter_mut().zip(&unknown) {
                    *word &= !unknown;
                }
            }
            Test::Formula(formula) => formula.tile(self, tile, out),
            Test::Set(bits) => out.copy_from_slice(bits.tile(tile)),
            Test::Sample { below, inside } => {
                self.sample(*below, tile, out);
                Self::negate(out, !inside);
            }
        }
    }

    fn negate(out: &mut Tile, negate: bool) {
        if negate {
            for word in out {
                *word = !*word;
            }
        }
    }

    fn only_known(&self, column: usize, tile: usize, out: &mut Tile) {
        if let Some(known) = &self.all[column].known {
            for (word, known) in out.iter_mut().zip(known.tile(tile)) {
                *word &= known;
            }
        }
    }

    /// Whose value lies in one of the ranges.
    fn values(values: &Sliced, ranges: &[(i64, i64)], tile: usize, out: &mut Tile) {
        let (block, at) = values.tile(tile);
        let mut here =
            ranges.iter().filter(|(low, high)| *low <= block.top && *high >= block.base).peekable();
        let Some((low, high)) = here.peek() else { return out.fill(0) };
        if *low <= block.base && *high >= block.top {
            return out.fill(u64::MAX);
        }
        let data = block.tile(at);
        let most = u64::MAX >> (64 - block.width);
        let mut next = [0; TILE_WORDS];
        for (nth, (low, high)) in here.enumerate() {
            let low = super::sliced::span(block.base, (*low).max(block.base));
            let high =
                if *high >= block.top { most } else { super::sliced::span(block.base, *high) };
            if nth == 0 {
                kernel::within(data, block.width, low, high, out);
                continue;
            }
            kernel::within(data, block.width, low, high, &mut next);
            for (word, next) in out.iter_mut().zip(&next) {
                *word |= next;
            }
        }
    }

    /// Whose number's hash begins low enough. The hashes are made once, by the first who asks.
    fn sample(&self, below: u64, tile: usize, out: &mut Tile) {
        let draws = self.draws.get_or_init(|| self.draw());
        for (word, draws) in out.iter_mut().zip(draws[tile * TILE_ROWS..].as_chunks::<64>().0) {
            *word = 0;
            for (i, drawn) in draws.iter().enumerate() {
                *word |= u64::from(u64::from(*drawn) < below) << i;
            }
        }
    }

    fn draw(&self) -> Vec<u32> {
        let parts = self.in_parts(|tiles| {
            let mut ids = [0; 64];
            let mut draws = Vec::with_capacity(tiles.len() * TILE_ROWS);
            for word in tiles.start * TILE_WORDS..tiles.end * TILE_WORDS {
                self.ids().word(word, &mut ids);
                draws.extend(ids.map(|id| drawn(CustomerId(id))));
            }
            draws
        });
        parts.concat()
    }
}

/// Where a customer stands in every sample: the first four bytes of the SHA-256 of the number.
fn drawn(id: CustomerId) -> u32 {
    let hash = Sha256::digest(id.0.to_be_bytes());
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

/// The part of ranges of places that lies in a tile.
fn places(ranges: &[(usize, usize)], tile: usize, out: &mut Tile) {
    out.fill(0);
    let (first, end) = (tile * TILE_ROWS, (tile + 1) * TILE_ROWS);
    let from = ranges.partition_point(|(_, to)| *to <= first);
    for (start, to) in &ranges[from..] {
        if *start >= end {
            return;
        }
        fill(out, start.saturating_sub(first), to.min(&end) - first);
    }
}

/// The hash of a list of members, as a snapshot has it.
#[must_use]
pub fn hash(members: &[CustomerId]) -> ContentHash {
    let mut hash = Sha256::new();
    for id in members {
        hash.update(id.0.to_be_bytes());
    }
    ContentHash(hash.finalize().into())
}
