//! The file of rows that were not taken. It holds values as they came, names and phones too: only its owner can read
//! it, and it never takes another's place. Each row is in the system's hands before the next one is judged, so that a
//! full disk fails the run and loses no line.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::domain::segment::list::harmless;

/// How many earlier reject files may stand beside an outcome file.
const EARLIER: u32 = 10_000;

/// The reject file of one run, made when the first row needs it.
#[derive(Debug)]
pub struct RejectFile {
    path: PathBuf,
    header: &'static [&'static str],
    /// A name that is taken gives way to the next number.
    numbered: bool,
    writer: Option<csv::Writer<File>>,
}

impl RejectFile {
    /// A file of exactly this name; if there is one already, the first reject fails.
    #[must_use]
    pub fn at(path: PathBuf, header: &'static [&'static str]) -> Self {
        Self { path, header, numbered: false, writer: None }
    }

    /// `FILE.rejects.csv` beside `file`, or `FILE.rejects-2.csv` and so on where earlier ones stand.
    #[must_use]
    pub fn beside(file: &Path, header: &'static [&'static str]) -> Self {
        Self { numbered: true, ..Self::at(file.to_owned(), header) }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// If it cannot be written, with the path.
    pub fn write(&mut self, cells: &[&str]) -> io::Result<()> {
        let written = match &mut self.writer {
            Some(writer) => write(writer, cells),
            None => self.begin().and_then(|writer| write(writer, cells)),
        };
        written.map_err(|error| self.named(&error))
    }

    /// Ends the file, and gives its path if there is one.
    ///
    /// # Errors
    /// If what was written cannot be kept.
    pub fn finish(&mut self) -> io::Result<Option<String>> {
        let Some(mut writer) = self.writer.take() else { return Ok(None) };
        let kept = writer.flush().and_then(|()| match writer.get_ref().sync_all() {
            // A pipe or a device has nothing to keep.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            done => done,
        });
        kept.map_err(|error| self.named(&error))?;
        Ok(Some(self.path.display().to_string()))
    }

    /// Takes the file away again: the run has failed, and nothing of it stands.
    pub fn discard(&mut self) {
        if self.writer.take().is_some()
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(%error, "a reject file was left");
        }
    }

    fn begin(&mut self) -> io::Result<&mut csv::Writer<File>> {
        let file = if self.numbered { self.next()? } else { create(&self.path)? };
        let writer = self.writer.insert(csv::Writer::from_writer(file));
        write(writer, self.header)?;
        Ok(writer)
    }

    /// The first free name.
    fn next(&mut self) -> io::Result<File> {
        let beside = self.path.clone();
        for number in 1..EARLIER {
            let mut name = beside.clone().into_os_string();
            name.push(match number {
                1 => ".rejects.csv".to_owned(),
                _ => format!(".rejects-{number}.csv"),
            });
            match create(Path::new(&name)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => {
                    self.path = name.into();
                    return made;
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn named(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.path.display()))
    }
}

fn create(path: &Path) -> io::Result<File> {
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        // What lies above is not the file's to close: a private cluster's own user passes the data directory.
        if let Some(above) = dir.parent().filter(|above| !above.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o755).create(above)?;
        }
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// What stands in the file came from outside, and will be opened in a spreadsheet.
fn write(writer: &mut csv::Writer<File>, cells: &[&str]) -> io::Result<()> {
    writer.write_record(cells.iter().map(|cell| harmless(cell)))?;
    writer.flush()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests read what was written")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const HEADER: &[&str] = &["line", "reason"];

    #[test]
    fn what_was_rejected_acts_in_no_spreadsheet() {
        let dir = tempfile::tempdir().unwrap();
        let mut rejects = RejectFile::beside(&dir.path().join("o.csv"), HEADER);
        rejects.write(&["-7", "=cmd()|x"]).unwrap();
        let path = rejects.finish().unwrap().unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "line,reason\n-7,'=cmd()|x\n");
    }

    #[test]
    fn only_its_owner_reads_it_and_an_earlier_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let outcomes = dir.path().join("o.csv");
        for (row, name) in [("1", "o.csv.rejects.csv"), ("2", "o.csv.rejects-2.csv")] {
            let mut rejects = RejectFile::beside(&outcomes, HEADER);
            rejects.write(&[row, "x"]).unwrap();
            let path = rejects.finish().unwrap().unwrap();
            assert_eq!(Path::new(&path), dir.path().join(name));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("line,reason\n{row},x\n"));
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn the_directory_above_can_be_passed_and_its_own_cannot() {
        let dir = tempfile::tempdir().unwrap();
        let above = dir.path().join("data");
        let mut rejects = RejectFile::at(above.join("rejects").join("o.csv"), HEADER);
        rejects.write(&["1", "x"]).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&above) & 0o111, 0o111);
        assert_eq!(mode(&above.join("rejects")), 0o700);
    }

    #[test]
    fn a_name_that_was_asked_for_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kept.csv");
        std::fs::write(&path, "earlier").unwrap();
        let mut rejects = RejectFile::at(path.clone(), HEADER);
        let error = rejects.write(&["1", "x"]).unwrap_err();
        assert!(error.to_string().contains("kept.csv"), "{error}");
        rejects.discard();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "earlier");
    }

    #[test]
    fn without_a_reject_there_is_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut rejects = RejectFile::beside(&dir.path().join("o.csv"), HEADER);
        assert_eq!(rejects.finish().unwrap(), None);
        rejects.discard();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_at_the_row_that_does_not_fit() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut rejects = RejectFile::at("/dev/full".into(), HEADER);
        rejects.writer = Some(csv::Writer::from_writer(full));
        let error = rejects.write(&["1", "x"]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{error}");
    }
}
