//! TFRecord files: records one after the other, each with its length, and a checksum of that and of its data.
//!
//! The crate `tfrecord`, which writes TensorBoard's files, does not read them here: its index either believes every length or
//! reads all data to check it, and it reads a single record without looking at the checksum, into as much memory as the file
//! asks for.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A record's length and the checksum of it.
const HEADER_BYTES: u64 = 12;
/// The checksum behind the data.
const FOOTER_BYTES: u64 = 4;
/// No record is larger: many times any picture's file.
const MAX_RECORD_BYTES: u64 = 256 << 20;

/// Why a TFRecord file, or one of its records, cannot be used; records count from 0.
#[derive(Debug, thiserror::Error)]
pub enum TfRecordError {
    #[error("cannot read {file} ({reason}): check the path and that the file may be read")]
    Read { file: String, reason: io::Error },
    #[error("{file} is not a TFRecord file: name files of tf.train.Example records, or pictures")]
    NotTfRecord { file: String },
    #[error("{file} is compressed: unpack it with gunzip first")]
    Compressed { file: String },
    #[error("{file} has no records: name a TFRecord file that holds pictures")]
    Empty { file: String },
    #[error("{file} is cut short in record {record}: copy or download the file again")]
    CutShort { file: String, record: usize },
    #[error("{file} is damaged at the length of record {record}: copy or download the file again")]
    Length { file: String, record: usize },
    #[error(
        "record {record} of {file} claims {bytes} bytes, more than the {} MiB allowed: write a record for each picture",
        MAX_RECORD_BYTES >> 20
    )]
    TooLarge { file: String, record: usize, bytes: u64 },
    #[error("record {record} of {file} is damaged: copy or download the file again")]
    Data { file: String, record: usize },
    #[error("record {record} of {file} is no tf.train.Example ({reason}): write pictures as such records")]
    NotExample { file: String, record: usize, reason: String },
    #[error(
        "record {record} of {file} has no `{key}`: write the picture as a PNG or JPEG file under this key"
    )]
    MissingKey { file: String, record: usize, key: &'static str },
    #[error(
        "record {record} of {file} has label {label}, expected 0 to {last}: put the right `labels.txt` beside it"
    )]
    Label { file: String, record: usize, label: i64, last: usize },
    #[error("line {line} of {file} is not `{expected}:` and a name: list a class a line, from 0:")]
    ClassLine { file: String, line: usize, expected: usize },
}

/// A TFRecord file whose records have been found and not read.
#[derive(Debug)]
pub(super) struct Shard {
    path: PathBuf,
    /// Where each record begins.
    offsets: Vec<u64>,
}

/// Whether a file's name says that it holds records: `x.tfrecord`, `train-00000-of-01024`.
pub(super) fn is_named_so(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_shard = name.rsplit_once("-of-").is_some_and(|(before, count)| {
        let number = before.rsplit_once('-').map_or("", |(_, number)| number);
        // TensorFlow's checkpoints count their parts in the same way.
        is_number(count) && is_number(number) && !name.contains(".data-")
    });
    name.contains(".tfrecord") || is_shard
}

/// Whether a file begins like one of records: with a length and the right checksum of it.
///
/// # Errors
/// What the system says.
pub(super) fn begins_so(path: &Path) -> io::Result<bool> {
    let mut header = Vec::new();
    File::open(path)?.take(HEADER_BYTES).read_to_end(&mut header)?;
    Ok(header.first_chunk().is_some_and(|header| length_in(header).is_some()))
}

