//! The columns as bytes: what a build leaves on disk, so that a start need not ask the database for everything.
//!
//! ```text
//! magic (8) "BATONCOL" | format (4) | length of the rest but the hash (8) | version | layout | alive | columns | events | SHA-256 (32)
//! ```
//! Numbers are little-endian, lists have their length before them. The hash is over everything before it. A file that
//! is short, changed, of another format or of other data is refused; whoever reads it builds anew.

use std::io::{Read, Write};
use std::sync::Arc;

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
/// Bytes that are read or written at once.
const PIECE: usize = 1 << 20;

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

/// Writes these columns, a piece at a time: they are not in memory twice.
///
/// # Errors
/// What the writer says.
pub fn write(columns: &Columns, to: &mut dyn Write) -> std::io::Result<()> {
    let mut measure = Writer::new(None);
    measure.columns(columns);
    let mut out = Writer::new(Some(&mut *to));
    out.bytes(MAGIC);
    out.u32(FORMAT);
    out.u64(measure.done + measure.piece.len() as u64);
    out.columns(columns);
    out.flush();
    let (written, hash) = (out.written, out.hash);
    written?;
    to.write_all(&hash.finalize())
}

/// Reads the columns of a file of `size` bytes, a piece at a time.
///
/// # Errors
/// [`FileFault`]
pub fn read(from: &mut dyn Read, size: u64) -> Result<Columns, FileFault> {
    let mut head = [0; HEAD];
    from.read_exact(&mut head).map_err(|_| FileFault::Foreign)?;
    if &head[..8] != MAGIC || head[8..12] != FORMAT.to_le_bytes() {
        return Err(FileFault::Foreign);
    }
    let left = u64::from_le_bytes(head[12..].try_into().unwrap_or_default());
    if left.checked_add((HEAD + HASH) as u64) != Some(size) {
        return Err(FileFault::Damaged);
    }
    let mut reader = Reader { from, left, hash: Sha256::new_with_prefix(head) };
    let columns = reader.columns();
    reader.rest().ok_or(FileFault::Damaged)?;
    let mut hash = [0; HASH];
    reader.from.read_exact(&mut hash).map_err(|_| FileFault::Damaged)?;
    if reader.hash.finalize().as_slice() != hash {
        return Err(FileFault::Damaged);
    }
    // The hash holds: what does not fit is another program's work.
    columns.ok_or(FileFault::Foreign)
}

struct Writer<'a> {
    /// None measures.
    to: Option<&'a mut dyn Write>,
    hash: Sha256,
    done: u64,
    piece: Vec<u8>,
    written: std::io::Result<()>,
}

impl<'a> Writer<'a> {
    fn new(to: Option<&'a mut dyn Write>) -> Self {
        Self { to, hash: Sha256::new(), done: 0, piece: Vec::new(), written: Ok(()) }
    }

    fn flush(&mut self) {
        self.done += self.piece.len() as u64;
        if let (Some(to), Ok(())) = (&mut self.to, &self.written) {
            self.hash.update(&self.piece);
            self.written = to.write_all(&self.piece);
        }
        self.piece.clear();
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush();
        }
    }

    fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    fn i64(&mut self, value: i64) {
        self.bytes(&value.to_le_bytes());
    }

    fn count(&mut self, count: usize) {
        self.u64(count as u64);
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes(text.as_bytes());
    }

    fn words(&mut self, words: &[u64]) {
        self.count(words.len());
        for word in words {
            self.u64(*word);
        }
    }

    fn columns(&mut self, columns: &Columns) {
        self.i64(columns.version.load);
        self.i64(columns.version.loaded_at);
        self.i64(columns.version.as_of.into());
        self.bytes(&columns.version.dictionary);
        self.count(columns.layout.spans.len());
        for span in &columns.layout.spans {
            self.i64(span.org.0.into());
            self.count(span.end - span.start);
        }
        self.words(&columns.alive.0);
        self.count(columns.all.len());
        for column in &columns.all {
            self.column(column);
        }
        self.count(columns.events.len());
        for (kind, runs) in &columns.events {
            self.runs(*kind, runs.as_deref());
        }
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
        for place in &runs.places {
            self.u32(*place);
        }
        for day in &runs.days {
            self.u32(day.cast_unsigned());
        }
        match &runs.amounts {
            Stored::None => self.u32(0),
            Stored::Short(amounts) => {
                self.u32(1);
                for amount in amounts {
                    self.u32(amount.cast_unsigned());
                }
            }
            Stored::Long(amounts) => {
                self.u32(2);
                for amount in amounts {
                    self.i64(*amount);
                }
            }
        }
    }
}

