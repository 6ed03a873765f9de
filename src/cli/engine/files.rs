//! The engine's place: the directory of its socket and of its file of columns.
#![expect(clippy::disallowed_methods, reason = "the engine's own directory and file")]

use std::fs::Metadata;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::told;
use crate::cli::{Context, Failure};
use crate::domain::hash::ContentHash;
use crate::domain::message::{Key, Message};
use crate::engine::Columns;
use crate::engine::file::{self, FileFault};
use crate::msg;
use crate::store::Target;
use crate::store::engine::Socket;

/// Where the engine of one database has what is its own.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    directory: PathBuf,
    name: String,
    /// What was wrong with the file of columns when it was read last.
    refused: Arc<OnceLock<Message>>,
}

impl Place {
    /// The place for this database. It is the same whoever asks, so that all operators' consoles find it.
    ///
    /// # Errors
    /// [`Failure`] if the database's URL is none.
    pub(crate) fn of(context: &Context) -> Result<Self, Failure> {
        let which = match &context.settings.database_url {
            None => "private".to_owned(),
            Some(url) => {
                let target = Target::server(url, None)?;
                format!("{}\0{}", target.place(), target.database())
            }
        };
        let name = ContentHash::of(which.as_bytes()).to_string()[..16].to_owned();
        let directory = context.settings.data_dir.join("engine");
        Ok(Self { directory, name, refused: Arc::default() })
    }

    pub(crate) fn socket(&self) -> Socket {
        Socket(self.directory.join(format!("{}.sock", self.name)))
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.directory.join(format!("{}.columns", self.name))
    }

    /// Makes the directory. Everybody may pass it to the socket, where a ticket is asked for; the file in it is the
    /// service account's alone. Nobody else may put anything there, or he could answer in the engine's stead: where others
    /// can, no console would listen to what answers, and nothing begins.
    ///
    /// # Errors
    /// [`Failure`] with the sentence for the operator.
    pub(super) fn make(&self) -> Result<(), Failure> {
        let made = || {
            if let Some(above) = self.directory.parent() {
                std::fs::create_dir_all(above)?;
            }
            match std::fs::DirBuilder::new().mode(0o755).create(&self.directory) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                done => done?,
            }
            std::fs::metadata(&self.directory)
        };
        let directory = made().map_err(|error| super::io(&error))?;
        let open = directory.mode() & 0o022 != 0;
        open.then(|| self.not_ours(msg!("engine.directory-open"))).map_or(Ok(()), Err)
    }

    /// Refuses a socket that consoles would refuse, since another owns the directory that it stands in.
    ///
    /// # Errors
    /// [`Failure`] with the sentence for the operator.
    pub(super) fn check_owner(&self) -> Result<(), Failure> {
        let owner = |path: &Path| std::fs::metadata(path).map(|about| about.uid());
        let of = |path: &Path| owner(path).map_err(|error| super::io(&error));
        if of(&self.socket().0)? == of(&self.directory)? {
            return Ok(());
        }
        std::fs::remove_file(self.socket().0).ok();
        Err(self.not_ours(msg!("engine.directory-foreign")))
    }

    fn not_ours(&self, key: Key) -> Failure {
        let directory = self.directory.display().to_string();
        Failure::refused(Message::new(key).with("directory", directory))
    }

    /// What was wrong with the file that was refused, if one was.
    pub(super) fn refused(&self) -> Option<Message> {
        let fault = self.refused.get()?;
        let said = Message::new(msg!("engine.file-refused")).with("detail", fault.clone());
        Some(said.with("file", self.file().display().to_string()))
    }

    /// The columns of the file, if there is one that is whole.
    pub(super) async fn read(&self) -> Option<Columns> {
        let place = self.clone();
        let read = tokio::task::spawn_blocking(move || read_whole(&place.file(), &place.refused));
        read.await.ok().flatten()
    }

    /// Removes the file: the records of a bank that is dropped go with it.
    pub(super) fn forget(&self) -> std::io::Result<()> {
        match std::fs::remove_file(self.file()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Writes the file beside the old one, and puts it in its place once it is on the disk.
    pub(super) fn write(&self, columns: &Columns) -> std::io::Result<()> {
        let beside = self.directory.join(format!("{}.new-{}", self.name, std::process::id()));
        let written = write_whole(&beside, columns);
        let done = written.and_then(|()| std::fs::rename(&beside, self.file()));
        if done.is_err() {
            std::fs::remove_file(&beside).ok();
        }
        done?;
        std::fs::File::open(&self.directory)?.sync_all()
    }
}

/// The columns of a file that is whole and nobody else's; none also where there is no file.
fn read_whole(path: &Path, refused: &OnceLock<Message>) -> Option<Columns> {
    let opened = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        opened => opened,
    };
    let read = opened.map_err(|error| told(&error)).and_then(|opened| {
        let about = opened.metadata().map_err(|error| told(&error))?;
        ours(&about, path)?;
        let read = file::read(&mut std::io::BufReader::new(opened), about.len());
        read.map_err(|fault| Message::new(fault_key(fault)))
    });
    read.map_err(|fault| {
        tracing::warn!(fault = ?fault.key, "the file of columns is refused and made anew");
        refused.set(fault).ok();
    })
    .ok()
}

