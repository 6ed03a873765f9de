//! Questions to the metrics: at most two run at once in a process, each in one moment of the
//! database, and each statement ends by the session's deadline. Long readers hold back vacuum, and that starves the queue of
//! messages; so what one console or service asks at once has a bound that does not depend on how many lines it has.

use std::ops::{Deref, DerefMut};

use sqlx::{Connection as _, PgConnection, Postgres, Transaction};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::KpiFailure;
use crate::store::StoreError;
use crate::store::line::{STATEMENT_LIMIT, within};

/// How many questions run at once.
pub const AT_ONCE: usize = 2;

static QUESTIONS: Semaphore = Semaphore::const_new(AT_ONCE);

/// One moment of the database for all of a question's reads, so that an import beside it changes nothing; and the right to
/// ask.
pub(super) struct Question<'a> {
    transaction: Transaction<'a, Postgres>,
    _permit: SemaphorePermit<'static>,
}

impl<'a> Question<'a> {
    /// Begins one; while two others run it waits, as long as a statement may take.
    ///
    /// # Errors
    /// [`StoreError::Deadline`] if it was never its turn, or any other.
    pub(super) async fn begin(db: &'a mut PgConnection) -> Result<Self, KpiFailure> {
        let permit = within(STATEMENT_LIMIT, async {
            // Never closed.
            QUESTIONS.acquire().await.map_err(|_| StoreError::Deadline)
        })
        .await?;
        // Compiling the plan over all months takes longer than running it. Both in one message: each is a way there and back.
        let transaction = db
            .begin_with("begin isolation level repeatable read read only; set local jit = off")
            .await?;
        Ok(Self { transaction, _permit: permit })
    }

    /// Ends it.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub(super) async fn commit(self) -> Result<(), KpiFailure> {
        Ok(self.transaction.commit().await?)
    }
}

impl Deref for Question<'_> {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl DerefMut for Question<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}
