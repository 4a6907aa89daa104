//! Sorted tables, the format of a checkpoint's `.index` file.
//!
//! TensorFlow took the format over from LevelDB (`doc/table_format.md` there): data blocks, a metaindex block, an index
//! block that holds one handle a data block, and a footer with the handles of those two. We read all entries in
//! order and verify every block's checksum. Of the ready-made readers, `sstable` passes over damaged blocks in silence
//! and panics on short ones, so this one is our own.

use std::borrow::Cow;

/// A key and its value.
pub(super) type Entry = (Vec<u8>, Vec<u8>);

/// What is wrong with a table.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum TableError {
    #[error("it does not end with a table's footer, so it is truncated or no checkpoint index")]
    Footer,
    #[error(
        "a block of {size} bytes is expected at byte {offset}, found only {available} bytes before the footer"
    )]
    OutOfBounds { offset: usize, size: usize, available: usize },
    #[error("the block at byte {offset} has checksum {found:08x}, expected {expected:08x}")]
    Checksum { offset: usize, expected: u32, found: u32 },
    #[error("the block at byte {offset} is compressed in an unknown way ({kind})")]
    Compression { offset: usize, kind: u8 },
    #[error("the block at byte {offset} cannot be decompressed ({problem})")]
    Decompress { offset: usize, problem: String },
    #[error("an entry of a block is cut short or malformed")]
    Entry,
    #[error("its keys are not in ascending order")]
    Order,
    #[error("it has more than {MAX_ENTRIES} entries, or a key of more than {MAX_KEY} bytes")]
    TooLarge,
}

/// What a table ends with.
pub(super) const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
const FOOTER: usize = 48;
/// A byte that names the compression, and the checksum.
const TRAILER: usize = 5;
/// Shared prefixes let a small file spell out many long keys; no network comes near these limits.
const MAX_KEY: usize = 1024;
const MAX_ENTRIES: usize = 100_000;
/// Snappy never shrinks more than this.
const MAX_EXPANSION: usize = 32;

/// A CRC-32C as tables and checkpoints store it, so that a checksum of data that holds checksums stays sound.
pub(super) fn masked(checksum: u32) -> u32 {
    checksum.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// All entries of the table in `file`, in ascending order of their keys.
pub(super) fn entries(file: &[u8]) -> Result<Vec<Entry>, TableError> {
    let (body, footer) = file.split_last_chunk::<FOOTER>().ok_or(TableError::Footer)?;
    let mut footer = footer.strip_suffix(&MAGIC).ok_or(TableError::Footer)?;
    let metaindex = Handle::decode(&mut footer)?;
    let index = Handle::decode(&mut footer)?;
    // Nothing in the metaindex concerns us, but damage there is damage.
    read_block(body, metaindex)?;

    let mut entries: Vec<Entry> = Vec::new();
    let mut unread_from = 0;
    for (_, handle) in block_entries(&read_block(body, index)?)? {
        let handle = Handle::decode(&mut handle.as_slice())?;
        if handle.offset < unread_from {
            return Err(TableError::Order);
        }
        let block = read_block(body, handle)?;
        unread_from = handle.offset + handle.size;
        entries.extend(block_entries(&block)?);
        if entries.len() > MAX_ENTRIES {
            return Err(TableError::TooLarge);
        }
    }
    if !entries.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(TableError::Order);
    }
    Ok(entries)
}

/// Where a block lies; its trailer follows it.
#[derive(Clone, Copy)]
struct Handle {
    offset: usize,
    size: usize,
}

impl Handle {
    fn decode(bytes: &mut &[u8]) -> Result<Self, TableError> {
        Ok(Self { offset: varint(bytes)?, size: varint(bytes)? })
    }
}

/// The contents of a block, verified and decompressed.
fn read_block(body: &[u8], Handle { offset, size }: Handle) -> Result<Cow<'_, [u8]>, TableError> {
    let found = body.get(offset..).unwrap_or_default();
    let stored = size.checked_add(TRAILER).and_then(|size| found.get(..size));
    let Some((checked, &checksum)) = stored.and_then(|stored| stored.split_last_chunk::<4>()) else {
        return Err(TableError::OutOfBounds { offset, size, available: found.len() });
    };
    let expected = u32::from_le_bytes(checksum);
    let found = masked(crc32c::crc32c(checked));
    if found != expected {
        return Err(TableError::Checksum { offset, expected, found });
    }
    let (contents, kind) = checked.split_at(size);
    match kind[0] {
        0 => Ok(Cow::Borrowed(contents)),
        1 => Ok(Cow::Owned(
            decompress(contents).map_err(|problem| TableError::Decompress { offset, problem })?,
        )),
        kind => Err(TableError::Compression { offset, kind }),
    }
}

fn decompress(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let length = snap::raw::decompress_len(bytes).map_err(|error| error.to_string())?;
    if length / MAX_EXPANSION > bytes.len() {
        return Err(format!("{length} bytes cannot come out of {}", bytes.len()));
    }
    snap::raw::Decoder::new().decompress_vec(bytes).map_err(|error| error.to_string())
}

/// The entries of a block: each a length shared with the key before, lengths of the rest of the key and of the value, and
/// these two; then an array of restart points for binary search, which reading in order does not need.
fn block_entries(block: &[u8]) -> Result<Vec<Entry>, TableError> {
    let (block, restarts) = block.split_last_chunk::<4>().ok_or(TableError::Entry)?;
    let restart_bytes = (u32::from_le_bytes(*restarts) as usize).checked_mul(4).ok_or(TableError::Entry)?;
    let end = block.len().checked_sub(restart_bytes).ok_or(TableError::Entry)?;
    let mut rest = &block[..end];

    let mut entries = Vec::new();
    let mut key = Vec::new();
    while !rest.is_empty() {
        let shared = varint(&mut rest)?;
        let unshared = varint(&mut rest)?;
        let value = varint(&mut rest)?;
        if shared > key.len() {
            return Err(TableError::Entry);
        }
        key.truncate(shared);
        key.extend_from_slice(rest.split_off(..unshared).ok_or(TableError::Entry)?);
        let value = rest.split_off(..value).ok_or(TableError::Entry)?;
        if key.len() > MAX_KEY || entries.len() == MAX_ENTRIES {
            return Err(TableError::TooLarge);
        }
        entries.push((key.clone(), value.to_vec()));
    }
    Ok(entries)
}

fn varint(bytes: &mut &[u8]) -> Result<usize, TableError> {
    prost::decode_length_delimiter(bytes).map_err(|_| TableError::Entry)
}
