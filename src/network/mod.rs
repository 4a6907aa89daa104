//! Residual networks that decide how long to think: vanilla, ACT and SACT.

mod spec;
mod trace;

pub use spec::{Family, NetworkSpec, Variant};
pub use trace::{BlockTrace, Halting, HaltingRecord, Trace};

use crate::engine::Device;
use crate::halting::HaltingSetting;
use crate::image::Input;
use crate::jobs::Cancel;
use crate::weights::Variables;

/// Why a network could not be built or run.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    #[error("cancelled")]
    Cancelled,
    #[error(transparent)]
    Weights(#[from] crate::weights::WeightsError),
}

/// What a run keeps and when it stops.
#[derive(Clone, Copy, Default)]
pub struct RunOptions<'a> {
    /// Looked at between units; a cancelled run ends with [`NetworkError::Cancelled`].
    pub cancel: Option<&'a Cancel>,
    /// Keep every block's output in its trace (memory: `height * width * channels` floats a block).
    pub keep_outputs: bool,
}

/// A network with its weights on a device.
pub struct Network {
    spec: NetworkSpec,
}

impl Network {
    pub fn new(spec: NetworkSpec, _variables: &Variables, _device: &Device) -> Result<Self, NetworkError> {
        Ok(Self { spec })
    }

    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// Runs a batch of inputs of one size and returns one trace an input, in order.
    pub fn run(
        &self,
        _inputs: &[Input],
        _setting: &HaltingSetting,
        _options: RunOptions<'_>,
    ) -> Result<Vec<Trace>, NetworkError> {
        unimplemented!("placeholder until the engine lands")
    }
}

/// FLOPs of the vanilla network of this shape on an input of `height` x `width`.
pub fn vanilla_flops(_spec: &NetworkSpec, _height: usize, _width: usize) -> u64 {
    unimplemented!("placeholder until the engine lands")
}
