//! The engine's place: the directory of its socket and of its file of columns.
#![expect(clippy::disallowed_methods, reason = "the engine's own directory and file")]

use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::cli::{Context, Failure};
use crate::domain::hash::ContentHash;
use crate::engine::{Columns, file};
use crate::store::Target;
use crate::store::engine::Socket;

/// Where the engine of one database has what is its own.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    directory: PathBuf,
    name: String,
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
        Ok(Self { directory: context.settings.data_dir.join("engine"), name })
    }

    pub(crate) fn socket(&self) -> Socket {
        Socket(self.directory.join(format!("{}.sock", self.name)))
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.directory.join(format!("{}.columns", self.name))
    }

    /// Makes the directory. Everybody may pass it to the socket, where a ticket is asked for; the file in it is the
    /// service account's alone. Nobody else may put anything there, or he could answer in the engine's stead.
    pub(super) fn make(&self) -> std::io::Result<()> {
        if let Some(above) = self.directory.parent() {
            std::fs::create_dir_all(above)?;
        }
        match std::fs::DirBuilder::new().mode(0o755).create(&self.directory) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            done => done,
        }
    }

    /// The columns of the file, if there is one that is whole.
    pub(super) async fn read(&self) -> Option<Columns> {
        let path = self.file();
        tokio::task::spawn_blocking(move || read_whole(&path)).await.ok().flatten()
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

fn read_whole(path: &Path) -> Option<Columns> {
    let opened = std::fs::File::open(path).ok()?;
    let size = opened.metadata().ok()?.len();
    match file::read(&mut std::io::BufReader::new(opened), size) {
        Ok(columns) => Some(columns),
        Err(fault) => {
            tracing::warn!(%fault, "the file of columns is refused and made anew");
            None
        }
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
