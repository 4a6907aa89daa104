//! Archives as CIFAR-10's makers publish theirs, of black pictures, which take no room packed; and bad ones.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest, Md5};
use tar::{Builder, EntryType, Header};

pub const BATCH_BYTES: usize = 10_000 * 3073;
pub const BATCHES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];
pub const ALL: [&str; 7] = [
    "batches.meta.txt",
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

/// A packed archive in the making.
pub struct Packer(Builder<GzEncoder<Vec<u8>>>);

impl Packer {
    pub fn new() -> Self {
        Self(Builder::new(GzEncoder::new(Vec::new(), Compression::fast())))
    }

    /// Adds an entry whose path is taken as it is, also where no honest program would write it.
    pub fn entry(mut self, kind: EntryType, path: &str, bytes: impl Read, length: usize) -> Self {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(length as u64);
        header.set_mode(0o644);
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        self.0.append(&header, bytes).unwrap();
        self
    }

    pub fn file(self, path: &str, bytes: &[u8]) -> Self {
        self.entry(EntryType::Regular, path, bytes, bytes.len())
    }

    /// A file of 10,000 black pictures, the first of which has `label`.
    pub fn batch(self, path: &str, label: u8) -> Self {
        let bytes = io::Cursor::new([label]).chain(io::repeat(0)).take(BATCH_BYTES as u64);
        self.entry(EntryType::Regular, path, bytes, BATCH_BYTES)
    }

    /// The official files; the first label of each counts up.
    pub fn all(self) -> Self {
        let names = BATCHES.map(|name| format!("cifar-10-batches-bin/{name}"));
        let all = names.iter().zip(0..).fold(self, |packer, (path, label)| packer.batch(path, label));
        all.class_names()
    }

    pub fn class_names(self) -> Self {
        self.file("cifar-10-batches-bin/batches.meta.txt", b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n")
    }

    pub fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap().finish().unwrap()
    }
}

pub fn md5(bytes: &[u8]) -> String {
    format!("{:x}", Md5::digest(bytes))
}

/// The official files unpacked, all labels 0; as sparse files they take no room on the disk.
pub fn unpacked(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for name in BATCHES {
        File::create(folder.join(name)).unwrap().set_len(BATCH_BYTES as u64).unwrap();
    }
}
