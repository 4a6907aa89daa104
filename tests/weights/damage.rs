//! Files that were whole once: cut short, or with bits that flipped.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ponderscope::network::{Family, NetworkSpec, Variant};
use ponderscope::weights::{self, Overwrite, Precision, WeightsError};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::bundle::{self, Checkpoint, Layout};

/// A copy of one of the reference's checkpoints, to be damaged.
fn copy_of(fixture: &str) -> (TempDir, PathBuf, PathBuf) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
    let copy = tempfile::tempdir().unwrap();
    let mut found = (PathBuf::new(), PathBuf::new());
    for entry in fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        let target = copy.path().join(entry.file_name());
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".index") {
            found.0 = target.clone();
        } else if name.contains(".data-") {
            found.1 = target.clone();
        } else {
            continue;
        }
        fs::copy(entry.path(), target).unwrap();
    }
    (copy, found.0, found.1)
}

fn small_checkpoint() -> Checkpoint {
    let spec = NetworkSpec {
        family: Family::Cifar,
        units: vec![2, 1, 1],
        width: 1,
        classes: 2,
        variant: Variant::Sact,
    };
    Checkpoint::new(
        &bundle::network(&spec),
        Layout { restart_interval: 4, block_bytes: 600, ..Layout::default() },
    )
}

/// Changes one byte where it stands; rewriting whole files takes minutes.
fn put(path: &Path, position: usize, byte: u8) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(position as u64)).unwrap();
    file.write_all(&[byte]).unwrap();
}

fn cut(path: &Path, length: usize) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(length as u64).unwrap();
}

fn assert_names(error: &WeightsError, file: &Path) {
    let text = error.to_string();
    assert!(text.contains(file.file_name().unwrap().to_str().unwrap()), "{text}");
    assert!(!text.contains('\n'), "{text}");
}

#[test]
fn a_flipped_bit_anywhere_in_an_index_is_noticed_or_harmless() {
    let (folder, index, _) = copy_of("cifar_1_5_3_sact_earlyhalt");
    let whole = weights::read(folder.path()).unwrap();
    let bytes = fs::read(&index).unwrap();
    let mut harmless = Vec::new();
    for (position, &byte) in bytes.iter().enumerate() {
        for bit in 0..8 {
            put(&index, position, byte ^ (1 << bit));
            match weights::outline(folder.path()) {
                Err(error) => assert_names(&error, &index),
                Ok(_) => {
                    assert!(weights::read(folder.path()).unwrap() == whole, "byte {position}, bit {bit}");
                    harmless.push(position);
                }
            }
        }
        put(&index, position, byte);
    }
    // No checksum covers the footer's padding, and nothing else.
    let padding = bytes.len() - 48..bytes.len() - 8;
    assert!(harmless.iter().all(|position| padding.contains(position)), "{harmless:?}");
}

#[test]
fn an_index_cut_short_anywhere_is_noticed() {
    let (folder, index, _) = copy_of("imagenet_tiny_act");
    for length in (0..fs::metadata(&index).unwrap().len() as usize).rev() {
        cut(&index, length);
        assert_names(&weights::outline(folder.path()).unwrap_err(), &index);
    }
}

#[test]
fn a_data_file_cut_short_names_the_variable_and_both_lengths() {
    let (folder, _, data) = copy_of("imagenet_tiny_act");
    let whole = fs::metadata(&data).unwrap().len() as usize;
    for length in [whole - 1, whole / 2, 8, 0] {
        cut(&data, length);
        let error = weights::read(folder.path()).unwrap_err();
        assert_names(&error, &data);
        let text = error.to_string();
        assert!(
            text.contains("variable resnet_v2/") && text.contains(&format!("found {length} bytes")),
            "{text}"
        );
    }
    fs::remove_file(&data).unwrap();
    let error = weights::read(folder.path()).unwrap_err();
    assert!(matches!(error, WeightsError::MissingShard { .. }), "{error}");
    assert_names(&error, &data);
}

