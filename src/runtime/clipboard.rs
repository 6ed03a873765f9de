//! The operator's own clipboard, through the terminal (OSC 52): it works over SSH, and the remote host's
//! clipboard is never touched.

use std::io::{self, Write as _};

use super::terminal::Guard;

/// The longest text that terminals take.
const LIMIT: usize = 50_000;

/// Puts `text` on the clipboard of the terminal that `_held` holds.
pub(super) fn copy(text: &str, _held: &Guard) {
    let mut end = text.len().min(LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut out = io::stdout().lock();
    let written = write!(out, "\x1b]52;c;{}\x07", base64(&text.as_bytes()[..end]));
    if let Err(error) = written.and_then(|()| out.flush()) {
        tracing::warn!("the terminal took no copy: {error}");
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, b| bits << 8 | u32::from(*b))
            << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            if digit <= chunk.len() {
                let index = (bits >> (18 - 6 * digit)) & 63;
                text.push(char::from(DIGITS[index as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn bytes_are_written_in_base_64() {
        for (text, written) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("客群", "5a6i576k"),
        ] {
            assert_eq!(base64(text.as_bytes()), written);
        }
    }
}
