//! What is said beside the refusal of a save that came too late: what it was made from, what stands there now, and one's
//! own text, field by field.

use crate::domain::message::{Arg, Message};
use crate::msg;

/// A field and its value in the version that was read, in the one that stands there, and in one's own text.
pub(super) type Field<'a> = (&'a str, [Option<String>; 3]);

/// `refused`, and under it the fields that are not alike in all three texts.
pub(super) fn beside<'a>(refused: Message, fields: impl IntoIterator<Item = Field<'a>>) -> Message {
    let apart = fields.into_iter().filter(|(_, values)| values.iter().any(|v| *v != values[0]));
    apart.fold(refused, |said, (field, values)| {
        let value = |i: usize| Arg::from(values[i].as_deref().unwrap_or("-"));
        let line = Message::new(msg!("strategy.stale-field"))
            .with("field", field)
            .with("base", value(0))
            .with("theirs", value(1))
            .with("mine", value(2));
        Message::new(msg!("strategy.stale-fields")).with("said", said).with("line", line)
    })
}
