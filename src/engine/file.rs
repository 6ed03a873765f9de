//! The columns as bytes: what a build leaves on disk, so that a start need not ask the database for everything.
//!
//! ```text
//! magic (8) "BATONCOL" | format (4) | length of the rest but the hash (8) | version | layout | alive | columns | events | SHA-256 (32)
//! ```
//! Numbers are little-endian, lists have their length before them. The hash is over everything before it. A file that
//! is short, changed, of another format or of other data is refused; whoever reads it builds anew.

use sha2::{Digest as _, Sha256};

use super::bits::{Bits, TILE_ROWS, TILE_WORDS};
use super::columns::{Column, Columns, Content, Version};
use super::events::{Runs, Stored};
use super::layout::{Layout, MOST, Span};
use super::sliced::{Block, Sliced};
use crate::domain::id::OrgId;

const MAGIC: &[u8; 8] = b"BATONCOL";
const FORMAT: u32 = 1;
/// Magic, format and length.
const HEAD: usize = 20;
const HASH: usize = 32;

/// Why bytes are not columns that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// Something else, or another format.
    #[error("not a file of columns")]
    Foreign,
    /// Cut short or changed.
    #[error("the file of columns is damaged")]
    Damaged,
}

/// The bytes of these columns.
#[must_use]
pub fn write(columns: &Columns) -> Vec<u8> {
    let (bytes, events) = columns.bytes();
    let mut out = Writer(Vec::with_capacity(bytes + events + 4096));
    out.0.extend(MAGIC);
    out.u32(FORMAT);
    out.u64(0);
    out.i64(columns.version.load);
    out.i64(columns.version.loaded_at);
    out.i64(columns.version.as_of.into());
    out.0.extend(columns.version.dictionary);
    out.count(columns.layout.spans.len());
    for span in &columns.layout.spans {
        out.i64(span.org.0.into());
        out.count(span.end - span.start);
    }
    out.words(&columns.alive.0);
    out.count(columns.all.len());
    for column in &columns.all {
        out.column(column);
    }
    out.count(columns.events.len());
    for (kind, runs) in &columns.events {
        out.runs(*kind, runs.as_ref());
    }
    let length = (out.0.len() - HEAD) as u64;
    out.0[12..HEAD].copy_from_slice(&length.to_le_bytes());
    let hash = Sha256::digest(&out.0);
    out.0.extend(hash);
    out.0
}

/// The columns of these bytes.
///
/// # Errors
/// [`FileFault`]
pub fn read(bytes: &[u8]) -> Result<Columns, FileFault> {
    let (head, rest) = bytes.split_at_checked(HEAD).ok_or(FileFault::Foreign)?;
    if &head[..8] != MAGIC || head[8..12] != FORMAT.to_le_bytes() {
        return Err(FileFault::Foreign);
    }
    let length = u64::from_le_bytes(head[12..].try_into().unwrap_or_default());
    if length.checked_add(HASH as u64) != Some(rest.len() as u64) {
        return Err(FileFault::Damaged);
    }
    let (content, hash) = bytes.split_at(bytes.len() - HASH);
    if Sha256::digest(content).as_slice() != hash {
        return Err(FileFault::Damaged);
    }
    // The hash holds: what does not fit from here on is another program's work.
    Reader(&content[HEAD..]).columns().ok_or(FileFault::Foreign)
}

struct Writer(Vec<u8>);

impl Writer {
    fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    fn i64(&mut self, value: i64) {
        self.0.extend(value.to_le_bytes());
    }

