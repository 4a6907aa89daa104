//! The network in training on pictures that it does not learn from.

use ::image::RgbImage;

use super::log::{EvaluationRecord, RecordedMap};
use super::{Recipe, Reference, TrainError, Trainer, saved_recipe};
use crate::dataset::{Content, Dataset, Labelled, Split};
use crate::engine::Device;
use crate::evaluate::{EvaluateError, LossTerms, Subject, evaluation_input, fingerprint, l2, measure};
use crate::figure::{heatmap, input_picture};
use crate::halting::HaltingSetting;
use crate::jobs::Cancel;
use crate::maps::{PonderMap, Quantity, Scope};
use crate::network::{Network, RunOptions};
use crate::weights::Variables;
use crate::zoo::ModelCard;

/// Black pixels between picture and heat map: the reference's.
const BORDER: usize = 5;

/// The network of the trainer's variables, as they are used, on the first `images` pictures; and the heat map of the first.
///
/// # Errors
/// [`EvaluateError::Cancelled`], pictures that cannot be read.
pub(super) fn evaluate(
    trainer: &Trainer,
    data: &Dataset,
    images: usize,
    device: &Device,
    cancel: &Cancel,
) -> Result<(EvaluationRecord, Option<RgbImage>), TrainError> {
    let variables = trainer.variables()?;
    trainer.check(&variables)?;
    let network = Network::new(trainer.spec().clone(), &variables, device)?;
    let metrics = measure(&network, data, images, cancel, |_| ())?;
    let mut record = EvaluationRecord {
        step: trainer.step_number(),
        images: metrics.images,
        accuracy: metrics.accuracy(),
        flops: metrics.flops.mean(),
        ponder_cost: metrics.mean_ponder_costs(),
        map: None,
    };
    let first = match data.read(0)?.content {
        Content::Picture(picture) => evaluation_input(trainer.spec().family, &picture)?,
        Content::Input(input) => input,
    };
    let setting = HaltingSetting::default();
    let traces = network.run(std::slice::from_ref(&first), &setting, RunOptions::default())?;
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

/// A model as an evaluation names it. Its loss weighs the ponder cost by `tau`, by default that of its training, and L2 as the run
/// weighed it that the variables are of, else as the reference does.
pub fn subject(card: &ModelCard, variables: &Variables, tau: Option<f64>) -> Subject {
    let spec = &card.spec;
    let recipe = saved_recipe(&variables.metadata);
    let weight_decay = recipe.map_or(Reference::of(spec.family).weight_decay, |recipe| recipe.weight_decay);
    let tau = tau.or(card.tau).unwrap_or(0.0);
    Subject {
        model: card.name.clone(),
        spec: spec.clone(),
        fingerprint: fingerprint(variables),
        setting: HaltingSetting::default(),
        terms: LossTerms { tau, l2: l2(variables, spec, weight_decay) },
    }
}

/// Whether an error is a cancelled evaluation.
pub(super) fn was_cancelled(error: &TrainError) -> bool {
    matches!(error, TrainError::Evaluate(EvaluateError::Cancelled { .. }))
}
