//! CIFAR-10 in its official binary format: files of 10,000 records, each a label and the planes of a 32x32 picture.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::DatasetError;
use super::labelled::{Labelled, Pictures, Split};

/// CIFAR-10's classes in the order of their labels.
pub const CIFAR10_CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The folder in the published archive, and where it was unpacked.
pub(super) const FOLDER: &str = "cifar-10-batches-bin";
/// The files with pictures, those to train on first.
pub(super) const BATCHES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];
/// The classes' names, one a line.
pub(super) const CLASS_NAMES: &str = "batches.meta.txt";

/// Rows, and columns, of a picture.
pub(super) const EDGE: usize = 32;
const PLANE: usize = EDGE * EDGE;
pub(super) const PICTURE_BYTES: usize = 3 * PLANE;
const RECORD_BYTES: usize = 1 + PICTURE_BYTES;
const RECORDS: usize = 10_000;
pub(super) const BATCH_BYTES: usize = RECORDS * RECORD_BYTES;

/// What is wrong with a file of CIFAR-10; reads on from the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchFault {
    #[error("is missing")]
    Missing,
    #[error("has {found} bytes instead of {BATCH_BYTES}")]
    Length { found: u64 },
    #[error("has label {label} in record {record}, expected 0 to 9")]
    Label { record: usize, label: u8 },
}

/// The folder with CIFAR-10's files that `path` means: one in it, or itself.
pub(super) fn locate(path: &Path) -> Option<PathBuf> {
    let inner = path.join(FOLDER);
    if inner.is_dir() {
        return Some(inner);
    }
    BATCHES.iter().any(|name| path.join(name).is_file()).then(|| path.to_owned())
}

/// Reads one split into memory.
pub(super) fn open(folder: &Path, split: Split) -> Result<Labelled, DatasetError> {
    let (train, test) = BATCHES.split_at(5);
    let files = match split {
        Split::Train => train,
        Split::Test => test,
    };
    let mut labels = Vec::with_capacity(files.len() * RECORDS);
    let mut pictures = Vec::with_capacity(files.len() * RECORDS * PICTURE_BYTES);
    for name in files {
        for record in read_batch(folder, name)?.chunks_exact(RECORD_BYTES) {
            labels.push(u32::from(record[0]));
            pictures.extend(interleave(&record[1..]));
        }
    }
    let pictures = Pictures::Cifar(pictures);
    Ok(Labelled { name: "CIFAR-10".to_owned(), classes: class_names(folder), labels, pictures })
}

/// Reads every file and checks it.
pub(super) fn verify(folder: &Path) -> Result<(), DatasetError> {
    BATCHES.iter().try_for_each(|name| read_batch(folder, name).map(drop))
}

/// Checks the content of a file with pictures.
pub(super) fn check(batch: &[u8]) -> Result<(), BatchFault> {
    if batch.len() != BATCH_BYTES {
        return Err(BatchFault::Length { found: batch.len() as u64 });
    }
    let labels = batch.iter().step_by(RECORD_BYTES).enumerate();
    match labels.into_iter().find(|&(_, &label)| usize::from(label) >= CIFAR10_CLASSES.len()) {
        Some((record, &label)) => Err(BatchFault::Label { record, label }),
        None => Ok(()),
    }
}

fn read_batch(folder: &Path, name: &str) -> Result<Vec<u8>, DatasetError> {
    let path = folder.join(name);
    let file = || path.display().to_string();
    let fault = |fault| DatasetError::Cifar10 { file: file(), fault, folder: folder.display().to_string() };
    let failed = |reason: std::io::Error| match reason.kind() {
        ErrorKind::NotFound => fault(BatchFault::Missing),
        _ => DatasetError::Unreadable { path: file(), reason },
    };
    let batch = File::open(&path).map_err(failed)?;
    let found = batch.metadata().map_err(failed)?.len();
    if found != BATCH_BYTES as u64 {
        return Err(fault(BatchFault::Length { found }));
    }
    let mut bytes = Vec::with_capacity(BATCH_BYTES);
    batch.take(BATCH_BYTES as u64).read_to_end(&mut bytes).map_err(failed)?;
    check(&bytes).map_err(fault)?;
    Ok(bytes)
}

/// From a plane of each colour to the three colours of each position.
fn interleave(planes: &[u8]) -> impl Iterator<Item = u8> {
    let (red, others) = planes.split_at(PLANE);
    let (green, blue) = others.split_at(PLANE);
    red.iter().zip(green).zip(blue).flat_map(|((&red, &green), &blue)| [red, green, blue])
}

