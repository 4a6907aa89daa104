//! Files that are whole or not there: written aside in the same folder, and put in their place when done.

use std::fs::File;
use std::io;
use std::path::Path;

use tempfile::{NamedTempFile, PersistError};

/// What passing names begin and end with.
const PREFIX: &str = ".ponderscope-";
const SUFFIX: &str = ".partial";

/// Removes what processes that were killed have left in a folder that nobody else writes to.
///
/// # Errors
/// What the system says.
pub fn clear(folder: &Path) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX)) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes the file that will stand at `path`, under a passing name beside it. When dropped before [`persist`],
/// nothing is left of it.
///
/// # Errors
/// What the system says, without the passing name, which nobody knows.
pub fn create(path: &Path) -> io::Result<NamedTempFile> {
    let folder = folder_of(path)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // Temporary files are private by default; these are as any new file, less what the umask takes away.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(|error| error.kind().into())
}

/// The folder that a file is to stand in.
///
/// # Errors
/// [`io::ErrorKind::NotFound`], in words that name the folder.
pub fn folder_of(path: &Path) -> io::Result<&Path> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match folder.is_dir() {
        true => Ok(folder),
        false => {
            let reason = format!("there is no folder {}", folder.display());
            Err(io::Error::new(io::ErrorKind::NotFound, reason))
        }
    }
}

/// Puts a file in its place, once all of it is on the disk; what stood there is replaced.
///
/// # Errors
/// What the system says; what stood there before is as it was, and nothing else is left.
pub fn persist(aside: NamedTempFile, path: &Path) -> io::Result<()> {
    place(aside, |aside| aside.persist(path))
}

/// Puts a file in its place, once all of it is on the disk, if no other stands there.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`], and as [`persist`].
pub fn persist_new(aside: NamedTempFile, path: &Path) -> io::Result<()> {
    place(aside, |aside| aside.persist_noclobber(path))
}

fn place(
    aside: NamedTempFile,
    rename: impl FnOnce(NamedTempFile) -> Result<File, PersistError>,
) -> io::Result<()> {
    aside.as_file().sync_all()?;
    rename(aside).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_takes_its_place_whole_and_only_as_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps");
        let written = |text: &str| {
            let mut aside = create(&path).unwrap();
            aside.write_all(text.as_bytes()).unwrap();
            aside
        };
        persist_new(written("first"), &path).unwrap();
        drop(written("never"));
        assert_eq!(persist_new(written("second"), &path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        persist(written("third"), &path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"third");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_left_half_written_is_cleared_away_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps");
        persist_new(create(&path).unwrap(), &path).unwrap();
        create(&path).unwrap().keep().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        clear(folder.path()).unwrap();
        assert!(path.exists() && std::fs::read_dir(folder.path()).unwrap().count() == 1);
    }

    #[test]
    fn an_error_names_no_passing_file() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let error = create(&gone.join("maps")).unwrap_err().to_string();
        assert_eq!(error, format!("there is no folder {}", gone.display()));
    }
}
