//! Data sets from the web: downloaded, held against the published checksum, unpacked aside and put in their place.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use md5::{Digest, Md5};
use tar::{Archive, Entry, EntryType};
use tempfile::TempDir;

use super::cifar10::{self, BATCH_BYTES, BATCHES, BatchFault, CLASS_NAMES, FOLDER};
use crate::jobs::Cancel;
use crate::message::first_line;

/// CIFAR-10 in its binary format, as its makers publish it.
pub const CIFAR10: Published<'static> = Published {
    url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    md5: "c32a1d4ab5d03f1284b67883e8d87530",
};

/// What an archive may have, packed and unpacked; CIFAR-10 has 170 and 184 MB.
const MAX_BYTES: u64 = 256 << 20;
/// How long a silent server is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a download that stands still looks whether it was cancelled.
const GLANCE: Duration = Duration::from_millis(100);

/// An archive on the web.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    pub url: &'a str,
    /// The whole archive's MD5 in hexadecimal digits.
    pub md5: &'a str,
}

/// How far a download has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Downloaded {
    pub bytes: u64,
    /// If the server tells.
    pub total: Option<u64>,
}

/// Where the data set is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was there and is whole; nothing was fetched.
    AlreadyThere(PathBuf),
    Written(PathBuf),
}

/// Why a data set could not be fetched; whatever it was, no file is half-written.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error(
        "cannot download {url} ({reason}): check the connection, or fetch the file otherwise and name it with \
         --archive"
    )]
    Download { url: String, reason: String },
    #[error("cannot read {archive} ({reason}): check the path and that the file may be read")]
    Read { archive: String, reason: io::Error },
    #[error(
        "{archive} is not the archive that was published, or is cut short (its MD5 is {found}, expected {expected}): \
         fetch it again, or fetch it otherwise and name it with --archive"
    )]
    Checksum { archive: String, found: String, expected: String },
    #[error("{archive} cannot be unpacked ({problem}): fetch it again")]
    Damaged { archive: String, problem: String },
    #[error(
        "{archive} does not hold CIFAR-10 ({file} {fault}): name cifar-10-binary.tar.gz as it was published"
    )]
    NotCifar10 { archive: String, file: &'static str, fault: BatchFault },
    #[error("cannot write {path} ({reason}): make room there, or choose another place")]
    Write { path: String, reason: io::Error },
    #[error("cancelled: {path} is as it was before")]
    Cancelled { path: String },
}

/// Puts CIFAR-10 into `folder`, as `cifar-10-batches-bin`, unless it is there and whole already. The archive is
/// `archive` where there is one, else it is downloaded; `progress` hears how far that is. What is not whole is replaced
/// when the new files are.
///
/// # Errors
/// Every [`FetchError`].
pub fn cifar10(
    published: &Published,
    archive: Option<&Path>,
    folder: &Path,
    cancel: &Cancel,
    progress: impl FnMut(Downloaded),
) -> Result<Outcome, FetchError> {
    let target = match cifar10::locate(folder) {
        Some(found) if cifar10::verify(&found).is_ok() => return Ok(Outcome::AlreadyThere(found)),
        found => found.unwrap_or_else(|| folder.join(FOLDER)),
    };
    let path = folder.display().to_string();
    let write = |reason| FetchError::Write { path: path.clone(), reason };
    let check = || {
        let cancelled = cancel.is_cancelled();
        if cancelled { Err(FetchError::Cancelled { path: path.clone() }) } else { Ok(()) }
    };

    let _made = MadeFolders::on_the_way_to(folder).map_err(write)?;
    let (name, mut file) = match archive {
        Some(archive) => {
            let name = archive.display().to_string();
            let file = File::open(archive);
            (name.clone(), file.map_err(|reason| FetchError::Read { archive: name, reason })?)
        }
        None => {
            // Has no name, so that nothing is left of it even after a crash.
            let mut file = tempfile::tempfile_in(folder).map_err(write)?;
            download(published.url, progress, check, |piece| file.write_all(piece).map_err(write))?;
            file.rewind().map_err(write)?;
            (published.url.to_owned(), file)
        }
    };
    let read = |reason| FetchError::Read { archive: name.clone(), reason };
    let found = md5_of(&file).map_err(read)?;
    if !found.eq_ignore_ascii_case(published.md5) {
        let expected = published.md5.to_owned();
        return Err(FetchError::Checksum { archive: name, found, expected });
    }
    file.rewind().map_err(read)?;

    let aside = folder_aside(folder).map_err(write)?;
    unpack(&file, &name, check, |name, bytes| {
        let mut file = File::create_new(aside.path().join(name)).map_err(write)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(write)
    })?;
    check()?;
    place(&aside, &target)
        .map_err(|reason| FetchError::Write { path: target.display().to_string(), reason })?;
    Ok(Outcome::Written(target))
}

