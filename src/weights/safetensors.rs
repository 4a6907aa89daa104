//! Safetensors in and out, with text about the model in the header.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::Path;

use ::safetensors::tensor::{Metadata, SafeTensors, TensorInfo, View};
use ::safetensors::{Dtype, SafeTensorError};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde_json::Value;

use crate::aside;

use super::float::Float;
use super::map;
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

/// How values are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// float32, as they are.
    #[default]
    Single,
    /// float16, in half the space: about three decimal digits.
    Half,
}

/// Which of a file's tensors are wanted.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Keep {
    Weights,
    /// What training keeps beside them, too.
    All,
}

/// Reads a safetensors file.
pub(super) fn read(path: &Path, keep: Keep) -> Result<Contents, WeightsError> {
    let source = path.display().to_string();
    let failed = |reason| WeightsError::Read { file: source.clone(), reason };
    let file = map::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    if length > MAX_FILE_BYTES {
        let found = format!("a file of {} GiB", length >> 30);
        return Err(WeightsError::NotAModel { file: source, found });
    }
    let header = Header::read(&file, length, &source)?;
    let bytes = map::map(&file).map_err(failed)?;
    header.decode(&bytes, source, keep)
}

/// Reads safetensors held in memory; `source` stands in errors.
pub fn from_bytes(bytes: &[u8], source: &str) -> Result<Contents, WeightsError> {
    Header::read(bytes, bytes.len() as u64, source)?.decode(bytes, source.to_owned(), Keep::Weights)
}

/// Reads the header of a safetensors file.
pub(super) fn outline(path: &Path) -> Result<Outline, WeightsError> {
    let source = path.display().to_string();
    let failed = |reason| WeightsError::Read { file: source.clone(), reason };
    let file = map::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    Header::read(&file, length, &source)?.outline(source)
}

/// The outline of safetensors held in memory.
pub fn outline_of_bytes(bytes: &[u8], source: &str) -> Result<Outline, WeightsError> {
    Header::read(bytes, bytes.len() as u64, source)?.outline(source.to_owned())
}

/// What a file says of itself, in agreement with its length.
struct Header {
    metadata: Metadata,
    /// The byte at which the values begin.
    values_at: usize,
}

/// One weight as the header describes it.
struct Stored<'a> {
    name: String,
    float: Float,
    info: &'a TensorInfo,
}

impl Header {
    /// Reads the header from the start of a file of `length` bytes.
    fn read(mut file: impl Read, length: u64, source: &str) -> Result<Self, WeightsError> {
        let failed = |reason| WeightsError::Read { file: source.to_owned(), reason };
        let damaged = |error| damaged(source, error);
        let mut prefix = Vec::new();
        file.by_ref().take(8).read_to_end(&mut prefix).map_err(failed)?;
        let prefix = <[u8; 8]>::try_from(prefix).map_err(|_| damaged(SafeTensorError::HeaderTooSmall))?;
        let header_length = u64::from_le_bytes(prefix);
        if header_length > MAX_HEADER_BYTES {
            return Err(damaged(SafeTensorError::HeaderTooLarge));
        }
        let mut header = Vec::new();
        file.take(header_length).read_to_end(&mut header).map_err(failed)?;
        if header.len() as u64 != header_length {
            return Err(damaged(SafeTensorError::InvalidHeaderLength));
        }
        let header =
            str::from_utf8(&header).map_err(|error| damaged(SafeTensorError::InvalidHeader(error)))?;
        let metadata: Metadata = serde_json::from_str(header)
            .map_err(|error| damaged(SafeTensorError::InvalidHeaderDeserialization(error)))?;
        let values_at = prefix.len() + header.len();
        if values_at.checked_add(metadata.data_len()).is_none_or(|end| end as u64 != length) {
            return Err(damaged(SafeTensorError::MetadataIncompleteBuffer));
        }
        Ok(Self { metadata, values_at })
    }

    /// The weights in the order of their bytes, and what the file holds beside them.
    fn weights(
        &self,
        source: &str,
        keep: Keep,
    ) -> Result<(Vec<Stored<'_>>, BTreeMap<String, LeftOut>), WeightsError> {
        let mut tensors: Vec<(String, &TensorInfo)> = self.metadata.tensors().into_iter().collect();
        tensors.sort_by_key(|(_, info)| info.data_offsets);
        let mut weights = Vec::new();
        let mut left_out = BTreeMap::new();
        for (name, info) in tensors {
            match kind(&name, info.dtype, source, keep)? {
                Ok(float) => weights.push(Stored { name, float, info }),
                Err(reason) => {
                    left_out.insert(name, reason);
                }
            }
        }
        Ok((weights, left_out))
    }

