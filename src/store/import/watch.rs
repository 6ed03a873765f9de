//! Who is told how an import goes on.

use super::check::Reason;

/// A row that is not taken.
#[derive(Debug)]
pub struct Reject<'a> {
    /// The load's name.
    pub load: &'a str,
    /// Which row of its result, from 1.
    pub ordinal: i64,
    /// The column at fault.
    pub column: &'a str,
    /// Its value as it came.
    pub value: &'a str,
    /// Why.
    pub reason: Reason,
}

/// Is told how an import goes on.
pub trait Watch: Send {
    /// `bytes` more of the files are staged.
    fn staged(&mut self, bytes: u64);
    /// A load has come to its `rows`th row.
    fn loading(&mut self, load: &str, rows: u64);
    /// The rows are being taken in.
    fn applying(&mut self);
    /// A row is not taken.
    ///
    /// # Errors
    /// If that cannot be noted; the import fails then.
    fn reject(&mut self, reject: &Reject<'_>) -> std::io::Result<()>;
}
