//! Copying a file into schema `raw` as it stands, every column as text.

use std::path::Path;

use encoding_rs::{Decoder, DecoderResult};
use sqlx::PgConnection;
use sqlx::postgres::PgCopyIn;
use tokio::io::AsyncReadExt as _;

use super::error::ImportError;
use super::fields::{Record, SplitError, SplitFault, Splitter};
use super::file_fault::{FileError, FileFault};
use super::line::Line;
use super::manifest::{NAME_LIMIT, SourceFile};
use super::watch::Watch;
use crate::store::dynamic;

/// Bytes that are read at a time.
const CHUNK: usize = 256 * 1024;
/// Columns that a table of Postgres can have.
const COLUMN_LIMIT: usize = 1600;

/// Copies `file` into its table, and gives the number of records.
///
/// # Errors
/// [`FileError`] with the line, or the database's.
pub(super) async fn stage(
    db: &mut PgConnection,
    dir: &Path,
    file: &SourceFile,
    watch: &mut dyn Watch,
) -> Result<u64, ImportError> {
    let path = dir.join(&file.path);
    let mut text = Text::open(&path, file).await?;
    let mut shape = Shape::new(file, &path);
    let mut splitter = Splitter::new(file.delimiter);
    // The table is made when its columns are known: from the first record, which may come with any chunk.
    while shape.columns.is_empty() {
        let Some(part) = text.next().await? else {
            splitter.finish(&mut |record| shape.take(record)).map_err(|e| shape.explain(e))?;
            return finish_small(db, file, shape).await;
        };
        splitter.push(part, &mut |record| shape.take(record)).map_err(|e| shape.explain(e))?;
        watch.staged(text.last_read);
    }
    make_table(db, file, &shape).await?;
    let names: Vec<String> = shape.columns.clone();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut copy = dynamic::copy_in(db, "raw", &file.name, &names).await?;
    if let Err(error) = pour(&mut copy, &mut text, splitter, &mut shape, watch).await {
        copy.abort("the file is at fault").await?;
        return Err(error);
    }
    let rows = copy.finish().await?;
    sqlx::query!("select baton.stage_done($1)", file.name).execute(db).await?;
    Ok(rows)
}

/// Copies the rest of a file.
async fn pour(
    copy: &mut PgCopyIn<&mut PgConnection>,
    text: &mut Text,
    mut splitter: Splitter,
    shape: &mut Shape<'_>,
    watch: &mut dyn Watch,
) -> Result<(), ImportError> {
    while let Some(part) = text.next().await? {
        splitter.push(part, &mut |record| shape.take(record)).map_err(|e| shape.explain(e))?;
        if shape.out.bytes.len() >= CHUNK {
            copy.send(shape.out.bytes.as_slice()).await?;
            shape.out.bytes.clear();
        }
        watch.staged(text.last_read);
    }
    splitter.finish(&mut |record| shape.take(record)).map_err(|e| shape.explain(e))?;
    copy.send(shape.out.bytes.as_slice()).await?;
    Ok(())
}

/// A file that was over before its columns were known to the database: empty, or one line without an end.
async fn finish_small(
    db: &mut PgConnection,
    file: &SourceFile,
    shape: Shape<'_>,
) -> Result<u64, ImportError> {
    if shape.columns.is_empty() {
        return Err(shape.error(FileFault::Empty, None).into());
    }
    make_table(db, file, &shape).await?;
    let names: Vec<&str> = shape.columns.iter().map(String::as_str).collect();
    let mut copy = dynamic::copy_in(db, "raw", &file.name, &names).await?;
    copy.send(shape.out.bytes.as_slice()).await?;
    Ok(copy.finish().await?)
}

async fn make_table(
    db: &mut PgConnection,
    file: &SourceFile,
    shape: &Shape<'_>,
) -> Result<(), ImportError> {
    sqlx::query!("select baton.stage_table($1, $2)", file.name, shape.columns.as_slice())
        .execute(db)
        .await?;
    Ok(())
}

/// A file's text, decoded part by part.
struct Text {
    file: tokio::fs::File,
    decoder: Decoder,
    path: String,
    encoding: &'static str,
    bytes: Vec<u8>,
    decoded: String,
    line: u64,
    over: bool,
    last_read: u64,
}

