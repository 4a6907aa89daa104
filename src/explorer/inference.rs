//! One run of the network as the explorer asks for it.

use std::mem::size_of;
use std::sync::Arc;

use crate::halting::{HaltingRecord, HaltingSetting};
use crate::image::{self, InputSize};
use crate::jobs::Cancel;
use crate::maps::{PonderMap, Quantity, Scope};
use crate::network::{self, NetworkError, Trace};
use crate::zoo::{self, ModelSource};

use super::backend::Inference;
use super::pictures::Picture;
use super::widgets::format::capitalised;

/// Classes listed in the result.
const TOP: usize = 5;

/// What decides a trace; the device is the same as long as the window is open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunKey {
    pub picture: u64,
    pub model: ModelSource,
    /// Counts loads, since weights on disk may change under their name.
    pub load: u64,
    threshold: u32,
    unit_cap: Option<usize>,
    logit_offset: u32,
    size: InputSize,
}

impl RunKey {
    pub fn new(
        picture: &Picture,
        model: (&ModelSource, u64),
        setting: &HaltingSetting,
        size: InputSize,
    ) -> Self {
        Self {
            picture: picture.hash,
            model: model.0.clone(),
            load: model.1,
            threshold: setting.threshold.to_bits(),
            unit_cap: setting.unit_cap,
            logit_offset: setting.logit_offset.to_bits(),
            size,
        }
    }

    /// Whether the two differ by setting or size alone, so that one's map can stand in for the other's.
    pub fn same_subject(&self, other: &Self) -> bool {
        (self.picture, &self.model, self.load) == (other.picture, &other.model, other.load)
    }
}

/// A run to be made.
pub struct RunRequest {
    pub key: RunKey,
    pub picture: Arc<Picture>,
    pub model: Arc<dyn Inference>,
    pub setting: HaltingSetting,
    pub size: InputSize,
}

/// A run that was made.
#[derive(Debug)]
pub struct Outcome {
    pub key: RunKey,
    pub trace: Trace,
    /// FLOPs of the vanilla network on the same input.
    pub vanilla_flops: u64,
    /// Means over all positions of the whole network's maps; `None` for a vanilla network.
    pub means: Option<Means>,
    /// The most probable classes by name with their probabilities, best first.
    pub top: Vec<(String, f32)>,
}

/// Means of a network's maps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means {
    pub units: f32,
    pub cost: f32,
}

/// Why there is none.
#[derive(Debug)]
pub enum RunError {
    Cancelled,
    /// In one sentence.
    Failed {
        key: Box<RunKey>,
        sentence: String,
    },
}

impl RunRequest {
    pub fn run(self, cancel: &Cancel) -> Result<Outcome, RunError> {
        let spec = &self.model.card().spec;
        let failed = |error: &dyn std::fmt::Display| {
            let sentence = format!("{}: {error}", self.picture.title);
            RunError::Failed { key: Box::new(self.key.clone()), sentence }
        };
        let input = image::prepare(&self.picture.pixels, self.size, spec.family.preprocessing())
            .map_err(|error| failed(&error))?;
        if cancel.is_cancelled() {
            return Err(RunError::Cancelled);
        }
        let trace = self.model.run(input, &self.setting, cancel).map_err(|error| match error {
            NetworkError::Cancelled => RunError::Cancelled,
            error => failed(&error),
        })?;
        let vanilla_flops = network::vanilla_flops(spec, trace.height, trace.width);
        let names = zoo::class_names(self.model.card());
        let name = |class: usize| match names.and_then(|names| names.get(class)) {
            Some(name) => capitalised(name),
            None => format!("Class {class}"),
        };
        let top = trace.top(TOP).into_iter().map(|(class, probability)| (name(class), probability)).collect();
        let mean = |quantity| Some(PonderMap::from_trace(&trace, quantity, Scope::Network)?.mean());
        let means = mean(Quantity::NumUnits).zip(mean(Quantity::PonderCost));
        let means = means.map(|(units, cost)| Means { units, cost });
        Ok(Outcome { key: self.key, trace, vanilla_flops, means, top })
    }
}

impl Outcome {
    /// Bytes it takes in memory, near enough for a cache.
    pub fn bytes(&self) -> usize {
        let record = |record: &HaltingRecord| {
            let HaltingRecord { num_units, ponder_cost, halting_distribution, halting_scores } = record;
            num_units.len() + ponder_cost.len() + halting_distribution.len() + halting_scores.len()
        };
        let values = |block: &network::BlockTrace| {
            block.halting.record().map_or(0, record) + block.outputs.as_ref().map_or(0, Vec::len)
        };
        let values: usize = self.trace.blocks.iter().map(values).sum();
        size_of::<Self>() + size_of::<f32>() * (values + self.trace.logits.len())
    }
}
