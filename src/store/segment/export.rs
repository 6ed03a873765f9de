//! A snapshot's members in a file of their own, masked.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use sqlx::PgConnection;

use super::{SegmentError, snapshot};
use crate::domain::clean::clean;
use crate::domain::id::SnapshotId;
use crate::domain::message::Message;
use crate::domain::segment::list::{ExportRow, harmless};
use crate::msg;

/// The heading of an export.
const HEADER: [&str; 6] = ["customer_id", "org", "org_name", "tier", "name", "phone"];

/// Why there is no export; there is no file then.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file of that name is there already.
    #[error("{0} is there already")]
    Taken(String),
    /// The file cannot be made or written.
    #[error("the export cannot be written: {0}")]
    File(String),
    /// The database refused, or failed.
    #[error(transparent)]
    Segment(#[from] SegmentError),
}

impl ExportError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Taken(path) => Message::new(msg!("cli.into.taken")).with("path", path.as_str()),
            Self::File(detail) => {
                Message::new(msg!("segment.export-unwritable")).with("detail", detail.as_str())
            }
            Self::Segment(error) => error.message(),
        }
    }
}

/// Writes a snapshot's members into a new file that only its owner reads; gives how many.
///
/// # Errors
/// [`ExportError`]; a file that is there already is left as it is.
pub async fn export(db: &mut PgConnection, id: SnapshotId, out: &Path) -> Result<i64, ExportError> {
    let unwritable = |error: &dyn std::fmt::Display| {
        ExportError::File(clean(&format!("{}: {error}", out.display())).into_owned())
    };
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let file = opened.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            ExportError::Taken(clean(&out.display().to_string()).into_owned())
        }
        _ => unwritable(&error),
    })?;
    let unfinished = Unfinished(Some(out));
    let mut writer = csv::Writer::from_writer(io::BufWriter::new(&file));
    writer.write_record(HEADER).map_err(|error| unwritable(&error))?;
    let mut take = |row: &ExportRow| {
        let customer = row.customer.to_string();
        let cells =
            [&row.org, &row.org_name, &row.tier, &row.name, &row.phone].map(|c| harmless(c));
        let cells = std::iter::once(customer).chain(cells);
        writer.write_record(cells).map_err(|error| unwritable(&error))
    };
    let count = snapshot::export(db, id, &mut take).await?;
    writer.flush().map_err(|error| unwritable(&error))?;
    unfinished.finished();
    Ok(count)
}

/// Half a list is worse than none: it goes if the export fails, or nobody waits for it any more.
struct Unfinished<'p>(Option<&'p Path>);

impl Unfinished<'_> {
    fn finished(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.0
            && let Err(error) = std::fs::remove_file(path)
        {
            tracing::warn!(%error, "an unfinished export was left");
        }
    }
}