/// Whoever may write to the file says what everybody is answered: its hash is a sign that it is whole, and no seal. So it is
/// that of the account that the directory belongs to, and nobody else may write to it.
fn ours(about: &Metadata, path: &Path) -> Result<(), Message> {
    let directory =
        path.parent().map(std::fs::metadata).transpose().map_err(|error| told(&error))?;
    if directory.is_some_and(|directory| directory.uid() != about.uid()) {
        return Err(msg!("engine.file-foreign").into());
    }
    if about.mode() & 0o022 != 0 {
        return Err(msg!("engine.file-open").into());
    }
    Ok(())
}

fn fault_key(fault: FileFault) -> Key {
    match fault {
        FileFault::Foreign => msg!("engine.file-other"),
        FileFault::Damaged => msg!("engine.file-damaged"),
    }
}

fn write_whole(path: &Path, columns: &Columns) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file::write(columns, &mut file)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::text::{Lang, render};

    fn said(path: &Path, lang: Lang) -> Option<String> {
        let refused = OnceLock::new();
        assert!(read_whole(path, &refused).is_none());
        refused.get().map(|fault| render(fault, lang))
    }

    #[test]
    fn a_file_that_is_refused_is_told_in_both_languages() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.columns");
        assert_eq!(said(&path, Lang::En), None, "where there is none, none is refused");
        std::fs::write(&path, "something else").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode));
        for (open, english, chinese) in [
            (0o600, "no file of columns", "不是列引擎的文件"),
            (0o602, "others may write to it", "他人可写该文件"),
            (0o660, "others may write to it", "他人可写该文件"),
        ] {
            mode(open).unwrap();
            for (lang, told) in [(Lang::En, english), (Lang::ZhCn, chinese)] {
                let said = said(&path, lang).unwrap();
                assert!(said.contains(told), "{open:o}: {said}");
            }
        }
        mode(0o600).unwrap();
        // Only who may give files away can make one that is another's.
        if std::os::unix::fs::chown(&path, Some(65_534), None).is_ok() {
            assert!(said(&path, Lang::ZhCn).unwrap().contains("另一账号"));
        }
    }

    #[test]
    fn what_the_system_says_is_told_in_both_languages() {
        use std::io::ErrorKind as Kind;
        let of = |kind: Kind, lang| render(&told(&kind.into()), lang);
        assert_eq!(of(Kind::PermissionDenied, Lang::ZhCn), "本账号没有权限");
        assert_eq!(of(Kind::StorageFull, Lang::En), "the disk is full");
        assert_eq!(of(Kind::NotADirectory, Lang::ZhCn), "没有这个目录");
    }
}
