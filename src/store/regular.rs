//! Opening what an operator names, if it is a file. What is none (a device, a pipe) may never end, and is not opened at all:
//! that alone may wait for ever.
#![expect(clippy::disallowed_methods, reason = "the operator names the file that is read")]

use std::fs::File;
use std::io;
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
