//! Files made to do harm: sizes that are not there, bombs, and names that lead elsewhere. All checksums are right.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use ponderscope::weights::{self, WeightsError};

use crate::bundle::{
    self, Checkpoint, Dim, Entry, Header, Layout, Shape, Slice, Tensor, finish, footer, lay_out, put_block,
    put_stored, varint,
};

fn refused(index: &[u8]) -> String {
    let checkpoint = Checkpoint::of_index(index);
    let error = weights::read(&checkpoint.prefix).unwrap_err().to_string();
    assert!(error.contains("model.ckpt-7.index"), "{error}");
    error
}

#[test]
fn handles_that_point_outside_are_refused() {
    for (offset, size) in [(0, u64::MAX), (u64::MAX, 0), (u64::MAX - 2, 8), (1 << 40, 1 << 40), (0, 1 << 62)]
    {
        let wild = [varint(offset), varint(size)].concat();
        let mut file = Vec::new();
        let sound = put_block(&mut file, &[0; 4], false);
        refused(&[file.clone(), footer(&wild, &sound)].concat());
        refused(&[file.clone(), footer(&sound, &wild)].concat());
        refused(&finish(file, &[(b"z".to_vec(), wild)], Layout::default()));
    }
    refused(&[vec![0; 10], footer(&[0xff; 20], &[0xff; 20])].concat());
}

#[test]
fn one_block_cannot_be_read_over_and_over() {
    let mut file = Vec::new();
    let handle = put_block(&mut file, &[0; 4], false);
    let rows: Vec<_> = (0..9u8).map(|key| (vec![key], handle.clone())).collect();
    assert!(refused(&finish(file, &rows, Layout::default())).contains("ascending order"));
}

#[test]
fn blocks_that_are_not_what_they_say_are_refused() {
    let huge = varint(u32::MAX.into());
    let restarts = 0u32.to_le_bytes();
    for (contents, kind) in [
        // Snappy data that claims four gigabytes; an unknown compression; no restart count; more restarts than block.
        (huge.clone(), 1),
        (b"not snappy".to_vec(), 1),
        (vec![0; 4], 7),
        (vec![0; 3], 0),
        (u32::MAX.to_le_bytes().to_vec(), 0),
        // Entries: a shared prefix of nothing, a key and a value longer than the block, a number without end.
        ([&[5, 0, 0], restarts.as_slice()].concat(), 0),
        ([&[0], huge.as_slice(), &[0], &restarts].concat(), 0),
        ([&[0, 0], huge.as_slice(), &restarts].concat(), 0),
        ([&[0xff; 12], restarts.as_slice()].concat(), 0),
    ] {
        let mut file = Vec::new();
        let handle = put_stored(&mut file, &contents, kind);
        refused(&finish(file, &[(b"z".to_vec(), handle)], Layout::default()));
    }
}

#[test]
fn keys_cannot_multiply() {
    // 1,500 bytes of key that every one of many small entries repeats.
    let mut block = [varint(0), varint(1500), varint(0), vec![b'a'; 1500]].concat();
    for _ in 0..100 {
        block.extend([varint(1500), varint(1), varint(0), vec![b'a']].concat());
    }
    block.extend(0u32.to_le_bytes());
    let mut file = Vec::new();
    let handle = put_block(&mut file, &block, false);
    assert!(refused(&finish(file, &[(b"z".to_vec(), handle)], Layout::default())).contains("more than"));
}

/// A checkpoint of one variable whose entry was tampered with.
fn tampered(tamper: impl FnOnce(&mut Header, &mut Entry)) -> WeightsError {
    let (mut header, mut entries, shards) = lay_out(&[Tensor::floats("resnet_v2/a", &[2], &[1.0, 2.0])], 1);
    tamper(&mut header, &mut entries[0].1);
    let checkpoint = Checkpoint::of_index(&bundle::index(&header, &entries, Layout::default()));
    fs::write(checkpoint.file(".data-00000-of-00001"), &shards[0]).unwrap();
    weights::read(&checkpoint.prefix).unwrap_err()
}

#[test]
fn entries_that_lie_are_refused_before_memory_is_taken() {
    let shape = |sizes: &[i64]| Some(Shape { dim: sizes.iter().map(|&size| Dim { size }).collect() });
    type Tamper<'a> = &'a dyn Fn(&mut Header, &mut Entry);
    let lies: &[(Tamper, &str)] = &[
        (&|_, entry| entry.shape = shape(&[1 << 40, 1 << 40]), "cannot take 8 bytes"),
        (&|_, entry| entry.shape = shape(&[-1]), "shape of unknown size"),
        (&|_, entry| entry.shape = shape(&[3]), "[3] cannot take 8 bytes"),
        (&|_, entry| (entry.shape, entry.size) = (shape(&[1 << 50]), 1 << 52), "found 8 bytes in all"),
        (&|_, entry| entry.size = -8, "cannot take -8 bytes"),
        (&|_, entry| entry.offset = i64::MAX, "found 8 bytes in all"),
        (&|_, entry| entry.offset = -1, "lies at byte -1"),
        (&|_, entry| entry.shard_id = 1, "lies in data file 1, expected one of 1"),
        (&|_, entry| entry.shard_id = -1, "lies in data file -1"),
        (&|header, _| header.num_shards = -1, "claims -1 data files"),
        (&|header, _| header.num_shards = 0, "claims 0 data files"),
        (&|header, _| header.endianness = 1, "big-endian"),
        (
            &|_, entry| entry.slices = vec![Slice {}, Slice {}],
            "resnet_v2/a, which is partitioned into 2 slices",
        ),
        (&|_, entry| entry.dtype = 7, "resnet_v2/a of type string"),
    ];
    for (tamper, why) in lies {
        let error = tampered(tamper).to_string();
        assert!(error.contains(why) && error.contains("model.ckpt-7"), "{error}, expected {why}");
    }
}

