//! Half-written forms on disk: a file per form, written soon after the last key, readable by the operator only.
//!
//! Each console puts its process into the names of its files, and holds a lock of that name while it runs. Files
//! whose lock nobody holds were left behind: they are offered at the next start, and are that console's from then on.
//! So two consoles of one operator never write over each other.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use crate::app::draft::{Draft, DraftKey};
use crate::domain::hash::ContentHash;

/// A form is on disk at the latest this long after the first key that is not there yet.
const SOON: Duration = Duration::from_millis(1_200);

/// The drafts' directory, and what is still to be written.
pub(super) struct Drafts {
    dir: PathBuf,
    owner: String,
    lock: Option<File>,
    pending: Vec<Draft>,
    due: Option<Instant>,
}

impl Drafts {
    /// The drafts in `dir`, as this process.
    pub(super) fn new(dir: &Path) -> Self {
        Self::owned(dir, std::process::id().to_string())
    }

    fn owned(dir: &Path, owner: String) -> Self {
        let lock = private_dir(dir)
            .and_then(|()| open(&dir.join(format!("{owner}.lock"))))
            .and_then(|file| Ok(file.try_lock().map(|()| file)?));
        if let Err(error) = &lock {
            tracing::warn!("the drafts are not locked: {error}");
        }
        Self { dir: dir.to_owned(), owner, lock: lock.ok(), pending: vec![], due: None }
    }

    /// The drafts that earlier runs left, the newest first. They are this console's now.
    pub(super) fn left_behind(&self) -> Vec<Draft> {
        let mut files: Vec<_> = std::fs::read_dir(&self.dir)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| self.is_left(path))
            .collect();
        let written = |path: &PathBuf| path.metadata().and_then(|data| data.modified()).ok();
        files.sort_by_key(|path| std::cmp::Reverse(written(path)));
        let mut found: Vec<Draft> = vec![];
        for path in files {
            match self.adopt(&path, &found) {
                Ok(draft) => found.push(draft),
                Err(error) => {
                    tracing::warn!("the draft {} cannot be read: {error}", path.display());
                }
            }
        }
        found
    }

    /// A draft of a console that runs no more.
    fn is_left(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some((_, owner)) = name.strip_suffix(".json").and_then(|name| name.rsplit_once('.'))
        else {
            return false;
        };
        if owner == self.owner {
            return true;
        }
        let lock = self.dir.join(format!("{owner}.lock"));
        match File::open(&lock) {
            Ok(file) if file.try_lock().is_err() => false,
            Ok(_) => {
                let _ = std::fs::remove_file(&lock);
                true
            }
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }

    fn adopt(&self, path: &Path, others: &[Draft]) -> io::Result<Draft> {
        let mut draft: Draft = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        let (of, form) = (draft.key.of, draft.key.form.as_str());
        draft.key = DraftKey::free(of, form, others.iter().map(|other| &other.key));
        let own = self.file(&draft.key);
        if own != path {
            self.try_write(&draft)?;
            std::fs::remove_file(path)?;
        }
        Ok(draft)
    }

    fn file(&self, key: &DraftKey) -> PathBuf {
        let form = &ContentHash::of(key.form.as_bytes()).to_string()[..12];
        self.dir.join(format!("{}-{form}.{}.json", key.of.code(), self.owner))
    }

    /// Keeps a draft, soon.
    pub(super) fn keep(&mut self, draft: Draft) {
        self.pending.retain(|other| other.key != draft.key);
        self.pending.push(draft);
        self.due.get_or_insert_with(|| Instant::now() + SOON);
    }

    /// Waits until something is to be written; for ever if nothing is.
    pub(super) async fn due(&self) {
        match self.due {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// Writes what is still to be written. A failure is logged: the form on screen is not lost by it.
    pub(super) fn write(&mut self) {
        self.due = None;
        for draft in std::mem::take(&mut self.pending) {
            if let Err(error) = self.try_write(&draft) {
                tracing::warn!("the draft was not kept: {error}");
            }
        }
    }

    fn try_write(&self, draft: &Draft) -> io::Result<()> {
        private_dir(&self.dir)?;
        // Beside it, then renamed: a crash in between leaves the earlier one.
        let path = self.file(&draft.key);
        let beside = path.with_extension("new");
        let mut file = open(&beside)?;
        file.set_len(0)?;
        file.write_all(serde_json::to_string(draft)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)
    }

    /// The form was saved or thrown away.
    pub(super) fn forget(&mut self, key: &DraftKey) {
        self.pending.retain(|draft| draft.key != *key);
        if self.pending.is_empty() {
            self.due = None;
        }
        if let Err(error) = std::fs::remove_file(self.file(key))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("the draft was not removed: {error}");
        }
    }
}

/// However the console ends, also by a panic of its own thread, what is half-written is kept.
impl Drop for Drafts {
    fn drop(&mut self) {
        self.write();
        if self.lock.take().is_some() {
            let _ = std::fs::remove_file(self.dir.join(format!("{}.lock", self.owner)));
        }
    }
}

fn private_dir(dir: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::draft::DraftOf;

    fn draft(form: &str, rule: &str) -> Draft {
        let key = DraftKey { of: DraftOf::Segment, form: form.to_owned() };
        Draft { key, fields: vec!["SG".into(), "客".into(), rule.into()] }
    }

    fn console(dir: &Path, owner: &str) -> Drafts {
        Drafts::owned(dir, owner.to_owned())
    }

    #[tokio::test]
    async fn a_draft_is_found_again_and_goes_when_it_alone_is_saved() {
        let dir = tempfile::tempdir().unwrap();
        let dir = &dir.path().join("state");
        let mut drafts = console(dir, "1");
        drafts.keep(draft("SG-1", "age > 3"));
        drafts.keep(draft("SG-2", "age"));
        drafts.keep(draft("SG-1", "age > 30"));
        drafts.write();
        drop(drafts);
        let mut later = console(dir, "2");
        let mut found = later.left_behind();
        found.sort_by(|a, b| a.key.form.cmp(&b.key.form));
        assert_eq!(found, [draft("SG-1", "age > 30"), draft("SG-2", "age")]);
        later.forget(&found[0].key);
        later.forget(&found[0].key);
        drop(later);
        assert_eq!(console(dir, "3").left_behind(), [draft("SG-2", "age")]);
    }

    #[tokio::test]
    async fn two_consoles_do_not_write_over_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (console(dir.path(), "1"), console(dir.path(), "2"));
        one.keep(draft("SG-1", "one"));
        one.write();
        two.keep(draft("SG-1", "two"));
        two.write();
        let third = console(dir.path(), "3");
        assert_eq!(third.left_behind(), [], "they are being written by those who run");
        drop((one, two, third));
        let mut found = console(dir.path(), "4").left_behind();
        found.sort_by(|a, b| a.fields.cmp(&b.fields));
        assert_eq!(found.iter().map(|d| d.fields[2].as_str()).collect::<Vec<_>>(), ["one", "two"]);
        assert_ne!(found[0].key, found[1].key);
    }

    #[tokio::test]
    async fn a_panic_keeps_what_is_half_written() {
        let dir = tempfile::tempdir().unwrap();
        let mut drafts = console(dir.path(), "1");
        drafts.keep(draft("SG-1", "age"));
        let panics = std::panic::AssertUnwindSafe(move || {
            let _held = drafts;
            std::panic::resume_unwind(Box::new("as a panic does"));
        });
        assert!(std::panic::catch_unwind(panics).is_err());
        assert_eq!(console(dir.path(), "2").left_behind(), [draft("SG-1", "age")]);
    }
}