    fn count(&mut self, count: usize) {
        self.u64(count as u64);
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    fn words(&mut self, words: &[u64]) {
        self.count(words.len());
        self.0.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }

    fn column(&mut self, column: &Column) {
        self.text(&column.code);
        match &column.content {
            Content::Flag(bits) => {
                self.u32(0);
                self.words(&bits.0);
            }
            Content::Whole { values, scale } => {
                self.u32(1);
                self.u32((*scale).into());
                self.sliced(values);
            }
            Content::Words { values, list } => {
                self.u32(2);
                self.count(list.len());
                for word in list {
                    self.text(word);
                }
                self.sliced(values);
            }
        }
        match &column.known {
            Some(known) => self.words(&known.0),
            None => self.words(&[]),
        }
    }

    fn sliced(&mut self, values: &Sliced) {
        self.count(values.blocks.len());
        for block in &values.blocks {
            self.i64(block.base);
            self.i64(block.top);
            self.count(block.width);
            self.count(block.tiles);
            self.words(&block.data);
        }
    }

    fn runs(&mut self, kind: i16, runs: Option<&Runs>) {
        self.i64(kind.into());
        let Some(runs) = runs else { return self.u32(0) };
        self.u32(1);
        self.count(runs.len());
        self.0.extend(runs.places.iter().flat_map(|place| place.to_le_bytes()));
        self.0.extend(runs.days.iter().flat_map(|day| day.to_le_bytes()));
        match &runs.amounts {
            Stored::None => self.u32(0),
            Stored::Short(amounts) => {
                self.u32(1);
                self.0.extend(amounts.iter().flat_map(|amount| amount.to_le_bytes()));
            }
            Stored::Long(amounts) => {
                self.u32(2);
                self.0.extend(amounts.iter().flat_map(|amount| amount.to_le_bytes()));
            }
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn columns(mut self) -> Option<Columns> {
        let version = Version {
            load: self.i64()?,
            loaded_at: self.i64()?,
            as_of: self.i64()?.try_into().ok()?,
            dictionary: self.take(32)?.try_into().ok()?,
        };
        let mut layout = Layout::default();
        for _ in 0..self.count(16)? {
            let org = OrgId(self.i64()?.try_into().ok()?);
            let start = layout.rows();
            let end =
                start.checked_add(usize::try_from(self.u64()?).ok()?).filter(|end| *end < MOST)?;
            layout.spans.push(Span { org, start, end });
        }
        let rows = layout.rows();
        let alive = self.bits(rows)?;
        let count = self.count(1)?;
        let columns: Option<Vec<Column>> = (0..count).map(|_| self.column(rows)).collect();
        let count = self.count(1)?;
        let events: Option<Vec<_>> = (0..count).map(|_| self.runs(rows)).collect();
        let columns = columns.filter(|_| self.0.is_empty())?;
        Some(Columns::of(version, layout, alive, columns, events?))
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn i64(&mut self) -> Option<i64> {
        Some(i64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    /// How many follow, of at least so many bytes each.
    fn count(&mut self, each: usize) -> Option<usize> {
        let count = usize::try_from(self.u64()?).ok()?;
        (count.checked_mul(each)? <= self.0.len()).then_some(count)
    }

    fn text(&mut self) -> Option<String> {
        let count = self.count(1)?;
        String::from_utf8(self.take(count)?.to_vec()).ok()
    }

    fn words(&mut self) -> Option<Vec<u64>> {
        let count = self.count(8)?;
        let bytes = self.take(count * 8)?.as_chunks().0;
        Some(bytes.iter().map(|word| u64::from_le_bytes(*word)).collect())
    }

    fn bits(&mut self, rows: usize) -> Option<Bits> {
        let words = self.words()?;
        (words.len() == rows.div_ceil(TILE_ROWS) * TILE_WORDS).then_some(Bits(words))
    }

    fn column(&mut self, rows: usize) -> Option<Column> {
        let code = self.text()?;
        let content = match self.u32()? {
            0 => Content::Flag(self.bits(rows)?),
            1 => Content::Whole { scale: self.u32()?.try_into().ok()?, values: self.sliced(rows)? },
            2 => {
                let count = self.count(8)?;
                let list: Option<Vec<String>> = (0..count).map(|_| self.text()).collect();
                Content::Words { list: list?, values: self.sliced(rows)? }
            }
            _ => return None,
        };
        let known = self.words()?;
        let known = match known.len() {
            0 => None,
            words if words == rows.div_ceil(TILE_ROWS) * TILE_WORDS => Some(Bits(known)),
            _ => return None,
        };
        Some(Column { code, content, known })
    }

    fn sliced(&mut self, rows: usize) -> Option<Sliced> {
        let count = self.count(32)?;
        let blocks: Option<Vec<Block>> = (0..count)
            .map(|_| {
                let (base, top) = (self.i64()?, self.i64()?);
                let (width, tiles) =
                    (usize::try_from(self.u64()?).ok()?, usize::try_from(self.u64()?).ok()?);
                let data = self.words()?;
                let whole = width <= 64 && tiles.checked_mul(width * TILE_WORDS)? == data.len();
                whole.then_some(Block { base, top, width, tiles, data })
            })
            .collect();
        let sliced = Sliced { blocks: blocks? };
        sliced.is_of(rows).then_some(sliced)
    }

    fn runs(&mut self, rows: usize) -> Option<(i16, Option<Runs>)> {
        let kind = self.i64()?.try_into().ok()?;
        if self.u32()? == 0 {
            return Some((kind, None));
        }
        let count = self.count(8)?;
        let mut runs = Runs {
            places: self
                .take(count * 4)?
                .as_chunks()
                .0
                .iter()
                .map(|b| u32::from_le_bytes(*b))
                .collect(),
            days: self
                .take(count * 4)?
                .as_chunks()
                .0
                .iter()
                .map(|b| i32::from_le_bytes(*b))
                .collect(),
            ..Runs::default()
        };
        runs.amounts = match self.u32()? {
            0 => Stored::None,
            1 => Stored::Short(
                self.take(count * 4)?
                    .as_chunks()
                    .0
                    .iter()
                    .map(|b| i32::from_le_bytes(*b))
                    .collect(),
            ),
            2 => Stored::Long(
                self.take(count * 8)?
                    .as_chunks()
                    .0
                    .iter()
                    .map(|b| i64::from_le_bytes(*b))
                    .collect(),
            ),
            _ => return None,
        };
        runs.index(rows);
        let within = runs.places.last().is_none_or(|last| (*last as usize) < rows);
        (within && runs.places.is_sorted()).then_some((kind, Some(runs)))
    }
}