impl Text {
    async fn open(path: &Path, file: &SourceFile) -> Result<Self, FileError> {
        let name = path.display().to_string();
        let fault = |fault| FileError { file: name.clone(), line: None, fault };
        let unreadable =
            |error: std::io::Error| fault(FileFault::Unreadable { detail: error.to_string() });
        if !tokio::fs::metadata(path).await.map_err(unreadable)?.is_file() {
            return Err(fault(FileFault::NotAFile));
        }
        let handle = tokio::fs::File::open(path).await.map_err(unreadable)?;
        Ok(Self {
            file: handle,
            decoder: file.encoding.new_decoder_with_bom_removal(),
            path: name,
            encoding: file.encoding.name(),
            bytes: vec![0; CHUNK],
            decoded: String::with_capacity(CHUNK * 3),
            line: 1,
            over: false,
            last_read: 0,
        })
    }

    /// The next part; none when the file is over.
    async fn next(&mut self) -> Result<Option<&str>, FileError> {
        if self.over {
            return Ok(None);
        }
        let read = self
            .file
            .read(&mut self.bytes)
            .await
            .map_err(|error| self.error(FileFault::Unreadable { detail: error.to_string() }))?;
        self.last_read = read as u64;
        self.over = read == 0;
        self.decoded.clear();
        let needed =
            self.decoder.max_utf8_buffer_length_without_replacement(read).unwrap_or(read * 3);
        self.decoded.reserve(needed);
        let (result, _) = self.decoder.decode_to_string_without_replacement(
            &self.bytes[..read],
            &mut self.decoded,
            self.over,
        );
        let lines = self.decoded.bytes().filter(|b| *b == b'\n').count() as u64;
        self.line += lines;
        match result {
            DecoderResult::Malformed(..) => {
                Err(self.error(FileFault::Encoding { encoding: self.encoding }))
            }
            DecoderResult::InputEmpty | DecoderResult::OutputFull => Ok(Some(&self.decoded)),
        }
    }

    fn error(&self, fault: FileFault) -> FileError {
        FileError { file: self.path.clone(), line: Some(self.line), fault }
    }
}

/// Turns records into lines for COPY, and holds them against the columns.
struct Shape<'a> {
    file: &'a SourceFile,
    path: &'a Path,
    columns: Vec<String>,
    out: Line,
}

impl<'a> Shape<'a> {
    fn new(file: &'a SourceFile, path: &'a Path) -> Self {
        Self { file, path, columns: Vec::new(), out: Line::new() }
    }

    fn take(&mut self, record: &Record) -> Result<(), FileError> {
        if self.columns.is_empty() {
            self.columns = if self.file.header {
                self.header(record)?
            } else {
                (1..=record.len()).map(|n| format!("c{n}")).collect()
            };
            if self.columns.len() > COLUMN_LIMIT {
                return Err(self.error(FileFault::TooManyColumns, Some(record.line)));
            }
            if self.file.header {
                return Ok(());
            }
        }
        if record.len() != self.columns.len() {
            let fault = FileFault::Fields { expected: self.columns.len(), found: record.len() };
            return Err(self.error(fault, Some(record.line)));
        }
        for (field, quoted) in record.fields() {
            let nothing = !quoted && (field.is_empty() || self.file.null.as_deref() == Some(field));
            if nothing {
                self.out.null();
            } else {
                self.out.text(field);
            }
        }
        self.out.end();
        Ok(())
    }

    fn header(&self, record: &Record) -> Result<Vec<String>, FileError> {
        let mut names: Vec<String> = Vec::with_capacity(record.len());
        for (place, (name, _)) in record.fields().enumerate() {
            let name = name.to_lowercase();
            let fault = if name.is_empty() {
                FileFault::NamelessColumn { place: place + 1 }
            } else if name.len() > NAME_LIMIT {
                FileFault::LongColumn { name }
            } else if names.contains(&name) {
                FileFault::ColumnTwice { name }
            } else {
                names.push(name);
                continue;
            };
            return Err(self.error(fault, Some(record.line)));
        }
        Ok(names)
    }

    fn error(&self, fault: FileFault, line: Option<u64>) -> FileError {
        FileError { file: self.path.display().to_string(), line, fault }
    }

    fn explain(&self, error: SplitError<FileError>) -> FileError {
        match error {
            SplitError::Taker(error) => error,
            SplitError::Text { fault, line } => {
                let fault = match fault {
                    SplitFault::Endless => FileFault::Endless,
                    SplitFault::OpenQuote => FileFault::OpenQuote,
                    SplitFault::ZeroByte => FileFault::ZeroByte,
                };
                self.error(fault, Some(line))
            }
        }
    }
}
