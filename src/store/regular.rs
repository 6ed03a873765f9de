//! Opening what an operator names, if it is a file. What is none (a device, a pipe) may never end, and is not opened at all:
//! that alone may wait for ever.
#![expect(clippy::disallowed_methods, reason = "the operator names the file that is read")]

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a file to be read; none if it is a device, a pipe or a directory.
///
/// # Errors
/// What the system says.
pub fn open(path: &Path) -> io::Result<Option<File>> {
    if !std::fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    File::open(path).map(Some)
}

/// The most bytes that a file has which is read whole: a strategy, a rule, a card, a manifest, a calendar of a hundred years.
pub const LARGEST: u64 = 8 << 20;

/// Why a file was not read whole.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It is a device, a pipe or a directory.
    #[error("it is no file")]
    NotAFile,
    /// It has more than [`LARGEST`] bytes.
    #[error("it is larger than {LARGEST} bytes")]
    TooLarge,
    /// What the system says.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// The text of a file that is read whole.
///
/// # Errors
/// [`Unread`]; the system's word also where it is no UTF-8.
pub fn text(path: &Path) -> Result<String, Unread> {
    String::from_utf8(bytes(path)?).map_err(|_| {
        Unread::System(io::Error::new(io::ErrorKind::InvalidData, "it is no UTF-8 text"))
    })
}

/// The bytes of a file that is read whole.
///
/// # Errors
/// [`Unread`].
fn bytes(path: &Path) -> Result<Vec<u8>, Unread> {
    let file = open(path)?.ok_or(Unread::NotAFile)?;
    let mut bytes = Vec::new();
    // One that grows while it is read is held to the same.
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST { Err(Unread::TooLarge) } else { Ok(bytes) }
}
