//! TensorFlow V2 checkpoints ("tensor bundles"): a table of variables in `PREFIX.index`, their bytes in shards
//! `PREFIX.data-00000-of-00001` and so on.
//!
//! Field numbers are those of TensorFlow's `tensor_bundle.proto`, `tensor_shape.proto` and `types.proto`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use prost::Message;

use super::float::Float;
use super::names::{self, LeftOut};
use super::table;
use super::{Contents, Outline, Variable, Variables, WeightsError};

/// An index larger than this is none of a network; ResNet-200's has a tenth of a megabyte.
const MAX_INDEX_BYTES: u64 = 64 << 20;

#[derive(Clone, PartialEq, Message)]
struct BundleHeader {
    #[prost(int32, tag = "1")]
    num_shards: i32,
    /// 0: little, 1: big.
    #[prost(int32, tag = "2")]
    endianness: i32,
    #[prost(message, optional, tag = "3")]
    version: Option<VersionDef>,
}

#[derive(Clone, PartialEq, Message)]
struct VersionDef {
    #[prost(int32, tag = "2")]
    min_consumer: i32,
}

#[derive(Clone, PartialEq, Message)]
struct BundleEntry {
    #[prost(int32, tag = "1")]
    dtype: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<TensorShape>,
    #[prost(int32, tag = "3")]
    shard_id: i32,
    #[prost(int64, tag = "4")]
    offset: i64,
    #[prost(int64, tag = "5")]
    size: i64,
    #[prost(fixed32, tag = "6")]
    crc32c: u32,
    #[prost(message, repeated, tag = "7")]
    slices: Vec<TensorSlice>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorShape {
    #[prost(message, repeated, tag = "2")]
    dim: Vec<Dim>,
    #[prost(bool, tag = "3")]
    unknown_rank: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Dim {
    #[prost(int64, tag = "1")]
    size: i64,
}

/// Only its being there matters.
#[derive(Clone, PartialEq, Message)]
struct TensorSlice {}

/// A checkpoint whose index has been read and whose weights have not.
pub(super) struct Bundle {
    prefix: PathBuf,
    /// The prefix as errors name it; for an unpacked archive that is not where the files lie.
    shown: String,
    shards: u32,
    weights: Vec<Stored>,
    left_out: BTreeMap<String, LeftOut>,
}

/// Where one variable's bytes are.
struct Stored {
    name: String,
    float: Float,
    shape: Vec<usize>,
    shard: u32,
    offset: u64,
    bytes: usize,
    checksum: u32,
}

impl Bundle {
    /// Reads `PREFIX.index`.
    pub(super) fn open(prefix: &Path, shown: &str) -> Result<Self, WeightsError> {
        let file = format!("{shown}.index");
        let damaged = |problem: String| WeightsError::Damaged { file: file.clone(), problem };
        let index = read_limited(&with_suffix(prefix, ".index"), &file, MAX_INDEX_BYTES)?;
        let mut entries = table::entries(&index).map_err(|error| damaged(error.to_string()))?.into_iter();

        // The empty key stands before all others.
        let header = entries.next().filter(|(key, _)| key.is_empty());
        let (_, header) = header.ok_or_else(|| damaged("it has no header entry".to_owned()))?;
        let header = BundleHeader::decode(header.as_slice())
            .map_err(|error| damaged(format!("its header entry cannot be decoded ({error})")))?;
        check_header(&header, &file)?;
        let shards = u32::try_from(header.num_shards)
            .ok()
            .filter(|&shards| shards > 0)
            .ok_or_else(|| damaged(format!("it claims {} data files", header.num_shards)))?;

        let mut bundle = Self {
            prefix: prefix.to_owned(),
            shown: shown.to_owned(),
            shards,
            weights: vec![],
            left_out: BTreeMap::new(),
        };
        for (key, value) in entries {
            // Parts of partitioned variables have keys of their own; the variable's entry speaks for them.
            if key.starts_with(&[0]) {
                continue;
            }
            let name = String::from_utf8(key).map_err(|error| {
                damaged(format!("variable name {:?} is not UTF-8", String::from_utf8_lossy(error.as_bytes())))
            })?;
            if let Some(reason) = names::left_out(&name) {
                bundle.left_out.insert(name, reason);
                continue;
            }
            let entry = BundleEntry::decode(value.as_slice()).map_err(|error| {
                damaged(format!("the entry of variable {name} cannot be decoded ({error})"))
            })?;
            match float_of(entry.dtype) {
                Some(float) => bundle.weights.push(stored(name, float, entry, shards, &file)?),
                None if names::is_of_a_network(&name) => {
                    return Err(WeightsError::Unsupported {
                        file,
                        what: format!("variable {name} of type {}", type_name(entry.dtype)),
                        remedy: "weights are float32, float16, bfloat16 or float64",
                    });
                }
                None => {
                    bundle.left_out.insert(name, LeftOut::NotFloat);
                }
            }
        }
        Ok(bundle)
    }

    pub(super) fn outline(self) -> Outline {
        let shapes = self.weights.into_iter().map(|stored| (stored.name, stored.shape)).collect();
        Outline { source: self.shown, shapes, metadata: BTreeMap::new() }
    }

    /// Reads and verifies every weight.
    pub(super) fn read(mut self) -> Result<Contents, WeightsError> {
        self.weights.sort_by_key(|stored| (stored.shard, stored.offset));
        let mut by_name = BTreeMap::new();
        for weights in self.weights.chunk_by(|a, b| a.shard == b.shard) {
            let mut shard = self.open_shard(weights[0].shard)?;
            for stored in weights {
                let values = shard.read(stored)?;
                by_name.insert(stored.name.clone(), Variable { shape: stored.shape.clone(), values });
            }
        }
        let variables = Variables { source: self.shown, by_name, metadata: BTreeMap::new() };
        Ok(Contents { variables, left_out: self.left_out })
    }

    fn open_shard(&self, shard: u32) -> Result<Shard, WeightsError> {
        let suffix = format!(".data-{shard:05}-of-{:05}", self.shards);
        let shown = format!("{}{suffix}", self.shown);
        let file = File::open(with_suffix(&self.prefix, &suffix)).map_err(|reason| match reason.kind() {
            std::io::ErrorKind::NotFound => {
                WeightsError::MissingShard { file: shown.clone(), shards: self.shards }
            }
            _ => WeightsError::Read { file: shown.clone(), reason },
        })?;
        let length =
            file.metadata().map_err(|reason| WeightsError::Read { file: shown.clone(), reason })?.len();
        Ok(Shard { file, shown, length, unclaimed: length })
    }
}

/// One open data file.
struct Shard {
    file: File,
    shown: String,
    length: u64,
    /// Variables do not overlap, so together they cannot claim more than the file has.
    unclaimed: u64,
}

impl Shard {
    fn read(&mut self, stored: &Stored) -> Result<Vec<f32>, WeightsError> {
        let Stored { name, offset, bytes, .. } = stored;
        let damaged = |problem: String| WeightsError::Damaged { file: self.shown.clone(), problem };
        let claim = *bytes as u64;
        if offset.checked_add(claim).is_none_or(|end| end > self.length) {
            let length = self.length;
            return Err(damaged(format!(
                "variable {name} is expected at byte {offset} with {bytes} bytes, found {length} bytes in all"
            )));
        }
        self.unclaimed =
            self.unclaimed.checked_sub(claim).ok_or_else(|| damaged("its variables overlap".to_owned()))?;

        let mut buffer = vec![0; *bytes];
        self.file
            .seek(SeekFrom::Start(*offset))
            .and_then(|_| self.file.read_exact(&mut buffer))
            .map_err(|reason| WeightsError::Read { file: self.shown.clone(), reason })?;
        let found = table::masked_crc32c(&buffer);
        let expected = stored.checksum;
        if found != expected {
            let damaged = |problem: String| WeightsError::Damaged { file: self.shown.clone(), problem };
            return Err(damaged(format!(
                "variable {name} has checksum {found:08x}, expected {expected:08x}"
            )));
        }
        Ok(stored.float.decode(&buffer))
    }
}

fn check_header(header: &BundleHeader, file: &str) -> Result<(), WeightsError> {
    let unsupported = |what: &str, remedy| {
        Err(WeightsError::Unsupported { file: file.to_owned(), what: what.to_owned(), remedy })
    };
    if header.endianness != 0 {
        return unsupported("big-endian data", "save the checkpoint again on a little-endian machine");
    }
    if header.version.as_ref().is_some_and(|version| version.min_consumer > 1) {
        return unsupported(
            "a checkpoint format newer than V2",
            "save the checkpoint again in the V2 format",
        );
    }
    Ok(())
}

/// Turns an entry of the index into where to find the variable, believing none of its numbers.
fn stored(
    name: String,
    float: Float,
    entry: BundleEntry,
    shards: u32,
    file: &str,
) -> Result<Stored, WeightsError> {
    let file = file.to_owned();
    if !entry.slices.is_empty() {
        return Err(WeightsError::Unsupported {
            file,
            what: format!("variable {name}, which is partitioned into {} slices,", entry.slices.len()),
            remedy: "save the checkpoint again without a partitioner",
        });
    }
    let damaged = |problem: String| WeightsError::Damaged {
        file: file.clone(),
        problem: format!("variable {name} {problem}"),
    };
    let shape = entry.shape.unwrap_or_default();
    let edges: Option<Vec<usize>> = shape.dim.iter().map(|dim| usize::try_from(dim.size).ok()).collect();
    let shape = edges
        .filter(|_| !shape.unknown_rank)
        .ok_or_else(|| damaged("has a shape of unknown size".to_owned()))?;
    let bytes = float
        .bytes(&shape)
        .filter(|&bytes| i64::try_from(bytes).is_ok_and(|bytes| bytes == entry.size))
        .ok_or_else(|| damaged(format!("of shape {shape:?} cannot take {} bytes", entry.size)))?;
    let shard = u32::try_from(entry.shard_id).ok().filter(|&shard| shard < shards);
    let shard = shard
        .ok_or_else(|| damaged(format!("lies in data file {}, expected one of {shards}", entry.shard_id)))?;
    let offset =
        u64::try_from(entry.offset).map_err(|_| damaged(format!("lies at byte {}", entry.offset)))?;
    Ok(Stored { name, float, shape, shard, offset, bytes, checksum: entry.crc32c })
}

/// TensorFlow's `DataType`.
fn float_of(dtype: i32) -> Option<Float> {
    match dtype {
        1 => Some(Float::F32),
        2 => Some(Float::F64),
        14 => Some(Float::BF16),
        19 => Some(Float::F16),
        _ => None,
    }
}

/// What other types are called, as far as checkpoints commonly hold them.
fn type_name(dtype: i32) -> String {
    match dtype {
        3 => "int32".to_owned(),
        7 => "string".to_owned(),
        9 => "int64".to_owned(),
        10 => "bool".to_owned(),
        other => format!("number {other}"),
    }
}

/// Reads a whole file of at most `limit` bytes.
fn read_limited(path: &Path, shown: &str, limit: u64) -> Result<Vec<u8>, WeightsError> {
    let failed = |reason| WeightsError::Read { file: shown.to_owned(), reason };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(WeightsError::NotAModel {
            file: shown.to_owned(),
            found: "too large a file for an index".to_owned(),
        });
    }
    Ok(bytes)
}

/// `path` with text appended to its last component.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut text = path.as_os_str().to_owned();
    text.push(suffix);
    text.into()
}
