//! A checkpoint in a `.tar.gz`, as the pretrained models are published: its files are unpacked into a temporary folder.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType};
use tempfile::TempDir;

use super::{WeightsError, locate};

/// What an archive may unpack to; a training checkpoint of ResNet-200 has about half a gigabyte.
const MAX_BYTES: u64 = 4 << 30;
/// What the headers of one entry may take, long names included.
const MAX_HEADERS: u64 = 64 << 10;
const MAX_ENTRIES: usize = 10_000;

/// An unpacked checkpoint; its files are deleted when this is dropped.
pub(super) struct Unpacked {
    folder: TempDir,
    archive: String,
}

/// Which of a checkpoint's files are wanted.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Wanted {
    Index,
    IndexAndData,
}

/// Unpacks the files of a checkpoint. Only their names count, wherever in the archive they lie: nothing in an archive
/// decides where a file is written.
pub(super) fn unpack(path: &Path, wanted: Wanted) -> Result<Unpacked, WeightsError> {
    let archive = path.display().to_string();
    let damaged = |problem: String| WeightsError::Damaged { file: archive.clone(), problem };
    let file = File::open(path).map_err(|reason| WeightsError::Read { file: archive.clone(), reason })?;
    let folder = tempfile::tempdir()
        .map_err(|reason| WeightsError::Write { file: std::env::temp_dir().display().to_string(), reason })?;

    let allowance = Allowance::default();
    let metered =
        Metered { inner: MultiGzDecoder::new(io::BufReader::new(file)), allowance: allowance.clone() };
    let mut tar = Archive::new(metered);
    allowance.grant(MAX_HEADERS);
    for (count, entry) in tar.entries().map_err(|error| damaged(error.to_string()))?.enumerate() {
        let mut entry = entry.map_err(|error| damaged(error.to_string()))?;
        if count == MAX_ENTRIES || !allowance.grant(entry.size().saturating_add(MAX_HEADERS)) {
            return Err(WeightsError::NotAModel {
                file: archive,
                found: format!("an archive of more than {MAX_ENTRIES} files or {} GiB", MAX_BYTES >> 30),
            });
        }
        let Some(name) = checkpoint_file(&entry, wanted) else { continue };
        let target = folder.path().join(&name);
        let mut file = File::create_new(&target).map_err(|reason| match reason.kind() {
            io::ErrorKind::AlreadyExists => WeightsError::Folder {
                folder: archive.clone(),
                problem: format!(
                    "holds several files called {name}: unpack it and give the prefix of one checkpoint"
                ),
            },
            _ => WeightsError::Write { file: target.display().to_string(), reason },
        })?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match entry.read(&mut buffer).map_err(|error| damaged(error.to_string()))? {
                0 => break,
                length => file
                    .write_all(&buffer[..length])
                    .map_err(|reason| WeightsError::Write { file: target.display().to_string(), reason })?,
            }
        }
    }
    Ok(Unpacked { folder, archive })
}

impl Unpacked {
    /// The checkpoint's prefix on disk, and as errors name it.
    pub(super) fn prefix(&self) -> Result<(PathBuf, String), WeightsError> {
        let prefix = locate::checkpoint_in(self.folder.path(), &self.archive)?;
        if prefix.parent() != Some(self.folder.path()) {
            let problem = "has a `checkpoint` file that names a checkpoint outside of it".to_owned();
            return Err(WeightsError::Folder { folder: self.archive.clone(), problem });
        }
        let name = prefix.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok((prefix, format!("{}/{name}", self.archive)))
    }
}

/// The last component of an entry's path, if that is a file of a checkpoint.
fn checkpoint_file(entry: &tar::Entry<'_, impl Read>, wanted: Wanted) -> Option<String> {
    if !matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Continuous) {
        return None;
    }
    let path = entry.path_bytes();
    let name = str::from_utf8(path.rsplit(|&byte| matches!(byte, b'/' | b'\\')).next()?).ok()?;
    let is_index = name == "checkpoint" || name.ends_with(".index");
    let is_data = wanted == Wanted::IndexAndData && name.contains(".data-");
    ((is_index || is_data && locate::part_of_checkpoint(name).is_some()) && !name.starts_with('.'))
        .then(|| name.to_owned())
}

/// How many more decompressed bytes may be read: the sizes of the entries so far, and a little for each one's headers.
/// So neither a bomb nor an endless header gets far.
#[derive(Clone, Default)]
struct Allowance(Rc<Cell<Granted>>);

#[derive(Clone, Copy, Default)]
struct Granted {
    left: u64,
    total: u64,
}

impl Allowance {
    /// Allows `bytes` more, unless that is too much in all.
    fn grant(&self, bytes: u64) -> bool {
        let Granted { left, total } = self.0.get();
        let Some(total) = total.checked_add(bytes).filter(|&total| total <= MAX_BYTES) else { return false };
        self.0.set(Granted { left: left + bytes, total });
        true
    }
}

struct Metered<R> {
    inner: R,
    allowance: Allowance,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Granted { left, total } = self.allowance.0.get();
        if left == 0 {
            return Err(io::Error::other("an entry has larger headers than a model's archive needs"));
        }
        let length = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self.inner.read(&mut buffer[..length])?;
        self.allowance.0.set(Granted { left: left - read as u64, total });
        Ok(read)
    }
}
