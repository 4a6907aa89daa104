//! TensorFlow V2 checkpoints ("tensor bundles"): a table of variables in `PREFIX.index`, their bytes in shards
//! `PREFIX.data-00000-of-00001` and so on.
//!
//! Field numbers are those of TensorFlow's `tensor_bundle.proto`, `tensor_shape.proto` and `types.proto`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use prost::Message;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::float::Float;
use super::names::{self, LeftOut};
use super::{Contents, Outline, Variable, Variables, WeightsError};
use super::{map, table};

/// An index larger than this is none of a network; ResNet-200's has a tenth of a megabyte.
const MAX_INDEX_BYTES: u64 = 64 << 20;
/// Bytes verified and decoded at a time; a multiple of every format's size.
const PIECE: usize = 192 << 10;

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
            let shard = self.map_shard(weights[0].shard)?;
            let bytes = shard.bytes_of(weights)?;
            let values: Vec<_> =
                weights.par_iter().zip(bytes).map(|(stored, bytes)| shard.decode(stored, bytes)).collect();
            for (stored, values) in weights.iter().zip(values) {
                by_name
                    .insert(stored.name.clone(), Variable { shape: stored.shape.clone(), values: values? });
            }
        }
        let variables = Variables { source: self.shown, by_name, metadata: BTreeMap::new() };
        Ok(Contents { variables, left_out: self.left_out })
    }

    fn map_shard(&self, shard: u32) -> Result<Shard, WeightsError> {
        let suffix = format!(".data-{shard:05}-of-{:05}", self.shards);
        let shown = format!("{}{suffix}", self.shown);
        let bytes = map::open(&with_suffix(&self.prefix, &suffix)).and_then(|file| map::map(&file));
        match bytes {
            Ok(bytes) => Ok(Shard { bytes, shown }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(WeightsError::MissingShard { file: shown, shards: self.shards })
            }
            Err(reason) => Err(WeightsError::Read { file: shown, reason }),
        }
    }
}

/// One data file.
struct Shard {
    bytes: Mmap,
    shown: String,
}

impl Shard {
    fn damaged(&self, problem: String) -> WeightsError {
        WeightsError::Damaged { file: self.shown.clone(), problem }
    }

    /// Where the variables are, before memory is taken for any.
    fn bytes_of(&self, weights: &[Stored]) -> Result<Vec<&[u8]>, WeightsError> {
        // Variables do not overlap, so together they cannot claim more than the file has.
        let mut unclaimed = self.bytes.len();
        let mut found = Vec::with_capacity(weights.len());
        for Stored { name, offset, bytes, .. } in weights {
            let start = usize::try_from(*offset).ok();
            let range = start.and_then(|start| Some(start..start.checked_add(*bytes)?));
            found.push(range.and_then(|range| self.bytes.get(range)).ok_or_else(|| {
                self.damaged(format!(
                    "variable {name} is expected at byte {offset} with {bytes} bytes, found {} bytes in all",
                    self.bytes.len()
                ))
            })?);
            unclaimed = unclaimed
                .checked_sub(*bytes)
                .ok_or_else(|| self.damaged("its variables overlap".to_owned()))?;
        }
        Ok(found)
    }

    /// The values in `bytes`, which are of the checksum that they should be.
    fn decode(&self, stored: &Stored, bytes: &[u8]) -> Result<Vec<f32>, WeightsError> {
        let size = stored.float.size();
        let mut values = vec![0.0; bytes.len() / size];
        let mut checksum = 0;
        // Piece by piece, so that a piece comes from memory once and is in the cache the second time.
        for (bytes, values) in bytes.chunks(PIECE).zip(values.chunks_mut(PIECE / size)) {
            checksum = crc32c::crc32c_append(checksum, bytes);
            stored.float.decode_into(bytes, values);
        }
        let (found, expected) = (table::masked(checksum), stored.checksum);
        if found != expected {
            let name = &stored.name;
            return Err(
                self.damaged(format!("variable {name} has checksum {found:08x}, expected {expected:08x}"))
            );
        }
        Ok(values)
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
