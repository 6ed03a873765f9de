//! What is typed on the command line and read by us, so that what is wrong with it is said as everything else is.

use super::Failure;
use crate::domain::clean::clean;
use crate::domain::id::CustomerId;
use crate::domain::message::Message;
use crate::msg;

/// A customer's number as it was typed.
#[derive(Clone, Debug)]
pub struct CustomerNumber(String);

impl From<String> for CustomerNumber {
    fn from(typed: String) -> Self {
        Self(typed)
    }
}

impl CustomerNumber {
    /// The number.
    ///
    /// # Errors
    /// [`Failure`] if it is none.
    pub fn number(&self) -> Result<i64, Failure> {
        self.0.trim().parse().map_err(|_| {
            let typed = clean(&self.0).into_owned();
            Failure::usage(Message::new(msg!("customer.no-number")).with("typed", typed))
        })
    }

    /// The customer of that number.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub fn id(&self) -> Result<CustomerId, Failure> {
        self.number().map(CustomerId)
    }
}
