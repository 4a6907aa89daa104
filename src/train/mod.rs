//! Training: loss, optimiser, schedule, augmentation, checkpoints and logs (specification, section 9).

mod augment;
mod choices;
mod evaluation;
mod folder;
mod initial;
mod loader;
mod log;
mod loss;
mod network;
mod ops;
mod optimizer;
mod recipe;
mod run;
mod schedule;
mod start;
mod trainer;
mod window;

#[cfg(test)]
mod agreement;

pub use choices::{Choices, Length};
pub use evaluation::{subject, test_picture};
pub use folder::{Held, RunFolder, saved_recipe};
pub use log::{EvaluationRecord, Record, RecordedMap, StepRecord};
pub use recipe::{Recipe, Reference};
pub use run::{Options, Outcome, Told, run};
pub use schedule::Schedule;
pub use trainer::{Examples, StepReport, Trainer};

use crate::dataset::DatasetError;
use crate::evaluate::EvaluateError;
use crate::image::InputTooLarge;
use crate::message::first_line;
use crate::network::{Family, NetworkError, NetworkSpec};
use crate::weights::{Variables, WeightsError};
use crate::zoo::ZooError;

/// Why training could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error(
        "the numbers grew out of bounds at step {step}: train again with a lower learning rate; the last checkpoint is whole"
    )]
    Diverged { step: u64 },
    #[error("{folder} holds a run already: resume that one, or choose another folder")]
    FolderInUse { folder: String },
    #[error("{folder} holds no run ({reason}): start one there, or choose another folder")]
    NoRun { folder: String, reason: std::io::Error },
    #[error(
        "{file} is gone, though the run has begun: bring it back, or start the run anew in another folder"
    )]
    Gone { file: String },
    #[error(
        "cannot begin with {init}, which is {found}: the run's network is {wanted}; choose a model of the same units, width and classes"
    )]
    Init { init: String, found: Box<NetworkSpec>, wanted: Box<NetworkSpec> },
    #[error("ACT needs at least two units in every block: give --units 2 or more")]
    TooFewUnits,
    #[error("{folder} is being trained in already: stop that run first, or choose another folder")]
    Running { folder: String },
    #[error(
        "the {family} family has {blocks} blocks, units were given for {given}: give one number or {blocks}"
    )]
    Blocks { family: Family, blocks: usize, given: usize },
    #[error("{file} cannot be used ({problem}): start the run anew in another folder")]
    Recipe { file: String, problem: String },
    #[error(
        "cannot write {file} ({reason}): make room or choose another folder; what was saved before is whole"
    )]
    Write { file: String, reason: std::io::Error },
    #[error("the data stopped coming: its thread has ended")]
    DataStopped,
    #[error("the system gives no thread for the data ({0})")]
    Thread(std::io::Error),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Picture(#[from] InputTooLarge),
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    #[error(transparent)]
    Zoo(Box<ZooError>),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error("the device could not finish the computation ({}): try a smaller batch or --device cpu", first_line(.0))]
    Compute(#[from] candle_core::Error),
}

impl Recipe {
    /// First values of the network's variables; with `init`, those of that model, as far as [`Recipe::init`] says;
    /// halting branches with [`Recipe::halting_offset`].
    ///
    /// # Errors
    /// A variable that `init` lacks or has in another shape.
    pub fn first_values(&self, init: Option<&Variables>) -> Result<Variables, WeightsError> {
        let mut variables = match init {
            None => initial::variables(&self.spec, self.seed),
            Some(init) => initial::fine_tuned(&self.spec, init, self.keep_halting, self.seed)?,
        };
        initial::offset_halting(&mut variables, self.halting_offset);
        Ok(variables)
    }
}

impl From<ZooError> for TrainError {
    fn from(error: ZooError) -> Self {
        Self::Zoo(Box::new(error))
    }
}