#[test]
fn variables_cannot_share_their_bytes() {
    let tensors = ["a", "b", "c"].map(|name| Tensor::floats(name, &[64], &[1.0; 64]));
    let (header, mut entries, shards) = lay_out(&tensors, 1);
    for (_, entry) in &mut entries {
        entry.offset = 0;
    }
    let checkpoint = Checkpoint::of_index(&bundle::index(&header, &entries, Layout::default()));
    fs::write(checkpoint.file(".data-00000-of-00001"), &shards[0][..256]).unwrap();
    let error = weights::read(&checkpoint.prefix).unwrap_err().to_string();
    assert!(error.contains("overlap"), "{error}");
}

#[test]
fn safetensors_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lie.safetensors");
    for header in [
        r#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}}"#,
        r#"{"a":{"dtype":"C99","shape":[1],"data_offsets":[0,4]}}"#,
        r#"{"resnet_v2/a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}"#,
        r#"{"__metadata__":{"spec":5}}"#,
        "{",
    ] {
        let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[0; 4]].concat();
        fs::write(&path, bytes).unwrap();
        for error in [weights::read(&path).unwrap_err(), weights::outline(&path).unwrap_err()] {
            assert!(error.to_string().contains("lie.safetensors"), "{error}");
        }
    }
    let header = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    fs::write(&path, [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[0; 4]].concat()).unwrap();
    for error in [weights::read(&path).unwrap_err(), weights::outline(&path).unwrap_err()] {
        assert!(error.to_string().contains("is damaged: invalid offset for tensor `a`; copy"), "{error}");
    }
    // A header of as many bytes as memory has.
    fs::write(&path, [u64::MAX.to_le_bytes().as_slice(), b"{\"a\""].concat()).unwrap();
    assert!(weights::read(&path).is_err() && weights::outline(&path).is_err());
}

fn gzip(path: &Path, write: impl FnOnce(&mut GzEncoder<File>)) {
    let mut gzip = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    write(&mut gzip);
    gzip.finish().unwrap();
}

/// A tar header that need not be true.
fn header(name: &str, size: u64, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    let bytes = name.as_bytes();
    header.as_old_mut().name[..bytes.len()].copy_from_slice(bytes);
    header.set_size(size);
    header.set_entry_type(kind);
    header.set_cksum();
    header
}

#[test]
fn archives_cannot_write_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let path = inner.join("tricky.tar.gz");
    gzip(&path, |gzip| {
        for name in [
            "../escaped.index",
            "/tmp/ponderscope-escaped.index",
            "..",
            "a/../../escaped.data-00000-of-00001",
        ] {
            gzip.write_all(header(name, 3, tar::EntryType::Regular).as_bytes()).unwrap();
            gzip.write_all(&[&b"abc"[..], &[0; 509]].concat()).unwrap();
        }
        let mut link = header("checkpoint", 0, tar::EntryType::Symlink);
        link.set_link_name("/etc/passwd").unwrap();
        link.set_cksum();
        gzip.write_all(link.as_bytes()).unwrap();
        gzip.write_all(&[0; 1024]).unwrap();
    });
    assert!(weights::read(&path).is_err());
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(!Path::new("/tmp/ponderscope-escaped.index").exists());

    // Nor does its `checkpoint` file lead out of it.
    let outside = Checkpoint::new(&[Tensor::floats("a", &[1], &[0.0])], Layout::default());
    gzip(&path, |gzip| {
        let text = format!("model_checkpoint_path: \"{}\"", outside.prefix.display());
        gzip.write_all(header("checkpoint", text.len() as u64, tar::EntryType::Regular).as_bytes()).unwrap();
        let mut text = text.into_bytes();
        text.resize(text.len().next_multiple_of(512) + 1024, 0);
        gzip.write_all(&text).unwrap();
    });
    let error = weights::read(&path).unwrap_err().to_string();
    assert!(error.contains("tricky.tar.gz") && error.contains("outside"), "{error}");
}

#[test]
fn archives_that_swell_are_refused_early() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.tar.gz");
    // A file that claims to be larger than any checkpoint.
    gzip(&path, |gzip| {
        gzip.write_all(header("model.ckpt.index", 1 << 42, tar::EntryType::Regular).as_bytes()).unwrap();
    });
    let error = weights::read(&path).unwrap_err().to_string();
    assert!(error.contains("bomb.tar.gz") && error.contains("4 GiB"), "{error}");

    // A name of 64 MiB of which nothing else need be true.
    gzip(&path, |gzip| {
        gzip.write_all(header("././@LongLink", 64 << 20, tar::EntryType::GNULongName).as_bytes()).unwrap();
        for _ in 0..64 {
            gzip.write_all(&vec![b'a'; 1 << 20]).unwrap();
        }
    });
    let error = weights::read(&path).unwrap_err().to_string();
    assert!(error.contains("bomb.tar.gz") && error.contains("headers"), "{error}");

    for bytes in [&[0x1f, 0x8b][..], &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]] {
        fs::write(&path, bytes).unwrap();
        assert!(weights::read(&path).unwrap_err().to_string().contains("bomb.tar.gz"));
    }
}
