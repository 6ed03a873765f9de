//! Splitting delimited text into records, as banks export it.
//!
//! Unlike the csv crate this tells a quoted empty field, which is an empty text, from an unquoted one, which is
//! nothing; and a line that never ends is an error and not a full memory.

/// Bytes that one record may have.
pub const RECORD_LIMIT: usize = 1024 * 1024;

/// Why a text cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitFault {
    /// A record of more than [`RECORD_LIMIT`] bytes.
    Endless,
    /// The text ends within quotes.
    OpenQuote,
    /// A zero byte, which no text of a database can hold.
    ZeroByte,
}

/// Records are given one at a time to a function that may refuse them with its own error.
#[derive(Debug)]
pub struct Splitter {
    delimiter: u8,
    state: State,
    record: Record,
    quoted: bool,
    line: u64,
}

/// One record.
#[derive(Debug, Default)]
pub struct Record {
    bytes: Vec<u8>,
    fields: Vec<(usize, bool)>,
    /// The line on which it begins, from 1.
    pub line: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    RecordStart,
    FieldStart,
    Plain,
    Quoted,
    QuoteInQuoted,
    AfterReturn,
}

/// An error of splitting with its line, or the taker's own.
#[derive(Debug)]
pub enum SplitError<E> {
    /// The text is at fault.
    Text {
        /// How.
        fault: SplitFault,
        /// Where, from 1.
        line: u64,
    },
    /// The taker refused.
    Taker(E),
}

impl Record {
    /// How many fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether it has no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Its fields, and whether each stood in quotes.
    pub fn fields(&self) -> impl Iterator<Item = (&str, bool)> {
        let mut from = 0;
        self.fields.iter().map(move |&(to, quoted)| {
            let field = std::str::from_utf8(&self.bytes[from..to]).unwrap_or_default();
            from = to;
            (field, quoted)
        })
    }

    /// Whether its line was empty.
    fn is_blank(&self) -> bool {
        self.bytes.is_empty() && matches!(self.fields.as_slice(), [(_, false)])
    }
}

impl Splitter {
    /// A splitter at the beginning of a text.
    #[must_use]
    pub fn new(delimiter: u8) -> Self {
        let record = Record { line: 1, ..Record::default() };
        Self { delimiter, state: State::RecordStart, record, quoted: false, line: 1 }
    }

