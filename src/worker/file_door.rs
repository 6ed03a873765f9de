//! A message as a file in a directory: whole or not there, and never written over.
//!
//! It is written under a name that begins with a dot, brought to the disk, and then given its own name, which is refused
//! if a file of that name stands there. One with the same content is the same message, sent before by somebody who could
//! not say so any more; one with other content is nobody's to touch.
#![expect(clippy::disallowed_methods, reason = "this door leads into files")]

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::Value;

use crate::domain::delivery::{Reason, file_text};

/// What the file's owner and group may do: the branch system reads.
const MODE: u32 = 0o640;

/// Writes message `key` into `dir`. Gives back only when the file is on the disk, name and all.
pub(super) fn write(dir: &str, key: &str, lease: i64, body: &Value) -> Result<(), Reason> {
    let text = file_text(body);
    put(Path::new(dir), key, lease, text.as_bytes())
}

fn put(dir: &Path, key: &str, lease: i64, bytes: &[u8]) -> Result<(), Reason> {
    let own = dir.join(format!("{key}.jsonl"));
    if let Some(same) = compared(&own, bytes)? {
        return same;
    }
    // Of this lease only: a worker that slept past its own cannot write into another's.
    let draft = dir.join(format!(".{key}.{lease}.tmp"));
    let written = draft_to(&draft, &own, bytes);
    if written.is_err() {
        std::fs::remove_file(&draft).ok();
    }
    match written {
        Ok(()) => {}
        // Somebody else was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return compared(&own, bytes)?.unwrap_or_else(|| Err(system(&error)));
        }
        Err(error) => return Err(system(&error)),
    }
    sync_dir(dir).map_err(|error| system(&error))
}

/// Whether a file of this name stands there: the same message, another one, or none.
fn compared(own: &Path, bytes: &[u8]) -> Result<Option<Result<(), Reason>>, Reason> {
    match std::fs::read(own) {
        Ok(there) if there == bytes => {
            // Who wrote it may not have come to this.
            let dir = own.parent().unwrap_or(own);
            Ok(Some(sync_dir(dir).map_err(|error| system(&error))))
        }
        Ok(_) => Ok(Some(Err(Reason::OtherContent))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(system(&error)),
    }
}

fn draft_to(draft: &Path, own: &Path, bytes: &[u8]) -> io::Result<()> {
    // The draft of this very lease, if the worker was interrupted in it.
    match std::fs::remove_file(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    match renameat_with(CWD, draft, CWD, own, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // A file system without that: a second name is refused if the first is taken, too.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            std::fs::hard_link(draft, own)?;
            std::fs::remove_file(draft)
        }
        Err(error) => Err(error.into()),
    }
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// What the system said, without a path: the message names its door.
fn system(error: &io::Error) -> Reason {
    Reason::System(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_message_is_a_file_and_sent_again_it_is_the_same_file() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "p1-u2-1", 7, b"a").unwrap();
        put(dir.path(), "p1-u2-1", 8, b"a").unwrap();
        assert_eq!(names(dir.path()), ["p1-u2-1.jsonl"]);
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &dir.path().join("p1-u2-1.jsonl").metadata().unwrap().permissions(),
        );
        assert_eq!(mode & 0o007, 0, "not everybody's to read");
    }

    #[test]
    fn a_file_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("p1-u2-1.jsonl");
        std::fs::write(&own, "theirs").unwrap();
        assert_eq!(put(dir.path(), "p1-u2-1", 7, b"ours"), Err(Reason::OtherContent));
        // Nor if it came between the look and the name.
        let draft = dir.path().join(".p1-u2-1.7.tmp");
        let late = draft_to(&draft, &own, b"ours").unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&own).unwrap(), "theirs");
    }

    #[test]
    fn what_a_killed_worker_left_is_in_nobodys_way() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(".p1-u2-1.7.tmp"), "ha").unwrap();
        put(dir.path(), "p1-u2-1", 7, b"half").unwrap();
        assert_eq!(names(dir.path()), ["p1-u2-1.jsonl"]);
        assert_eq!(std::fs::read(dir.path().join("p1-u2-1.jsonl")).unwrap(), b"half");
    }

    #[test]
    fn a_directory_that_is_not_there_is_tried_again() {
        let reason = write("/nonexistent/door", "p1-u2-1", 7, &Value::Null).unwrap_err();
        assert!(matches!(&reason, Reason::System(said) if said.contains("No such file")));
        assert!(!reason.is_final());
    }
}
