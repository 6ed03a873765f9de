//! Lists that come in and go out: `segment upload`, `segment export`.
use std::io;
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;
use serde_json::json;

use crate::cli::{Context, Failure, Table};
use crate::domain::clean::clean;
use crate::domain::id::SnapshotId;
use crate::domain::message::{Arg, Message};
use crate::domain::segment::list::UploadReport;
use crate::msg;
use crate::store::Session;
use crate::store::reject_file::RejectFile;
use crate::store::segment::export::{self, ExportError};
use crate::store::segment::upload::{self, REJECT_HEADER, UploadError};
use crate::store::segment::written::{self, Written};
use crate::text;

/// `segment upload`
#[derive(Debug, clap::Args)]
pub struct Upload {
    /// The list's code, which is the segment's
    code: String,
    /// A CSV file with a heading; one column of numbers needs none
    file: PathBuf,
    /// What the file names customers by: `customer_id`, `phone`, or an attribute that no two customers share
    #[arg(long, value_name = "KEY")]
    key: String,
    /// The file's column with the key (default: the one called like the key)
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// What people call the segment (default: as it is called, or the file's name)
    #[arg(long)]
    name: Option<String>,
    /// What the file is written in, such as utf-8 or gbk (default: told from the file)
    #[arg(long, value_parser = encoding)]
    encoding: Option<&'static Encoding>,
    /// What stands between two fields (default: told from the file)
    #[arg(long, value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Says what the file would give, and takes nothing
    #[arg(long, conflicts_with = "rejects")]
    check: bool,
    /// Where the lines go that gave no customer (default: beside the file)
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

fn encoding(word: &str) -> Result<&'static Encoding, String> {
    let known = Encoding::for_label_no_replacement(word.as_bytes());
    known.ok_or_else(|| "utf-8, gbk, gb18030, latin1, ...".to_owned())
}

fn delimiter(word: &str) -> Result<u8, String> {
    match word.as_bytes() {
        b"\\t" => Ok(b'\t'),
        [one] if one.is_ascii() && !matches!(one, b'"' | b'\n' | b'\r') => Ok(*one),
        _ => Err("one of , ; | or \\t".to_owned()),
    }
}

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Segment(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Takes a file of customers as a list.
pub(super) async fn upload(
    args: Upload,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let opened = || {
        written::open(&args.file).map_err(|error| match error {
            UploadError::File(detail) => UploadError::File(named(&args.file, &detail)),
            other => other,
        })
    };
    let input = opened()?;
    let written = Written::of(opened()?).map_err(UploadError::from)?;
    let size = input.metadata().map(|m| m.len()).unwrap_or_default();
    let rejects = match args.rejects {
        Some(path) => RejectFile::at(path, &REJECT_HEADER),
        None => RejectFile::beside(&args.file, &REJECT_HEADER),
    };
    let file = args.file.file_name().unwrap_or_default().to_string_lossy();
    let asked = upload::Upload {
        code: &args.code,
        name: args.name.as_deref(),
        key: &args.key,
        column: args.column.as_deref(),
        file: &file,
        encoding: args.encoding.unwrap_or(written.encoding),
        delimiter: args.delimiter.unwrap_or(written.delimiter),
    };
    let lang = context.lang();
    let say = |message: &Message| text::render(message, lang);
    let bar = context.output.progress(size);
    let input = io::BufReader::new(bar.wrap_read(input));
    let taken = if args.check {
        upload::check(session, asked, input).await.map(|report| (report, None))
    } else {
        upload::upload_or_reject(session, asked, input, rejects, &say).await
    };
    bar.finish_and_clear();
    let (report, path) = taken?;
    let value = json!({
        "code": args.code,
        "upload": report.upload,
        "version": report.version,
        "read": report.read,
        "matched": report.matched,
        "unmatched": report.unmatched,
        "doubled": report.doubled,
        "reject_file": path,
        "taken": !args.check,
        "encoding": asked.encoding.name(),
        "delimiter": char::from(asked.delimiter),
    });
    context.output.result(&value, || uploaded(&report, path.as_deref()))
}

fn uploaded(report: &UploadReport, path: Option<&str>) -> Table {
    Table::facts([
        (msg!("segment.upload.fact.upload"), Arg::from(report.upload)),
        (msg!("segment.fact.version"), report.version.into()),
        (msg!("segment.upload.fact.read"), report.read.into()),
        (msg!("segment.upload.fact.matched"), report.matched.into()),
        (msg!("segment.upload.fact.unmatched"), report.unmatched.into()),
        (msg!("segment.upload.fact.doubled"), report.doubled.into()),
        (msg!("segment.upload.fact.reject-file"), path.unwrap_or_default().into()),
    ])
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Segment(error) => error.into(),
            other @ (ExportError::Taken(_) | ExportError::File(_)) => {
                Self::refused(other.message())
            }
        }
    }
}

/// Writes a snapshot's members to a file that only its owner reads.
pub(super) async fn export(
    id: SnapshotId,
    out: &Path,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let count = export::export(session, id, out).await?;
    let value = json!({ "snapshot": id, "count": count, "file": out.display().to_string() });
    context.output.result(&value, || {
        Table::facts([
            (msg!("segment.fact.snapshot"), id.to_string().into()),
            (msg!("segment.fact.customers"), count.into()),
            (msg!("segment.fact.file"), out.display().to_string().into()),
        ])
    })
}

fn named(path: &Path, error: &str) -> String {
    clean(&format!("{}: {error}", path.display())).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_command_line_are_read_or_refused() {
        assert_eq!(encoding("GBK").unwrap().name(), "GBK");
        assert!(encoding("x").is_err());
        assert_eq!(delimiter(";"), Ok(b';'));
        assert_eq!(delimiter("\\t"), Ok(b'\t'));
        assert!(delimiter("ab").is_err() && delimiter("\"").is_err() && delimiter("").is_err());
    }
}