/// As the data set's own file has them, if it is there and has ten.
fn class_names(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join(CLASS_NAMES)).unwrap_or_default();
    let names: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let names = if names.len() == CIFAR10_CLASSES.len() { &names } else { &CIFAR10_CLASSES[..] };
    names.iter().map(|&name| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom, Write};

    use super::*;

    /// A file of 10,000 black aeroplanes, which takes no room on the disk, with `bytes` put in at `place`.
    fn batch(folder: &Path, name: &str, (place, bytes): (usize, &[u8])) {
        let mut file = File::create(folder.join(name)).unwrap();
        file.set_len(BATCH_BYTES as u64).unwrap();
        file.seek(SeekFrom::Start(place as u64)).unwrap();
        file.write_all(bytes).unwrap();
    }

    /// Where record `record` begins.
    fn at(record: usize) -> usize {
        record * RECORD_BYTES
    }

    fn train_batches(folder: &Path) {
        for (number, name) in BATCHES[..5].iter().enumerate() {
            batch(folder, name, (at(7), &[number as u8 + 1]));
        }
    }

    #[test]
    fn the_files_to_train_on_follow_each_other() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(FOLDER)).unwrap();
        train_batches(&folder.path().join(FOLDER));
        let train = Labelled::open(folder.path(), Split::Train).unwrap();
        assert_eq!((train.len(), train.name()), (50_000, "CIFAR-10"));
        assert_eq!(train.classes(), CIFAR10_CLASSES);
        let labels: Vec<_> = (0..5).map(|batch| train.label(batch * RECORDS + 7)).collect();
        assert_eq!(labels, [1, 2, 3, 4, 5]);
        assert_eq!((0..train.len()).map(|index| train.label(index)).sum::<usize>(), 1 + 2 + 3 + 4 + 5);

        let error = Labelled::open(folder.path(), Split::Test).unwrap_err().to_string();
        let (file, folder) = (folder.path().join(FOLDER).join("test_batch.bin"), folder.path().join(FOLDER));
        let expected = format!(
            "{} is missing: `ponderscope data cifar10 {}` fetches it again",
            file.display(),
            folder.display()
        );
        assert_eq!(error, expected);
    }

    #[test]
    fn planes_become_pixels() {
        let folder = tempfile::tempdir().unwrap();
        let planes: Vec<u8> = (0..PICTURE_BYTES).map(|place| (place / 7) as u8).collect();
        let record = [&[8], &planes[..]].concat();
        batch(folder.path(), "test_batch.bin", (at(9_999), &record));
        let test = Labelled::open(folder.path(), Split::Test).unwrap();
        assert_eq!((test.len(), test.label(9_999)), (10_000, 8));
        let picture = test.picture(9_999).unwrap();
        assert_eq!(picture.dimensions(), (32, 32));
        for (x, y, pixel) in picture.enumerate_pixels() {
            let place = (y * 32 + x) as usize;
            assert_eq!(pixel.0, [planes[place], planes[PLANE + place], planes[2 * PLANE + place]]);
        }
        assert_eq!(test.cifar_bytes(9_999).unwrap(), picture.as_raw().as_slice());
        assert!(test.cifar_bytes(0).unwrap().iter().all(|&byte| byte == 0));
    }

    #[test]
    fn names_of_classes_come_from_the_data_if_there_are_ten() {
        let folder = tempfile::tempdir().unwrap();
        let named = |text: &str| {
            std::fs::write(folder.path().join(CLASS_NAMES), text).unwrap();
            class_names(folder.path())
        };
        assert_eq!(named("a\nb\n\nc\nd\r\ne\nf\ng\nh\ni\nj\n\n").concat(), "abcdefghij");
        assert_eq!(named("a\nb\n"), CIFAR10_CLASSES);
    }

    #[test]
    fn damage_is_told_with_the_file_and_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let error = || {
            let error = Labelled::open(folder.path(), Split::Train).unwrap_err().to_string();
            assert!(error.ends_with("fetches it again"), "{error}");
            error
        };
        train_batches(folder.path());
        batch(folder.path(), "data_batch_4.bin", (at(1_234), &[10]));
        assert!(error().contains("data_batch_4.bin has label 10 in record 1234, expected 0 to 9"));
        batch(folder.path(), "data_batch_3.bin", (BATCH_BYTES, &[0]));
        assert!(error().contains("data_batch_3.bin has 30730001 bytes instead of 30730000"));
        std::fs::write(folder.path().join("data_batch_2.bin"), [0; 3073]).unwrap();
        assert!(error().contains("data_batch_2.bin has 3073 bytes instead of 30730000"));
        assert!(verify(folder.path()).is_err());
    }
}
