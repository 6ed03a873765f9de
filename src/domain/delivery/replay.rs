//! Sending messages again, and what became of it.

use crate::domain::id::PushId;
use crate::domain::message::Message;
use crate::msg;

/// What is to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// One dead message, by its number.
    Dead(i64),
    /// Every message of a push, also those that have left.
    Push(PushId),
    /// All dead messages.
    All,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Messages that wait because of it.
    pub messages: i32,
    /// Orders of the push that were recalled and are not sent again; of dead messages, those of which nothing stands any more.
    pub recalled: i32,
}

impl Replayed {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(self) -> Message {
        let key = match self.recalled {
            0 => msg!("delivery.done.replayed"),
            _ => msg!("delivery.done.replayed-but"),
        };
        Message::new(key).with("count", self.messages).with("recalled", self.recalled)
    }
}