impl Shard {
    /// Finds the records, from one length to the next; their data is not read.
    ///
    /// # Errors
    /// A file that cannot be read or is none of records; a length that is damaged, too large or reaches beyond the file.
    pub fn open(path: &Path) -> Result<Self, TfRecordError> {
        let mut shard = Self { path: path.to_owned(), offsets: Vec::new() };
        let (file, end) = shard.file()?;
        let mut reader = BufReader::new(file);
        let start = reader.fill_buf().map_err(|reason| shard.unreadable(reason))?;
        let is_whole = start.first_chunk().is_some_and(|header| length_in(header).is_some());
        if start.starts_with(b"\x1f\x8b") {
            return Err(TfRecordError::Compressed { file: shard.name() });
        }
        if end > 0 && !is_whole {
            return Err(TfRecordError::NotTfRecord { file: shard.name() });
        }
        let mut offset = 0;
        while offset < end {
            let length = shard.length(&mut reader, shard.len(), end - offset)?;
            shard.offsets.push(offset);
            let rest = length + FOOTER_BYTES;
            reader.seek_relative(rest as i64).map_err(|reason| shard.unreadable(reason))?;
            offset += HEADER_BYTES + rest;
        }
        Ok(shard)
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// The file's path, as errors have it.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The data of a record, verified.
    ///
    /// # Errors
    /// A record that is damaged or not there any more.
    pub fn read(&self, record: usize) -> Result<Vec<u8>, TfRecordError> {
        let cut_short = || TfRecordError::CutShort { file: self.name(), record };
        let offset = *self.offsets.get(record).ok_or_else(cut_short)?;
        let (mut file, end) = self.file()?;
        file.seek(SeekFrom::Start(offset)).map_err(|reason| self.unreadable(reason))?;
        let length = self.length(&mut file, record, end.saturating_sub(offset))?;
        let mut data = vec![0; (length + FOOTER_BYTES) as usize];
        file.read_exact(&mut data).map_err(|reason| self.read_failed(reason, record))?;
        let (data_part, checksum) = data.split_last_chunk().ok_or_else(cut_short)?;
        if masked_checksum(data_part) != u32::from_le_bytes(*checksum) {
            return Err(TfRecordError::Data { file: self.name(), record });
        }
        data.truncate(length as usize);
        Ok(data)
    }

    /// Reads the length of a record, which has `left` bytes to be in: never more than these hold.
    fn length(&self, reader: &mut impl Read, record: usize, left: u64) -> Result<u64, TfRecordError> {
        let mut header = [0; HEADER_BYTES as usize];
        reader.read_exact(&mut header).map_err(|reason| self.read_failed(reason, record))?;
        let file = self.name();
        let bytes = length_in(&header).ok_or_else(|| TfRecordError::Length { file: self.name(), record })?;
        if bytes > MAX_RECORD_BYTES {
            return Err(TfRecordError::TooLarge { file, record, bytes });
        }
        if HEADER_BYTES + bytes + FOOTER_BYTES > left {
            return Err(TfRecordError::CutShort { file, record });
        }
        Ok(bytes)
    }

    /// The file, opened anew, so that threads do not wait for each other; and its length.
    fn file(&self) -> Result<(File, u64), TfRecordError> {
        let opened = File::open(&self.path).and_then(|file| Ok((file.metadata()?.len(), file)));
        opened.map(|(length, file)| (file, length)).map_err(|reason| self.unreadable(reason))
    }

    fn read_failed(&self, reason: io::Error, record: usize) -> TfRecordError {
        match reason.kind() {
            ErrorKind::UnexpectedEof => TfRecordError::CutShort { file: self.name(), record },
            _ => self.unreadable(reason),
        }
    }

    fn unreadable(&self, reason: io::Error) -> TfRecordError {
        TfRecordError::Read { file: self.name(), reason }
    }
}

/// The length that a header tells, if its checksum is right.
fn length_in(header: &[u8; HEADER_BYTES as usize]) -> Option<u64> {
    let (length, checksum) = header.split_first_chunk::<8>()?;
    let checksum = u32::from_le_bytes(*checksum.first_chunk()?);
    (masked_checksum(length) == checksum).then(|| u64::from_le_bytes(*length))
}

/// CRC-32C as these files have it: turned and shifted, so that the checksum of data with checksums in it is no weaker.
fn masked_checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A file of these records.
    pub fn framed(records: &[impl AsRef<[u8]>]) -> Vec<u8> {
        let mut file = Vec::new();
        for record in records {
            let record = record.as_ref();
            file.extend(header(record.len() as u64));
            file.extend(record);
            file.extend(masked_checksum(record).to_le_bytes());
        }
        file
    }

    fn header(length: u64) -> Vec<u8> {
        let length = length.to_le_bytes();
        [&length[..], &masked_checksum(&length).to_le_bytes()].concat()
    }

    fn opened(bytes: &[u8]) -> (tempfile::TempDir, Result<Shard, TfRecordError>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.tfrecord");
        std::fs::write(&path, bytes).unwrap();
        let shard = Shard::open(&path);
        (folder, shard)
    }

