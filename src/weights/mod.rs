//! Weights in and out: TensorFlow V2 checkpoints and safetensors, under the reference's variable names.
//!
//! `locate` tells what a path is; a checkpoint is a `table` of where variables lie (`bundle`), perhaps in an `archive`; `map`
//! gives a file's bytes, of which `float` makes values; `names` tells weights from what training keeps beside them;
//! `expected` lists what a network needs, and `infer` finds the network. Nothing in a file is believed before it is checked.

mod archive;
mod bundle;
mod error;
mod expected;
mod float;
mod infer;
mod locate;
mod map;
mod names;
mod safetensors;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

pub use error::WeightsError;
pub use expected::{check, expected, squeeze};
pub use names::{AVERAGE, LeftOut};
pub use safetensors::{Overwrite, Precision, from_bytes, outline_of_bytes, write};

pub(crate) use locate::part_of_checkpoint;

use archive::Wanted;
use bundle::Bundle;
use locate::Located;
use safetensors::Keep;

use crate::network::NetworkSpec;

/// One variable: its shape (convolutions are HWIO) and its values, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// A model's variables by name, and the text that its file carries about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variables {
    /// Where they came from, for error messages: a path, or `embedded NAME`.
    pub source: String,
    pub by_name: BTreeMap<String, Variable>,
    /// Key-value text of a safetensors header; empty for TensorFlow checkpoints.
    pub metadata: BTreeMap<String, String>,
}

/// All that was read of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    pub variables: Variables,
    /// What the file holds beside weights, by name.
    pub left_out: BTreeMap<String, LeftOut>,
}

/// What a file holds, without the values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// As in [`Variables`].
    pub source: String,
    pub shapes: BTreeMap<String, Vec<usize>>,
    pub metadata: BTreeMap<String, String>,
}

impl Variables {
    /// The values of `name` if it has exactly the shape `expected`.
    pub fn get(&self, name: &str, expected: &[usize]) -> Result<&[f32], WeightsError> {
        let variable = self.by_name.get(name).ok_or_else(|| WeightsError::Missing {
            file: self.source.clone(),
            variable: name.to_owned(),
            expected: expected.to_vec(),
        })?;
        if variable.shape != expected {
            return Err(WeightsError::Shape {
                file: self.source.clone(),
                variable: name.to_owned(),
                expected: expected.to_vec(),
                found: variable.shape.clone(),
            });
        }
        Ok(&variable.values)
    }

    /// Names, shapes and text without the values.
    pub fn outline(&self) -> Outline {
        let shapes =
            self.by_name.iter().map(|(name, variable)| (name.clone(), variable.shape.clone())).collect();
        Outline { source: self.source.clone(), shapes, metadata: self.metadata.clone() }
    }
}

/// Reads weights from whatever `path` is: a safetensors file, a TensorFlow checkpoint prefix, index or data file,
/// a folder with a `checkpoint` file, or a `.tar.gz` of one. Optimizer slots and averages are left out.
pub fn read(path: &Path) -> Result<Variables, WeightsError> {
    read_contents(path).map(|contents| contents.variables)
}

/// Reads all of a safetensors file, what training keeps beside the weights included.
pub fn read_training(path: &Path) -> Result<Variables, WeightsError> {
    safetensors::read(path, Keep::All).map(|contents| contents.variables)
}

/// The weights that a training run uses: of those whose moving average it keeps, that.
pub fn read_in_use(path: &Path) -> Result<Variables, WeightsError> {
    probe(path)?;
    let mut variables = read_training(path)?;
    let beside: Vec<(String, Variable)> =
        variables.by_name.extract_if(.., |name, _| names::left_out(name).is_some()).collect();
    for (name, average) in beside {
        if let Some(variable) = name.strip_suffix(AVERAGE).and_then(|name| variables.by_name.get_mut(name)) {
            *variable = average;
        }
    }
    Ok(variables)
}

/// Like [`read`], and tells what was left out.
pub fn read_contents(path: &Path) -> Result<Contents, WeightsError> {
    match locate::locate(path)? {
        Located::Safetensors(path) => safetensors::read(&path, Keep::Weights),
        Located::Checkpoint(prefix) => Bundle::open(&prefix, &prefix.display().to_string())?.read(),
        Located::Archive(path) => {
            let unpacked = archive::unpack(&path, Wanted::IndexAndData)?;
            let (prefix, shown) = unpacked.prefix()?;
            Bundle::open(&prefix, &shown)?.read()
        }
    }
}

/// Makes sure that `path` leads to weights, as far as names and the first bytes of a file tell.
///
/// # Errors
/// [`WeightsError::NotFound`] if nothing is there, and what [`read`] says of what is there and is no model.
pub fn probe(path: &Path) -> Result<(), WeightsError> {
    locate::locate(path).map(drop)
}

/// Reads names and shapes from whatever `path` is, and none of the values.
pub fn outline(path: &Path) -> Result<Outline, WeightsError> {
    match locate::locate(path)? {
        Located::Safetensors(path) => safetensors::outline(&path),
        Located::Checkpoint(prefix) => Ok(Bundle::open(&prefix, &prefix.display().to_string())?.outline()),
        Located::Archive(path) => {
            let unpacked = archive::unpack(&path, Wanted::Index)?;
            let (prefix, shown) = unpacked.prefix()?;
            Ok(Bundle::open(&prefix, &shown)?.outline())
        }
    }
}

/// Finds the network that these variables belong to, from their names and shapes alone; makes sure that all of its
/// variables are there.
pub fn infer_spec(variables: &Variables) -> Result<NetworkSpec, WeightsError> {
    infer_outline(&variables.outline())
}

/// Like [`infer_spec`], without the values.
pub fn infer_outline(outline: &Outline) -> Result<NetworkSpec, WeightsError> {
    infer::infer(&outline.source, &outline.shapes)
}
