//! What a person chooses about a run; all else is as the reference has it.

use std::path::PathBuf;

use super::{Recipe, Reference, Schedule, TrainError};
use crate::dataset::{Labelled, Split};
use crate::network::{Family, NetworkSpec, Variant};
use crate::zoo;

/// Choices for a new run; `None` is the reference's.
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    pub family: Family,
    /// Units of each block: none for the reference's, one for every block alike.
    pub units: Vec<usize>,
    /// Channels of the first block.
    pub width: Option<usize>,
    pub variant: Variant,
    /// Weight of the ponder cost.
    pub tau: f64,
    /// The data set's folder.
    pub data: PathBuf,
    /// A model to begin with, by name or path.
    pub init: Option<String>,
    /// Take that model's halting branches, too.
    pub keep_halting: bool,
    /// Added to the bias of every halting branch that the network begins with.
    pub halting_offset: f32,
    pub length: Option<Length>,
    pub batch_size: Option<usize>,
    pub schedule: Schedule,
    pub learning_rate: Option<f64>,
    pub weight_decay: Option<f64>,
    pub label_smoothing: Option<f64>,
    /// How many pixels a CIFAR picture is shifted by at most.
    pub shift: Option<u32>,
    pub ema: Option<f64>,
    pub seed: u64,
}

/// How long a run is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// In batches.
    Steps(u64),
    /// In passes over the data.
    Epochs(f64),
}

impl Choices {
    /// The recipe that these choices come to on their data.
    ///
    /// # Errors
    /// Data that cannot be read; more or fewer units than the family has blocks.
    pub fn recipe(&self) -> Result<Recipe, TrainError> {
        let reference = Reference::of(self.family);
        let labelled = Labelled::open(&self.data, Split::Train)?;
        let batch_size = self.batch_size.unwrap_or(reference.batch_size);
        let classes = labelled.classes().len();
        let epoch = (labelled.len() / batch_size.max(1)).max(1) as u64;
        Ok(Recipe {
            spec: NetworkSpec {
                family: self.family,
                units: self.units()?,
                width: self.width.unwrap_or(match self.family {
                    Family::Cifar => 16,
                    Family::ImageNet => 64,
                }),
                // A network of ImageNet's that it begins with may have a background class before those of the data.
                classes: self.init_classes()?.filter(|&all| all == classes + 1).unwrap_or(classes),
                variant: self.variant,
            },
            tau: self.tau,
            data: std::path::absolute(&self.data).unwrap_or_else(|_| self.data.clone()),
            data_name: labelled.name().to_owned(),
            init: self.init.clone(),
            keep_halting: self.keep_halting,
            halting_offset: self.halting_offset,
            steps: match self.length.unwrap_or(reference.length) {
                Length::Steps(steps) => steps,
                Length::Epochs(epochs) => (epochs * epoch as f64).ceil() as u64,
            },
            batch_size,
            epoch,
            schedule: self.schedule,
            learning_rate: self.learning_rate.unwrap_or(reference.learning_rate),
            weight_decay: self.weight_decay.unwrap_or(reference.weight_decay),
            label_smoothing: self.label_smoothing.unwrap_or(reference.label_smoothing),
            shift: self.shift.unwrap_or(reference.shift),
            ema: self.ema,
            seed: self.seed,
        })
    }

    /// How many classes the model to begin with tells apart, where a background may be among them.
    fn init_classes(&self) -> Result<Option<usize>, TrainError> {
        let Some(init) = self.init.as_ref().filter(|_| self.family == Family::ImageNet) else {
            return Ok(None);
        };
        Ok(Some(zoo::card(&zoo::find(init)?.source)?.spec.classes))
    }

    fn units(&self) -> Result<Vec<usize>, TrainError> {
        if self.variant == Variant::Act && self.units.contains(&1) {
            return Err(TrainError::TooFewUnits);
        }
        let (family, blocks) = (self.family, self.family.blocks());
        match (self.units.as_slice(), family) {
            ([], Family::Cifar) => Ok(vec![5; 3]),
            ([], Family::ImageNet) => Ok(vec![3, 4, 23, 3]),
            ([units], _) => Ok(vec![*units; blocks]),
            (units, _) if units.len() == blocks => Ok(units.to_vec()),
            (units, _) => Err(TrainError::Blocks { family, blocks, given: units.len() }),
        }
    }
}
