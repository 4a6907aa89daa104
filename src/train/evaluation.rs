//! The network in training on pictures that it does not learn from.

use ::image::RgbImage;

use super::log::{EvaluationRecord, RecordedMap};
use super::{Recipe, TrainError, Trainer};
use crate::dataset::{Labelled, Split};
use crate::engine::Device;
use crate::evaluate::{self, EvaluateError, EvaluateOptions, evaluation_input};
use crate::figure::{heatmap, input_picture};
use crate::jobs::Cancel;
use crate::maps::{PonderMap, Quantity, Scope};
use crate::network::{Network, RunOptions};

/// Black pixels between picture and heat map: the reference's.
const BORDER: usize = 5;

/// The network of the trainer's variables, as they are used, on the first `images` pictures; and the heat map of the first.
///
/// # Errors
/// [`EvaluateError::Cancelled`], pictures that cannot be read.
pub(super) fn evaluate(
    trainer: &Trainer,
    data: &Labelled,
    images: usize,
    device: &Device,
    cancel: &Cancel,
) -> Result<(EvaluationRecord, Option<RgbImage>), TrainError> {
    let variables = trainer.variables()?;
    trainer.check(&variables)?;
    let network = Network::new(trainer.spec().clone(), &variables, device)?;
    let options = EvaluateOptions { cancel: Some(cancel), ..EvaluateOptions::default() };
    let metrics = evaluate::evaluate(&network, data, 0..images, options, |_| ())?;
    let mut record = EvaluationRecord {
        step: trainer.step_number(),
        images: metrics.images,
        accuracy: metrics.accuracy(),
        flops: metrics.flops.mean(),
        ponder_cost: metrics.mean_ponder_costs(),
        map: None,
    };
    let first = evaluation_input(trainer.spec().family, &data.picture(0)?)?;
    let traces = network.run(std::slice::from_ref(&first), &options.setting, RunOptions::default())?;
    let map = traces.first();
    let map = map.and_then(|trace| PonderMap::from_trace(trace, Quantity::PonderCost, Scope::Network));
    let picture = map.as_ref().map(|map| heatmap(&first, map, BORDER));
    record.map = map.map(|PonderMap { height, width, values, .. }| RecordedMap { height, width, values });
    Ok((record, picture))
}

/// The test picture whose map is recorded, as it enters the network.
///
/// # Errors
/// Data that cannot be read.
pub fn test_picture(recipe: &Recipe) -> Result<RgbImage, TrainError> {
    let data = Labelled::open(&recipe.data, Split::Test)?;
    Ok(input_picture(&evaluation_input(recipe.spec.family, &data.picture(0)?)?))
}

/// Whether an error is a cancelled evaluation.
pub(super) fn was_cancelled(error: &TrainError) -> bool {
    matches!(error, TrainError::Evaluate(EvaluateError::Cancelled(_)))
}
