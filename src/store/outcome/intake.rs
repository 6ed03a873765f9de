//! Rows of an outcome file on their way into `baton.outcome_intake`, in COPY's binary format: the server has nothing to
//! parse, and nothing of what people wrote needs an escape.

use sqlx::PgConnection;
use sqlx::postgres::PgCopyIn;

use crate::domain::outcome::OutcomeRow;
use crate::store::dynamic;

/// What is sent at a time, in bytes.
const PIECE: usize = 256 * 1024;

/// The columns, in the order of [`Intake::put`].
const COLUMNS: [&str; 10] = [
    "intake",
    "ordinal",
    "push_id",
    "customer_id",
    "outcome",
    "at",
    "amount",
    "note",
    "source",
    "message_id",
];

/// Microseconds from 1970 to 2000, where the database counts from.
const EPOCH: i64 = 946_684_800_000_000;

/// Rows that are being copied.
pub(super) struct Intake<'a> {
    copy: PgCopyIn<&'a mut PgConnection>,
    id: [u8; 16],
    bytes: Vec<u8>,
}

impl<'a> Intake<'a> {
    /// Starts to copy into `intake`, a uuid.
    ///
    /// # Errors
    /// Whatever the database says, and a protocol error if `intake` is no uuid.
    pub(super) async fn begin(db: &'a mut PgConnection, intake: &str) -> Result<Self, sqlx::Error> {
        let number = u128::from_str_radix(&intake.replace('-', ""), 16)
            .map_err(|_| sqlx::Error::Protocol("no uuid".to_owned()))?;
        let copy = dynamic::copy_in_binary(db, "baton", "outcome_intake", &COLUMNS).await?;
        Ok(Self { copy, id: number.to_be_bytes(), bytes: Vec::with_capacity(PIECE + 4096) })
    }

    /// Puts one row in; `line` tells it from the others.
    ///
    /// # Errors
    /// Whatever the database says.
    pub(super) async fn put(&mut self, line: u64, row: &OutcomeRow) -> Result<(), sqlx::Error> {
        self.bytes.extend(10_i16.to_be_bytes());
        let id = self.id;
        self.field(&id);
        self.number(i64::try_from(line).unwrap_or(i64::MAX));
        self.number(row.push.0);
        self.number(row.customer.0);
        self.field(row.outcome.code().as_bytes());
        self.number(row.at.timestamp_micros() - EPOCH);
        match row.amount {
            Some(amount) => self.number(amount.0),
            None => self.nothing(),
        }
        let (source, number) = row.message.as_ref().map(|(a, b)| (a, b)).unzip();
        for text in [row.note.as_ref(), source, number] {
            match text {
                Some(text) => self.field(text.as_bytes()),
                None => self.nothing(),
            }
        }
        if self.bytes.len() >= PIECE {
            self.copy.send(self.bytes.as_slice()).await?;
            self.bytes.clear();
        }
        Ok(())
    }

    /// The end: all that was put in is there.
    ///
    /// # Errors
    /// Whatever the database says.
    pub(super) async fn finish(mut self) -> Result<u64, sqlx::Error> {
        self.bytes.extend((-1_i16).to_be_bytes());
        self.copy.send(self.bytes.as_slice()).await?;
        self.copy.finish().await
    }

    fn field(&mut self, bytes: &[u8]) {
        self.bytes.extend(i32::try_from(bytes.len()).unwrap_or(i32::MAX).to_be_bytes());
        self.bytes.extend(bytes);
    }

    fn number(&mut self, value: i64) {
        self.field(&value.to_be_bytes());
    }

    fn nothing(&mut self) {
        self.bytes.extend((-1_i32).to_be_bytes());
    }
}