    fn error(bytes: &[u8]) -> String {
        opened(bytes).1.unwrap_err().to_string()
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9000), 0..6)) {
            let (_folder, shard) = opened(&framed(&records));
            let shard = shard.unwrap();
            prop_assert_eq!(shard.len(), records.len());
            for index in (0..records.len()).rev() {
                prop_assert_eq!(&shard.read(index).unwrap(), &records[index]);
            }
        }

        /// Whatever byte is changed, no changed record passes for a whole one.
        #[test]
        fn a_changed_byte_is_noticed(at in any::<prop::sample::Index>(), change in 1u8..) {
            let records = [vec![1u8; 40], vec![], vec![2u8; 30]];
            let mut bytes = framed(&records);
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            let (_folder, shard) = opened(&bytes);
            if let Ok(shard) = shard {
                prop_assert_eq!(shard.len(), 3);
                let read: Vec<_> = (0..3).map(|index| shard.read(index).ok()).collect();
                prop_assert_eq!(read.iter().filter(|data| data.is_none()).count(), 1);
                prop_assert!(read.iter().zip(&records).all(|(data, record)| data.as_ref().is_none_or(|data| data == record)));
            }
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(shard) = opened(&bytes).1 {
                prop_assert!(shard.len() == 0 || length_in(bytes.first_chunk().unwrap()).is_some());
            }
        }
    }

    /// Written by TensorFlow: the checksums are not only right by our own reckoning.
    #[test]
    fn the_references_file_is_whole() {
        let (_folder, shard) =
            opened(include_bytes!("../../tests/fixtures/cifar_tfrecord/cifar10_test.tfrecord"));
        let shard = shard.unwrap();
        assert_eq!(shard.len(), 16);
        assert!((0..16).all(|record| shard.read(record).is_ok()));
    }

    #[test]
    fn damage_is_told_with_the_file_the_record_and_the_remedy() {
        let whole = framed(&[b"one", b"two"]);
        for cut in [whole.len() - 1, whole.len() - 5, 12 + 3 + 4 + 11] {
            let told = error(&whole[..cut]);
            assert!(told.contains("x.tfrecord is cut short in record 1: copy or download"), "{told}");
        }
        let mut bytes = whole.clone();
        bytes[12 + 3 + 4] ^= 1;
        let told = error(&bytes);
        assert!(told.contains("x.tfrecord is damaged at the length of record 1: copy"), "{told}");

        let mut bytes = whole.clone();
        bytes[13] ^= 1;
        let (_folder, shard) = opened(&bytes);
        let shard = shard.unwrap();
        let told = shard.read(0).unwrap_err().to_string();
        assert!(told.starts_with("record 0 of") && told.contains("x.tfrecord is damaged: copy"), "{told}");
        assert_eq!(shard.read(1).unwrap(), b"two");
        std::fs::write(&shard.path, &whole[..20]).unwrap();
        let told = shard.read(1).unwrap_err().to_string();
        assert!(told.contains("x.tfrecord is cut short in record 1"), "{told}");
    }

    #[test]
    fn a_length_is_not_believed() {
        for (length, expected) in [
            (u64::MAX, "claims 18446744073709551615 bytes, more than the 256 MiB"),
            (MAX_RECORD_BYTES + 1, "more than the 256 MiB"),
            (MAX_RECORD_BYTES, "x.tfrecord is cut short in record 0"),
        ] {
            let told = error(&[header(length), vec![0; 100]].concat());
            assert!(told.contains(expected), "{told}");
        }
    }

    #[test]
    fn other_files_are_told_apart() {
        for bytes in [&b"Dear diary, today nothing happened"[..], b"short"] {
            let told = error(bytes);
            assert!(told.contains("x.tfrecord is not a TFRecord file: name"), "{told}");
        }
        let told = error(b"\x1f\x8b\x08 and so on");
        assert!(told.contains("x.tfrecord is compressed: unpack it with gunzip"), "{told}");
        for (name, so) in [
            ("cifar10_test.tfrecord", true),
            ("a.TFRecords", true),
            ("validation-00000-of-00128", true),
            ("imagenet.tfrecord-00000-of-00005", true),
            ("model.ckpt.data-00000-of-00001", false),
            ("best-of-2019", false),
            ("labels.txt", false),
        ] {
            assert_eq!(is_named_so(Path::new(name)), so, "{name}");
        }
    }
}