#[test]
fn a_flipped_bit_anywhere_in_the_data_names_its_variable() {
    let checkpoint = small_checkpoint();
    let data = checkpoint.file(".data-00000-of-00001");
    for (position, byte) in fs::read(&data).unwrap().into_iter().enumerate() {
        put(&data, position, byte ^ (1 << (position % 8)));
        let error = weights::read(&checkpoint.prefix).unwrap_err();
        put(&data, position, byte);
        assert_names(&error, &data);
        let text = error.to_string();
        assert!(text.contains("variable resnet_residual/") && text.contains("checksum"), "{text}");
    }
}

#[test]
fn of_many_damaged_variables_the_first_is_named() {
    let checkpoint = small_checkpoint();
    let data = checkpoint.file(".data-00000-of-00001");
    fs::write(&data, fs::read(&data).unwrap().iter().map(|byte| !byte).collect::<Vec<u8>>()).unwrap();
    for _ in 0..20 {
        let error = weights::read(&checkpoint.prefix).unwrap_err().to_string();
        assert!(error.contains("variable resnet_residual/Conv/weights has checksum"), "{error}");
    }
}

#[test]
fn a_folder_in_a_data_files_place_is_no_data_file() {
    let checkpoint = small_checkpoint();
    let data = checkpoint.file(".data-00000-of-00001");
    fs::remove_file(&data).unwrap();
    fs::create_dir(&data).unwrap();
    let error = weights::read(&checkpoint.prefix).unwrap_err();
    assert!(matches!(error, WeightsError::Read { .. }), "{error}");
    assert_names(&error, &data);
}

#[test]
fn a_missing_shard_is_named() {
    let spec = NetworkSpec {
        family: Family::Cifar,
        units: vec![1, 1, 1],
        width: 1,
        classes: 2,
        variant: Variant::Sact,
    };
    let checkpoint = Checkpoint::new(&bundle::network(&spec), Layout { shards: 3, ..Layout::default() });
    let shard = checkpoint.file(".data-00001-of-00003");
    fs::remove_file(&shard).unwrap();
    let error = weights::read(&checkpoint.prefix).unwrap_err();
    assert!(matches!(error, WeightsError::MissingShard { shards: 3, .. }), "{error}");
    assert_names(&error, &shard);
}

#[test]
fn safetensors_cut_short_anywhere_are_noticed() {
    let variables = weights::read(&small_checkpoint().prefix).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.safetensors");
    weights::write(&path, &variables, Precision::Single, Overwrite::Refuse).unwrap();
    for length in (0..fs::metadata(&path).unwrap().len() as usize).rev() {
        cut(&path, length);
        assert_names(&weights::read(&path).unwrap_err(), &path);
        assert_names(&weights::outline(&path).unwrap_err(), &path);
    }
}

proptest! {
    /// Beyond single bits: any run of bytes replaced by any others.
    #[test]
    fn an_index_with_a_hole_is_never_misread(start in 0usize..6000, hole in proptest::collection::vec(any::<u8>(), 1..64)) {
        let checkpoint = small_checkpoint();
        let index = checkpoint.file(".index");
        let whole = weights::read(&checkpoint.prefix).unwrap();
        let mut bytes = fs::read(&index).unwrap();
        let start = start % bytes.len();
        let end = (start + hole.len()).min(bytes.len());
        bytes[start..end].copy_from_slice(&hole[..end - start]);
        fs::write(&index, bytes).unwrap();
        match weights::read(&checkpoint.prefix) {
            Err(error) => assert_names(&error, &index),
            Ok(read) => prop_assert!(read == whole),
        }
    }

    #[test]
    fn no_bytes_whatever_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let checkpoint = Checkpoint::of_index(&bytes);
        prop_assert!(weights::read(&checkpoint.prefix).is_err());
        let length = 8.min(bytes.len());
        let mut bytes = bytes;
        bytes[..length].copy_from_slice(&400u64.to_le_bytes()[..length]);
        let path = checkpoint.folder.path().join("any.safetensors");
        fs::write(&path, bytes).unwrap();
        prop_assert!(weights::read(&path).is_err());
        prop_assert!(weights::outline(&path).is_err());
    }
}