/// Downloads a file and hands it over piece by piece; `check` is asked often, and its error ends the download at once,
/// however silent the server.
fn download(
    url: &str,
    mut progress: impl FnMut(Downloaded),
    check: impl Fn() -> Result<(), FetchError>,
    mut take: impl FnMut(&[u8]) -> Result<(), FetchError>,
) -> Result<(), FetchError> {
    let failed = |reason| FetchError::Download { url: url.to_owned(), reason };
    let (sender, pieces) = mpsc::sync_channel(16);
    let address = url.to_owned();
    // Reading waits for the server and cannot be interrupted, so another thread does it; it ends with its next piece
    // once nobody takes them.
    thread::Builder::new()
        .name("download".to_owned())
        .spawn(move || {
            if let Err(error) = receive(&address, &sender) {
                sender.send(Piece::Failed(error)).ok();
            }
        })
        .map_err(|error| failed(error.to_string()))?;

    let mut downloaded = Downloaded { bytes: 0, total: None };
    loop {
        check()?;
        match pieces.recv_timeout(GLANCE) {
            Ok(Piece::Total(total)) => downloaded.total = total,
            Ok(Piece::Bytes(bytes)) => {
                take(&bytes)?;
                downloaded.bytes += bytes.len() as u64;
                progress(downloaded);
            }
            Ok(Piece::Failed(error)) => return Err(failed(first_line(&error.into_io()))),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// What the thread that reads has to tell; when it has no more, the file is whole.
enum Piece {
    Total(Option<u64>),
    Bytes(Vec<u8>),
    Failed(ureq::Error),
}

/// Reads the file at `url` until its end, or until nobody takes the pieces any more.
fn receive(url: &str, pieces: &SyncSender<Piece>) -> Result<(), ureq::Error> {
    let response = ureq::get(url)
        .config()
        .timeout_resolve(Some(PATIENCE))
        .timeout_connect(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .build()
        .call()?;
    let body = response.into_body();
    let mut taken = pieces.send(Piece::Total(body.content_length())).is_ok();
    let mut body = body.into_with_config().limit(MAX_BYTES).reader();
    let mut buffer = vec![0; 1 << 16];
    while taken {
        match body.read(&mut buffer)? {
            0 => break,
            length => taken = pieces.send(Piece::Bytes(buffer[..length].to_vec())).is_ok(),
        }
    }
    Ok(())
}

fn md5_of(file: &File) -> io::Result<String> {
    let mut hasher = Md5::new();
    io::copy(&mut file.take(MAX_BYTES), &mut hasher)?;
    Ok(format!("{:x}", hasher.finalize()))
}

/// Hands over CIFAR-10's files, each whole and checked. Nothing in the archive decides what they are called, and what
/// else it holds is passed over.
fn unpack(
    archive: &File,
    name: &str,
    check: impl Fn() -> Result<(), FetchError>,
    mut take: impl FnMut(&str, &[u8]) -> Result<(), FetchError>,
) -> Result<(), FetchError> {
    let damaged =
        |error: io::Error| FetchError::Damaged { archive: name.to_owned(), problem: first_line(&error) };
    let not_cifar10 = |file, fault| FetchError::NotCifar10 { archive: name.to_owned(), file, fault };
    let mut wanted: Vec<_> = files().collect();
    let mut tar = Archive::new(MultiGzDecoder::new(BufReader::new(archive)).take(MAX_BYTES));
    for entry in tar.entries().map_err(damaged)? {
        check()?;
        let mut entry = entry.map_err(damaged)?;
        let Some(at) = wanted.iter().position(|file| is_file(&entry, file)) else { continue };
        let file = wanted.swap_remove(at);
        let found = entry.size();
        if found > BATCH_BYTES as u64 {
            return Err(not_cifar10(file, BatchFault::Length { found }));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(damaged)?;
        if BATCHES.contains(&file) {
            cifar10::check(&bytes).map_err(|fault| not_cifar10(file, fault))?;
        }
        take(file, &bytes)?;
        if wanted.is_empty() {
            return Ok(());
        }
    }
    wanted.first().map_or(Ok(()), |&file| Err(not_cifar10(file, BatchFault::Missing)))
}

fn is_file(entry: &Entry<impl Read>, name: &str) -> bool {
    let path = entry.path_bytes();
    let path = path.strip_prefix(b"./").unwrap_or(&path);
    entry.header().entry_type() == EntryType::Regular && path == format!("{FOLDER}/{name}").as_bytes()
}

/// Names of the files that make up CIFAR-10.
fn files() -> impl Iterator<Item = &'static str> {
    BATCHES.into_iter().chain([CLASS_NAMES])
}

/// A folder under a passing name in `folder`, which is deleted when dropped.
fn folder_aside(folder: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ponderscope-").suffix(".partial");
    // Temporary folders are private by default; this one is as any new folder, less what the umask takes away.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(folder)
}

/// Moves the files to where they belong: the folder as it is, or into the one that stands there, each in one step.
fn place(aside: &TempDir, target: &Path) -> io::Result<()> {
    if target.is_dir() {
        files().try_for_each(|name| fs::rename(aside.path().join(name), target.join(name)))
    } else {
        fs::rename(aside.path(), target)
    }
}

/// Folders that were made; those that are still empty when this is dropped are removed again.
struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    /// Makes `folder` and the folders that it lies in, as far as there are none.
    fn on_the_way_to(folder: &Path) -> io::Result<Self> {
        let absent = folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists());
        let made = Self(absent.map(Path::to_owned).collect());
        fs::create_dir_all(folder)?;
        Ok(made)
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            // Fails where something is in it, as it should.
            fs::remove_dir(folder).ok();
        }
    }
}
