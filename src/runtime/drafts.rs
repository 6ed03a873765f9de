//! Half-written forms on disk: one file per program, written soon after the last key, readable by the operator only.
//!
//! A file that belongs to no running program was left behind, and is offered at the next start.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use crate::app::draft::Draft;

/// A form is on disk at the latest this long after the first key that is not there yet.
const SOON: Duration = Duration::from_millis(1_200);

/// The drafts' directory, and what is still to be written.
pub(super) struct Drafts {
    file: PathBuf,
    pending: Option<Draft>,
    due: Option<Instant>,
}

impl Drafts {
    pub(super) fn new(state_dir: &Path) -> Self {
        Self { file: state_dir.join("draft.json"), pending: None, due: None }
    }

    /// The draft that an earlier run left.
    pub(super) fn left_behind(&self) -> Option<Draft> {
        let text = std::fs::read_to_string(&self.file).ok()?;
        serde_json::from_str(&text)
            .inspect_err(|error| tracing::warn!("the draft cannot be read: {error}"))
            .ok()
    }

    /// Keeps a draft, soon.
    pub(super) fn keep(&mut self, draft: Draft) {
        self.pending = Some(draft);
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
        let Some(draft) = self.pending.take() else { return };
        if let Err(error) = self.try_write(&draft) {
            tracing::warn!("the draft was not kept: {error}");
        }
    }

    fn try_write(&self, draft: &Draft) -> std::io::Result<()> {
        use std::os::unix::fs::OpenOptionsExt as _;
        if let Some(dir) = self.file.parent() {
            std::fs::create_dir_all(dir)?;
        }
        // Beside it, then renamed: a crash in between leaves the earlier one.
        let beside = self.file.with_extension("new");
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(serde_json::to_string(draft)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.file)
    }

    /// The form was saved or thrown away.
    pub(super) fn drop(&mut self) {
        self.pending = None;
        self.due = None;
        if let Err(error) = std::fs::remove_file(&self.file)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!("the draft was not removed: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::draft::DraftOf;

    #[test]
    fn a_draft_is_found_again_and_goes_when_it_is_saved() {
        let dir = tempfile::tempdir().unwrap();
        let draft = Draft { of: DraftOf::Segment, fields: vec!["SG".into(), "客".into()] };
        let mut drafts = Drafts::new(&dir.path().join("state"));
        drafts.keep(draft.clone());
        drafts.write();
        let mut later = Drafts::new(&dir.path().join("state"));
        assert_eq!(later.left_behind(), Some(draft));
        later.drop();
        assert_eq!(later.left_behind(), None);
        later.drop();
    }
}