    /// Takes the next part of the text and hands on the records that end in it; empty lines are passed over.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn push<E>(
        &mut self,
        text: &str,
        take: &mut impl FnMut(&Record) -> Result<(), E>,
    ) -> Result<(), SplitError<E>> {
        for &byte in text.as_bytes() {
            if byte == 0 {
                return Err(self.fault(SplitFault::ZeroByte));
            }
            if self.state == State::AfterReturn {
                self.state = State::RecordStart;
                if byte == b'\n' {
                    continue;
                }
            }
            match (self.state, byte) {
                (State::Quoted, b'"') => self.state = State::QuoteInQuoted,
                (State::QuoteInQuoted, b'"') => {
                    self.record.bytes.push(b'"');
                    self.state = State::Quoted;
                }
                (State::Quoted, _) => {
                    self.line += u64::from(byte == b'\n');
                    self.record.bytes.push(byte);
                }
                (State::RecordStart | State::FieldStart, b'"') => {
                    self.quoted = true;
                    self.state = State::Quoted;
                }
                (_, b'\n' | b'\r') => {
                    self.end_record(take)?;
                    if byte == b'\r' {
                        self.state = State::AfterReturn;
                    }
                }
                (_, byte) if byte == self.delimiter => {
                    self.end_field();
                    self.state = State::FieldStart;
                }
                (_, byte) => {
                    self.record.bytes.push(byte);
                    self.state = State::Plain;
                }
            }
            if self.record.bytes.len() > RECORD_LIMIT || self.record.fields.len() > RECORD_LIMIT {
                return Err(SplitError::Text {
                    fault: SplitFault::Endless,
                    line: self.record.line,
                });
            }
        }
        Ok(())
    }

    /// The text is over: hands on a last record that has no line end.
    ///
    /// # Errors
    /// [`SplitFault::OpenQuote`] with the line of the record, or the taker's own.
    pub fn finish<E>(
        mut self,
        take: &mut impl FnMut(&Record) -> Result<(), E>,
    ) -> Result<(), SplitError<E>> {
        match self.state {
            State::RecordStart | State::AfterReturn => Ok(()),
            State::Quoted => {
                Err(SplitError::Text { fault: SplitFault::OpenQuote, line: self.record.line })
            }
            _ => self.end_record(take),
        }
    }

    fn fault<E>(&self, fault: SplitFault) -> SplitError<E> {
        SplitError::Text { fault, line: self.line }
    }

    fn end_field(&mut self) {
        self.record.fields.push((self.record.bytes.len(), self.quoted));
        self.quoted = false;
    }

    fn end_record<E>(
        &mut self,
        take: &mut impl FnMut(&Record) -> Result<(), E>,
    ) -> Result<(), SplitError<E>> {
        self.end_field();
        if !self.record.is_blank() {
            take(&self.record).map_err(SplitError::Taker)?;
        }
        self.line += 1;
        self.record.bytes.clear();
        self.record.fields.clear();
        self.record.line = self.line;
        self.state = State::RecordStart;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = Vec<(u64, Vec<(String, bool)>)>;

    fn split(parts: &[&str]) -> Result<Found, (SplitFault, u64)> {
        let mut found = Vec::new();
        let mut take = |record: &Record| -> Result<(), ()> {
            let fields = record.fields().map(|(f, q)| (f.to_owned(), q)).collect();
            found.push((record.line, fields));
            Ok(())
        };
        let mut splitter = Splitter::new(b';');
        let done = parts
            .iter()
            .try_for_each(|part| splitter.push(part, &mut take))
            .and_then(|()| splitter.finish(&mut take));
        match done {
            Ok(()) => Ok(found),
            Err(SplitError::Text { fault, line }) => Err((fault, line)),
            Err(SplitError::Taker(())) => unreachable!("the taker takes all"),
        }
    }

    fn plain(fields: &[&str]) -> Vec<(String, bool)> {
        fields.iter().map(|f| ((*f).to_owned(), false)).collect()
    }

    #[test]
    fn quoted_empty_is_told_from_nothing() {
        assert_eq!(
            split(&["a;\"\";\r\n"]).unwrap()[0].1,
            [("a".into(), false), (String::new(), true), (String::new(), false)]
        );
    }

    #[test]
    fn quotes_hold_delimiters_quotes_and_line_ends() {
        let found = split(&["\"a;\"\"b\"\"\nc\";d\ne;f"]).unwrap();
        assert_eq!(found[0].1[0], ("a;\"b\"\nc".into(), true));
        assert_eq!(found[1], (3, plain(&["e", "f"])), "line 2 was inside the quotes");
    }

    #[test]
    fn it_does_not_matter_where_the_parts_are_cut() {
        let text = "\"a\"\"b\";c\r\n\r\n\n张;\"\"\r;\n";
        let whole = split(&[text]).unwrap();
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            assert_eq!(split(&[&text[..at], &text[at..]]).unwrap(), whole, "cut at {at}");
        }
        assert_eq!(whole.len(), 3);
    }

    #[test]
    fn faults_name_their_line() {
        assert_eq!(split(&["a\n\"b\nc"]), Err((SplitFault::OpenQuote, 2)));
        assert_eq!(split(&["a\nb\0"]), Err((SplitFault::ZeroByte, 2)));
        let endless = "x".repeat(RECORD_LIMIT + 1);
        assert_eq!(split(&["a\n", &endless]), Err((SplitFault::Endless, 2)));
    }
}
