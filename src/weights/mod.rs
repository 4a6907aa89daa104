//! Weights in and out: TensorFlow V2 checkpoints and safetensors, under the reference's variable names.

use std::collections::BTreeMap;
use std::path::Path;

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

/// Why weights cannot be used; every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    #[error("{file}: variable {variable} is missing (expected shape {expected:?})")]
    Missing { file: String, variable: String, expected: Vec<usize> },
    #[error("{file}: variable {variable} has shape {found:?}, expected {expected:?}")]
    Shape { file: String, variable: String, expected: Vec<usize>, found: Vec<usize> },
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
}

/// Reads weights from whatever `path` is: a safetensors file, a TensorFlow checkpoint prefix, index or data file,
/// a folder with a `checkpoint` file, or a `.tar.gz` of one. Optimizer slots and averages are left out.
pub fn read(_path: &Path) -> Result<Variables, WeightsError> {
    unimplemented!("placeholder until the readers land")
}

/// Finds the network that these variables belong to, from their names and shapes alone.
pub fn infer_spec(_variables: &Variables) -> Result<NetworkSpec, WeightsError> {
    unimplemented!("placeholder until the readers land")
}
