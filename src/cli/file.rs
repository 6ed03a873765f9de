//! The files that commands read whole, and what is said of one that cannot be.

use std::path::Path;

use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::msg;
use crate::store::regular::{self, LARGEST, Unread};

/// The text of a file that an operator names.
///
/// # Errors
/// The sentence, which names the file.
pub(super) fn text(path: &Path) -> Result<String, Message> {
    regular::text(path).map_err(|error| sentence(path, &error))
}

/// What is said of a file that was not read.
pub(super) fn sentence(path: &Path, error: &Unread) -> Message {
    let key = match error {
        Unread::NotAFile => msg!("cli.file.not-a-file"),
        Unread::TooLarge => msg!("cli.file.too-large"),
        Unread::System(_) => msg!("cli.file.unreadable"),
    };
    Message::new(key)
        .with("path", clean(&path.to_string_lossy()).into_owned())
        .with("detail", clean(&error.to_string()).into_owned())
        .with("megabytes", LARGEST >> 20)
}
