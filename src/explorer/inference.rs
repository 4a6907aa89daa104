//! One run of the network as the explorer asks for it.

use std::mem::{size_of, size_of_val};
use std::sync::Arc;

use crate::halting::HaltingSetting;
use crate::image::{self, Input, InputSize, InputTooLarge, Preprocessing};
use crate::jobs::Cancel;
use crate::maps::{PonderMap, Quantity, Scope};
use crate::network::{self, Decisions, NetworkError, Preview, Trace};
use crate::zoo::{self, ModelSource};

use super::backend::Inference;
use super::pictures::Picture;
use super::widgets::format::capitalised;

/// Classes listed in the result.
pub const TOP: usize = 5;

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

    /// Whether the two differ by setting alone, so that one's halting scores give a preview of the other.
    pub fn same_input(&self, other: &Self) -> bool {
        self.same_subject(other) && self.size == other.size
    }

    /// How halting is decided.
    pub fn setting(&self) -> HaltingSetting {
        HaltingSetting {
            threshold: f32::from_bits(self.threshold),
            unit_cap: self.unit_cap,
            logit_offset: f32::from_bits(self.logit_offset),
        }
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

impl Means {
    pub fn of(decisions: &Decisions<'_>) -> Option<Self> {
        let mean = |quantity| Some(PonderMap::from_decisions(decisions, quantity, Scope::Network)?.mean());
        Some(Self { units: mean(Quantity::NumUnits)?, cost: mean(Quantity::PonderCost)? })
    }
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
        let means = Means::of(&trace.decisions());
        Ok(Outcome { key: self.key, trace, vanilla_flops, means, top })
    }
}

impl Outcome {
    /// How badly it serves for a preview of what is `wanted` of the same input.
    pub fn distance(&self, wanted: &RunKey) -> f32 {
        let units = self.trace.most_units();
        network::preview_distance(&self.key.setting(), &wanted.setting(), units)
    }

    /// What it lets one guess of a run that is `wanted` of the same input.
    pub fn preview(&self, wanted: &RunKey) -> Option<Preview> {
        Preview::new(&self.trace, &self.key.setting(), &wanted.setting())
    }

    /// Bytes it takes in memory, near enough for a cache.
    pub fn bytes(&self) -> usize {
        let Self { key: _, trace, vanilla_flops: _, means: _, top } = self;
        let names: usize = top.iter().map(|(name, _)| name.len()).sum();
        size_of::<Self>() + size_of_val(&top[..]) + names + trace.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::backend::{Backend, Zoo};
    use super::super::session::PictureSource;
    use super::*;
    use crate::engine::Device;
    use crate::network::Halting;

    #[test]
    fn every_vector_of_a_run_weighs_in_the_cache() {
        let source = zoo::default_model().source;
        let model = Zoo::new(Device::cpu()).load(&source).unwrap();
        let picture = Arc::new(Picture::open(PictureSource::Cifar(0)).unwrap());
        let setting = HaltingSetting::default();
        let key = RunKey::new(&picture, (&source, 0), &setting, InputSize::Native);
        assert_eq!(key.setting(), setting);
        let request = RunRequest { key, picture, model, setting, size: InputSize::Native };
        let mut outcome = request.run(&mut Prepared::default(), &Cancel::new()).unwrap();
        let mut weight = outcome.bytes();
        // N, rho, five p and four h at the positions of each block.
        assert!(weight > 11 * 4 * (32 * 32 + 16 * 16 + 8 * 8));
        let mut grows_by = |outcome: &Outcome, bytes: usize| {
            assert_eq!(outcome.bytes(), weight + bytes);
            weight += bytes;
        };
        outcome.trace.logits.extend([0.0; 10]);
        grows_by(&outcome, 40);
        outcome.top.push(("four".to_owned(), 0.0));
        grows_by(&outcome, size_of::<(String, f32)>() + 4);
        let block = &mut outcome.trace.blocks[1];
        block.outputs = Some(vec![0.0; 10]);
        block.active_positions.extend([0; 10]);
        block.unit_flops.extend([0; 10]);
        grows_by(&outcome, 40 + 80 + 80);
        let Halting::Position(record) = &mut outcome.trace.blocks[2].halting else { panic!("not SACT") };
        record.num_units.extend([0; 10]);
        for values in [&mut record.ponder_cost, &mut record.halting_distribution, &mut record.halting_scores]
        {
            values.extend([0.0; 10]);
        }
        grows_by(&outcome, 160);
    }

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