    fn outline(&self, source: String) -> Result<Outline, WeightsError> {
        let (weights, _) = self.weights(&source, Keep::Weights)?;
        let shapes = weights.into_iter().map(|stored| (stored.name, stored.info.shape.clone())).collect();
        Ok(Outline { source, shapes, metadata: text_of(&self.metadata) })
    }

    /// Copies the values out of the file's bytes.
    fn decode(&self, file: &[u8], source: String, keep: Keep) -> Result<Contents, WeightsError> {
        let (weights, left_out) = self.weights(&source, keep)?;
        // Of a file that changed since its header was read, nothing is certain.
        let values = file.get(self.values_at..).filter(|values| values.len() == self.metadata.data_len());
        let values = values.ok_or_else(|| damaged(&source, SafeTensorError::MetadataIncompleteBuffer))?;
        let by_name = weights.into_par_iter().map(|Stored { name, float, info }| {
            let (start, end) = info.data_offsets;
            (name, Variable { shape: info.shape.clone(), values: float.decode(&values[start..end]) })
        });
        let by_name = by_name.collect::<Vec<_>>().into_iter().collect();
        let variables = Variables { source, by_name, metadata: text_of(&self.metadata) };
        Ok(Contents { variables, left_out })
    }
}

/// How a variable is stored, or why it is left out.
fn kind(name: &str, dtype: Dtype, file: &str, keep: Keep) -> Result<Result<Float, LeftOut>, WeightsError> {
    if let Some(reason) = names::left_out(name).filter(|_| keep == Keep::Weights) {
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
        // Not the JSON is wrong but what it says.
        SafeTensorError::InvalidHeaderDeserialization(error) if error.line() == 0 => error.to_string(),
        error => error.to_string(),
    };
    WeightsError::Damaged { file: file.to_owned(), problem }
}

impl Precision {
    /// The variables as they will be read again once they are stored so.
    ///
    /// # Errors
    /// [`WeightsError::TooLargeForHalf`] for a value that half precision has no finite number for.
    pub fn rounded(self, mut variables: Variables) -> Result<Variables, WeightsError> {
        if self == Self::Single {
            return Ok(variables);
        }
        for (name, variable) in &mut variables.by_name {
            let kept = Float::F16.decode(&Float::F16.encode(&variable.values));
            let lost =
                kept.iter().zip(&variable.values).find(|(kept, value)| kept.is_finite() != value.is_finite());
            if let Some((_, &value)) = lost {
                let (file, variable) = (variables.source, name.clone());
                return Err(WeightsError::TooLargeForHalf { file, variable, value });
            }
            variable.values = kept;
        }
        Ok(variables)
    }

    fn float(self) -> Float {
        match self {
            Self::Single => Float::F32,
            Self::Half => Float::F16,
        }
    }
}

/// Writes variables and their metadata; half precision rounds, see [`Precision::rounded`]. The file is written aside and then put in its place, so that
/// what stood there before is whole until the new file is; the same variables always give the same bytes.
pub fn write(
    path: &Path,
    variables: &Variables,
    precision: Precision,
    overwrite: Overwrite,
) -> Result<(), WeightsError> {
    let file = path.display().to_string();
    let failed = |reason| WeightsError::Write { file: file.clone(), reason };
    let bytes = to_bytes(variables, precision).map_err(|error| failed(io::Error::other(error)))?;
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

fn to_bytes(variables: &Variables, precision: Precision) -> Result<Vec<u8>, SafeTensorError> {
    let float = precision.float();
    let tensors = variables.by_name.iter().map(|(name, variable)| (name, Tensor { variable, float }));
    let plain = ::safetensors::serialize(tensors, None)?;
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

/// A variable as it is to be stored.
struct Tensor<'a> {
    variable: &'a Variable,
    float: Float,
}

impl View for Tensor<'_> {
    fn dtype(&self) -> Dtype {
        match self.float {
            Float::F16 => Dtype::F16,
            Float::BF16 => Dtype::BF16,
            Float::F32 => Dtype::F32,
            Float::F64 => Dtype::F64,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.variable.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.float.encode(&self.variable.values).into()
    }

    fn data_len(&self) -> usize {
        self.variable.values.len() * self.float.size()
    }
}
