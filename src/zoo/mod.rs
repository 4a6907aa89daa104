//! Which models there are: embedded, on disk, given by path; and what is known of each.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::engine::Device;
use crate::network::{Network, NetworkSpec};

/// What is known of a model; stands in the metadata of its safetensors file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// `cifar10-resnet32-sact-tau0.01`
    pub name: String,
    pub spec: NetworkSpec,
    /// Weight of the ponder cost in training.
    pub tau: Option<f64>,
    /// What it was trained on: `CIFAR-10`.
    pub data: Option<String>,
    /// Share of test images classified rightly, 0..1.
    pub accuracy: Option<f64>,
    /// Mean FLOPs of a test image.
    pub flops: Option<f64>,
    /// Where the weights came from, in a sentence.
    pub source: Option<String>,
}

/// Where a model's weights are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ModelSource {
    /// Compiled into the program, by name.
    Embedded(String),
    File(PathBuf),
}

/// A model that can be loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelEntry {
    pub source: ModelSource,
    pub card: ModelCard,
}

/// A loaded model.
pub struct Model {
    pub card: ModelCard,
    pub network: Network,
}

/// Why there is no such model.
#[derive(Debug, thiserror::Error)]
pub enum ZooError {
    #[error(transparent)]
    Weights(#[from] crate::weights::WeightsError),
    #[error(transparent)]
    Network(#[from] crate::network::NetworkError),
}

/// Every model at hand, the default first.
pub fn models() -> Vec<ModelEntry> {
    unimplemented!("placeholder until the zoo lands")
}

/// The model that is used when none is named.
pub fn default_model() -> ModelEntry {
    unimplemented!("placeholder until the zoo lands")
}

/// The input size that suits a model and a picture of this many pixels.
pub fn default_size(_card: &ModelCard, _height: u32, _width: u32) -> crate::image::InputSize {
    unimplemented!("placeholder until the zoo lands")
}

/// Finds a model by zoo name or path, without loading its weights onto a device.
pub fn find(_name_or_path: &str) -> Result<ModelEntry, ZooError> {
    unimplemented!("placeholder until the zoo lands")
}

/// Loads a model's weights onto a device.
pub fn load(_source: &ModelSource, _device: &Device) -> Result<Model, ZooError> {
    unimplemented!("placeholder until the zoo lands")
}

/// Names of the classes of a data set with this many outputs, if they are known: CIFAR-10's ten.
pub fn class_names(_card: &ModelCard) -> Option<&'static [&'static str]> {
    unimplemented!("placeholder until the zoo lands")
}
