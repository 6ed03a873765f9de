//! A file's bytes as UTF-8, whatever it was written in; what does not fit its encoding is an error, never a guess.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

const CHUNK: usize = 64 * 1024;

/// Reads as UTF-8 what `inner` holds in another encoding. A byte order mark is taken off.
pub(super) struct Decoding<R> {
    inner: R,
    decoder: Decoder,
    bytes: Vec<u8>,
    /// What of `bytes` is not decoded yet.
    waiting: std::ops::Range<usize>,
    text: String,
    /// What of `text` is given out.
    given: usize,
    over: bool,
}

impl<R: Read> Decoding<R> {
    pub(super) fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            bytes: vec![0; CHUNK],
            waiting: 0..0,
            text: String::with_capacity(CHUNK * 3),
            given: 0,
            over: false,
        }
    }

    /// Fills `text` anew; false at the end.
    fn more(&mut self) -> io::Result<bool> {
        self.text.clear();
        self.given = 0;
        while self.text.is_empty() {
            if self.waiting.is_empty() {
                if self.over {
                    return Ok(false);
                }
                let read = self.inner.read(&mut self.bytes)?;
                self.over = read == 0;
                self.waiting = 0..read;
            }
            let (result, read) = self.decoder.decode_to_string_without_replacement(
                &self.bytes[self.waiting.clone()],
                &mut self.text,
                self.over,
            );
            self.waiting.start += read;
            if matches!(result, DecoderResult::Malformed(..)) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "not of its encoding"));
            }
        }
        Ok(true)
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() && !self.more()? {
            return Ok(0);
        }
        let ready = &self.text.as_bytes()[self.given..];
        let size = ready.len().min(out.len());
        out[..size].copy_from_slice(&ready[..size]);
        self.given += size;
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], encoding: &'static Encoding) -> io::Result<String> {
        let mut text = String::new();
        Decoding::new(bytes, encoding).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn what_is_no_text_of_the_encoding_is_refused() {
        assert_eq!(read(b"\xef\xbb\xbf1\n", encoding_rs::UTF_8).unwrap(), "1\n");
        for (bytes, encoding) in
            [(&b"1\n\xff"[..], encoding_rs::UTF_8), (b"\xc4", encoding_rs::GBK)]
        {
            assert_eq!(read(bytes, encoding).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn what_gbk_wrote_is_read_back(text in "[a-z0-9,\\n一-龟]{0,40}", times in 1..3000_usize) {
            let text = text.repeat(times);
            let (bytes, _, failed) = encoding_rs::GBK.encode(&text);
            prop_assume!(!failed);
            prop_assert_eq!(read(&bytes, encoding_rs::GBK).unwrap(), text);
        }
    }
}
