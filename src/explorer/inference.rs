//! One run of the network as the explorer asks for it.

use std::mem::size_of;
use std::sync::Arc;

use crate::halting::{HaltingRecord, HaltingSetting};
use crate::image::{self, Input, InputSize, InputTooLarge, Preprocessing};
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

/// The input that was prepared last and what it was made from: a slider changes the setting alone, and resizing a
/// camera's picture takes longer than many a run.
#[derive(Default)]
pub struct Prepared(Option<(PreparedFrom, Input)>);

/// The picture's hash, the size, and what the model expects.
type PreparedFrom = (u64, InputSize, Preprocessing);

impl Prepared {
    fn input(&mut self, request: &RunRequest) -> Result<&Input, InputTooLarge> {
        let preprocessing = request.model.card().spec.family.preprocessing();
        let from = (request.picture.hash, request.size, preprocessing);
        let kept = self.0.take().filter(|(kept, _)| *kept == from);
        let prepared = match kept {
            Some(kept) => kept,
            None => (from, image::prepare(&request.picture.pixels, request.size, preprocessing)?),
        };
        Ok(&self.0.insert(prepared).1)
    }
}

impl RunRequest {
    pub fn run(self, prepared: &mut Prepared, cancel: &Cancel) -> Result<Outcome, RunError> {
        let spec = &self.model.card().spec;
        let failed = |error: &dyn std::fmt::Display| {
            let sentence = format!("{}: {error}", self.picture.title);
            RunError::Failed { key: Box::new(self.key.clone()), sentence }
        };
        let input = prepared.input(&self).map_err(|error| failed(&error))?;
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

#[cfg(test)]
mod tests {
    use super::super::backend::{Backend, Zoo};
    use super::super::session::PictureSource;
    use super::*;
    use crate::engine::Device;

    #[test]
    fn an_input_is_prepared_again_only_for_another_picture_or_size() {
        let source = zoo::default_model().source;
        let model = Zoo::new(Device::cpu()).load(&source).unwrap();
        let request = |tile, size, threshold| {
            let picture = Arc::new(Picture::open(PictureSource::Cifar(tile)).unwrap());
            let setting = HaltingSetting { threshold, ..HaltingSetting::default() };
            let key = RunKey::new(&picture, (&source, 0), &setting, size);
            RunRequest { key, picture, model: Arc::clone(&model), setting, size }
        };
        let mut prepared = Prepared::default();
        let first = prepared.input(&request(0, InputSize::Native, 0.99)).unwrap().data.as_ptr();
        let lower = prepared.input(&request(0, InputSize::Native, 0.5)).unwrap();
        assert_eq!(lower.data.as_ptr(), first);
        for (tile, size) in
            [(0, InputSize::LongerEdge(48)), (1, InputSize::LongerEdge(48)), (1, InputSize::Native)]
        {
            let request = request(tile, size, 0.5);
            let expected =
                image::prepare(&request.picture.pixels, size, model.card().spec.family.preprocessing())
                    .unwrap();
            assert_eq!(*prepared.input(&request).unwrap(), expected);
        }
    }
}
