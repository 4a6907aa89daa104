//! Training: loss, optimiser, schedule, augmentation, checkpoints and logs (specification, section 9).

mod initial;
mod loss;
mod network;
mod ops;
mod optimizer;
mod recipe;
mod schedule;
mod trainer;

pub use recipe::{Recipe, Reference};
pub use schedule::Schedule;
pub use trainer::{Examples, StepReport, Trainer};

use crate::message::first_line;
use crate::weights::{Variables, WeightsError};

/// Why training could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error(
        "the loss is no number any more at step {step}: train again with a lower --learning-rate; the last checkpoint is whole"
    )]
    Diverged { step: u64 },
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error("the device could not finish the computation ({}): try a smaller --batch-size or --device cpu", first_line(.0))]
    Compute(#[from] candle_core::Error),
}

impl Recipe {
    /// First values of the network's variables; with `init`, all but the halting branches are that model's.
    ///
    /// # Errors
    /// A variable that `init` lacks or has in another shape.
    pub fn first_values(&self, init: Option<&Variables>) -> Result<Variables, WeightsError> {
        match init {
            None => Ok(initial::variables(&self.spec, self.seed)),
            Some(init) => initial::fine_tuned(&self.spec, init, self.seed),
        }
    }
}
