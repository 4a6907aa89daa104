//! A network in training against the same network as it is used: given the batch's moments, both compute the same.

use candle_core::Tensor;

use super::network::{Forward, Trainable};
use super::{Examples, Recipe, Schedule, Trainer, initial};
use crate::engine::Device;
use crate::halting::HaltingSetting;
use crate::image::Input;
use crate::network::{Family, Network, NetworkSpec, RunOptions, Variant};
use crate::weights::Variables;

const IMAGES: usize = 6;

fn spec(family: Family, variant: Variant) -> NetworkSpec {
    let units = if family == Family::Cifar { vec![1, 3, 2] } else { vec![2, 1, 3, 2] };
    NetworkSpec { family, units, width: 4, classes: 10, variant }
}

/// Inputs of noise about one value each, so that no image is the others' mean.
fn inputs(height: usize, width: usize) -> Vec<Input> {
    let value = |image: usize, index: usize| {
        ((image * 7919 + index * 104_729 + index * index % 1013) % 1000) as f32 / 500.0 - 1.0
            + 0.2 * image as f32
    };
    (0..IMAGES)
        .map(|image| Input {
            height,
            width,
            data: (0..height * width * 3).map(|index| value(image, index)).collect(),
        })
        .collect()
}

/// First values whose halting scores reach the threshold at different units.
fn variables(spec: &NetworkSpec) -> Variables {
    let mut variables = initial::variables(spec, 5);
    for (name, variable) in &mut variables.by_name {
        if name.contains("halting_proba") && name.ends_with("biases") {
            variable.values = vec![0.2];
        }
    }
    variables
}

fn forward(network: &Trainable, inputs: &[Input]) -> Forward {
    let (height, width) = (inputs[0].height, inputs[0].width);
    let values: Vec<f32> = inputs.iter().flat_map(|input| input.data.iter().copied()).collect();
    let values = Tensor::from_vec(values, (inputs.len(), height, width, 3), network.device()).unwrap();
    network.forward(&values).unwrap()
}

#[test]
fn training_and_use_compute_the_same() {
    for family in [Family::Cifar, Family::ImageNet] {
        for variant in [Variant::Vanilla, Variant::Act, Variant::Sact] {
            let spec = spec(family, variant);
            let inputs = inputs(33, 32 + usize::from(family == Family::ImageNet));
            let inputs = if family == Family::Cifar { self::inputs(32, 32) } else { inputs };
            for device in [Device::cpu(), Device::candle_cpu()] {
                let mut network = Trainable::new(spec.clone(), &variables(&spec), &device).unwrap();
                let found = forward(&network, &inputs);
                // Moving means and variances come to the batch's own.
                for _ in 0..if family == Family::Cifar { 200 } else { 4000 } {
                    network.keep(&found).unwrap();
                }
                let by_name = network.variables().unwrap();
                let used = Variables { by_name, ..Variables::default() };
                let used = Network::new(spec.clone(), &used, &Device::cpu()).unwrap();
                let traces = used.run(&inputs, &HaltingSetting::default(), RunOptions::default()).unwrap();
                let logits = found.logits.to_vec2::<f32>().unwrap();
                for (trace, logits) in traces.iter().zip(&logits) {
                    for (a, b) in trace.logits.iter().zip(logits) {
                        assert!((a - b).abs() < 2e-3 * b.abs().max(1.0), "{spec} {device:?}: {a} is not {b}");
                    }
                }
                let mut units = std::collections::BTreeSet::new();
                for (block, cost) in found.ponder_costs.iter().enumerate() {
                    let costs = traces.iter().flat_map(|trace| {
                        let record = trace.blocks[block].halting.record().unwrap();
                        units.extend(record.num_units.iter().copied());
                        record.ponder_cost.clone()
                    });
                    let costs: Vec<f32> = costs.collect();
                    let mean = costs.iter().sum::<f32>() / costs.len() as f32;
                    let cost = cost.to_scalar::<f32>().unwrap();
                    assert!(
                        (mean - cost).abs() < 2e-3,
                        "{spec} {device:?} block {block}: {mean} is not {cost}"
                    );
                }
                // Otherwise nothing was masked.
                assert!(variant == Variant::Vanilla || units.len() > 1, "{spec}: all at {units:?}");
            }
        }
    }
}

#[test]
fn both_kinds_of_operations_train_alike() {
    for family in [Family::Cifar, Family::ImageNet] {
        for variant in [Variant::Vanilla, Variant::Act, Variant::Sact] {
            let recipe = Recipe {
                spec: spec(family, variant),
                tau: 0.01,
                data: "data".into(),
                data_name: "random".to_owned(),
                init: None,
                keep_halting: false,
                halting_offset: 0.0,
                steps: 10,
                batch_size: IMAGES,
                epoch: 10,
                schedule: Schedule::Reference,
                learning_rate: 0.002,
                weight_decay: 2e-4,
                label_smoothing: 0.1,
                shift: 2,
                ema: Some(0.9),
                seed: 1,
            };
            // Norms over few positions would make much of rounding.
            let edge = if family == Family::Cifar { 32 } else { 96 };
            let inputs = inputs(edge, edge);
            let examples = Examples {
                inputs: inputs.iter().flat_map(|input| input.data.iter().copied()).collect(),
                height: edge,
                width: edge,
                labels: (0..IMAGES as u32).collect(),
            };
            let losses = [Device::cpu(), Device::candle_cpu()].map(|device| {
                let mut trainer = Trainer::new(&recipe, &variables(&recipe.spec), &device).unwrap();
                (0..3).map(|_| trainer.step(&examples).unwrap().loss).collect::<Vec<_>>()
            });
            for (ours, theirs) in losses[0].iter().zip(&losses[1]) {
                assert!((ours - theirs).abs() < 2e-3 * theirs.abs(), "{}: {losses:?}", recipe.spec);
            }
            assert!(losses[0][2] < losses[0][0], "{}: {losses:?}", recipe.spec);
        }
    }
}
