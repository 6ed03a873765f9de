//! How a file of a list is written, told from the file itself: what it is encoded in, and what stands between two fields.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use encoding_rs::Encoding;

use super::upload_error::{LONGEST_LINE, UploadError};
use crate::domain::clean::clean;
use crate::store::regular;

/// Opens a file that is to become a list. What is no file (a device, a pipe) may never end, and is not opened at all: that
/// alone may wait for ever.
///
/// # Errors
/// [`UploadError::NotAFile`], or what the system says.
pub fn open(path: &Path) -> Result<File, UploadError> {
    regular::open(path)?.ok_or_else(|| UploadError::NotAFile {
        file: clean(&path.display().to_string()).into_owned(),
    })
}

/// A file's bytes, which end with an error where a line is longer than lists have.
#[derive(Debug)]
pub struct Lines<R> {
    inner: R,
    /// Bytes since the last line feed.
    line: usize,
}

impl<R> Lines<R> {
    /// The bytes of `inner`.
    pub fn new(inner: R) -> Self {
        Self { inner, line: 0 }
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        for part in bytes[..read].split_inclusive(|byte| *byte == b'\n') {
            self.line += part.len();
            if self.line > LONGEST_LINE {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            if part.ends_with(b"\n") {
                self.line = 0;
            }
        }
        Ok(read)
    }
}

/// What stands between two fields, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// What it is encoded in.
    pub encoding: &'static Encoding,
    /// What stands between two fields.
    pub delimiter: u8,
}

impl Written {
    /// Reads the whole of `file` and tells how it is written. A mark at its beginning says so; without one it is UTF-8 if
    /// every byte of it fits, else what the bank's older systems write, GB18030. Between the fields stands what its first
    /// line has most of.
    ///
    /// # Errors
    /// If it cannot be read; `FileTooLarge` if a line is longer than `LONGEST_LINE`.
    pub fn of(file: impl Read) -> io::Result<Self> {
        let mut file = Lines::new(file);
        let mut bytes = vec![0; 64 * 1024];
        let mut first: Vec<u8> = Vec::new();
        let (mut carried, mut fits, mut line_ended) = (Vec::new(), true, false);
        let mut marked = None;
        let mut begun = false;
        loop {
            let read = file.read(&mut bytes)?;
            if read == 0 {
                break;
            }
            let chunk = &bytes[..read];
            if !begun {
                begun = true;
                marked = Encoding::for_bom(chunk).map(|(encoding, _)| encoding);
            }
            if !line_ended {
                let end = chunk.iter().position(|byte| *byte == b'\n');
                first.extend(&chunk[..end.unwrap_or(read)]);
                line_ended = end.is_some();
            }
            if fits {
                carried.extend(chunk);
                let valid = Encoding::utf8_valid_up_to(&carried);
                carried.drain(..valid);
                // A character may go on in the next chunk; one of UTF-8 has four bytes at most.
                fits = carried.len() < 4;
            }
            if line_ended && !fits {
                break;
            }
        }
        let usual =
            if fits && carried.is_empty() { encoding_rs::UTF_8 } else { encoding_rs::GB18030 };
        let encoding = marked.unwrap_or(usual);
        Ok(Self { encoding, delimiter: delimiter(&encoding.decode(&first).0) })
    }
}

/// What a first line has most of, outside quotes; a comma where it has nothing of the kind.
fn delimiter(line: &str) -> u8 {
    let mut counts = [0_u32; DELIMITERS.len()];
    let mut quoted = false;
    for c in line.chars() {
        quoted ^= c == '"';
        if let Some(at) = DELIMITERS.iter().position(|d| char::from(*d) == c && !quoted) {
            counts[at] += 1;
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    let at = counts.iter().position(|count| *count == most).unwrap_or(0);
    DELIMITERS[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8]) -> (&'static str, char) {
        let written = Written::of(bytes).unwrap();
        (written.encoding.name(), char::from(written.delimiter))
    }

    #[test]
    fn a_file_says_how_it_is_written() {
        assert_eq!(told(b"customer_id\n1\n"), ("UTF-8", ','));
        assert_eq!(told("姓名;customer_id;\"a,b,c,d\"\n王;1;x\n".as_bytes()), ("UTF-8", ';'));
        let (gb, ..) = encoding_rs::GB18030.encode("姓名\tcustomer_id\n王五\t1\n");
        assert_eq!(told(&gb), ("gb18030", '\t'));
        assert_eq!(told(b"\xef\xbb\xbfa|b\n\xff"), ("UTF-8", '|'));
        let utf16: Vec<u8> = "\u{feff}a;b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(told(&utf16), ("UTF-16LE", ';'));
        assert_eq!(told(b""), ("UTF-8", ','));
        // Cut within a character at the end: no UTF-8.
        assert_eq!(told(b"a\n\xe7\x8e").0, "gb18030");
    }

    #[test]
    fn a_line_that_does_not_end_is_no_list() {
        let error = Written::of(io::repeat(0)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        let mut many = "x".repeat(LONGEST_LINE - 1);
        many.push('\n');
        assert!(Written::of(many.repeat(3).as_bytes()).is_ok());
        many.insert(0, 'x');
        assert!(Written::of(many.as_bytes()).is_err());
    }

    #[test]
    fn a_character_across_two_reads_is_one() {
        let mut text = "x".repeat(64 * 1024 - 1);
        text.push_str("王\n");
        assert_eq!(told(text.as_bytes()).0, "UTF-8");
        text.push_str(&"y".repeat(70_000));
        let mut bytes = text.into_bytes();
        bytes.extend(b"\xcd\xf5\n");
        assert_eq!(told(&bytes).0, "gb18030");
    }
}
