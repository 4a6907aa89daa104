//! A file's bytes as memory: loading copies each value once, from the system's page cache to where it stays, on all threads.
//!
//! That a mapped file stays as it is, no program can promise. Here it is sound enough, because:
//! - nothing is checked in a map and believed afterwards. What places and shapes come from (a safetensors header, a checkpoint's
//!   index) is read into memory of our own;
//! - values are only copied out of a map, and any bits are a value. A file that is overwritten meanwhile gives wrong values or a
//!   wrong checksum, as it would give them when read piece by piece;
//! - a map lives no longer than the copying takes, a fraction of a second.
//!
//! What remains: a file that is cut short in that time, or lies on a disk that fails in it, ends the program on Unix (`SIGBUS`)
//! instead of giving an error. Windows does not let a mapped file be cut short.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

/// Opens a file.
///
/// # Errors
/// What the system says; and what is no file, such as a folder, is refused.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !kind.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    Ok(file)
}

/// Maps all of a file; an empty one gives no bytes.
///
/// # Errors
/// What the system says.
#[expect(unsafe_code, reason = "mapping a file promises that nobody changes it, which no program can")]
pub(super) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is read-only and dropped once values are copied out of it; what becomes of a file that changes
    // meanwhile, the top of this file says.
    unsafe { Mmap::map(file) }
}
