//! Refusals of a code that there is none of, told with the one that was probably meant. It is only looked for when the
//! refusal is there already: a help, whose own failure does not hide the refusal.

use sqlx::PgConnection;

use crate::domain::message::Message;
use crate::msg;

/// A refusal that may be of a code.
pub(super) trait Coded: Sized + Send {
    /// The same with the code that was probably meant, if it is of a code that there is none of.
    fn with_meant(self, db: &mut PgConnection) -> impl Future<Output = Self> + Send;
}

/// What was done, or the refusal with the code that was probably meant.
pub(super) async fn done<T: Send, E: Coded + From<sqlx::Error>>(
    db: &mut PgConnection,
    done: Result<T, sqlx::Error>,
) -> Result<T, E> {
    match done {
        Ok(done) => Ok(done),
        Err(error) => Err(E::from(error).with_meant(db).await),
    }
}

/// That there is no strategy of the code, and which was probably meant.
pub(super) fn no_strategy(code: &str, meant: Option<&str>) -> Message {
    match meant {
        None => Message::new(msg!("strategy.unknown")).with("code", code),
        Some(meant) => {
            Message::new(msg!("strategy.unknown-meant")).with("code", code).with("meant", meant)
        }
    }
}
