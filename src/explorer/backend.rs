//! The seam between the window and what computes: models are listed, loaded and run through these two traits, so
//! that tests can put slow, failing or vanilla ones in their place.

use std::sync::Arc;

use crate::engine::Device;
use crate::halting::HaltingSetting;
use crate::image::Input;
use crate::jobs::Cancel;
use crate::network::{NetworkError, RunOptions, Trace};
use crate::zoo::{self, Model, ModelCard, ModelEntry, ModelSource, ZooError};

/// Where models come from.
pub trait Backend: Send + Sync + 'static {
    /// Models to choose from, the default first.
    fn models(&self) -> Vec<ModelEntry>;
    /// Loads weights onto the device; takes as long as it takes.
    fn load(&self, source: &ModelSource) -> Result<Arc<dyn Inference>, ZooError>;
    /// The device in words.
    fn device(&self) -> &str;
    /// The device that networks are trained and evaluated on.
    fn batch_device(&self) -> Device {
        Device::cpu()
    }
}

/// A loaded model.
pub trait Inference: Send + Sync + 'static {
    fn card(&self) -> &ModelCard;
    /// Runs one input; stops early when cancelled.
    fn run(&self, input: &Input, setting: &HaltingSetting, cancel: &Cancel) -> Result<Trace, NetworkError>;
}

/// The real thing.
pub struct Zoo {
    device: Device,
}

impl Zoo {
    pub fn new(device: Device) -> Self {
        Self { device }
    }
}

impl Backend for Zoo {
    fn models(&self) -> Vec<ModelEntry> {
        zoo::models()
    }

    fn load(&self, source: &ModelSource) -> Result<Arc<dyn Inference>, ZooError> {
        Ok(Arc::new(zoo::load(source, &self.device)?))
    }

    fn device(&self) -> &str {
        self.device.description()
    }

    fn batch_device(&self) -> Device {
        self.device.clone()
    }
}

impl Inference for Model {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn run(&self, input: &Input, setting: &HaltingSetting, cancel: &Cancel) -> Result<Trace, NetworkError> {
        let options = RunOptions { cancel: Some(cancel), keep_outputs: false };
        let mut traces = self.network.run(std::slice::from_ref(input), setting, options)?;
        // One input gives one trace; a network that returned none was stopped.
        traces.pop().ok_or(NetworkError::Cancelled)
    }
}
