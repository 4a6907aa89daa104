//! Safetensors in and out, with text about the model in the header.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use ::safetensors::tensor::{Metadata, SafeTensors, View};
use ::safetensors::{Dtype, SafeTensorError};
use serde_json::Value;

use crate::aside;

use super::float::Float;
use super::names::{self, LeftOut};
use super::{Contents, Outline, Variable, Variables, WeightsError};

/// No network's header comes near this; it bounds what is read of a file that lies about its own.
const MAX_HEADER_BYTES: u64 = 16 << 20;
const MAX_FILE_BYTES: u64 = 4 << 30;

/// What to do where a file stands already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    Refuse,
    Replace,
}

/// Reads a safetensors file.
pub(super) fn read(path: &Path) -> Result<Contents, WeightsError> {
    let file = path.display().to_string();
    let failed = |reason| WeightsError::Read { file: file.clone(), reason };
    let length = fs::metadata(path).map_err(failed)?.len();
    if length > MAX_FILE_BYTES {
        let found = format!("a file of {} GiB", length >> 30);
        return Err(WeightsError::NotAModel { file, found });
    }
    from_bytes(&fs::read(path).map_err(failed)?, &file)
}

/// Reads safetensors held in memory; `source` stands in errors.
pub fn from_bytes(bytes: &[u8], source: &str) -> Result<Contents, WeightsError> {
    let damaged = |error: SafeTensorError| damaged(source, error);
    if bytes.first_chunk().is_some_and(|length| u64::from_le_bytes(*length) > MAX_HEADER_BYTES) {
        return Err(damaged(SafeTensorError::HeaderTooLarge));
    }
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let mut by_name = BTreeMap::new();
    let mut left_out = BTreeMap::new();
    for (name, tensor) in file.iter() {
        match kind(name, tensor.dtype(), source)? {
            Ok(float) => {
                let variable =
                    Variable { shape: tensor.shape().to_vec(), values: float.decode(tensor.data()) };
                by_name.insert(name.to_owned(), variable);
            }
            Err(reason) => {
                left_out.insert(name.to_owned(), reason);
            }
        }
    }
    let variables = Variables { source: source.to_owned(), by_name, metadata: text_of(&header) };
    Ok(Contents { variables, left_out })
}

/// Reads the header of a safetensors file.
pub(super) fn outline(path: &Path) -> Result<Outline, WeightsError> {
    let source = path.display().to_string();
    let failed = |reason| WeightsError::Read { file: source.clone(), reason };
    let mut file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut prefix = Vec::new();
    (&mut file).take(8).read_to_end(&mut prefix).map_err(failed)?;
    let prefix =
        <[u8; 8]>::try_from(prefix).map_err(|_| damaged(&source, SafeTensorError::HeaderTooSmall))?;
    let header_length = u64::from_le_bytes(prefix);
    if header_length > MAX_HEADER_BYTES {
        return Err(damaged(&source, SafeTensorError::HeaderTooLarge));
    }
    let mut header = Vec::new();
    file.take(header_length).read_to_end(&mut header).map_err(failed)?;
    if header.len() as u64 != header_length {
        return Err(damaged(&source, SafeTensorError::InvalidHeaderLength));
    }
    outline_of(&header, length - 8 - header_length, source)
}

/// The outline of safetensors held in memory.
pub fn outline_of_bytes(bytes: &[u8], source: &str) -> Result<Outline, WeightsError> {
    let (header, _) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(source, error))?;
    outline_of(&bytes[8..8 + header], (bytes.len() - 8 - header) as u64, source.to_owned())
}

fn outline_of(header: &[u8], data_length: u64, source: String) -> Result<Outline, WeightsError> {
    let header: Metadata = serde_json::from_slice(header)
        .map_err(|error| damaged(&source, SafeTensorError::InvalidHeaderDeserialization(error)))?;
    if header.data_len() as u64 != data_length {
        return Err(damaged(&source, SafeTensorError::MetadataIncompleteBuffer));
    }
    let mut shapes = BTreeMap::new();
    for (name, info) in header.tensors() {
        if kind(&name, info.dtype, &source)?.is_ok() {
            shapes.insert(name, info.shape.clone());
        }
    }
    Ok(Outline { source, shapes, metadata: text_of(&header) })
}

/// How a variable is stored, or why it is left out.
fn kind(name: &str, dtype: Dtype, file: &str) -> Result<Result<Float, LeftOut>, WeightsError> {
    if let Some(reason) = names::left_out(name) {
        return Ok(Err(reason));
    }
    match dtype {
        Dtype::F16 => Ok(Ok(Float::F16)),
        Dtype::BF16 => Ok(Ok(Float::BF16)),
        Dtype::F32 => Ok(Ok(Float::F32)),
        Dtype::F64 => Ok(Ok(Float::F64)),
        _ if names::is_of_a_network(name) => Err(WeightsError::Unsupported {
            file: file.to_owned(),
            what: format!("variable {name} of type {dtype}"),
            remedy: "weights are float32, float16, bfloat16 or float64",
        }),
        _ => Ok(Err(LeftOut::NotFloat)),
    }
}

fn text_of(header: &Metadata) -> BTreeMap<String, String> {
    header.metadata().iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn damaged(file: &str, error: SafeTensorError) -> WeightsError {
    let problem = match error {
        SafeTensorError::MetadataIncompleteBuffer | SafeTensorError::InvalidHeaderLength => {
            "its length is not what its header says".to_owned()
        }
        error => error.to_string(),
    };
    WeightsError::Damaged { file: file.to_owned(), problem }
}

/// Writes variables as float32 with their metadata. The file is written aside and then put in its place, so that
/// what stood there before is whole until the new file is; the same variables always give the same bytes.
pub fn write(path: &Path, variables: &Variables, overwrite: Overwrite) -> Result<(), WeightsError> {
    let file = path.display().to_string();
    let failed = |reason| WeightsError::Write { file: file.clone(), reason };
    let bytes = to_bytes(variables).map_err(|error| failed(io::Error::other(error)))?;
    let mut aside = aside::create(path).map_err(failed)?;
    aside.as_file_mut().write_all(&bytes).map_err(failed)?;
    let placed = match overwrite {
        Overwrite::Replace => aside::persist(aside, path),
        Overwrite::Refuse => aside::persist_new(aside, path),
    };
    placed.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => WeightsError::Exists { file: file.clone() },
        _ => failed(error),
    })
}

fn to_bytes(variables: &Variables) -> Result<Vec<u8>, SafeTensorError> {
    let plain = ::safetensors::serialize(variables.by_name.iter(), None)?;
    if variables.metadata.is_empty() {
        return Ok(plain);
    }
    // The library takes metadata as a hash map, whose order differs from run to run; so it is added here, in order.
    let (length, _) = SafeTensors::read_metadata(&plain)?;
    let mut header: BTreeMap<String, Value> = serde_json::from_slice(&plain[8..8 + length])?;
    header.insert("__metadata__".to_owned(), serde_json::to_value(&variables.metadata)?);
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    Ok([&(header.len() as u64).to_le_bytes(), header.as_slice(), &plain[8 + length..]].concat())
}

impl View for &Variable {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn data_len(&self) -> usize {
        self.values.len() * size_of::<f32>()
    }
}