/// What is left of the content, and the hash of what was read.
struct Reader<'a> {
    from: &'a mut dyn Read,
    left: u64,
    hash: Sha256,
}

impl Reader<'_> {
    fn columns(&mut self) -> Option<Columns> {
        let version = Version {
            load: self.i64()?,
            loaded_at: self.i64()?,
            as_of: self.i64()?.try_into().ok()?,
            dictionary: self.take()?,
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
        let columns = columns?;
        let count = self.count(1)?;
        let events: Option<Vec<_>> = (0..count).map(|_| self.runs(rows)).collect();
        let events = events.filter(|_| self.left == 0)?;
        Some(Columns::of(version, layout, alive, columns, events))
    }

    /// Reads what is left, for the hash.
    fn rest(&mut self) -> Option<()> {
        while self.left > 0 {
            self.list(self.left.min(PIECE as u64) as usize, |byte: [u8; 1]| byte)?;
        }
        Some(())
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut taken = [0; N];
        self.left = self.left.checked_sub(N as u64)?;
        self.from.read_exact(&mut taken).ok()?;
        self.hash.update(taken);
        Some(taken)
    }

    /// So many numbers of the same length.
    fn list<T, const N: usize>(
        &mut self,
        count: usize,
        each: impl Fn([u8; N]) -> T,
    ) -> Option<Vec<T>> {
        let length = (count as u64).checked_mul(N as u64)?;
        self.left = self.left.checked_sub(length)?;
        let mut all = Vec::with_capacity(count);
        let mut piece = vec![0; PIECE.min(count * N)];
        while all.len() < count {
            let here = ((count - all.len()) * N).min(PIECE);
            self.from.read_exact(&mut piece[..here]).ok()?;
            self.hash.update(&piece[..here]);
            all.extend(piece[..here].as_chunks().0.iter().map(|bytes| each(*bytes)));
        }
        Some(all)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take()?))
    }

    fn i64(&mut self) -> Option<i64> {
        Some(i64::from_le_bytes(self.take()?))
    }

    /// How many follow, of at least so many bytes each.
    fn count(&mut self, each: u64) -> Option<usize> {
        let count = self.u64()?;
        (count.checked_mul(each)? <= self.left).then_some(usize::try_from(count).ok()?)
    }

    fn text(&mut self) -> Option<String> {
        let count = self.count(1)?;
        let bytes = self.list(count, |byte: [u8; 1]| byte[0])?;
        String::from_utf8(bytes).ok()
    }

    fn words(&mut self) -> Option<Vec<u64>> {
        let count = self.count(8)?;
        self.list(count, u64::from_le_bytes)
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
        let blocks: Option<Vec<Arc<Block>>> = (0..count)
            .map(|_| {
                let (base, top) = (self.i64()?, self.i64()?);
                let (width, tiles) =
                    (usize::try_from(self.u64()?).ok()?, usize::try_from(self.u64()?).ok()?);
                let data = self.words()?;
                let whole = width <= 64 && tiles.checked_mul(width * TILE_WORDS)? == data.len();
                whole.then(|| Arc::new(Block { base, top, width, tiles, data }))
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
            places: self.list(count, u32::from_le_bytes)?,
            days: self.list(count, i32::from_le_bytes)?,
            ..Runs::default()
        };
        runs.amounts = match self.u32()? {
            0 => Stored::None,
            1 => Stored::Short(self.list(count, i32::from_le_bytes)?),
            2 => Stored::Long(self.list(count, i64::from_le_bytes)?),
            _ => return None,
        };
        runs.index(rows);
        let within = runs.places.last().is_none_or(|last| (*last as usize) < rows);
        (within && runs.places.is_sorted()).then_some((kind, Some(runs)))
    }
}
