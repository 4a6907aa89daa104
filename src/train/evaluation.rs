//! The network in training on pictures that it does not learn from.

use ::image::RgbImage;

use super::log::{EvaluationRecord, RecordedMap};
use super::{TrainError, Trainer, augment};
use crate::dataset::Labelled;
use crate::engine::Device;
use crate::figure::heatmap;
use crate::halting::HaltingSetting;
use crate::jobs::Cancel;
use crate::maps::{PonderMap, Quantity, Scope};
use crate::network::{Network, NetworkError, RunOptions, Trace};

/// Pictures that run together.
const BATCH: usize = 100;
/// Black pixels between picture and heat map: the reference's.
const BORDER: usize = 5;

/// The network of the trainer's variables, as they are used, on the first `images` pictures; and the heat map of the first.
///
/// # Errors
/// [`NetworkError::Cancelled`], pictures that cannot be read.
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
    let (setting, family) = (HaltingSetting::default(), trainer.spec().family);
    let images = images.min(data.len());
    let mut record = EvaluationRecord { step: trainer.step_number(), images, ..EvaluationRecord::default() };
    let (mut right, mut flops, mut picture) = (0usize, 0u64, None);
    let mut costs: Vec<f64> = Vec::new();
    for first in (0..images).step_by(BATCH) {
        let indices = first..(first + BATCH).min(images);
        let inputs = indices.clone().map(|index| Ok(augment::plain(family, &data.picture(index)?)?));
        let inputs = inputs.collect::<Result<Vec<_>, TrainError>>()?;
        let options = RunOptions { cancel: Some(cancel), ..RunOptions::default() };
        let traces = network.run(&inputs, &setting, options)?;
        if let (0, Some(trace)) = (first, traces.first()) {
            if let Some(map) = PonderMap::from_trace(trace, Quantity::PonderCost, Scope::Network) {
                picture = Some(heatmap(&inputs[0], &map, BORDER));
                let PonderMap { height, width, values, .. } = map;
                record.map = Some(RecordedMap { height, width, values });
            }
        }
        for (index, trace) in indices.zip(&traces) {
            right += usize::from(trace.top(1).first().map(|top| top.0) == Some(data.label(index)));
            flops += trace.flops;
            add_costs(&mut costs, trace);
        }
    }
    let share = 1.0 / images.max(1) as f64;
    record.accuracy = right as f64 * share;
    record.flops = flops as f64 * share;
    record.ponder_cost = costs.into_iter().map(|cost| cost * share).collect();
    Ok((record, picture))
}

/// Adds each block's mean ponder cost.
fn add_costs(costs: &mut Vec<f64>, trace: &Trace) {
    let means = trace.blocks.iter().filter_map(|block| {
        let costs = &block.halting.record()?.ponder_cost;
        Some(costs.iter().map(|&cost| f64::from(cost)).sum::<f64>() / costs.len() as f64)
    });
    for (index, mean) in means.enumerate() {
        match costs.get_mut(index) {
            Some(cost) => *cost += mean,
            None => costs.push(mean),
        }
    }
}

/// Whether an error is a cancelled evaluation.
pub(super) fn was_cancelled(error: &TrainError) -> bool {
    matches!(error, TrainError::Network(NetworkError::Cancelled))
}
